//! The one value through which the rest of Certlens tracks.

use std::sync::Arc;
use std::time::Duration;

use certlens_portals::Portals;
use certlens_registry::Recounter;
use certlens_store::Store;

/// What [`Tracking::new`] needs.
#[derive(Debug)]
pub struct TrackingOptions {
    /// Everything about portals.
    pub portals: Portals,
    /// Finds what happened to documents.
    pub recounter: Recounter,
    /// How often a recount begins by itself.
    pub recount_every: Duration,
    /// How often items are sent in portals that chose no interval of their own.
    pub notify_every: Duration,
}

/// Everything about tracking. Cheap to clone; one for the process.
#[derive(Debug, Clone)]
pub struct Tracking {
    inner: Arc<TrackingOptions>,
}

impl Tracking {
    /// Puts the parts together; starts nothing.
    pub fn new(options: TrackingOptions) -> Self {
        Self {
            inner: Arc::new(options),
        }
    }

    /// Everything about portals.
    pub fn portals(&self) -> &Portals {
        &self.inner.portals
    }

    /// Our memory.
    pub fn store(&self) -> &Store {
        self.inner.portals.store()
    }

    pub(crate) fn recounter(&self) -> &Recounter {
        &self.inner.recounter
    }

    /// How often tracked identifiers are counted anew by themselves.
    pub fn recount_every(&self) -> Duration {
        self.inner.recount_every
    }

    pub(crate) fn notify_every(&self) -> Duration {
        self.inner.notify_every
    }
}
