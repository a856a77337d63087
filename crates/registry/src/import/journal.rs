//! The log of imports in the table `imports`: what was begun, and how it ended.

use super::input::FileMark;
use super::writing::Written;
use super::{ImportError, ImportSummary};
use certlens_formats::ImportSource;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// So often a server begins an import again that its end cut short.
const MOST_ATTEMPTS: i32 = 3;

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

    /// Enters the import, or that the turn of a waiting one has come. Whoever holds the import lock is alone, so entries
    /// that still run were interrupted: a server's own wait for another turn.
    pub(super) async fn begin(
        &self,
        source: ImportSource,
        name: &str,
        mark: Option<FileMark>,
    ) -> Result<(), ImportError> {
        bury_the_dead(self.postgres).await?;
        let entered = sqlx::query!(
            "INSERT INTO imports (id, source, input, state, stage, bytes, modified_at, node, heartbeat_at)
             VALUES ($1, $2, $3, 'running', 'reading', $4, $5, $6, clock_timestamp())
             ON CONFLICT (id) DO UPDATE SET
                 state = 'running', stage = 'reading', bytes = EXCLUDED.bytes, modified_at = EXCLUDED.modified_at,
                 node = EXCLUDED.node, heartbeat_at = EXCLUDED.heartbeat_at, started_at = now(), finished_at = NULL,
                 error = NULL, attempts = imports.attempts + 1
             WHERE imports.state = 'waiting'",
            self.id,
            source.name(),
            without_nul(name),
            mark.map(|mark| signed(mark.bytes)),
            mark.and_then(|mark| mark.modified_at),
            node(),
        )
        .execute(self.postgres)
        .await?;
        if entered.rows_affected() == 0 {
            return Err(ImportError::Taken);
        }
        Ok(())
    }

    /// Enters, in the import's own transaction, that it is done: the documents and this become visible together.
    pub(super) async fn done(
        &self,
        connection: &mut PgConnection,
        summary: &ImportSummary,
        written: &Written,
    ) -> Result<(), sqlx::Error> {
        let makes_a_difference = summary.new + summary.changed > 0;
        sqlx::query!(
            "UPDATE imports SET state = 'done', stage = 'publishing', finished_at = clock_timestamp(),
                    read = $2, new = $3, changed = $4, unchanged = $5, rejected = $6, rejects_file = $7,
                    version = $8, is_kept = $9, kept_documents = $10, bytes_read = coalesce(bytes, bytes_read)
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
            written.version,
            makes_a_difference && written.kept.is_some(),
            signed(written.kept.unwrap_or(0)),
        )
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Enters why it failed. What happened matters more than that it could not be written down.
    pub(super) async fn failed(&self, error: &ImportError) {
        let entered = sqlx::query!(
            "UPDATE imports SET state = 'failed', stage = NULL, finished_at = now(), error = $2
             WHERE id = $1 AND state = 'running'",
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

/// ClickHouse has everything that the imports that are done brought.
pub(super) async fn published(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE imports SET stage = NULL WHERE state = 'done' AND stage IS NOT NULL")
        .execute(connection)
        .await?;
    Ok(())
}

/// Whoever holds the import lock is alone: what still runs was interrupted.
pub(super) async fn bury_the_dead(postgres: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE imports SET
             state = CASE WHEN queued_path IS NOT NULL AND attempts < $1 THEN 'waiting' ELSE 'failed' END,
             finished_at = CASE WHEN queued_path IS NOT NULL AND attempts < $1 THEN NULL ELSE now() END,
             stage = NULL, error = 'interrupted'
         WHERE state = 'running'",
        MOST_ATTEMPTS,
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// What the list of imports calls this process: its machine, where that has a name, and its number.
pub(super) fn node() -> String {
    let process = std::process::id();
    match std::env::var("HOSTNAME") {
        Ok(machine) if !machine.is_empty() => format!("{machine}, process {process}"),
        _ => format!("process {process}"),
    }
}

/// Postgres takes every character but this one.
pub(super) fn without_nul(text: &str) -> String {
    text.replace('\0', " ")
}

pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
