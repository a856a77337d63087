//! One uploaded file on its way to the disk: of any size, in bounded memory, never filling the disk.

use super::{IntakeError, KEPT_FREE};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

/// Files of uploads begin so: hidden from imports of the whole folder.
const PREFIX: &str = ".upload-";
/// Free space is looked at again after so many bytes.
const LOOK_EVERY: u64 = 64 * 1024 * 1024;

/// A file that is being uploaded. Dropped before its end, it is deleted.
#[derive(Debug)]
pub struct Upload {
    file: File,
    path: Partial,
    folder: PathBuf,
    most_bytes: u64,
    written: u64,
    looked_at: u64,
}

/// Deletes its file when it is dropped.
#[derive(Debug)]
pub(super) struct Partial(Option<PathBuf>);

impl Partial {
    /// Somebody else deletes the file from now on.
    pub(super) fn keep(mut self) -> PathBuf {
        self.0.take().unwrap_or_default()
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(path) = &self.0
            && let Err(error) = std::fs::remove_file(path)
        {
            tracing::warn!(%error, path = %path.display(), "an upload that was broken off could not be deleted");
        }
    }
}

impl Upload {
    pub(super) async fn begin(
        folder: &Path,
        most_bytes: u64,
        bytes: Option<u64>,
    ) -> Result<Self, IntakeError> {
        if bytes.is_some_and(|bytes| bytes > most_bytes) {
            return Err(IntakeError::TooLarge { most_bytes });
        }
        let failed = |path: &Path, source| IntakeError::Disk {
            path: path.to_owned(),
            source,
        };
        tokio::fs::create_dir_all(folder)
            .await
            .map_err(|error| failed(folder, error))?;
        enough_space(folder, bytes.unwrap_or(0))?;
        let path = folder.join(format!("{PREFIX}{}", Uuid::now_v7()));
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let file = options.open(&path).await.map_err(|error| failed(&path, error))?;
        Ok(Self {
            file,
            path: Partial(Some(path)),
            folder: folder.to_owned(),
            most_bytes,
            written: 0,
            looked_at: 0,
        })
    }

    /// Appends a piece.
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), IntakeError> {
        self.written += piece.len() as u64;
        if self.written > self.most_bytes {
            return Err(IntakeError::TooLarge {
                most_bytes: self.most_bytes,
            });
        }
        if self.written - self.looked_at > LOOK_EVERY {
            enough_space(&self.folder, 0)?;
            self.looked_at = self.written;
        }
        let outcome = self.file.write_all(piece).await;
        outcome.map_err(|error| self.failed(error))
    }

    /// All of it is on the disk.
    pub(super) async fn end(mut self) -> Result<Partial, IntakeError> {
        if self.written == 0 {
            return Err(IntakeError::Empty);
        }
        let outcome = async {
            self.file.flush().await?;
            self.file.sync_all().await
        }
        .await;
        outcome.map_err(|error| self.failed(error))?;
        Ok(self.path)
    }

    fn failed(&self, source: std::io::Error) -> IntakeError {
        IntakeError::Disk {
            path: self.path.0.clone().unwrap_or_default(),
            source,
        }
    }
}

/// Whether so many bytes more leave enough space free.
fn enough_space(folder: &Path, bytes: u64) -> Result<(), IntakeError> {
    let disk = rustix::fs::statvfs(folder).map_err(|error| IntakeError::Disk {
        path: folder.to_owned(),
        source: error.into(),
    })?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let needed = bytes.saturating_add(KEPT_FREE);
    if free < needed {
        return Err(IntakeError::DiskFull { free, needed });
    }
    Ok(())
}

/// Files of uploads that have not grown for so long.
pub(super) fn left_over(folder: &Path, after: Duration) -> Vec<PathBuf> {
    let now = SystemTime::now();
    let is_old = |entry: &std::fs::DirEntry| {
        let changed = entry.metadata().and_then(|metadata| metadata.modified());
        changed.is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > after))
    };
    let Ok(entries) = std::fs::read_dir(folder) else {
        // There were no uploads yet.
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX) && is_old(entry))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap().flatten();
        entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    }

    #[tokio::test]
    async fn upload_is_kept_when_it_ends_and_gone_when_it_is_broken_off() {
        let folder = tempfile::tempdir().unwrap();
        let incoming = folder.path().join("incoming");
        let mut whole = Upload::begin(&incoming, 100, None).await.unwrap();
        whole.write(b"one, ").await.unwrap();
        whole.write(b"two").await.unwrap();
        let mut broken = Upload::begin(&incoming, 100, Some(50)).await.unwrap();
        broken.write(b"one").await.unwrap();

        drop(broken);
        let path = whole.end().await.unwrap().keep();

        assert_eq!(std::fs::read(path).unwrap(), b"one, two");
        assert_eq!(names(&incoming).len(), 1);
    }

    #[tokio::test]
    async fn upload_that_is_too_large_or_empty_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let announced = Upload::begin(folder.path(), 10, Some(11)).await.unwrap_err();
        let mut grown = Upload::begin(folder.path(), 10, None).await.unwrap();
        let too_large = grown.write(&[0; 11]).await.unwrap_err();
        drop(grown);
        let empty = Upload::begin(folder.path(), 10, None).await.unwrap();
        let empty = empty.end().await.unwrap_err();

        assert!(matches!(announced, IntakeError::TooLarge { .. }));
        assert!(matches!(too_large, IntakeError::TooLarge { .. }));
        assert!(matches!(empty, IntakeError::Empty));
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn disk_that_would_be_full_is_refused_before_a_byte_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let refused = enough_space(folder.path(), u64::MAX / 2).unwrap_err();
        assert!(matches!(refused, IntakeError::DiskFull { .. }), "{refused}");
    }
}
