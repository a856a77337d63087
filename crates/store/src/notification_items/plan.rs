//! From unsettled news to items: set-based, in portions, each portion in one transaction.
//!
//! News that nobody told yet are joined to the cards that want them; each card gets one item per kind, and news that
//! come while that item is untouched join it. So however a run is cut into portions, a card gets one item of it.

use certlens_domain::tracking::{NotificationKind, NotifyScope};

use crate::{MemberId, Store, StoreError};

/// News that one transaction settles.
const PORTION: i64 = 2_000;
/// What portals have that chose nothing.
const DEFAULT_KIND: NotificationKind = NotificationKind::Todo;
const DEFAULT_SCOPE: NotifyScope = NotifyScope::Card;

/// What a portion did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlannedPortion {
    /// News that were settled; none: nothing is left.
    pub settled: i64,
    /// Those of them that no item tells: muted, archived, or told in the same card already.
    pub dropped: i64,
    /// New items.
    pub items: i64,
}

/// What a whole run did.
pub type Planned = PlannedPortion;

impl PlannedPortion {
    /// Adds another portion's numbers.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            settled: self.settled + other.settled,
            dropped: self.dropped + other.dropped,
            items: self.items + other.items,
        }
    }
}

impl Store {
    /// Makes all unsettled news of a portal into items; those that are found meanwhile too.
    pub async fn plan_items(&self, member_id: &MemberId) -> Result<Planned, StoreError> {
        let mut planned = Planned::default();
        loop {
            let portion = self.plan_portion(member_id, PORTION).await?;
            planned = planned.and(portion);
            if portion.settled == 0 {
                return Ok(planned);
            }
        }
    }

    /// Makes the oldest unsettled news of a portal, at most `limit`, into items. Portions of one portal take turns.
    #[expect(
        clippy::too_many_lines,
        reason = "one statement, which reads from top to bottom"
    )]
    pub async fn plan_portion(&self, member_id: &MemberId, limit: i64) -> Result<PlannedPortion, StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "SELECT pg_advisory_xact_lock(hashtextextended('notification_items.plan:' || $1, 0))",
            member_id.as_str(),
        )
        .fetch_one(&mut *transaction)
        .await?;
        let portion = sqlx::query_as!(
            PlannedPortion,
            r#"
            WITH settings AS MATERIALIZED (
                SELECT coalesce(max(notification ->> 'kind'), $3) AS item_kind, coalesce(max(notify_scope), $4) AS scope
                FROM portal_settings WHERE member_id = $1
            ), unsettled AS MATERIALIZED (
                SELECT * FROM news WHERE member_id = $1 AND settled_at IS NULL ORDER BY id LIMIT $2
            ), chosen AS MATERIALIZED (
                SELECT unsettled.id, unsettled.kind, unsettled.registry, unsettled.document_key, unsettled.occurrence,
                       unsettled.identifiers, unsettled.subscription_id, subscription.user_id,
                       subscription.assignment, subscription.entity_type, subscription.entity_id,
                       coalesce(subscription.notification_kind, settings.item_kind) AS item_kind,
                       coalesce(subscription.scope, settings.scope) AS scope,
                       CASE WHEN subscription.state = 'archived' THEN 'archived'
                            WHEN subscription.muted_until > clock_timestamp() THEN 'muted' END AS dropped
                FROM unsettled
                JOIN subscriptions AS subscription ON subscription.id = unsettled.subscription_id
                CROSS JOIN settings
            ), targets AS MATERIALIZED (
                SELECT chosen.id, chosen.entity_type, chosen.entity_id FROM chosen WHERE dropped IS NULL
                UNION
                SELECT chosen.id, card.entity_type, card.entity_id
                FROM chosen
                CROSS JOIN LATERAL unnest(chosen.identifiers) AS wanted (identifier)
                JOIN crm_identifiers AS card ON card.member_id = $1 AND card.identifier = wanted.identifier
                WHERE chosen.dropped IS NULL AND chosen.scope = 'all_matching'
            ), untold AS MATERIALIZED (
                -- Of several subscriptions that want the same told in the same card, the earliest stands for all.
                SELECT DISTINCT ON (targets.entity_type, targets.entity_id, chosen.item_kind, chosen.kind, chosen.registry,
                                    chosen.document_key, chosen.occurrence)
                       chosen.id, targets.entity_type, targets.entity_id, chosen.item_kind, chosen.kind, chosen.registry,
                       chosen.document_key, chosen.occurrence
                FROM targets
                JOIN chosen USING (id)
                WHERE NOT EXISTS (
                    SELECT FROM item_news AS told
                    WHERE told.member_id = $1 AND told.entity_type = targets.entity_type
                      AND told.entity_id = targets.entity_id AND told.item_kind = chosen.item_kind
                      AND told.kind = chosen.kind AND told.registry = chosen.registry
                      AND told.document_key = chosen.document_key AND told.occurrence = chosen.occurrence
                )
                ORDER BY targets.entity_type, targets.entity_id, chosen.item_kind, chosen.kind, chosen.registry,
                         chosen.document_key, chosen.occurrence, chosen.subscription_id, chosen.id
            ), subscribers AS (
                SELECT targets.entity_type, targets.entity_id, chosen.item_kind, chosen.user_id,
                       min(chosen.subscription_id) AS first_subscription
                FROM targets JOIN chosen USING (id)
                GROUP BY 1, 2, 3, 4
            ), subscriber_lists AS MATERIALIZED (
                SELECT entity_type, entity_id, item_kind, array_agg(user_id ORDER BY first_subscription) AS subscriber_ids
                FROM subscribers
                GROUP BY 1, 2, 3
            ), assignments AS MATERIALIZED (
                SELECT DISTINCT ON (targets.entity_type, targets.entity_id, chosen.item_kind)
                       targets.entity_type, targets.entity_id, chosen.item_kind, chosen.assignment
                FROM targets JOIN chosen USING (id)
                WHERE chosen.assignment IS NOT NULL
                ORDER BY targets.entity_type, targets.entity_id, chosen.item_kind, chosen.subscription_id
            ), cards AS (
                SELECT DISTINCT entity_type, entity_id, item_kind FROM untold
            ), items AS (
                INSERT INTO notification_items AS item (
                    id, member_id, entity_type, entity_id, kind, assignment, subscriber_ids)
                SELECT gen_random_uuid(), $1, entity_type, entity_id, item_kind, assignments.assignment,
                       subscriber_lists.subscriber_ids
                FROM cards
                JOIN subscriber_lists USING (entity_type, entity_id, item_kind)
                LEFT JOIN assignments USING (entity_type, entity_id, item_kind)
                ON CONFLICT (member_id, entity_type, entity_id, kind) WHERE is_open DO UPDATE SET
                    assignment = coalesce(item.assignment, excluded.assignment),
                    subscriber_ids = item.subscriber_ids || ARRAY(
                        SELECT newer FROM unnest(excluded.subscriber_ids) WITH ORDINALITY AS more (newer, position)
                        WHERE newer <> ALL (item.subscriber_ids) ORDER BY position)
                RETURNING id, entity_type, entity_id, kind, xmax = 0 AS is_new
            ), told AS (
                INSERT INTO item_news (
                    item_id, news_id, member_id, entity_type, entity_id, item_kind, kind, registry, document_key, occurrence)
                SELECT items.id, untold.id, $1, untold.entity_type, untold.entity_id, untold.item_kind, untold.kind,
                       untold.registry, untold.document_key, untold.occurrence
                FROM untold
                JOIN items ON items.entity_type = untold.entity_type AND items.entity_id = untold.entity_id
                          AND items.kind = untold.item_kind
            ), settled AS (
                UPDATE news SET
                    settled_at = clock_timestamp(),
                    dropped = coalesce(chosen.dropped, CASE WHEN chosen.id NOT IN (
                        SELECT untold.id FROM untold) THEN 'told_already' END)
                FROM chosen
                WHERE news.id = chosen.id
                RETURNING news.dropped
            )
            SELECT (SELECT count(*) FROM settled) AS "settled!",
                   (SELECT count(*) FROM settled WHERE dropped IS NOT NULL) AS "dropped!",
                   (SELECT count(*) FROM items WHERE is_new) AS "items!"
            "#,
            member_id.as_str(),
            limit,
            DEFAULT_KIND.key(),
            DEFAULT_SCOPE.key(),
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        transaction.commit().await?;
        Ok(portion)
    }
}
