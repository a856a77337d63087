//! Answers of Postgres, each from one snapshot of its data.
//!
//! Questions that arrive together share a snapshot, so that a hundred cards at once cost a few transactions and leave
//! connections to others. Questions with very many rows go by themselves.

mod cells;
mod rows;

use super::SearchError;
use super::answer;
use super::cache::Covered;
use super::coalescer::{Bounds, Coalescer, Refusal, Work};
use super::counterparty::{Counterparty, Wanted};
use super::found::Found;
use super::kept::{KeptNumbers, Recalled};
use super::page::{PageQuestion, Shown};
use super::parties::{AskedIdentifiers, counterparties};
use super::postgres_engine;
use certlens_domain::analytics::{Analytics, AnalyticsQuery, Engine};
use certlens_domain::documents_page::{DocumentsPage, DocumentsQuery, PageCursor};
use chrono::NaiveDate;
use sqlx::{PgConnection, PgPool};
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Questions with more rows to read do not share a snapshot.
const MOST_SHARED_ROWS: u64 = 5_000;
/// Questions that share a snapshot.
const MOST_SHARING: usize = 32;
/// Questions that wait.
const MOST_WAITING: usize = 2_000;

/// Reads from Postgres. Cheap to clone.
#[derive(Clone)]
pub(super) struct Snapshots {
    postgres: PgPool,
    kept: KeptNumbers,
    shared: Coalescer<SharesSnapshots>,
    permits: Arc<Semaphore>,
}

/// Looks up what the questions of a batch want in one snapshot.
struct SharesSnapshots {
    postgres: PgPool,
    kept: KeptNumbers,
}

/// What a snapshot holds for one question.
#[derive(Clone)]
struct Held {
    counterparty: Counterparty,
    /// `None`: too much for a shared snapshot.
    found: Option<Arc<Found>>,
}

impl Work for SharesSnapshots {
    type Question = (AskedIdentifiers, NaiveDate);
    type Answer = Result<Held, SearchError>;

    fn fit_together(&self, one: &Self::Question, other: &Self::Question) -> bool {
        one.1 == other.1
    }

    async fn answer(&self, questions: Vec<Self::Question>) -> Vec<Self::Answer> {
        let answers = questions.len();
        match self.held(questions).await {
            Ok(held) => held.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error); answers],
        }
    }
}

impl SharesSnapshots {
    async fn held(&self, questions: Vec<(AskedIdentifiers, NaiveDate)>) -> Result<Vec<Held>, SearchError> {
        let Some(today) = questions.first().map(|(_, today)| *today) else {
            return Ok(Vec::new());
        };
        let asked: Vec<AskedIdentifiers> = questions.into_iter().map(|(asked, _)| asked).collect();
        let mut snapshot = self.postgres.begin_with(SNAPSHOT).await?;
        let counterparties = counterparties(&mut *snapshot, &asked).await?;
        let mut all = Wanted::nothing(today);
        let recalled: Vec<Option<Recalled>> = counterparties
            .iter()
            .map(|counterparty| {
                let wanted = Wanted::of(counterparty, today);
                let recalled = self.kept.recall(wanted, counterparty.state.version);
                let shares = recalled.rest.rows <= MOST_SHARED_ROWS;
                if shares {
                    all.add(&recalled.rest);
                }
                shares.then_some(recalled)
            })
            .collect();
        let found = Arc::new(postgres_engine::found(&mut snapshot, &all).await?);
        snapshot.commit().await?;
        if let Some(counterparty) = counterparties.first() {
            self.kept.keep(&all, counterparty.state.version, &found);
        }
        let held = |(counterparty, recalled): (Counterparty, Option<Recalled>)| Held {
            counterparty,
            found: recalled.map(|recalled| recalled.with(&found)),
        };
        Ok(counterparties.into_iter().zip(recalled).map(held).collect())
    }
}

impl Snapshots {
    pub(super) fn new(postgres: PgPool, kept: KeptNumbers) -> Self {
        // Half of the connections stays free for short questions and for everybody else.
        let lanes = (postgres.options().get_max_connections() as usize / 4).max(1);
        let bounds = Bounds {
            lanes,
            questions: MOST_SHARING,
            weight: u64::MAX,
            waiting: MOST_WAITING,
        };
        Self {
            shared: Coalescer::new(
                SharesSnapshots {
                    postgres: postgres.clone(),
                    kept: kept.clone(),
                },
                bounds,
            ),
            kept,
            permits: Arc::new(Semaphore::new(lanes)),
            postgres,
        }
    }

    async fn permit(&self) -> Result<SemaphorePermit<'_>, SearchError> {
        self.permits.acquire().await.map_err(|_| SearchError::Interrupted)
    }

    /// The numbers, and the data that they cover.
    pub(super) async fn analytics(
        &self,
        query: &AnalyticsQuery,
        asked: &AskedIdentifiers,
        today: NaiveDate,
    ) -> Result<(Analytics, Covered), SearchError> {
        let held = match self.shared.ask((asked.clone(), today)).await {
            Ok(held) => held?,
            Err(Refusal::Full) => return Err(SearchError::Overloaded),
            Err(Refusal::Lost) => return Err(SearchError::Interrupted),
        };
        let (counterparty, found) = match held.found {
            Some(found) => (held.counterparty, found),
            None => self.found_alone(asked, today).await?,
        };
        let analytics = answer::analytics(query, &counterparty, Engine::Postgres, &found, today);
        Ok((analytics, Covered::all(&counterparty.state)))
    }

    async fn found_alone(
        &self,
        asked: &AskedIdentifiers,
        today: NaiveDate,
    ) -> Result<(Counterparty, Arc<Found>), SearchError> {
        let _permit = self.permit().await?;
        let mut snapshot = self.postgres.begin_with(SNAPSHOT).await?;
        let counterparty = only(&mut snapshot, asked).await?;
        let version = counterparty.state.version;
        // Whoever had the permit before may have asked the same.
        let recalled = self.kept.recall(Wanted::of(&counterparty, today), version);
        let found = Arc::new(postgres_engine::found(&mut snapshot, &recalled.rest).await?);
        snapshot.commit().await?;
        self.kept.keep(&recalled.rest, version, &found);
        Ok((counterparty, recalled.with(&found)))
    }

    /// A page, and the data that it covers.
    pub(super) async fn page(
        &self,
        query: &DocumentsQuery,
        asked: &AskedIdentifiers,
        today: NaiveDate,
    ) -> Result<(DocumentsPage, Covered), SearchError> {
        let _permit = self.permit().await?;
        let mut snapshot = self.postgres.begin_with(SNAPSHOT).await?;
        let counterparty = only(&mut snapshot, asked).await?;
        let question = PageQuestion::of(query, &counterparty, today);
        let places = postgres_engine::places(&mut snapshot, &question).await?;
        let shown = Shown::of(&counterparty, query.about.role, today);
        let (page, _) = page_of(&mut snapshot, &question, places, &shown).await?;
        snapshot.commit().await?;
        Ok((page, Covered::page(query, &counterparty.state)))
    }

    /// A page of documents at these places, which Postgres looks up when nobody has; `None` when the store is not in
    /// this version any more.
    pub(super) async fn page_in_version(
        &self,
        question: &PageQuestion,
        places: Option<Vec<PageCursor>>,
        version: i64,
        shown: &Shown,
    ) -> Result<Option<DocumentsPage>, SearchError> {
        let _permit = self.permit().await?;
        let mut connection = self.postgres.acquire().await?;
        let places = match places {
            Some(places) => places,
            None => postgres_engine::places(&mut connection, question).await?,
        };
        let (page, read_in) = page_of(&mut connection, question, places, shown).await?;
        Ok((read_in == version).then_some(page))
    }
}

/// One snapshot for all statements of a search. A statement reads a few thousand rows at most by index, and starting
/// parallel workers takes longer than that.
pub(super) const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; \
                        SET LOCAL max_parallel_workers_per_gather = 0";

async fn only(connection: &mut PgConnection, asked: &AskedIdentifiers) -> Result<Counterparty, SearchError> {
    let mut counterparties = counterparties(connection, std::slice::from_ref(asked)).await?;
    counterparties.pop().ok_or(SearchError::Interrupted)
}

/// The page, and the version of the store in which its documents were read.
async fn page_of(
    connection: &mut PgConnection,
    question: &PageQuestion,
    mut places: Vec<PageCursor>,
    shown: &Shown,
) -> Result<(DocumentsPage, i64), SearchError> {
    // The question asks for one place more than the page holds.
    let most = question.limit as usize - 1;
    let more = places.len() > most;
    places.truncate(most);
    let (documents, version) = postgres_engine::documents(connection, &places).await?;
    let items = documents
        .into_iter()
        .map(|stored| shown.document(stored))
        .collect();
    let next = places.pop().filter(|_| more);
    Ok((DocumentsPage { items, next }, version))
}
