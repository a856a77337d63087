//! Who calls the interface: the operator, or the page of a portal's user. By a token in the `Authorization` header, or, for a
//! plain link, by a pass in the query.

use super::guesses;
use crate::http::error::{Problem, ProblemKind};
use crate::http::request;
use crate::state::AppState;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use certlens_app::monitor;
use certlens_app::services::BearerRefused;
use certlens_app::session::{OperatorSession, PassBearer, Session, SessionError};
use certlens_monitor::Viewer;
use chrono::Utc;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

/// Who proved himself by an accepted token. Every caller may read what is the same for all, as the documents of the
/// registries are.
#[derive(Debug)]
pub(in crate::http) enum Caller {
    /// The operator of this service, above all portals.
    Operator,
    /// The page of a portal's user: reads and changes its own portal only.
    Page(Session),
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(match Proof::of(parts, state).await? {
            Proof::OperatorToken | Proof::Operator(_) => Self::Operator,
            Proof::User(session) => Self::Page(session),
        })
    }
}

/// Somebody who may use the monitor: the operator, or an administrator of a portal.
#[derive(Debug)]
pub(in crate::http) struct MonitorViewer(pub(in crate::http) Viewer);

impl FromRequestParts<AppState> for MonitorViewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let operator = |name: String| Self(Viewer::Operator { name });
        match Proof::of(parts, state).await? {
            Proof::OperatorToken => Ok(operator("API".to_owned())),
            Proof::Operator(session) => Ok(operator(session.name)),
            Proof::User(session) => monitor::administrator(&state.services, &session)
                .await
                .map_err(|error| {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "whether the caller administers the portal is unknown"
                    );
                    Problem::new(ProblemKind::PortalUnavailable)
                })?
                .map(Self)
                .ok_or(Problem::new(ProblemKind::AdministratorRequired)),
        }
    }
}

/// By what a caller proved who he is.
enum Proof {
    /// The operator token itself: a program.
    OperatorToken,
    /// The session of an operator who signed on.
    Operator(OperatorSession),
    /// The session of a portal's user.
    User(Session),
}

impl Proof {
    async fn of(parts: &Parts, state: &AppState) -> Result<Self, Problem> {
        let services = &state.services;
        let Some(token) = bearer_token(&parts.headers) else {
            return Self::of_pass(parts, state).await;
        };
        if is_operator(state.settings.operator_token.as_ref(), token) {
            return Ok(Self::OperatorToken);
        }
        if let Some(session) = services.operator_session(token) {
            return Ok(Self::Operator(session));
        }
        let session = services.session(token).await.map_err(|error| {
            if matches!(error, BearerRefused::Session(SessionError::Invalid)) && state.guesses.are_too_many()
            {
                return Problem::new(ProblemKind::TooManyAttempts).retry_after(guesses::RETRY_AFTER);
            }
            refused(error)
        })?;
        request::record_portal(session.member_id());
        Ok(Self::User(session))
    }

    /// A plain link carries a pass for its own address instead of a session.
    async fn of_pass(parts: &Parts, state: &AppState) -> Result<Self, Problem> {
        let services = &state.services;
        let address = parts
            .extensions
            .get::<OriginalUri>()
            .map_or(&parts.uri, |OriginalUri(uri)| uri);
        let query = address.query().unwrap_or_default();
        // The pass is the last field: it was appended to the address that it is for.
        let Some((before, pass)) = query.rsplit_once("pass=").filter(|_| parts.method == Method::GET) else {
            return Err(Problem::new(ProblemKind::Unauthorized));
        };
        let before = before.trim_end_matches('&');
        let address = if before.is_empty() {
            address.path().to_owned()
        } else {
            format!("{}?{before}", address.path())
        };
        let bearer = services
            .session_key
            .verify_pass(pass, &address, services.operator_token.as_ref(), Utc::now())
            .map_err(|_| Problem::new(ProblemKind::TicketOver))?;
        match bearer {
            PassBearer::Operator(session) => Ok(Self::Operator(session)),
            PassBearer::User(session) => {
                let session = services.unless_revoked(session).await.map_err(refused)?;
                request::record_portal(session.member_id());
                Ok(Self::User(session))
            }
        }
    }
}

fn refused(refused: BearerRefused) -> Problem {
    match refused {
        BearerRefused::Session(SessionError::Invalid) => Problem::new(ProblemKind::Unauthorized),
        BearerRefused::Session(SessionError::Expired) | BearerRefused::Revoked => {
            Problem::new(ProblemKind::SessionExpired)
        }
        BearerRefused::Store(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a session could not be checked"
            );
            Problem::new(ProblemKind::NotReady)
        }
    }
}

fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Compares in constant time, so that answers' times don't tell how much of a guess was right.
pub(in crate::http) fn is_operator(configured: Option<&SecretString>, given: &str) -> bool {
    configured.is_some_and(|token| token.expose_secret().as_bytes().ct_eq(given.as_bytes()).into())
}
