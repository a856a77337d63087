//! What people may do with items that don't come by themselves: another chance, giving up, stopping a portal.

use super::ItemId;
use crate::{MemberId, Store, StoreError};

impl Store {
    /// Gives items that were given up, or that nobody can take, another chance at once; all of the portal's without
    /// `ids`. How many there were.
    pub async fn retry_items(&self, member_id: &MemberId, ids: Option<&[ItemId]>) -> Result<u64, StoreError> {
        let ids = ids.map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
        Ok(sqlx::query!(
            "UPDATE notification_items SET
                state = 'waiting', attempts = 0, chance_since = clock_timestamp(),
                due_at = greatest(clock_timestamp(), look_at)
             WHERE member_id = $1 AND state IN ('dead', 'unassignable')
               AND ($2::uuid[] IS NULL OR id = ANY ($2))",
            member_id.as_str(),
            ids.as_deref(),
        )
        .execute(&self.pool)
        .await?
        .rows_affected())
    }

    /// Gives up items that were not sent, with a person's reason. How many there were.
    pub async fn discard_items(
        &self,
        member_id: &MemberId,
        ids: &[ItemId],
        reason: &str,
    ) -> Result<u64, StoreError> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        Ok(sqlx::query!(
            "UPDATE notification_items SET
                state = 'discarded', reason = $3, finished_at = clock_timestamp(), is_open = false
             WHERE member_id = $1 AND id = ANY ($2) AND state IN ('waiting', 'dead', 'unassignable')",
            member_id.as_str(),
            &ids,
            reason,
        )
        .execute(&self.pool)
        .await?
        .rows_affected())
    }

    /// Tries items that nobody could take again at once: the portal's people changed.
    pub async fn wake_unassignable(&self, member_id: &MemberId) -> Result<u64, StoreError> {
        Ok(sqlx::query!(
            "UPDATE notification_items SET due_at = clock_timestamp(), chance_since = clock_timestamp()
             WHERE member_id = $1 AND state = 'unassignable'",
            member_id.as_str(),
        )
        .execute(&self.pool)
        .await?
        .rows_affected())
    }

    /// Stops sending items to the portal until [`Store::resume_sending`], with the reason. What is on its way ends.
    pub async fn stop_sending(&self, member_id: &MemberId, reason: &str) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO notification_senders AS sender (member_id, paused_until, pause_reason)
             VALUES ($1, 'infinity', $2)
             ON CONFLICT (member_id) DO UPDATE SET
                paused_until = excluded.paused_until, pause_reason = excluded.pause_reason",
            member_id.as_str(),
            reason,
        )
        .execute(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        Ok(())
    }

    /// Ends any pause of the portal's sending.
    pub async fn resume_sending(&self, member_id: &MemberId) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE notification_senders SET paused_until = NULL, pause_reason = NULL, failures = 0
             WHERE member_id = $1",
            member_id.as_str(),
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
