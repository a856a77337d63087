//! Subscriptions as administrators look at them: over all portals or one, in the order in which they were made, narrowed, with names and titles.

use super::{ArchiveReason, SubscriptionId, SubscriptionState, TABLE, parsed};
use crate::{CrmEntity, MemberId, Store, StoreError, UserId};
use chrono::{DateTime, Utc};

/// Which subscriptions are wanted; what is left out does not matter.
#[derive(Debug, Clone, Default)]
pub struct ListingQuery<'a> {
    /// Of this portal.
    pub member_id: Option<&'a MemberId>,
    /// In this state.
    pub state: Option<SubscriptionState>,
    /// Archived for this reason.
    pub reason: Option<&'a str>,
    /// Of this user.
    pub user: Option<UserId>,
    /// Given in this card.
    pub entity: Option<CrmEntity>,
    /// That track this identifier.
    pub identifier: Option<&'a str>,
    /// That want this kind of news.
    pub news: Option<&'a str>,
    /// From the earliest to the latest; otherwise the other way round.
    pub is_earliest_first: bool,
    /// After this one, in that order.
    pub after: Option<SubscriptionId>,
    /// At most so many.
    pub limit: i64,
}

/// A subscription in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSubscription {
    /// Its number.
    pub id: SubscriptionId,
    /// The portal.
    pub member_id: MemberId,
    /// Its domain.
    pub domain: String,
    /// Scheme and host of the portal's pages.
    pub origin: String,
    /// The card in which it was given.
    pub entity: CrmEntity,
    /// The card's title, where the index knows it.
    pub card_title: Option<String>,
    /// Who subscribed.
    pub user: UserId,
    /// The subscriber's name, where it is known.
    pub user_name: Option<String>,
    /// Keys of the news that are wanted.
    pub news: Vec<String>,
    /// What is tracked.
    pub identifiers: Vec<String>,
    /// Whether it makes no items for now.
    pub is_muted: bool,
    /// Why it is archived; `None`: it is active.
    pub archived: Option<ArchiveReason>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its latest news were found.
    pub last_news_at: Option<DateTime<Utc>>,
}

/// The numbers of a page of those that track an identifier.
macro_rules! of_identifier {
    ($store:expr, $query:expr, $identifier:expr, $beyond:literal, $direction:literal) => {
        sqlx::query_scalar!(
            "SELECT subscription.id
             FROM subscription_identifiers AS tracked
             JOIN subscriptions AS subscription ON subscription.id = tracked.subscription_id
             WHERE tracked.identifier = $9 AND ($1::text IS NULL OR subscription.member_id = $1)
               AND ($7::bigint IS NULL OR tracked.subscription_id " + $beyond + " $7) AND ($2::text IS NULL OR subscription.state = $2)
               AND ($3::bigint IS NULL OR subscription.user_id = $3) AND ($4::text IS NULL OR subscription.entity_type = $4)
               AND ($5::bigint IS NULL OR subscription.entity_id = $5) AND ($6::text IS NULL OR $6 = ANY (subscription.news))
               AND ($10::text IS NULL OR subscription.reason = $10)
             ORDER BY tracked.subscription_id " + $direction + " LIMIT $8",
            $query.member_id.map(MemberId::as_str),
            $query.state.map(SubscriptionState::key),
            $query.user.map(|user| user.0),
            $query.entity.map(|entity| entity.entity_type.key()),
            $query.entity.map(|entity| entity.id),
            $query.news,
            $query.after.map(|id| id.0),
            $query.limit,
            $identifier,
            $query.reason,
        )
        .fetch_all(&$store.pool)
        .await?
    };
}

/// The numbers of a page of a portal's.
macro_rules! of_portal {
    ($store:expr, $query:expr, $portal:expr, $beyond:literal, $direction:literal) => {
        sqlx::query_scalar!(
            "SELECT id FROM subscriptions
             WHERE member_id = $1 AND ($2::text IS NULL OR state = $2)
               AND ($3::bigint IS NULL OR user_id = $3) AND ($4::text IS NULL OR entity_type = $4)
               AND ($5::bigint IS NULL OR entity_id = $5) AND ($6::text IS NULL OR $6 = ANY (news))
               AND ($7::bigint IS NULL OR id "
                + $beyond
                + " $7) AND ($9::text IS NULL OR reason = $9)
             ORDER BY id "
                + $direction
                + " LIMIT $8",
            $portal.as_str(),
            $query.state.map(SubscriptionState::key),
            $query.user.map(|user| user.0),
            $query.entity.map(|entity| entity.entity_type.key()),
            $query.entity.map(|entity| entity.id),
            $query.news,
            $query.after.map(|id| id.0),
            $query.limit,
            $query.reason,
        )
        .fetch_all(&$store.pool)
        .await?
    };
}

/// The numbers of a page of all portals'.
macro_rules! of_all {
    ($store:expr, $query:expr, $beyond:literal, $direction:literal) => {
        sqlx::query_scalar!(
            "SELECT id FROM subscriptions
             WHERE ($1::text IS NULL OR state = $1)
               AND ($2::bigint IS NULL OR user_id = $2) AND ($3::text IS NULL OR entity_type = $3)
               AND ($4::bigint IS NULL OR entity_id = $4) AND ($5::text IS NULL OR $5 = ANY (news))
               AND ($6::bigint IS NULL OR id "
                + $beyond
                + " $6) AND ($8::text IS NULL OR reason = $8)
             ORDER BY id "
                + $direction
                + " LIMIT $7",
            $query.state.map(SubscriptionState::key),
            $query.user.map(|user| user.0),
            $query.entity.map(|entity| entity.entity_type.key()),
            $query.entity.map(|entity| entity.id),
            $query.news,
            $query.after.map(|id| id.0),
            $query.limit,
            $query.reason,
        )
        .fetch_all(&$store.pool)
        .await?
    };
}

impl Store {
    /// A page of subscriptions.
    pub async fn listed_subscriptions(
        &self,
        query: &ListingQuery<'_>,
    ) -> Result<Vec<ListedSubscription>, StoreError> {
        let ids = self.listed_numbers(query).await?;
        self.subscriptions_listed_by(query.member_id, &ids).await
    }

    /// These subscriptions, as far as they are the portal's; the latest first.
    pub async fn subscriptions_named(
        &self,
        member_id: Option<&MemberId>,
        ids: &[SubscriptionId],
    ) -> Result<Vec<ListedSubscription>, StoreError> {
        let mut ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        ids.sort_unstable_by(|one, other| other.cmp(one));
        ids.dedup();
        self.subscriptions_listed_by(member_id, &ids).await
    }

    /// A statement for each way to ask, so that each has its index.
    async fn listed_numbers(&self, query: &ListingQuery<'_>) -> Result<Vec<i64>, StoreError> {
        Ok(
            match (query.identifier, query.member_id, query.is_earliest_first) {
                (Some(identifier), _, false) => of_identifier!(self, query, identifier, "<", "DESC"),
                (Some(identifier), _, true) => of_identifier!(self, query, identifier, ">", "ASC"),
                (None, Some(portal), false) => of_portal!(self, query, portal, "<", "DESC"),
                (None, Some(portal), true) => of_portal!(self, query, portal, ">", "ASC"),
                (None, None, false) => of_all!(self, query, "<", "DESC"),
                (None, None, true) => of_all!(self, query, ">", "ASC"),
            },
        )
    }

    async fn subscriptions_listed_by(
        &self,
        member_id: Option<&MemberId>,
        ids: &[i64],
    ) -> Result<Vec<ListedSubscription>, StoreError> {
        sqlx::query!(
            r#"SELECT subscription.id, subscription.member_id, portal.domain, portal.origin, subscription.entity_type,
                      subscription.entity_id, card.title AS "title?", subscription.user_id, person.name AS "name?",
                      subscription.news, coalesce(subscription.muted_until > now(), false) AS "is_muted!",
                      subscription.reason, subscription.created_at,
                      ARRAY(SELECT own.identifier FROM subscription_identifiers AS own
                            WHERE own.subscription_id = subscription.id ORDER BY own.identifier) AS "identifiers!",
                      (SELECT max(news.found_at) FROM news WHERE news.subscription_id = subscription.id) AS last_news_at
               FROM unnest($2::bigint[]) WITH ORDINALITY AS asked (id, place)
               JOIN subscriptions AS subscription ON subscription.id = asked.id
               JOIN portals AS portal ON portal.member_id = subscription.member_id
               LEFT JOIN crm_items AS card ON card.member_id = subscription.member_id
                    AND card.entity_type = subscription.entity_type AND card.entity_id = subscription.entity_id
               LEFT JOIN portal_users AS person
                    ON person.member_id = subscription.member_id AND person.user_id = subscription.user_id
               WHERE $1::text IS NULL OR subscription.member_id = $1
               ORDER BY asked.place"#,
            member_id.map(MemberId::as_str),
            ids,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            let reason = row.reason.as_deref().map(|key| {
                ArchiveReason::of_key(key).ok_or_else(|| StoreError::inconsistent(TABLE, "reason"))
            });
            Ok(ListedSubscription {
                id: SubscriptionId(row.id),
                member_id: MemberId::parse(&row.member_id)
                    .map_err(|_| StoreError::inconsistent(TABLE, "member_id"))?,
                domain: row.domain,
                origin: row.origin,
                entity: CrmEntity::new(parsed(&row.entity_type, "entity_type")?, row.entity_id),
                card_title: row.title,
                user: UserId(row.user_id),
                user_name: row.name,
                news: row.news,
                identifiers: row.identifiers,
                is_muted: row.is_muted,
                archived: reason.transpose()?,
                created_at: row.created_at,
                last_news_at: row.last_news_at,
            })
        })
        .collect()
    }
}
