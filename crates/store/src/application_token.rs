//! The application token: what authenticates a portal's events. Only its keyed hash is kept.

use crate::vault::SealedBy;
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
        let hash = match stored {
            None => return Ok(TokenCheck::UnknownPortal),
            Some(None) => return Ok(TokenCheck::NotStored),
            Some(Some(hash)) => hash,
        };
        let by = match self.vault.recognised(member_id, claimed, &hash) {
            Some(by) => Some(by),
            None => self.recognised_by_a_former_key(member_id, claimed, &hash).await?,
        };
        match by {
            None => return Ok(TokenCheck::Differs),
            Some(SealedBy::Current) => {}
            Some(SealedBy::Other) => self.hash_anew(member_id, claimed, &hash).await?,
        }
        Ok(TokenCheck::Matches)
    }

    /// After a rotation a hash is known by a key that is kept for that only.
    async fn recognised_by_a_former_key(
        &self,
        member_id: &MemberId,
        claimed: &str,
        hash: &[u8],
    ) -> Result<Option<SealedBy>, StoreError> {
        let former = self.former_fingerprint_keys().await?;
        let is_known = former.iter().any(|key| key.matches(member_id, claimed, hash));
        Ok(is_known.then_some(SealedBy::Other))
    }

    /// The token is here, so its hash can be made with the present key. Another process may have been quicker.
    async fn hash_anew(&self, member_id: &MemberId, token: &str, former: &[u8]) -> Result<(), StoreError> {
        let hash = self.vault.fingerprint(member_id, token)?;
        sqlx::query!(
            "UPDATE portals SET application_token_hash = $2 WHERE member_id = $1 AND application_token_hash = $3",
            member_id.as_str(),
            &hash[..],
            former,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Takes a proved application token as the portal's own. A portal that removed the application takes none: it
    /// has to be installed or restored first ([`StoreError::Uninstalled`]).
    pub async fn adopt_application_token(
        &self,
        member_id: &MemberId,
        token: &SecretString,
    ) -> Result<(), StoreError> {
        let hash = self.vault.fingerprint(member_id, token.expose_secret())?;
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
