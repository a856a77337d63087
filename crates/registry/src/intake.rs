//! What a server takes in by itself: files that the operator uploads, and files of the folder that he configured.
//!
//! A file is put on disk whole, waits in the queue, is imported, and an uploaded one is deleted then. May know: files, disk
//! space, the queue of imports. Must not know: HTTP, who the operator is.

mod folder;
mod upload;

pub use folder::files_below;
pub use upload::Upload;

use crate::import::{Importer, QueueError, QueuedImport, Turn};
use certlens_formats::ImportSource;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use uuid::Uuid;

/// How often is looked whether something waits that nobody told of: another server's, or one that was interrupted.
const LOOK: Duration = Duration::from_secs(5);
/// So much of the disk stays free, for the databases on it: one gigabyte.
const KEPT_FREE: u64 = 1 << 30;
/// A file of an upload that nobody waits for and that has not grown for so long is left over.
const LEFT_OVER_AFTER: Duration = Duration::from_hours(1);

/// Where files come from and how large they may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeOptions {
    /// The folder of which files may be named.
    pub folder: PathBuf,
    /// The folder of uploads that wait.
    pub incoming: PathBuf,
    /// Bytes that an upload may have.
    pub most_bytes: u64,
}

/// The intake. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Intake {
    importer: Importer,
    options: Arc<IntakeOptions>,
    wake: Arc<Notify>,
}

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The path leads out of the folder, or nowhere.
    #[error(
        "`{path}` is no file or folder below {}, from which this server imports; put the file there, or set \
         CERTLENS_IMPORT_DIR",
        folder.display()
    )]
    Outside {
        /// What was asked for.
        path: String,
        /// Where files have to be.
        folder: PathBuf,
    },
    /// The folder holds nothing to import.
    #[error("`{0}` holds no file that was not imported already")]
    Nothing(String),
    /// The file is larger than allowed.
    #[error(
        "the file is larger than {} MB; put it into the server's import folder instead, or raise CERTLENS_UPLOAD_LIMIT",
        most_bytes / 1_000_000
    )]
    TooLarge {
        /// What is allowed.
        most_bytes: u64,
    },
    /// The disk would be full.
    #[error(
        "the disk of the server has {} MB free and needs {} MB; free some space and send the file again",
        free / 1_000_000,
        needed / 1_000_000
    )]
    DiskFull {
        /// Bytes that are free.
        free: u64,
        /// Bytes that would be needed.
        needed: u64,
    },
    /// The file is empty.
    #[error("the file is empty; choose the registry's file and send it again")]
    Empty,
    /// The disk failed.
    #[error("{}: the file can't be kept: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The queue failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The log of imports failed.
    #[error("the list of imports can't be read: {0}")]
    Postgres(#[from] sqlx::Error),
}

impl IntakeError {
    /// Whether the one who asked can mend it.
    pub const fn is_of_the_request(&self) -> bool {
        matches!(
            self,
            Self::Outside { .. } | Self::Nothing(_) | Self::TooLarge { .. } | Self::Empty
        )
    }
}

impl Intake {
    /// Takes files in for this importer.
    pub fn new(importer: Importer, options: IntakeOptions) -> Self {
        Self {
            importer,
            options: Arc::new(options),
            wake: Arc::new(Notify::new()),
        }
    }

    /// Who imports.
    pub const fn importer(&self) -> &Importer {
        &self.importer
    }

    /// The folder of which files may be named.
    pub fn folder(&self) -> &Path {
        &self.options.folder
    }

    /// Bytes that an upload may have.
    pub fn most_bytes(&self) -> u64 {
        self.options.most_bytes
    }

    /// Puts a file of the configured folder into the queue, or the files of a folder in it that were not imported yet.
    /// `path` is absolute or begins at the configured folder.
    pub async fn take_from_folder(
        &self,
        source: ImportSource,
        path: &str,
        by: &str,
    ) -> Result<Vec<Uuid>, IntakeError> {
        let found = folder::resolve(&self.options.folder, path)?;
        let mut taken = Vec::new();
        for file in found.files {
            let known = found.is_folder && self.is_known(source, &file).await?;
            if !known {
                let name = file.display().to_string();
                taken.push(self.put(source, name, file, false, by).await?);
            }
        }
        if taken.is_empty() {
            return Err(IntakeError::Nothing(path.to_owned()));
        }
        Ok(taken)
    }

    /// Begins to take an upload. `bytes` is its size when the sender says it.
    pub async fn begin_upload(&self, bytes: Option<u64>) -> Result<Upload, IntakeError> {
        Upload::begin(&self.options.incoming, self.options.most_bytes, bytes).await
    }

    /// Ends an upload: the file waits for its import. `name` is what people call it.
    pub async fn end_upload(
        &self,
        upload: Upload,
        source: ImportSource,
        name: &str,
        by: &str,
    ) -> Result<Uuid, IntakeError> {
        let path = upload.end().await?;
        let name = folder::file_name(name).unwrap_or_else(|| format!("{source}, uploaded"));
        self.put(source, name, path.keep(), true, by).await
    }

    /// Imports what waits, one after the other, until it is dropped. Several servers may do so at once.
    pub async fn work(&self) {
        self.delete_left_over_uploads().await;
        loop {
            match self.importer.perform_next().await {
                Ok(Turn::Ended(import)) => tracing::info!(%import, "a queued import has ended"),
                Ok(Turn::Nothing) => self.rest().await,
                Err(error) => {
                    tracing::warn!(%error, "the queue of imports is looked at again");
                    self.rest().await;
                }
            }
        }
    }

    /// Until somebody says that something waits, or for a while.
    async fn rest(&self) {
        // Nobody saying anything is the usual end of the wait.
        let _ = tokio::time::timeout(LOOK, self.wake.notified()).await;
    }

    async fn is_known(&self, source: ImportSource, file: &Path) -> Result<bool, IntakeError> {
        self.importer
            .was_imported(source, file)
            .await
            .map_err(|error| match error {
                crate::ImportError::Postgres(error) => IntakeError::Postgres(error),
                other => IntakeError::Postgres(sqlx::Error::Protocol(other.to_string())),
            })
    }

    async fn put(
        &self,
        source: ImportSource,
        name: String,
        path: PathBuf,
        is_upload: bool,
        by: &str,
    ) -> Result<Uuid, IntakeError> {
        let queued = QueuedImport {
            source,
            name,
            path,
            is_upload,
            by: by.to_owned(),
        };
        let import = self.importer.enqueue(&queued).await?;
        self.wake.notify_one();
        Ok(import)
    }

    /// What a killed server left of uploads.
    async fn delete_left_over_uploads(&self) {
        let wanted: HashSet<PathBuf> = match self.importer.queued_paths().await {
            Ok(wanted) => wanted.into_iter().collect(),
            Err(error) => {
                tracing::debug!(%error, "uploads that were left over are looked for at the next start");
                return;
            }
        };
        for path in upload::left_over(&self.options.incoming, LEFT_OVER_AFTER) {
            if !wanted.contains(&path) {
                tracing::info!(path = %path.display(), "an upload that was left over is deleted");
                if let Err(error) = std::fs::remove_file(&path) {
                    tracing::warn!(%error, path = %path.display(), "it could not be deleted");
                }
            }
        }
    }
}
