//! What the server's half of the application works with: the doors to search, portals and sessions.
//!
//! Made once by the server program and shared by page opens, server functions and the JSON interface.

use crate::session::SessionKey;
use certlens_bitrix24::{ClientId, FrameVerifier, Transport};
use certlens_registry::Search;
use certlens_store::Store;
use std::sync::Arc;

/// The doors. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// Documents of the six registries.
    pub search: Search,
    /// Portals and their settings.
    pub store: Store,
    /// Proves frame opens.
    pub verifier: Arc<FrameVerifier>,
    /// Calls portals.
    pub transport: Transport,
    /// The market application's client id; tokens of other applications are refused.
    pub client_id: ClientId,
    /// Signs and verifies sessions.
    pub session_key: SessionKey,
    /// Where the page loads Bitrix24's browser library from.
    pub bx24_library: Bx24Library,
}

/// The address of Bitrix24's browser library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bx24Library {
    /// Bitrix24's own host.
    Public,
    /// The portal itself: the simulator serves a library of its own.
    OfThePortal,
}

impl Bx24Library {
    /// The library's address for a portal with this origin.
    pub fn address(self, portal_origin: &str) -> String {
        match self {
            Self::Public => "https://api.bitrix24.com/api/v1/".to_owned(),
            Self::OfThePortal => format!("{portal_origin}/api/v1/"),
        }
    }
}
