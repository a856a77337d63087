//! From unsettled news to items: set-based, in portions, each portion in one transaction.
//!
//! News that nobody told yet are joined to the cards that want them; each card gets one item per kind, and news that
//! come while that item is untouched join it. So however a run is cut into portions, a card gets one item of it.
//!
//! An item's number, its marker in the portal, is made of what it tells. So when a database is restored and the same news are
//! found and planned again, the item is the same as the one that was sent after the backup; for some days after a restoration
//! (`notification_senders.doubt_until`) each new item is therefore looked for before it is sent. One that tells anything more
//! is another one: rather twice than never.

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
        // What the statement makes for itself has no statistics, and news that were found a moment ago are not in any:
        // left alone, the planner compares each row with each. Every look into a table is by index and row by row as
        // written (LIMIT, scalar), the rest is hashed or sorted.
        sqlx::query!(
            "SELECT pg_advisory_xact_lock(hashtextextended('notification_items.plan:' || $1, 0)) AS turn,
                    set_config('plan_cache_mode', 'force_custom_plan', true) AS plans,
                    set_config('enable_nestloop', 'off', true) AS loops,
                    set_config('enable_seqscan', 'off', true) AS scans",
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
            ), chosen AS MATERIALIZED (
                -- News with what their subscriptions want.
                SELECT unsettled.id, unsettled.kind, unsettled.registry, unsettled.document_key, unsettled.occurrence,
                       unsettled.identifiers, unsettled.subscription_id, subscription.*
                FROM (SELECT * FROM news WHERE member_id = $1 AND settled_at IS NULL ORDER BY id LIMIT $2) AS unsettled
                CROSS JOIN LATERAL (
                    SELECT own.user_id, own.assignment, own.entity_type, own.entity_id,
                           coalesce(own.notification_kind, settings.item_kind) AS item_kind,
                           coalesce(own.scope, settings.scope) AS scope,
                           CASE WHEN own.state = 'archived' THEN 'archived'
                                WHEN own.muted_until > clock_timestamp() THEN 'muted' END AS dropped
                    FROM subscriptions AS own, settings
                    WHERE own.id = unsettled.subscription_id
                    LIMIT 1
                ) AS subscription
            ), targets AS MATERIALIZED (
                -- Each with each card that is to be told.
                SELECT chosen.id, chosen.kind, chosen.registry, chosen.document_key, chosen.occurrence, chosen.item_kind,
                       chosen.subscription_id, chosen.user_id, chosen.assignment, card.entity_type, card.entity_id
                FROM chosen
                CROSS JOIN LATERAL (
                    SELECT chosen.entity_type, chosen.entity_id
                    UNION
                    SELECT matching.entity_type, matching.entity_id
                    FROM crm_identifiers AS matching
                    WHERE chosen.scope = 'all_matching'
                      AND matching.member_id = $1 AND matching.identifier = ANY (chosen.identifiers)
                ) AS card (entity_type, entity_id)
                WHERE chosen.dropped IS NULL
            ), weighed AS MATERIALIZED (
                -- Of several subscriptions that want the same told in the same card, the earliest stands for all.
                SELECT targets.*,
                       row_number() OVER (
                           PARTITION BY entity_type, entity_id, item_kind, kind, registry, document_key, occurrence
                           ORDER BY subscription_id, id) = 1
                       AND (SELECT true FROM item_news AS told
                            WHERE told.member_id = $1 AND told.entity_type = targets.entity_type
                              AND told.entity_id = targets.entity_id AND told.item_kind = targets.item_kind
                              AND told.kind = targets.kind AND told.registry = targets.registry
                              AND told.document_key = targets.document_key AND told.occurrence = targets.occurrence
                            LIMIT 1) IS NULL AS is_untold
                FROM targets
            ), subscribers AS (
                SELECT entity_type, entity_id, item_kind, user_id, min(subscription_id) AS first_subscription,
                       (array_agg(assignment ORDER BY subscription_id) FILTER (WHERE assignment IS NOT NULL))[1] AS assignment,
                       min(subscription_id) FILTER (WHERE assignment IS NOT NULL) AS chose_assignment
                FROM weighed
                GROUP BY entity_type, entity_id, item_kind, user_id
            ), telling AS (
                SELECT entity_type, entity_id, item_kind,
                       string_agg(concat_ws('|', kind, registry, document_key) COLLATE "C", E'\n'
                                  ORDER BY concat_ws('|', kind, registry, document_key) COLLATE "C") AS news
                FROM weighed WHERE is_untold
                GROUP BY entity_type, entity_id, item_kind
            ), fresh AS (
                SELECT md5(concat_ws('|', $1, entity_type, entity_id, item_kind, telling.news))::uuid AS marker,
                       entity_type, entity_id, item_kind,
                       (array_agg(assignment ORDER BY chose_assignment) FILTER (WHERE assignment IS NOT NULL))[1]
                           AS assignment,
                       array_agg(user_id ORDER BY first_subscription) AS subscriber_ids
                FROM subscribers JOIN telling USING (entity_type, entity_id, item_kind)
                GROUP BY entity_type, entity_id, item_kind, telling.news
            ), doubt AS MATERIALIZED (
                SELECT coalesce(max(doubt_until) > clock_timestamp(), false) AS is_present
                FROM notification_senders WHERE member_id = $1
            ), items AS (
                INSERT INTO notification_items AS item (
                    id, member_id, entity_type, entity_id, kind, assignment, subscriber_ids, is_open, is_uncertain, look_at)
                -- What was told, and whose news were forgotten since, keeps its number.
                SELECT CASE WHEN (SELECT true FROM notification_items AS taken WHERE taken.id = fresh.marker LIMIT 1)
                            THEN gen_random_uuid() ELSE fresh.marker END,
                       $1, entity_type, entity_id, item_kind, assignment, subscriber_ids,
                       NOT doubt.is_present, doubt.is_present, CASE WHEN doubt.is_present THEN clock_timestamp() END
                FROM fresh, doubt
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
                FROM weighed AS untold
                JOIN items ON items.entity_type = untold.entity_type AND items.entity_id = untold.entity_id
                          AND items.kind = untold.item_kind
                WHERE untold.is_untold
            ), settled AS (
                UPDATE news SET
                    settled_at = clock_timestamp(),
                    dropped = CASE WHEN news.id IN (SELECT id FROM weighed WHERE is_untold) THEN NULL
                                   WHEN news.id IN (SELECT id FROM chosen WHERE dropped = 'archived') THEN 'archived'
                                   WHEN news.id IN (SELECT id FROM chosen WHERE dropped = 'muted') THEN 'muted'
                                   ELSE 'told_already' END
                WHERE news.id = ANY (ARRAY(SELECT id FROM chosen))
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
