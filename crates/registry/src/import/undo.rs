//! Undoing an import: as if it had never been, in both stores, for searches and for those who track something.
//!
//! Documents that it added go, documents that it replaced get their former body; all by one transaction of Postgres, in
//! a new version of the store that ClickHouse then gets as it gets an import. So an undoing that is interrupted has done
//! nothing, or is completed like an import. An import can be undone while what it replaced is kept ([`UndoLimits`]) and
//! no later import replaced what it had written; otherwise that one has to be undone first.
//!
//! May know: both stores' tables, news that nobody was told yet. Must not know: terminals, HTTP, portals.
//!
//! [`UndoLimits`]: super::UndoLimits

use super::error::{ImportError, PublishError};
use super::options::ImportOptions;
use super::pulse::Pulse;
use super::writing::{TakenBack, Undone, Writer, forget};
use super::{Importer, release};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;
use uuid::Uuid;

/// Nobody waits longer for an answer.
const AT_ONCE: Duration = Duration::from_secs(10);

/// What undoing an import would do, or did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct UndoSummary {
    /// Documents that go: the import had added them.
    pub removed: u64,
    /// Documents that get their former body: the import had changed them.
    pub restored: u64,
    /// Entries of the list of Russia's territory that are as they were before.
    pub entries: u64,
}

/// An undoing that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// It is done.
    Done(UndoSummary),
    /// It takes longer, and goes on; the list of imports tells how far it is. This is what it will do.
    UnderWay(UndoSummary),
}

/// A later import that has to be undone first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// Its number.
    pub import: Uuid,
    /// What was imported.
    pub input: String,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Documents (or entries of a list) of the earlier import that it replaced.
    pub documents: u64,
}

/// Why an import was not undone. Except for [`UndoError::NotPublished`], nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// There is none.
    #[error("there is no import with the number {0}; the list of imports names those that there are")]
    Unknown(Uuid),
    /// It did not come to its end.
    #[error("this import is {0}: it changed nothing that could be undone")]
    NotDone(String),
    /// It was undone before.
    #[error("this import was undone already")]
    Undone,
    /// It made no difference.
    #[error("this import changed nothing, so there is nothing to undo")]
    NothingChanged,
    /// What it replaced is not there any more.
    #[error(
        "what this import replaced is not kept any more, so it can't be undone; only the newest imports can. Import the \
         former file again instead"
    )]
    NotKept,
    /// A later import replaced what it had written.
    #[error(
        "a later import stands in the way: `{}` of {} replaced {} of its documents. Undo that one first",
        obstacle.input,
        obstacle.finished_at.map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default(),
        obstacle.documents
    )]
    InTheWay {
        /// The newest of those that do.
        obstacle: Obstacle,
    },
    /// An import is running.
    #[error("an import is running on this database; wait until it ends and repeat")]
    Busy,
    /// Postgres failed.
    #[error("the database failed; the import was not undone: {0}")]
    Postgres(#[from] sqlx::Error),
    /// It is undone, and Postgres answers so, but ClickHouse does not know it yet.
    #[error(
        "the import is undone, and Postgres answers searches; ClickHouse could not be told. Check that it runs; the next \
         import or the next start of the server completes it: {0}"
    )]
    NotPublished(#[from] PublishError),
}

impl Importer {
    /// What undoing this import would do; the error tells why it can't be done. Numbers are those that the import told.
    pub async fn undo_preview(&self, import: Uuid) -> Result<UndoSummary, UndoError> {
        let mut connection = self.postgres.acquire().await?;
        let examined = examine(&mut connection, import).await?;
        Ok(examined.summary)
    }

    /// Undoes an import in the background, and waits for its end for a while.
    pub async fn begin_undo(&self, import: Uuid, by: &str) -> Result<Undo, UndoError> {
        let expected = self.undo_preview(import).await?;
        let (importer, by) = (self.clone(), by.to_owned());
        let mut undoing = tokio::spawn(async move {
            let outcome = importer.undo(import, &by).await;
            match &outcome {
                Ok(undone) => tracing::info!(%import, ?undone, "an import was undone"),
                Err(error) => tracing::warn!(%import, %error, "an import was not undone"),
            }
            outcome
        });
        match tokio::time::timeout(AT_ONCE, &mut undoing).await {
            Ok(Ok(outcome)) => outcome.map(Undo::Done),
            Ok(Err(stopped)) => Err(UndoError::Postgres(sqlx::Error::Protocol(stopped.to_string()))),
            Err(_) => Ok(Undo::UnderWay(expected)),
        }
    }

    /// Undoes an import. `by` is who wants it.
    pub async fn undo(&self, import: Uuid, by: &str) -> Result<UndoSummary, UndoError> {
        let patience = ImportOptions::default().patience;
        let mut connection = self.lock(patience).await.map_err(of_import)?;
        self.complete_earlier_import(&mut connection).await;
        let examined = examine(&mut connection, import).await?;
        sqlx::query!(
            "UPDATE imports SET stage = 'undoing', heartbeat_at = clock_timestamp(), taken_back = 0 WHERE id = $1",
            import
        )
        .execute(&mut connection)
        .await?;
        let pulse = Pulse::start(self.postgres.clone(), import, self.beat);
        let taken = self
            .take_back(&mut connection, import, by, &examined.undone, &pulse)
            .await;
        let taken = match taken {
            Ok(taken) => taken,
            Err(error) => {
                self.note_that_nothing_is_done(import, &error).await;
                return Err(error);
            }
        };
        self.publish(&mut connection).await.map_err(of_import)?;
        release(connection).await;
        Ok(UndoSummary {
            removed: taken.removed,
            restored: taken.restored,
            entries: taken.entries,
        })
    }

    async fn take_back(
        &self,
        connection: &mut PgConnection,
        import: Uuid,
        by: &str,
        undone: &Undone,
        pulse: &Pulse,
    ) -> Result<TakenBack, UndoError> {
        let mut transaction = connection.begin().await?;
        let writer = Writer::begin(&mut transaction, import, self.counted_from, 0)
            .await
            .map_err(of_import)?;
        let taken = writer
            .undo(undone, |documents| pulse.taken_back(documents))
            .await
            .map_err(of_import)?;
        forget_news(&mut transaction, undone.version).await?;
        sqlx::query!(
            "UPDATE imports SET state = 'undone', stage = NULL, error = NULL, is_kept = false, kept_documents = 0, undone_by = $2,
                    undone_at = clock_timestamp(), undo_version = $3, taken_back = $4
             WHERE id = $1",
            import,
            by.replace('\0', " "),
            taken.version,
            i64::try_from(taken.removed + taken.restored).unwrap_or(i64::MAX),
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(taken)
    }

    /// What happened matters more than that it could not be noted: the heartbeat stopped besides.
    async fn note_that_nothing_is_done(&self, import: Uuid, error: &UndoError) {
        let noted = sqlx::query!(
            "UPDATE imports SET stage = NULL, error = 'not undone: ' || $2::text WHERE id = $1 AND stage = 'undoing'",
            import,
            error.to_string().replace('\0', " "),
        )
        .execute(&self.postgres)
        .await;
        if let Err(error) = noted {
            tracing::warn!(%error, "that an import was not undone could not be entered into the log");
        }
    }

    /// Deletes what is kept for imports that are too old, or too many. The caller holds the import lock.
    pub(super) async fn forget_old(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let limits = self.undo_limits;
        let mut transaction = connection.begin().await?;
        let old = sqlx::query_scalar!(
            "SELECT id FROM (
                 SELECT id, started_at, row_number() OVER newest AS place, sum(kept_documents) OVER newest AS documents
                 FROM imports WHERE is_kept
                 WINDOW newest AS (ORDER BY started_at DESC, id DESC)
             ) AS kept
             WHERE place > $1 OR documents > $2::bigint OR started_at < now() - make_interval(days => $3)",
            i64::from(limits.imports),
            i64::try_from(limits.documents).unwrap_or(i64::MAX),
            i32::try_from(limits.days).unwrap_or(i32::MAX),
        )
        .fetch_all(&mut *transaction)
        .await?;
        if old.is_empty() {
            return Ok(());
        }
        forget(&mut transaction, &old).await?;
        sqlx::query!(
            "UPDATE imports SET is_kept = false, kept_documents = 0 WHERE id = ANY($1)",
            &old
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }
}

/// An import that can be undone.
struct Examined {
    undone: Undone,
    summary: UndoSummary,
}

async fn examine(connection: &mut PgConnection, import: Uuid) -> Result<Examined, UndoError> {
    let entry = sqlx::query!(
        r#"SELECT state, version, is_kept, kept_documents, coalesce(new, 0) AS "new!", coalesce(changed, 0) AS "changed!",
                  (SELECT count(*) FROM replaced_territory_statuses WHERE replaced_by = imports.id) AS "entries!"
           FROM imports WHERE id = $1"#,
        import,
    )
    .fetch_optional(&mut *connection)
    .await?
    .ok_or(UndoError::Unknown(import))?;
    match entry.state.as_str() {
        "done" => {}
        "undone" => return Err(UndoError::Undone),
        other => return Err(UndoError::NotDone(other.to_owned())),
    }
    if entry.new + entry.changed == 0 {
        return Err(UndoError::NothingChanged);
    }
    if !entry.is_kept {
        return Err(UndoError::NotKept);
    }
    if let Some(obstacle) = obstacle(connection, import).await? {
        return Err(UndoError::InTheWay { obstacle });
    }
    let versions = match entry.version {
        None => Vec::new(),
        Some(version) => versions_of(connection, version).await?,
    };
    let entries = entry.entries.unsigned_abs();
    let restored = entry.kept_documents.unsigned_abs();
    let written = (entry.new + entry.changed).unsigned_abs();
    Ok(Examined {
        undone: Undone {
            version: entry.version,
            versions,
        },
        summary: UndoSummary {
            removed: written.saturating_sub(restored + entries),
            restored,
            entries,
        },
    })
}

/// The newest import that stands in the way.
async fn obstacle(connection: &mut PgConnection, import: Uuid) -> Result<Option<Obstacle>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT later.id, later.input, later.finished_at, obstacle.documents AS "documents!"
           FROM import_obstacles AS obstacle JOIN imports AS later ON later.id = obstacle.later
           WHERE obstacle.import_id = $1
           ORDER BY later.started_at DESC LIMIT 1"#,
        import,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Obstacle {
        import: row.id,
        input: row.input,
        finished_at: row.finished_at,
        documents: row.documents.unsigned_abs(),
    }))
}

/// A document moves to a later version without being replaced when the list of Russia's territory says something else
/// of it, and when what replaced it was undone.
async fn versions_of(connection: &mut PgConnection, version: i64) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT $1::bigint AS "version!"
           UNION SELECT version FROM imports WHERE version > $1 AND source = 'rf-territory'
           UNION SELECT undo_version FROM imports WHERE undo_version > $1"#,
        version,
    )
    .fetch_all(connection)
    .await
}

/// News of what did not happen: nobody was told them yet, and nobody will be. The mark is locked before they are looked
/// for, so that no recount writes others meanwhile; what it finds afterwards, it finds without the import.
async fn forget_news(connection: &mut PgConnection, version: Option<i64>) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT FROM recount_mark FOR UPDATE")
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        r#"DELETE FROM news
           WHERE settled_at IS NULL
             AND CASE kind
                 WHEN 'new_document' THEN NOT EXISTS (
                     SELECT FROM documents AS document
                     WHERE document.registry = news.registry AND document.document_key = news.document_key
                       AND news.identifiers && ARRAY[
                           applicant_inn, applicant_ogrn, applicant_bin, applicant_unp,
                           manufacturer_inn, manufacturer_ogrn, manufacturer_bin, manufacturer_unp])
                 WHEN 'expiring' THEN NOT EXISTS (
                     SELECT FROM documents AS document
                     WHERE document.registry = news.registry AND document.document_key = news.document_key
                       AND document.status IN ('active', 'renewed', 'extended')
                       AND to_char(document.valid_until, 'YYYY-MM-DD') = news.occurrence)
                 ELSE occurrence = $1
             END"#,
        version.map(|version| version.to_string()),
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn of_import(error: ImportError) -> UndoError {
    match error {
        ImportError::Busy => UndoError::Busy,
        ImportError::Postgres(error) => UndoError::Postgres(error),
        ImportError::NotPublished(error) => UndoError::NotPublished(error),
        // Nothing of a file is read here.
        other => UndoError::Postgres(sqlx::Error::Protocol(other.to_string())),
    }
}
