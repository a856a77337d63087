//! The application as a portal knows it: key pair, addresses of its card, and the installation.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// Where an application came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationKind {
    /// From the Market: one key pair for all portals.
    #[default]
    Market,
    /// Made for one portal, with a key pair of its own.
    Local,
}

/// The application's key pair and the addresses of its card.
#[derive(Debug, Clone, Default)]
pub(crate) struct Application {
    /// Its client identifier.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: String,
    /// Where it came from.
    pub kind: ApplicationKind,
    /// The main page; `/bitrix/app` of the application under test when left out.
    pub main_url: Option<String>,
    /// The installer; `/bitrix/install` of the application under test when left out.
    pub install_url: Option<String>,
    /// The target of the authorization-code flow; the option `login_path` when left out.
    pub login_url: Option<String>,
    /// Gets `ONAPPINSTALL` and `ONAPPUNINSTALL` besides bound handlers.
    pub event_url: Option<String>,
}

/// The application on this portal.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    /// Whether `installFinish` came; before that, widgets stay hidden.
    pub finished: bool,
    /// The shared secret of this installation.
    pub application_token: String,
    /// Which installation this is; tokens of earlier ones are dead.
    pub generation: u32,
    /// When the installation began.
    pub begun: DateTime<Utc>,
}
