//! What the server's half of the application works with: the doors to search, portals and sessions.
//!
//! Made once by the server program and shared by page opens, server functions and the JSON interface.

use crate::calendar::Calendar;
use crate::session::{OperatorSession, Session, SessionError, SessionKey};
use certlens_bitrix24::{FrameOpen, FrameVerifier, MemberId, VerificationError, VerifiedFrame};
use certlens_monitor::Monitor;
use certlens_portals::Portals;
use certlens_registry::Search;
use certlens_store::{Store, StoreError};
use certlens_tracking::Tracking;
use chrono::Utc;
use secrecy::SecretString;
use std::sync::Arc;

/// The doors. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Services {
    /// Documents of the six registries.
    pub search: Search,
    /// Our memory of portals.
    pub store: Store,
    /// What we do with installed portals.
    pub portals: Portals,
    /// Subscriptions, news and items.
    pub tracking: Tracking,
    /// What administrators see and do.
    pub monitor: Monitor,
    /// Proves frame opens.
    pub verifier: Arc<FrameVerifier>,
    /// Signs and verifies sessions.
    pub session_key: SessionKey,
    /// Opens the operator's monitor and interfaces; `None`: there is no operator.
    pub operator_token: Option<SecretString>,
    /// Which day it is for what answers say.
    pub calendar: Calendar,
    /// Where the page loads Bitrix24's browser library from.
    pub bx24_library: Bx24Library,
}

/// Why the bearer of a token is not believed.
#[derive(Debug, thiserror::Error)]
pub enum BearerRefused {
    /// The token itself: not ours, or over.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The application was removed from the portal since.
    #[error("the session was revoked: the application was removed from the portal")]
    Revoked,
    /// Our memory failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Services {
    /// Proves a frame open.
    pub async fn verify(&self, frame: FrameOpen, is_installer: bool) -> Result<VerifiedFrame, VerifyError> {
        let expectation = self.portals.expectation(&frame, is_installer).await?;
        Ok(self.verifier.verify(frame, &expectation).await?)
    }

    /// The session for which a token stands: signed by us, not over, and not revoked by an uninstallation.
    pub async fn session(&self, token: &str) -> Result<Session, BearerRefused> {
        let session = self.session_key.verify(token, Utc::now())?;
        self.unless_revoked(session).await
    }

    /// The operator's session for which a token stands, while it lives.
    pub fn operator_session(&self, token: &str) -> Option<OperatorSession> {
        let operator_token = self.operator_token.as_ref()?;
        self.session_key
            .verify_operator(token, operator_token, Utc::now())
            .ok()
    }

    /// The session that a page wants to renew: it may have ended lately, and gives no access.
    pub async fn renewable_session(&self, token: &str) -> Result<Session, BearerRefused> {
        let session = self.session_key.verify_for_renewal(token, Utc::now())?;
        self.unless_revoked(session).await
    }

    /// The session, unless the portal's application was removed since.
    pub async fn unless_revoked(&self, session: Session) -> Result<Session, BearerRefused> {
        if self.session_generation(session.member_id()).await? == Some(session.generation()) {
            Ok(session)
        } else {
            Err(BearerRefused::Revoked)
        }
    }

    /// The portal's present generation of sessions; `None` for a portal that is not there.
    pub async fn session_generation(&self, member_id: &MemberId) -> Result<Option<i64>, StoreError> {
        self.portals.session_generation(member_id).await
    }
}

/// Why a frame is not believed.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The proof failed.
    #[error(transparent)]
    Verification(#[from] VerificationError),
    /// Our memory of portals failed before the proof.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl VerifyError {
    /// Whether the failure lies with a server, not with the request.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Verification(error) => error.is_retryable(),
            Self::Store(_) => true,
        }
    }
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
