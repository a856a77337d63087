//! The identifiers that people track: the list, and what happened to one of them on our side.
//!
//! Every query takes the portal that may be seen; `None` is the operator's, who sees all. The list goes along an index of
//! identifiers, so that a page costs the same among a million. What happened to documents is not known here.

use crate::{MemberId, Store, StoreError};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Subscriptions of one identifier that a page of the list looks at; of more, the figures say "at least".
pub const SUBSCRIPTIONS_LOOKED_AT: i64 = 1_000;

/// Which identifiers are asked for, and from where on.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrackedQuery<'a> {
    /// Of this portal only.
    pub member_id: Option<&'a MemberId>,
    /// Only those that begin so.
    pub prefix: Option<&'a str>,
    /// Only those in this state.
    pub state: Option<TrackedState>,
    /// From the greatest to the least.
    pub is_descending: bool,
    /// After this one, in the order of the list.
    pub after: Option<&'a str>,
    /// At most so many.
    pub limit: i64,
}

/// How an identifier's news are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackedState {
    /// Everything that was found was told.
    Quiet,
    /// News wait to be told.
    NewsWaiting,
    /// An item that tells its news was given up.
    ItemDead,
}

impl TrackedState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Quiet, Self::NewsWaiting, Self::ItemDead];

    /// The key in addresses.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::NewsWaiting => "news_waiting",
            Self::ItemDead => "item_dead",
        }
    }
}

impl fmt::Display for TrackedState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.key())
    }
}

/// No state has this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tracked identifier is quiet, news_waiting or item_dead")]
pub struct UnknownTrackedState;

impl FromStr for TrackedState {
    type Err = UnknownTrackedState;

    fn from_str(key: &str) -> Result<Self, UnknownTrackedState> {
        Self::ALL
            .into_iter()
            .find(|state| state.key() == key)
            .ok_or(UnknownTrackedState)
    }
}

/// A tracked identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedIdentifier {
    /// As it is searched.
    pub identifier: String,
    /// Portals with active subscriptions of it.
    pub portals: i64,
    /// Their cards.
    pub cards: i64,
    /// Their subscribers.
    pub subscribers: i64,
    /// Whether there are more subscriptions than were looked at.
    pub are_more: bool,
    /// When news of it were last found.
    pub last_news_at: Option<DateTime<Utc>>,
    /// How its news are told.
    pub state: TrackedState,
}

/// Something that happened to an identifier on our side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedMoment {
    /// When.
    pub at: DateTime<Utc>,
    /// The portal.
    pub member_id: MemberId,
    /// Its domain.
    pub domain: String,
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
    /// A page of tracked identifiers in their order.
    pub async fn tracked_identifiers(
        &self,
        query: &TrackedQuery<'_>,
    ) -> Result<Vec<TrackedIdentifier>, StoreError> {
        let page = match query.state {
            Some(TrackedState::Quiet) | None => self.tracked_page(query).await?,
            Some(state) => self.troubled_page(query, state).await?,
        };
        let rows = sqlx::query!(
            r#"SELECT asked.identifier AS "identifier!", counted.portals AS "portals!", counted.cards AS "cards!",
                      counted.subscribers AS "subscribers!", counted.looked_at AS "looked_at!",
                      latest.found_at AS "last_news_at?", coalesce(trouble.is_waiting, false) AS "is_waiting!",
                      coalesce(trouble.is_dead, false) AS "is_dead!"
               FROM unnest($1::text[]) WITH ORDINALITY AS asked (identifier, place)
               CROSS JOIN LATERAL (
                   SELECT array_agg(id) AS ids, count(*) AS looked_at, count(DISTINCT member_id) AS portals,
                          count(DISTINCT (member_id, entity_type, entity_id)) AS cards,
                          count(DISTINCT (member_id, user_id)) AS subscribers
                   FROM (
                       SELECT subscription.id, subscription.member_id, entity_type, entity_id, user_id
                       FROM subscription_identifiers AS tracked
                       JOIN subscriptions AS subscription
                            ON subscription.id = tracked.subscription_id AND subscription.state = 'active'
                       WHERE tracked.identifier = asked.identifier COLLATE "C"
                             AND ($2::text IS NULL OR tracked.member_id = $2)
                       LIMIT $3
                   ) AS subscription
               ) AS counted
               LEFT JOIN LATERAL (
                   SELECT news.found_at FROM unnest(counted.ids) AS subscription (id)
                   JOIN LATERAL (
                       SELECT found_at FROM news
                       WHERE news.subscription_id = subscription.id AND news.identifiers @> ARRAY[asked.identifier]
                       ORDER BY news.id DESC LIMIT 1
                   ) AS news ON true
                   ORDER BY 1 DESC LIMIT 1
               ) AS latest ON true
               LEFT JOIN LATERAL (
                   SELECT bool_or(news.settled_at IS NULL) AS is_waiting, bool_or(item.state = 'dead') AS is_dead
                   FROM unnest(counted.ids) AS subscription (id)
                   JOIN LATERAL (
                       SELECT id, settled_at FROM news
                       WHERE news.subscription_id = subscription.id AND news.identifiers @> ARRAY[asked.identifier]
                       ORDER BY news.id DESC LIMIT 20
                   ) AS news ON true
                   LEFT JOIN item_news ON item_news.news_id = news.id
                   LEFT JOIN notification_items AS item ON item.id = item_news.item_id
               ) AS trouble ON true
               WHERE counted.looked_at > 0
               ORDER BY asked.place"#,
            &page,
            query.member_id.map(MemberId::as_str),
            SUBSCRIPTIONS_LOOKED_AT,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| TrackedIdentifier {
                identifier: row.identifier,
                portals: row.portals,
                cards: row.cards,
                subscribers: row.subscribers,
                are_more: row.looked_at >= SUBSCRIPTIONS_LOOKED_AT,
                last_news_at: row.last_news_at,
                state: match (row.is_dead, row.is_waiting) {
                    (true, _) => TrackedState::ItemDead,
                    (false, true) => TrackedState::NewsWaiting,
                    (false, false) => TrackedState::Quiet,
                },
            })
            .collect())
    }

    /// Hops from identifier to identifier through the index, however many subscriptions each has.
    async fn tracked_page(&self, query: &TrackedQuery<'_>) -> Result<Vec<String>, StoreError> {
        let upwards = r#"
            WITH RECURSIVE page (identifier, place) AS (
                (SELECT tracked.identifier, 1 FROM subscription_identifiers AS tracked
                 WHERE ($1::text IS NULL OR tracked.member_id = $1)
                   AND tracked.identifier > coalesce($2, '') COLLATE "C" AND tracked.identifier >= coalesce($3, '') COLLATE "C"
                   AND EXISTS (SELECT FROM subscriptions AS subscription
                               WHERE subscription.id = tracked.subscription_id AND subscription.state = 'active')
                 ORDER BY tracked.identifier LIMIT 1)
                UNION ALL
                SELECT next.identifier, page.place + 1
                FROM page, LATERAL (
                    SELECT tracked.identifier FROM subscription_identifiers AS tracked
                    WHERE ($1::text IS NULL OR tracked.member_id = $1) AND tracked.identifier > page.identifier
                      AND EXISTS (SELECT FROM subscriptions AS subscription
                                  WHERE subscription.id = tracked.subscription_id AND subscription.state = 'active')
                    ORDER BY tracked.identifier LIMIT 1
                ) AS next
                WHERE page.place < $4 AND ($3::text IS NULL OR starts_with(page.identifier, $3))
            )
            SELECT identifier FROM page WHERE $3::text IS NULL OR starts_with(identifier, $3) ORDER BY place"#;
        let downwards = r#"
            WITH RECURSIVE page (identifier, place) AS (
                (SELECT tracked.identifier, 1 FROM subscription_identifiers AS tracked
                 WHERE ($1::text IS NULL OR tracked.member_id = $1)
                   AND ($2::text IS NULL OR tracked.identifier < $2 COLLATE "C")
                   AND ($3::text IS NULL OR tracked.identifier < $3 || '~' COLLATE "C")
                   AND EXISTS (SELECT FROM subscriptions AS subscription
                               WHERE subscription.id = tracked.subscription_id AND subscription.state = 'active')
                 ORDER BY tracked.identifier DESC LIMIT 1)
                UNION ALL
                SELECT next.identifier, page.place + 1
                FROM page, LATERAL (
                    SELECT tracked.identifier FROM subscription_identifiers AS tracked
                    WHERE ($1::text IS NULL OR tracked.member_id = $1) AND tracked.identifier < page.identifier
                      AND EXISTS (SELECT FROM subscriptions AS subscription
                                  WHERE subscription.id = tracked.subscription_id AND subscription.state = 'active')
                    ORDER BY tracked.identifier DESC LIMIT 1
                ) AS next
                WHERE page.place < $4 AND ($3::text IS NULL OR starts_with(page.identifier, $3))
            )
            SELECT identifier FROM page WHERE $3::text IS NULL OR starts_with(identifier, $3) ORDER BY place"#;
        // Not prepared by name: a plan that knows whether a portal is asked for takes that portal's index.
        let statement = if query.is_descending { downwards } else { upwards };
        Ok(sqlx::query_scalar(statement)
            .persistent(false)
            .bind(query.member_id.map(MemberId::as_str))
            .bind(query.after)
            .bind(query.prefix)
            .bind(i32::try_from(query.limit).unwrap_or(i32::MAX))
            .fetch_all(&self.pool)
            .await?)
    }

    /// Identifiers whose news wait, or whose items were given up: few, found by the indexes of those.
    async fn troubled_page(
        &self,
        query: &TrackedQuery<'_>,
        state: TrackedState,
    ) -> Result<Vec<String>, StoreError> {
        let identifiers = sqlx::query_scalar!(
            r#"SELECT DISTINCT stated.identifier AS "identifier!"
               FROM (
                   SELECT identifiers FROM news
                   WHERE $5 = 'news_waiting' AND settled_at IS NULL AND ($1::text IS NULL OR member_id = $1)
                   UNION ALL
                   SELECT news.identifiers FROM notification_items AS item
                   JOIN item_news ON item_news.item_id = item.id
                   JOIN news ON news.id = item_news.news_id
                   WHERE $5 = 'item_dead' AND item.state = 'dead' AND ($1::text IS NULL OR item.member_id = $1)
               ) AS troubled
               CROSS JOIN LATERAL unnest(troubled.identifiers) AS stated (identifier)
               WHERE ($2::text IS NULL OR ($6 AND stated.identifier < $2 COLLATE "C")
                      OR (NOT $6 AND stated.identifier > $2 COLLATE "C"))
                 AND ($3::text IS NULL OR starts_with(stated.identifier, $3))
               ORDER BY 1 LIMIT CASE WHEN $6 THEN NULL ELSE $4::bigint END"#,
            query.member_id.map(MemberId::as_str),
            query.after,
            query.prefix,
            query.limit,
            state.key(),
            query.is_descending,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut identifiers: Vec<String> = identifiers;
        identifiers.sort_unstable();
        if query.is_descending {
            identifiers.reverse();
        }
        identifiers.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
        Ok(identifiers)
    }

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
               SELECT happened.at AS "at!", happened.member_id AS "member_id!", portals.domain AS "domain!",
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
                    card: (row.entity_type, row.entity_id),
                    what,
                })
            })
            .collect()
    }
}
