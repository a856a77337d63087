//! Working events off: one worker per portal, under a lease.
//!
//! A claim takes the lease of one portal and all its events that are due, oldest first. Each claim counts as an
//! attempt, so that an event that kills its worker is given up after [`ATTEMPTS`] too. Results are written only while
//! the lease holds: a worker that was too slow gets [`StoreError::LeaseLost`] and must drop what it did.

use super::{EventId, StoredEvent, Subject, TABLE, body_place};
use crate::{MemberId, Store, StoreError, seconds};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

/// How often an event is tried.
pub const ATTEMPTS: i32 = 8;
/// How long an event that can't be read waits first; twice as long each time.
const UNREADABLE_WAIT: Duration = Duration::from_secs(30);
/// How often a claim looks for another portal after somebody else was quicker.
const LOOKS: u32 = 8;

/// The right to work on one portal's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventLease {
    member_id: MemberId,
    id: Uuid,
}

impl EventLease {
    /// The portal.
    pub const fn member_id(&self) -> &MemberId {
        &self.member_id
    }
}

/// What waits for one portal.
#[derive(Debug)]
pub struct ClaimedEvents {
    /// Finish, retry, renew and release need it.
    pub lease: EventLease,
    /// Oldest first; never empty.
    pub events: Vec<StoredEvent>,
}

impl ClaimedEvents {
    /// What the events are about, each subject once: ten thousand reports of one company are one thing to do.
    pub fn subjects(&self) -> BTreeSet<&Subject> {
        self.events
            .iter()
            .filter_map(|event| event.subject.as_ref())
            .collect()
    }

    /// The rows of the events that `wanted` accepts: for [`Store::finish_events`] and [`Store::retry_events`].
    pub fn ids(&self, wanted: impl Fn(&StoredEvent) -> bool) -> Vec<EventId> {
        self.events
            .iter()
            .filter(|event| wanted(event))
            .map(|event| event.id)
            .collect()
    }
}

impl Store {
    /// Takes the due events (at most `limit`) of the portal that waits longest and that nobody works on. `None` when
    /// nothing is due. The lease runs out after `lease` unless it is renewed.
    pub async fn claim_events(
        &self,
        limit: u32,
        lease: Duration,
    ) -> Result<Option<ClaimedEvents>, StoreError> {
        for _ in 0..LOOKS {
            let Some(member_id) = self.longest_waiting_portal().await? else {
                return Ok(None);
            };
            let lease_id = Uuid::new_v4();
            let taken = sqlx::query!(
                "INSERT INTO event_leases AS lease (member_id, lease_id, lease_until)
                 VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
                 ON CONFLICT (member_id) DO UPDATE SET
                    lease_id = excluded.lease_id,
                    lease_until = excluded.lease_until
                 WHERE lease.lease_until <= clock_timestamp()",
                member_id.as_str(),
                lease_id,
                seconds(lease),
            )
            .execute(&self.pool)
            .await?;
            if taken.rows_affected() == 0 {
                continue; // Somebody was quicker.
            }
            let lease = EventLease {
                member_id,
                id: lease_id,
            };
            let events = self.take_events(&lease, limit).await?;
            if events.is_empty() {
                self.release_events(&lease).await?;
                continue; // All of them had used up their attempts, or somebody had just finished them.
            }
            return Ok(Some(ClaimedEvents { lease, events }));
        }
        Ok(None)
    }

    /// Hops from portal to portal through the index of pending events: a portal with a hundred thousand of them costs
    /// no more than one with a single event.
    async fn longest_waiting_portal(&self) -> Result<Option<MemberId>, StoreError> {
        sqlx::query_scalar!(
            "WITH RECURSIVE waiting AS (
                (SELECT member_id, due_at FROM portal_events WHERE state = 'pending'
                 ORDER BY member_id, due_at LIMIT 1)
                UNION ALL
                SELECT next.member_id, next.due_at
                FROM waiting,
                LATERAL (
                    SELECT event.member_id, event.due_at FROM portal_events AS event
                    WHERE event.state = 'pending' AND event.member_id > waiting.member_id
                    ORDER BY event.member_id, event.due_at LIMIT 1
                ) AS next
             )
             SELECT member_id AS \"member_id!\" FROM waiting
             WHERE due_at <= clock_timestamp() AND NOT EXISTS (
                SELECT FROM event_leases AS lease
                WHERE lease.member_id = waiting.member_id AND lease.lease_until > clock_timestamp()
             ) AND NOT is_work_paused(waiting.member_id, 'events')
             ORDER BY due_at
             LIMIT 1",
        )
        .fetch_optional(&self.pool)
        .await?
        .map(|text| MemberId::parse(&text).map_err(|_| StoreError::inconsistent(TABLE, "member_id")))
        .transpose()
    }

    /// Counts an attempt for each due event and gives those that had attempts left; the others are given up.
    async fn take_events(&self, lease: &EventLease, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = sqlx::query!(
            "WITH due AS (
                SELECT id FROM portal_events
                WHERE member_id = $1 AND state = 'pending' AND due_at <= clock_timestamp()
                ORDER BY due_at, id
                LIMIT $2
             ), given_up AS (
                UPDATE portal_events AS event
                SET state = 'failed', finished_at = clock_timestamp(),
                    last_error = coalesce(event.last_error, 'every worker that took this event died of it')
                FROM due WHERE event.id = due.id AND event.attempts >= $3
             )
             UPDATE portal_events AS event SET attempts = event.attempts + 1
             FROM due WHERE event.id = due.id AND event.attempts < $3
             RETURNING event.id, event.event, event.subject_kind, event.subject_id, event.body, event.proved,
                       event.attempts, event.received_at",
            lease.member_id.as_str(),
            i64::from(limit),
            ATTEMPTS,
        )
        .fetch_all(&self.pool)
        .await?;
        let (mut events, mut unreadable) = (Vec::new(), Vec::new());
        for row in rows {
            let body = match self.vault.open(body_place(lease.member_id.as_str()), &row.body) {
                Ok(body) => body,
                Err(error) => {
                    unreadable.push((EventId(row.id), row.attempts, error));
                    continue;
                }
            };
            events.push(StoredEvent {
                id: EventId(row.id),
                event: row.event,
                subject: row
                    .subject_kind
                    .zip(row.subject_id)
                    .map(|(kind, id)| Subject { kind, id }),
                body,
                proved: row.proved,
                attempts: row.attempts,
                received_at: row.received_at,
            });
        }
        self.put_unreadable_back(lease, &unreadable).await?;
        events.sort_by_key(|event| event.id);
        Ok(events)
    }

    /// What can't be read stands in nobody's way: it waits, longer each time, and is given up at last, each time with the
    /// reason. A key that is put right meanwhile opens it again.
    async fn put_unreadable_back(
        &self,
        lease: &EventLease,
        unreadable: &[(EventId, i32, StoreError)],
    ) -> Result<(), StoreError> {
        for (id, attempts, error) in unreadable {
            let wait = UNREADABLE_WAIT.saturating_mul(1 << (*attempts).clamp(0, ATTEMPTS));
            self.retry_events(lease, &[*id], &error.to_string(), wait).await?;
        }
        Ok(())
    }

    /// Notes that these events are worked off. Unproved ones are deleted: they were a stranger's, or are proved and
    /// done.
    pub async fn finish_events(&self, lease: &EventLease, ids: &[EventId]) -> Result<(), StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let held = sqlx::query_scalar!(
            "WITH held AS (
                SELECT member_id FROM event_leases
                WHERE member_id = $1 AND lease_id = $2 AND lease_until > clock_timestamp()
                FOR UPDATE
             ), dropped AS (
                DELETE FROM portal_events AS event USING held
                WHERE event.member_id = held.member_id AND event.id = ANY ($3) AND NOT event.proved
             ), done AS (
                UPDATE portal_events AS event SET state = 'done', finished_at = clock_timestamp()
                FROM held
                WHERE event.member_id = held.member_id AND event.id = ANY ($3) AND event.proved
                  AND event.state = 'pending'
             )
             SELECT count(*) AS \"count!\" FROM held",
            lease.member_id.as_str(),
            lease.id,
            &ids,
        )
        .fetch_one(&self.pool)
        .await?;
        still(held > 0)
    }

    /// Puts these events back for a while, with the reason. Events that used up their attempts are given up instead:
    /// they stay visible as failed.
    pub async fn retry_events(
        &self,
        lease: &EventLease,
        ids: &[EventId],
        error: &str,
        after: Duration,
    ) -> Result<(), StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let held = sqlx::query_scalar!(
            "WITH held AS (
                SELECT member_id FROM event_leases
                WHERE member_id = $1 AND lease_id = $2 AND lease_until > clock_timestamp()
                FOR UPDATE
             ), put_back AS (
                UPDATE portal_events AS event SET
                    state = CASE WHEN event.attempts >= $6 THEN 'failed' ELSE 'pending' END,
                    finished_at = CASE WHEN event.attempts >= $6 THEN clock_timestamp() END,
                    last_error = $4,
                    due_at = clock_timestamp() + make_interval(secs => $5)
                FROM held
                WHERE event.member_id = held.member_id AND event.id = ANY ($3) AND event.state = 'pending'
             )
             SELECT count(*) AS \"count!\" FROM held",
            lease.member_id.as_str(),
            lease.id,
            &ids,
            error,
            seconds(after),
            ATTEMPTS,
        )
        .fetch_one(&self.pool)
        .await?;
        still(held > 0)
    }

    /// Holds the lease for this time from now on.
    pub async fn renew_events(&self, lease: &EventLease, duration: Duration) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "UPDATE event_leases SET lease_until = clock_timestamp() + make_interval(secs => $3)
             WHERE member_id = $1 AND lease_id = $2 AND lease_until > clock_timestamp()",
            lease.member_id.as_str(),
            lease.id,
            seconds(duration),
        )
        .execute(&self.pool)
        .await?;
        still(outcome.rows_affected() > 0)
    }

    /// Gives the lease back at the end of the work. Events that were neither finished nor put back can be claimed
    /// again at once. A lease that was lost meanwhile is none of the caller's business any more.
    pub async fn release_events(&self, lease: &EventLease) -> Result<(), StoreError> {
        sqlx::query!(
            "DELETE FROM event_leases WHERE member_id = $1 AND lease_id = $2",
            lease.member_id.as_str(),
            lease.id,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

const fn still(held: bool) -> Result<(), StoreError> {
    if held { Ok(()) } else { Err(StoreError::LeaseLost) }
}
