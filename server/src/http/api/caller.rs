//! Who calls the interface: the operator, or the page of a card.

use crate::http::error::{Problem, ProblemKind};
use crate::http::request;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use certlens_app::session::SessionError;
use chrono::Utc;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

/// Proof that the request carries an accepted token. It is enough for what is the same for all callers, as the
/// documents of the registries are; it says nothing of a portal.
#[derive(Debug)]
pub(super) struct Authorized;

impl FromRequestParts<AppState> for Authorized {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let token = bearer_token(&parts.headers).ok_or(Problem::new(ProblemKind::Unauthorized))?;
        if is_operator(state.settings.operator_token.as_ref(), token) {
            return Ok(Self);
        }
        let session = state
            .services
            .session_key
            .verify(token, Utc::now())
            .map_err(|error| match error {
                SessionError::Invalid => Problem::new(ProblemKind::Unauthorized),
                SessionError::Expired => Problem::new(ProblemKind::SessionExpired),
            })?;
        request::record_portal(session.member_id());
        Ok(Self)
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
