//! Recounts: what happened to the documents of tracked identifiers since the last look.
//!
//! May know: documents, their changes, subscriptions and their identifiers. Must not know: portals' people, items.
//!
//! A recount goes in *passes*. A pass looks at what the versions after `from` up to `to` of the store brought, and at
//! the terms that came near after one day up to another. The row `recount_mark` says how far everything was looked at,
//! and how far the pass that is under way has come; it is locked for each portion of a pass, and moves in the
//! transaction that writes the portion's news. So one portion runs at a time in all processes, and whatever dies in the
//! middle leaves the mark where the news end: the next recount goes on there, repeats nothing and loses nothing. News are
//! unique besides, so that looking at a version twice would add nothing.
//!
//! Why no document falls between:
//!
//! - *A document and the pass.* An import commits its documents and its version together, and versions commit in their
//!   order, because imports exclude each other. A pass reads `to` first and documents afterwards, each statement with a
//!   snapshot of its own: all of every version up to `to` is visible. What is replaced meanwhile has a later version, and
//!   the next pass looks at it.
//! - *A subscription and the pass.* Somebody subscribes and reads version 7; before that commits, an import commits version
//!   8 and a pass looks at it, without seeing the subscription. So each identifier that a subscription tracks is
//!   *enrolled* by the first pass that sees it, and that pass begins no later than at the identifier's own baseline: it
//!   looks at version 8 again. A row that somebody holds locked at that moment is left to the next pass. What is
//!   enrolled between two portions of a pass does not count in it: only a beginning pass enrols.
//! - *A document and the portions of one pass.* A pass that has very much to look at reads the table `documents` range by
//!   range of its blocks. Rows of those versions don't move: a row that an import writes anew gets a later version. Only
//!   a rewrite of the whole table (`VACUUM FULL`) moves rows; that gives it another file, and the pass looks again from
//!   its first block.
//!
//! What is news, is said by the statements of `looking`.

mod looking;
mod pass;
mod single;

use chrono::NaiveDate;
use pass::Mark;
use serde::Serialize;
use sqlx::{Connection as _, PgPool};

/// What Postgres says when a subscription went away while its news were written, and when two transactions waited for
/// each other: worth another try.
const PASSING: [&str; 3] = ["23503", "40P01", "40001"];
/// So often a portion is tried.
const TRIES: u32 = 5;
/// Up to so many changed documents are looked up by their version; beyond, the table is read through.
const FEW_DOCUMENTS: i64 = 250_000;
/// Blocks of 8 KiB in a portion: two gigabytes, some seconds. Each portion learns anew who tracks what.
const BLOCKS_A_PORTION: i64 = 262_144;

/// The door to recounts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recounter {
    postgres: PgPool,
    few_documents: i64,
    blocks_a_portion: i64,
    today: Option<NaiveDate>,
}

/// What a recount did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RecountOutcome {
    /// It looked at what came after this version of the store …
    pub from_version: i64,
    /// … up to this one.
    pub to_version: i64,
    /// Terms were looked at as of this day (UTC).
    pub day: NaiveDate,
    /// Subscriptions for which was looked.
    pub subscriptions: u64,
    /// Their identifiers, all together.
    pub identifiers: u64,
    /// News found.
    pub found: u64,
}

/// What one portion of a recount did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecountStep {
    /// There is something to look at; nothing was looked at yet.
    Begun {
        /// After this version.
        from_version: i64,
    },
    /// News were looked for.
    Looked {
        /// So many were found.
        found: u64,
    },
    /// Everything up to this version and day was looked at.
    UpToDate {
        /// The version of the store.
        version: i64,
        /// The day (UTC).
        day: NaiveDate,
    },
}

/// A recount stopped. What was looked at stays looked at; the next one goes on.
#[derive(Debug, thiserror::Error)]
pub enum RecountError {
    /// Postgres failed.
    #[error(
        "the database failed while news were looked for; what was found before stays, the next recount goes on there: {0}"
    )]
    Postgres(#[from] sqlx::Error),
}

impl Recounter {
    /// A door to the documents of this database.
    pub const fn new(postgres: PgPool) -> Self {
        Self {
            postgres,
            few_documents: FEW_DOCUMENTS,
            blocks_a_portion: BLOCKS_A_PORTION,
            today: None,
        }
    }

    /// Looks at the day as if it were this one (UTC); for tests, which can't wait.
    #[must_use]
    pub fn on(self, today: NaiveDate) -> Self {
        Self {
            today: Some(today),
            ..self
        }
    }

    /// Reads the table of documents in portions of so many blocks when more than so many documents changed; for tests,
    /// which have few documents.
    #[must_use]
    pub fn in_portions(self, few_documents: i64, blocks_a_portion: i64) -> Self {
        Self {
            few_documents,
            blocks_a_portion,
            ..self
        }
    }

    /// Looks for news until everything that is stored was looked at. `run` is the number in `recounts` of whoever asks.
    ///
    /// Dropping it loses nothing. Several at once take turns, portion by portion.
    pub async fn recount(&self, run: i64) -> Result<RecountOutcome, RecountError> {
        let mut from = None;
        let mut found = 0;
        loop {
            match self.step(run).await? {
                RecountStep::Begun { from_version } => from = from.or(Some(from_version)),
                RecountStep::Looked { found: more } => found += more,
                RecountStep::UpToDate { version, day } => {
                    let (subscriptions, identifiers) = self.tracked().await?;
                    return Ok(RecountOutcome {
                        from_version: from.unwrap_or(version),
                        to_version: version,
                        day,
                        subscriptions,
                        identifiers,
                        found,
                    });
                }
            }
        }
    }

    /// One portion, in a transaction of its own; for those who want to stop in between.
    pub async fn step(&self, run: i64) -> Result<RecountStep, RecountError> {
        let mut tries = 1;
        loop {
            match self.try_step(run).await {
                Err(RecountError::Postgres(sqlx::Error::Database(error)))
                    if tries < TRIES && error.code().is_some_and(|code| PASSING.contains(&code.as_ref())) =>
                {
                    tracing::debug!(%error, "a portion of a recount is tried again");
                    tries += 1;
                }
                other => return other,
            }
        }
    }

    async fn try_step(&self, run: i64) -> Result<RecountStep, RecountError> {
        // Out of the pool: whoever stops in the middle hangs up, and waits for no statement to end.
        let mut connection = self.postgres.acquire().await?.detach();
        let mut transaction = connection.begin().await?;
        // For this transaction only. A process that hangs or hung up must not hold the mark; plans must know this portion's numbers.
        // Remembering answers that never come again, and sorting a million texts, cost more than the joins themselves.
        sqlx::query!(
            "SELECT set_config('idle_in_transaction_session_timeout', '15s', true) AS held_at_most,
                    set_config('client_connection_check_interval', '2s', true) AS hung_up,
                    set_config('plan_cache_mode', 'force_custom_plan', true) AS plans,
                    set_config('jit', 'off', true) AS jit, set_config('work_mem', '64MB', true) AS memory,
                    set_config('enable_memoize', 'off', true) AS memoize,
                    set_config('enable_mergejoin', 'off', true) AS merging"
        )
        .fetch_one(&mut *transaction)
        .await?;
        let mark = Mark::lock(&mut transaction).await?;
        let step = match mark.pass {
            None => pass::begin(&mut transaction, mark, self.today).await?,
            Some(pass) => {
                let found = self.look(&mut transaction, &pass, run).await?;
                RecountStep::Looked { found }
            }
        };
        transaction.commit().await?;
        connection.close().await?;
        Ok(step)
    }

    /// Active subscriptions, and their identifiers.
    async fn tracked(&self) -> Result<(u64, u64), RecountError> {
        let tracked = sqlx::query!(
            r#"SELECT (SELECT count(*) FROM subscriptions WHERE state = 'active') AS "subscriptions!",
                      (SELECT count(*) FROM subscription_identifiers AS tracked
                       JOIN subscriptions ON subscriptions.id = tracked.subscription_id
                       WHERE subscriptions.state = 'active') AS "identifiers!""#
        )
        .fetch_one(&self.postgres)
        .await?;
        Ok((
            tracked.subscriptions.unsigned_abs(),
            tracked.identifiers.unsigned_abs(),
        ))
    }

    /// The documents' database.
    pub(crate) const fn postgres(&self) -> &PgPool {
        &self.postgres
    }
}
