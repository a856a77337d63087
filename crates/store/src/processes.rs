//! The servers that run on this database: which version, since when, how they fare.
//!
//! Each writes its row anew every few seconds and takes it away when it ends; one that died is forgotten after a day. So
//! the monitor of any of them can show all of them.

use crate::chains::access_place;
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Of those that died longer ago nobody wants to know.
const LISTED: i64 = 100;
/// A process that was silent for longer is taken for dead; it reports every 15 seconds.
const LIVES_FOR: std::time::Duration = std::time::Duration::from_secs(90);
/// So many of the newest tokens are tried with the secret key.
const TRIED_SECRETS: i64 = 10;

/// What a process says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessReport {
    /// Its own name for itself, new at each start.
    pub id: Uuid,
    /// Its machine, where that has a name, and its number.
    pub name: String,
    /// The program's version.
    pub version: String,
    /// Its clock minus the database's, in seconds.
    pub clock_skew: f64,
    /// Whether it asks ClickHouse: `off`, `closed` (it does), `half_open`, `open` (it is left alone).
    pub breaker: &'static str,
    /// Memory, in bytes.
    pub memory_bytes: Option<i64>,
    /// What is free on the data directory's disk, in bytes.
    pub free_disk_bytes: Option<i64>,
    /// The size of that disk, in bytes.
    pub total_disk_bytes: Option<i64>,
    /// Whether its secret key opens what is stored; `None` when nothing is stored encrypted.
    pub opens_secrets: Option<bool>,
}

/// A process that writes with another key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessOfAnotherKey {
    /// Its machine and its number.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A process as it described itself last.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// Its own name for itself, new at each start.
    pub id: Uuid,
    /// Its machine, where that has a name, and its number.
    pub name: String,
    /// The program's version.
    pub version: String,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it gave its last sign of life.
    pub seen_at: DateTime<Utc>,
    /// Its clock minus the database's, in seconds.
    pub clock_skew: f64,
    /// Whether it asks ClickHouse: `off`, `closed` (it does), `half_open`, `open` (it is left alone).
    pub breaker: String,
    /// Since when.
    pub breaker_since: DateTime<Utc>,
    /// Memory, in bytes.
    pub memory_bytes: Option<i64>,
    /// What is free on the data directory's disk, in bytes.
    pub free_disk_bytes: Option<i64>,
    /// The size of that disk, in bytes.
    pub total_disk_bytes: Option<i64>,
    /// Whether its secret key opens what is stored.
    pub opens_secrets: Option<bool>,
}

impl Store {
    /// Writes down what a process says of itself, and forgets those that have been silent for a day.
    pub async fn report_process(&self, report: &ProcessReport) -> Result<(), StoreError> {
        sqlx::query!(
            "WITH forgotten AS (
                DELETE FROM processes WHERE seen_at < now() - interval '1 day' AND id <> $1
             )
             INSERT INTO processes AS known (
                id, name, version, clock_skew, breaker, memory_bytes, free_disk_bytes, total_disk_bytes, opens_secrets,
                secret_keys)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (id) DO UPDATE SET
                seen_at = now(),
                clock_skew = excluded.clock_skew,
                breaker_since = CASE WHEN known.breaker = excluded.breaker THEN known.breaker_since ELSE now() END,
                breaker = excluded.breaker,
                memory_bytes = excluded.memory_bytes,
                free_disk_bytes = excluded.free_disk_bytes,
                total_disk_bytes = excluded.total_disk_bytes,
                opens_secrets = excluded.opens_secrets,
                secret_keys = excluded.secret_keys",
            report.id,
            report.name,
            report.version,
            report.clock_skew,
            report.breaker,
            report.memory_bytes,
            report.free_disk_bytes,
            report.total_disk_bytes,
            report.opens_secrets,
            &self.key_marks[..],
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The living processes that do not write with this store's key.
    pub async fn processes_with_another_key(&self) -> Result<Vec<ProcessOfAnotherKey>, StoreError> {
        let Some(mark) = self.key_marks.first() else {
            return Ok(Vec::new());
        };
        Ok(sqlx::query_as!(
            ProcessOfAnotherKey,
            "SELECT name, version FROM processes
             WHERE seen_at > now() - make_interval(secs => $2) AND (secret_keys[1] = $1) IS NOT TRUE
             ORDER BY name",
            mark,
            LIVES_FOR.as_secs_f64(),
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Forgets a process that ended in good order.
    pub async fn end_process(&self, id: Uuid) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM processes WHERE id = $1", id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The processes that gave a sign of life within a day, those that did lately first.
    pub async fn processes(&self) -> Result<Vec<Process>, StoreError> {
        Ok(sqlx::query_as!(
            Process,
            "SELECT id, name, version, started_at, seen_at, clock_skew, breaker, breaker_since, memory_bytes,
                    free_disk_bytes, total_disk_bytes, opens_secrets
             FROM processes ORDER BY seen_at DESC LIMIT $1",
            LISTED,
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Whether this process's secret key opens the newest tokens; `None` when there are none. One that was changed by hand
    /// says nothing, so one that can be opened is enough.
    pub async fn opens_secrets(&self) -> Result<Option<bool>, StoreError> {
        let tokens = sqlx::query!(
            r#"SELECT member_id, access_token AS "access_token!" FROM chains
               WHERE ended_at IS NULL ORDER BY renewed_at DESC LIMIT $1"#,
            TRIED_SECRETS,
        )
        .fetch_all(&self.pool)
        .await?;
        if tokens.is_empty() {
            return Ok(None);
        }
        Ok(Some(tokens.iter().any(|token| {
            let place = access_place(&token.member_id);
            self.vault.open_text(place, &token.access_token).is_ok()
        })))
    }
}
