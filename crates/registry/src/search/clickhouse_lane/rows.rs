//! Rows of boards, read for all cards that are opened at the same time.

use super::{ClickHouseLane, Guard, HEAVY, HEAVY_FROM_ROWS, HEAVY_PATIENCE, LIGHT, Unanswered};
use crate::search::board::{FoundRows, WantedRows};
use crate::search::coalescer::{Coalescer, Refusal, Work};
use crate::search::state::StoreVersion;
use std::sync::Arc;
use std::time::Duration;

/// How many rows without texts a row with texts costs to read.
const COST_OF_TEXTS: u64 = 3;

/// The two ways of rows: what is read for few documents never waits for what is read for many.
#[derive(Clone)]
pub(super) struct RowLanes {
    light: Coalescer<RowBatches>,
    heavy: Coalescer<RowBatches>,
}

/// A question of a batch.
struct AskedRows {
    wanted: WantedRows,
    version: StoreVersion,
}

/// Reads all rows that a batch wants in one go.
struct RowBatches {
    guard: Arc<Guard>,
    deadline: Duration,
}

impl Work for RowBatches {
    type Question = AskedRows;
    type Answer = Result<Arc<FoundRows>, Unanswered>;

    fn weight(&self, question: &AskedRows) -> u64 {
        let cost = if question.wanted.with_texts {
            COST_OF_TEXTS
        } else {
            1
        };
        question.wanted.rows().saturating_mul(cost)
    }

    fn fit_together(&self, one: &AskedRows, other: &AskedRows) -> bool {
        one.version == other.version && one.wanted.with_texts == other.wanted.with_texts
    }

    async fn answer(&self, questions: Vec<AskedRows>) -> Vec<Self::Answer> {
        let answers = questions.len();
        let mut questions = questions.into_iter();
        let Some(mut all) = questions.next() else {
            return Vec::new();
        };
        for question in questions {
            all.wanted.add(&question.wanted);
        }
        let rows = self.guard.engine.rows(&all.wanted, all.version);
        let rows = Box::pin(self.guard.guarded(self.deadline, rows))
            .await
            .map(Arc::new);
        vec![rows; answers]
    }
}

impl RowLanes {
    pub(super) fn new(guard: &Arc<Guard>, deadline: Duration) -> Self {
        let lane = |deadline, bounds| {
            let work = RowBatches {
                guard: Arc::clone(guard),
                deadline,
            };
            Coalescer::new(work, bounds)
        };
        Self {
            light: lane(deadline, LIGHT),
            heavy: lane(deadline * HEAVY_PATIENCE, HEAVY),
        }
    }
}

impl ClickHouseLane {
    /// How long an answer may take for which so many rows are read.
    pub(in crate::search) fn patience_for(&self, rows: u64) -> Duration {
        if rows > HEAVY_FROM_ROWS {
            self.deadline * HEAVY_PATIENCE
        } else {
            self.deadline
        }
    }

    /// The rows of the wanted parties; what was read for others of the same batch comes along.
    pub(in crate::search) async fn rows(
        &self,
        wanted: WantedRows,
        version: StoreVersion,
    ) -> Result<Arc<FoundRows>, Unanswered> {
        self.guard.allows()?;
        let rows = wanted.rows();
        let lane = if rows > HEAVY_FROM_ROWS {
            &self.rows.heavy
        } else {
            &self.rows.light
        };
        let asked = lane.ask(AskedRows { wanted, version });
        match tokio::time::timeout(self.patience_for(rows), asked).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(Refusal::Full)) => Err(Unanswered::QueueFull),
            Ok(Err(Refusal::Lost)) => Err(Unanswered::Failed),
            Err(_) => Err(Unanswered::Deadline),
        }
    }
}
