//! The background: works off events and jobs of all portals, beside other processes that do the same.

use tokio_util::sync::CancellationToken;

use crate::portals::Portals;

/// Works in the background. One for a process is enough; several processes share the work through the store.
#[derive(Debug)]
pub struct Worker {
    portals: Portals,
}

impl Worker {
    /// A worker for these portals; does nothing before [`Worker::run`].
    pub fn new(portals: Portals) -> Self {
        Self { portals }
    }

    /// Works until `stop` is cancelled, then finishes or gives back what it holds, within a few seconds.
    pub async fn run(self, stop: CancellationToken) {
        let _ = &self.portals;
        stop.cancelled().await;
    }
}
