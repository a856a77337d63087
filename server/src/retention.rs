//! How long is kept what nothing else ends: entries of the audit log, and files of rejected rows.
//!
//! The audit log lies in the database and is purged by the background work, to which its time is handed. Files lie on this process's
//! disk, so each process looks after its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// How often old files are looked for.
const LOOK_EVERY: Duration = Duration::from_hours(6);

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Entries of the audit log.
    pub audit_log: Duration,
    /// Files of rejected rows, which may hold personal data.
    pub rejects: Duration,
}

impl Default for Retention {
    /// Three years, and three months.
    fn default() -> Self {
        let days = |days: u64| Duration::from_hours(24 * days);
        Self {
            audit_log: days(3 * 365),
            rejects: days(90),
        }
    }
}

/// Deletes old files of rejected rows, now and then, until `stop`.
pub async fn look_after_rejects(folder: PathBuf, kept: Duration, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        let folder = folder.clone();
        let deleting = tokio::task::spawn_blocking(move || delete_older(&folder, SystemTime::now(), kept));
        match deleting.await {
            Ok(Ok(0)) => {}
            Ok(Ok(files)) => tracing::info!(files, "old files of rejected rows are deleted"),
            Ok(Err(error)) => tracing::warn!(%error, "old files of rejected rows can't be deleted"),
            Err(error) => tracing::warn!(%error, "old files of rejected rows were not looked for"),
        }
    }
}

/// Deletes the folder's files that were last written longer ago; how many. Folders, and what is no file of rejected rows, stay.
fn delete_older(folder: &Path, now: SystemTime, kept: Duration) -> io::Result<u64> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut deleted = 0;
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let is_of_rejects =
            path.extension().is_some_and(|ending| ending == "jsonl") && entry.file_type()?.is_file();
        let age = now
            .duration_since(entry.metadata()?.modified()?)
            .unwrap_or_default();
        if is_of_rejects && age > kept {
            fs::remove_file(&path)?;
            deleted += 1;
        }
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_files_of_rejected_rows_go_and_everything_else_stays() {
        let directory = tempfile::tempdir().unwrap();
        let put = |name: &str| fs::write(directory.path().join(name), "row").unwrap();
        put("import.jsonl");
        put("notes.txt");
        fs::create_dir(directory.path().join("folder.jsonl")).unwrap();
        let kept = Duration::from_hours(24);
        let now = SystemTime::now();

        let today = delete_older(directory.path(), now, kept).unwrap();
        let later = delete_older(directory.path(), now + 2 * kept, kept).unwrap();

        assert_eq!((today, later), (0, 1));
        assert!(!directory.path().join("import.jsonl").exists());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn folder_that_is_not_there_has_no_old_files() {
        let nowhere = Path::new("/nowhere/rejects");
        assert_eq!(
            delete_older(nowhere, SystemTime::now(), Duration::ZERO).unwrap(),
            0
        );
    }
}
