//! The database alone, before anything is known of it: for a restore.

use super::postgres::{NO_SUCH_DATABASE, UNREACHABLE, options};
use crate::configuration::Configuration;
use crate::engines::{EngineSettings, Engines};
use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use sqlx::migrate::MigrateDatabase as _;
use sqlx::{Connection as _, PgConnection};

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
        let options = options(engines.postgres_url())?;
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
