//! What the secret key does not open, forgotten: after the loss of a key, so that portals can bring everything anew.
//!
//! As long as it is there it is in the way: a hash of an application token under the lost key makes every event of the
//! portal a stranger's, while a portal without one learns it from an administrator's page.

use crate::applications::place as application_place;
use crate::chains::access_place;
use crate::{MemberId, Store, StoreError};
use std::collections::BTreeSet;

/// What can't be opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unreadable {
    /// Chains of tokens.
    pub chains: Vec<i64>,
    /// Local applications, by client id: their secrets have to be entered again.
    pub applications: Vec<String>,
    /// Portals whose tokens, or all of whose tokens, are among them; an administrator has to open the application there.
    pub portals: BTreeSet<MemberId>,
    /// Whether anything at all can be opened: then the key is right, and single rows are damaged.
    pub is_anything_readable: bool,
}

impl Unreadable {
    /// Nothing is in the way.
    pub fn is_empty(&self) -> bool {
        self.chains.is_empty() && self.applications.is_empty()
    }
}

impl Store {
    /// Tries the key at every token and every secret.
    pub async fn unreadable(&self) -> Result<Unreadable, StoreError> {
        let mut found = Unreadable::default();
        let chains = sqlx::query!(
            r#"SELECT id, member_id, access_token AS "access_token!" FROM chains WHERE ended_at IS NULL ORDER BY id"#
        )
        .fetch_all(&self.pool)
        .await?;
        for chain in chains {
            let member_id = MemberId::parse(&chain.member_id)
                .map_err(|_| StoreError::inconsistent("chains", "member_id"))?;
            if self
                .vault
                .open_text(access_place(member_id.as_str()), &chain.access_token)
                .is_ok()
            {
                found.is_anything_readable = true;
            } else {
                found.chains.push(chain.id);
                found.portals.insert(member_id);
            }
        }
        let applications =
            sqlx::query!("SELECT client_id, client_secret FROM applications ORDER BY client_id")
                .fetch_all(&self.pool)
                .await?;
        for application in applications {
            let place = application_place(&application.client_id);
            if self.vault.open_text(place, &application.client_secret).is_ok() {
                found.is_anything_readable = true;
            } else {
                found.applications.push(application.client_id);
            }
        }
        Ok(found)
    }

    /// Forgets it: chains end, secrets of local applications go, events that nobody can read go, and portals want new
    /// tokens. A portal that is left without living tokens forgets its application token, too: whoever brings new ones
    /// brings that. When nothing could be opened, no portal's means anything any more. What portals' people chose stays.
    pub async fn forget_unreadable(&self) -> Result<Unreadable, StoreError> {
        let found = self.unreadable().await?;
        if found.is_empty() {
            return Ok(found);
        }
        let portals: Vec<String> = found.portals.iter().map(ToString::to_string).collect();
        let former_keys = self.unreadable_fingerprint_keys().await?;
        let is_key_lost = !found.is_anything_readable;
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "UPDATE chains SET
                 access_token = NULL, refresh_token = NULL, ended_at = now(), end_reason = 'revoked', version = version + 1
             WHERE id = ANY ($1) AND ended_at IS NULL",
            &found.chains,
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "DELETE FROM applications WHERE client_id = ANY ($1)",
            &found.applications
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "DELETE FROM portal_events WHERE state <> 'done' AND ($2 OR member_id = ANY ($1))",
            &portals,
            is_key_lost,
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE portals AS portal SET application_token_hash = NULL
             WHERE application_token_hash IS NOT NULL
               AND ($2 OR member_id = ANY ($1)
                    OR NOT EXISTS (SELECT FROM chains
                                   WHERE chains.member_id = portal.member_id AND chains.ended_at IS NULL))",
            &portals,
            is_key_lost,
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "DELETE FROM former_fingerprint_keys WHERE mark = ANY ($1)",
            &former_keys
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE portals AS portal SET state = 'needs_reauth', state_reason = NULL, state_changed_at = now()
             WHERE state = 'installed' AND member_id = ANY ($1)
               AND NOT EXISTS (SELECT FROM chains
                               WHERE chains.member_id = portal.member_id AND chains.ended_at IS NULL)",
            &portals,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(found)
    }

    /// Forgets every portal's application token, whatever else is readable: the key that made their hashes is lost, and
    /// nothing in a hash tells by which key it was made. How many those were.
    pub async fn forget_application_tokens(&self) -> Result<u64, StoreError> {
        let forgotten = sqlx::query!(
            "UPDATE portals SET application_token_hash = NULL WHERE application_token_hash IS NOT NULL"
        )
        .execute(&self.pool)
        .await?;
        Ok(forgotten.rows_affected())
    }
}
