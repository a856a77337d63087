//! One view over everything that is done without anybody waiting: events, portals' jobs, notification items.
//!
//! The three keep tables of their own, because what is claimed differs (a portal's events, a job, a portal's items), and
//! share one contract: leases with fencing, a claim that counts as an attempt, a stored back-off, and what is given up
//! stays with its reason until somebody gives it another chance or discards it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::notification_items::ItemId;
use crate::{EventId, MemberId, Store, StoreError};

/// What is being done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDepth {
    /// `events`, `items` or the kind of a portal's job.
    pub kind: String,
    /// `waiting`, `running`, `late` (a job that failed and waits), `unassignable` or `dead`.
    pub state: String,
    /// How many pieces of work.
    pub pieces: i64,
    /// Since when the oldest of them has been due, or failed.
    pub oldest: Option<DateTime<Utc>>,
}

/// Names a piece of work that was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeadId {
    /// An event.
    Event(EventId),
    /// A notification item.
    Item(ItemId),
}

impl fmt::Display for DeadId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(id) => write!(formatter, "event-{}", id.0),
            Self::Item(id) => write!(formatter, "item-{id}"),
        }
    }
}

/// The text names no piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("work that was given up is named event-<number> or item-<uuid>")]
pub struct UnknownDeadId;

impl FromStr for DeadId {
    type Err = UnknownDeadId;

    fn from_str(text: &str) -> Result<Self, UnknownDeadId> {
        if let Some(number) = text.strip_prefix("event-") {
            return number
                .parse()
                .map(|id| Self::Event(EventId(id)))
                .map_err(|_| UnknownDeadId);
        }
        text.strip_prefix("item-")
            .and_then(|id| Uuid::parse_str(id).ok())
            .map(|id| Self::Item(ItemId(id)))
            .ok_or(UnknownDeadId)
    }
}

/// A piece of work that was given up, or that nobody can take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its name for [`Store::retry_dead`] and [`Store::discard_dead`].
    pub id: DeadId,
    /// The event's name, or the kind of item.
    pub what: String,
    /// `dead` or `unassignable`.
    pub state: String,
    /// Why.
    pub reason: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it came.
    pub since: DateTime<Utc>,
}

impl Store {
    /// The depth of all queues, of one portal or of all together.
    pub async fn queue_depths(&self, member_id: Option<&MemberId>) -> Result<Vec<QueueDepth>, StoreError> {
        Ok(sqlx::query_as!(
            QueueDepth,
            r#"
            SELECT 'events' AS "kind!", CASE event.state WHEN 'failed' THEN 'dead' ELSE 'waiting' END AS "state!",
                   count(*) AS "pieces!", min(event.received_at) AS oldest
            FROM portal_events AS event
            WHERE event.state <> 'done' AND ($1::text IS NULL OR event.member_id = $1)
            GROUP BY 2
            UNION ALL
            SELECT job.kind,
                   CASE WHEN job.lease_until > clock_timestamp() THEN 'running'
                        WHEN job.last_error IS NOT NULL THEN 'late' ELSE 'waiting' END,
                   count(*), min(job.due_at)
            FROM portal_jobs AS job
            WHERE (job.due_at <= clock_timestamp() OR job.lease_id IS NOT NULL OR job.last_error IS NOT NULL)
              AND ($1::text IS NULL OR job.member_id = $1)
            GROUP BY 1, 2
            UNION ALL
            SELECT 'items', CASE item.state WHEN 'sending' THEN 'running' ELSE item.state END, count(*),
                   min(item.created_at)
            FROM notification_items AS item
            WHERE item.state IN ('waiting', 'sending', 'unassignable', 'dead')
              AND ($1::text IS NULL OR item.member_id = $1)
            GROUP BY 2
            ORDER BY 1, 2
            "#,
            member_id.map(MemberId::as_str),
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// The portal's work that was given up or can't be assigned, newest first; at most 200 of each queue.
    pub async fn dead_letters(&self, member_id: &MemberId) -> Result<Vec<DeadLetter>, StoreError> {
        let events = sqlx::query!(
            r#"SELECT id, event, last_error AS "reason!", attempts, received_at FROM portal_events
               WHERE member_id = $1 AND state = 'failed' ORDER BY id DESC LIMIT 200"#,
            member_id.as_str(),
        )
        .fetch_all(&self.pool)
        .await?;
        let items = sqlx::query!(
            r#"SELECT id, kind, state, reason AS "reason!", attempts, created_at FROM notification_items
               WHERE member_id = $1 AND state IN ('dead', 'unassignable') ORDER BY created_at DESC, id LIMIT 200"#,
            member_id.as_str(),
        )
        .fetch_all(&self.pool)
        .await?;
        let events = events.into_iter().map(|row| DeadLetter {
            id: DeadId::Event(EventId(row.id)),
            what: row.event,
            state: "dead".to_owned(),
            reason: row.reason,
            attempts: row.attempts,
            since: row.received_at,
        });
        let items = items.into_iter().map(|row| DeadLetter {
            id: DeadId::Item(ItemId(row.id)),
            what: row.kind,
            state: row.state,
            reason: row.reason,
            attempts: row.attempts,
            since: row.created_at,
        });
        let mut letters: Vec<DeadLetter> = events.chain(items).collect();
        letters.sort_by_key(|letter| std::cmp::Reverse(letter.since));
        Ok(letters)
    }

    /// Gives a piece of work another chance at once; whether there was one.
    pub async fn retry_dead(&self, member_id: &MemberId, id: DeadId) -> Result<bool, StoreError> {
        match id {
            DeadId::Item(id) => Ok(self.retry_items(member_id, Some(&[id])).await? > 0),
            DeadId::Event(id) => {
                let retried = sqlx::query!(
                    "UPDATE portal_events SET
                        state = 'pending', attempts = 0, finished_at = NULL, due_at = clock_timestamp()
                     WHERE member_id = $1 AND id = $2 AND state = 'failed'",
                    member_id.as_str(),
                    id.0,
                )
                .execute(&self.pool)
                .await?;
                Ok(retried.rows_affected() > 0)
            }
        }
    }

    /// Gives a piece of work up for good; whether there was one.
    pub async fn discard_dead(
        &self,
        member_id: &MemberId,
        id: DeadId,
        reason: &str,
    ) -> Result<bool, StoreError> {
        match id {
            DeadId::Item(id) => Ok(self.discard_items(member_id, &[id], reason).await? > 0),
            DeadId::Event(id) => {
                let discarded = sqlx::query!(
                    "DELETE FROM portal_events WHERE member_id = $1 AND id = $2 AND state = 'failed'",
                    member_id.as_str(),
                    id.0,
                )
                .execute(&self.pool)
                .await?;
                Ok(discarded.rows_affected() > 0)
            }
        }
    }
}
