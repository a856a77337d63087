//! The log of imports in the table `imports`: what was begun, and how it ended.

use super::input::FileMark;
use super::{ImportError, ImportSummary};
use certlens_formats::ImportSource;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// The entry of one import.
pub(super) struct Journal<'pool> {
    postgres: &'pool PgPool,
    id: Uuid,
}

/// Whether a file of this name, size and time was imported to its end.
pub(super) async fn is_known(
    postgres: &PgPool,
    source: ImportSource,
    name: &str,
    mark: FileMark,
) -> Result<bool, sqlx::Error> {
    let Some(modified_at) = mark.modified_at else {
        return Ok(false);
    };
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM imports
               WHERE source = $1 AND input = $2 AND bytes = $3 AND modified_at = $4 AND state = 'done'
           ) AS "is_known!""#,
        source.name(),
        without_nul(name),
        signed(mark.bytes),
        modified_at,
    )
    .fetch_one(postgres)
    .await
}

impl<'pool> Journal<'pool> {
    pub(super) const fn new(postgres: &'pool PgPool, id: Uuid) -> Self {
        Self { postgres, id }
    }

    /// Enters the import. Whoever holds the import lock is alone, so entries that still run were interrupted.
    pub(super) async fn begin(
        &self,
        source: ImportSource,
        name: &str,
        mark: Option<FileMark>,
    ) -> Result<(), ImportError> {
        sqlx::query!(
            "UPDATE imports SET state = 'failed', finished_at = now(), error = 'interrupted' WHERE state = 'running'"
        )
        .execute(self.postgres)
        .await?;
        sqlx::query!(
            "INSERT INTO imports (id, source, input, state, bytes, modified_at) VALUES ($1, $2, $3, 'running', $4, $5)",
            self.id,
            source.name(),
            without_nul(name),
            mark.map(|mark| signed(mark.bytes)),
            mark.and_then(|mark| mark.modified_at),
        )
        .execute(self.postgres)
        .await?;
        Ok(())
    }

    /// Enters, in the import's own transaction, that it is done: the documents and this become visible together.
    pub(super) async fn done(
        &self,
        connection: &mut PgConnection,
        summary: &ImportSummary,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE imports SET state = 'done', finished_at = clock_timestamp(),
                    read = $2, new = $3, changed = $4, unchanged = $5, rejected = $6, rejects_file = $7
             WHERE id = $1",
            self.id,
            signed(summary.read),
            signed(summary.new),
            signed(summary.changed),
            signed(summary.unchanged),
            signed(summary.rejected),
            summary
                .rejects_file
                .as_ref()
                .map(|path| without_nul(&path.display().to_string())),
        )
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Enters why it failed. What happened matters more than that it could not be written down.
    pub(super) async fn failed(&self, error: &ImportError) {
        let entered = sqlx::query!(
            "UPDATE imports SET state = 'failed', finished_at = now(), error = $2 WHERE id = $1 AND state = 'running'",
            self.id,
            without_nul(&error.to_string()),
        )
        .execute(self.postgres)
        .await;
        if let Err(error) = entered {
            tracing::warn!(%error, "the end of the import could not be entered into the log");
        }
    }
}

/// Postgres takes every character but this one.
fn without_nul(text: &str) -> String {
    text.replace('\0', " ")
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
