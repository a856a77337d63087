//! The application token: what authenticates a portal's events. Only its keyed hash is kept.

use crate::{MemberId, Store, StoreError};
use secrecy::{ExposeSecret as _, SecretString};

/// What a claimed application token is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenCheck {
    /// It is the portal's: the request comes from there.
    Matches,
    /// The portal has another one.
    Differs,
    /// The portal is known, its token is not: nothing is proved either way.
    NotStored,
    /// Nothing is known of this portal.
    UnknownPortal,
}

impl Store {
    /// Compares a claimed application token with the portal's, in constant time.
    pub async fn check_application_token(
        &self,
        member_id: &MemberId,
        claimed: &str,
    ) -> Result<TokenCheck, StoreError> {
        let stored = sqlx::query_scalar!(
            "SELECT application_token_hash FROM portals WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(match stored {
            None => TokenCheck::UnknownPortal,
            Some(None) => TokenCheck::NotStored,
            Some(Some(hash)) if self.vault.has_fingerprint(member_id, claimed, &hash) => TokenCheck::Matches,
            Some(Some(_)) => TokenCheck::Differs,
        })
    }

    /// Takes a proved application token as the portal's own. A portal that removed the application takes none: it
    /// has to be installed or restored first ([`StoreError::Uninstalled`]).
    pub async fn adopt_application_token(
        &self,
        member_id: &MemberId,
        token: &SecretString,
    ) -> Result<(), StoreError> {
        let hash = self.vault.fingerprint(member_id, token.expose_secret());
        let outcome = sqlx::query!(
            "UPDATE portals SET application_token_hash = $2 WHERE member_id = $1 AND state <> 'uninstalled'",
            member_id.as_str(),
            &hash[..],
        )
        .execute(&self.pool)
        .await?;
        self.known_and_present(outcome.rows_affected(), member_id).await
    }
}
