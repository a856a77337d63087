//! How often a portal may be called: one budget per portal, shared by all processes through its row.
//!
//! Bitrix24 counts requests per portal in a leaky bucket: it refuses above 50, and 2 per second flow out. This is its
//! mirror, the generic cell rate algorithm, with some distance: 2 per second, and a burst of 40 for calls that
//! somebody waits for, of 15 for calls of the background. So the background never fills the bucket so far that an
//! interactive call has to wait for it.
//!
//! A portal that refuses a call all the same is slowed down: then each call fills the bucket more, whose size stays.
//!
//! One statement takes the row's lock, looks at the database's clock, and books; processes whose clocks differ can't
//! disagree.

use crate::{MemberId, Store, StoreError, seconds};
use std::time::Duration;

/// One call flows out of the bucket in this time, in seconds.
const PACE: f64 = 0.5;
/// How many times slower a portal can become by refusals.
const SLOWEST: f64 = 8.0;
/// For how long a refusal slows the portal down, in seconds.
const SLOW_FOR: f64 = 60.0;
/// More than any portal gives for a method's parking.
const PARKED_AT_MOST: Duration = Duration::from_hours(1);

/// Who waits for the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallClass {
    /// A person.
    Interactive,
    /// Nobody.
    Background,
}

impl CallClass {
    /// How many calls may fill the bucket.
    pub const fn burst(self) -> u32 {
        match self {
            Self::Interactive => 40,
            Self::Background => 15,
        }
    }
}

/// The budget's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Go ahead; the call is booked.
    Granted,
    /// Not now. Nothing is booked: ask again after this time, when it will be granted unless others were quicker.
    Wait(Duration),
    /// This method used up its time on the portal. Nothing is booked.
    Parked {
        /// The method.
        method: String,
        /// For how long it is still parked.
        retry_after: Duration,
    },
}

impl Store {
    /// Asks for one call's turn, and books it when granted. `methods` are the methods that the call runs: a batch
    /// names `batch` and its inner methods.
    pub async fn take_call(
        &self,
        member_id: &MemberId,
        methods: &[&str],
        class: CallClass,
    ) -> Result<Turn, StoreError> {
        let methods: Vec<String> = methods.iter().map(|&method| method.to_owned()).collect();
        // The row is locked before its SET is evaluated, so that the clock is read in the order of the grants.
        let turn = sqlx::query!(
            "WITH parked AS MATERIALIZED (
                SELECT method, extract(epoch FROM until - clock_timestamp())::double precision AS seconds
                FROM parked_methods
                WHERE member_id = $1 AND method = ANY ($2) AND until > clock_timestamp()
                ORDER BY until DESC
                LIMIT 1
             ), turn AS (
                INSERT INTO portal_budgets AS budget (member_id, booked_until)
                SELECT $1, clock_timestamp() + make_interval(secs => $3)
                WHERE NOT EXISTS (SELECT FROM parked)
                ON CONFLICT (member_id) DO UPDATE SET (booked_until, wait_seconds) = (
                    SELECT CASE WHEN excess <= 0 THEN start + make_interval(secs => pace) ELSE budget.booked_until END,
                           greatest(excess, 0)
                    FROM (SELECT clock_timestamp() AS moment) AS clock,
                    LATERAL (
                        SELECT greatest(budget.booked_until, moment) AS start,
                               $3 * CASE WHEN budget.slowed_until > moment THEN budget.slowness ELSE 1 END AS pace
                    ) AS booking,
                    LATERAL (
                        SELECT extract(epoch FROM start - moment)::double precision
                               + pace - $3 * $4::double precision AS excess
                    ) AS overflow
                )
                RETURNING wait_seconds
             )
             SELECT (SELECT wait_seconds FROM turn) AS wait_seconds,
                    (SELECT method FROM parked) AS method,
                    (SELECT seconds FROM parked) AS parked_seconds",
            member_id.as_str(),
            &methods,
            PACE,
            f64::from(class.burst()),
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        match (turn.method, turn.parked_seconds, turn.wait_seconds) {
            (Some(method), Some(parked), _) => Ok(Turn::Parked {
                method,
                retry_after: wait(parked),
            }),
            (_, _, Some(waiting)) if waiting > 0.0 => Ok(Turn::Wait(wait(waiting))),
            (_, _, Some(_)) => Ok(Turn::Granted),
            _ => Err(StoreError::inconsistent("portal_budgets", "wait_seconds")),
        }
    }

    /// Notes that the portal refused a call although its turn had come: its bucket is fuller than ours, because others
    /// use it too. The bucket counts as full, and the pace halves for a minute, down to an eighth. Several refusals
    /// within a second are one.
    pub async fn slow_down(&self, member_id: &MemberId) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO portal_budgets AS budget (member_id, booked_until, slowness, slowed_at, slowed_until)
             VALUES ($1, clock_timestamp() + make_interval(secs => $2::double precision * $3), 2, clock_timestamp(),
                     clock_timestamp() + make_interval(secs => $5))
             ON CONFLICT (member_id) DO UPDATE SET
                booked_until = greatest(budget.booked_until, excluded.booked_until),
                slowness = least(CASE WHEN budget.slowed_until > clock_timestamp() THEN budget.slowness ELSE 1 END * 2,
                                 $4),
                slowed_at = excluded.slowed_at,
                slowed_until = excluded.slowed_until
             WHERE budget.slowed_at IS NULL OR budget.slowed_at < clock_timestamp() - interval '1 second'",
            member_id.as_str(),
            PACE,
            f64::from(CallClass::Interactive.burst()),
            SLOWEST,
            SLOW_FOR,
        )
        .execute(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        Ok(())
    }

    /// Parks one method on one portal for this time from now on (at most an hour); a longer parking stays.
    pub async fn park_method(
        &self,
        member_id: &MemberId,
        method: &str,
        duration: Duration,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO parked_methods AS parked (member_id, method, until)
             VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
             ON CONFLICT (member_id, method) DO UPDATE SET until = greatest(parked.until, excluded.until)",
            member_id.as_str(),
            method,
            seconds(duration.min(PARKED_AT_MOST)),
        )
        .execute(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        Ok(())
    }
}

/// Rounded up to whole milliseconds: who waits so long finds the turn come.
fn wait(seconds: f64) -> Duration {
    Duration::try_from_secs_f64((seconds * 1000.0).ceil() / 1000.0).unwrap_or_default()
}
