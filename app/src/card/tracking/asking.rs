//! The server function by which the browser's half orders and asks: the answer is HTML, ready to be swapped in.

use crate::browser::{EndsWithSession, SessionClient, is_misunderstanding};
use certlens_domain::language::Language;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::codec::{Json, JsonEncoding};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Why there is no panel. What is wrong with an order is said in the panel itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum TrackingFailure {
    /// The session is missing, changed or over.
    #[error("the session has ended; reload the card")]
    Unauthorized,
    /// The order is none of ours.
    #[error("the order is not understood")]
    Invalid,
    /// The stores failed or were not reached.
    #[error("the change could not be saved")]
    Unavailable,
}

#[cfg(feature = "ssr")]
impl TrackingFailure {
    /// The HTTP status that goes with the failure.
    pub(super) const fn status(&self) -> http::StatusCode {
        match self {
            Self::Unauthorized => http::StatusCode::UNAUTHORIZED,
            Self::Invalid => http::StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unavailable => http::StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl FromServerFnError for TrackingFailure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        if is_misunderstanding(&error) {
            Self::Invalid
        } else {
            Self::Unavailable
        }
    }
}

impl EndsWithSession for TrackingFailure {
    fn is_session_end(&self) -> bool {
        *self == Self::Unauthorized
    }
}

/// Carries out what an element of the panel orders (its `data-order`), with the fields of its form, as the session's user
/// and in the session's card; the control and the panel then, as HTML.
#[server(prefix = "/fn", endpoint = "tracking", input = Json, output = Json, client = SessionClient)]
pub async fn track(
    order: String,
    fields: Vec<(String, String)>,
    language: Language,
) -> Result<String, TrackingFailure> {
    super::answering::track(&order, &fields, language).await
}
