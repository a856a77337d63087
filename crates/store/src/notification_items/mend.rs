//! What people may do with items that don't come by themselves: another chance, another person, giving up.

use certlens_domain::tracking::{Assignment, AssignmentRule};
use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::ItemId;
use crate::{MemberId, Store, StoreError, UserId};

/// A portal that refuses all items for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusingPortal {
    /// The portal.
    pub member_id: MemberId,
    /// Its domain.
    pub domain: String,
    /// It is asked again then.
    pub until: DateTime<Utc>,
    /// What it said.
    pub reason: String,
    /// Pauses in a row.
    pub failures: i32,
}

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

    /// Gives items that were not sent to this person, whatever the rules say, and another chance at once. Without `ids`, all
    /// that nobody could take. How many there were. The caller has proved that the person is there.
    pub async fn assign_items(
        &self,
        member_id: &MemberId,
        ids: Option<&[ItemId]>,
        user: UserId,
    ) -> Result<u64, StoreError> {
        let ids = ids.map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
        let assignment = Assignment {
            rules: vec![AssignmentRule::Fallback],
            fallback_user_id: u64::try_from(user.0).ok(),
        };
        Ok(sqlx::query!(
            "UPDATE notification_items SET
                assignment = $3, state = 'waiting', attempts = 0, chance_since = clock_timestamp(),
                due_at = greatest(clock_timestamp(), look_at)
             WHERE member_id = $1
               AND CASE WHEN $2::uuid[] IS NULL THEN state = 'unassignable'
                        ELSE id = ANY ($2) AND state IN ('waiting', 'dead', 'unassignable') END",
            member_id.as_str(),
            ids.as_deref(),
            Json(assignment) as Json<Assignment>,
        )
        .execute(&self.pool)
        .await?
        .rows_affected())
    }

    /// Portals that refuse all items for now, with the reason; the longest pause first.
    pub async fn refusing_portals(
        &self,
        member_id: Option<&MemberId>,
    ) -> Result<Vec<RefusingPortal>, StoreError> {
        sqlx::query!(
            r#"SELECT sender.member_id, portal.domain, sender.paused_until AS "until!", sender.pause_reason AS "reason!",
                      sender.failures
               FROM notification_senders AS sender JOIN portals AS portal USING (member_id)
               WHERE sender.paused_until > clock_timestamp() AND ($1::text IS NULL OR sender.member_id = $1)
               ORDER BY sender.failures DESC, sender.member_id LIMIT 200"#,
            member_id.map(MemberId::as_str),
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(RefusingPortal {
                member_id: MemberId::parse(&row.member_id)
                    .map_err(|_| StoreError::inconsistent("notification_senders", "member_id"))?,
                domain: row.domain,
                until: row.until,
                reason: row.reason,
                failures: row.failures,
            })
        })
        .collect()
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

    /// Ends the pause of a portal that refused everything: it is asked again now.
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
