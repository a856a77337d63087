//! What is not as it should be, as facts: portals in trouble, recounts and notifications behind their time.
//!
//! One bounded question for each kind of fact, whatever the tables hold: at most [`LISTED`] portals of each trouble, with
//! the number of all of them. What a fact means and what to do about it is the monitor's matter.

mod measured;
mod portal_troubles;
mod revision;

pub use measured::Measured;
pub use portal_troubles::{LISTED, PortalTrouble, TroubleKind};

use crate::{MemberId, Store, StoreError};
use chrono::{DateTime, Utc};

/// How recounts stand against their schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecountHealth {
    /// The database's clock.
    pub now: DateTime<Utc>,
    /// When the next begins by itself.
    pub due_at: DateTime<Utc>,
    /// Since when one has been running.
    pub running_since: Option<DateTime<Utc>>,
    /// Since when one that somebody asked for has been waiting.
    pub requested_since: Option<DateTime<Utc>>,
    /// The end of the last that came to its end.
    pub succeeded_at: Option<DateTime<Utc>>,
    /// Of those that failed after it: when the first did, how many did, and why the last did.
    pub failed_since: Option<DateTime<Utc>>,
    /// How many failed in a row.
    pub failures: i64,
    /// Why the last one failed.
    pub error: Option<String>,
}

/// How notifications stand against their schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationHealth {
    /// Items that could have been sent and were not, in portals where nothing is paused.
    pub due: i64,
    /// Since when the oldest of them has been due.
    pub due_since: Option<DateTime<Utc>>,
    /// Of the portals with unsettled news: the longest time ago that one's news were made into items.
    pub unplanned_since: Option<DateTime<Utc>>,
}

impl Store {
    /// How recounts stand.
    pub async fn recount_health(&self) -> Result<RecountHealth, StoreError> {
        Ok(sqlx::query_as!(
            RecountHealth,
            r#"WITH success AS (
                   SELECT id, finished_at FROM recounts WHERE state = 'done' ORDER BY id DESC LIMIT 1
               ), failed AS (
                   SELECT finished_at, error, id FROM recounts
                   WHERE state = 'failed' AND id > coalesce((SELECT id FROM success), 0)
               )
               SELECT clock_timestamp() AS "now!", due_at,
                      (SELECT min(started_at) FROM recounts WHERE state = 'running') AS running_since,
                      (SELECT min(requested_at) FROM recounts WHERE state = 'requested') AS requested_since,
                      (SELECT finished_at FROM success) AS succeeded_at,
                      (SELECT min(finished_at) FROM failed) AS failed_since,
                      (SELECT count(*) FROM failed) AS "failures!",
                      (SELECT error FROM failed ORDER BY id DESC LIMIT 1) AS error
               FROM recount_schedule"#
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// How notifications stand, of one portal or of all together.
    pub async fn notification_health(
        &self,
        scope: Option<&MemberId>,
    ) -> Result<NotificationHealth, StoreError> {
        Ok(sqlx::query_as!(
            NotificationHealth,
            r#"WITH open_portals AS (
                   SELECT portals.member_id FROM portals
                   LEFT JOIN notification_senders AS sender ON sender.member_id = portals.member_id
                   WHERE portals.state = 'installed' AND ($1::text IS NULL OR portals.member_id = $1)
                     AND (sender.paused_until IS NULL OR sender.paused_until <= clock_timestamp())
                     AND NOT is_work_paused(portals.member_id, 'items')
               ), late AS (
                   SELECT coalesce(sum(waiting.due), 0)::bigint AS due, min(waiting.due_since) AS due_since
                   FROM open_portals
                   CROSS JOIN LATERAL (
                       SELECT count(*) AS due, min(due_at) AS due_since FROM notification_items AS item
                       WHERE item.member_id = open_portals.member_id AND item.state IN ('waiting', 'unassignable')
                         AND item.state = 'waiting' AND item.due_at <= clock_timestamp()
                   ) AS waiting
               )
               SELECT late.due AS "due!", late.due_since,
                      (SELECT min(last_run_at)
                       FROM notification_schedules AS schedule
                       JOIN open_portals ON open_portals.member_id = schedule.member_id
                       WHERE EXISTS (SELECT FROM news WHERE news.member_id = schedule.member_id AND settled_at IS NULL))
                          AS unplanned_since
               FROM late"#,
            scope.map(MemberId::as_str),
        )
        .fetch_one(&self.pool)
        .await?)
    }
}
