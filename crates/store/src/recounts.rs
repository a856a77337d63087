//! Recounts that were asked for, that run and that ended; when the next one begins by itself; who leads.
//!
//! What a recount finds is the registry's matter; here is who runs it, when, and what came of it. Two that run at once
//! do no harm, they take turns at the mark; leading only saves the work of finding that out.

mod leadership;

pub use leadership::Leadership;

use crate::{Store, StoreError, seconds};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// Recounts that ended are kept up to this number.
const KEPT: i64 = 1000;

/// Why a recount runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecountOccasion {
    /// It was time.
    Schedule,
    /// Documents were imported.
    Import,
    /// The command `certlens recount`.
    Command,
    /// The interface for programs.
    Interface,
}

impl RecountOccasion {
    const ALL: [Self; 4] = [Self::Schedule, Self::Import, Self::Command, Self::Interface];

    /// The key in the database and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Import => "import",
            Self::Command => "command",
            Self::Interface => "interface",
        }
    }

    fn of_key(key: &str) -> Result<Self, StoreError> {
        Self::ALL
            .into_iter()
            .find(|one| one.key() == key)
            .ok_or(StoreError::inconsistent("recounts", "occasion"))
    }
}

/// How far a recount is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecountState {
    /// Nobody has begun it.
    Requested,
    /// Somebody runs it.
    Running,
    /// It looked at everything.
    Done,
    /// It stopped; the next one goes on where it stopped.
    Failed,
}

impl RecountState {
    const ALL: [Self; 4] = [Self::Requested, Self::Running, Self::Done, Self::Failed];

    /// The key in the database and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    fn of_key(key: &str) -> Result<Self, StoreError> {
        Self::ALL
            .into_iter()
            .find(|one| one.key() == key)
            .ok_or(StoreError::inconsistent("recounts", "state"))
    }
}

/// The number of a recount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RecountId(i64);

impl RecountId {
    /// As it stands in the database.
    pub const fn number(self) -> i64 {
        self.0
    }
}

impl fmt::Display for RecountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What came of a recount, to be noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecountCounts {
    /// It looked at what came after this version of the store …
    pub from_version: i64,
    /// … up to this one.
    pub to_version: i64,
    /// Terms were looked at as of this day (UTC).
    pub day: NaiveDate,
    /// Subscriptions for which was looked.
    pub subscriptions: u64,
    /// Their identifiers.
    pub identifiers: u64,
    /// News found.
    pub found: u64,
}

/// A recount as it stands. Counts are there when it is done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecountRecord {
    /// Its number.
    pub run: RecountId,
    /// Why it ran.
    pub occasion: RecountOccasion,
    /// How far it is.
    pub state: RecountState,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When somebody began it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// How long it ran.
    pub seconds: Option<f64>,
    /// The process that runs it, or ran it.
    pub node: Option<String>,
    /// It looked at what came after this version of the store …
    pub from_version: Option<i64>,
    /// … up to this one.
    pub to_version: Option<i64>,
    /// Terms were looked at as of this day (UTC).
    pub day: Option<NaiveDate>,
    /// Subscriptions for which was looked.
    pub subscriptions: Option<i64>,
    /// Their identifiers.
    pub identifiers: Option<i64>,
    /// News found.
    pub found: Option<i64>,
    /// Why it failed.
    pub error: Option<String>,
}

impl Store {
    /// Asks for a recount, which the process that leads will begin. One that waits already serves this wish as well.
    pub async fn request_recount(&self, occasion: RecountOccasion) -> Result<RecountId, StoreError> {
        let mut transaction = self.pool.begin().await?;
        // Two wishes at once become one; whoever takes the waiting one does not wait for this.
        sqlx::query!("SELECT single FROM recount_schedule FOR UPDATE")
            .fetch_one(&mut *transaction)
            .await?;
        let id = sqlx::query_scalar!(
            r#"WITH waiting AS (
                   SELECT id FROM recounts WHERE state = 'requested' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
               ), fresh AS (
                   INSERT INTO recounts (occasion, state, requested_at)
                   SELECT $1, 'requested', clock_timestamp() WHERE NOT EXISTS (SELECT FROM waiting)
                   RETURNING id
               )
               SELECT id AS "id!" FROM waiting UNION ALL SELECT id FROM fresh"#,
            occasion.key(),
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(RecountId(id))
    }

    /// Begins a recount that nobody asked the leader for, such as that of a command.
    pub async fn begin_recount(
        &self,
        occasion: RecountOccasion,
        node: &str,
    ) -> Result<RecountId, StoreError> {
        let id = sqlx::query_scalar!(
            "INSERT INTO recounts (occasion, state, requested_at, started_at, node)
             VALUES ($1, 'running', clock_timestamp(), clock_timestamp(), $2) RETURNING id",
            occasion.key(),
            node,
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(RecountId(id))
    }

    /// Begins the recount that is due, if one is: that which waits for longest; else one because documents were
    /// imported since the last, or because it is time. The schedule moves together with the beginning, so that of
    /// several processes one begins; a clock that is set back repeats nothing. After a failure nothing begins by itself
    /// before `rest` is over.
    pub async fn begin_due_recount(
        &self,
        node: &str,
        every: Duration,
        rest: Duration,
    ) -> Result<Option<(RecountId, RecountOccasion)>, StoreError> {
        let requested = sqlx::query!(
            "UPDATE recounts SET state = 'running', started_at = clock_timestamp(), node = $1
             WHERE id = (SELECT id FROM recounts WHERE state = 'requested' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
             RETURNING id, occasion",
            node,
        )
        .fetch_optional(&self.pool)
        .await?;
        if let Some(row) = requested {
            return Ok(Some((RecountId(row.id), RecountOccasion::of_key(&row.occasion)?)));
        }
        // An import moves no schedule. Only what is due is locked and written.
        let begun = sqlx::query!(
            r#"WITH due AS (
                   SELECT due_at, due_at <= clock_timestamp() AS is_time,
                          due_at > clock_timestamp() + make_interval(secs => $2) AS is_too_far,
                          (SELECT max(data_version) FROM registry_state) > mark.version AS is_behind
                   FROM recount_schedule, recount_mark AS mark
                   WHERE NOT EXISTS (
                       SELECT FROM (SELECT state, finished_at FROM recounts ORDER BY id DESC LIMIT 1) AS last
                       WHERE last.state = 'failed' AND last.finished_at > clock_timestamp() - make_interval(secs => $3)
                   )
               ), moved AS (
                   UPDATE recount_schedule AS schedule SET due_at = clock_timestamp() + make_interval(secs => $2)
                   FROM due WHERE schedule.due_at = due.due_at AND (due.is_time OR due.is_too_far)
                   RETURNING due.is_time
               ), chosen AS (
                   SELECT 'schedule' AS occasion FROM moved WHERE is_time
                   UNION ALL
                   SELECT 'import' FROM due WHERE is_behind
                   LIMIT 1
               )
               INSERT INTO recounts (occasion, state, requested_at, started_at, node)
               SELECT occasion, 'running', clock_timestamp(), clock_timestamp(), $1 FROM chosen
               RETURNING id, occasion"#,
            node,
            seconds(every),
            seconds(rest),
        )
        .fetch_optional(&self.pool)
        .await?;
        begun
            .map(|row| Ok((RecountId(row.id), RecountOccasion::of_key(&row.occasion)?)))
            .transpose()
    }

    /// Notes that a recount looked at everything. Forgets the oldest.
    pub async fn finish_recount(&self, id: RecountId, counts: &RecountCounts) -> Result<(), StoreError> {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        sqlx::query!(
            "UPDATE recounts
             SET state = 'done', finished_at = clock_timestamp(), from_version = $2, to_version = $3, day = $4,
                 subscriptions = $5, identifiers = $6, found = $7
             WHERE id = $1 AND state = 'running'",
            id.0,
            counts.from_version,
            counts.to_version,
            counts.day,
            number(counts.subscriptions),
            number(counts.identifiers),
            number(counts.found),
        )
        .execute(&self.pool)
        .await?;
        sqlx::query!(
            "DELETE FROM recounts
             WHERE state IN ('done', 'failed') AND id < (SELECT id FROM recounts ORDER BY id DESC OFFSET $1 LIMIT 1)",
            KEPT - 1,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that a recount stopped, and why.
    pub async fn fail_recount(&self, id: RecountId, error: &str) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE recounts SET state = 'failed', finished_at = clock_timestamp(), error = $2
             WHERE id = $1 AND state = 'running'",
            id.0,
            error,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Gives a recount back that its process can't end: the next leader begins it again.
    pub async fn give_recount_back(&self, id: RecountId) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE recounts SET state = 'requested', started_at = NULL, node = NULL
             WHERE id = $1 AND state = 'running'",
            id.0,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Has recounts begun again of which the leader died; for a new leader. Those of commands are their own masters;
    /// they count as dead after an hour.
    pub async fn adopt_recounts(&self) -> Result<u64, StoreError> {
        let adopted = sqlx::query!(
            "UPDATE recounts SET state = 'requested', started_at = NULL, node = NULL
             WHERE state = 'running'
                   AND (occasion <> 'command' OR started_at < clock_timestamp() - interval '1 hour')"
        )
        .execute(&self.pool)
        .await?;
        Ok(adopted.rows_affected())
    }

    /// The newest recounts, at most so many, the newest first.
    pub async fn recounts(&self, most: u32) -> Result<Vec<RecountRecord>, StoreError> {
        let rows = sqlx::query!(
            "SELECT id, occasion, state, requested_at, started_at, finished_at,
                    extract(epoch FROM finished_at - started_at)::double precision AS seconds, node, from_version, to_version, day,
                    subscriptions, identifiers, found, error
             FROM recounts ORDER BY id DESC LIMIT $1",
            i64::from(most),
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(RecountRecord {
                    run: RecountId(row.id),
                    occasion: RecountOccasion::of_key(&row.occasion)?,
                    state: RecountState::of_key(&row.state)?,
                    requested_at: row.requested_at,
                    started_at: row.started_at,
                    finished_at: row.finished_at,
                    seconds: row.seconds,
                    node: row.node,
                    from_version: row.from_version,
                    to_version: row.to_version,
                    day: row.day,
                    subscriptions: row.subscriptions,
                    identifiers: row.identifiers,
                    found: row.found,
                    error: row.error,
                })
            })
            .collect()
    }
}
