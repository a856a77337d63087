//! Watches folders: files that appear or change are imported once they have stopped growing.
//!
//! Folders are looked at again and again instead of listening for events: that works on network shares as well. What was
//! imported is known to the database, so a restart goes on where it was.

use super::files::{self, Chosen};
use super::{Importing, SETTLED, report};
use certlens_registry::ImportError;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What tells one state of a file from another.
type Stamp = (u64, Option<SystemTime>);

/// Runs until it is dropped, or until something fails that would make every file fail.
pub(super) async fn run(importing: &Importing<'_>) -> anyhow::Result<()> {
    report::watching();
    let mut refused: HashMap<PathBuf, Stamp> = HashMap::new();
    loop {
        for path in settled(importing).await {
            let Some(stamp) = stamp(&path) else {
                continue;
            };
            if refused.get(&path) == Some(&stamp) {
                continue;
            }
            match import(importing, &path).await {
                Ok(true) => {}
                Ok(false) => {
                    refused.insert(path, stamp);
                }
                // Others import, or the database is away: the file is still there next time.
                Err(error) if is_passing(&error) => report::put_off(&path, &error),
                Err(error) => return Err(error),
            }
        }
        tokio::time::sleep(importing.args.every.get()).await;
    }
}

/// Files of the folders that did not change while we looked twice.
async fn settled(importing: &Importing<'_>) -> Vec<PathBuf> {
    let before = stamps(importing);
    tokio::time::sleep(SETTLED.min(importing.args.every.get())).await;
    let now = stamps(importing);
    let mut paths: Vec<PathBuf> = now
        .into_iter()
        .filter(|(path, stamp)| before.get(path) == Some(stamp))
        .map(|(path, _)| path)
        .collect();
    paths.sort();
    paths
}

fn stamps(importing: &Importing<'_>) -> HashMap<PathBuf, Stamp> {
    let mut stamps = HashMap::new();
    for folder in files::folders(&importing.args.paths) {
        match files::of_folder(folder) {
            Ok(paths) => stamps.extend(
                paths
                    .into_iter()
                    .filter_map(|path| Some((path.clone(), stamp(&path)?))),
            ),
            // A share that is away for a moment comes back.
            Err(error) => tracing::warn!(%error, "a watched folder can't be read"),
        }
    }
    stamps
}

/// `None` for a file that has just vanished.
fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()))
}

/// Whether the file is in the stores now; `false`: it can't be imported as it is.
async fn import(importing: &Importing<'_>, path: &Path) -> anyhow::Result<bool> {
    let file = Chosen::OfFolder(path.to_path_buf());
    if importing
        .importer
        .was_imported(importing.args.source, file.path())
        .await?
    {
        return Ok(true);
    }
    importing.one(path).await
}

fn is_passing(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref::<ImportError>(),
        Some(ImportError::Busy | ImportError::Postgres(_) | ImportError::NotPublished(_))
    )
}
