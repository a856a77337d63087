//! Reading: what a counterparty holds, and its documents page by page.
//!
//! ClickHouse answers while it holds the same version of the data as Postgres and answers in time; otherwise Postgres
//! does. Both engines only find and group rows; one fold (module `answer`) makes the numbers, so that both give the same.
//! May know: both stores' tables. Must not know: imports, HTTP, portals.

mod answer;
mod clickhouse_engine;
mod postgres_engine;
mod state;

use crate::clickhouse_store::ClickHouseAddress;
use answer::Bucket;
use certlens_domain::analytics::{Analytics, AnalyticsQuery, EXPIRING_WITHIN_DAYS, Engine};
use certlens_domain::document::Role;
use certlens_domain::documents_page::{DocumentsPage, DocumentsQuery, MOST_DOCUMENTS_A_PAGE, PageCursor};
use chrono::{Days, NaiveDate};
use clickhouse_engine::{ClickHouseEngine, ClickHouseFailure};
use sqlx::PgPool;
use state::StoreState;
use std::time::{Duration, Instant};

/// How long ClickHouse may take before Postgres is asked, unless told otherwise.
const CLICKHOUSE_DEADLINE: Duration = Duration::from_secs(2);

/// A search failed: Postgres, on which everything rests, did not answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Postgres failed or is unreachable.
    #[error("the database did not answer the search; check that Postgres runs and is migrated: {0}")]
    Postgres(#[from] sqlx::Error),
    /// A stored row does not follow the rules of the program, as after a downgrade.
    #[error("the database holds a {what} that this version does not know: {value}")]
    Stored {
        /// What it should have been.
        what: &'static str,
        /// What it is.
        value: String,
    },
}

/// The façade of reading. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Search {
    postgres: PgPool,
    clickhouse: Option<ClickHouseEngine>,
    clickhouse_deadline: Duration,
}

impl Search {
    /// A search on these stores; without ClickHouse (`CERTLENS_CLICKHOUSE_URL=off`) Postgres answers everything.
    pub fn new(postgres: PgPool, clickhouse: Option<ClickHouseAddress>) -> Self {
        Self {
            postgres,
            clickhouse: clickhouse.map(|address| ClickHouseEngine::new(&address)),
            clickhouse_deadline: CLICKHOUSE_DEADLINE,
        }
    }

    /// The same search with another patience: how long ClickHouse may take before Postgres is asked.
    #[must_use]
    pub fn with_clickhouse_deadline(self, deadline: Duration) -> Self {
        Self {
            clickhouse_deadline: deadline,
            ..self
        }
    }

    /// What the asked identifiers hold on the day `today` (UTC).
    pub async fn analytics(
        &self,
        query: &AnalyticsQuery,
        today: NaiveDate,
    ) -> Result<Analytics, SearchError> {
        let started = Instant::now();
        let state = StoreState::read(&self.postgres).await?;
        let question = self.question(query, today).await?;
        let (engine, buckets) = self.buckets(&question, &state).await?;
        let mut analytics = answer::fold(query, engine, &state, &buckets, today);
        analytics.elapsed_ms = started.elapsed().as_secs_f64() * 1000.0;
        Ok(analytics)
    }

    /// A page of the documents in which the asked identifiers stand, newest first; statuses as of `today` (UTC).
    pub async fn documents(
        &self,
        query: &DocumentsQuery,
        today: NaiveDate,
    ) -> Result<DocumentsPage, SearchError> {
        let state = StoreState::read(&self.postgres).await?;
        let question = self.question(&query.about, today).await?;
        let limit = query.limit.clamp(1, MOST_DOCUMENTS_A_PAGE);
        let mut places = self.places(&question, query, limit + 1, &state).await?;
        let more = places.len() > limit as usize;
        places.truncate(limit as usize);
        let items = postgres_engine::documents(&self.postgres, &places, today).await?;
        let next = places.pop().filter(|_| more).map(|place| place.cursor);
        Ok(DocumentsPage { items, next })
    }

    /// Whether a search can be answered now: Postgres lives and is migrated. A lost ClickHouse does not count.
    pub async fn ready(&self) -> Result<(), SearchError> {
        StoreState::read(&self.postgres).await.map(|_| ())
    }

    async fn question(&self, query: &AnalyticsQuery, today: NaiveDate) -> Result<Question, SearchError> {
        let mut identifiers = query.values();
        if query.bridge {
            identifiers = postgres_engine::bridged(&self.postgres, &identifiers).await?;
        }
        Ok(Question {
            identifiers,
            only_applicant: query.role.only() == Some(Role::Applicant),
            only_manufacturer: query.role.only() == Some(Role::Manufacturer),
            today,
            soon: today
                .checked_add_days(Days::new(EXPIRING_WITHIN_DAYS.unsigned_abs()))
                .unwrap_or(NaiveDate::MAX),
        })
    }

    async fn buckets(
        &self,
        question: &Question,
        state: &StoreState,
    ) -> Result<(Engine, Vec<Bucket>), SearchError> {
        if let Some(clickhouse) = &self.clickhouse
            && let Some(buckets) = self.in_time(clickhouse.buckets(question, state.version)).await
        {
            return Ok((Engine::ClickHouse, buckets));
        }
        let buckets = postgres_engine::buckets(&self.postgres, question).await?;
        Ok((Engine::Postgres, buckets))
    }

    async fn places(
        &self,
        question: &Question,
        query: &DocumentsQuery,
        limit: u32,
        state: &StoreState,
    ) -> Result<Vec<Place>, SearchError> {
        if let Some(clickhouse) = &self.clickhouse
            && let Some(places) = self
                .in_time(clickhouse.places(question, query, limit, state.version))
                .await
        {
            return Ok(places);
        }
        postgres_engine::places(&self.postgres, question, query, limit).await
    }

    /// The answer of ClickHouse; `None` when it failed, is behind or too slow, and Postgres must answer.
    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, ClickHouseFailure>>) -> Option<T> {
        match tokio::time::timeout(self.clickhouse_deadline, answer).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(ClickHouseFailure::Behind { published, wanted })) => {
                tracing::debug!(published, wanted, "ClickHouse is behind; Postgres answers");
            }
            Ok(Err(failure)) => tracing::warn!(%failure, "ClickHouse failed a search; Postgres answers"),
            Err(_) => tracing::warn!("ClickHouse exceeded the deadline of a search; Postgres answers"),
        }
        None
    }
}

/// A query in the terms of the stores.
#[derive(Debug)]
struct Question {
    /// The identifiers to look for, bridged ones included.
    identifiers: Vec<String>,
    only_applicant: bool,
    only_manufacturer: bool,
    today: NaiveDate,
    /// The last day of validity that is announced as an expiry soon.
    soon: NaiveDate,
}

/// A document's place in the order of pages, and the role in which it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    cursor: PageCursor,
    role: Role,
}
