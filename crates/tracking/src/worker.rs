//! The background of tracking: recounts, items and users of portals, beside other processes that do the same.

use tokio_util::sync::CancellationToken;

use crate::tracking::Tracking;
use crate::{notification, recounting, staff};

/// Works in the background. One for a process is enough; several processes share the work through the store.
#[derive(Debug)]
pub struct TrackingWorker {
    tracking: Tracking,
}

impl TrackingWorker {
    /// A worker; does nothing before [`TrackingWorker::run`].
    pub fn new(tracking: Tracking) -> Self {
        Self { tracking }
    }

    /// Works until `stop` is cancelled, then finishes or gives back what it holds, within a few seconds.
    pub async fn run(self, stop: CancellationToken) {
        tokio::join!(
            recounting::run(&self.tracking, &stop),
            notification::run(&self.tracking, &stop),
            staff::run(&self.tracking, &stop)
        );
    }
}
