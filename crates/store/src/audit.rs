//! The audit log: what people did to the service and to portals, who, when, why, from what to what.
//!
//! An entry is begun before the action and ended with what came of it, so that nothing that was done is missing, even when
//! the process dies under it. Whether somebody may do something is not known here.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

use crate::{MemberId, Store, StoreError, UserId, seconds};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The portal's user; `None`: the operator.
    pub user: Option<UserId>,
    /// His name as it was known at that moment.
    pub name: String,
}

/// An action that is about to be done.
#[derive(Debug, Clone)]
pub struct NewAuditEntry<'a> {
    /// The portal that it concerns; `None`: the service.
    pub member_id: Option<&'a MemberId>,
    /// Who does it.
    pub actor: &'a Actor,
    /// Its stable name, such as `queue.retry`.
    pub action: &'a str,
    /// To what, in words.
    pub subject: &'a str,
    /// Why, in the person's words.
    pub reason: Option<&'a str>,
    /// The request in which it is done.
    pub request_id: Option<&'a str>,
}

/// What came of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// Begun, and nothing was heard of it since.
    Begun,
    /// Done.
    Done,
    /// Not done: the rules say no.
    Refused,
    /// Not done, or not wholly: something failed.
    Failed,
}

impl AuditOutcome {
    /// All outcomes.
    pub const ALL: [Self; 4] = [Self::Begun, Self::Done, Self::Refused, Self::Failed];

    /// The outcome as it is stored.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.key() == key)
    }
}

/// The end of an action.
#[derive(Debug, Clone)]
pub struct AuditEnd {
    /// What came of it.
    pub outcome: AuditOutcome,
    /// What the person was told.
    pub message: String,
    /// What was there before.
    pub before: Option<Value>,
    /// What is there now.
    pub after: Option<Value>,
}

/// Names an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct AuditId(pub i64);

/// An entry as it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditEntry {
    /// Its number: later entries have greater ones.
    pub id: AuditId,
    /// When it was begun.
    pub at: DateTime<Utc>,
    /// The portal that it concerns.
    pub member_id: Option<MemberId>,
    /// That portal's domain.
    pub domain: Option<String>,
    /// The portal's user who did it; `None`: the operator.
    pub user_id: Option<i64>,
    /// His name.
    pub actor_name: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Why.
    pub reason: Option<String>,
    /// What was there before.
    pub before: Option<Value>,
    /// What was there afterwards.
    pub after: Option<Value>,
    /// What came of it.
    pub outcome: AuditOutcome,
    /// What the person was told.
    pub message: Option<String>,
    /// The request.
    pub request_id: Option<String>,
}

/// Which entries are wanted. Newest first.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery<'a> {
    /// Of this portal only.
    pub member_id: Option<&'a MemberId>,
    /// Of this kind: an action (`queue.retry`) or all of a group (`queue`).
    pub action: Option<&'a str>,
    /// By this person, exactly.
    pub actor: Option<&'a str>,
    /// With this outcome.
    pub outcome: Option<&'a str>,
    /// From this day on, UTC.
    pub from: Option<NaiveDate>,
    /// Up to and including this day, UTC.
    pub to: Option<NaiveDate>,
    /// From the earliest to the latest; otherwise the other way round.
    pub is_earliest_first: bool,
    /// Those after this one, in that order.
    pub after: Option<AuditId>,
    /// At most so many.
    pub limit: i64,
}

/// A page in one direction: the same statement, so that both go along the index.
macro_rules! page {
    ($store:expr, $query:expr, $beyond:literal, $direction:literal) => {
        sqlx::query_as!(
            Row,
            "SELECT entry.id, entry.at, entry.member_id, portal.domain AS \"domain?\", entry.user_id, entry.actor_name,
                    entry.action, entry.subject, entry.reason, entry.before, entry.after, entry.outcome,
                    entry.message, entry.request_id
             FROM audit_log AS entry
             LEFT JOIN portals AS portal ON portal.member_id = entry.member_id
             WHERE ($1::text IS NULL OR entry.member_id = $1)
               AND ($2::text IS NULL OR entry.action = $2 OR starts_with(entry.action, $2 || '.'))
               AND ($3::text IS NULL OR entry.actor_name = $3)
               AND ($4::text IS NULL OR entry.outcome = $4)
               AND ($5::date IS NULL OR entry.at >= $5::date)
               AND ($6::date IS NULL OR entry.at < $6::date + 1)
               AND ($7::bigint IS NULL OR entry.id " + $beyond + " $7)
             ORDER BY entry.id " + $direction + " LIMIT $8",
            $query.member_id.map(MemberId::as_str),
            $query.action,
            $query.actor,
            $query.outcome,
            $query.from,
            $query.to,
            $query.after.map(|id| id.0),
            $query.limit,
        )
        .fetch_all(&$store.pool)
        .await?
    };
}

struct Row {
    id: i64,
    at: DateTime<Utc>,
    member_id: Option<String>,
    domain: Option<String>,
    user_id: Option<i64>,
    actor_name: String,
    action: String,
    subject: String,
    reason: Option<String>,
    before: Option<Value>,
    after: Option<Value>,
    outcome: String,
    message: Option<String>,
    request_id: Option<String>,
}

impl Store {
    /// Notes that an action begins.
    pub async fn begin_audit(&self, entry: &NewAuditEntry<'_>) -> Result<AuditId, StoreError> {
        let id = sqlx::query_scalar!(
            "INSERT INTO audit_log (member_id, user_id, actor_name, action, subject, reason, request_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            entry.member_id.map(MemberId::as_str),
            entry.actor.user.map(|user| user.0),
            entry.actor.name,
            entry.action,
            entry.subject,
            entry.reason,
            entry.request_id,
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(AuditId(id))
    }

    /// Notes what came of it. The entry may be gone with its portal.
    pub async fn end_audit(&self, id: AuditId, end: &AuditEnd) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE audit_log SET outcome = $2, message = $3, before = $4, after = $5 WHERE id = $1",
            id.0,
            end.outcome.key(),
            end.message,
            end.before,
            end.after,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A page of the log, in the order of the entries.
    pub async fn audit_log(&self, query: &AuditQuery<'_>) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = if query.is_earliest_first {
            page!(self, query, ">", "ASC")
        } else {
            page!(self, query, "<", "DESC")
        };
        rows.into_iter()
            .map(|row| {
                Ok(AuditEntry {
                    id: AuditId(row.id),
                    at: row.at,
                    member_id: row
                        .member_id
                        .map(|member_id| MemberId::parse(&member_id))
                        .transpose()
                        .map_err(|_| inconsistent("member_id"))?,
                    domain: row.domain,
                    user_id: row.user_id,
                    actor_name: row.actor_name,
                    action: row.action,
                    subject: row.subject,
                    reason: row.reason,
                    before: row.before,
                    after: row.after,
                    outcome: AuditOutcome::of_key(&row.outcome).ok_or_else(|| inconsistent("outcome"))?,
                    message: row.message,
                    request_id: row.request_id,
                })
            })
            .collect()
    }

    /// Forgets what is older; how many entries that were.
    pub async fn purge_audit_log(&self, older_than: Duration) -> Result<u64, StoreError> {
        let purged = sqlx::query!(
            "DELETE FROM audit_log WHERE at < clock_timestamp() - make_interval(secs => $1)",
            seconds(older_than),
        )
        .execute(&self.pool)
        .await?;
        Ok(purged.rows_affected())
    }
}

const fn inconsistent(column: &'static str) -> StoreError {
    StoreError::Inconsistent {
        table: "audit_log",
        column,
    }
}
