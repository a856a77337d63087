//! What is loaded, and which version of the data Postgres holds.

use super::SearchError;
use certlens_domain::registry::Registry;
use chrono::NaiveDate;
use sqlx::PgPool;

/// The state of the stores at the time of a search.
#[derive(Debug)]
pub(super) struct StoreState {
    registries: Vec<LoadedRegistry>,
    /// The version of the whole store; 0 before the first import.
    pub(super) version: i64,
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
            r#"SELECT registry::text AS "registry!", loaded, data_date, data_version FROM registry_state"#
        )
        .fetch_all(postgres)
        .await?;
        let version = rows.iter().map(|row| row.data_version).max().unwrap_or(0);
        let registries = rows
            .into_iter()
            .filter(|row| row.loaded)
            .map(|row| {
                Ok(LoadedRegistry {
                    registry: parse_stored("registry", &row.registry)?,
                    data_date: row.data_date,
                })
            })
            .collect::<Result<_, SearchError>>()?;
        Ok(Self { registries, version })
    }

    /// Stores into which nothing was ever loaded.
    #[cfg(test)]
    pub(super) const fn empty() -> Self {
        Self {
            registries: Vec::new(),
            version: 0,
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
