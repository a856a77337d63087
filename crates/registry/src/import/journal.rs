//! The log of imports in the table `imports`: what was begun, and how it ended.

use super::{ImportError, ImportSummary, Progress};
use certlens_formats::ImportSource;
use sqlx::PgPool;
use uuid::Uuid;

/// The entry of one import.
pub(super) struct Journal<'pool> {
    postgres: &'pool PgPool,
    id: Uuid,
}

impl<'pool> Journal<'pool> {
    pub(super) const fn new(postgres: &'pool PgPool, id: Uuid) -> Self {
        Self { postgres, id }
    }

    /// Enters the import. Whoever holds the import lock is alone, so entries that still run were interrupted.
    pub(super) async fn begin(&self, source: ImportSource, input: &str) -> Result<(), ImportError> {
        sqlx::query!(
            "UPDATE imports SET state = 'failed', finished_at = now(), error = 'interrupted' WHERE state = 'running'"
        )
        .execute(self.postgres)
        .await?;
        sqlx::query!(
            "INSERT INTO imports (id, source, input, state) VALUES ($1, $2, $3, 'running')",
            self.id,
            source.name(),
            input.replace('\0', " "),
        )
        .execute(self.postgres)
        .await?;
        Ok(())
    }

    /// Enters how it ended in Postgres. What happened matters more than that it could not be written down.
    pub(super) async fn end(&self, stored: &Result<(ImportSummary, Progress), ImportError>) {
        let entered = match stored {
            Ok((summary, _)) => {
                sqlx::query!(
                    "UPDATE imports SET state = 'done', finished_at = now(),
                            read = $2, new = $3, changed = $4, unchanged = $5, rejected = $6
                     WHERE id = $1",
                    self.id,
                    signed(summary.read),
                    signed(summary.new),
                    signed(summary.changed),
                    signed(summary.unchanged),
                    signed(summary.rejected),
                )
                .execute(self.postgres)
                .await
            }
            Err(error) => {
                sqlx::query!(
                    "UPDATE imports SET state = 'failed', finished_at = now(), error = $2 WHERE id = $1",
                    self.id,
                    error.to_string().replace('\0', " "),
                )
                .execute(self.postgres)
                .await
            }
        };
        if let Err(error) = entered {
            tracing::warn!(%error, "the end of the import could not be entered into the log");
        }
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
