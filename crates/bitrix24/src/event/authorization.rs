//! The `auth` part of an event: which portal speaks, and what it carries as a proof. Pure.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::identity::{MemberId, UserId};
use crate::lenient;
use crate::token::{AccessToken, ApplicationToken, RefreshToken};

/// Everything but the portal may be missing: robots act without tokens, removals come when tokens are dead.
///
/// `Debug` hides the tokens.
#[derive(Debug, Clone)]
pub struct EventAuthorization {
    /// The portal, as claimed.
    pub member_id: MemberId,
    /// The installation's secret; equal to the stored one, it proves the event.
    pub application_token: Option<ApplicationToken>,
    /// A token of the user who caused the event.
    pub access_token: Option<AccessToken>,
    /// Begins a chain of its own; normally only installations bring one.
    pub refresh_token: Option<RefreshToken>,
    /// How long the access token lives from the event on.
    pub expires_in: Option<Duration>,
    /// When the access token expires, by the portal's clock.
    pub expires_at: Option<DateTime<Utc>>,
    /// The user who caused the event, as claimed.
    pub user_id: Option<UserId>,
    /// The portal's REST root, as claimed. Never call it: the proof has the real one.
    pub client_endpoint: Option<String>,
    /// The authorization server, as claimed. Ask it only when it is on the list.
    pub server_endpoint: Option<String>,
    /// The portal's host, as claimed. Never call it.
    pub domain: Option<String>,
    /// Granted scopes, as claimed.
    pub scope: Vec<String>,
    /// The installation's status, as claimed.
    pub status: Option<String>,
}

impl EventAuthorization {
    /// Reads the fields of `auth`; `None` without a plausible `member_id`.
    pub(super) fn read(fields: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| lenient::value_ignoring_case(fields, name).and_then(lenient::non_empty_text);
        let number =
            |name: &str| lenient::value_ignoring_case(fields, name).and_then(lenient::positive_integer);
        Some(Self {
            member_id: MemberId::parse(&text("member_id")?).ok()?,
            application_token: text("application_token").and_then(|text| ApplicationToken::parse(&text).ok()),
            access_token: text("access_token").and_then(|text| AccessToken::parse(&text).ok()),
            refresh_token: text("refresh_token").and_then(|text| RefreshToken::parse(&text).ok()),
            expires_in: number("expires_in").map(Duration::from_secs),
            expires_at: lenient::value_ignoring_case(fields, "expires").and_then(lenient::point_in_time),
            user_id: number("user_id").map(UserId),
            client_endpoint: text("client_endpoint"),
            // One event of the documentation has the key misspelt.
            server_endpoint: text("server_endpoint").or_else(|| text("server_andpoint")),
            domain: text("domain"),
            scope: lenient::value_ignoring_case(fields, "scope")
                .map(lenient::texts)
                .unwrap_or_default()
                .iter()
                .flat_map(|list| list.split(','))
                .map(str::trim)
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect(),
            status: text("status"),
        })
    }
}
