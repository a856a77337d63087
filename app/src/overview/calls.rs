//! The server functions of the application's own page.

use super::model::{Progress, SettingsChange};
use crate::browser::{EndsWithSession, SessionClient, is_misunderstanding};
use certlens_domain::tracking::settings::TrackingSettings;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::codec::{Json, JsonEncoding};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Why the server did not do it. This is what travels: no internals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum OverviewFailure {
    /// The session is missing, changed or over.
    #[error("the session has ended; reload the page")]
    Unauthorized,
    /// Only an administrator of the portal may do it.
    #[error("only an administrator of the portal may change settings")]
    Forbidden,
    /// A field that the portal does not have.
    #[error("one of the fields does not exist on the portal")]
    UnknownField,
    /// Identifiers are read from the field in which they shall be repeated.
    #[error("identifiers are read from this field, so they can't be repeated in it")]
    MirrorIsRead,
    /// The field in which they shall be repeated holds something else than a text.
    #[error("the field for identifiers holds no text")]
    MirrorTakesNoText,
    /// Try again later.
    #[error("the server could not do it now")]
    Unavailable,
}

#[cfg(feature = "ssr")]
impl OverviewFailure {
    /// The HTTP status that goes with the failure.
    pub(super) const fn status(self) -> http::StatusCode {
        match self {
            Self::Unauthorized => http::StatusCode::UNAUTHORIZED,
            Self::Forbidden => http::StatusCode::FORBIDDEN,
            Self::UnknownField | Self::MirrorIsRead | Self::MirrorTakesNoText => {
                http::StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Unavailable => http::StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl FromServerFnError for OverviewFailure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        if is_misunderstanding(&error) {
            Self::UnknownField
        } else {
            Self::Unavailable
        }
    }
}

impl EndsWithSession for OverviewFailure {
    fn is_session_end(&self) -> bool {
        *self == Self::Unauthorized
    }
}

/// How things stand now, for the portal of the caller's session.
#[server(prefix = "/fn", endpoint = "progress", input = Json, output = Json, client = SessionClient)]
pub async fn read_progress() -> Result<Progress, OverviewFailure> {
    super::open::answered(super::open::progress_of_caller().await)
}

/// Changes the settings of the caller's portal; he must administer it.
#[server(prefix = "/fn", endpoint = "settings", input = Json, output = Json, client = SessionClient)]
pub async fn save_settings(change: SettingsChange) -> Result<(), OverviewFailure> {
    super::open::answered(super::open::save_for_caller(change).await)
}

/// Changes what the caller's portal chose about tracking; he must administer it.
#[server(prefix = "/fn", endpoint = "tracking-settings", input = Json, output = Json, client = SessionClient)]
pub async fn save_tracking(settings: TrackingSettings) -> Result<(), OverviewFailure> {
    super::open::answered(super::tracking_open::save_for_caller(settings).await)
}
