//! Imports that a server does by itself, one after the other: files that were uploaded, or lie in its folder.
//!
//! The queue is the table `imports`: what waits there survives the server, and what a server's end cut short waits again.
//! May know: that table, files. Must not know: who uploads, HTTP.

use super::error::ImportError;
use super::journal::without_nul;
use super::{ImportInput, ImportOptions, Importer};
use certlens_formats::ImportSource;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use uuid::Uuid;

/// So often an import is tried that fails by no fault of its file.
const MOST_ATTEMPTS: i32 = 3;

/// A file that is to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedImport {
    /// What it is.
    pub source: ImportSource,
    /// Its name, as people know it.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// It was uploaded for this import only, and is deleted when that has ended.
    pub is_upload: bool,
    /// Who wants it.
    pub by: String,
}

/// The queue can't be worked.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Postgres failed.
    #[error("the queue of imports can't be reached: {0}")]
    Postgres(#[from] sqlx::Error),
    /// The path can't be kept in the database.
    #[error("{}: the path is no text; rename the file or its folder", .0.display())]
    Path(PathBuf),
}

/// What a turn of the queue did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nothing waits, or another import runs.
    Nothing,
    /// An import came to its end, well or not.
    Ended(Uuid),
}

impl Importer {
    /// Puts a file at the end of the queue.
    pub async fn enqueue(&self, queued: &QueuedImport) -> Result<Uuid, QueueError> {
        let path = queued
            .path
            .to_str()
            .filter(|path| !path.contains('\0'))
            .ok_or_else(|| QueueError::Path(queued.path.clone()))?;
        let id = Uuid::now_v7();
        sqlx::query!(
            "INSERT INTO imports (id, source, input, state, queued_path, queued_by, is_upload)
             VALUES ($1, $2, $3, 'waiting', $4, $5, $6)",
            id,
            queued.source.name(),
            without_nul(&queued.name),
            path,
            without_nul(&queued.by),
            queued.is_upload,
        )
        .execute(&self.postgres)
        .await?;
        Ok(id)
    }

    /// Takes a waiting import out of the queue; `false` when it does not wait (any more).
    pub async fn take_out_of_queue(&self, id: Uuid, by: &str) -> Result<bool, QueueError> {
        let taken = sqlx::query!(
            "UPDATE imports SET state = 'failed', finished_at = now(), error = 'taken out of the queue by ' || $2::text
             WHERE id = $1 AND state = 'waiting' RETURNING queued_path, is_upload",
            id,
            without_nul(by),
        )
        .fetch_optional(&self.postgres)
        .await?;
        let Some(taken) = taken else { return Ok(false) };
        if let Some(path) = taken.queued_path.filter(|_| taken.is_upload) {
            delete(Path::new(&path));
        }
        Ok(true)
    }

    /// The files of imports that wait or run.
    pub(crate) async fn queued_paths(&self) -> Result<Vec<PathBuf>, QueueError> {
        let paths = sqlx::query_scalar!(
            r#"SELECT queued_path AS "path!" FROM imports
               WHERE state IN ('waiting', 'running') AND queued_path IS NOT NULL"#
        )
        .fetch_all(&self.postgres)
        .await?;
        Ok(paths.into_iter().map(PathBuf::from).collect())
    }

    /// Does the import that has waited longest. Several servers may do so at once: the import lock lets them take turns.
    pub async fn perform_next(&self) -> Result<Turn, QueueError> {
        let next = sqlx::query!(
            r#"SELECT id, source, input, queued_path AS "path!", is_upload FROM imports
               WHERE state = 'waiting' ORDER BY id LIMIT 1"#
        )
        .fetch_optional(&self.postgres)
        .await?;
        let Some(next) = next else {
            return Ok(Turn::Nothing);
        };
        let path = PathBuf::from(next.path);
        let outcome = match ImportSource::from_str(&next.source) {
            Ok(source) => self.perform_queued(next.id, source, &next.input, &path).await,
            Err(error) => Err(ImportError::Source(error)),
        };
        let ends = match &outcome {
            Ok(()) | Err(ImportError::NotPublished(_)) => true,
            Err(ImportError::Busy | ImportError::Taken) => return Ok(Turn::Nothing),
            Err(error) => self.enter_failure(next.id, error).await?,
        };
        if let Err(error) = &outcome {
            tracing::warn!(import = %next.id, %error, "a queued import did not end well");
        }
        if ends && next.is_upload {
            delete(&path);
        }
        Ok(Turn::Ended(next.id))
    }

    async fn perform_queued(
        &self,
        id: Uuid,
        source: ImportSource,
        name: &str,
        path: &Path,
    ) -> Result<(), ImportError> {
        let input = ImportInput::file(path)?.named(name);
        let patience = ImportOptions::default().patience;
        self.perform(id, patience, source, input, &|_| {}).await?;
        Ok(())
    }

    /// A file that is wrong stays wrong; whatever else happened may pass. Whether this was the end of it.
    async fn enter_failure(&self, id: Uuid, error: &ImportError) -> Result<bool, QueueError> {
        let may_pass = matches!(
            error,
            ImportError::Postgres(_) | ImportError::ReadingStopped | ImportError::Rejects { .. }
        );
        let state = sqlx::query_scalar!(
            "UPDATE imports SET
                 state = CASE WHEN $2 AND attempts < $4 THEN 'waiting' ELSE 'failed' END,
                 finished_at = CASE WHEN $2 AND attempts < $4 THEN NULL ELSE now() END, stage = NULL, error = $3
             WHERE id = $1 AND state IN ('waiting', 'running', 'failed') RETURNING state",
            id,
            may_pass,
            without_nul(&error.to_string()),
            MOST_ATTEMPTS,
        )
        .fetch_optional(&self.postgres)
        .await?;
        Ok(state.as_deref() == Some("failed"))
    }
}

fn delete(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(%error, path = %path.display(), "an uploaded file that is not needed any more could not be deleted");
    }
}
