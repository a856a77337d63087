//! The opened data of this installation: engines at work, database brought up to date, doors to both.

mod bare;
mod postgres;

use crate::backups::Backups;
use crate::configuration::Configuration;
use crate::engines::{self, EngineSettings, Engines};
use crate::shutdown::StopSignal;
use anyhow::Context as _;
pub use bare::BareDatabase;
use certlens_registry::{
    ClickHouseAddress, ClickHouseTopology, Exporter, Importer, Intake, Recounter, Search, migrate_clickhouse,
};
use certlens_store::{DatabaseVersion, SecretKey, SecretKeys, Store};
use sqlx::{PgConnection, PgPool};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The database on a ClickHouse whose address names none.
const CLICKHOUSE_DATABASE: &str = "certlens";
/// How long the start of a service waits for Postgres.
const START_PATIENCE: Duration = Duration::from_mins(1);
/// How long a start waits for ClickHouse, which it can do without.
const CLICKHOUSE_PATIENCE: Duration = Duration::from_secs(15);

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
    /// take turns by an advisory lock. A ClickHouse that is away does not matter: Postgres answers.
    pub async fn open(configuration: &Configuration) -> anyhow::Result<Self> {
        Self::open_within(configuration, Duration::ZERO, &CancellationToken::new()).await
    }

    async fn open_within(
        configuration: &Configuration,
        patience: Duration,
        given_up: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let secret_keys = secret_keys(configuration)?;
        let engines = Engines::open(&EngineSettings::from(configuration)).await?;
        let clickhouse = engines
            .clickhouse()
            .map(|found| address(found, &configuration.clickhouse_topology));
        match connect(&engines, clickhouse.as_ref(), patience, given_up).await {
            Ok((postgres, long_work)) => Ok(Self {
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
        Self::open_stoppably(configuration, Duration::ZERO, stop).await
    }

    /// Opens as [`Data::open_unless_stopped`] does, and waits for a Postgres that is only starting: a service and its
    /// database often start together.
    pub async fn open_for_service(
        configuration: &Configuration,
        stop: &mut StopSignal,
    ) -> anyhow::Result<Option<Self>> {
        Self::open_stoppably(configuration, START_PATIENCE, stop).await
    }

    async fn open_stoppably(
        configuration: &Configuration,
        patience: Duration,
        stop: &mut StopSignal,
    ) -> anyhow::Result<Option<Self>> {
        let given_up = CancellationToken::new();
        let mut opening = std::pin::pin!(Self::open_within(configuration, patience, &given_up));
        tokio::select! {
            opened = &mut opening => return opened.map(Some),
            _ = stop.received() => given_up.cancel(),
        }
        match opening.await {
            Ok(data) => data.close().await,
            Err(error) => tracing::info!(error = format!("{error:#}"), "the start was given up"),
        }
        Ok(None)
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

    /// A connection of its own, for one long transaction.
    pub async fn store_connection(&self) -> anyhow::Result<PgConnection> {
        let connection = self.long_work.acquire().await.context(postgres::UNREACHABLE)?;
        Ok(connection.detach())
    }

    /// The way to backups.
    pub fn backups(&self, configuration: &Configuration) -> Backups {
        Backups::new(
            self.long_work.clone(),
            Arc::new(self.secret_keys.current().clone()),
            configuration.backups.clone(),
        )
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

/// The secret keys that are there, if any are; none is made. For those who may bring one.
pub fn present_secret_keys(configuration: &Configuration) -> anyhow::Result<Option<Arc<SecretKeys>>> {
    if configuration.secret_key.is_none() && !configuration.secret_key_file().exists() {
        return Ok(None);
    }
    secret_keys(configuration).map(Some)
}

/// Connects and migrates. What can't be mended by waiting is refused; a ClickHouse that is away is brought up to date
/// when it is back (`command::serve`).
async fn connect(
    engines: &Engines,
    clickhouse: Option<&ClickHouseAddress>,
    patience: Duration,
    given_up: &CancellationToken,
) -> anyhow::Result<(PgPool, PgPool)> {
    let postgres = postgres::connect(engines.postgres_url(), patience, given_up).await?;
    let long_work = postgres::connect_for_long_work(engines.postgres_url())?;
    if let DatabaseVersion::Newer(newest) = certlens_store::migrate(&long_work).await? {
        tracing::warn!(
            newest,
            "the database was brought to a newer version of Certlens than this process is of; replace this process soon"
        );
    }
    let mut connection = postgres.acquire().await.context(postgres::UNREACHABLE)?;
    certlens_registry::settle_identity(&mut connection)
        .await
        .context("the database does not say whether it was restored")?;
    drop(connection);
    if let Some(clickhouse) = clickhouse {
        match tokio::time::timeout(CLICKHOUSE_PATIENCE, migrate_clickhouse(clickhouse)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) if error.is_passing() => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "ClickHouse is away; Postgres answers alone until it is back"
            ),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => tracing::warn!(
                seconds = CLICKHOUSE_PATIENCE.as_secs(),
                "ClickHouse takes long to be brought up to date; Postgres answers alone until that is done"
            ),
        }
    }
    Ok((postgres, long_work))
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
