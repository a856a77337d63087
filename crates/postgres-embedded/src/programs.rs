//! Finds `initdb` and `postgres` on this machine. Knows the places where systems put them; starts nothing but
//! `postgres --version`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::PostgresError;

/// Oldest major version of Postgres that serves.
pub const OLDEST_MAJOR_VERSION: u32 = 14;

/// An installation of Postgres.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresPrograms {
    /// Directory that holds the programs.
    pub directory: PathBuf,
    /// Its major version, such as 15.
    pub major_version: u32,
}

impl PostgresPrograms {
    /// Finds the newest installation: only `configured` when it is given, else Debian's directories, then `PATH`.
    ///
    /// # Errors
    /// [`PostgresError::ProgramsMissing`] when none is new enough.
    pub fn find(configured: Option<&Path>) -> Result<Self, PostgresError> {
        let places = configured.map_or_else(usual_places, |directory| vec![directory.to_path_buf()]);
        places
            .iter()
            .filter_map(|directory| Self::inspect(directory))
            .filter(|programs| programs.major_version >= OLDEST_MAJOR_VERSION)
            // The first of equal versions wins, and `max_by_key` returns the last: hence the reversal.
            .rev()
            .max_by_key(|programs| programs.major_version)
            .ok_or_else(|| PostgresError::ProgramsMissing {
                oldest: OLDEST_MAJOR_VERSION,
                looked_in: configured.map_or_else(
                    || "/usr/lib/postgresql/*/bin and PATH".to_owned(),
                    |directory| directory.display().to_string(),
                ),
            })
    }

    pub(crate) fn initdb(&self) -> PathBuf {
        self.directory.join("initdb")
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.directory.join("postgres")
    }

    fn inspect(directory: &Path) -> Option<Self> {
        if !directory.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(directory.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        let major_version = major_version(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self {
            directory: directory.to_path_buf(),
            major_version,
        })
    }
}

fn usual_places() -> Vec<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let on_path = env::var_os("PATH").unwrap_or_default();
    debian
        .map(|entry| entry.path().join("bin"))
        .chain(env::split_paths(&on_path))
        .collect()
}

/// Reads `15` out of `postgres (PostgreSQL) 15.20 (Debian …)`.
fn major_version(printed: &str) -> Option<u32> {
    let version = printed
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits = version
        .find(|c: char| !c.is_ascii_digit())
        .map_or(version, |end| &version[..end]);
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{PostgresPrograms, major_version};
    use crate::PostgresError;

    #[test]
    fn major_version_of_what_servers_print_is_read() {
        assert_eq!(
            major_version("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"),
            Some(15)
        );
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_version("postgres"), None);
        assert_eq!(major_version(""), None);
    }

    #[test]
    fn find_in_a_directory_without_programs_names_the_directory() {
        let empty = tempfile::tempdir().unwrap();

        let error = PostgresPrograms::find(Some(empty.path())).unwrap_err();

        assert!(matches!(error, PostgresError::ProgramsMissing { .. }));
        assert!(error.to_string().contains(&empty.path().display().to_string()));
    }
}
