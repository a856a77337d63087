//! From news to items in the CRM: planned, composed, sent exactly once.

use tokio_util::sync::CancellationToken;

use crate::tracking::Tracking;

/// Works until `stop` is cancelled.
pub(crate) async fn run(_tracking: &Tracking, stop: &CancellationToken) {
    stop.cancelled().await;
}

/// News were found: plans items in the portals that want them at once.
pub(crate) async fn after_recount(_tracking: &Tracking, _stop: &CancellationToken) {}
