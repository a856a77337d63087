//! The server function by which a hydrated page asks again: other identifiers, another role.

use super::model::{Failure, Findings};
use crate::browser::{EndsWithSession, SessionClient, is_misunderstanding};
use certlens_domain::analytics::RoleFilter;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::codec::{Json, JsonEncoding};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Why the server did not answer. This is what travels: no internals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum SearchFailure {
    /// The session is missing, changed or over.
    #[error("the session has ended; reload the card")]
    Unauthorized,
    /// No identifier, or too many, or one that is none.
    #[error("the identifiers cannot be searched by")]
    Invalid,
    /// The stores failed; the request's id finds the reason in the log.
    #[error("the search is not available now")]
    Unavailable {
        /// Known to the log as well.
        request_id: Option<String>,
    },
    /// The answer did not arrive.
    #[error("the server could not be reached")]
    Unreachable,
}

#[cfg(feature = "ssr")]
impl SearchFailure {
    /// The HTTP status that goes with the failure.
    pub(super) const fn status(&self) -> http::StatusCode {
        match self {
            Self::Unauthorized => http::StatusCode::UNAUTHORIZED,
            Self::Invalid => http::StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unavailable { .. } | Self::Unreachable => http::StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<SearchFailure> for Failure {
    fn from(failure: SearchFailure) -> Self {
        match failure {
            SearchFailure::Unavailable { request_id } => Self::Unavailable { request_id },
            SearchFailure::Unauthorized => Self::SessionEnded,
            SearchFailure::Unreachable => Self::Unreachable,
            // The page asks only by identifiers that it has read itself: something of ours is wrong.
            SearchFailure::Invalid => Self::Unavailable { request_id: None },
        }
    }
}

impl FromServerFnError for SearchFailure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        if is_misunderstanding(&error) {
            Self::Invalid
        } else {
            Self::Unreachable
        }
    }
}

impl EndsWithSession for SearchFailure {
    fn is_session_end(&self) -> bool {
        *self == Self::Unauthorized
    }
}

/// Searches the six registries for a counterparty. The caller proves himself by the session of his page.
#[server(prefix = "/fn", endpoint = "search", input = Json, output = Json, client = SessionClient)]
pub async fn search(
    identifiers: Vec<String>,
    role: RoleFilter,
    bridge: bool,
) -> Result<Findings, SearchFailure> {
    super::open::search_again(identifiers, role, bridge).await
}
