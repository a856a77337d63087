//! What portals report: stored at once as it came, worked off later.
//!
//! Portals deliver an event once, late, in any order, sometimes twice, and wait for the answer. So receiving is one
//! insert; a worker then takes all that waits for one portal and works off each subject once ([`claim`]).

pub mod claim;

pub use claim::{ClaimedEvents, EventLease};

use crate::vault::Place;
use crate::{MemberId, Store, StoreError};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretSlice};

const TABLE: &str = "portal_events";
/// Unproved events that may wait for one portal: a portal sends one or two when it installs.
const UNPROVED_PER_PORTAL: i64 = 20;
/// Unproved events of all portals: what strangers can make us keep.
const UNPROVED_IN_ALL: i64 = 10_000;

/// One stored event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(pub i64);

/// What an event is about, such as the company 17. The store attaches no meaning to the kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    /// The kind of thing, such as `company` or `requisite`.
    pub kind: String,
    /// Its number.
    pub id: i64,
}

/// An event that just came in.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The portal that it names.
    pub member_id: MemberId,
    /// Its name.
    pub event: String,
    /// What it is about.
    pub subject: Option<Subject>,
    /// The request's whole body: it carries tokens.
    pub body: SecretSlice<u8>,
    /// Whether the application token matched.
    pub proved: bool,
}

/// Whether an event was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It waits for a worker.
    Stored(EventId),
    /// It claims to come from a portal that is unknown or removed the application, and its proof is worth nothing now.
    Dropped,
    /// Too many unproved events wait already.
    TooManyUnproved,
}

/// An event that waits, or waited, for a worker.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Its row.
    pub id: EventId,
    /// Its name.
    pub event: String,
    /// What it is about.
    pub subject: Option<Subject>,
    /// The request's whole body.
    pub body: SecretSlice<u8>,
    /// Whether the application token matched when it came.
    pub proved: bool,
    /// How often it was taken, this time included.
    pub attempts: i32,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

impl Store {
    /// Keeps an event for a worker: one insert, which waits for nobody but an erasure. A proved event is kept only
    /// while its portal has the application (one that comes at the very moment of a removal may stay: the worker looks
    /// at the portal's state too); an unproved one only within bounds.
    pub async fn receive_event(&self, event: &NewEvent) -> Result<Receipt, StoreError> {
        let body = self
            .vault
            .seal(body_place(event.member_id.as_str()), event.body.expose_secret())?;
        let (kind, id) = event
            .subject
            .as_ref()
            .map(|subject| (subject.kind.as_str(), subject.id))
            .unzip();
        let stored = if event.proved {
            sqlx::query_scalar!(
                "WITH present AS (
                    SELECT member_id FROM portals WHERE member_id = $1 AND state <> 'uninstalled' FOR KEY SHARE
                 )
                 INSERT INTO portal_events (member_id, event, subject_kind, subject_id, body, proved)
                 SELECT member_id, $2, $3, $4, $5, true FROM present
                 RETURNING id",
                event.member_id.as_str(),
                event.event,
                kind,
                id,
                body,
            )
            .fetch_optional(&self.pool)
            .await?
        } else {
            sqlx::query_scalar!(
                "INSERT INTO portal_events (member_id, event, subject_kind, subject_id, body, proved)
                 SELECT $1, $2, $3, $4, $5, false
                 WHERE (SELECT count(*) FROM (
                            SELECT FROM portal_events WHERE member_id = $1 AND NOT proved LIMIT $6
                        ) AS own) < $6
                   AND (SELECT count(*) FROM (
                            SELECT FROM portal_events WHERE NOT proved LIMIT $7
                        ) AS everybodys) < $7
                 RETURNING id",
                event.member_id.as_str(),
                event.event,
                kind,
                id,
                body,
                UNPROVED_PER_PORTAL,
                UNPROVED_IN_ALL,
            )
            .fetch_optional(&self.pool)
            .await?
        };
        Ok(match stored {
            Some(id) => Receipt::Stored(EventId(id)),
            None if event.proved => Receipt::Dropped,
            None => Receipt::TooManyUnproved,
        })
    }

    /// How many events of the portal wait for a worker; counted up to 100,000.
    pub async fn pending_events(&self, member_id: &MemberId) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!(
            "SELECT count(*) AS \"count!\" FROM (
                SELECT FROM portal_events WHERE member_id = $1 AND state = 'pending' LIMIT 100000
             ) AS pending",
            member_id.as_str(),
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Events of the portal that were given up, newest first, with the reason; at most 100.
    pub async fn failed_events(
        &self,
        member_id: &MemberId,
    ) -> Result<Vec<(EventId, String, String)>, StoreError> {
        Ok(sqlx::query!(
            "SELECT id, event, last_error AS \"last_error!\" FROM portal_events
             WHERE member_id = $1 AND state = 'failed' ORDER BY id DESC LIMIT 100",
            member_id.as_str(),
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| (EventId(row.id), row.event, row.last_error))
        .collect())
    }

    /// Deletes events of all portals that were finished longer ago than this, done or given up; how many.
    pub async fn purge_events(&self, older_than: std::time::Duration) -> Result<u64, StoreError> {
        let mut purged = 0;
        loop {
            let outcome = sqlx::query!(
                "DELETE FROM portal_events WHERE id IN (
                    SELECT id FROM portal_events
                    WHERE state <> 'pending' AND finished_at < now() - make_interval(secs => $1)
                    LIMIT $2
                 )",
                crate::seconds(older_than),
                PURGED_AT_ONCE,
            )
            .execute(&self.pool)
            .await?;
            purged += outcome.rows_affected();
            if outcome.rows_affected() < PURGED_AT_ONCE.unsigned_abs() {
                return Ok(purged);
            }
        }
    }
}

/// Rows that one statement deletes, so that none runs for long.
const PURGED_AT_ONCE: i64 = 10_000;

pub(crate) const fn body_place(member_id: &str) -> Place<'_> {
    Place::new(TABLE, member_id, "body")
}
