//! Who answers now: for the doctor and the monitor.

use super::breaker::BreakerState;
use super::clickhouse_lane::ClickHouseLane;
use super::state::StoreState;
use std::time::Duration;

/// How long ClickHouse may take to tell its version.
const DEADLINE: Duration = Duration::from_secs(2);

/// Who would answer a search now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineState {
    /// Whether ClickHouse is asked; `None` when there is none.
    pub clickhouse: Option<BreakerState>,
    /// ClickHouse answers, but has not got the latest imports yet, so Postgres answers.
    pub behind: bool,
    /// ClickHouse answers, but only with errors: its tables are gone, or it refuses us.
    pub refuses: bool,
    /// The version of the data that ClickHouse holds; `None` when it did not tell.
    pub published: Option<u64>,
    /// The version of the data that Postgres holds.
    pub version: u64,
}

impl EngineState {
    /// Asks ClickHouse for its version, whatever the breaker says.
    pub(super) async fn of(state: &StoreState, clickhouse: Option<&ClickHouseLane>) -> Self {
        let version = state.version.number.unsigned_abs();
        let told = match clickhouse {
            Some(lane) => tokio::time::timeout(DEADLINE, lane.engine().published(state.version))
                .await
                .ok(),
            None => None,
        };
        let refuses = matches!(&told, Some(Err(failure)) if !failure.is_silence());
        let published = told.and_then(Result::ok);
        Self {
            clickhouse: clickhouse.map(ClickHouseLane::breaker),
            refuses,
            behind: published.is_some_and(|published| published < version),
            published,
            version,
        }
    }
}
