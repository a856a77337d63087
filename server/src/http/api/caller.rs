//! Who calls the interface: the operator, or the page of a card.

use crate::http::error::{Problem, ProblemKind};
use crate::http::request;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use certlens_app::services::BearerRefused;
use certlens_app::session::{Session, SessionError};
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
        let token = bearer_token(&parts.headers).ok_or(Problem::new(ProblemKind::Unauthorized))?;
        if is_operator(state.settings.operator_token.as_ref(), token) {
            return Ok(Self::Operator);
        }
        let session = state
            .services
            .session(token)
            .await
            .map_err(|refused| match refused {
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
            })?;
        request::record_portal(session.member_id());
        Ok(Self::Page(session))
    }
}

fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Compares in constant time, so that answers' times don't tell how much of a guess was right.
fn is_operator(configured: Option<&SecretString>, given: &str) -> bool {
    configured.is_some_and(|token| token.expose_secret().as_bytes().ct_eq(given.as_bytes()).into())
}
