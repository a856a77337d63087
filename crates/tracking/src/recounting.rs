//! When recounts run, which process runs them, what they record.

use tokio_util::sync::CancellationToken;

use crate::tracking::Tracking;

/// Works until `stop` is cancelled.
pub(crate) async fn run(_tracking: &Tracking, stop: &CancellationToken) {
    stop.cancelled().await;
}
