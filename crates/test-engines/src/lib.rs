//! A database of its own for each test, on the real engines.
//!
//! For tests only. [`TestDatabases::create`] makes a fresh Postgres database with the project's migrations and an empty
//! `ClickHouse` database, both on engines that the environment names; [`TestDatabases::drop_all`] drops them. What a
//! failed test leaves behind is swept an hour later. This crate knows how to make and drop databases; it knows nothing
//! of what is in them, and it starts no engine: `cargo xtask test` does.

mod clickhouse_database;
mod name;
mod postgres_database;

use std::fmt;

pub use clickhouse_database::ClickHouseAddress;
use sqlx::PgPool;

use crate::name::DatabaseName;

/// URL of a Postgres superuser, such as `postgres://user:password@127.0.0.1:5432/postgres`.
pub const DATABASE_URL_VARIABLE: &str = "CERTLENS_TEST_DATABASE_URL";
/// Address of a `ClickHouse` HTTP interface, such as `http://user:password@127.0.0.1:8123`.
pub const CLICKHOUSE_URL_VARIABLE: &str = "CERTLENS_TEST_CLICKHOUSE_URL";

/// Why a test gets no databases.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestEnginesError {
    /// The environment names no engines.
    #[error(
        "{variable} is not set: run `cargo xtask test`, or set {DATABASE_URL_VARIABLE} and {CLICKHOUSE_URL_VARIABLE} to \
         running engines, such as those of `certlens engines`"
    )]
    NotConfigured {
        /// The missing variable.
        variable: &'static str,
    },
    /// A variable's value is no address.
    #[error("{variable} holds no usable address: {reason}")]
    Address {
        /// The variable in question.
        variable: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Postgres refused.
    #[error("Postgres of {DATABASE_URL_VARIABLE}: {0}")]
    Postgres(#[from] sqlx::Error),
    /// The migrations failed.
    #[error("the migrations of migrations/postgres failed: {0}")]
    Migrations(#[from] sqlx::migrate::MigrateError),
    /// `ClickHouse` refused.
    #[error("ClickHouse of {CLICKHOUSE_URL_VARIABLE}: {0}")]
    ClickHouse(#[from] clickhouse::error::Error),
}

/// One test's databases.
pub struct TestDatabases {
    name: DatabaseName,
    postgres_server: url::Url,
    pool: PgPool,
    clickhouse: ClickHouseAddress,
}

impl fmt::Debug for TestDatabases {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TestDatabases")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl TestDatabases {
    /// Makes fresh databases: Postgres with all migrations applied, `ClickHouse` empty.
    ///
    /// # Panics
    /// When there are no engines to make them on; the message says how to get them.
    #[expect(
        clippy::panic,
        reason = "a test without engines can only fail, with a sentence"
    )]
    pub async fn create() -> Self {
        match Self::try_create().await {
            Ok(databases) => databases,
            Err(error) => panic!("no test databases: {error}"),
        }
    }

    /// As [`TestDatabases::create`], for those who want to handle the error.
    ///
    /// # Errors
    /// When the environment names no engines, or they refuse.
    pub async fn try_create() -> Result<Self, TestEnginesError> {
        let postgres_server = address_from(DATABASE_URL_VARIABLE)?;
        let clickhouse_server = address_from(CLICKHOUSE_URL_VARIABLE)?;
        let name = DatabaseName::fresh();
        let pool = postgres_database::create(&postgres_server, &name).await?;
        let clickhouse = clickhouse_database::create(&clickhouse_server, &name).await?;
        Ok(Self {
            name,
            postgres_server,
            pool,
            clickhouse,
        })
    }

    /// Connections to the test's Postgres database.
    pub fn postgres(&self) -> &PgPool {
        &self.pool
    }

    /// URL of the test's Postgres database.
    pub fn postgres_url(&self) -> String {
        postgres_database::url(&self.postgres_server, &self.name).to_string()
    }

    /// The test's `ClickHouse` database.
    pub fn clickhouse(&self) -> &ClickHouseAddress {
        &self.clickhouse
    }

    /// Drops both databases. Errors are left to the sweep: a test's verdict does not depend on them.
    pub async fn drop_all(self) {
        self.pool.close().await;
        let _ = postgres_database::drop(&self.postgres_server, &self.name).await;
        let _ = clickhouse_database::drop(&self.clickhouse).await;
    }
}

fn address_from(variable: &'static str) -> Result<url::Url, TestEnginesError> {
    let value = std::env::var(variable).map_err(|_| TestEnginesError::NotConfigured { variable })?;
    url::Url::parse(&value).map_err(|error| TestEnginesError::Address {
        variable,
        reason: error.to_string(),
    })
}
