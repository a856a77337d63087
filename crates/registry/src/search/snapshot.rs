//! Answers of Postgres, each from one snapshot of its data. So many at a time that connections are left to others.

use super::SearchError;
use super::answer;
use super::cache::Covered;
use super::counterparty::{Counterparty, Wanted};
use super::page::{PageQuestion, Shown};
use super::parties::{AskedIdentifiers, counterparties};
use super::postgres_engine;
use certlens_domain::analytics::{Analytics, AnalyticsQuery, Engine};
use certlens_domain::documents_page::{DocumentsPage, DocumentsQuery, PageCursor};
use chrono::NaiveDate;
use sqlx::{PgConnection, PgPool};
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Reads from Postgres. Cheap to clone.
#[derive(Clone)]
pub(super) struct Snapshots {
    postgres: PgPool,
    permits: Arc<Semaphore>,
}

impl Snapshots {
    pub(super) fn new(postgres: PgPool) -> Self {
        // A third of the connections stays free for short questions and for everybody else.
        let connections = postgres.options().get_max_connections() as usize;
        Self {
            permits: Arc::new(Semaphore::new((connections * 2 / 3).max(1))),
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
        let _permit = self.permit().await?;
        let mut snapshot = self.postgres.begin_with(SNAPSHOT).await?;
        let counterparty = only(&mut snapshot, asked).await?;
        let found = postgres_engine::found(&mut snapshot, &Wanted::of(&counterparty, today)).await?;
        snapshot.commit().await?;
        let analytics = answer::analytics(query, &counterparty, Engine::Postgres, &found, today);
        Ok((analytics, Covered::all(&counterparty.state)))
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

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

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
