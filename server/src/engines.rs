//! The two engines of a running `certlens`: those that the configuration names, those of another `certlens` on the
//! same data directory, or private ones that this process starts and stops.
//!
//! Whoever starts private engines holds the lock file `engines.lock` in the data directory and tells the others where
//! they are in `engines.json` (readable by its owner only). Knows addresses and processes; nothing of what is stored.

mod address;
mod registration;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use certlens_clickhouse_embedded::{EmbeddedClickHouse, EmbeddedOptions, EngineState, MemoryLimit};
use certlens_postgres_embedded::{PostgresOptions, PrivatePostgres};
use secrecy::SecretString;

pub use self::address::{ClickHouseAddress, ClickHouseSetting};
use self::registration::{Claim, DataDirectoryLock, Registration};

/// Which engines to use.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// Where private engines live.
    pub data_dir: PathBuf,
    /// A Postgres that somebody else runs; `None` means a private one.
    pub database_url: Option<SecretString>,
    /// Which `ClickHouse`, if any.
    pub clickhouse: ClickHouseSetting,
    /// The library of the embedded engine; `None` looks beside the program.
    pub clickhouse_library: Option<PathBuf>,
    /// Memory of the embedded engine; `None` takes a share of the machine's.
    pub clickhouse_memory: Option<MemoryLimit>,
}

impl EngineSettings {
    fn wants_private_engines(&self) -> bool {
        self.database_url.is_none() || matches!(self.clickhouse, ClickHouseSetting::Embedded)
    }
}

/// Where the engines are, and the private ones as long as we run them. End with [`Engines::close`].
#[derive(Debug)]
pub struct Engines {
    postgres_url: SecretString,
    clickhouse: Option<ClickHouseAddress>,
    private: Option<PrivateEngines>,
}

#[derive(Debug)]
struct PrivateEngines {
    postgres: Option<PrivatePostgres>,
    clickhouse: Option<EmbeddedClickHouse>,
    lock: DataDirectoryLock,
}

impl Engines {
    /// Finds or starts the engines.
    ///
    /// # Errors
    /// When private engines can't be started, or those of another process can't be used; the sentence says what to do.
    pub async fn open(settings: &EngineSettings) -> anyhow::Result<Self> {
        if !settings.wants_private_engines() {
            return Self::assemble(settings, None, None);
        }
        match DataDirectoryLock::claim(&settings.data_dir).await? {
            Claim::Theirs(registration) => {
                tracing::info!(data_dir = %settings.data_dir.display(), "using the engines of a running certlens");
                Self::assemble(settings, Some(&registration), None)
            }
            Claim::Ours(lock) => {
                let private = PrivateEngines::start(settings, lock).await?;
                let registration = private.registration();
                private.lock.publish(&registration)?;
                Self::assemble(settings, Some(&registration), Some(private))
            }
        }
    }

    /// URL of the Postgres database.
    pub fn postgres_url(&self) -> &SecretString {
        &self.postgres_url
    }

    /// The `ClickHouse`, or `None` when Postgres is to answer alone.
    pub fn clickhouse(&self) -> Option<&ClickHouseAddress> {
        self.clickhouse.as_ref()
    }

    /// Whether this process runs private engines, and others may attach to them.
    pub fn runs_private_engines(&self) -> bool {
        self.private.is_some()
    }

    /// The embedded `ClickHouse` as its supervision sees it; `None` when this process runs none.
    pub fn embedded_clickhouse(&self) -> Option<EngineState> {
        let private = self.private.as_ref()?;
        private.clickhouse.as_ref().map(EmbeddedClickHouse::state)
    }

    /// Stops the engines that this process started; returns when they are gone.
    pub async fn close(self) {
        if let Some(private) = self.private {
            private.stop().await;
        }
    }

    fn assemble(
        settings: &EngineSettings,
        registration: Option<&Registration>,
        private: Option<PrivateEngines>,
    ) -> anyhow::Result<Self> {
        let data_dir = settings.data_dir.display();
        let postgres_url = match &settings.database_url {
            Some(configured) => configured.clone(),
            None => registration.and_then(Registration::postgres_url).with_context(|| {
                format!(
                    "the certlens that runs on {data_dir} uses a Postgres of its own configuration: give this process \
                     the same CERTLENS_DATABASE_URL"
                )
            })?,
        };
        let clickhouse = match &settings.clickhouse {
            ClickHouseSetting::Off => None,
            ClickHouseSetting::Url(address) => Some(address.clone()),
            ClickHouseSetting::Embedded => {
                Some(registration.and_then(Registration::clickhouse).with_context(|| {
                    format!(
                        "the certlens that runs on {data_dir} has no embedded ClickHouse: give this process the same \
                         CERTLENS_CLICKHOUSE_URL"
                    )
                })?)
            }
        };
        Ok(Self {
            postgres_url,
            clickhouse,
            private,
        })
    }
}

impl PrivateEngines {
    async fn start(settings: &EngineSettings, lock: DataDirectoryLock) -> anyhow::Result<Self> {
        let postgres = start_postgres(&settings.data_dir, settings.database_url.is_none());
        let embedded = matches!(settings.clickhouse, ClickHouseSetting::Embedded);
        let clickhouse = start_clickhouse(settings, embedded);
        // Not `try_join`: when one fails, the other must be stopped in order, not dropped on its way up.
        match tokio::join!(postgres, clickhouse) {
            (Ok(postgres), Ok(clickhouse)) => Ok(Self {
                postgres,
                clickhouse,
                lock,
            }),
            (postgres, clickhouse) => {
                let mut failures = Vec::new();
                let postgres = postgres.unwrap_or_else(|error| {
                    failures.push(error);
                    None
                });
                let clickhouse = clickhouse.unwrap_or_else(|error| {
                    failures.push(error);
                    None
                });
                Self {
                    postgres,
                    clickhouse,
                    lock,
                }
                .stop()
                .await;
                let sentences = failures
                    .iter()
                    .map(|failure| format!("{failure:#}"))
                    .collect::<Vec<_>>();
                anyhow::bail!(sentences.join("\n"))
            }
        }
    }

    fn registration(&self) -> Registration {
        Registration::new(
            self.postgres.as_ref().map(PrivatePostgres::url),
            self.clickhouse
                .as_ref()
                .map(|engine| (engine.url(), engine.user(), engine.password())),
        )
    }

    async fn stop(self) {
        // Nobody may attach any more; the lock is held until both are gone.
        self.lock.withdraw();
        let postgres = async {
            if let Some(postgres) = self.postgres {
                postgres.stop().await;
            }
        };
        let clickhouse = async {
            if let Some(clickhouse) = self.clickhouse {
                clickhouse.stop().await;
            }
        };
        tokio::join!(postgres, clickhouse);
        drop(self.lock);
    }
}

async fn start_postgres(data_dir: &Path, wanted: bool) -> anyhow::Result<Option<PrivatePostgres>> {
    if !wanted {
        return Ok(None);
    }
    let server = PrivatePostgres::start(&PostgresOptions::new(data_dir.join("postgres"))).await?;
    Ok(Some(server))
}

async fn start_clickhouse(
    settings: &EngineSettings,
    wanted: bool,
) -> anyhow::Result<Option<EmbeddedClickHouse>> {
    if !wanted {
        return Ok(None);
    }
    let options = EmbeddedOptions {
        library: settings.clickhouse_library.clone(),
        memory: settings.clickhouse_memory,
        ..EmbeddedOptions::new(settings.data_dir.join("clickhouse"))
    };
    // Postgres answers while it does not run, so it must not keep a service from starting.
    Ok(Some(EmbeddedClickHouse::start_or_go_on_trying(&options).await?))
}
