//! The proof of a frame open: the one way from what a browser sent to what may be believed.
//!
//! Nothing in the POST is signed. The authorization server is asked about the token, and everything that the
//! application may rely on comes from its answer: the portal's address is the server's `client_endpoint`, never
//! `DOMAIN`. What the proof means for the application (known portal, stored secrets, sessions) is not known here.

mod cache;
mod grant;

use chrono::{DateTime, Utc};
use tracing::warn;

use crate::authorization_server::{
    self, AuthorizationServer, AuthorizationServers, IntrospectionError, TokenFacts,
};
use crate::error_code::ErrorCode;
use crate::frame::placement::{EntityType, Placement};
use crate::frame::{FrameOpen, PlacementOptions};
use crate::identity::{ApplicationFrameId, ClientId, EntityId, Language, MemberId, UserId};
use crate::network::{EndpointRefused, PortalEndpoint, Transport};
use crate::token::{AccessToken, ApplicationToken, RefreshToken};
use cache::FactsCache;

/// What the application knows before a frame is verified.
#[derive(Debug, Clone, Default)]
pub struct Expectation {
    /// The application's own client identifiers: the market's, and the local ones of this portal.
    pub client_ids: Vec<ClientId>,
    /// The authorization server stored for this portal, used when the frame names none that is listed.
    pub known_server: Option<String>,
    /// Whether this is the installer: only there the application may be "not installed" yet.
    pub is_installer: bool,
    /// Whether the server has to be asked even when a proof a few minutes old is at hand: for a portal of which the
    /// application believes that it isn't installed there (any more).
    pub afresh: bool,
}

/// Why a frame open is not believed. The texts may be shown; none repeats a token.
#[derive(Debug, thiserror::Error)]
pub enum VerificationError {
    /// The request carries no usable access token.
    #[error("the request carries no access token; open the page inside Bitrix24")]
    MissingToken,
    /// The request names no portal.
    #[error("the request names no portal (member_id); open the page inside Bitrix24")]
    MissingMember,
    /// The token's hour is over: the page was restored from the browser's history, say.
    #[error("the access token has expired; reload the card in Bitrix24")]
    ExpiredToken,
    /// The authorization server doesn't know the token, or refuses its user or portal.
    #[error("the access token is not valid ({0:?}); reload the card in Bitrix24")]
    InvalidToken(ErrorCode),
    /// The token was issued to another application.
    #[error("the access token belongs to another application")]
    ForeignClient,
    /// The frame names an authorization server outside the allow-list, and no listed one knows the token.
    #[error("the authorization server that the portal names is not on the list of allowed servers")]
    ServerNotAllowed,
    /// The token belongs to another portal than the one that the request names.
    #[error("the access token belongs to another portal than the request names")]
    MemberMismatch,
    /// The application isn't installed on the portal, or its installation isn't finished.
    #[error(
        "the application is not installed on this portal; an administrator has to finish the installation"
    )]
    NotInstalled,
    /// The application's paid period on this portal is over.
    #[error("the application's paid period on this portal is over")]
    PaymentRequired,
    /// The proved portal has an address that may not be called.
    #[error("the portal's address may not be called: {0}")]
    EndpointRefused(#[from] EndpointRefused),
    /// The authorization server gave no usable answer; the same request may succeed later.
    #[error("the authorization server could not be asked; try again in a minute")]
    Unreachable(#[source] IntrospectionError),
}

impl VerificationError {
    /// Whether the failure lies with the authorization server, not with the request.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}

/// A proved frame open. Only [`FrameVerifier::verify`] makes one.
#[derive(Debug, Clone)]
pub struct VerifiedFrame {
    frame: FrameOpen,
    token: AccessToken,
    facts: TokenFacts,
    endpoint: PortalEndpoint,
    server: AuthorizationServer,
}

impl VerifiedFrame {
    /// The portal.
    pub fn member_id(&self) -> &MemberId {
        &self.facts.member_id
    }

    /// The viewing user.
    pub fn user_id(&self) -> UserId {
        self.facts.user_id
    }

    /// Which of our applications was opened.
    pub fn client_id(&self) -> &ClientId {
        &self.facts.client_id
    }

    /// The portal's REST root, from the authorization server.
    pub fn endpoint(&self) -> &PortalEndpoint {
        &self.endpoint
    }

    /// The portal's origin, for `frame-ancestors` and for checking messages.
    pub fn portal_origin(&self) -> String {
        self.endpoint.origin()
    }

    /// The authorization server that proved the token; worth storing with the portal.
    pub fn server(&self) -> &AuthorizationServer {
        &self.server
    }

    /// Granted scopes.
    pub fn scope(&self) -> &[String] {
        &self.facts.scope
    }

    /// The installation's status (`F` free, `P` paid, `L` local, …).
    pub fn status(&self) -> Option<&str> {
        self.facts.status.as_deref()
    }

    /// Whether the installation is finished; in the installer it may not be.
    pub fn is_installed(&self) -> bool {
        self.facts.installed
    }

    /// When the token expires, if the server says so.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.facts.expires_at
    }

    /// The viewing user's token, for [`crate::PortalClient`].
    pub fn access_token(&self) -> &AccessToken {
        &self.token
    }

    /// The beginning of a refresh chain. Not proved by itself: its first use proves it.
    pub fn refresh_token(&self) -> Option<&RefreshToken> {
        self.frame.refresh_token.as_ref()
    }

    /// The installation's secret as posted; compare it with the stored one.
    pub fn application_token(&self) -> Option<&ApplicationToken> {
        self.frame.application_token.as_ref()
    }

    /// Where the page was opened. Foreign input: says which page to show, proves no right to an item.
    pub fn placement(&self) -> Option<&Placement> {
        self.frame.placement.as_ref()
    }

    /// The placement's options. Foreign input as well.
    pub fn options(&self) -> &PlacementOptions {
        &self.frame.options
    }

    /// The type of the card's item.
    pub fn entity_type(&self) -> Option<EntityType> {
        self.frame.entity_type()
    }

    /// The card's item; read it with the user's own token before showing anything of it.
    pub fn entity_id(&self) -> Option<EntityId> {
        self.frame.entity_id()
    }

    /// The user's interface language.
    pub fn language(&self) -> &Language {
        &self.frame.language
    }

    /// Which rendering of the frame this is.
    pub fn frame_id(&self) -> Option<&ApplicationFrameId> {
        self.frame.frame_id.as_ref()
    }
}

/// Proves frame opens. One for the process: it remembers proved tokens for a few minutes.
#[derive(Debug)]
pub struct FrameVerifier {
    transport: Transport,
    servers: AuthorizationServers,
    cache: FactsCache,
}

impl FrameVerifier {
    /// A verifier that asks only the given servers.
    pub fn new(transport: Transport, servers: AuthorizationServers) -> Self {
        Self {
            transport,
            servers,
            cache: FactsCache::default(),
        }
    }

    /// The HTTP client, for making a [`crate::PortalClient`] of the proved portal.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Proves a frame open, by one request to the authorization server or by a proof a few minutes old.
    pub async fn verify(
        &self,
        frame: FrameOpen,
        expectation: &Expectation,
    ) -> Result<VerifiedFrame, VerificationError> {
        let token = frame
            .access_token
            .clone()
            .ok_or(VerificationError::MissingToken)?;
        let member_id = frame.member_id.clone().ok_or(VerificationError::MissingMember)?;
        let (server, claim_is_foreign) = self.server_for(&frame, expectation);

        let facts = match self.facts(&server, &token, expectation.afresh).await {
            Ok(facts) => facts,
            Err(VerificationError::InvalidToken(_)) if claim_is_foreign => {
                return Err(VerificationError::ServerNotAllowed);
            }
            Err(error) => return Err(error),
        };

        if !expectation.client_ids.contains(&facts.client_id) {
            return Err(VerificationError::ForeignClient);
        }
        if facts.member_id != member_id {
            return Err(VerificationError::MemberMismatch);
        }
        if !facts.installed && !expectation.is_installer {
            return Err(VerificationError::NotInstalled);
        }
        let endpoint = PortalEndpoint::parse(&facts.client_endpoint, self.transport.policy())?;
        if frame
            .claimed_domain
            .as_deref()
            .is_some_and(|claimed| !claims_host(claimed, &endpoint))
        {
            // Renamed portals do that for a while, forgers always: worth a line, no ground for refusal.
            warn!(member_id = %facts.member_id, "frame names another domain than the authorization server");
        }
        self.transport.about(&member_id).tell(&frame.deviations);
        Ok(VerifiedFrame {
            frame,
            token,
            facts,
            endpoint,
            server,
        })
    }

    /// The server to ask, and whether the frame named one that isn't listed.
    fn server_for(&self, frame: &FrameOpen, expectation: &Expectation) -> (AuthorizationServer, bool) {
        let claimed = frame.server_endpoint.as_deref();
        if let Some(server) = claimed.and_then(|address| self.servers.allowed(address)) {
            return (server.clone(), false);
        }
        let known = expectation
            .known_server
            .as_deref()
            .and_then(|address| self.servers.allowed(address));
        (
            known.unwrap_or_else(|| self.servers.default_server()).clone(),
            claimed.is_some(),
        )
    }

    async fn facts(
        &self,
        server: &AuthorizationServer,
        token: &AccessToken,
        afresh: bool,
    ) -> Result<TokenFacts, VerificationError> {
        let digest = token.digest();
        if let Some(facts) = self.cache.get(digest, Utc::now()).filter(|_| !afresh) {
            return Ok(facts);
        }
        let facts = authorization_server::introspect(&self.transport, server, token)
            .await
            .map_err(refusal)?;
        if facts.expires_at.is_some_and(|expiry| expiry <= Utc::now()) {
            return Err(VerificationError::ExpiredToken);
        }
        // An unfinished installation changes within seconds: only finished ones are remembered.
        if facts.installed {
            self.cache.insert(digest, facts.clone(), Utc::now());
        }
        Ok(facts)
    }
}

fn claims_host(claimed: &str, endpoint: &PortalEndpoint) -> bool {
    claimed.eq_ignore_ascii_case(&endpoint.authority())
        || claimed.split(':').next().is_some_and(|host| {
            endpoint
                .url()
                .host_str()
                .is_some_and(|proved| proved.eq_ignore_ascii_case(host))
        })
}

fn refusal(error: IntrospectionError) -> VerificationError {
    match error {
        IntrospectionError::Refused(refused) => match refused.code {
            ErrorCode::ExpiredToken => VerificationError::ExpiredToken,
            ErrorCode::NotInstalled => VerificationError::NotInstalled,
            ErrorCode::PaymentRequired => VerificationError::PaymentRequired,
            ErrorCode::QueryLimitExceeded | ErrorCode::OverloadLimit | ErrorCode::Internal => {
                VerificationError::Unreachable(IntrospectionError::Refused(refused))
            }
            code => VerificationError::InvalidToken(code),
        },
        other => VerificationError::Unreachable(other),
    }
}
