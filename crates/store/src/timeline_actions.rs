//! Buttons of our activities that people pressed in a portal: noted when the event is worked off, acted upon later by
//! whoever knows what the button means.

use crate::{CrmEntity, MemberId, Store, StoreError, UserId};

/// A pressed button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineAction {
    /// The button's own name.
    pub action: String,
    /// Who pressed it.
    pub user_id: UserId,
    /// In which card.
    pub entity: CrmEntity,
    /// The portal's number of the activity.
    pub activity_id: Option<i64>,
}

impl Store {
    /// Notes a pressed button.
    pub async fn note_timeline_action(
        &self,
        member_id: &MemberId,
        action: &TimelineAction,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO timeline_actions (member_id, action, user_id, entity_type, entity_id, activity_id)
             VALUES ($1, $2, $3, $4, $5, $6)",
            member_id.as_str(),
            action.action,
            action.user_id.0,
            action.entity.entity_type.key(),
            action.entity.id,
            action.activity_id,
        )
        .execute(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        Ok(())
    }

    /// Acts upon the pressed buttons of this name: mutes the presser's own active subscriptions of the card for good, in
    /// the same statement. How many subscriptions fell silent.
    pub async fn mute_by_buttons(&self, action: &str) -> Result<u64, StoreError> {
        Ok(sqlx::query!(
            "WITH pressed AS (
                UPDATE timeline_actions SET handled_at = clock_timestamp()
                WHERE handled_at IS NULL AND action = $1
                RETURNING member_id, user_id, entity_type, entity_id
             )
             UPDATE subscriptions AS subscription SET muted_until = 'infinity', changed_at = clock_timestamp()
             FROM pressed
             WHERE subscription.member_id = pressed.member_id AND subscription.user_id = pressed.user_id
               AND subscription.entity_type = pressed.entity_type AND subscription.entity_id = pressed.entity_id
               AND subscription.state = 'active'",
            action,
        )
        .execute(&self.pool)
        .await?
        .rows_affected())
    }
}
