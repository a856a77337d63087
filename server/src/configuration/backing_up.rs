//! The settings of backups: how often, how many, where, and who opens them besides the secret key.

use super::{ConfigurationError, existing_file, parsed};
use certlens_domain::duration::ShortDuration;
use std::path::{Path, PathBuf};
use std::time::Duration;

const EVERY: Duration = Duration::from_hours(24);
const KEPT: usize = 14;

/// How a running server backs its database up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupOptions {
    /// How often; `None`: never.
    pub every: Option<Duration>,
    /// How many of the newest are kept.
    pub kept: usize,
    /// Where they are.
    pub folder: PathBuf,
    /// The file with a passphrase that opens them as well.
    pub passphrase_file: Option<PathBuf>,
}

/// Reads the settings.
pub(super) fn backups(
    data_dir: &Path,
    every: Option<&str>,
    kept: Option<&str>,
    folder: Option<PathBuf>,
    passphrase_file: Option<PathBuf>,
) -> Result<BackupOptions, ConfigurationError> {
    let every = parsed("CERTLENS_BACKUP_EVERY", every, |text| match text {
        "off" => Ok(None),
        text => text
            .parse::<ShortDuration>()
            .map(|every| Some(every.get()))
            .map_err(|error| format!("{error}; or `off`")),
    })?;
    let kept = parsed("CERTLENS_BACKUP_KEEP", kept, |text| {
        text.parse::<usize>()
            .ok()
            .filter(|kept| (1..=10_000).contains(kept))
            .ok_or_else(|| "expected a number from 1 to 10000".to_owned())
    })?;
    Ok(BackupOptions {
        every: every.unwrap_or(Some(EVERY)),
        kept: kept.unwrap_or(KEPT),
        folder: folder.unwrap_or_else(|| data_dir.join("backups")),
        passphrase_file: passphrase_file
            .map(|file| existing_file("CERTLENS_BACKUP_PASSPHRASE_FILE", file))
            .transpose()?,
    })
}
