//! The opened data of this installation: engines at work, database brought up to date, doors to both.

use crate::configuration::Configuration;
use crate::engines::{self, EngineSettings, Engines};
use crate::shutdown::StopSignal;
use anyhow::Context as _;
use certlens_registry::{
    ClickHouseAddress, ClickHouseTopology, Exporter, Importer, Intake, Recounter, Search, migrate_clickhouse,
};
use certlens_store::{SecretKey, SecretKeys, Store};
use secrecy::ExposeSecret as _;
use sqlx::PgPool;
use std::sync::Arc;
use std::time::Duration;

/// The database on a ClickHouse whose address names none.
const CLICKHOUSE_DATABASE: &str = "certlens";
/// Enough for a hundred managers at once: a search holds a connection for milliseconds.
const CONNECTIONS: u32 = 20;
/// Opened when they are needed and closed when they are not.
const CONNECTIONS_OF_LONG_WORK: u32 = 12;
/// Connections of long work are closed when nothing used them for so long.
const LONG_WORK_IS_OVER: Duration = Duration::from_secs(30);
/// No request waits half as long; what nobody waits for any more must not hold its connection for ever.
const LONGEST_STATEMENT: &str = "SET statement_timeout = '5min'";
/// A card must not hang on a full pool.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Engines and databases, ready for use. End with [`Data::close`].
#[derive(Debug)]
pub struct Data {
    engines: Engines,
    postgres: PgPool,
    /// For work that takes its time: loads, recounts, exports, migrations. Its statements have no bound.
    long_work: PgPool,
    clickhouse: Option<ClickHouseAddress>,
    secret_keys: Arc<SecretKeys>,
}

impl Data {
    /// Opens the engines and runs the migrations. Several processes may do so at once: the migrations of Postgres
    /// take turns by an advisory lock.
    pub async fn open(configuration: &Configuration) -> anyhow::Result<Self> {
        let secret_keys = secret_keys(configuration)?;
        let engines = Engines::open(&EngineSettings::from(configuration)).await?;
        match Self::connect(&engines, &configuration.clickhouse_topology).await {
            Ok((postgres, long_work, clickhouse)) => Ok(Self {
                engines,
                postgres,
                long_work,
                clickhouse,
                secret_keys,
            }),
            Err(error) => {
                // Private engines must not be left running by a failed start.
                engines.close().await;
                Err(error)
            }
        }
    }

    /// Opens as [`Data::open`] does; `None` when a signal to stop came first. The start is not cut short then, because
    /// half-started engines would outlive us: it comes to its end and is closed in order.
    pub async fn open_unless_stopped(
        configuration: &Configuration,
        stop: &mut StopSignal,
    ) -> anyhow::Result<Option<Self>> {
        let mut opening = std::pin::pin!(Self::open(configuration));
        tokio::select! {
            opened = &mut opening => return opened.map(Some),
            () = stop.received() => {}
        }
        opening.await?.close().await;
        Ok(None)
    }

    async fn connect(
        engines: &Engines,
        topology: &ClickHouseTopology,
    ) -> anyhow::Result<(PgPool, PgPool, Option<ClickHouseAddress>)> {
        let postgres_url = engines.postgres_url().expose_secret();
        let postgres = certlens_store::pool_options()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::raw_sql(LONGEST_STATEMENT).execute(connection).await?;
                    Ok(())
                })
            })
            .connect(postgres_url)
            .await
            .context("Postgres can't be reached; check CERTLENS_DATABASE_URL and that it runs")?;
        let long_work = certlens_store::pool_options()
            .max_connections(CONNECTIONS_OF_LONG_WORK)
            .idle_timeout(LONG_WORK_IS_OVER)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy(postgres_url)
            .context("CERTLENS_DATABASE_URL is no address of Postgres")?;
        certlens_store::migrate(&long_work).await?;
        let clickhouse = engines.clickhouse().map(|found| address(found, topology));
        if let Some(clickhouse) = &clickhouse {
            migrate_clickhouse(clickhouse).await?;
        }
        Ok((postgres, long_work, clickhouse))
    }

    /// The door to the documents.
    pub fn search(&self) -> Search {
        Search::new(self.postgres.clone(), self.clickhouse.clone())
    }

    /// The door to what happened to documents.
    pub fn recounter(&self) -> Recounter {
        Recounter::new(self.long_work.clone())
    }

    /// The door to portals and settings.
    pub fn store(&self) -> Store {
        Store::with_keys(self.postgres.clone(), &self.secret_keys)
    }

    /// The root of all secrets of this installation.
    pub fn secret_key(&self) -> &SecretKey {
        self.secret_keys.current()
    }

    /// It, and the other one while keys are changed.
    pub fn secret_keys(&self) -> &SecretKeys {
        &self.secret_keys
    }

    /// The way in for documents.
    pub fn importer(&self, configuration: &Configuration) -> Importer {
        Importer::new(
            self.long_work.clone(),
            self.clickhouse.clone(),
            configuration.rejects_dir(),
        )
        .keeping(configuration.undo_limits)
    }

    /// The way in for files that the operator uploads or points to.
    pub fn intake(&self, configuration: &Configuration) -> Intake {
        Intake::new(self.importer(configuration), configuration.intake.clone())
    }

    /// The way out for documents.
    pub fn exporter(&self) -> Exporter {
        Exporter::new(self.long_work.clone())
    }

    /// Closes the connections, then stops the engines that this process started.
    pub async fn close(self) {
        self.long_work.close().await;
        self.postgres.close().await;
        self.engines.close().await;
    }
}

/// From the settings, or from the files of the data directory.
fn secret_keys(configuration: &Configuration) -> anyhow::Result<Arc<SecretKeys>> {
    let previous = configuration.secret_key_previous.as_deref().cloned();
    if let Some(key) = &configuration.secret_key {
        return Ok(Arc::new(SecretKeys::new(SecretKey::clone(key), previous)));
    }
    std::fs::create_dir_all(&configuration.data_dir).with_context(|| {
        format!(
            "the data directory {} can't be made",
            configuration.data_dir.display()
        )
    })?;
    let key = SecretKey::load_or_create(&configuration.secret_key_file())?;
    let previous = match previous {
        Some(previous) => Some(previous),
        None => SecretKey::load(&configuration.previous_key_file())?,
    };
    Ok(Arc::new(SecretKeys::new(key, previous)))
}

fn address(address: &engines::ClickHouseAddress, topology: &ClickHouseTopology) -> ClickHouseAddress {
    ClickHouseAddress {
        url: address.url.clone(),
        user: address.user.clone(),
        password: address.password.clone(),
        database: address
            .database
            .clone()
            .unwrap_or_else(|| CLICKHOUSE_DATABASE.to_owned()),
        topology: topology.clone(),
    }
}
