//! Subscriptions as cards, people and programs ask for them. Every list is bounded.

use super::{ArchiveReason, Subscription, SubscriptionId, SubscriptionState, TABLE, parsed};
use crate::{CrmEntity, MemberId, Store, StoreError, UserId};
use certlens_domain::registry::Registry;
use certlens_domain::subscription::{Mute, SubscriptionTerms};
use certlens_domain::tracking::{Assignment, NewsKind, NotificationKind, NotifyScope};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

/// Which subscriptions are asked for; what is left out does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SubscriptionQuery {
    /// In this state.
    pub state: Option<SubscriptionState>,
    /// Given in this card.
    pub entity: Option<CrmEntity>,
    /// Of this user.
    pub user: Option<UserId>,
    /// After this one, in this order.
    pub after: Option<SubscriptionId>,
    /// In which order.
    pub order: SubscriptionOrder,
    /// At most so many.
    pub limit: u16,
}

/// The order of a page: by the subscriptions' numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SubscriptionOrder {
    /// As they were made.
    #[default]
    EarliestFirst,
    /// The other way round.
    LatestFirst,
}

/// A page of subscriptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionPage {
    /// In the order that was asked for.
    pub items: Vec<Subscription>,
    /// After which the next page begins; `None`: this is the last one.
    pub next: Option<SubscriptionId>,
}

struct Row {
    id: i64,
    entity_type: String,
    entity_id: i64,
    user_id: i64,
    news: Vec<String>,
    registries: Option<Vec<String>>,
    expiring_days: i32,
    scope: Option<String>,
    notification_kind: Option<String>,
    assignment: Option<Json<Assignment>>,
    is_muted_forever: bool,
    muted_until: Option<NaiveDate>,
    reason: Option<String>,
    created_at: DateTime<Utc>,
    identifiers: Vec<String>,
}

impl TryFrom<Row> for Subscription {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let list = |texts: Vec<String>| texts.into_iter();
        let scope = row
            .scope
            .as_deref()
            .map(|text| parsed::<NotifyScope>(text, "scope"));
        let kind = row
            .notification_kind
            .as_deref()
            .map(|text| parsed::<NotificationKind>(text, "notification_kind"));
        Ok(Self {
            id: SubscriptionId(row.id),
            entity: CrmEntity::new(parsed(&row.entity_type, "entity_type")?, row.entity_id),
            user: UserId(row.user_id),
            terms: SubscriptionTerms {
                identifiers: row.identifiers,
                news: list(row.news)
                    .map(|text| parsed::<NewsKind>(&text, "news"))
                    .collect::<Result<_, _>>()?,
                registries: list(row.registries.unwrap_or_default())
                    .map(|text| parsed::<Registry>(&text, "registries"))
                    .collect::<Result<_, _>>()?,
                expiring_days: u16::try_from(row.expiring_days)
                    .map_err(|_| StoreError::inconsistent(TABLE, "expiring_days"))?,
                scope: scope.transpose()?,
                notification_kind: kind.transpose()?,
                assignment: row.assignment.map(|Json(assignment)| assignment),
            },
            muted: if row.is_muted_forever {
                Some(Mute::Forever)
            } else {
                row.muted_until.map(Mute::Until)
            },
            archived: row
                .reason
                .map(|key| {
                    ArchiveReason::of_key(&key).ok_or_else(|| StoreError::inconsistent(TABLE, "reason"))
                })
                .transpose()?,
            created_at: row.created_at,
        })
    }
}

/// One subscription, whatever its state.
pub(super) async fn one(
    connection: &mut PgConnection,
    member_id: &MemberId,
    id: SubscriptionId,
) -> Result<Option<Subscription>, StoreError> {
    Ok(several(connection, member_id, &[id.0]).await?.pop())
}

/// These subscriptions in this order, as far as they are the portal's.
async fn several(
    connection: &mut PgConnection,
    member_id: &MemberId,
    ids: &[i64],
) -> Result<Vec<Subscription>, StoreError> {
    sqlx::query_as!(
        Row,
        "SELECT subscription.id, entity_type, entity_id, user_id, news, registries::text[] AS registries,
                expiring_days, scope, notification_kind, assignment AS \"assignment: Json<Assignment>\",
                coalesce(muted_until = 'infinity', false) AS \"is_muted_forever!\",
                CASE WHEN isfinite(muted_until) AND muted_until > now()
                     THEN (muted_until AT TIME ZONE 'UTC')::date END AS muted_until,
                reason, created_at,
                ARRAY(SELECT own.identifier FROM subscription_identifiers AS own
                      WHERE own.subscription_id = subscription.id ORDER BY own.identifier) AS \"identifiers!\"
         FROM unnest($2::bigint[]) WITH ORDINALITY AS asked (id, place)
         JOIN subscriptions AS subscription ON subscription.id = asked.id AND subscription.member_id = $1
         ORDER BY asked.place",
        member_id.as_str(),
        ids,
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(Subscription::try_from)
    .collect()
}

/// The numbers of a page and one more. A statement for each way to ask, so that each has its index.
async fn numbers(
    connection: &mut PgConnection,
    member_id: &MemberId,
    query: &SubscriptionQuery,
) -> Result<Vec<i64>, StoreError> {
    let state = query.state.map(SubscriptionState::key);
    let (user, after) = (query.user.map(|user| user.0), query.after.map(|id| id.0));
    let limit = i64::from(query.limit.max(1)) + 1;
    Ok(match (query.entity, query.order) {
        (Some(entity), order) => {
            let sign: i64 = if order == SubscriptionOrder::LatestFirst {
                -1
            } else {
                1
            };
            sqlx::query_scalar!(
                "SELECT id FROM subscriptions
                 WHERE member_id = $1 AND entity_type = $2 AND entity_id = $3
                   AND ($4::text IS NULL OR state = $4) AND ($5::bigint IS NULL OR user_id = $5)
                   AND ($6::bigint IS NULL OR id * $7 > $6 * $7)
                 ORDER BY id * $7 LIMIT $8",
                member_id.as_str(),
                entity.entity_type.key(),
                entity.id,
                state,
                user,
                after,
                sign,
                limit,
            )
            .fetch_all(connection)
            .await?
        }
        (None, SubscriptionOrder::EarliestFirst) => {
            sqlx::query_scalar!(
                "SELECT id FROM subscriptions
                 WHERE member_id = $1 AND id > $4
                   AND ($2::text IS NULL OR state = $2) AND ($3::bigint IS NULL OR user_id = $3)
                 ORDER BY id LIMIT $5",
                member_id.as_str(),
                state,
                user,
                after.unwrap_or(0),
                limit,
            )
            .fetch_all(connection)
            .await?
        }
        (None, SubscriptionOrder::LatestFirst) => {
            sqlx::query_scalar!(
                "SELECT id FROM subscriptions
                 WHERE member_id = $1 AND id < $4
                   AND ($2::text IS NULL OR state = $2) AND ($3::bigint IS NULL OR user_id = $3)
                 ORDER BY id DESC LIMIT $5",
                member_id.as_str(),
                state,
                user,
                after.unwrap_or(i64::MAX),
                limit,
            )
            .fetch_all(connection)
            .await?
        }
    })
}

impl Store {
    /// One subscription of the portal, whatever its state.
    pub async fn subscription(
        &self,
        member_id: &MemberId,
        id: SubscriptionId,
    ) -> Result<Option<Subscription>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        one(&mut connection, member_id, id).await
    }

    /// The portal of a subscription, for an operator who names the subscription alone.
    pub async fn portal_of_subscription(&self, id: SubscriptionId) -> Result<Option<MemberId>, StoreError> {
        let member_id = sqlx::query_scalar!("SELECT member_id FROM subscriptions WHERE id = $1", id.0)
            .fetch_optional(&self.pool)
            .await?;
        member_id
            .map(|text| MemberId::parse(&text).map_err(|_| StoreError::inconsistent(TABLE, "member_id")))
            .transpose()
    }

    /// Subscriptions of the portal, page by page.
    pub async fn subscriptions(
        &self,
        member_id: &MemberId,
        query: &SubscriptionQuery,
    ) -> Result<SubscriptionPage, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let mut ids = numbers(&mut connection, member_id, query).await?;
        let limit = usize::from(query.limit.max(1));
        let has_more = ids.len() > limit;
        ids.truncate(limit);
        let next = ids.last().filter(|_| has_more).copied().map(SubscriptionId);
        let items = if ids.is_empty() {
            Vec::new()
        } else {
            several(&mut connection, member_id, &ids).await?
        };
        Ok(SubscriptionPage { items, next })
    }
}
