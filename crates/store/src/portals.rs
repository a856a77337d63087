//! Portals: which of them installed the application, how they are reached, when they were seen.
//!
//! Knows addresses as proved texts; who proved them is the caller's business. How a portal gets from one state to
//! another is in [`lifecycle`], how it leaves in [`departure`], what is kept of it in [`belongings`]; how it does is in
//! [`condition`], all of them in [`listing`].

pub mod belongings;
pub mod condition;
pub mod departure;
pub mod lifecycle;
pub mod listing;

pub use lifecycle::{Installation, Standing};

use crate::{MemberId, Store, StoreError, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// How far an installation got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortalState {
    /// The installer was opened, but did not come to its end.
    Installing,
    /// The placements are bound.
    Installed,
    /// Installed, but the portal refuses its REST interface for now: not paid, not in the plan, blocked.
    Suspended,
    /// Installed, but no chain of tokens lives any more: the next page that somebody opens there brings one.
    NeedsReauth,
    /// The application was removed.
    Uninstalled,
}

impl PortalState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Installing,
        Self::Installed,
        Self::Suspended,
        Self::NeedsReauth,
        Self::Uninstalled,
    ];

    /// The key in the database and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Installing => "installing",
            Self::Installed => "installed",
            Self::Suspended => "suspended",
            Self::NeedsReauth => "needs_reauth",
            Self::Uninstalled => "uninstalled",
        }
    }
}

impl FromStr for PortalState {
    type Err = UnknownPortalState;

    fn from_str(key: &str) -> Result<Self, UnknownPortalState> {
        Self::ALL
            .into_iter()
            .find(|state| state.key() == key)
            .ok_or(UnknownPortalState)
    }
}

/// The text is no state of a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a portal is installing, installed, suspended, needs_reauth or uninstalled")]
pub struct UnknownPortalState;

/// How a portal is reached, as the authorization server proved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalAddress {
    /// Host, with its port where that is not the scheme's own.
    pub domain: String,
    /// Root of the REST interface.
    pub client_endpoint: String,
    /// Scheme, host and port of the portal's pages.
    pub origin: String,
    /// The authorization server that proved this.
    pub authorization_server: String,
}

/// A portal that has, or had, the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portal {
    /// Its stable name.
    pub member_id: MemberId,
    /// How it is reached.
    pub address: PortalAddress,
    /// How far the installation got.
    pub state: PortalState,
    /// Why it is suspended or needs new tokens, in the caller's words.
    pub state_reason: Option<String>,
    /// Since when it is in this state.
    pub state_changed_at: DateTime<Utc>,
    /// The application that was installed; `None` for portals that the first version of Certlens noted.
    pub client_id: Option<String>,
    /// The permissions that the application has there.
    pub scope: Vec<String>,
    /// The application's licence, as the authorization server states it.
    pub status: Option<String>,
    /// Who opened the installer last.
    pub installed_by: Option<UserId>,
    /// Version of the placements that the installer bound last; 0 = none yet.
    pub bindings_version: i32,
    /// Beginning of the latest installation: the installer's first proved page since the portal was last gone.
    pub install_began_at: DateTime<Utc>,
    /// End of the latest installation.
    pub installed_at: Option<DateTime<Utc>>,
    /// When the application was removed.
    pub uninstalled_at: Option<DateTime<Utc>>,
    /// Whether events can be authenticated.
    pub has_application_token: bool,
    /// Latest proved request from the portal.
    pub seen_at: DateTime<Utc>,
}

struct Row {
    member_id: String,
    domain: String,
    client_endpoint: String,
    origin: String,
    authorization_server: String,
    state: String,
    state_reason: Option<String>,
    state_changed_at: DateTime<Utc>,
    client_id: Option<String>,
    scope: Vec<String>,
    status: Option<String>,
    installed_by: Option<i64>,
    bindings_version: i32,
    install_began_at: DateTime<Utc>,
    installed_at: Option<DateTime<Utc>>,
    uninstalled_at: Option<DateTime<Utc>>,
    has_application_token: bool,
    seen_at: DateTime<Utc>,
}

impl TryFrom<Row> for Portal {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let inconsistent = |column| StoreError::inconsistent("portals", column);
        Ok(Self {
            member_id: MemberId::parse(&row.member_id).map_err(|_| inconsistent("member_id"))?,
            address: PortalAddress {
                domain: row.domain,
                client_endpoint: row.client_endpoint,
                origin: row.origin,
                authorization_server: row.authorization_server,
            },
            state: row.state.parse().map_err(|_| inconsistent("state"))?,
            state_reason: row.state_reason,
            state_changed_at: row.state_changed_at,
            client_id: row.client_id,
            scope: row.scope,
            status: row.status,
            installed_by: row.installed_by.map(UserId),
            bindings_version: row.bindings_version,
            install_began_at: row.install_began_at,
            installed_at: row.installed_at,
            uninstalled_at: row.uninstalled_at,
            has_application_token: row.has_application_token,
            seen_at: row.seen_at,
        })
    }
}

impl Store {
    /// The language in which administrators see the portal; `None` when nobody told it yet.
    pub async fn portal_language(&self, member_id: &MemberId) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            "SELECT language FROM portals WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?
        .flatten())
    }

    /// Notes the language in which an administrator sees the portal.
    pub async fn note_portal_language(&self, member_id: &MemberId, language: &str) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE portals SET language = $2 WHERE member_id = $1 AND language IS DISTINCT FROM $2",
            member_id.as_str(),
            language,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The portal of this name; `None` when the application was never installed there, or the portal was erased.
    pub async fn portal(&self, member_id: &MemberId) -> Result<Option<Portal>, StoreError> {
        sqlx::query_as!(
            Row,
            "SELECT member_id, domain, client_endpoint, origin, authorization_server, state, state_reason,
                    state_changed_at, client_id, scope, status, installed_by, bindings_version, install_began_at,
                    installed_at, uninstalled_at, application_token_hash IS NOT NULL AS \"has_application_token!\",
                    seen_at
             FROM portals WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?
        .map(Portal::try_from)
        .transpose()
    }

    /// The portal that lives at this host (with its port where that is not the scheme's own); of several that did, the
    /// one seen last.
    pub async fn portal_by_domain(&self, domain: &str) -> Result<Option<Portal>, StoreError> {
        sqlx::query_as!(
            Row,
            "SELECT member_id, domain, client_endpoint, origin, authorization_server, state, state_reason,
                    state_changed_at, client_id, scope, status, installed_by, bindings_version, install_began_at,
                    installed_at, uninstalled_at, application_token_hash IS NOT NULL AS \"has_application_token!\",
                    seen_at
             FROM portals WHERE domain = $1
             ORDER BY state = 'uninstalled', seen_at DESC LIMIT 1",
            domain,
        )
        .fetch_optional(&self.pool)
        .await?
        .map(Portal::try_from)
        .transpose()
    }

    /// All portals, by name of the host: for the operator, who stands above portals. At most 100,000.
    pub async fn portals(&self) -> Result<Vec<Portal>, StoreError> {
        sqlx::query_as!(
            Row,
            "SELECT member_id, domain, client_endpoint, origin, authorization_server, state, state_reason,
                    state_changed_at, client_id, scope, status, installed_by, bindings_version, install_began_at,
                    installed_at, uninstalled_at, application_token_hash IS NOT NULL AS \"has_application_token!\",
                    seen_at
             FROM portals ORDER BY domain, member_id LIMIT 100000",
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(Portal::try_from)
        .collect()
    }
}
