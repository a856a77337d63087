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
    match fs::read_dir(folder) {
        Ok(entries) => delete_older_of(entries.map(|entry| entry.map(|entry| entry.path())), now, kept),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// The same of these. One that can't be deleted keeps no other; what is gone meanwhile (processes may share the folder) is as good as
/// deleted.
fn delete_older_of(
    paths: impl Iterator<Item = io::Result<PathBuf>>,
    now: SystemTime,
    kept: Duration,
) -> io::Result<u64> {
    let mut deleted = 0;
    let mut first_error = None;
    for path in paths {
        match path.and_then(|path| delete_if_older(&path, now, kept)) {
            Ok(true) => deleted += 1,
            Ok(false) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    }
    first_error.map_or(Ok(deleted), Err)
}

fn delete_if_older(path: &Path, now: SystemTime, kept: Duration) -> io::Result<bool> {
    if path.extension().is_none_or(|ending| ending != "jsonl") {
        return Ok(false);
    }
    let file = fs::symlink_metadata(path)?;
    let age = now.duration_since(file.modified()?).unwrap_or_default();
    if !file.is_file() || age <= kept {
        return Ok(false);
    }
    fs::remove_file(path)?;
    Ok(true)
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
    fn file_that_is_gone_or_in_trouble_keeps_no_other_from_being_deleted() {
        let directory = tempfile::tempdir().unwrap();
        let old = directory.path().join("old.jsonl");
        let later = SystemTime::now() + Duration::from_hours(48);
        let look = |trouble: Option<io::ErrorKind>| {
            fs::write(&old, "row").unwrap();
            let gone = directory.path().join("gone.jsonl");
            let unreadable = trouble.map(|kind| Err(io::Error::from(kind)));
            let paths = unreadable.into_iter().chain([Ok(gone), Ok(old.clone())]);
            let deleted = delete_older_of(paths, later, Duration::from_hours(24));
            assert!(!old.exists());
            deleted
        };

        assert_eq!(look(None).unwrap(), 1);
        let error = look(Some(io::ErrorKind::PermissionDenied)).unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
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
