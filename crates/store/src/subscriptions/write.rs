//! Subscribing, changing, muting, archiving. Every statement names the portal; where a user is named, only that user's
//! subscriptions are touched.

use super::{ArchiveReason, MOST_OF_PORTAL, MOST_OF_USER, NewSubscription, Subscription, SubscriptionId};
use crate::{CrmEntity, MemberId, Store, StoreError, UserId};
use certlens_domain::subscription::{Mute, SubscriptionTerms, TermsChange};
use certlens_domain::tracking::{NewsKind, NotificationKind, NotifyScope};
use serde::Serialize;
use sqlx::PgConnection;
use sqlx::types::Json;

/// A subscription as Postgres reads it out of JSON.
#[derive(Serialize)]
struct Row<'a> {
    entity_type: &'static str,
    entity_id: i64,
    user_id: i64,
    #[serde(flatten)]
    terms: &'a SubscriptionTerms,
}

impl Store {
    /// Subscribes; the numbers in the order of what is new. All or none.
    ///
    /// What is in the registries now is no news for them: the baseline is read in the same transaction. A portal that
    /// removed the application takes none ([`StoreError::Uninstalled`]), nor does one with too many
    /// ([`StoreError::TooManySubscriptions`]).
    pub async fn subscribe(
        &self,
        member_id: &MemberId,
        subscriptions: &[NewSubscription],
    ) -> Result<Vec<SubscriptionId>, StoreError> {
        if subscriptions.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row<'_>> = subscriptions
            .iter()
            .map(|new| Row {
                entity_type: new.entity.entity_type.key(),
                entity_id: new.entity.id,
                user_id: new.user.0,
                terms: &new.terms,
            })
            .collect();
        let mut transaction = self.pool.begin().await?;
        let ids = sqlx::query_scalar!(
            "WITH present AS (
                SELECT member_id FROM portals WHERE member_id = $1 AND state <> 'uninstalled' FOR SHARE
             ), baseline AS (
                SELECT coalesce(max(data_version), 0) AS version, (now() AT TIME ZONE 'UTC')::date AS day
                FROM registry_state
             )
             INSERT INTO subscriptions (
                member_id, entity_type, entity_id, user_id, news, registries, expiring_days, scope,
                notification_kind, assignment, since_version, since_day)
             SELECT present.member_id, new.entity_type, new.entity_id, new.user_id, new.news,
                    nullif(new.registries, '{}')::registry[], new.expiring_days, new.scope, new.notification_kind,
                    new.assignment, baseline.version, baseline.day
             FROM present, baseline, ROWS FROM (jsonb_to_recordset($2) AS (
                entity_type text, entity_id bigint, user_id bigint, news text[], registries text[],
                expiring_days integer, scope text, notification_kind text, assignment jsonb)) WITH ORDINALITY AS new (
                entity_type, entity_id, user_id, news, registries, expiring_days, scope, notification_kind,
                assignment, place)
             ORDER BY new.place
             RETURNING id",
            member_id.as_str(),
            Json(&rows) as Json<&Vec<Row<'_>>>,
        )
        .fetch_all(&mut *transaction)
        .await?;
        if ids.is_empty() {
            drop(transaction);
            self.known_and_present(0, member_id).await?;
            return Err(StoreError::UnknownPortal(member_id.clone()));
        }
        let (owners, identifiers): (Vec<i64>, Vec<String>) = ids
            .iter()
            .zip(subscriptions)
            .flat_map(|(id, new)| {
                let values = new.terms.identifiers.iter();
                values.map(move |value| (*id, value.clone()))
            })
            .unzip();
        sqlx::query!(
            "INSERT INTO subscription_identifiers (subscription_id, identifier)
             SELECT * FROM unnest($1::bigint[], $2::text[])",
            &owners,
            &identifiers,
        )
        .execute(&mut *transaction)
        .await?;
        within_limits(&mut transaction, member_id).await?;
        transaction.commit().await?;
        Ok(ids.into_iter().map(SubscriptionId).collect())
    }

    /// Changes a subscription of the user, or anybody's where none is named; `None` when there is no such one.
    ///
    /// An identifier that joins has a baseline of its own: what is there now is no news. The same goes for terms that
    /// are already near when expiry becomes news, or another number of days is chosen.
    pub async fn change_subscription(
        &self,
        member_id: &MemberId,
        id: SubscriptionId,
        owner: Option<UserId>,
        change: &TermsChange,
    ) -> Result<Option<Subscription>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let Some(mut subscription) = lock(&mut transaction, member_id, id, owner).await? else {
            return Ok(None);
        };
        let before = subscription.terms.clone();
        subscription.terms.take(change);
        if subscription.terms == before {
            return Ok(Some(subscription));
        }
        write_terms(&mut transaction, id, &before, &subscription.terms).await?;
        transaction.commit().await?;
        Ok(Some(subscription))
    }

    /// Mutes these subscriptions, or lets them speak again; how many there are.
    pub async fn mute_subscriptions(
        &self,
        member_id: &MemberId,
        ids: &[SubscriptionId],
        owner: Option<UserId>,
        mute: Option<Mute>,
    ) -> Result<u64, StoreError> {
        let mut connection = self.pool.acquire().await?;
        self::mute(&mut connection, member_id, ids, owner, mute).await
    }

    /// Mutes a user's active subscriptions of a card; how many there are.
    pub async fn mute_card(
        &self,
        member_id: &MemberId,
        entity: CrmEntity,
        user: UserId,
        mute: Mute,
    ) -> Result<u64, StoreError> {
        let ids = sqlx::query_scalar!(
            "SELECT id FROM subscriptions
             WHERE member_id = $1 AND entity_type = $2 AND entity_id = $3 AND user_id = $4 AND state = 'active'",
            member_id.as_str(),
            entity.entity_type.key(),
            entity.id,
            user.0,
        )
        .fetch_all(&self.pool)
        .await?;
        let ids: Vec<SubscriptionId> = ids.into_iter().map(SubscriptionId).collect();
        self.mute_subscriptions(member_id, &ids, Some(user), Some(mute))
            .await
    }

    /// Archives these subscriptions; how many there are, those that were archived before included: those keep their
    /// reason.
    pub async fn archive_subscriptions(
        &self,
        member_id: &MemberId,
        ids: &[SubscriptionId],
        owner: Option<UserId>,
        reason: ArchiveReason,
    ) -> Result<u64, StoreError> {
        let mut connection = self.pool.acquire().await?;
        archive(&mut connection, member_id, ids, owner, reason).await
    }

    /// Takes an unsubscription back; how many subscriptions live again. One that was archived for another reason stays
    /// so when its user asks. Baselines stay: what was counted meanwhile is no news.
    pub async fn restore_subscriptions(
        &self,
        member_id: &MemberId,
        ids: &[SubscriptionId],
        owner: Option<UserId>,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let restored = restore(&mut transaction, member_id, ids, owner).await?;
        transaction.commit().await?;
        Ok(restored)
    }
}

/// The subscription of the user, or anybody's where none is named, kept from changes until the transaction ends.
pub(super) async fn lock(
    connection: &mut PgConnection,
    member_id: &MemberId,
    id: SubscriptionId,
    owner: Option<UserId>,
) -> Result<Option<Subscription>, StoreError> {
    let locked = sqlx::query_scalar!(
        "SELECT id FROM subscriptions
         WHERE member_id = $1 AND id = $2 AND ($3::bigint IS NULL OR user_id = $3) FOR UPDATE",
        member_id.as_str(),
        id.0,
        owner.map(|user| user.0),
    )
    .fetch_optional(&mut *connection)
    .await?;
    match locked {
        Some(_) => super::read::one(connection, member_id, id).await,
        None => Ok(None),
    }
}

pub(super) async fn mute(
    connection: &mut PgConnection,
    member_id: &MemberId,
    ids: &[SubscriptionId],
    owner: Option<UserId>,
    mute: Option<Mute>,
) -> Result<u64, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let outcome = sqlx::query!(
        "UPDATE subscriptions SET
            muted_until = CASE WHEN $4 THEN 'infinity' ELSE $5::date::timestamp AT TIME ZONE 'UTC' END,
            changed_at = clock_timestamp()
         WHERE member_id = $1 AND id = ANY ($2) AND ($3::bigint IS NULL OR user_id = $3)",
        member_id.as_str(),
        &ids,
        owner.map(|user| user.0),
        mute == Some(Mute::Forever),
        mute.and_then(Mute::day),
    )
    .execute(connection)
    .await?;
    Ok(outcome.rows_affected())
}

pub(super) async fn archive(
    connection: &mut PgConnection,
    member_id: &MemberId,
    ids: &[SubscriptionId],
    owner: Option<UserId>,
    reason: ArchiveReason,
) -> Result<u64, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let known = sqlx::query_scalar!(
        "WITH known AS (
            SELECT id, state FROM subscriptions
            WHERE member_id = $1 AND id = ANY ($2) AND ($3::bigint IS NULL OR user_id = $3)
            ORDER BY id FOR UPDATE
         ), archived AS (
            UPDATE subscriptions SET state = 'archived', reason = $4, archived_at = clock_timestamp(),
                                     changed_at = clock_timestamp()
            WHERE id IN (SELECT id FROM known WHERE state = 'active')
         )
         SELECT count(*) AS \"count!\" FROM known",
        member_id.as_str(),
        &ids,
        owner.map(|user| user.0),
        reason.key(),
    )
    .fetch_one(connection)
    .await?;
    Ok(known.unsigned_abs())
}

pub(super) async fn restore(
    connection: &mut PgConnection,
    member_id: &MemberId,
    ids: &[SubscriptionId],
    owner: Option<UserId>,
) -> Result<u64, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let outcome = sqlx::query!(
        "UPDATE subscriptions SET state = 'active', reason = NULL, archived_at = NULL,
                                  changed_at = clock_timestamp()
         WHERE member_id = $1 AND id = ANY ($2) AND state = 'archived'
           AND ($3::bigint IS NULL OR (user_id = $3 AND reason = 'unsubscribed'))",
        member_id.as_str(),
        &ids,
        owner.map(|user| user.0),
    )
    .execute(&mut *connection)
    .await?;
    within_limits(connection, member_id).await?;
    Ok(outcome.rows_affected())
}

/// Refuses what would be too much. Two that subscribe at the same moment may go over it by what they bring.
async fn within_limits(connection: &mut PgConnection, member_id: &MemberId) -> Result<(), StoreError> {
    let counted = sqlx::query!(
        "SELECT coalesce(sum(own.count), 0)::bigint AS \"of_portal!\", coalesce(max(own.count), 0) AS \"of_user!\"
         FROM (SELECT count(*) AS count FROM subscriptions WHERE member_id = $1 AND state = 'active'
               GROUP BY user_id) AS own",
        member_id.as_str(),
    )
    .fetch_one(connection)
    .await?;
    if counted.of_portal > MOST_OF_PORTAL {
        return Err(StoreError::TooManySubscriptions {
            of: "portal",
            most: MOST_OF_PORTAL,
        });
    }
    if counted.of_user > MOST_OF_USER {
        return Err(StoreError::TooManySubscriptions {
            of: "user",
            most: MOST_OF_USER,
        });
    }
    Ok(())
}

pub(super) async fn write_terms(
    connection: &mut PgConnection,
    id: SubscriptionId,
    before: &SubscriptionTerms,
    terms: &SubscriptionTerms,
) -> Result<(), StoreError> {
    let expiring = |terms: &SubscriptionTerms| {
        terms
            .news
            .contains(&NewsKind::Expiring)
            .then_some(terms.expiring_days)
    };
    let is_new_term = expiring(terms).is_some() && expiring(terms) != expiring(before);
    let news: Vec<String> = terms.news.iter().map(ToString::to_string).collect();
    let registries: Vec<String> = terms.registries.iter().map(ToString::to_string).collect();
    sqlx::query!(
        "UPDATE subscriptions SET
            news = $2, registries = nullif($3::text[], '{}')::registry[], expiring_days = $4, scope = $5,
            notification_kind = $6, assignment = $7, changed_at = clock_timestamp(),
            since_day = CASE WHEN $8 THEN (now() AT TIME ZONE 'UTC')::date ELSE since_day END
         WHERE id = $1",
        id.0,
        &news,
        &registries,
        i32::from(terms.expiring_days),
        terms.scope.map(NotifyScope::key),
        terms.notification_kind.map(NotificationKind::key),
        terms.assignment.as_ref().map(Json) as Option<Json<_>>,
        is_new_term,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "DELETE FROM subscription_identifiers WHERE subscription_id = $1 AND identifier <> ALL ($2)",
        id.0,
        &terms.identifiers,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "INSERT INTO subscription_identifiers (subscription_id, identifier, since_version, since_day)
         SELECT $1, new.identifier, (SELECT coalesce(max(data_version), 0) FROM registry_state),
                (now() AT TIME ZONE 'UTC')::date
         FROM unnest($2::text[]) AS new (identifier)
         ON CONFLICT DO NOTHING",
        id.0,
        &terms.identifiers,
    )
    .execute(connection)
    .await?;
    Ok(())
}
