//! How a portal gets from one state to another.
//!
//! ```text
//! unknown → installing → installed ⇄ suspended
//!                            ⇅ ↘        ↓
//!                            ⇅   needs_reauth
//!  (any) → uninstalled → installing | installed (restored)
//! ```
//!
//! The conditions are in the statements themselves, so that two processes at once can't take a forbidden way.

use super::{PortalAddress, PortalState};
use crate::error::known;
use crate::{MemberId, Store, StoreError, UserId};
use secrecy::{ExposeSecret as _, SecretString};

/// What a proved installer page says.
#[derive(Debug, Clone)]
pub struct Installation {
    /// How the portal is reached.
    pub address: PortalAddress,
    /// The application that is being installed.
    pub client_id: Option<String>,
    /// The permissions that it has.
    pub scope: Vec<String>,
    /// Its licence, as the authorization server states it.
    pub status: Option<String>,
    /// What authenticates the portal's events, where the page brought it. `None` keeps a known one.
    pub application_token: Option<SecretString>,
    /// Who opened the installer.
    pub user_id: Option<UserId>,
}

impl Installation {
    /// An installation of which no more than the address is known.
    pub const fn at(address: PortalAddress) -> Self {
        Self {
            address,
            client_id: None,
            scope: Vec::new(),
            status: None,
            application_token: None,
            user_id: None,
        }
    }
}

/// What a call revealed about the portal as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// It answers.
    Active,
    /// It refuses its REST interface for this reason.
    Suspended {
        /// In the caller's words, such as `payment_required`.
        reason: &'a str,
    },
    /// No chain lives any more.
    NeedsReauth,
}

impl Store {
    /// Notes that an administrator opened the installer: the portal is known from now on. A portal whose
    /// installation was complete stays so, because the same administrator may open the installer any number of
    /// times; every other state becomes `installing`.
    pub async fn begin_install(
        &self,
        member_id: &MemberId,
        installation: &Installation,
    ) -> Result<(), StoreError> {
        let address = &installation.address;
        let hash = installation
            .application_token
            .as_ref()
            .map(|token| self.vault.fingerprint(member_id, token.expose_secret()))
            .transpose()?
            .map(|hash| hash.to_vec());
        sqlx::query!(
            "INSERT INTO portals AS portal (
                member_id, domain, client_endpoint, origin, authorization_server, state, client_id, scope, status,
                application_token_hash, installed_by)
             VALUES ($1, $2, $3, $4, $5, 'installing', $6, $7, $8, $9, $10)
             ON CONFLICT (member_id) DO UPDATE SET
                former_domain = CASE WHEN portal.domain <> excluded.domain
                    THEN portal.domain ELSE portal.former_domain END,
                moved_at = CASE WHEN portal.domain <> excluded.domain THEN now() ELSE portal.moved_at END,
                address_proved_at = now(),
                domain = excluded.domain,
                client_endpoint = excluded.client_endpoint,
                origin = excluded.origin,
                authorization_server = excluded.authorization_server,
                state = CASE WHEN portal.state = 'installed' THEN 'installed' ELSE 'installing' END,
                state_reason = NULL,
                state_changed_at = CASE WHEN portal.state IN ('installed', 'installing')
                    THEN portal.state_changed_at ELSE now() END,
                client_id = coalesce(excluded.client_id, portal.client_id),
                scope = excluded.scope,
                status = coalesce(excluded.status, portal.status),
                application_token_hash = coalesce(excluded.application_token_hash, portal.application_token_hash),
                installed_by = coalesce(excluded.installed_by, portal.installed_by),
                install_began_at = CASE WHEN portal.state IN ('installed', 'installing')
                    THEN portal.install_began_at ELSE now() END,
                uninstalled_at = NULL,
                seen_at = now()",
            member_id.as_str(),
            address.domain,
            address.client_endpoint,
            address.origin,
            address.authorization_server,
            installation.client_id,
            &installation.scope,
            installation.status,
            hash,
            installation.user_id.map(|user| user.0),
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that all placements of this version are bound. A portal that removed the application meanwhile stays
    /// removed ([`StoreError::Uninstalled`]).
    pub async fn finish_install(
        &self,
        member_id: &MemberId,
        bindings_version: i32,
    ) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "UPDATE portals
             SET state = 'installed', state_reason = NULL, installed_at = now(), bindings_version = $2,
                 seen_at = now(),
                 state_changed_at = CASE WHEN state = 'installed' THEN state_changed_at ELSE now() END
             WHERE member_id = $1 AND state <> 'uninstalled'",
            member_id.as_str(),
            bindings_version,
        )
        .execute(&self.pool)
        .await?;
        self.known_and_present(outcome.rows_affected(), member_id).await
    }

    /// Notes that the portal has the application, by a proof that does not depend on our memory: a proved page whose
    /// authorization server says `installed`. The only way out of `uninstalled` besides a new installation.
    pub async fn restore(&self, member_id: &MemberId) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "UPDATE portals
             SET state = 'installed', state_reason = NULL, uninstalled_at = NULL, seen_at = now(),
                 installed_at = CASE WHEN state IN ('installing', 'uninstalled') THEN now() ELSE installed_at END,
                 state_changed_at = CASE WHEN state = 'installed' THEN state_changed_at ELSE now() END
             WHERE member_id = $1",
            member_id.as_str(),
        )
        .execute(&self.pool)
        .await?;
        known(outcome.rows_affected(), member_id)
    }

    /// Notes what a call revealed, and gives the state that follows. Only an installed portal can be suspended; only
    /// an installed or suspended one can run out of tokens; a standing that does not fit changes nothing.
    pub async fn set_standing(
        &self,
        member_id: &MemberId,
        standing: Standing<'_>,
    ) -> Result<PortalState, StoreError> {
        let (state, from, reason): (_, &[PortalState], _) = match standing {
            Standing::Active => (
                PortalState::Installed,
                &[PortalState::Suspended, PortalState::NeedsReauth],
                None,
            ),
            Standing::Suspended { reason } => (
                PortalState::Suspended,
                &[PortalState::Installed, PortalState::Suspended],
                Some(reason),
            ),
            Standing::NeedsReauth => (
                PortalState::NeedsReauth,
                &[PortalState::Installed, PortalState::Suspended],
                None,
            ),
        };
        let from: Vec<String> = from.iter().map(|state| state.key().to_owned()).collect();
        // Most calls change nothing: then nothing is written.
        let changed = sqlx::query_scalar!(
            "WITH changed AS (
                UPDATE portals
                SET state = $2, state_reason = $4,
                    state_changed_at = CASE WHEN state = $2 THEN state_changed_at ELSE now() END
                WHERE member_id = $1 AND state = ANY ($3) AND (state, state_reason) IS DISTINCT FROM ($2, $4)
                RETURNING state
             )
             SELECT state AS \"state!\" FROM changed
             UNION ALL
             SELECT state FROM portals WHERE member_id = $1 AND NOT EXISTS (SELECT FROM changed)",
            member_id.as_str(),
            state.key(),
            &from,
            reason,
        )
        .fetch_optional(&self.pool)
        .await?
        .ok_or_else(|| StoreError::UnknownPortal(member_id.clone()))?;
        changed
            .parse()
            .map_err(|_| StoreError::inconsistent("portals", "state"))
    }

    /// Notes a proved request from the portal and its present address, which changes when a portal is renamed.
    pub async fn record_seen(&self, member_id: &MemberId, address: &PortalAddress) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "UPDATE portals
             SET former_domain = CASE WHEN domain <> $2 THEN domain ELSE former_domain END,
                 moved_at = CASE WHEN domain <> $2 THEN now() ELSE moved_at END, address_proved_at = now(),
                 domain = $2, client_endpoint = $3, origin = $4, authorization_server = $5, seen_at = now()
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

    /// Notes a proved new address of a renamed portal, which did not come by a request from there.
    pub async fn change_address(
        &self,
        member_id: &MemberId,
        address: &PortalAddress,
    ) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "UPDATE portals
             SET former_domain = CASE WHEN domain <> $2 THEN domain ELSE former_domain END,
                 moved_at = CASE WHEN domain <> $2 THEN now() ELSE moved_at END, address_proved_at = now(),
                 domain = $2, client_endpoint = $3, origin = $4, authorization_server = $5
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

    /// The number that valid sessions of this portal carry; `None` when it is unknown or removed the application:
    /// then no session is valid.
    pub async fn session_generation(&self, member_id: &MemberId) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar!(
            "SELECT generation FROM portals WHERE member_id = $1 AND state <> 'uninstalled'",
            member_id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Tells an unknown portal from one that removed the application, after a statement found neither.
    pub(crate) async fn known_and_present(&self, rows: u64, member_id: &MemberId) -> Result<(), StoreError> {
        if rows == 0 && self.portal(member_id).await?.is_some() {
            return Err(StoreError::Uninstalled(member_id.clone()));
        }
        known(rows, member_id)
    }
}
