//! Reading: what a counterparty holds, and its documents page by page.
//!
//! The way of a search: an earlier answer that is still good → requests that arrive together become one question to
//! ClickHouse, with a deadline and behind a breaker → Postgres. Both engines only find and group rows; one fold makes
//! the numbers, so that both give the same. Every answer is of one state of the store: what ClickHouse found counts only
//! if Postgres had the same version before and after; what Postgres finds is read in one snapshot.
//! May know: both stores' tables. Must not know: imports, HTTP, portals.
//!
//! | question | module |
//! |---|---|
//! | which version of the data is there? | [`state`] |
//! | in which parties do the asked identifiers stand? | [`parties`], [`counterparty`] |
//! | what do engines find, and what are the numbers? | [`found`], [`tally`], [`answer`] |
//! | what is remembered of large companies? | [`kept`], [`largest`] |
//! | which documents are meant? | [`filter`] |
//! | how is the board of a card made? | [`board`] |
//! | who answers, and when is who left alone? | [`clickhouse_lane`], [`coalescer`], [`breaker`], [`fallback`], [`cache`] |
//! | how are pages made, and all documents at once? | [`page`], [`stream`] |
//! | what is known of one document, who stands beside the asked company? | [`single`], [`related`] |

mod answer;
mod board;
mod breaker;
mod cache;
mod clickhouse_engine;
mod clickhouse_lane;
mod coalescer;
mod counterparty;
mod engine_state;
mod error;
mod fallback;
mod filter;
mod found;
mod freshness;
mod kept;
mod largest;
mod page;
mod parties;
mod postgres_engine;
mod related;
mod single;
mod snapshot;
mod state;
mod stored;
mod stream;
mod tally;

pub use breaker::BreakerState;
pub use engine_state::EngineState;
pub use error::SearchError;
pub use freshness::LatestImport;
pub(crate) use postgres_engine::DocumentRow;

use crate::clickhouse_store::ClickHouseAddress;
use board::{KeptBoards, RememberedRows};
use cache::{Answer, Cache, CacheKey, Covered, Entry, Turn};
use certlens_domain::analytics::{Analytics, AnalyticsQuery, Engine, IdentifierSummary};
use certlens_domain::documents_page::{DocumentsPage, DocumentsQuery, MOST_DOCUMENTS_A_PAGE};
use certlens_domain::freshness::RegistryFreshness;
use chrono::NaiveDate;
use clickhouse_engine::ClickHouseEngine;
use clickhouse_lane::{ClickHouseLane, Unanswered, hedged_after};
use counterparty::{Counterparty, Wanted};
use fallback::{NotFound, fell_back, searched, unanswered};
use found::Found;
use kept::{KeptNumbers, Recalled};
use page::{PageQuestion, PagesByPostgres, Shown};
use parties::{AskedIdentifiers, SharedParties};
use snapshot::Snapshots;
use sqlx::PgPool;
use state::SharedState;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long ClickHouse may take for a question of usual size before it counts as lost, unless told otherwise. Postgres
/// is asked as well when three fifths of it have passed.
const CLICKHOUSE_DEADLINE: Duration = Duration::from_millis(250);
/// Pages over parties with no more documents come from the index of Postgres, where the documents are anyway.
const DOCUMENTS_PAGED_BY_POSTGRES: u64 = 3_000;
/// How long Postgres may take to tell its version before an earlier answer is given unchecked.
const STATE_DEADLINE: Duration = Duration::from_secs(2);

/// The façade of reading. Cheap to clone; clones share cache, batches and breaker.
#[derive(Clone)]
pub struct Search {
    postgres: PgPool,
    state: SharedState,
    parties: SharedParties,
    snapshots: Snapshots,
    clickhouse: Option<ClickHouseLane>,
    cache: Option<Cache>,
    kept: KeptNumbers,
    rows: RememberedRows,
    boards: KeptBoards,
    pages_by_postgres: PagesByPostgres,
    /// Boards over no more documents are folded from their rows.
    boards_by_rows: u64,
}

impl std::fmt::Debug for Search {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Search")
            .field(
                "clickhouse",
                &self.clickhouse.as_ref().map(ClickHouseLane::engine),
            )
            .finish_non_exhaustive()
    }
}

impl Search {
    /// A search on these stores; without ClickHouse (`CERTLENS_CLICKHOUSE_URL=off`) Postgres answers everything.
    pub fn new(postgres: PgPool, clickhouse: Option<ClickHouseAddress>) -> Self {
        let state = SharedState::new(postgres.clone());
        let lane = |address: ClickHouseAddress| {
            ClickHouseLane::new(
                ClickHouseEngine::new(&address),
                state.clone(),
                CLICKHOUSE_DEADLINE,
            )
        };
        let kept = KeptNumbers::new();
        Self {
            clickhouse: clickhouse.map(lane),
            parties: SharedParties::new(postgres.clone()),
            snapshots: Snapshots::new(postgres.clone(), kept.clone()),
            cache: Some(Cache::new()),
            kept,
            rows: RememberedRows::new(),
            boards: KeptBoards::new(),
            pages_by_postgres: PagesByPostgres::UpTo(DOCUMENTS_PAGED_BY_POSTGRES),
            boards_by_rows: board::MOST_ROWS,
            state,
            postgres,
        }
    }

    /// The same search with another patience: how long ClickHouse may take before it counts as lost.
    #[must_use]
    pub fn with_clickhouse_deadline(self, deadline: Duration) -> Self {
        let lane =
            |lane: &ClickHouseLane| ClickHouseLane::new(lane.engine().clone(), self.state.clone(), deadline);
        Self {
            clickhouse: self.clickhouse.as_ref().map(lane),
            ..self
        }
    }

    /// The same search without earlier answers: every question is computed.
    #[must_use]
    pub fn without_cache(self) -> Self {
        Self {
            cache: None,
            kept: KeptNumbers::none(),
            rows: RememberedRows::none(),
            boards: KeptBoards::none(),
            snapshots: Snapshots::new(self.postgres.clone(), KeptNumbers::none()),
            ..self
        }
    }

    /// The same search with all pages looked up in ClickHouse, small and simple ones too.
    #[must_use]
    pub fn with_all_pages_by_clickhouse(self) -> Self {
        Self {
            pages_by_postgres: PagesByPostgres::None,
            ..self
        }
    }

    /// The same search with all boards counted by the engines, small ones too.
    #[must_use]
    pub fn with_boards_by_groups(self) -> Self {
        Self {
            boards_by_rows: 0,
            ..self
        }
    }

    /// What the asked identifiers hold on the day `today` (UTC).
    ///
    /// While Postgres does not answer, an earlier answer to the same question that is younger than a day is given
    /// unchecked.
    pub async fn analytics(
        &self,
        query: &AnalyticsQuery,
        today: NaiveDate,
    ) -> Result<Analytics, SearchError> {
        let analytics = self.analytics_beside_board(query, today).await?;
        searched(analytics.engine, analytics.elapsed_ms);
        Ok(analytics)
    }

    /// The same for a card whose board was just answered: one search for whoever waits, and counted as one.
    pub async fn analytics_beside_board(
        &self,
        query: &AnalyticsQuery,
        today: NaiveDate,
    ) -> Result<Analytics, SearchError> {
        let started = Instant::now();
        let key = CacheKey::analytics(query, today);
        let mut analytics = match self.earlier(&key).await {
            Some(Answer::Analytics(analytics)) => Analytics {
                // The same identifiers may be asked in another order.
                identifiers: query.identifiers.iter().map(IdentifierSummary::of).collect(),
                engine: Engine::Cache,
                ..analytics
            },
            Some(Answer::Page(_) | Answer::Board(_)) | None => {
                // On the heap: what waits here is large, and callers' futures contain it.
                let (analytics, covered) = Box::pin(self.computed(query, today))
                    .await
                    .inspect_err(unanswered)?;
                self.keep(Some(key), || Answer::Analytics(analytics.clone()), covered)
                    .await;
                analytics
            }
        };
        analytics.elapsed_ms = started.elapsed().as_secs_f64() * 1000.0;
        Ok(analytics)
    }

    /// A page of the documents in which the asked identifiers stand; statuses as of `today` (UTC).
    pub async fn documents(
        &self,
        query: &DocumentsQuery,
        today: NaiveDate,
    ) -> Result<DocumentsPage, SearchError> {
        let bounded = DocumentsQuery {
            limit: query.limit.min(MOST_DOCUMENTS_A_PAGE),
            ..query.clone()
        };
        let query = &bounded;
        let key = CacheKey::page(query, today);
        let (earlier, _turn) = self.earlier_or_turn(key.as_ref()).await;
        if let Some(Answer::Page(page)) = earlier {
            return Ok(page);
        }
        let (page, covered) = Box::pin(self.page(query, today)).await.inspect_err(unanswered)?;
        self.keep(key, || Answer::Page(page.clone()), covered).await;
        Ok(page)
    }

    /// Whether a search can be answered now: Postgres lives and is migrated. A lost ClickHouse does not count.
    pub async fn ready(&self) -> Result<(), SearchError> {
        self.state.read().await.map(|_| ())
    }

    /// How fresh each of the six registries is.
    pub async fn freshness(&self) -> Result<Vec<RegistryFreshness>, SearchError> {
        freshness::freshness(&self.postgres).await
    }

    /// The latest import of each source, as it stands or ended.
    pub async fn latest_imports(&self) -> Result<Vec<LatestImport>, SearchError> {
        freshness::latest_imports(&self.postgres).await
    }

    /// Looks whether ClickHouse is there, for whoever watches over it: a lost one is left alone from then on, whether or not
    /// somebody searches.
    pub async fn look_after_clickhouse(&self) {
        if let Some(lane) = &self.clickhouse {
            lane.look().await;
        }
    }

    /// Whether this process asks ClickHouse now; `None` when there is none. Asks nobody.
    pub fn breaker(&self) -> Option<BreakerState> {
        self.clickhouse.as_ref().map(ClickHouseLane::breaker)
    }

    /// Who would answer a search now. ClickHouse is asked for its version, whatever the breaker says.
    pub async fn engine_state(&self) -> Result<EngineState, SearchError> {
        let state = self.state.read().await?;
        Ok(EngineState::of(&state, self.clickhouse.as_ref()).await)
    }

    /// An earlier answer that is still good.
    async fn earlier(&self, key: &CacheKey) -> Option<Answer> {
        let cache = self.cache.as_ref()?;
        let earlier = self.good_answer(cache, key).await;
        match &earlier {
            Some(_) => metrics::counter!("certlens_search_cache_hits_total").increment(1),
            None => metrics::counter!("certlens_search_cache_misses_total").increment(1),
        }
        earlier
    }

    async fn good_answer(&self, cache: &Cache, key: &CacheKey) -> Option<Answer> {
        let entry = cache.earlier(key).await?;
        self.is_good(&entry).await.then(|| entry.answer.clone())
    }

    /// An earlier answer that is still good, also one that another asker is just finding; without one, the right to
    /// find it.
    async fn earlier_or_turn(&self, key: Option<&CacheKey>) -> (Option<Answer>, Option<Turn>) {
        let (Some(cache), Some(key)) = (&self.cache, key) else {
            return (None, None);
        };
        if let Some(answer) = self.earlier(key).await {
            return (Some(answer), None);
        }
        let turn = cache.turn(key).await;
        // Between the look and the turn somebody may have found it, too.
        (self.good_answer(cache, key).await, turn)
    }

    async fn is_good(&self, entry: &Entry) -> bool {
        match tokio::time::timeout(STATE_DEADLINE, self.state.read()).await {
            Ok(Ok(state)) => entry.is_good(&state),
            Ok(Err(SearchError::Stored { .. })) => false,
            Ok(Err(error)) => {
                tracing::warn!(%error, "Postgres does not tell its version; an earlier answer is given");
                true
            }
            Err(_) => {
                tracing::warn!("Postgres does not tell its version in time; an earlier answer is given");
                true
            }
        }
    }

    async fn keep(&self, key: Option<CacheKey>, answer: impl FnOnce() -> Answer, covered: Covered) {
        if let (Some(cache), Some(key)) = (&self.cache, key) {
            cache.keep(key, answer(), covered).await;
        }
    }

    /// An answer of the engines, and the data that it covers.
    async fn computed(
        &self,
        query: &AnalyticsQuery,
        today: NaiveDate,
    ) -> Result<(Analytics, Covered), SearchError> {
        let asked = AskedIdentifiers::of(query);
        let counterparty = self.parties.of(asked.clone()).await?;
        let covered = Covered::all(&counterparty.state);
        if counterparty.parties.is_empty() {
            // Nobody knows them: that is the whole answer.
            let nothing = answer::analytics(query, &counterparty, Engine::Postgres, &Found::default(), today);
            return Ok((nothing, covered));
        }
        let version = counterparty.state.version;
        let mut recalled = self.kept.recall(Wanted::of(&counterparty, today), version);
        recalled.recall_rows(&self.rows, version);
        if recalled.is_complete() {
            let known = answer::analytics(query, &counterparty, Engine::Cache, &recalled.alone(), today);
            return Ok((known, covered));
        }
        if let Some(lane) = &self.clickhouse {
            let hedge = hedged_after(lane.patience(&recalled.rest));
            let mut clickhouse = pin!(self.found_by_clickhouse(lane, recalled, &counterparty));
            match tokio::time::timeout(hedge, &mut clickhouse).await {
                Ok(Ok(found)) => {
                    let analytics =
                        answer::analytics(query, &counterparty, Engine::ClickHouse, &found, today);
                    return Ok((analytics, covered));
                }
                Ok(Err(reason)) => fell_back(reason.label()),
                Err(_) => {
                    fell_back("late");
                    let mut postgres = pin!(self.snapshots.analytics(query, &asked, today));
                    tokio::select! {
                        answer = &mut postgres => return answer,
                        found = clickhouse => if let Ok(found) = found {
                            let analytics =
                                answer::analytics(query, &counterparty, Engine::ClickHouse, &found, today);
                            return Ok((analytics, covered));
                        },
                    }
                    return postgres.await;
                }
            }
        }
        self.snapshots.analytics(query, &asked, today).await
    }

    /// What ClickHouse found, if it is of the same state of the store as the parties that were asked for.
    async fn found_by_clickhouse(
        &self,
        lane: &ClickHouseLane,
        recalled: Recalled,
        counterparty: &Counterparty,
    ) -> Result<Arc<Found>, NotFound> {
        let version = counterparty.state.version;
        let patience = lane.patience(&recalled.rest);
        let found = tokio::time::timeout(patience, lane.found(recalled.rest.clone(), version))
            .await
            .unwrap_or(Err(Unanswered::Deadline))
            .map_err(NotFound::Unanswered)?;
        // An import becomes visible in Postgres first. So what ClickHouse found between two reads of the same version
        // is of this version, and no half of a publication.
        match self.state.read().await {
            Ok(state) if state.version == version => {
                self.kept.keep(&recalled.rest, version, &found);
                Ok(recalled.with(&found))
            }
            Ok(_) | Err(_) => Err(NotFound::Moved),
        }
    }

    async fn page(
        &self,
        query: &DocumentsQuery,
        today: NaiveDate,
    ) -> Result<(DocumentsPage, Covered), SearchError> {
        let asked = AskedIdentifiers::of(&query.about);
        let counterparty = self.parties.of(asked.clone()).await?;
        let question = PageQuestion::of(query, &counterparty, today);
        let covered = Covered::page(query, &counterparty.state);
        if question.parties.is_empty() {
            let items = Vec::new();
            return Ok((DocumentsPage { items, next: None }, covered));
        }
        let lane = self
            .clickhouse
            .as_ref()
            .filter(|_| !self.pages_by_postgres.suffice(&question));
        let shown = Shown::of(&counterparty, query.about.role, today);
        let places = match lane {
            Some(lane) => match lane.places(&question, counterparty.state.version).await {
                Ok(places) => Some(places),
                Err(reason) => {
                    fell_back(reason.label());
                    None
                }
            },
            None => None,
        };
        let version = counterparty.state.version.number;
        if let Some(page) = self
            .snapshots
            .page_in_version(&question, places, version, &shown)
            .await?
        {
            return Ok((page, covered));
        }
        // An import became visible meanwhile: everything again, in one snapshot.
        self.snapshots.page(query, &asked, today).await
    }
}
