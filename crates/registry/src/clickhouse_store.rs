//! Where ClickHouse is, and the tables in it.
//!
//! May know: the client's settings, the numbered migrations. Must not know: what the tables are read or filled for.

mod topology;

pub use self::topology::{ClickHouseTopology, ClusterName, ClusterNameError, MigrationTextError};

use clickhouse::{Client, Row};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// Address and credentials of a ClickHouse server and the database to use on it. `Debug` hides the password.
#[derive(Debug, Clone)]
pub struct ClickHouseAddress {
    /// `http://host:port` of the HTTP interface, without user, password and database.
    pub url: String,
    /// User name.
    pub user: String,
    /// Password of the user.
    pub password: SecretString,
    /// Name of the database; created by [`migrate_clickhouse`] when absent.
    pub database: String,
    /// One server, or a cluster that this server is part of.
    pub topology: ClickHouseTopology,
}

impl ClickHouseAddress {
    /// A client of the database, with the settings that the topology needs.
    pub(crate) fn client(&self) -> Client {
        self.client_without_database().with_database(&self.database)
    }

    fn client_without_database(&self) -> Client {
        let client = Client::default()
            .with_url(&self.url)
            .with_user(&self.user)
            .with_password(self.password.expose_secret())
            .with_compression(clickhouse::Compression::None);
        self.topology
            .settings()
            .iter()
            .fold(client, |client, (name, value)| client.with_setting(*name, *value))
    }
}

/// ClickHouse refused or did not answer.
#[derive(Debug, thiserror::Error)]
pub enum ClickHouseError {
    /// The name of the database would have to be quoted.
    #[error("`{0}` is no name for a ClickHouse database; use letters, digits and `_` only")]
    DatabaseName(String),
    /// A migration failed. What ran before it stays.
    #[error("ClickHouse at {url} could not run migration {migration}: {source}")]
    Migration {
        /// Address of the server.
        url: String,
        /// File name of the migration.
        migration: &'static str,
        /// What the server or the network said.
        source: clickhouse::error::Error,
    },
    /// A migration can't be run on a cluster.
    #[error("migration {migration} can't be run on a cluster: {source}")]
    Cluster {
        /// File name of the migration.
        migration: &'static str,
        /// Which statement, and why.
        source: MigrationTextError,
    },
    /// A migration was run that is neither ours nor newer than ours.
    #[error(
        "ClickHouse at {url} has migration {version}, which this version of Certlens does not know and which is not \
         newer than its own: the database belongs to another program; name another one in CERTLENS_CLICKHOUSE_URL"
    )]
    Foreign {
        /// Address of the server.
        url: String,
        /// Number of the migration.
        version: u32,
    },
    /// The server could not be reached or used at all.
    #[error(
        "ClickHouse at {url} does not answer as expected; check CERTLENS_CLICKHOUSE_URL and that it runs: {source}"
    )]
    Server {
        /// Address of the server.
        url: String,
        /// What the server or the network said.
        source: clickhouse::error::Error,
    },
}

impl ClickHouseError {
    /// Whether it may pass by itself, as the loss of a server does: then nothing of ours has to be changed first.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Migration { .. } | Self::Server { .. } => true,
            Self::DatabaseName(_) | Self::Cluster { .. } | Self::Foreign { .. } => false,
        }
    }
}

/// The numbered migrations, oldest first. A file that was released is never changed.
const MIGRATIONS: [(u32, &str, &str); 3] = [
    (
        1,
        "0001_document_identifiers.sql",
        include_str!("../../../migrations/clickhouse/0001_document_identifiers.sql"),
    ),
    (
        2,
        "0002_parties.sql",
        include_str!("../../../migrations/clickhouse/0002_parties.sql"),
    ),
    (
        3,
        "0003_small_blocks.sql",
        include_str!("../../../migrations/clickhouse/0003_small_blocks.sql"),
    ),
];

/// The table that says which migrations ran.
const JOURNAL: &str = "CREATE TABLE IF NOT EXISTS schema_migrations
(version UInt32, name String, applied_at DateTime DEFAULT now())
ENGINE = MergeTree
ORDER BY version;
";

#[derive(Row, Serialize, Deserialize)]
struct AppliedMigration {
    version: u32,
    name: String,
}

/// Creates the database if absent and runs the migrations that it has not seen. Safe to repeat: statements are
/// written so that a migration interrupted half-way can run again.
pub async fn migrate_clickhouse(address: &ClickHouseAddress) -> Result<(), ClickHouseError> {
    let named_well = !address.database.is_empty()
        && address
            .database
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !named_well {
        return Err(ClickHouseError::DatabaseName(address.database.clone()));
    }
    let server_error = |source| ClickHouseError::Server {
        url: address.url.clone(),
        source,
    };
    address
        .client_without_database()
        .query_raw(&address.topology.create_database(&address.database))
        .execute()
        .await
        .map_err(server_error)?;
    let client = address.client();
    let journal = address
        .topology
        .migration(&address.database, JOURNAL)
        .map_err(|source| ClickHouseError::Cluster {
            migration: "schema_migrations",
            source,
        })?;
    for statement in &journal {
        client
            .query_raw(statement)
            .execute()
            .await
            .map_err(server_error)?;
    }
    let applied = client
        .query("SELECT ?fields FROM schema_migrations")
        .fetch_all::<AppliedMigration>()
        .await
        .map_err(server_error)?;
    let newest = MIGRATIONS
        .map(|(version, ..)| version)
        .into_iter()
        .max()
        .unwrap_or(0);
    let unknown = applied
        .iter()
        .filter(|applied| MIGRATIONS.iter().all(|(version, ..)| *version != applied.version));
    for migration in unknown {
        if migration.version <= newest {
            return Err(ClickHouseError::Foreign {
                url: address.url.clone(),
                version: migration.version,
            });
        }
        tracing::warn!(
            migration = migration.name,
            "ClickHouse was brought to a newer version of Certlens than this process is of; replace this process soon"
        );
    }
    for (version, name, text) in MIGRATIONS {
        if applied.iter().any(|migration| migration.version == version) {
            continue;
        }
        let statements = address
            .topology
            .migration(&address.database, text)
            .map_err(|source| ClickHouseError::Cluster {
                migration: name,
                source,
            })?;
        run_migration(&client, version, name, &statements)
            .await
            .map_err(|source| ClickHouseError::Migration {
                url: address.url.clone(),
                migration: name,
                source,
            })?;
        tracing::info!(migration = name, "ClickHouse migration applied");
    }
    Ok(())
}

async fn run_migration(
    client: &Client,
    version: u32,
    name: &str,
    statements: &[String],
) -> Result<(), clickhouse::error::Error> {
    for statement in statements {
        // `?` in a migration is no placeholder.
        client.query_raw(statement).execute().await?;
    }
    let mut insert = client.insert::<AppliedMigration>("schema_migrations").await?;
    insert
        .write(&AppliedMigration {
            version,
            name: name.to_owned(),
        })
        .await?;
    insert.end().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_an_address_hides_the_password() {
        let address = ClickHouseAddress {
            url: "http://127.0.0.1:8123".to_owned(),
            user: "certlens".to_owned(),
            password: "a secret word".to_owned().into(),
            database: "certlens".to_owned(),
            topology: ClickHouseTopology::default(),
        };
        assert!(!format!("{address:?}").contains("secret word"));
    }
}
