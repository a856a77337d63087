//! Why something that the viewer changes in a card was not changed.

use crate::browser::{EndsWithSession, is_misunderstanding};
use crate::catalogue::Texts;
use serde::{Deserialize, Serialize};
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Why a change was not saved. This is what travels: no internals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ChangeFailure {
    /// The session is missing, changed or over.
    #[error("the session has ended; reload the card")]
    Unauthorized,
    /// The change is none of ours, or the card has too many identifiers already.
    #[error("the change can't be made: it is not understood, there are too many identifiers, or one is none")]
    Invalid,
    /// The stores failed or were not reached.
    #[error("the change could not be saved")]
    Unavailable,
}

#[cfg(feature = "ssr")]
impl ChangeFailure {
    /// The HTTP status that goes with the failure.
    pub(crate) const fn status(&self) -> http::StatusCode {
        match self {
            Self::Unauthorized => http::StatusCode::UNAUTHORIZED,
            Self::Invalid => http::StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unavailable => http::StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl ChangeFailure {
    pub(super) fn words(&self, texts: Texts) -> &'static str {
        match self {
            Self::Unauthorized => texts.session_ended_hint(),
            Self::Invalid => texts.change_invalid(),
            Self::Unavailable => texts.change_not_saved(),
        }
    }
}

impl FromServerFnError for ChangeFailure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        if is_misunderstanding(&error) {
            Self::Invalid
        } else {
            Self::Unavailable
        }
    }
}

impl EndsWithSession for ChangeFailure {
    fn is_session_end(&self) -> bool {
        *self == Self::Unauthorized
    }
}
