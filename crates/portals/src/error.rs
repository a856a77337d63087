//! What can go wrong apart from a portal's own troubles, which [`crate::PortalNotice`] names.

use certlens_bitrix24::CallError;
use certlens_bitrix24::list::ListError;
use certlens_store::StoreError;

/// Why something could not be done. None of the texts repeats a secret.
#[derive(Debug, thiserror::Error)]
pub enum PortalsError {
    /// Our own database failed: worth a repetition.
    #[error("the store failed: {0}")]
    Store(#[from] StoreError),
    /// The portal refused or gave no usable answer.
    #[error("the portal's answer can't be used: {0}")]
    Call(#[from] CallError),
    /// A list of the portal can't be read to its end.
    #[error("a list of the portal can't be read: {0}")]
    List(#[from] ListError),
    /// The application isn't installed on this portal.
    #[error("the application is not installed on the portal {0}")]
    UnknownPortal(String),
    /// The stored address may not be called under the present configuration.
    #[error("the portal's address {0} may not be called; check CERTLENS_ALLOW_INSECURE_PORTALS")]
    AddressRefused(String),
}
