//! What cards show of subscriptions: who subscribed there, what became of it, how far it reaches. Every list is bounded.

use super::{Subscription, SubscriptionId, SubscriptionQuery, SubscriptionState};
use crate::{CrmEntity, MemberId, Store, StoreError, UserId};
use certlens_domain::tracking::NewsKind;
use chrono::{DateTime, Utc};

/// Subscriptions that a card shows.
const MOST_OF_CARD: i64 = 100;
/// Cards that are counted as matching.
const MOST_MATCHING: i64 = 10_000;

/// An active subscription of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardSubscription {
    /// The subscription.
    pub subscription: Subscription,
    /// The subscriber's name, where it is known.
    pub user_name: Option<String>,
}

/// The latest news of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastNews {
    /// Whose.
    pub subscription: SubscriptionId,
    /// What happened.
    pub kind: NewsKind,
    /// When it was found.
    pub found_at: DateTime<Utc>,
}

impl Store {
    /// The active subscriptions of a card with their subscribers' names, the earliest first; at most a hundred.
    pub async fn card_subscriptions(
        &self,
        member_id: &MemberId,
        entity: CrmEntity,
    ) -> Result<Vec<CardSubscription>, StoreError> {
        let query = SubscriptionQuery {
            state: Some(SubscriptionState::Active),
            entity: Some(entity),
            limit: u16::try_from(MOST_OF_CARD).unwrap_or(u16::MAX),
            ..SubscriptionQuery::default()
        };
        let subscriptions = self.subscriptions(member_id, &query).await?.items;
        if subscriptions.is_empty() {
            return Ok(Vec::new());
        }
        let users: Vec<i64> = subscriptions.iter().map(|one| one.user.0).collect();
        let names = sqlx::query!(
            "SELECT user_id, name FROM portal_users WHERE member_id = $1 AND user_id = ANY ($2)",
            member_id.as_str(),
            &users,
        )
        .fetch_all(&self.pool)
        .await?;
        let name_of = |user: UserId| {
            let known = names.iter().find(|known| known.user_id == user.0);
            known.and_then(|known| known.name.clone())
        };
        Ok(subscriptions
            .into_iter()
            .map(|subscription| CardSubscription {
                user_name: name_of(subscription.user),
                subscription,
            })
            .collect())
    }

    /// Another number after each change of the card's subscriptions; 0 before the first.
    pub async fn card_tracking_revision(
        &self,
        member_id: &MemberId,
        entity: CrmEntity,
    ) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!(
            "SELECT coalesce(extract(epoch FROM max(changed_at)) * 1000000, 0)::bigint AS \"revision!\"
             FROM subscriptions WHERE member_id = $1 AND entity_type = $2 AND entity_id = $3",
            member_id.as_str(),
            entity.entity_type.key(),
            entity.id,
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// How many cards of the portal carry one of these identifiers now; 10,000 stands for as many or more.
    pub async fn count_matching_cards(
        &self,
        member_id: &MemberId,
        identifiers: &[String],
    ) -> Result<u64, StoreError> {
        let count = sqlx::query_scalar!(
            "SELECT count(*) AS \"count!\" FROM (
                SELECT DISTINCT entity_type, entity_id FROM crm_identifiers
                WHERE member_id = $1 AND identifier = ANY ($2) LIMIT $3
             ) AS matching",
            member_id.as_str(),
            identifiers,
            MOST_MATCHING,
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(count.unsigned_abs())
    }

    /// The latest news of each of these subscriptions that has any.
    pub async fn last_news(&self, ids: &[SubscriptionId]) -> Result<Vec<LastNews>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        sqlx::query!(
            "SELECT asked.id AS \"id!\", latest.kind, latest.found_at
             FROM unnest($1::bigint[]) AS asked (id)
             CROSS JOIN LATERAL (
                SELECT kind, found_at FROM news WHERE subscription_id = asked.id
                ORDER BY found_at DESC, id DESC LIMIT 1
             ) AS latest",
            &ids,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(LastNews {
                subscription: SubscriptionId(row.id),
                kind: row
                    .kind
                    .parse()
                    .map_err(|_| StoreError::inconsistent("news", "kind"))?,
                found_at: row.found_at,
            })
        })
        .collect()
    }

    /// The titles of these items as far as the index knows them.
    pub async fn item_titles(
        &self,
        member_id: &MemberId,
        entities: &[CrmEntity],
    ) -> Result<Vec<(CrmEntity, String)>, StoreError> {
        let (entity_types, entity_ids) = crate::index::keys_of(entities.iter().copied());
        sqlx::query!(
            "SELECT item.entity_type, item.entity_id, item.title
             FROM unnest($2::text[], $3::bigint[]) AS asked (entity_type, entity_id)
             JOIN crm_items AS item ON item.member_id = $1 AND item.entity_type = asked.entity_type
                                   AND item.entity_id = asked.entity_id",
            member_id.as_str(),
            &entity_types,
            &entity_ids,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            let entity_type = row
                .entity_type
                .parse()
                .map_err(|_| StoreError::inconsistent("crm_items", "entity_type"))?;
            Ok((CrmEntity::new(entity_type, row.entity_id), row.title))
        })
        .collect()
    }
}
