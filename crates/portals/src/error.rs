//! What can go wrong apart from a portal's own troubles, which [`crate::PortalNotice`] names.

use certlens_bitrix24::CallError;
use certlens_store::StoreError;

/// Why something could not be done. None of the texts repeats a secret.
#[derive(Debug, thiserror::Error)]
pub enum PortalsError {
    /// Our own database failed: worth a repetition.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The portal refused or gave no usable answer.
    #[error("the portal's answer can't be used")]
    Call(#[from] CallError),
    /// The application isn't installed on this portal.
    #[error("the application is not installed on the portal {0}")]
    UnknownPortal(String),
}
