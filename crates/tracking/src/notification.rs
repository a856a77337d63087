//! From news to items in the CRM: planned, composed, sent exactly once.

use tokio_util::sync::CancellationToken;

use crate::tracking::Tracking;

/// Works until `stop` is cancelled.
pub(crate) async fn run(_tracking: &Tracking, stop: &CancellationToken) {
    stop.cancelled().await;
}
