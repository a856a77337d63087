//! What is to be done for a portal, again and again or once: crawling its CRM, reconciling its bindings.
//!
//! A portal has one row per kind of work, so that no work is queued twice. A claim gives a lease; only who holds it
//! writes progress and the end, and a worker that lost it gets [`StoreError::LeaseLost`]. A claim counts as an
//! attempt; after a failure or a dead worker the job waits longer each time, up to six hours, and is never forgotten.

use crate::{MemberId, Store, StoreError, seconds};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// The right to work on one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobLease {
    member_id: MemberId,
    kind: String,
    id: Uuid,
}

impl JobLease {
    /// The portal.
    pub const fn member_id(&self) -> &MemberId {
        &self.member_id
    }

    /// The kind of work.
    pub fn kind(&self) -> &str {
        &self.kind
    }
}

/// A job that a worker took.
#[derive(Debug, Clone)]
pub struct ClaimedJob {
    /// Progress and the end need it.
    pub lease: JobLease,
    /// How often it was taken since its last success, this time included.
    pub attempt: i32,
    /// What the last worker wrote down.
    pub progress: Option<Value>,
    /// Its last success.
    pub last_success_at: Option<DateTime<Utc>>,
}

/// A job as it stands, for those who look.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// When it is next due; `None` = not scheduled, or being worked on.
    pub due_at: Option<DateTime<Utc>>,
    /// Whether a worker holds it now.
    pub is_running: bool,
    /// Claims since the last success.
    pub attempts: i32,
    /// What the worker wrote down.
    pub progress: Option<Value>,
    /// Why it failed last; `None` after a success.
    pub last_error: Option<String>,
    /// When a worker took it last.
    pub last_started_at: Option<DateTime<Utc>>,
    /// Its last success.
    pub last_success_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Makes the job due after this time, or earlier if it already is. Scheduling a job that is being worked on makes
    /// it run again afterwards.
    ///
    /// A portal that removed the application gets no jobs ([`StoreError::Uninstalled`]).
    pub async fn schedule(
        &self,
        member_id: &MemberId,
        kind: &str,
        after: Duration,
    ) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "WITH present AS (
                SELECT member_id FROM portals WHERE member_id = $1 AND state <> 'uninstalled' FOR SHARE
             )
             INSERT INTO portal_jobs AS job (member_id, kind, due_at)
             SELECT member_id, $2, clock_timestamp() + make_interval(secs => $3) FROM present
             ON CONFLICT (member_id, kind) DO UPDATE SET due_at = least(job.due_at, excluded.due_at)",
            member_id.as_str(),
            kind,
            seconds(after),
        )
        .execute(&self.pool)
        .await?;
        self.known_and_present(outcome.rows_affected(), member_id).await
    }

    /// Makes the job due now in every installed portal that never had it; in how many.
    pub async fn schedule_where_missing(&self, kind: &str) -> Result<u64, StoreError> {
        let outcome = sqlx::query!(
            "WITH present AS (
                SELECT member_id FROM portals AS portal
                WHERE state = 'installed' AND NOT EXISTS (
                    SELECT FROM portal_jobs AS job WHERE job.member_id = portal.member_id AND job.kind = $1)
                FOR SHARE
             )
             INSERT INTO portal_jobs (member_id, kind, due_at)
             SELECT member_id, $1, clock_timestamp() FROM present
             ON CONFLICT (member_id, kind) DO NOTHING",
            kind,
        )
        .execute(&self.pool)
        .await?;
        Ok(outcome.rows_affected())
    }

    /// Takes the job of these kinds that is due for longest. `None` when none is due. The lease runs out after `lease`
    /// unless it is renewed.
    pub async fn claim_job(&self, kinds: &[&str], lease: Duration) -> Result<Option<ClaimedJob>, StoreError> {
        let kinds: Vec<String> = kinds.iter().map(|&kind| kind.to_owned()).collect();
        let lease_id = Uuid::new_v4();
        // A job whose worker died is due when its lease has run out and the same waiting time as after a failure is
        // over.
        let row = sqlx::query!(
            "WITH idle AS (
                SELECT member_id, kind, due_at FROM portal_jobs
                WHERE lease_id IS NULL AND due_at <= clock_timestamp() AND kind = ANY ($1)
                  AND NOT is_work_paused(member_id, kind)
                ORDER BY due_at
                LIMIT 1
                FOR UPDATE SKIP LOCKED
             ), orphaned AS (
                SELECT member_id, kind, lease_until AS due_at FROM portal_jobs
                WHERE lease_id IS NOT NULL AND kind = ANY ($1)
                  AND lease_until <= clock_timestamp()
                  AND lease_until + job_backoff(attempts - 1) <= clock_timestamp()
                  AND NOT is_work_paused(member_id, kind)
                ORDER BY lease_until
                LIMIT 1
                FOR UPDATE SKIP LOCKED
             ), chosen AS (
                SELECT * FROM idle UNION ALL SELECT * FROM orphaned ORDER BY due_at LIMIT 1
             )
             UPDATE portal_jobs AS job
             SET lease_id = $2, lease_until = clock_timestamp() + make_interval(secs => $3), due_at = NULL,
                 attempts = job.attempts + 1, last_started_at = clock_timestamp()
             FROM chosen
             WHERE job.member_id = chosen.member_id AND job.kind = chosen.kind
             RETURNING job.member_id, job.kind, job.attempts, job.progress, job.last_success_at",
            &kinds,
            lease_id,
            seconds(lease),
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(ClaimedJob {
                lease: JobLease {
                    member_id: MemberId::parse(&row.member_id)
                        .map_err(|_| StoreError::inconsistent("portal_jobs", "member_id"))?,
                    kind: row.kind,
                    id: lease_id,
                },
                attempt: row.attempts,
                progress: row.progress,
                last_success_at: row.last_success_at,
            })
        })
        .transpose()
    }

    /// Writes progress down, if there is some, and holds the lease for this time from now on.
    pub async fn renew_job(
        &self,
        lease: &JobLease,
        duration: Duration,
        progress: Option<&Value>,
    ) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "UPDATE portal_jobs
             SET lease_until = clock_timestamp() + make_interval(secs => $4), progress = coalesce($5, progress)
             WHERE member_id = $1 AND kind = $2 AND lease_id = $3 AND lease_until > clock_timestamp()",
            lease.member_id.as_str(),
            lease.kind,
            lease.id,
            seconds(duration),
            progress,
        )
        .execute(&self.pool)
        .await?;
        still(outcome.rows_affected())
    }

    /// Notes success, with the last progress if there is some. The job is next due after `next`, or not at all; or
    /// earlier, if it was scheduled meanwhile.
    pub async fn finish_job(
        &self,
        lease: &JobLease,
        next: Option<Duration>,
        progress: Option<&Value>,
    ) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "UPDATE portal_jobs
             SET lease_id = NULL, lease_until = NULL, attempts = 0, last_error = NULL,
                 last_success_at = clock_timestamp(),
                 due_at = least(due_at, clock_timestamp() + make_interval(secs => $4)),
                 progress = coalesce($5, progress)
             WHERE member_id = $1 AND kind = $2 AND lease_id = $3 AND lease_until > clock_timestamp()",
            lease.member_id.as_str(),
            lease.kind,
            lease.id,
            next.map(seconds),
            progress,
        )
        .execute(&self.pool)
        .await?;
        still(outcome.rows_affected())
    }

    /// Notes a failure. The job is due again after `next`, or after a time that doubles with each attempt from half a
    /// minute to six hours.
    pub async fn fail_job(
        &self,
        lease: &JobLease,
        error: &str,
        next: Option<Duration>,
    ) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "UPDATE portal_jobs
             SET lease_id = NULL, lease_until = NULL, last_error = $4,
                 due_at = clock_timestamp() + coalesce(make_interval(secs => $5), job_backoff(attempts))
             WHERE member_id = $1 AND kind = $2 AND lease_id = $3 AND lease_until > clock_timestamp()",
            lease.member_id.as_str(),
            lease.kind,
            lease.id,
            error,
            next.map(seconds),
        )
        .execute(&self.pool)
        .await?;
        still(outcome.rows_affected())
    }

    /// Gives a job back unfinished, as a process that shuts down does: it is due at once, and the attempt does not
    /// count.
    pub async fn release_job(&self, lease: &JobLease) -> Result<(), StoreError> {
        let outcome = sqlx::query!(
            "UPDATE portal_jobs
             SET lease_id = NULL, lease_until = NULL, attempts = greatest(attempts - 1, 0), due_at = clock_timestamp()
             WHERE member_id = $1 AND kind = $2 AND lease_id = $3 AND lease_until > clock_timestamp()",
            lease.member_id.as_str(),
            lease.kind,
            lease.id,
        )
        .execute(&self.pool)
        .await?;
        still(outcome.rows_affected())
    }

    /// The portal's job of this kind as it stands; `None` when it was never scheduled.
    pub async fn job(&self, member_id: &MemberId, kind: &str) -> Result<Option<Job>, StoreError> {
        Ok(sqlx::query_as!(
            Job,
            "SELECT due_at, coalesce(lease_until > clock_timestamp(), false) AS \"is_running!\", attempts, progress,
                    last_error, last_started_at, last_success_at
             FROM portal_jobs WHERE member_id = $1 AND kind = $2",
            member_id.as_str(),
            kind,
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}

const fn still(rows: u64) -> Result<(), StoreError> {
    if rows == 0 {
        Err(StoreError::LeaseLost)
    } else {
        Ok(())
    }
}
