//! Who may see what: what the portal itself proved lately, so that an answer from the index never shows a user more
//! than the portal would.
//!
//! A proof of access holds for twelve hours and ends earlier when the item changes; what is known of a user's
//! standing holds for a day.

use crate::{CrmEntity, MemberId, Store, StoreError, UserId, index};
use std::time::Duration;

/// For how long a proof of access holds.
pub const ACCESS_HOLDS: Duration = Duration::from_hours(12);
/// For how long a user counts as an administrator, or not.
pub const STANDING_HOLDS: Duration = Duration::from_hours(24);

impl Store {
    /// Notes that the portal let this user read these items.
    pub async fn note_access(
        &self,
        member_id: &MemberId,
        user: UserId,
        entities: &[CrmEntity],
    ) -> Result<(), StoreError> {
        let (entity_types, entity_ids) = index::keys_of(entities.iter().copied());
        sqlx::query!(
            "INSERT INTO crm_access (member_id, user_id, entity_type, entity_id)
             SELECT DISTINCT $1, $2::bigint, entity_type, entity_id
             FROM unnest($3::text[], $4::bigint[]) AS item (entity_type, entity_id)
             ORDER BY entity_type, entity_id
             ON CONFLICT (member_id, user_id, entity_type, entity_id) DO UPDATE SET proved_at = now()",
            member_id.as_str(),
            user.0,
            &entity_types,
            &entity_ids,
        )
        .execute(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        Ok(())
    }

    /// Whether the portal let this user read this item within the last twelve hours.
    pub async fn has_access(
        &self,
        member_id: &MemberId,
        user: UserId,
        entity: CrmEntity,
    ) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar!(
            "SELECT EXISTS (
                SELECT FROM crm_access
                WHERE member_id = $1 AND user_id = $2 AND entity_type = $3 AND entity_id = $4
                  AND proved_at > now() - make_interval(secs => $5)
             ) AS \"has_access!\"",
            member_id.as_str(),
            user.0,
            entity.entity_type.key(),
            entity.id,
            crate::seconds(ACCESS_HOLDS),
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Forgets who may see these items: they changed, and the portal decides anew.
    pub async fn revoke_access(
        &self,
        member_id: &MemberId,
        entities: &[CrmEntity],
    ) -> Result<(), StoreError> {
        let (entity_types, entity_ids) = index::keys_of(entities.iter().copied());
        sqlx::query!(
            "DELETE FROM crm_access AS old
             USING unnest($2::text[], $3::bigint[]) AS changed (entity_type, entity_id)
             WHERE old.member_id = $1 AND old.entity_type = changed.entity_type
               AND old.entity_id = changed.entity_id",
            member_id.as_str(),
            &entity_types,
            &entity_ids,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets what this user may see, and whether he administers the portal: one who was deactivated, say.
    pub async fn forget_user(&self, member_id: &MemberId, user: UserId) -> Result<(), StoreError> {
        sqlx::query!(
            "WITH standing AS (
                UPDATE portal_users SET is_administrator = false, noted_at = '-infinity'
                WHERE member_id = $1 AND user_id = $2
             )
             DELETE FROM crm_access WHERE member_id = $1 AND user_id = $2",
            member_id.as_str(),
            user.0,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Deletes proofs of all portals that hold no more; how many.
    pub async fn purge_access(&self) -> Result<u64, StoreError> {
        let outcome = sqlx::query!(
            "DELETE FROM crm_access WHERE proved_at <= now() - make_interval(secs => $1)",
            crate::seconds(ACCESS_HOLDS),
        )
        .execute(&self.pool)
        .await?;
        Ok(outcome.rows_affected())
    }

    /// Notes whether the portal says that this user is its administrator.
    pub async fn note_user(
        &self,
        member_id: &MemberId,
        user: UserId,
        is_administrator: bool,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO portal_users (member_id, user_id, is_administrator) VALUES ($1, $2, $3)
             ON CONFLICT (member_id, user_id) DO UPDATE SET
                is_administrator = excluded.is_administrator,
                noted_at = now()",
            member_id.as_str(),
            user.0,
            is_administrator,
        )
        .execute(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        Ok(())
    }

    /// Notes what the portal says of a user: the name, and whether he is its administrator. An empty name leaves a
    /// known one.
    pub async fn note_profile(
        &self,
        member_id: &MemberId,
        user: UserId,
        is_administrator: bool,
        name: &str,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO portal_users AS known (member_id, user_id, is_administrator, name)
             VALUES ($1, $2, $3, nullif($4, ''))
             ON CONFLICT (member_id, user_id) DO UPDATE SET
                is_administrator = excluded.is_administrator,
                name = coalesce(excluded.name, known.name),
                noted_at = now()",
            member_id.as_str(),
            user.0,
            is_administrator,
            name.replace('\0', ""),
        )
        .execute(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        Ok(())
    }

    /// The user's name, where the portal told it; however long ago.
    pub async fn user_name(&self, member_id: &MemberId, user: UserId) -> Result<Option<String>, StoreError> {
        let name = sqlx::query_scalar!(
            "SELECT name FROM portal_users WHERE member_id = $1 AND user_id = $2",
            member_id.as_str(),
            user.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(name.flatten())
    }

    /// Whether this user is an administrator of the portal; `None` when nobody asked within the last day.
    pub async fn administrator(
        &self,
        member_id: &MemberId,
        user: UserId,
    ) -> Result<Option<bool>, StoreError> {
        Ok(sqlx::query_scalar!(
            "SELECT is_administrator FROM portal_users
             WHERE member_id = $1 AND user_id = $2 AND noted_at > now() - make_interval(secs => $3)",
            member_id.as_str(),
            user.0,
            crate::seconds(STANDING_HOLDS),
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}
