//! Backups of this installation: those that are ordered, and those that a running server makes by itself.
//!
//! Of several processes one makes the scheduled backup. How old the last one is, is measured with everything else (`telemetry`).

use crate::configuration::BackupOptions;
use crate::handed;
use crate::telemetry;
use anyhow::{Context as _, ensure};
use certlens_backup::keeping::{self, Turn};
use certlens_backup::{Contents, Keys, MadeBackup};
use certlens_store::{SecretKey, Store};
use chrono::Utc;
use secrecy::SecretString;
use sqlx::PgPool;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a process looks whether a backup is due, at least.
const LOOK: Duration = Duration::from_secs(30);
/// A shorter passphrase is found by trying.
const SHORTEST_PASSPHRASE: usize = 12;

/// The way to backups of this installation's database.
#[derive(Debug, Clone)]
pub struct Backups {
    postgres: PgPool,
    secret_key: Arc<SecretKey>,
    options: BackupOptions,
}

impl Backups {
    pub(crate) const fn new(postgres: PgPool, secret_key: Arc<SecretKey>, options: BackupOptions) -> Self {
        Self {
            postgres,
            secret_key,
            options,
        }
    }

    /// Makes a backup that somebody ordered. Without a file it joins the scheduled ones.
    pub async fn make(
        &self,
        file: Option<PathBuf>,
        contents: Contents,
        passphrase_file: Option<&Path>,
    ) -> anyhow::Result<MadeBackup> {
        let file = file.unwrap_or_else(|| self.next_file());
        let keys = self.keys(passphrase_file)?;
        let made = certlens_backup::make(&self.postgres, &file, contents, keys).await?;
        let with_documents = contents == Contents::Everything;
        keeping::note_ordered(&self.postgres, &made, with_documents, &telemetry::process_name()).await?;
        Ok(made)
    }

    fn next_file(&self) -> PathBuf {
        self.options.folder.join(keeping::file_name(Utc::now()))
    }

    fn keys(&self, passphrase_file: Option<&Path>) -> anyhow::Result<Keys> {
        let file = passphrase_file.or(self.options.passphrase_file.as_deref());
        Ok(Keys {
            secret_key: Some(Arc::clone(&self.secret_key)),
            other_key: None,
            passphrase: file.map(passphrase_of).transpose()?,
        })
    }

    /// Makes backups as they become due until `stop` is cancelled. One that is under way is cut short then and leaves no file.
    pub async fn run(self, store: Store, stop: CancellationToken) {
        let Some(every) = self.options.every else {
            return;
        };
        loop {
            tokio::select! {
                () = self.make_if_due(every, &store) => {}
                () = stop.cancelled() => return,
            }
            tokio::select! {
                () = tokio::time::sleep(every.min(LOOK)) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn make_if_due(&self, every: Duration, store: &Store) {
        let node = telemetry::process_name();
        let turn = match keeping::take_turn(&self.postgres, every, false, &node).await {
            Ok(Some(turn)) => turn,
            Ok(None) => return,
            // Nothing was tried, so nothing failed: there will be another look.
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn Error,
                    "whether a backup is due is not known now; it is looked for again"
                );
                return;
            }
        };
        match self.make_in(turn, store).await {
            Ok(made) => {
                tracing::info!(file = %made.file.display(), bytes = made.bytes, rows = made.rows, "backed up");
                self.clear_away();
            }
            Err(error) => {
                metrics::counter!("certlens_backup_failures_total").increment(1);
                tracing::error!(error = &*error as &dyn Error, "the scheduled backup was not made");
            }
        }
    }

    /// Makes the backup whose turn it is, and notes what came of it.
    async fn make_in(&self, turn: Turn, store: &Store) -> anyhow::Result<MadeBackup> {
        match self.make_scheduled(store).await {
            Ok(made) => {
                turn.end(&made).await?;
                Ok(made)
            }
            Err(failure) => {
                if let Err(error) = turn.fail(&format!("{failure:#}")).await {
                    tracing::warn!(
                        error = &error as &dyn Error,
                        "the list of backups does not say that this one failed"
                    );
                }
                Err(failure)
            }
        }
    }

    /// Under a key that opens nothing no backup is made: it would stand before those by which the right key, or what it
    /// protects, can be brought back, and in time take their place.
    async fn make_scheduled(&self, store: &Store) -> anyhow::Result<MadeBackup> {
        ensure!(
            store.opens_secrets().await? != Some(false),
            "the secret key does not open the stored tokens; no backup is made before that is put right (docs/recovery.md, \
             lost secret key)"
        );
        let keys = self.keys(None)?;
        Ok(certlens_backup::make(&self.postgres, &self.next_file(), Contents::Own, keys).await?)
    }

    /// The backup is made: that older ones take up room is another matter.
    fn clear_away(&self) {
        match keeping::clear_away(&self.options.folder, self.options.kept) {
            Ok(gone) => {
                for file in gone {
                    tracing::info!(file = %file.display(), "an old backup was deleted");
                }
            }
            Err(error) => tracing::warn!(error = &error as &dyn Error, "old backups were not deleted"),
        }
    }
}

/// Reads the passphrase of a file, or of standard input: its first line.
pub(crate) fn passphrase_of(file: &Path) -> anyhow::Result<SecretString> {
    let text = handed::text(file)
        .with_context(|| format!("the passphrase's file {} can't be read", file.display()))?;
    let passphrase = text.lines().next().unwrap_or_default().trim();
    ensure!(
        passphrase.chars().count() >= SHORTEST_PASSPHRASE,
        "the first line of {} is the passphrase, of {SHORTEST_PASSPHRASE} characters at least; `openssl rand -base64 24` \
         prints one",
        file.display()
    );
    Ok(SecretString::from(passphrase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::postgres::PgPoolOptions;

    #[tokio::test]
    async fn database_that_is_away_and_old_files_that_stay_are_no_backups_that_were_not_made() {
        telemetry::start();
        let postgres = PgPoolOptions::new()
            .acquire_timeout(Duration::from_millis(100))
            .connect_lazy("postgres://127.0.0.1:1/nobody-listens-here")
            .unwrap();
        let key = Arc::new(SecretKey::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap());
        let store = Store::new(postgres.clone(), &key);
        let options = BackupOptions {
            every: Some(Duration::from_secs(1)),
            kept: 1,
            folder: PathBuf::from("/nowhere/backups"),
            passphrase_file: None,
        };
        let backups = Backups::new(postgres, key, options);

        backups.make_if_due(Duration::from_secs(1), &store).await;
        backups.clear_away();

        let counted = telemetry::rendered();
        let counted = counted
            .lines()
            .find(|line| line.starts_with("certlens_backup_failures_total "));
        assert_eq!(counted, Some("certlens_backup_failures_total 0"));
    }
}
