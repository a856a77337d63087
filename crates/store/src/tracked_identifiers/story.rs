//! What happened to a tracked identifier on our side: who subscribed, what was found, which items told it.

use super::SUBSCRIPTIONS_LOOKED_AT;
use crate::{MemberId, Store, StoreError};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Something that happened to an identifier on our side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedMoment {
    /// When.
    pub at: DateTime<Utc>,
    /// The portal.
    pub member_id: MemberId,
    /// Its domain.
    pub domain: String,
    /// Scheme and host of the portal's pages.
    pub origin: String,
    /// The card: `lead`, `deal` or `company`, and its number.
    pub card: (String, i64),
    /// What.
    pub what: TrackedHappening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrackedHappening {
    /// Somebody subscribed.
    Subscribed {
        /// Who.
        user_id: i64,
        /// His name.
        name: Option<String>,
    },
    /// A subscription ended.
    Ended {
        /// Whose.
        user_id: i64,
        /// His name.
        name: Option<String>,
        /// Why: the key of an `ArchiveReason`.
        reason: String,
    },
    /// A recount found news.
    Found {
        /// The recount's number.
        recount: i64,
        /// The kind of news.
        kind: String,
        /// How many.
        news: i64,
    },
    /// An item was made of its news.
    Item {
        /// Its number.
        item: Uuid,
        /// Its state.
        state: String,
        /// Its kind.
        kind: String,
        /// Why it failed, was skipped or could not be assigned.
        reason: Option<String>,
        /// To whom it went.
        responsible: Option<i64>,
    },
}

impl Store {
    /// What happened to an identifier on our side, newest first, before this moment; at most `limit` of each sort.
    pub async fn tracked_story(
        &self,
        member_id: Option<&MemberId>,
        identifier: &str,
        before: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<TrackedMoment>, StoreError> {
        let rows = sqlx::query!(
            r#"WITH tracked AS MATERIALIZED (
                   SELECT subscription.id, subscription.member_id, subscription.entity_type, subscription.entity_id,
                          subscription.user_id, subscription.created_at, subscription.archived_at, subscription.reason
                   FROM subscription_identifiers AS stated
                   JOIN subscriptions AS subscription ON subscription.id = stated.subscription_id
                   WHERE stated.identifier = $2 AND ($1::text IS NULL OR stated.member_id = $1)
                   ORDER BY stated.subscription_id DESC LIMIT $5
               ), found AS MATERIALIZED (
                   SELECT news.id, news.recount_id, news.kind, news.found_at, tracked.member_id, tracked.entity_type,
                          tracked.entity_id
                   FROM tracked
                   CROSS JOIN LATERAL (
                       SELECT id, recount_id, kind, found_at FROM news
                       WHERE news.subscription_id = tracked.id AND news.identifiers @> ARRAY[$2::text]
                             AND news.found_at < $3
                       ORDER BY news.id DESC LIMIT $4
                   ) AS news
               ), happened AS (
                   (SELECT created_at AS at, member_id, entity_type, entity_id, 'subscribed' AS what, user_id,
                           NULL::text AS word, NULL::text AS kind, NULL::bigint AS number, NULL::uuid AS item,
                           NULL::bigint AS recount
                    FROM tracked WHERE created_at < $3 ORDER BY created_at DESC LIMIT $4)
                   UNION ALL
                   (SELECT archived_at, member_id, entity_type, entity_id, 'ended', user_id, reason, NULL, NULL, NULL, NULL
                    FROM tracked WHERE archived_at < $3 ORDER BY archived_at DESC LIMIT $4)
                   UNION ALL
                   (SELECT max(found_at), member_id, entity_type, entity_id, 'found', NULL, NULL, kind, count(*), NULL,
                           recount_id
                    FROM found GROUP BY member_id, entity_type, entity_id, kind, recount_id
                    ORDER BY 1 DESC LIMIT $4)
                   UNION ALL
                   (SELECT coalesce(item.finished_at, item.created_at), item.member_id, item.entity_type, item.entity_id,
                           'item', item.responsible_id, coalesce(item.reason, ''), item.kind || '/' || item.state, NULL,
                           item.id, NULL
                    FROM notification_items AS item
                    WHERE item.id IN (SELECT item_news.item_id FROM found JOIN item_news ON item_news.news_id = found.id)
                          AND coalesce(item.finished_at, item.created_at) < $3
                    ORDER BY 1 DESC LIMIT $4)
               )
               SELECT happened.at AS "at!", happened.member_id AS "member_id!", portals.domain AS "domain!", portals.origin AS "origin!",
                      happened.entity_type AS "entity_type!", happened.entity_id AS "entity_id!", happened.what AS "what!",
                      happened.user_id, users.name AS "name?", happened.word, happened.kind, happened.number,
                      happened.item, happened.recount
               FROM happened
               JOIN portals ON portals.member_id = happened.member_id
               LEFT JOIN portal_users AS users
                    ON users.member_id = happened.member_id AND users.user_id = happened.user_id
               ORDER BY happened.at DESC, happened.what LIMIT $4"#,
            member_id.map(MemberId::as_str),
            identifier,
            before,
            limit,
            SUBSCRIPTIONS_LOOKED_AT,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let user_id = row.user_id.unwrap_or_default();
                let what = match row.what.as_str() {
                    "subscribed" => TrackedHappening::Subscribed {
                        user_id,
                        name: row.name,
                    },
                    "ended" => TrackedHappening::Ended {
                        user_id,
                        name: row.name,
                        reason: row.word.unwrap_or_default(),
                    },
                    "found" => TrackedHappening::Found {
                        recount: row.recount.unwrap_or_default(),
                        kind: row.kind.unwrap_or_default(),
                        news: row.number.unwrap_or_default(),
                    },
                    _ => {
                        let kind = row.kind.unwrap_or_default();
                        let (kind, state) = kind.split_once('/').unwrap_or((&kind, ""));
                        TrackedHappening::Item {
                            item: row.item.unwrap_or_default(),
                            state: state.to_owned(),
                            kind: kind.to_owned(),
                            reason: row.word.filter(|reason| !reason.is_empty()),
                            responsible: row.user_id,
                        }
                    }
                };
                Ok(TrackedMoment {
                    at: row.at,
                    member_id: MemberId::parse(&row.member_id)
                        .map_err(|_| StoreError::inconsistent("subscriptions", "member_id"))?,
                    domain: row.domain,
                    origin: row.origin,
                    card: (row.entity_type, row.entity_id),
                    what,
                })
            })
            .collect()
    }
}
