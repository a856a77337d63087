//! The proof of an installation's event by the token that it carries.
//!
//! `ONAPPINSTALL` brings the installation's secret, so no secret can prove it: anybody could send one in a portal's
//! name. The authorization server is asked about its access token, as for a page; what the application may rely on
//! comes from that answer alone.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Event, EventName};
use crate::authorization_server::AuthorizationServer;
use crate::credentials::TokenPair;
use crate::frame::FrameOpen;
use crate::identity::{ClientId, MemberId, UserId};
use crate::network::PortalEndpoint;
use crate::token::{AccessToken, ApplicationToken, RefreshToken};
use crate::verification::{Expectation, FrameVerifier, VerificationError, VerifiedFrame};

/// How long an access token lives.
const USUAL_LIFE: TimeDelta = TimeDelta::hours(1);

/// A proved installation. Only [`prove_installation`] makes one.
#[derive(Debug, Clone)]
pub struct VerifiedInstallation(VerifiedFrame);

impl VerifiedInstallation {
    /// The portal.
    pub fn member_id(&self) -> &MemberId {
        self.0.member_id()
    }

    /// The user whose token the event carries: who installed the application.
    pub fn user_id(&self) -> UserId {
        self.0.user_id()
    }

    /// Which of our applications was installed.
    pub fn client_id(&self) -> &ClientId {
        self.0.client_id()
    }

    /// The portal's REST root, from the authorization server.
    pub fn endpoint(&self) -> &PortalEndpoint {
        self.0.endpoint()
    }

    /// The portal's origin.
    pub fn portal_origin(&self) -> String {
        self.0.portal_origin()
    }

    /// The authorization server that proved the token.
    pub fn server(&self) -> &AuthorizationServer {
        self.0.server()
    }

    /// Granted scopes, from the authorization server.
    pub fn scope(&self) -> &[String] {
        self.0.scope()
    }

    /// The installation's status, from the authorization server.
    pub fn status(&self) -> Option<&str> {
        self.0.status()
    }

    /// Whether the installation is finished.
    pub fn is_installed(&self) -> bool {
        self.0.is_installed()
    }

    /// When the access token expires, if the server says so.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at()
    }

    /// The proved access token.
    pub fn access_token(&self) -> &AccessToken {
        self.0.access_token()
    }

    /// The beginning of a refresh chain. Not proved by itself: its first use proves it.
    pub fn refresh_token(&self) -> Option<&RefreshToken> {
        self.0.refresh_token()
    }

    /// The pair to begin a chain with; `None` when the event brings no refresh token. A server that doesn't say when
    /// the access token ends is taken for one of the usual hour.
    pub fn pair(&self, now: DateTime<Utc>) -> Option<TokenPair> {
        Some(TokenPair {
            access: self.access_token().clone(),
            refresh: self.refresh_token()?.clone(),
            expires_at: self.expires_at().unwrap_or(now + USUAL_LIFE),
        })
    }

    /// The installation's secret, to be stored: who holds the proved token, sent it.
    pub fn application_token(&self) -> Option<&ApplicationToken> {
        self.0.application_token()
    }
}

/// Proves the access token of an event: it must belong to one of our applications and to the portal that the event
/// names. Errors say nothing that the event's sender should hear: he gets the same answer whatever happens.
///
/// An installation event may come before the installation is finished; every other event may not.
pub async fn prove_installation(
    verifier: &FrameVerifier,
    event: &Event,
    expectation: &Expectation,
) -> Result<VerifiedInstallation, VerificationError> {
    let expectation = Expectation {
        is_installer: expectation.is_installer || event.name == EventName::AppInstall,
        ..expectation.clone()
    };
    let claim = FrameOpen {
        claimed_domain: event.auth.domain.clone(),
        access_token: event.auth.access_token.clone(),
        refresh_token: event.auth.refresh_token.clone(),
        server_endpoint: event.auth.server_endpoint.clone(),
        application_token: event.auth.application_token.clone(),
        member_id: Some(event.auth.member_id.clone()),
        ..FrameOpen::default()
    };
    verifier
        .verify(claim, &expectation)
        .await
        .map(VerifiedInstallation)
}
