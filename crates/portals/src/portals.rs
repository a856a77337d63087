//! The one value through which the rest of Certlens works with portals.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use certlens_bitrix24::deviation::Observer;
use certlens_bitrix24::{
    AuthorizationServers, ClientId, Connections, Expectation, FrameOpen, FrameVerifier, MemberId,
    PortalClient, Priority, Transport, VerifiedFrame,
};
use certlens_store::{PortalState, Store, StoreError};
use chrono::Utc;
use secrecy::SecretString;
use tokio::sync::Notify;
use url::Url;

use crate::address;
use crate::canary::PageTest;
use crate::credentials::StoreCredentials;
use crate::deviations::Deviations;
use crate::error::PortalsError;
use crate::job::JobKind;
use crate::member;
use crate::pacing::StorePacing;

/// How long a viewer waits for his portal before the page comes without what it would have said.
const VIEWERS_PATIENCE: Duration = Duration::from_secs(7);
/// A call of a look at the portal: as long as somebody waits who pressed a button.
const LOOKING_PATIENCE: Duration = Duration::from_secs(20);

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
    connections: Connections,
    news: Arc<News>,
    deviations: Arc<Deviations>,
    page_test: OnceLock<Arc<dyn PageTest>>,
}

/// Wakes this process's worker.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// An event came.
    pub(crate) events: Notify,
    /// A short job is due.
    pub(crate) short_jobs: Notify,
    /// A long job is due.
    pub(crate) long_jobs: Notify,
}

impl News {
    /// A job of this kind is due now.
    pub(crate) fn of_job(&self, kind: JobKind) {
        if kind.is_long() {
            self.long_jobs.notify_one();
        } else {
            self.short_jobs.notify_one();
        }
    }
}

impl Portals {
    /// Puts the parts together; starts nothing.
    pub fn new(mut options: PortalsOptions) -> Self {
        // Paths are joined to it: without the final slash the last part of its own path would be lost.
        if !options.public_url.path().ends_with('/') {
            let path = format!("{}/", options.public_url.path());
            options.public_url.set_path(&path);
        }
        let news = Arc::new(News::default());
        let credentials =
            StoreCredentials::new(options.store.clone(), options.market.clone(), Arc::clone(&news));
        let deviations = Arc::new(Deviations::default());
        options
            .transport
            .observe(Arc::clone(&deviations) as Arc<dyn Observer>);
        let pacing = StorePacing::new(options.store.clone());
        let connections = Connections::new(
            options.transport.clone(),
            options.servers.clone(),
            Arc::new(credentials),
            Arc::new(pacing),
        );
        Self {
            inner: Arc::new(Inner {
                options,
                connections,
                news,
                deviations,
                page_test: OnceLock::new(),
            }),
        }
    }

    /// Our memory.
    pub fn store(&self) -> &Store {
        &self.inner.options.store
    }

    /// Clients of portals, with stored tokens and a shared budget.
    pub fn connections(&self) -> &Connections {
        &self.inner.connections
    }

    /// Proves frames and events.
    pub fn verifier(&self) -> &FrameVerifier {
        &self.inner.options.verifier
    }

    /// Where portals reach us; its path ends with a slash.
    pub fn public_url(&self) -> &Url {
        &self.inner.options.public_url
    }

    pub(crate) fn servers(&self) -> &AuthorizationServers {
        &self.inner.options.servers
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.inner.options.transport
    }

    pub(crate) fn news(&self) -> &News {
        &self.inner.news
    }

    pub(crate) fn deviations(&self) -> &Deviations {
        &self.inner.deviations
    }

    /// Lets hourly looks make pages with this; the first one stays.
    pub fn test_pages_with(&self, test: Arc<dyn PageTest>) {
        let _ = self.inner.page_test.set(test);
    }

    pub(crate) fn page_test(&self) -> Option<&Arc<dyn PageTest>> {
        self.inner.page_test.get()
    }

    pub(crate) fn is_market(&self, client_id: &ClientId) -> bool {
        self.inner
            .options
            .market
            .as_ref()
            .is_some_and(|market| market.client_id == *client_id)
    }

    /// Whether this is the client id of the market application, whose secret is configuration.
    pub fn is_market_application(&self, client_id: &str) -> bool {
        self.is_market(&ClientId::new(client_id.to_owned()))
    }

    pub(crate) fn market_client_id(&self) -> Option<ClientId> {
        let market = self.inner.options.market.as_ref()?;
        Some(market.client_id.clone())
    }

    pub(crate) fn market_secret(&self) -> Option<SecretString> {
        self.inner.options.market.as_ref()?.client_secret.clone()
    }

    /// What the verification of a frame has to expect: our client ids as they are now (the market's and the local
    /// ones of this portal) and the authorization server that we know the portal by.
    pub async fn expectation(
        &self,
        frame: &FrameOpen,
        is_installer: bool,
    ) -> Result<Expectation, StoreError> {
        self.expectation_of(frame.member_id.as_ref(), is_installer).await
    }

    /// The same for whatever names a portal.
    pub(crate) async fn expectation_of(
        &self,
        member_id: Option<&MemberId>,
        is_installer: bool,
    ) -> Result<Expectation, StoreError> {
        let mut expectation = Expectation {
            client_ids: self
                .inner
                .options
                .market
                .iter()
                .map(|market| market.client_id.clone())
                .collect(),
            known_server: None,
            is_installer,
            afresh: true,
        };
        if let Some(member_id) = member_id {
            let member_id = member::stored(member_id)?;
            let local = self.store().client_ids_for(&member_id).await?;
            expectation
                .client_ids
                .extend(local.into_iter().map(ClientId::new));
            let known = self.store().portal(&member_id).await?;
            // A proof from before a removal must not bring the portal back.
            let is_gone = |portal: &certlens_store::Portal| portal.state == PortalState::Uninstalled;
            expectation.afresh = known.as_ref().is_none_or(is_gone);
            expectation.known_server = known.map(|portal| portal.address.authorization_server);
        }
        Ok(expectation)
    }

    /// The viewer's own client: the frame's token first, then that user's stored ones, never another user's. It waits
    /// for the portal no longer than a viewer does.
    pub fn viewer_client(&self, frame: &VerifiedFrame) -> PortalClient {
        // A call with a token that has ended would only cost the portal's budget.
        let has_ended = frame.expires_at().is_some_and(|end| end <= Utc::now());
        let token = (!has_ended).then(|| frame.access_token().clone());
        self.connections()
            .of_user(
                &proved_portal(frame),
                frame.user_id(),
                token,
                Priority::Interactive,
            )
            .within(VIEWERS_PATIENCE)
    }

    /// A viewer's client without a frame, for what a page asks later: with that user's stored tokens.
    pub async fn client_of(
        &self,
        member_id: &MemberId,
        user_id: certlens_bitrix24::UserId,
    ) -> Result<PortalClient, PortalsError> {
        let portal = self.platform_portal(member_id).await?;
        Ok(self
            .connections()
            .of_user(&portal, user_id, None, Priority::Interactive)
            .within(VIEWERS_PATIENCE))
    }

    /// The portal's own client, with whichever chain lives: for work that nobody waits for.
    pub async fn background_client(&self, member_id: &MemberId) -> Result<PortalClient, PortalsError> {
        let portal = self.platform_portal(member_id).await?;
        Ok(self.connections().of_portal(&portal, Priority::Background))
    }

    /// The same for a look at the portal that somebody waits for, or that repeats itself soon.
    pub(crate) async fn looking_client(&self, member_id: &MemberId) -> Result<PortalClient, PortalsError> {
        Ok(self.background_client(member_id).await?.within(LOOKING_PATIENCE))
    }

    pub(crate) async fn platform_portal(
        &self,
        member_id: &MemberId,
    ) -> Result<certlens_bitrix24::connection::Portal, PortalsError> {
        let unknown = || PortalsError::UnknownPortal(member_id.to_string());
        let stored = self
            .store()
            .portal(&member::stored(member_id)?)
            .await?
            .filter(|portal| portal.state != PortalState::Uninstalled)
            .ok_or_else(unknown)?;
        address::portal(
            member_id,
            &stored.address,
            self.servers(),
            self.transport().policy(),
        )
        .ok_or_else(|| PortalsError::AddressRefused(stored.address.domain))
    }

    /// The portal's generation of sessions, which rises when the application is removed; `None` for a portal that
    /// isn't there. A session of another generation is worth nothing.
    pub async fn session_generation(&self, member_id: &MemberId) -> Result<Option<i64>, StoreError> {
        self.store().session_generation(&member::stored(member_id)?).await
    }

    /// Has a kind of background work done for a portal, `after` a while.
    pub(crate) async fn schedule(
        &self,
        member_id: &certlens_store::MemberId,
        kind: JobKind,
        after: Duration,
    ) -> Result<(), StoreError> {
        self.store().schedule(member_id, kind.key(), after).await?;
        if after.is_zero() {
            self.news().of_job(kind);
        }
        Ok(())
    }
}

/// The portal of a verified frame, for the platform's client.
pub(crate) fn proved_portal(frame: &VerifiedFrame) -> certlens_bitrix24::connection::Portal {
    certlens_bitrix24::connection::Portal {
        member_id: frame.member_id().clone(),
        endpoint: frame.endpoint().clone(),
        server: frame.server().clone(),
    }
}
