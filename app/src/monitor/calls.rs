//! The server functions of the monitor: a screen as HTML, an order (asked about, then given), a pass for a plain link.

use crate::browser::{EndsWithSession, SessionClient, is_misunderstanding};
use certlens_domain::language::Language;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::codec::{Json, JsonEncoding};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Why the server did not do it. This is what travels: no internals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum MonitorFailure {
    /// The session is missing, changed or over.
    #[error("the session has ended; open the monitor again")]
    Unauthorized,
    /// Not for this viewer.
    #[error("{0}")]
    Forbidden(String),
    /// There is nothing at this address.
    #[error("there is nothing at this address")]
    NotFound,
    /// It makes no sense: a sentence in the viewer's language, and the field that is wrong.
    #[error("{sentence}")]
    Refused {
        /// What is wrong and what to do.
        sentence: String,
        /// The field of the form.
        field: Option<String>,
    },
    /// Something of ours or of the portal's failed.
    #[error("{sentence}")]
    Unavailable {
        /// What failed and what to do, in the viewer's language, with the request's id.
        sentence: String,
    },
    /// The answer did not arrive.
    #[error("the server could not be reached")]
    Unreachable,
}

#[cfg(feature = "ssr")]
impl MonitorFailure {
    /// The HTTP status that goes with the failure.
    pub(super) const fn status(&self) -> http::StatusCode {
        match self {
            Self::Unauthorized => http::StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => http::StatusCode::FORBIDDEN,
            Self::NotFound => http::StatusCode::NOT_FOUND,
            Self::Refused { .. } => http::StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unavailable { .. } | Self::Unreachable => http::StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl FromServerFnError for MonitorFailure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        if is_misunderstanding(&error) {
            Self::Refused {
                sentence: error.to_string(),
                field: None,
            }
        } else {
            Self::Unreachable
        }
    }
}

impl EndsWithSession for MonitorFailure {
    fn is_session_end(&self) -> bool {
        *self == Self::Unauthorized
    }
}

/// What is ordered: an action as a button carries it, or what a form holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// An action as JSON.
    Action(String),
    /// A form's name and its fields.
    Form(String, Vec<(String, String)>),
}

/// What comes of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ordered {
    /// It wants to be confirmed: the content of the dialogue as HTML.
    Question(String),
    /// It is done.
    Done {
        /// What the person is told.
        message: String,
        /// Where to go from here; `None`: the screen stays.
        go_to: Option<String>,
    },
}

/// The screen at an address (`/monitor/queue?state=dead`) as HTML.
#[server(prefix = "/fn", endpoint = "monitor-screen", input = Json, output = Json, client = SessionClient)]
pub async fn read_screen(address: String, language: Language) -> Result<String, MonitorFailure> {
    super::answering::answered(super::answering::screen(&address, language).await)
}

/// Gives an order, or asks what it would do.
#[server(prefix = "/fn", endpoint = "monitor-order", input = Json, output = Json, client = SessionClient)]
pub async fn give_order(
    order: Order,
    is_confirmed: bool,
    reason: String,
    language: Language,
) -> Result<Ordered, MonitorFailure> {
    super::answering::answered(super::answering::order(order, is_confirmed, reason, language).await)
}

/// A pass for one GET of this address of ours, good for a minute: the address with the pass in it.
#[server(prefix = "/fn", endpoint = "monitor-pass", input = Json, output = Json, client = SessionClient)]
pub async fn ask_pass(address: String) -> Result<String, MonitorFailure> {
    super::answering::answered(super::answering::pass(&address).await)
}
