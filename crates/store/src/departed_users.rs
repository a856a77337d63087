//! What becomes of the subscriptions of users who left, came back, or are relieved by an administrator.
//!
//! Idempotent and set-based: whoever noticed a departure or a return, and however often, the next look brings
//! subscriptions in order. A subscription that changes hands is archived and goes on as a new one, which takes the
//! identifiers with their baselines and all news along: none is lost, none is told twice. Meanwhile no recount may find
//! news for the old one: the lock on its mark is shared with other such moves and excludes recounts.

use sqlx::{Postgres, Transaction};

use crate::{MemberId, Store, StoreError, SubscriptionId, UserId};

/// What was brought in order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeparturesFollowed {
    /// Subscriptions of people who left, archived now.
    pub archived: u64,
    /// Archived ones of people who are back, active again.
    pub restored: u64,
    /// Archived ones (just now or before) that went to whoever is responsible for the card.
    pub handed_over: u64,
}

/// Why subscriptions are taken over.
#[derive(Debug, Clone, Copy)]
enum Occasion {
    Departure,
    Administrator,
}

impl Occasion {
    const fn reason(self) -> &'static str {
        match self {
            Self::Departure => "handed_over",
            Self::Administrator => "administrator",
        }
    }
}

impl Store {
    /// Portals where subscriptions are not as the presence of their users asks for.
    pub async fn portals_with_departures(&self) -> Result<Vec<MemberId>, StoreError> {
        let rows = sqlx::query_scalar!(
            "SELECT subscription.member_id AS \"member_id!\"
             FROM portal_users AS person JOIN subscriptions AS subscription USING (member_id, user_id)
             WHERE person.is_active = false AND subscription.state = 'active'
             UNION
             SELECT waiting.member_id
             FROM subscriptions AS waiting JOIN portal_users AS person USING (member_id, user_id)
             WHERE waiting.reason = 'user_dismissed' AND person.is_active
             UNION
             SELECT waiting.member_id
             FROM subscriptions AS waiting
             JOIN portal_settings AS settings USING (member_id)
             JOIN crm_items AS item USING (member_id, entity_type, entity_id)
             JOIN portal_users AS heir
               ON heir.member_id = waiting.member_id AND heir.user_id = item.responsible_id
             WHERE waiting.reason = 'user_dismissed' AND heir.is_active
               AND settings.departed ->> 'action' = 'hand_over'"
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                MemberId::parse(row).map_err(|_| StoreError::inconsistent("subscriptions", "member_id"))
            })
            .collect()
    }

    /// Archives the subscriptions of the portal's users who left, restores those of users who are back, and hands over
    /// what the portal wants handed over and somebody can take.
    pub async fn follow_departures(&self, member_id: &MemberId) -> Result<DeparturesFollowed, StoreError> {
        let mut transaction = self.pool.begin().await?;
        keep_recounts_out(&mut transaction).await?;
        let restored = sqlx::query!(
            "UPDATE subscriptions AS subscription
             SET state = 'active', reason = NULL, archived_at = NULL, changed_at = clock_timestamp()
             FROM portal_users AS person
             WHERE subscription.member_id = $1 AND subscription.reason = 'user_dismissed'
               AND person.member_id = $1 AND person.user_id = subscription.user_id AND person.is_active",
            member_id.as_str(),
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        let archived = sqlx::query!(
            "UPDATE subscriptions AS subscription
             SET state = 'archived', reason = 'user_dismissed', archived_at = now(), changed_at = clock_timestamp()
             FROM portal_users AS person
             WHERE subscription.member_id = $1 AND subscription.state = 'active'
               AND person.member_id = $1 AND person.user_id = subscription.user_id AND person.is_active = false",
            member_id.as_str(),
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        let heirs = sqlx::query!(
            "SELECT waiting.id, heir.user_id AS heir
             FROM subscriptions AS waiting
             JOIN portal_settings AS settings USING (member_id)
             JOIN crm_items AS item USING (member_id, entity_type, entity_id)
             JOIN portal_users AS heir
               ON heir.member_id = waiting.member_id AND heir.user_id = item.responsible_id
             WHERE waiting.member_id = $1 AND waiting.reason = 'user_dismissed' AND heir.is_active
               AND settings.departed ->> 'action' = 'hand_over'
             FOR UPDATE OF waiting",
            member_id.as_str(),
        )
        .fetch_all(&mut *transaction)
        .await?;
        let (ids, heirs): (Vec<i64>, Vec<i64>) = heirs.into_iter().map(|row| (row.id, row.heir)).unzip();
        take_over(&mut transaction, member_id, &ids, &heirs, Occasion::Departure).await?;
        transaction.commit().await?;
        Ok(DeparturesFollowed {
            archived,
            restored,
            handed_over: u64::try_from(ids.len()).unwrap_or(u64::MAX),
        })
    }

    /// Moves the subscriptions of one user to another: the active ones, and those that wait because the user left. How
    /// many. The caller has proved that an administrator asks, and that the other user is there.
    pub async fn move_subscriptions(
        &self,
        member_id: &MemberId,
        from: UserId,
        to: UserId,
    ) -> Result<u64, StoreError> {
        if from == to {
            return Ok(0);
        }
        let mut transaction = self.pool.begin().await?;
        keep_recounts_out(&mut transaction).await?;
        let ids = sqlx::query_scalar!(
            "SELECT id FROM subscriptions
             WHERE member_id = $1 AND user_id = $2 AND (state = 'active' OR reason = 'user_dismissed')
             FOR UPDATE",
            member_id.as_str(),
            from.0,
        )
        .fetch_all(&mut *transaction)
        .await?;
        let heirs = vec![to.0; ids.len()];
        take_over(&mut transaction, member_id, &ids, &heirs, Occasion::Administrator).await?;
        transaction.commit().await?;
        Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
    }
}

impl Store {
    /// Moves these subscriptions of the portal to a user: the active ones, and those that wait because their user left. How
    /// many. The caller has proved that an administrator asks, and that the user is there.
    pub async fn hand_subscriptions(
        &self,
        member_id: &MemberId,
        ids: &[SubscriptionId],
        to: UserId,
    ) -> Result<u64, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let mut transaction = self.pool.begin().await?;
        keep_recounts_out(&mut transaction).await?;
        let ids = sqlx::query_scalar!(
            "SELECT id FROM subscriptions
             WHERE member_id = $1 AND id = ANY ($2) AND user_id <> $3 AND (state = 'active' OR reason = 'user_dismissed')
             FOR UPDATE",
            member_id.as_str(),
            &ids,
            to.0,
        )
        .fetch_all(&mut *transaction)
        .await?;
        let heirs = vec![to.0; ids.len()];
        take_over(&mut transaction, member_id, &ids, &heirs, Occasion::Administrator).await?;
        transaction.commit().await?;
        Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
    }
}

/// No recount runs until the end of the transaction.
async fn keep_recounts_out(transaction: &mut Transaction<'_, Postgres>) -> Result<(), StoreError> {
    sqlx::query!("SELECT version FROM recount_mark FOR SHARE")
        .fetch_one(&mut **transaction)
        .await?;
    Ok(())
}

/// Each of these subscriptions goes on as one of the user beside it.
async fn take_over(
    transaction: &mut Transaction<'_, Postgres>,
    member_id: &MemberId,
    ids: &[i64],
    heirs: &[i64],
    occasion: Occasion,
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE subscriptions AS old
         SET state = 'archived', reason = $3, archived_at = coalesce(old.archived_at, now()), changed_at = clock_timestamp(),
             handed_to = nextval(pg_get_serial_sequence('subscriptions', 'id'))
         WHERE old.member_id = $1 AND old.id = ANY ($2)",
        member_id.as_str(),
        ids,
        occasion.reason(),
    )
    .execute(&mut **transaction)
    .await?;
    sqlx::query!(
        "INSERT INTO subscriptions (
            id, member_id, entity_type, entity_id, user_id, news, registries, expiring_days, scope, notification_kind,
            assignment, muted_until, since_version, since_day, changed_at)
         OVERRIDING SYSTEM VALUE
         SELECT old.handed_to, old.member_id, old.entity_type, old.entity_id, given.heir, old.news, old.registries,
                old.expiring_days, old.scope, old.notification_kind, old.assignment, old.muted_until,
                old.since_version, old.since_day, clock_timestamp()
         FROM unnest($2::bigint[], $3::bigint[]) AS given (id, heir)
         JOIN subscriptions AS old ON old.id = given.id AND old.member_id = $1",
        member_id.as_str(),
        ids,
        heirs,
    )
    .execute(&mut **transaction)
    .await?;
    // The rows themselves go along, with whatever baselines they have; a copy tells what the archived one was about.
    sqlx::query!(
        "UPDATE subscription_identifiers AS tracked SET subscription_id = old.handed_to
         FROM subscriptions AS old
         WHERE old.member_id = $1 AND old.id = ANY ($2) AND tracked.subscription_id = old.id",
        member_id.as_str(),
        ids,
    )
    .execute(&mut **transaction)
    .await?;
    sqlx::query!(
        "INSERT INTO subscription_identifiers (subscription_id, identifier)
         SELECT old.id, tracked.identifier
         FROM subscriptions AS old JOIN subscription_identifiers AS tracked ON tracked.subscription_id = old.handed_to
         WHERE old.member_id = $1 AND old.id = ANY ($2)",
        member_id.as_str(),
        ids,
    )
    .execute(&mut **transaction)
    .await?;
    // Those that were told go along too: what a repeated recount finds again is known to the new subscription.
    sqlx::query!(
        "UPDATE news SET subscription_id = old.handed_to
         FROM subscriptions AS old
         WHERE old.member_id = $1 AND old.id = ANY ($2) AND news.subscription_id = old.id",
        member_id.as_str(),
        ids,
    )
    .execute(&mut **transaction)
    .await?;
    // Should its user want the archived one back: what went on elsewhere is no news for it.
    sqlx::query!(
        "UPDATE subscriptions AS old
         SET since_version = greatest(old.since_version, mark.version), since_day = greatest(old.since_day, mark.day)
         FROM recount_mark AS mark
         WHERE old.member_id = $1 AND old.id = ANY ($2)",
        member_id.as_str(),
        ids,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
