//! What is loaded, and which version of the data Postgres holds.

use super::SearchError;
use super::coalescer::{Bounds, Coalescer, Work};
use certlens_domain::registry::Registry;
use chrono::NaiveDate;
use serde::Deserialize;
use sqlx::PgPool;
use sqlx::types::Json;
use std::sync::Arc;
use uuid::Uuid;

/// The state of the stores at the time of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoreState {
    registries: Vec<LoadedRegistry>,
    pub(super) version: StoreVersion,
}

/// What ClickHouse must hold to answer instead of Postgres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct StoreVersion {
    /// Which Postgres database it is.
    pub(super) store: Uuid,
    /// The version of all its data; 0 before the first import.
    pub(super) number: i64,
}

/// A registry of which something was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LoadedRegistry {
    pub(super) registry: Registry,
    pub(super) data_date: Option<NaiveDate>,
    /// The version of the store in which its data last changed.
    pub(super) data_version: i64,
}

/// A row of `registry_state`, as the queries of this crate write it into JSON.
#[derive(Debug, Deserialize)]
pub(super) struct StateRow {
    registry: String,
    loaded: bool,
    data_date: Option<NaiveDate>,
    data_version: i64,
}

impl StoreState {
    /// The state that these rows tell.
    pub(super) fn of_rows(store: Uuid, rows: Vec<StateRow>) -> Result<Self, SearchError> {
        let number = rows.iter().map(|row| row.data_version).max().unwrap_or(0);
        let mut registries = Vec::with_capacity(rows.len());
        for row in rows.into_iter().filter(|row| row.loaded) {
            registries.push(LoadedRegistry {
                registry: parse_stored("registry", &row.registry)?,
                data_date: row.data_date,
                data_version: row.data_version,
            });
        }
        registries.sort_by_key(|loaded| loaded.registry);
        Ok(Self {
            registries,
            version: StoreVersion { store, number },
        })
    }

    /// Stores into which nothing was ever loaded.
    #[cfg(test)]
    pub(super) const fn empty() -> Self {
        Self {
            registries: Vec::new(),
            version: StoreVersion {
                store: Uuid::nil(),
                number: 0,
            },
        }
    }

    /// Stores with these registries in these versions.
    #[cfg(test)]
    pub(super) fn loaded_in_versions(versions: &[(Registry, i64)]) -> Self {
        let loaded = |(registry, data_version): &(Registry, i64)| LoadedRegistry {
            registry: *registry,
            data_date: None,
            data_version: *data_version,
        };
        Self {
            registries: versions.iter().map(loaded).collect(),
            ..Self::empty()
        }
    }

    /// The registries of which something was loaded, in the usual order.
    pub(super) fn loaded(&self) -> &[LoadedRegistry] {
        &self.registries
    }

    /// The registry's state; `None` when nothing of it was ever loaded.
    pub(super) fn of(&self, registry: Registry) -> Option<LoadedRegistry> {
        self.registries
            .iter()
            .find(|loaded| loaded.registry == registry)
            .copied()
    }

    async fn read(postgres: &PgPool) -> Result<Self, SearchError> {
        let row = sqlx::query!(
            r#"SELECT store_identity.id,
                      (SELECT json_agg(json_build_object('registry', registry, 'loaded', loaded,
                              'data_date', data_date, 'data_version', data_version))
                       FROM registry_state) AS "registries: Json<Vec<StateRow>>"
               FROM store_identity"#
        )
        .fetch_one(postgres)
        .await?;
        Self::of_rows(row.id, row.registries.map(|rows| rows.0).unwrap_or_default())
    }
}

/// Reads the state for everybody who asks at the same time: a request that arrives while a read is under way shares
/// the next one, so that no answer is older than its request.
pub(super) struct ReadsState(PgPool);

impl Work for ReadsState {
    type Question = ();
    type Answer = Result<Arc<StoreState>, SearchError>;

    async fn answer(&self, questions: Vec<()>) -> Vec<Self::Answer> {
        let state = StoreState::read(&self.0).await.map(Arc::new);
        vec![state; questions.len()]
    }
}

/// The shared reading of the state.
#[derive(Clone)]
pub(super) struct SharedState(Coalescer<ReadsState>);

impl SharedState {
    pub(super) fn new(postgres: PgPool) -> Self {
        let bounds = Bounds {
            lanes: 1,
            questions: usize::MAX,
            weight: u64::MAX,
            waiting: usize::MAX,
        };
        Self(Coalescer::new(ReadsState(postgres), bounds))
    }

    /// The state, read after this call began.
    pub(super) async fn read(&self) -> Result<Arc<StoreState>, SearchError> {
        self.0.ask(()).await.unwrap_or(Err(SearchError::Interrupted))
    }
}

/// Parses a key that the program itself wrote.
pub(super) fn parse_stored<T: std::str::FromStr>(what: &'static str, value: &str) -> Result<T, SearchError> {
    value.parse().map_err(|_| SearchError::Stored {
        what,
        value: value.to_owned(),
    })
}
