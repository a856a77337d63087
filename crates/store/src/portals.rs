//! Portals: which of them installed the application, how they are reached, when they were seen.
//!
//! Knows addresses as proved texts; who proved them is the caller's business. No tokens are kept.

use crate::{MemberId, Store, StoreError};
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
    /// The application was removed.
    Uninstalled,
}

impl PortalState {
    /// The key in the database and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Installing => "installing",
            Self::Installed => "installed",
            Self::Uninstalled => "uninstalled",
        }
    }
}

impl FromStr for PortalState {
    type Err = UnknownPortalState;

    fn from_str(key: &str) -> Result<Self, UnknownPortalState> {
        [Self::Installing, Self::Installed, Self::Uninstalled]
            .into_iter()
            .find(|state| state.key() == key)
            .ok_or(UnknownPortalState)
    }
}

/// The text is no state of a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a portal is installing, installed or uninstalled")]
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
    /// Version of the placements that the installer bound last; 0 = none yet.
    pub bindings_version: i32,
    /// End of the latest installation.
    pub installed_at: Option<DateTime<Utc>>,
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
    bindings_version: i32,
    installed_at: Option<DateTime<Utc>>,
    seen_at: DateTime<Utc>,
}

impl TryFrom<Row> for Portal {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let inconsistent = |column| StoreError::Inconsistent {
            table: "portals",
            column,
        };
        Ok(Self {
            member_id: MemberId::parse(&row.member_id).map_err(|_| inconsistent("member_id"))?,
            address: PortalAddress {
                domain: row.domain,
                client_endpoint: row.client_endpoint,
                origin: row.origin,
                authorization_server: row.authorization_server,
            },
            state: row.state.parse().map_err(|_| inconsistent("state"))?,
            bindings_version: row.bindings_version,
            installed_at: row.installed_at,
            seen_at: row.seen_at,
        })
    }
}

impl Store {
    /// Notes that an administrator opened the installer: the portal is known from now on. A portal whose
    /// installation was complete stays so, because the same administrator may open the installer any number of times.
    pub async fn begin_install(
        &self,
        member_id: &MemberId,
        address: &PortalAddress,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO portals (member_id, domain, client_endpoint, origin, authorization_server, state)
             VALUES ($1, $2, $3, $4, $5, 'installing')
             ON CONFLICT (member_id) DO UPDATE SET
                domain = excluded.domain,
                client_endpoint = excluded.client_endpoint,
                origin = excluded.origin,
                authorization_server = excluded.authorization_server,
                state = CASE WHEN portals.state = 'installed' THEN 'installed' ELSE 'installing' END,
                seen_at = now()",
            member_id.as_str(),
            address.domain,
            address.client_endpoint,
            address.origin,
            address.authorization_server,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that all placements of this version are bound.
    pub async fn finish_install(
        &self,
        member_id: &MemberId,
        bindings_version: i32,
    ) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "UPDATE portals
             SET state = 'installed', installed_at = now(), uninstalled_at = NULL, bindings_version = $2, seen_at = now()
             WHERE member_id = $1",
            member_id.as_str(),
            bindings_version,
        )
        .execute(&self.pool)
        .await?;
        known(outcome.rows_affected(), member_id)
    }

    /// Notes that the application was removed from the portal. Repeatable.
    pub async fn mark_uninstalled(&self, member_id: &MemberId) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "UPDATE portals
             SET state = 'uninstalled', uninstalled_at = coalesce(uninstalled_at, now()), bindings_version = 0
             WHERE member_id = $1",
            member_id.as_str(),
        )
        .execute(&self.pool)
        .await?;
        known(outcome.rows_affected(), member_id)
    }

    /// Notes a proved request from the portal and its present address, which changes when a portal is renamed.
    pub async fn record_seen(&self, member_id: &MemberId, address: &PortalAddress) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "UPDATE portals
             SET domain = $2, client_endpoint = $3, origin = $4, authorization_server = $5, seen_at = now()
             WHERE member_id = $1",
            member_id.as_str(),
            address.domain,
            address.client_endpoint,
            address.origin,
            address.authorization_server,
        )
        .execute(&self.pool)
        .await?;
        known(outcome.rows_affected(), member_id)
    }

    /// The portal of this name; `None` when the application was never installed there.
    pub async fn portal(&self, member_id: &MemberId) -> Result<Option<Portal>, StoreError> {
        sqlx::query_as!(
            Row,
            "SELECT member_id, domain, client_endpoint, origin, authorization_server, state, bindings_version,
                    installed_at, seen_at
             FROM portals WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?
        .map(Portal::try_from)
        .transpose()
    }

    /// All portals, by name of the host: for the operator, who stands above portals.
    pub async fn portals(&self) -> Result<Vec<Portal>, StoreError> {
        sqlx::query_as!(
            Row,
            "SELECT member_id, domain, client_endpoint, origin, authorization_server, state, bindings_version,
                    installed_at, seen_at
             FROM portals ORDER BY domain, member_id",
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(Portal::try_from)
        .collect()
    }
}

fn known(rows: u64, member_id: &MemberId) -> Result<(), StoreError> {
    if rows == 0 {
        return Err(StoreError::UnknownPortal(member_id.clone()));
    }
    Ok(())
}
