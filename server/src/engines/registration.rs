//! Who runs the private engines of a data directory: the lock file, and the file that tells others where they are.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::ClickHouseAddress;

/// How long another process may take to start its engines.
const STARTING_BOUND: Duration = Duration::from_mins(2);
const STARTING_STEP: Duration = Duration::from_millis(100);

/// What `engines.json` holds.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Registration {
    postgres_url: Option<String>,
    clickhouse_url: Option<String>,
    clickhouse_user: Option<String>,
    clickhouse_password: Option<String>,
    pid: u32,
}

impl Registration {
    /// Engines of this process; `clickhouse` is URL, user and password.
    pub(super) fn new(postgres_url: Option<String>, clickhouse: Option<(String, &str, &str)>) -> Self {
        let (url, user, password) = match clickhouse {
            Some((url, user, password)) => (Some(url), Some(user.to_owned()), Some(password.to_owned())),
            None => (None, None, None),
        };
        Self {
            postgres_url,
            clickhouse_url: url,
            clickhouse_user: user,
            clickhouse_password: password,
            pid: std::process::id(),
        }
    }

    pub(super) fn postgres_url(&self) -> Option<SecretString> {
        self.postgres_url.clone().map(SecretString::from)
    }

    pub(super) fn clickhouse(&self) -> Option<ClickHouseAddress> {
        Some(ClickHouseAddress {
            url: self.clickhouse_url.clone()?,
            user: self.clickhouse_user.clone()?,
            password: SecretString::from(self.clickhouse_password.clone()?),
            database: None,
        })
    }

    fn read(path: &Path) -> Option<Self> {
        let registration: Self = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        // A killed process leaves its file behind; the one that follows has not written its own yet.
        let alive = Path::new("/proc").join(registration.pid.to_string()).exists();
        alive.then_some(registration)
    }
}

/// The right to run engines on a data directory; given back when dropped.
#[derive(Debug)]
pub(super) struct DataDirectoryLock {
    _file: File,
    registration: PathBuf,
}

/// Who runs the engines.
pub(super) enum Claim {
    /// We do: nobody else holds the lock.
    Ours(DataDirectoryLock),
    /// Another process does, and they are here.
    Theirs(Registration),
}

impl DataDirectoryLock {
    /// Takes the lock, or waits until the process that has it says where its engines are.
    pub(super) async fn claim(data_dir: &Path) -> anyhow::Result<Claim> {
        fs::create_dir_all(data_dir)
            .with_context(|| format!("the data directory {} can't be made", data_dir.display()))?;
        let registration = data_dir.join("engines.json");
        let deadline = tokio::time::Instant::now() + STARTING_BOUND;
        loop {
            if let Some(file) = try_lock(&data_dir.join("engines.lock"))? {
                let lock = Self {
                    _file: file,
                    registration,
                };
                lock.withdraw();
                return Ok(Claim::Ours(lock));
            }
            if let Some(theirs) = Registration::read(&registration) {
                return Ok(Claim::Theirs(theirs));
            }
            anyhow::ensure!(
                tokio::time::Instant::now() < deadline,
                "another certlens holds {} but does not say where its engines are: stop it, or wait until it runs",
                data_dir.join("engines.lock").display()
            );
            tokio::time::sleep(STARTING_STEP).await;
        }
    }

    /// Tells other processes where the engines are; they never see half of it.
    pub(super) fn publish(&self, registration: &Registration) -> anyhow::Result<()> {
        let unfinished = self.registration.with_extension("json.unfinished");
        let content = serde_json::to_vec(registration).context("describing the engines")?;
        let _ = fs::remove_file(&unfinished);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&unfinished)
            .and_then(|mut file| file.write_all(&content))
            .and_then(|()| fs::rename(&unfinished, &self.registration))
            .with_context(|| format!("writing {}", self.registration.display()))
    }

    /// Takes the description back.
    pub(super) fn withdraw(&self) {
        // Missing is what we want.
        let _ = fs::remove_file(&self.registration);
    }
}

fn try_lock(path: &Path) -> anyhow::Result<Option<File>> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("opening {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("locking {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::{Claim, DataDirectoryLock, Registration};

    #[tokio::test]
    async fn claim_of_a_free_directory_is_ours_and_forgets_a_killed_run() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("engines.json"), "{}").unwrap();

        let claim = DataDirectoryLock::claim(directory.path()).await.unwrap();

        assert!(matches!(claim, Claim::Ours(_)));
        assert!(!directory.path().join("engines.json").exists());
    }

    #[tokio::test]
    async fn claim_of_a_held_directory_returns_the_holders_engines() {
        let directory = tempfile::tempdir().unwrap();
        let Claim::Ours(lock) = DataDirectoryLock::claim(directory.path()).await.unwrap() else {
            panic!("the directory is free")
        };
        let engines = Registration::new(
            Some("postgres://there".into()),
            Some(("http://here".into(), "ann", "p")),
        );
        lock.publish(&engines).unwrap();

        let claim = DataDirectoryLock::claim(directory.path()).await.unwrap();

        let Claim::Theirs(found) = claim else {
            panic!("the directory is held")
        };
        assert_eq!(found.postgres_url().unwrap().expose_secret(), "postgres://there");
        assert_eq!(found.clickhouse().unwrap().url, "http://here");
    }
}
