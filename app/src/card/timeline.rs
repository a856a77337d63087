//! The server function that puts the counterparty in a sentence into the card's timeline.

use crate::browser::{EndsWithSession, SessionClient, is_misunderstanding};
use certlens_domain::language::Language;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::codec::{Json, JsonEncoding};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Why nothing was told. This is what travels: no internals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum TimelineFailure {
    /// The session is missing, changed or over.
    #[error("the session has ended; reload the card")]
    Unauthorized,
    /// The viewer may not comment on this card.
    #[error("the card may not be commented on")]
    NotAllowed,
    /// The portal gave no clear answer: the comment may be there.
    #[error("the comment may be there; look before adding it again")]
    Uncertain,
    /// The search, the portal or we are in trouble.
    #[error("the comment was not added")]
    Unavailable,
}

#[cfg(feature = "ssr")]
impl TimelineFailure {
    /// The HTTP status that goes with the failure.
    pub(super) const fn status(&self) -> http::StatusCode {
        match self {
            Self::Unauthorized => http::StatusCode::UNAUTHORIZED,
            Self::NotAllowed => http::StatusCode::FORBIDDEN,
            Self::Uncertain => http::StatusCode::BAD_GATEWAY,
            Self::Unavailable => http::StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

#[cfg(feature = "hydrate")]
impl TimelineFailure {
    /// Which of the texts that were rendered with the button says it.
    pub(crate) const fn key(&self) -> &'static str {
        match self {
            Self::Unauthorized | Self::Unavailable => "data-failed",
            Self::NotAllowed => "data-not-allowed",
            Self::Uncertain => "data-uncertain",
        }
    }
}

impl FromServerFnError for TimelineFailure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        // Without an answer the comment may be there.
        if is_misunderstanding(&error) {
            Self::Unavailable
        } else {
            Self::Uncertain
        }
    }
}

impl EndsWithSession for TimelineFailure {
    fn is_session_end(&self) -> bool {
        *self == Self::Unauthorized
    }
}

/// Adds the summary of these identifiers in this state as the viewer's own comment.
#[server(prefix = "/fn", endpoint = "timeline", input = Json, output = Json, client = SessionClient)]
pub async fn tell_timeline(
    identifiers: Vec<String>,
    fragment: String,
    language: Language,
) -> Result<(), TimelineFailure> {
    super::answering::tell_timeline(identifiers, fragment, language).await
}
