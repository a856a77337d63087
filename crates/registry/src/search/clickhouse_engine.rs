//! Searching in ClickHouse: the engine that answers while it holds what Postgres holds.

mod conditions;
mod facets;
mod groups;
mod places;
mod rows;

use super::SearchError;
use super::state::StoreVersion;
use crate::clickhouse_store::ClickHouseAddress;
use clickhouse::Client;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a version that ClickHouse was seen to hold is believed without asking again. It only grows, unless somebody
/// replaces the server by an emptier one.
const BELIEVED: Duration = Duration::from_secs(1);

/// Why ClickHouse gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClickHouseFailure {
    /// The latest imports have not been published to ClickHouse yet.
    #[error("ClickHouse holds version {published} of the data, Postgres {wanted}")]
    Behind {
        /// The version that ClickHouse holds.
        published: u64,
        /// The version that Postgres holds.
        wanted: u64,
    },
    /// The server refuses or is unreachable.
    #[error("{0}")]
    Server(#[from] clickhouse::error::Error),
    /// A row that makes no sense.
    #[error("{0}")]
    Stored(#[from] SearchError),
}

impl ClickHouseFailure {
    /// Whether nobody is there, as opposed to a server that says no.
    pub(super) const fn is_silence(&self) -> bool {
        matches!(
            self,
            Self::Server(clickhouse::error::Error::Network(_) | clickhouse::error::Error::TimedOut)
        )
    }
}

/// A client of the search tables. Cheap to clone.
#[derive(Clone)]
pub(super) struct ClickHouseEngine {
    client: Client,
    seen: Arc<Mutex<Option<Seen>>>,
}

/// A version that ClickHouse was seen to hold.
#[derive(Debug, Clone, Copy)]
struct Seen {
    version: StoreVersion,
    at: Instant,
}

impl std::fmt::Debug for ClickHouseEngine {
    // The client's own Debug would show the password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ClickHouseEngine")
            .field("database", &self.client.database())
            .finish_non_exhaustive()
    }
}

impl ClickHouseEngine {
    pub(super) fn new(address: &ClickHouseAddress) -> Self {
        Self {
            client: address.client(),
            seen: Arc::new(Mutex::new(None)),
        }
    }

    /// The version of this store that ClickHouse holds; 0 when it holds nothing of it.
    pub(super) async fn published(&self, wanted: StoreVersion) -> Result<u64, ClickHouseFailure> {
        let published = self
            .client
            .query("SELECT max(version) FROM publications WHERE store = toUUID(?)")
            .bind(wanted.store.to_string())
            .fetch_one::<u64>()
            .await?;
        let version = StoreVersion {
            number: published.cast_signed(),
            ..wanted
        };
        self.believe(Some(Seen {
            version,
            at: Instant::now(),
        }));
        Ok(published)
    }

    /// An answer for data of at least this version. What is published between the check and the search only makes the
    /// answer newer, and whoever asks finds that out by the version of Postgres.
    async fn checked<T>(
        &self,
        wanted: StoreVersion,
        answer: impl Future<Output = Result<T, ClickHouseFailure>>,
    ) -> Result<T, ClickHouseFailure> {
        let result = match self.believed(wanted) {
            Some(Belief::Fresh) => answer.await,
            // Held a moment ago: the check and the search go out together.
            Some(Belief::Old) => match tokio::try_join!(self.expect(wanted), answer) {
                Ok(((), answer)) => Ok(answer),
                Err(failure) => Err(failure),
            },
            None => {
                self.expect(wanted).await?;
                answer.await
            }
        };
        if let Err(ClickHouseFailure::Server(_)) = &result {
            // Nothing is known about what it holds now: it may be replaced by an empty one.
            self.believe(None);
        }
        result
    }

    async fn expect(&self, version: StoreVersion) -> Result<(), ClickHouseFailure> {
        let wanted = version.number.unsigned_abs();
        let published = self.published(version).await?;
        // Version 0 is a store without any import: nothing was published, and there is nothing to find.
        if published < wanted || wanted == 0 {
            return Err(ClickHouseFailure::Behind { published, wanted });
        }
        Ok(())
    }

    fn believed(&self, wanted: StoreVersion) -> Option<Belief> {
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = seen.filter(|seen| {
            seen.version.store == wanted.store && seen.version.number >= wanted.number && wanted.number > 0
        })?;
        Some(if seen.at.elapsed() < BELIEVED {
            Belief::Fresh
        } else {
            Belief::Old
        })
    }

    fn believe(&self, seen: Option<Seen>) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }
}

enum Belief {
    Fresh,
    Old,
}
