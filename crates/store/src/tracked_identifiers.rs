//! The identifiers that people track: the list, and what happened to one of them on our side.
//!
//! Every query takes the portal that may be seen; `None` is the operator's, who sees all. The list goes along an index of
//! identifiers, so that a page costs the same among a million. What happened to documents is not known here.

mod pages;
mod story;

use crate::{MemberId, Store, StoreError};
use chrono::{DateTime, Utc};
use pages::{Having, NewsPlace};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

pub use story::{TrackedHappening, TrackedMoment};

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
    /// In which order; those in trouble are listed by number only.
    pub order: TrackedOrder,
    /// The other way round.
    pub is_descending: bool,
    /// After this place, as [`TrackedIdentifier::place_in`] writes it for the order.
    pub after: Option<&'a str>,
    /// At most so many.
    pub limit: i64,
}

/// In which order tracked identifiers are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrackedOrder {
    /// By the identifier itself.
    #[default]
    Identifier,
    /// By when news of it were last found. Those that never had any come last in both directions, by number.
    News,
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
    /// The latest of its news.
    pub last_news: Option<i64>,
    /// How its news are told.
    pub state: TrackedState,
}

impl TrackedIdentifier {
    /// Where it stands in this order.
    pub fn place_in(&self, order: TrackedOrder) -> String {
        match order {
            TrackedOrder::Identifier => self.identifier.clone(),
            TrackedOrder::News => NewsPlace {
                news: self.last_news,
                identifier: &self.identifier,
            }
            .to_string(),
        }
    }
}

impl Store {
    /// A page of tracked identifiers in their order.
    pub async fn tracked_identifiers(
        &self,
        query: &TrackedQuery<'_>,
    ) -> Result<Vec<TrackedIdentifier>, StoreError> {
        let page = match query.state {
            Some(state @ (TrackedState::NewsWaiting | TrackedState::ItemDead)) => {
                self.troubled_page(query, state).await?
            }
            Some(TrackedState::Quiet) | None => match query.order {
                TrackedOrder::Identifier => self.tracked_page(query, Having::Any).await?,
                TrackedOrder::News => self.page_by_news(query).await?,
            },
        };
        let rows = sqlx::query!(
            r#"SELECT asked.identifier AS "identifier!", counted.portals AS "portals!", counted.cards AS "cards!",
                      counted.subscribers AS "subscribers!", counted.looked_at AS "looked_at!",
                      latest.found_at AS "last_news_at?", latest.news_id AS "last_news?", coalesce(trouble.is_waiting, false) AS "is_waiting!",
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
                   SELECT news_id, found_at FROM latest_news
                   WHERE latest_news.identifier = asked.identifier COLLATE "C" AND ($2::text IS NULL OR member_id = $2)
                   ORDER BY news_id DESC LIMIT 1
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
                last_news: row.last_news,
                state: match (row.is_dead, row.is_waiting) {
                    (true, _) => TrackedState::ItemDead,
                    (false, true) => TrackedState::NewsWaiting,
                    (false, false) => TrackedState::Quiet,
                },
            })
            .collect())
    }
}
