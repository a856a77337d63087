//! What stops an import, in sentences a user can act on.

use crate::clickhouse_store::ClickHouseError;
use certlens_formats::FormatError;
use std::path::PathBuf;

/// An import failed. Except for [`ImportError::NotPublished`], nothing of it is visible anywhere.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be opened.
    #[error("{file}: the file cannot be opened: {source}")]
    Open {
        /// Name of the file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file cannot be read to its end as what it was said to be.
    #[error("{file}: {error}")]
    Format {
        /// Name of the file.
        file: String,
        /// What is wrong, and where.
        error: FormatError,
    },
    /// So many rows make no sense that the file is not what it was said to be.
    #[error(
        "{file}: {rejected} of the first {read} rows make no sense, the first at line {line}: {reason}; nothing was \
         stored{}. Check that the source fits the file",
        rejects_file.as_ref().map(|path| format!(", the rejected rows are in {}", path.display())).unwrap_or_default()
    )]
    MostlyRejected {
        /// Name of the file.
        file: String,
        /// Rows read so far.
        read: u64,
        /// Rows rejected so far.
        rejected: u64,
        /// Line of the first rejected row.
        line: u64,
        /// Why it was rejected.
        reason: String,
        /// Where the rejected rows are.
        rejects_file: Option<PathBuf>,
    },
    /// The same file was imported before, and it was not asked to import it again.
    #[error("{file}: this file was imported already and has not changed since; nothing was done")]
    Known {
        /// Name of the file.
        file: String,
    },
    /// It does not wait any more: another server has begun it, or somebody took it out of the queue.
    #[error("this import does not wait any more; the list of imports tells how it stands")]
    Taken,
    /// A queued import of a source that this program does not know.
    #[error("{0}; a newer version of Certlens may have put it into the queue")]
    Source(certlens_formats::UnknownImportSource),
    /// Another import holds the database.
    #[error("another import is running on this database; wait until it ends and repeat")]
    Busy,
    /// The rejects file cannot be written.
    #[error("{}: rejected rows cannot be written: {source}", path.display())]
    Rejects {
        /// The file or its directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Postgres failed.
    #[error("the database failed before the import was stored; nothing of it is visible: {0}")]
    Postgres(#[from] sqlx::Error),
    /// The documents are stored and searchable through Postgres, but ClickHouse could not be filled.
    #[error(
        "the documents are stored, and Postgres answers searches; ClickHouse could not be filled. Check that it runs \
         and repeat the import: {0}"
    )]
    NotPublished(#[from] PublishError),
    /// The reading thread died.
    #[error("reading the file was stopped unexpectedly; nothing was stored")]
    ReadingStopped,
}

/// Why ClickHouse could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// ClickHouse failed or is unreachable.
    #[error(transparent)]
    ClickHouse(#[from] clickhouse::error::Error),
    /// Its tables could not be made.
    #[error(transparent)]
    Tables(#[from] ClickHouseError),
    /// What is to be published could not be read from Postgres.
    #[error(transparent)]
    Postgres(#[from] sqlx::Error),
}
