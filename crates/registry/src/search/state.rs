//! What is loaded, and which version of the data Postgres holds.

use super::SearchError;
use certlens_domain::registry::Registry;
use chrono::NaiveDate;
use sqlx::PgPool;
use uuid::Uuid;

/// The state of the stores at the time of a search.
#[derive(Debug)]
pub(super) struct StoreState {
    registries: Vec<LoadedRegistry>,
    pub(super) version: StoreVersion,
}

/// What ClickHouse must hold to answer instead of Postgres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StoreVersion {
    /// Which Postgres database it is.
    pub(super) store: Uuid,
    /// The version of all its data; 0 before the first import.
    pub(super) number: i64,
}

/// A registry of which something was loaded.
#[derive(Debug, Clone, Copy)]
pub(super) struct LoadedRegistry {
    registry: Registry,
    pub(super) data_date: Option<NaiveDate>,
}

impl StoreState {
    pub(super) async fn read(postgres: &PgPool) -> Result<Self, SearchError> {
        let rows = sqlx::query!(
            r#"SELECT store_identity.id, registry::text AS "registry?", loaded AS "loaded?", data_date,
                      data_version AS "data_version?"
               FROM store_identity LEFT JOIN registry_state ON true"#
        )
        .fetch_all(postgres)
        .await?;
        let version = StoreVersion {
            store: rows.first().map(|row| row.id).unwrap_or_default(),
            number: rows.iter().filter_map(|row| row.data_version).max().unwrap_or(0),
        };
        let mut registries = Vec::with_capacity(rows.len());
        for row in rows {
            if let (Some(registry), Some(true)) = (row.registry, row.loaded) {
                let registry = parse_stored("registry", &registry)?;
                registries.push(LoadedRegistry {
                    registry,
                    data_date: row.data_date,
                });
            }
        }
        Ok(Self { registries, version })
    }

    /// Stores into which nothing was ever loaded.
    #[cfg(test)]
    pub(super) const fn empty() -> Self {
        let version = StoreVersion {
            store: Uuid::nil(),
            number: 0,
        };
        Self {
            registries: Vec::new(),
            version,
        }
    }

    /// The registry's state; `None` when nothing of it was ever loaded.
    pub(super) fn of(&self, registry: Registry) -> Option<LoadedRegistry> {
        self.registries
            .iter()
            .find(|loaded| loaded.registry == registry)
            .copied()
    }
}

/// Parses a key that the program itself wrote.
pub(super) fn parse_stored<T: std::str::FromStr>(what: &'static str, value: &str) -> Result<T, SearchError> {
    value.parse().map_err(|_| SearchError::Stored {
        what,
        value: value.to_owned(),
    })
}
