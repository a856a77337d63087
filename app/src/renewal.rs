//! The renewal of a page's session: by the proof of a fresh token of the same user of the same portal.

use crate::browser::{SessionClient, is_misunderstanding};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::codec::{Json, JsonEncoding};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Why a session was not renewed. Which check failed is nobody's business outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum RenewalFailure {
    /// The old session or the new token is not accepted.
    #[error("the session cannot be renewed; reload the card")]
    Refused,
    /// The authorization server or ours does not answer.
    #[error("the session cannot be renewed now; try again")]
    Unavailable,
}

impl FromServerFnError for RenewalFailure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        if is_misunderstanding(&error) {
            Self::Refused
        } else {
            Self::Unavailable
        }
    }
}

/// Proves a fresh access token and answers the token of a session of the same page for another while. The caller's
/// old session may have ended some hours ago.
#[server(prefix = "/fn", endpoint = "session", input = Json, output = Json, client = SessionClient)]
pub async fn renew_session(access_token: String) -> Result<String, RenewalFailure> {
    let answer = on_server::renew(&access_token).await;
    if let (Err(failure), Some(response)) = (&answer, use_context::<leptos_axum::ResponseOptions>()) {
        response.set_status(match failure {
            RenewalFailure::Refused => http::StatusCode::UNAUTHORIZED,
            RenewalFailure::Unavailable => http::StatusCode::SERVICE_UNAVAILABLE,
        });
    }
    answer
}

#[cfg(feature = "ssr")]
mod on_server {
    use super::RenewalFailure;
    use crate::services::Services;
    use crate::session::Session;
    use certlens_bitrix24::{AccessToken, FrameOpen};
    use chrono::Utc;
    use leptos::prelude::use_context;

    /// The session that the caller wants to renew: signed by us, perhaps ended. It gives no access.
    #[derive(Debug, Clone)]
    pub struct Renewable(pub Session);

    pub(super) async fn renew(access_token: &str) -> Result<String, RenewalFailure> {
        let (Some(services), Some(Renewable(session))) =
            (use_context::<Services>(), use_context::<Renewable>())
        else {
            return Err(RenewalFailure::Refused);
        };
        let token = AccessToken::parse(access_token).map_err(|_| RenewalFailure::Refused)?;
        let frame = FrameOpen {
            access_token: Some(token),
            member_id: Some(session.member_id().clone()),
            ..FrameOpen::default()
        };
        let proof = services.verify(frame, false).await.map_err(|error| {
            tracing::info!(
                error = &error as &dyn std::error::Error,
                "a session was not renewed"
            );
            if error.is_retryable() {
                RenewalFailure::Unavailable
            } else {
                RenewalFailure::Refused
            }
        })?;
        let generation = services
            .session_generation(session.member_id())
            .await
            .map_err(|_| RenewalFailure::Unavailable)?
            .ok_or(RenewalFailure::Refused)?;
        let renewed = session
            .renewed(&proof, generation, Utc::now())
            .ok_or(RenewalFailure::Refused)?;
        Ok(services.session_key.sign(&renewed))
    }
}

#[cfg(feature = "ssr")]
pub use on_server::Renewable;
