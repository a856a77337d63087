//! The opened data of this installation: engines at work, database brought up to date, doors to both.

use crate::backups::Backups;
use crate::configuration::Configuration;
use crate::engines::{self, EngineSettings, Engines};
use crate::shutdown::StopSignal;
use anyhow::Context as _;
use certlens_registry::{
    ClickHouseAddress, ClickHouseTopology, Exporter, Importer, Intake, Recounter, Search, migrate_clickhouse,
};
use certlens_store::{SecretKey, Store};
use secrecy::ExposeSecret as _;
use sqlx::migrate::MigrateDatabase as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, PgPool};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

/// Postgres's code.
const NO_SUCH_DATABASE: &str = "3D000";
const UNREACHABLE: &str = "Postgres can't be reached; check CERTLENS_DATABASE_URL and that it runs";
/// The database on a ClickHouse whose address names none.
const CLICKHOUSE_DATABASE: &str = "certlens";
/// Enough for a hundred managers at once: a search holds a connection for milliseconds.
const CONNECTIONS: u32 = 20;
/// A card must not hang on a full pool.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Engines and databases, ready for use. End with [`Data::close`].
#[derive(Debug)]
pub struct Data {
    engines: Engines,
    postgres: PgPool,
    clickhouse: Option<ClickHouseAddress>,
    secret_key: Arc<SecretKey>,
}

impl Data {
    /// Opens the engines and runs the migrations. Several processes may do so at once: the migrations of Postgres
    /// take turns by an advisory lock.
    pub async fn open(configuration: &Configuration) -> anyhow::Result<Self> {
        let secret_key = secret_key(configuration)?;
        let engines = Engines::open(&EngineSettings::from(configuration)).await?;
        match Self::connect(&engines, &configuration.clickhouse_topology).await {
            Ok((postgres, clickhouse)) => Ok(Self {
                engines,
                postgres,
                clickhouse,
                secret_key,
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
    ) -> anyhow::Result<(PgPool, Option<ClickHouseAddress>)> {
        let postgres = certlens_store::pool_options()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(postgres_options(engines)?)
            .await
            .context(UNREACHABLE)?;
        certlens_store::migrate(&postgres).await?;
        let mut connection = postgres.acquire().await.context(UNREACHABLE)?;
        certlens_registry::settle_identity(&mut connection)
            .await
            .context("the database does not say whether it was restored")?;
        drop(connection);
        let clickhouse = engines.clickhouse().map(|found| address(found, topology));
        if let Some(clickhouse) = &clickhouse {
            migrate_clickhouse(clickhouse).await?;
        }
        Ok((postgres, clickhouse))
    }

    /// The door to the documents.
    pub fn search(&self) -> Search {
        Search::new(self.postgres.clone(), self.clickhouse.clone())
    }

    /// The door to what happened to documents.
    pub fn recounter(&self) -> Recounter {
        Recounter::new(self.postgres.clone())
    }

    /// The door to portals and settings.
    pub fn store(&self) -> Store {
        Store::new(self.postgres.clone(), &self.secret_key)
    }

    /// The root of all secrets of this installation.
    pub fn secret_key(&self) -> &SecretKey {
        &self.secret_key
    }

    /// The way in for documents.
    pub fn importer(&self, configuration: &Configuration) -> Importer {
        Importer::new(
            self.postgres.clone(),
            self.clickhouse.clone(),
            configuration.rejects_dir(),
        )
        .keeping(configuration.undo_limits)
    }

    /// The way in for files that the operator uploads or points to.
    pub fn intake(&self, configuration: &Configuration) -> Intake {
        Intake::new(self.importer(configuration), configuration.intake.clone())
    }

    /// A connection of its own, for one long transaction.
    pub async fn store_connection(&self) -> anyhow::Result<PgConnection> {
        let connection = self.postgres.acquire().await.context(UNREACHABLE)?;
        Ok(connection.detach())
    }

    /// The way to backups.
    pub fn backups(&self, configuration: &Configuration) -> Backups {
        Backups::new(
            self.postgres.clone(),
            Arc::clone(&self.secret_key),
            configuration.backups.clone(),
        )
    }

    /// The way out for documents.
    pub fn exporter(&self) -> Exporter {
        Exporter::new(self.postgres.clone())
    }

    /// Closes the connections, then stops the engines that this process started.
    pub async fn close(self) {
        self.postgres.close().await;
        self.engines.close().await;
    }
}

/// The database alone, as it is: no migration is run. For those who bring it to one themselves.
#[derive(Debug)]
pub struct BareDatabase {
    engines: Engines,
    /// The connection.
    pub connection: PgConnection,
}

impl BareDatabase {
    /// Opens the engines and connects. A database that is not there is made, if its user may.
    pub async fn open(configuration: &Configuration) -> anyhow::Result<Self> {
        let engines = Engines::open(&EngineSettings::from(configuration)).await?;
        match Self::connect(&engines).await {
            Ok(connection) => Ok(Self { engines, connection }),
            Err(error) => {
                engines.close().await;
                Err(error)
            }
        }
    }

    async fn connect(engines: &Engines) -> anyhow::Result<PgConnection> {
        let options = postgres_options(engines)?;
        match PgConnection::connect_with(&options).await {
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(NO_SUCH_DATABASE) => {
                sqlx::Postgres::create_database(engines.postgres_url().expose_secret())
                    .await
                    .context(
                        "the database is not there, and can't be made: make an empty one by `createdb`",
                    )?;
                PgConnection::connect_with(&options).await.context(UNREACHABLE)
            }
            connected => connected.context(UNREACHABLE),
        }
    }

    /// Hangs up, then stops the engines that this process started.
    pub async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "the connection was not closed in good order");
        }
        self.engines.close().await;
    }
}

/// The address, with our name for the database's list of sessions unless it says another.
fn postgres_options(engines: &Engines) -> anyhow::Result<PgConnectOptions> {
    let url = engines.postgres_url().expose_secret();
    let options = PgConnectOptions::from_str(url).context(UNREACHABLE)?;
    let is_named = options
        .get_application_name()
        .is_some_and(|name| !name.is_empty());
    Ok(if is_named {
        options
    } else {
        options.application_name(certlens_store::APPLICATION_NAME)
    })
}

/// The secret key that is there, if one is; none is made. For those who may bring one.
pub fn present_secret_key(configuration: &Configuration) -> anyhow::Result<Option<Arc<SecretKey>>> {
    if configuration.secret_key.is_none() && !configuration.secret_key_file().exists() {
        return Ok(None);
    }
    secret_key(configuration).map(Some)
}

fn secret_key(configuration: &Configuration) -> anyhow::Result<Arc<SecretKey>> {
    if let Some(key) = &configuration.secret_key {
        return Ok(Arc::clone(key));
    }
    std::fs::create_dir_all(&configuration.data_dir).with_context(|| {
        format!(
            "the data directory {} can't be made",
            configuration.data_dir.display()
        )
    })?;
    Ok(Arc::new(SecretKey::load_or_create(
        &configuration.secret_key_file(),
    )?))
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
