//! Taking a portal's lease and its items.
//!
//! Portals take turns: the one that was served longest ago comes first, so that thirteen thousand items of one portal
//! don't delay the single item of another. What a sender that died left behind is waiting again as soon as its lease
//! has run out; what may be in the portal already waits until the portal can't be at work on it any more.

use std::collections::HashMap;
use std::time::Duration;

use certlens_domain::tracking::Assignment;
use sqlx::types::Json;
use uuid::Uuid;

use super::{ClaimedItem, ITEM_ATTEMPTS, ItemId, ItemNews, SenderLease, TABLE, read_key};
use crate::{CrmEntity, MemberId, Store, StoreError, UserId, seconds};

/// How often a claim looks for another portal after somebody else was quicker.
const LOOKS: u32 = 8;
/// News of one item that are read; what a text can list, and the counts of a heavy day.
const NEWS_OF_AN_ITEM: i64 = 2_000;

impl Store {
    /// Takes the lease of the portal that has due items and was served longest ago. `None` when there is none. The lease
    /// runs out after `lease` unless it is renewed.
    pub async fn claim_sender(&self, lease: Duration) -> Result<Option<SenderLease>, StoreError> {
        for _ in 0..LOOKS {
            let Some(member_id) = self.next_portal_to_serve().await? else {
                return Ok(None);
            };
            if let Some(lease) = self.claim_sender_of(&member_id, lease).await? {
                return Ok(Some(lease));
            }
        }
        Ok(None)
    }

    /// Takes the lease of this portal; `None` while somebody holds it or sending is paused there.
    pub async fn claim_sender_of(
        &self,
        member_id: &MemberId,
        lease: Duration,
    ) -> Result<Option<SenderLease>, StoreError> {
        let lease_id = Uuid::new_v4();
        let mut transaction = self.pool.begin().await?;
        let taken = sqlx::query!(
            "INSERT INTO notification_senders AS sender (member_id, lease_id, lease_until, served_at)
             SELECT member_id, $2, clock_timestamp() + make_interval(secs => $3), clock_timestamp()
             FROM portals
             WHERE member_id = $1 AND state <> 'uninstalled' AND NOT is_work_paused(member_id, 'items')
             ON CONFLICT (member_id) DO UPDATE SET
                lease_id = excluded.lease_id, lease_until = excluded.lease_until, served_at = excluded.served_at
             WHERE (sender.lease_until IS NULL OR sender.lease_until <= clock_timestamp())
               AND (sender.paused_until IS NULL OR sender.paused_until <= clock_timestamp())",
            member_id.as_str(),
            lease_id,
            seconds(lease),
        )
        .execute(&mut *transaction)
        .await?;
        if taken.rows_affected() == 0 {
            return Ok(None);
        }
        sqlx::query!(
            "UPDATE notification_items SET
                state = 'waiting', lease_id = NULL, lease_until = NULL,
                due_at = greatest(clock_timestamp(), look_at),
                reason = 'the process that sent it ended in the middle'
             WHERE member_id = $1 AND state = 'sending'",
            member_id.as_str(),
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Some(SenderLease {
            member_id: member_id.clone(),
            id: lease_id,
        }))
    }

    /// Hops from portal to portal through the index of due items: a portal with a hundred thousand of them costs no more
    /// than one with a single item.
    async fn next_portal_to_serve(&self) -> Result<Option<MemberId>, StoreError> {
        sqlx::query_scalar!(
            r#"
            WITH RECURSIVE waiting AS (
                (SELECT member_id, due_at FROM notification_items WHERE state IN ('waiting', 'unassignable')
                 ORDER BY member_id, due_at LIMIT 1)
                UNION ALL
                SELECT next.member_id, next.due_at
                FROM waiting,
                LATERAL (
                    SELECT item.member_id, item.due_at FROM notification_items AS item
                    WHERE item.state IN ('waiting', 'unassignable') AND item.member_id > waiting.member_id
                    ORDER BY item.member_id, item.due_at LIMIT 1
                ) AS next
            ), candidates AS (
                SELECT member_id, due_at FROM waiting WHERE due_at <= clock_timestamp()
                UNION ALL
                -- The lease of a process that died, with what it held.
                SELECT member_id, lease_until FROM notification_senders
                WHERE lease_id IS NOT NULL AND lease_until <= clock_timestamp()
            )
            SELECT candidates.member_id AS "member_id!"
            FROM candidates
            JOIN portals ON portals.member_id = candidates.member_id AND portals.state <> 'uninstalled'
            LEFT JOIN notification_senders AS sender ON sender.member_id = candidates.member_id
            WHERE (sender.lease_until IS NULL OR sender.lease_until <= clock_timestamp())
              AND (sender.paused_until IS NULL OR sender.paused_until <= clock_timestamp())
              AND NOT is_work_paused(candidates.member_id, 'items')
            ORDER BY sender.served_at NULLS FIRST, candidates.due_at
            LIMIT 1
            "#,
        )
        .fetch_optional(&self.pool)
        .await?
        .map(|text| MemberId::parse(&text).map_err(|_| StoreError::inconsistent(TABLE, "member_id")))
        .transpose()
    }

    /// Holds the lease for this time from now on.
    pub async fn renew_sender(&self, lease: &SenderLease, duration: Duration) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "UPDATE notification_senders SET lease_until = clock_timestamp() + make_interval(secs => $3)
             WHERE member_id = $1 AND lease_id = $2 AND lease_until > clock_timestamp()",
            lease.member_id.as_str(),
            lease.id,
            seconds(duration),
        )
        .execute(&self.pool)
        .await?;
        if outcome.rows_affected() == 0 {
            return Err(StoreError::LeaseLost);
        }
        Ok(())
    }

    /// Gives the lease back. Items that are still being sent under it wait again: those that surely were not sent at once
    /// and without the attempt, the others until the portal can't be at work on them. A lease that was lost is none of
    /// the caller's business any more.
    pub async fn release_sender(&self, lease: &SenderLease) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let held = sqlx::query!(
            "UPDATE notification_senders SET lease_id = NULL, lease_until = NULL
             WHERE member_id = $1 AND lease_id = $2",
            lease.member_id.as_str(),
            lease.id,
        )
        .execute(&mut *transaction)
        .await?;
        if held.rows_affected() > 0 {
            sqlx::query!(
                "UPDATE notification_items SET
                    state = 'waiting', lease_id = NULL, lease_until = NULL,
                    due_at = greatest(clock_timestamp(), look_at),
                    attempts = CASE WHEN is_uncertain THEN attempts ELSE greatest(attempts - 1, 0) END
                 WHERE member_id = $1 AND state = 'sending' AND lease_id = $2",
                lease.member_id.as_str(),
                lease.id,
            )
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Takes due items of the portal, at most `limit`, those that are due for longest first. Each claim counts as an
    /// attempt; an item that used its attempts up is given up, unless it may be in the portal already.
    pub async fn claim_items(&self, lease: &SenderLease, limit: i64) -> Result<Vec<ClaimedItem>, StoreError> {
        let rows = sqlx::query!(
            r#"
            WITH held AS (
                SELECT member_id, lease_until FROM notification_senders
                WHERE member_id = $1 AND lease_id = $2 AND lease_until > clock_timestamp()
                FOR SHARE
            ), due AS MATERIALIZED (
                SELECT item.id, item.attempts >= $4 AND NOT item.is_uncertain AS is_given_up
                FROM notification_items AS item JOIN held USING (member_id)
                WHERE item.state IN ('waiting', 'unassignable') AND item.due_at <= clock_timestamp()
                ORDER BY item.due_at, item.id
                LIMIT $3
                FOR UPDATE OF item SKIP LOCKED
            ), given_up AS (
                UPDATE notification_items AS item SET
                    state = 'dead', is_open = false,
                    reason = coalesce(item.reason, 'every process that took this item died of it')
                FROM due WHERE item.id = due.id AND due.is_given_up
            )
            UPDATE notification_items AS item SET
                state = 'sending', lease_id = $2, lease_until = held.lease_until, attempts = item.attempts + 1,
                is_open = false
            FROM due, held
            WHERE item.id = due.id AND NOT due.is_given_up
            RETURNING item.id, item.entity_type, item.entity_id, item.kind,
                      item.assignment AS "assignment: Json<Assignment>", item.subscriber_ids, item.attempts,
                      item.is_uncertain, item.assigned_rule, item.responsible_id, item.created_at,
                      ARRAY(SELECT DISTINCT refusal.user_id FROM assignment_refusals AS refusal
                            WHERE refusal.item_id = item.id AND refusal.reason = 'refused'
                              AND refusal.at >= item.chance_since) AS "refused!"
            "#,
            lease.member_id.as_str(),
            lease.id,
            limit,
            ITEM_ATTEMPTS,
        )
        .fetch_all(&self.pool)
        .await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut news = self.news_of_items(&ids).await?;
        let mut items = rows
            .into_iter()
            .map(|row| {
                let rule = row.assigned_rule.as_deref();
                let rule = rule
                    .map(|rule| read_key(TABLE, "assigned_rule", rule))
                    .transpose()?;
                Ok(ClaimedItem {
                    id: ItemId(row.id),
                    entity: CrmEntity::new(read_key(TABLE, "entity_type", &row.entity_type)?, row.entity_id),
                    kind: read_key(TABLE, "kind", &row.kind)?,
                    assignment: row.assignment.map(|assignment| assignment.0),
                    subscriber_ids: row.subscriber_ids.into_iter().map(UserId).collect(),
                    attempts: row.attempts,
                    is_uncertain: row.is_uncertain,
                    assigned: rule.zip(row.responsible_id.map(UserId)),
                    refused: row.refused.into_iter().map(UserId).collect(),
                    created_at: row.created_at,
                    news: news.remove(&row.id).unwrap_or_default(),
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        items.sort_by_key(|item| (item.created_at, item.id));
        Ok(items)
    }

    async fn news_of_items(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<ItemNews>>, StoreError> {
        let rows = sqlx::query!(
            r#"
            SELECT item.id AS "item_id!", told.kind, told.registry AS "registry!", told.document_key, told.identifiers
            FROM unnest($1::uuid[]) AS item (id)
            CROSS JOIN LATERAL (
                SELECT item_news.kind, item_news.registry::text AS registry, item_news.document_key, news.identifiers
                FROM item_news JOIN news ON news.id = item_news.news_id
                WHERE item_news.item_id = item.id
                ORDER BY item_news.news_id
                LIMIT $2
            ) AS told
            "#,
            ids,
            NEWS_OF_AN_ITEM,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut news: HashMap<Uuid, Vec<ItemNews>> = HashMap::with_capacity(ids.len());
        for row in rows {
            news.entry(row.item_id).or_default().push(ItemNews {
                kind: read_key("item_news", "kind", &row.kind)?,
                registry: read_key("item_news", "registry", &row.registry)?,
                document_key: row.document_key,
                identifiers: row.identifiers,
            });
        }
        Ok(news)
    }
}
