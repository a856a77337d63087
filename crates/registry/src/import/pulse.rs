//! The heartbeat of an import: whoever works at one says every second that it lives, and how far it is.
//!
//! On a connection of its own, because the import's is busy with statements that may take minutes. When the worker
//! dies, the beats stop, and everybody can see it. May know: the table `imports`. Must not know: what is imported.

use super::writing::Merged;
use super::{Progress, Stage};
use sqlx::PgPool;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

/// How often is said that an import lives.
pub(super) const BEAT: Duration = Duration::from_secs(1);
/// After so long without a beat an import is dead. Many beats: a database that is busy for a moment is no death.
pub(crate) const DEAD_AFTER: Duration = Duration::from_secs(30);

/// How far the work is.
#[derive(Debug, Clone, Copy, Default)]
struct Reached {
    stage: Option<Stage>,
    bytes_read: u64,
    read: u64,
    rejected: u64,
    merged: Merged,
    taken_back: u64,
}

/// Beats until it is dropped.
pub(super) struct Pulse {
    reached: watch::Sender<Reached>,
    beating: JoinHandle<()>,
}

impl Pulse {
    /// Begins to beat for an import that is entered as running, or as one that is being undone.
    pub(super) fn start(postgres: PgPool, import: Uuid, every: Duration) -> Self {
        let (reached, seen) = watch::channel(Reached::default());
        let beating = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let reached = *seen.borrow();
                if let Err(error) = beat(&postgres, import, &reached).await {
                    tracing::debug!(%error, "the import could not say that it lives");
                }
            }
        });
        Self { reached, beating }
    }

    /// The file is read up to there, and that was written.
    pub(super) fn reached(&self, progress: Progress, merged: Merged) {
        self.reached.send_modify(|reached| {
            *reached = Reached {
                stage: Some(progress.stage),
                bytes_read: progress.bytes_read,
                read: progress.read,
                rejected: progress.rejected,
                merged,
                ..*reached
            };
        });
    }

    /// So many documents are taken back.
    pub(super) fn taken_back(&self, documents: u64) {
        self.reached.send_modify(|reached| reached.taken_back = documents);
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.beating.abort();
    }
}

/// What the end of the import entered meanwhile is not touched.
async fn beat(postgres: &PgPool, import: Uuid, reached: &Reached) -> Result<(), sqlx::Error> {
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    sqlx::query!(
        "UPDATE imports SET
             heartbeat_at = clock_timestamp(),
             stage = CASE WHEN state = 'running' THEN coalesce($2, stage) ELSE stage END,
             bytes_read = CASE WHEN state = 'running' THEN $3 ELSE bytes_read END,
             read = CASE WHEN state = 'running' THEN $4 ELSE read END,
             rejected = CASE WHEN state = 'running' THEN $5 ELSE rejected END,
             new = CASE WHEN state = 'running' THEN $6 ELSE new END,
             changed = CASE WHEN state = 'running' THEN $7 ELSE changed END,
             taken_back = CASE WHEN stage = 'undoing' THEN $8 ELSE taken_back END
         WHERE id = $1 AND stage IS NOT NULL",
        import,
        reached.stage.map(Stage::key),
        signed(reached.bytes_read),
        signed(reached.read),
        signed(reached.rejected),
        signed(reached.merged.new),
        signed(reached.merged.changed),
        signed(reached.taken_back),
    )
    .execute(postgres)
    .await?;
    Ok(())
}
