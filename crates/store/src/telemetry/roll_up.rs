//! Hours out of minutes, and forgetting what is old.

use super::Store;
use crate::StoreError;

/// Taken for the length of the work, so that one of several processes does it. The number means nothing.
const LOCK: i64 = 0x7465_6c65_6d65;

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RolledUp {
    /// Rows of hours that were written or written anew.
    pub hours: u64,
    /// Rows that were old enough to be forgotten.
    pub forgotten: u64,
}

impl Store {
    /// Makes hours out of the minutes since the last hour that was made, that hour and the one before included, and
    /// forgets minutes after two days, hours after 35 days. Repeating it changes nothing; `None`: another process is at it.
    pub async fn roll_up_telemetry(&self) -> Result<Option<RolledUp>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let is_mine = sqlx::query_scalar!(r#"SELECT pg_try_advisory_xact_lock($1) AS "is_mine!""#, LOCK)
            .fetch_one(&mut *transaction)
            .await?;
        if !is_mine {
            return Ok(None);
        }
        // An hour whose first minutes are forgotten already must not be made anew out of the rest.
        let hours = sqlx::query!(
            "INSERT INTO telemetry AS kept (step, series, label, at, samples, total, peak, buckets)
             SELECT 'hour', series, label, date_trunc('hour', at, 'UTC') AS hour, sum(samples), sum(total), max(peak),
                    sum_of_buckets(buckets)
             FROM telemetry
             WHERE step = 'minute'
               AND at >= coalesce((SELECT max(at) FROM telemetry WHERE step = 'hour') - interval '1 hour', '-infinity')
               AND at >= date_trunc('hour', now() - interval '46 hours', 'UTC')
             GROUP BY series, label, hour
             ON CONFLICT (step, series, label, at) DO UPDATE SET
                samples = excluded.samples, total = excluded.total, peak = excluded.peak, buckets = excluded.buckets"
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        let minutes = sqlx::query!(
            "DELETE FROM telemetry
             WHERE step = 'minute' AND at < now() - interval '48 hours' OR step = 'hour' AND at < now() - interval '35 days'"
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        let of_portals = sqlx::query!("DELETE FROM portal_telemetry WHERE at < now() - interval '35 days'")
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        transaction.commit().await?;
        Ok(Some(RolledUp {
            hours,
            forgotten: minutes + of_portals,
        }))
    }
}
