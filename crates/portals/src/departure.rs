//! The application's removal from a portal.

use crate::error::PortalsError;
use crate::portals::Portals;

/// What became of an uninstallation request. The outward answer is the same in every case: 200 and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// The administrator chose to delete the data (`CLEAN=1`): nothing of the portal is left.
    Erased,
    /// The data stays for a later installation (`CLEAN=0`); tokens are gone, sessions revoked, jobs off.
    Archived,
    /// Not believed, late, repeated, or of an unknown portal.
    Ignored,
}

impl Portals {
    /// Takes the body of `POST /bitrix/uninstall` (`ONAPPUNINSTALL`).
    pub async fn uninstall(&self, form: &[u8]) -> Result<Departure, PortalsError> {
        let _ = form;
        Ok(Departure::Ignored)
    }
}
