//! To whom items went, by which rules, and whom portals refused: over a time, of one portal or of all.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{ItemId, TABLE};
use crate::{CrmEntity, MemberId, Store, StoreError, UserId};

/// How many items a rule assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleShare {
    /// The rule's key.
    pub rule: String,
    /// Items that are in portals.
    pub items: i64,
    /// How often somebody whom it named was passed over: by what was known of them.
    pub passed_over: i64,
    /// How often a portal refused somebody whom it named.
    pub refused: i64,
}

/// What a user got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserShare {
    /// The portal.
    pub member_id: MemberId,
    /// Its domain.
    pub domain: String,
    /// The user.
    pub user: UserId,
    /// The user's name, where it is known.
    pub name: Option<String>,
    /// Items that went to the user.
    pub items: i64,
    /// How often the user was passed over or refused.
    pub refusals: i64,
}

/// What a portal got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalShare {
    /// The portal.
    pub member_id: MemberId,
    /// Its domain.
    pub domain: String,
    /// Items that arrived there.
    pub items: i64,
    /// How often somebody was passed over or refused.
    pub refusals: i64,
    /// Items that nobody can take now.
    pub unassignable: i64,
}

/// Which refusals are wanted, the latest first.
#[derive(Debug, Clone)]
pub struct RefusalQuery<'a> {
    /// Of this portal.
    pub member_id: Option<&'a MemberId>,
    /// Since then.
    pub since: DateTime<Utc>,
    /// For this reason: `dismissed`, `absent`, `unknown`, `refused`.
    pub reason: Option<&'a str>,
    /// Of this user.
    pub user: Option<UserId>,
    /// Those before this one.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

/// Somebody who was passed over for an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalRow {
    /// Its number: later ones have greater ones.
    pub id: i64,
    /// The portal.
    pub member_id: MemberId,
    /// Its domain.
    pub domain: String,
    /// The item.
    pub item: ItemId,
    /// The item's card.
    pub entity: Option<CrmEntity>,
    /// By which rule the person was named.
    pub rule: String,
    /// The person.
    pub user: UserId,
    /// Their name, where it is known.
    pub name: Option<String>,
    /// `dismissed`, `absent`, `unknown` or `refused`.
    pub reason: String,
    /// The portal's words.
    pub words: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Store {
    /// How the rules of assignment did since then, the most successful first.
    pub async fn rule_shares(
        &self,
        member_id: Option<&MemberId>,
        since: DateTime<Utc>,
    ) -> Result<Vec<RuleShare>, StoreError> {
        Ok(sqlx::query_as!(
            RuleShare,
            r#"
            WITH sent AS (
                SELECT assigned_rule AS rule, count(*) AS items FROM notification_items
                WHERE state = 'sent' AND finished_at >= $2 AND assigned_rule IS NOT NULL
                  AND ($1::text IS NULL OR member_id = $1)
                GROUP BY assigned_rule
            ), refused AS (
                SELECT rule, count(*) FILTER (WHERE reason <> 'refused') AS passed_over,
                       count(*) FILTER (WHERE reason = 'refused') AS refused
                FROM assignment_refusals WHERE at >= $2 AND ($1::text IS NULL OR member_id = $1)
                GROUP BY rule
            )
            SELECT rule AS "rule!", coalesce(items, 0) AS "items!", coalesce(passed_over, 0) AS "passed_over!",
                   coalesce(refused, 0) AS "refused!"
            FROM sent FULL JOIN refused USING (rule)
            ORDER BY 2 DESC, 1
            "#,
            member_id.map(MemberId::as_str),
            since,
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// To whom items went since then, and who was refused; those with the most first.
    pub async fn user_shares(
        &self,
        member_id: Option<&MemberId>,
        since: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<UserShare>, StoreError> {
        sqlx::query!(
            r#"
            WITH sent AS (
                SELECT member_id, responsible_id AS user_id, count(*) AS items FROM notification_items
                WHERE state = 'sent' AND finished_at >= $2 AND responsible_id IS NOT NULL
                  AND ($1::text IS NULL OR member_id = $1)
                GROUP BY 1, 2
            ), refused AS (
                SELECT member_id, user_id, count(*) AS refusals FROM assignment_refusals
                WHERE at >= $2 AND ($1::text IS NULL OR member_id = $1)
                GROUP BY 1, 2
            )
            SELECT member_id AS "member_id!", portal.domain, user_id AS "user_id!", person.name AS "name?",
                   coalesce(items, 0) AS "items!", coalesce(refusals, 0) AS "refusals!"
            FROM sent FULL JOIN refused USING (member_id, user_id)
            JOIN portals AS portal USING (member_id)
            LEFT JOIN portal_users AS person USING (member_id, user_id)
            ORDER BY 5 DESC, 6 DESC, 1, 3
            LIMIT $3
            "#,
            member_id.map(MemberId::as_str),
            since,
            limit,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(UserShare {
                member_id: member_id_of(&row.member_id)?,
                domain: row.domain,
                user: UserId(row.user_id),
                name: row.name,
                items: row.items,
                refusals: row.refusals,
            })
        })
        .collect()
    }

    /// How portals did since then, those with items that nobody can take first.
    pub async fn portal_shares(
        &self,
        since: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<PortalShare>, StoreError> {
        sqlx::query!(
            r#"
            WITH sent AS (
                SELECT member_id, count(*) AS items FROM notification_items
                WHERE state = 'sent' AND finished_at >= $1 GROUP BY 1
            ), refused AS (
                SELECT member_id, count(*) AS refusals FROM assignment_refusals WHERE at >= $1 GROUP BY 1
            ), stuck AS (
                SELECT member_id, count(*) AS unassignable FROM notification_items
                WHERE state = 'unassignable' GROUP BY 1
            )
            SELECT member_id AS "member_id!", portal.domain, coalesce(items, 0) AS "items!",
                   coalesce(refusals, 0) AS "refusals!", coalesce(unassignable, 0) AS "unassignable!"
            FROM sent FULL JOIN refused USING (member_id) FULL JOIN stuck USING (member_id)
            JOIN portals AS portal USING (member_id)
            ORDER BY 5 DESC, 3 DESC, 1
            LIMIT $2
            "#,
            since,
            limit,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(PortalShare {
                member_id: member_id_of(&row.member_id)?,
                domain: row.domain,
                items: row.items,
                refusals: row.refusals,
                unassignable: row.unassignable,
            })
        })
        .collect()
    }

    /// A page of refusals.
    pub async fn refusals(&self, query: &RefusalQuery<'_>) -> Result<Vec<RefusalRow>, StoreError> {
        sqlx::query!(
            r#"SELECT refusal.id, refusal.member_id, portal.domain, refusal.item_id, item.entity_type, item.entity_id,
                      refusal.rule, refusal.user_id, person.name AS "name?", refusal.reason, refusal.words, refusal.at
               FROM assignment_refusals AS refusal
               JOIN notification_items AS item ON item.id = refusal.item_id
               JOIN portals AS portal ON portal.member_id = refusal.member_id
               LEFT JOIN portal_users AS person
                    ON person.member_id = refusal.member_id AND person.user_id = refusal.user_id
               WHERE refusal.at >= $2 AND ($1::text IS NULL OR refusal.member_id = $1)
                 AND ($3::text IS NULL OR refusal.reason = $3) AND ($4::bigint IS NULL OR refusal.user_id = $4)
                 AND ($5::bigint IS NULL OR refusal.id < $5)
               ORDER BY refusal.id DESC LIMIT $6"#,
            query.member_id.map(MemberId::as_str),
            query.since,
            query.reason,
            query.user.map(|user| user.0),
            query.before,
            query.limit,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            let item: Uuid = row.item_id;
            Ok(RefusalRow {
                id: row.id,
                member_id: member_id_of(&row.member_id)?,
                domain: row.domain,
                item: ItemId(item),
                entity: row
                    .entity_type
                    .parse()
                    .ok()
                    .map(|entity_type| CrmEntity::new(entity_type, row.entity_id)),
                rule: row.rule,
                user: UserId(row.user_id),
                name: row.name,
                reason: row.reason,
                words: row.words,
                at: row.at,
            })
        })
        .collect()
    }
}

fn member_id_of(text: &str) -> Result<MemberId, StoreError> {
    MemberId::parse(text).map_err(|_| StoreError::inconsistent(TABLE, "member_id"))
}
