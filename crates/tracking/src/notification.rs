//! From news to items in the CRM: planned, composed, sent exactly once.

use certlens_store::StoreError;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

use crate::tracking::Tracking;

/// Works until `stop` is cancelled.
pub(crate) async fn run(_tracking: &Tracking, stop: &CancellationToken) {
    stop.cancelled().await;
}

/// News were found: plans items in the portals that want them at once.
pub async fn after_recount(_tracking: &Tracking, _stop: &CancellationToken) -> Result<(), StoreError> {
    Ok(())
}

/// What became of the items that were due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct NotifySummary {
    /// Items made of news.
    pub planned: i64,
    /// Items that are in their portals.
    pub sent: i64,
    /// Items that wait.
    pub waiting: i64,
    /// Items that a rule leaves out.
    pub skipped: i64,
    /// Items that nobody can take.
    pub unassignable: i64,
    /// Items that were given up.
    pub dead: i64,
}

/// Plans items of all unsettled news and sends what is due, for at most so long.
pub async fn notify_now(
    _tracking: &Tracking,
    _stop: &CancellationToken,
    _timeout: Duration,
) -> Result<NotifySummary, StoreError> {
    Ok(NotifySummary::default())
}
