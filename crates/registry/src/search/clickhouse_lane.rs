//! ClickHouse as the search path sees it: batches, a deadline, and a breaker that keeps everybody from waiting for an
//! engine that does not answer.
//!
//! Questions with few rows share batches on two lanes; heavy ones have a lane of their own, so that a slow counterparty
//! delays the others by no more than the batch that it is in.

mod cells;
mod rows;

use super::breaker::{Breaker, BreakerState, Outcome};
use super::clickhouse_engine::{ClickHouseEngine, ClickHouseFailure};
use super::coalescer::{Bounds, Coalescer, Refusal, Work};
use super::counterparty::Wanted;
use super::found::Found;
use super::page::PageQuestion;
use super::state::{SharedState, StoreVersion};
use certlens_domain::documents_page::PageCursor;
use rows::RowLanes;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::time::error::Elapsed;

/// Questions with more rows to read are heavy.
const HEAVY_FROM_ROWS: u64 = 20_000;
/// Rows that a batch may have to read.
const ROWS_OF_A_BATCH: u64 = 40_000;
/// How much longer heavy questions may take.
const HEAVY_PATIENCE: u32 = 8;
/// How long a probe may take.
const PROBE_DEADLINE: Duration = Duration::from_millis(500);
/// How long it may take to say that it is there when nobody suspects the contrary.
const LOOK_DEADLINE: Duration = Duration::from_secs(2);
/// Pages that ClickHouse reads at the same time.
const PAGES_AT_ONCE: usize = 2;

const LIGHT: Bounds = Bounds {
    lanes: 2,
    questions: 128,
    weight: ROWS_OF_A_BATCH,
    waiting: 1_024,
};
const HEAVY: Bounds = Bounds {
    lanes: 1,
    questions: 16,
    weight: ROWS_OF_A_BATCH,
    waiting: 128,
};

/// Why Postgres must answer instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// The breaker is open.
    BreakerOpen,
    /// The latest imports have not been published to ClickHouse yet.
    Behind,
    /// No answer in time.
    Deadline,
    /// ClickHouse failed.
    Failed,
    /// Too many questions wait.
    QueueFull,
}

impl Unanswered {
    /// The label of `certlens_search_fallbacks_total`.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::BreakerOpen => "breaker_open",
            Self::Behind => "behind",
            Self::Deadline => "deadline",
            Self::Failed => "failed",
            Self::QueueFull => "queue_full",
        }
    }
}

/// The way to ClickHouse. Cheap to clone.
#[derive(Clone)]
pub(super) struct ClickHouseLane {
    light: Coalescer<Batches>,
    heavy: Coalescer<Batches>,
    rows: RowLanes,
    pages: Arc<Semaphore>,
    guard: Arc<Guard>,
    deadline: Duration,
}

/// A question of a batch.
pub(super) struct Asked {
    wanted: Wanted,
    version: StoreVersion,
}

/// Looks up everything that a batch wants in one go.
struct Batches {
    guard: Arc<Guard>,
    deadline: Duration,
}

impl Work for Batches {
    type Question = Asked;
    type Answer = Result<Arc<Found>, Unanswered>;

    fn weight(&self, question: &Asked) -> u64 {
        question.wanted.rows
    }

    fn fit_together(&self, one: &Asked, other: &Asked) -> bool {
        // Which of two parties has fewer documents may differ between versions, and a fold needs it one way.
        one.wanted.today == other.wanted.today && one.version == other.version
    }

    async fn answer(&self, questions: Vec<Asked>) -> Vec<Self::Answer> {
        let answers = questions.len();
        #[expect(clippy::cast_precision_loss, reason = "a batch has a hundred questions")]
        metrics::histogram!("certlens_search_batch_questions").record(answers as f64);
        let mut questions = questions.into_iter();
        let Some(mut all) = questions.next() else {
            return Vec::new();
        };
        for question in questions {
            all.wanted.add(&question.wanted);
        }
        let found = self.guard.engine.found(&all.wanted, all.version);
        let found = Box::pin(self.guard.guarded(self.deadline, found))
            .await
            .map(Arc::new);
        vec![found; answers]
    }
}

impl ClickHouseLane {
    /// A way to this engine; light questions may take as long as `deadline`.
    pub(super) fn new(engine: ClickHouseEngine, state: SharedState, deadline: Duration) -> Self {
        let guard = Arc::new(Guard {
            engine,
            state,
            suspicious_after: deadline,
            breaker: Mutex::new(Breaker::default()),
        });
        let lane = |deadline, bounds| {
            let work = Batches {
                guard: Arc::clone(&guard),
                deadline,
            };
            Coalescer::new(work, bounds)
        };
        Self {
            light: lane(deadline, LIGHT),
            heavy: lane(deadline * HEAVY_PATIENCE, HEAVY),
            rows: RowLanes::new(&guard, deadline),
            pages: Arc::new(Semaphore::new(PAGES_AT_ONCE)),
            guard,
            deadline,
        }
    }

    /// The engine itself, without guard.
    pub(super) fn engine(&self) -> &ClickHouseEngine {
        &self.guard.engine
    }

    /// Looks whether ClickHouse answers, so that a lost one is found out before somebody waits for it. Only bad news count: a
    /// good answer to so small a question says nothing of searches.
    pub(super) async fn look(&self) {
        // Without Postgres nothing is learnt of ClickHouse.
        let Ok(state) = self.guard.state.read().await else {
            return;
        };
        let asked = self.guard.engine.published(state.version);
        match tokio::time::timeout(LOOK_DEADLINE, asked).await {
            Ok(Ok(_)) => {}
            Ok(Err(failure)) if !failure.is_silence() => self.guard.note(Outcome::Refused),
            Ok(Err(_)) | Err(_) => self.guard.note(Outcome::Silent),
        }
    }

    /// Whether ClickHouse is asked.
    pub(super) fn breaker(&self) -> BreakerState {
        self.guard.breaker().state()
    }

    /// How long an answer to this question may take.
    pub(super) fn patience(&self, wanted: &Wanted) -> Duration {
        self.patience_for(wanted.rows)
    }

    /// What the wanted parties hold; what was found for others of the same batch comes along.
    pub(super) async fn found(
        &self,
        wanted: Wanted,
        version: StoreVersion,
    ) -> Result<Arc<Found>, Unanswered> {
        self.guard.allows()?;
        let lane = if is_heavy(&wanted) {
            &self.heavy
        } else {
            &self.light
        };
        #[expect(clippy::cast_precision_loss, reason = "the queue is bounded")]
        metrics::gauge!("certlens_search_queue_depth")
            .set((self.light.waiting() + self.heavy.waiting()) as f64);
        match lane.ask(Asked { wanted, version }).await {
            Ok(answer) => answer,
            Err(Refusal::Full) => Err(Unanswered::QueueFull),
            Err(Refusal::Lost) => Err(Unanswered::Failed),
        }
    }

    /// The places of a page. Pages read much, so few of them run at once, and they have a heavy question's patience.
    pub(super) async fn places(
        &self,
        asked: &PageQuestion,
        version: StoreVersion,
    ) -> Result<Vec<PageCursor>, Unanswered> {
        self.guard.allows()?;
        let patience = self.deadline * HEAVY_PATIENCE;
        let _permit = tokio::time::timeout(patience, self.pages.acquire())
            .await
            .map_err(|_| Unanswered::QueueFull)?
            .map_err(|_| Unanswered::QueueFull)?;
        self.guard
            .guarded(patience, self.guard.engine.places(asked, version))
            .await
    }
}

fn is_heavy(wanted: &Wanted) -> bool {
    wanted.rows > HEAVY_FROM_ROWS
}

/// The breaker and what it guards.
struct Guard {
    engine: ClickHouseEngine,
    state: SharedState,
    /// A longer silence, though allowed to a heavy question, makes us knock.
    suspicious_after: Duration,
    breaker: Mutex<Breaker>,
}

impl Guard {
    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn allows(&self) -> Result<(), Unanswered> {
        match self.breaker().state() {
            BreakerState::Closed => Ok(()),
            BreakerState::HalfOpen | BreakerState::Open => Err(Unanswered::BreakerOpen),
        }
    }

    /// An answer within the deadline, and what the breaker learns from it.
    async fn guarded<T>(
        self: &Arc<Self>,
        deadline: Duration,
        answer: impl Future<Output = Result<T, ClickHouseFailure>>,
    ) -> Result<T, Unanswered> {
        self.allows()?;
        let started = Instant::now();
        let answer = tokio::time::timeout(deadline, answer);
        let (outcome, result) = match self.unless_dead(answer).await {
            Ok(Ok(answer)) if started.elapsed() > hedged_after(deadline) => (Outcome::Late, Ok(answer)),
            Ok(Ok(answer)) => (Outcome::Answered, Ok(answer)),
            // It answers, only not for these data: that is no failure.
            Ok(Err(ClickHouseFailure::Behind { published, wanted })) => {
                tracing::debug!(published, wanted, "ClickHouse is behind; Postgres answers");
                (Outcome::Answered, Err(Unanswered::Behind))
            }
            Ok(Err(failure)) => {
                tracing::warn!(%failure, "ClickHouse failed a search; Postgres answers");
                let outcome = if failure.is_silence() {
                    Outcome::Silent
                } else {
                    Outcome::Refused
                };
                (outcome, Err(Unanswered::Failed))
            }
            Err(_) => {
                let milliseconds = deadline.as_millis();
                tracing::warn!(
                    milliseconds,
                    "ClickHouse exceeded the deadline of a search; Postgres answers"
                );
                (Outcome::Silent, Err(Unanswered::Deadline))
            }
        };
        self.note(outcome);
        result
    }

    /// The answer. When it takes longer than a usual one, a probe tells an engine that works from one that is lost.
    async fn unless_dead<T>(&self, answer: impl Future<Output = Result<T, Elapsed>>) -> Result<T, Elapsed> {
        let mut answer = pin!(answer);
        if let Ok(answered) = tokio::time::timeout(self.suspicious_after, &mut answer).await {
            return answered;
        }
        let probe = tokio::time::timeout(self.suspicious_after, async {
            if !self.probe().await {
                // Refused at once or not, it is not there: the deadline tells.
                std::future::pending::<()>().await;
            }
        });
        tokio::select! {
            answered = &mut answer => answered,
            alive = probe => match alive {
                Ok(()) => answer.await,
                Err(elapsed) => Err(elapsed),
            },
        }
    }

    fn note(self: &Arc<Self>, outcome: Outcome) {
        let opened = self.breaker().note(outcome, Instant::now());
        if opened {
            tracing::warn!("ClickHouse is left alone until it answers a probe; Postgres answers");
            self.tell_state();
            tokio::spawn(probe_until_it_answers(Arc::downgrade(self)));
        }
    }

    fn tell_state(&self) {
        let state = self.breaker().state();
        metrics::gauge!("certlens_clickhouse_breaker_state").set(state.gauge());
        metrics::counter!("certlens_clickhouse_breaker_changes_total", "to" => state.key()).increment(1);
    }

    async fn probe(&self) -> bool {
        let answered = async {
            let state = self.state.read().await.ok()?;
            self.engine.published(state.version).await.ok()
        };
        matches!(tokio::time::timeout(PROBE_DEADLINE, answered).await, Ok(Some(_)))
    }
}

/// Knocks until ClickHouse answers or nobody searches any more.
async fn probe_until_it_answers(guard: Weak<Guard>) {
    loop {
        let due = guard.upgrade().and_then(|guard| guard.breaker().next_probe());
        let Some(due) = due else { return };
        tokio::time::sleep_until(due.into()).await;
        let Some(guard) = guard.upgrade() else { return };
        guard.breaker().begin_probe();
        guard.tell_state();
        let answered = guard.probe().await;
        guard.breaker().end_probe(answered, Instant::now());
        guard.tell_state();
        if answered {
            tracing::info!("ClickHouse answers again");
            return;
        }
    }
}

/// When a second engine is asked although the first may still answer.
pub(super) fn hedged_after(deadline: Duration) -> Duration {
    deadline * 3 / 5
}
