//! The right to open a data directory: nobody else has it open, and no newer engine wrote it. The engine checks
//! neither in words: it would return nothing, or read what it half understands.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Held as long as the directory is used; the system lets go of it whatever the process dies of.
const LOCK: &str = "certlens.lock";
/// Version of the engine that wrote the data last.
const VERSION: &str = "certlens.version";

/// A data directory that is ours until this is dropped.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

/// Why a data directory can't be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirectoryError {
    /// Another process has it.
    #[error("the data directory is in use by another process ({process_id})")]
    InUse { process_id: String },
    /// A newer engine wrote it.
    #[error("the data were written by ClickHouse {held}, and this is {ours}")]
    NewerData {
        held: EngineVersion,
        ours: EngineVersion,
    },
    /// A version that can't be understood.
    #[error(
        "{path} holds `{text}`, which is no version of the engine: the data may be newer than the engine"
    )]
    StrangeVersion { path: PathBuf, text: String },
    /// The system refused.
    #[error("{path} can't be used: {source}")]
    Io { path: PathBuf, source: io::Error },
}

impl DataDirectory {
    /// Takes the directory, making it when it is missing.
    pub(crate) fn claim(path: &Path) -> Result<Self, DirectoryError> {
        let lock_path = path.join(LOCK);
        let failed = |source| DirectoryError::Io {
            path: lock_path.clone(),
            source,
        };
        fs::create_dir_all(path).map_err(failed)?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(&lock_path).unwrap_or_default();
                let process_id = Some(holder.trim()).filter(|holder| !holder.is_empty());
                return Err(DirectoryError::InUse {
                    process_id: process_id.unwrap_or("unknown").to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // For people and for the sentence above: the lock itself is the system's.
        lock.set_len(0)
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(failed)?;
        Ok(Self {
            path: path.to_path_buf(),
            _lock: lock,
        })
    }

    /// Refuses data of a newer engine than `ours`. A directory without a version is new, or from before versions were
    /// noted.
    pub(crate) fn refuse_newer(&self, ours: EngineVersion) -> Result<(), DirectoryError> {
        let path = self.path.join(VERSION);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(DirectoryError::Io { path, source }),
        };
        let held =
            text.parse::<EngineVersion>()
                .map_err(|UnknownVersion| DirectoryError::StrangeVersion {
                    path,
                    text: text.trim().to_owned(),
                })?;
        if held > ours {
            return Err(DirectoryError::NewerData { held, ours });
        }
        Ok(())
    }

    /// Notes that `ours` has opened the data. Under another name first: a version cut short would lock its owner out.
    pub(crate) fn note(&self, ours: EngineVersion) -> Result<(), DirectoryError> {
        let path = self.path.join(VERSION);
        let unfinished = self.path.join("certlens.version.unfinished");
        fs::write(&unfinished, format!("{ours}\n"))
            .and_then(|()| fs::rename(&unfinished, &path))
            .map_err(|source| DirectoryError::Io { path, source })
    }
}

/// Major and minor version of the engine, such as 26.7: within one, all read each other's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EngineVersion {
    major: u32,
    minor: u32,
}

/// The text is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnknownVersion;

impl FromStr for EngineVersion {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut numbers = text.trim().split('.').map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Ok(Self { major, minor }),
            _ => Err(UnknownVersion),
        }
    }
}

impl fmt::Display for EngineVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::{DataDirectory, DirectoryError, EngineVersion};

    fn version(text: &str) -> EngineVersion {
        text.parse().unwrap()
    }

    #[test]
    fn versions_compare_by_number_and_patches_do_not_matter() {
        assert!(version("26.10.1") > version("26.7.3"));
        assert!(version("27.1") > version("26.12"));
        assert_eq!(version("26.7.3"), version("26.7.9.1\n"));
        assert!("seven".parse::<EngineVersion>().is_err());
        assert!("26".parse::<EngineVersion>().is_err());
    }

    #[test]
    fn data_of_a_newer_engine_are_refused_and_of_an_older_or_the_same_are_not() {
        let place = tempfile::tempdir().unwrap();
        let directory = DataDirectory::claim(place.path()).unwrap();
        assert!(directory.refuse_newer(version("1.1")).is_ok());

        directory.note(version("26.7.3")).unwrap();

        assert!(directory.refuse_newer(version("26.7.1")).is_ok());
        assert!(directory.refuse_newer(version("27.1")).is_ok());
        let refused = directory.refuse_newer(version("26.6.9"));
        assert!(
            matches!(refused, Err(DirectoryError::NewerData { .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn a_version_that_is_none_is_refused_with_its_text() {
        let place = tempfile::tempdir().unwrap();
        let directory = DataDirectory::claim(place.path()).unwrap();
        std::fs::write(place.path().join("certlens.version"), "latest").unwrap();

        let error = directory.refuse_newer(version("26.7")).unwrap_err().to_string();

        assert!(error.contains("`latest`"), "{error}");
    }

    #[test]
    fn a_directory_can_be_claimed_once_at_a_time() {
        let place = tempfile::tempdir().unwrap();
        let first = DataDirectory::claim(place.path()).unwrap();

        let second = DataDirectory::claim(place.path()).unwrap_err().to_string();
        drop(first);

        assert!(second.contains(&std::process::id().to_string()), "{second}");
        assert!(DataDirectory::claim(place.path()).is_ok());
    }
}
