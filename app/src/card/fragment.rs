//! The server function by which the browser's half asks for a board: the answer is HTML, ready to be swapped in.

use crate::browser::{EndsWithSession, SessionClient, is_misunderstanding};
use certlens_domain::language::Language;
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

/// The board of these identifiers in the state that `fragment` (what stands after `#`) tells, as HTML. The caller proves
/// himself by the session of his page. A search that fails is a board that says so.
#[server(prefix = "/fn", endpoint = "board", input = Json, output = Json, client = SessionClient)]
pub async fn board(
    identifiers: Vec<String>,
    fragment: String,
    language: Language,
) -> Result<String, SearchFailure> {
    super::answering::board_again(identifiers, fragment, language).await
}
