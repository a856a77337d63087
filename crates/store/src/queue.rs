//! One view over everything that is done without anybody waiting: events, portals' jobs, notification items.
//!
//! The three keep tables of their own, because what is claimed differs (a portal's events, a job, a portal's items), and
//! share one contract: leases with fencing, a claim that counts as an attempt, a stored back-off, and what is given up
//! stays with its reason until somebody gives it another chance or discards it.
//!
//! | question | module |
//! |---|---|
//! | how much waits? | here |
//! | which pieces of work are stuck? | [`stuck`] |
//! | what is known of one? | [`inspection`] |
//! | what can people do about them? | [`mend`] |
//! | what did people stop? | [`pauses`] |

pub mod inspection;
pub mod mend;
pub mod pauses;
pub mod stuck;
mod work_id;

use chrono::{DateTime, Utc};

use crate::{MemberId, Store, StoreError};

pub use inspection::{EventDetails, ItemDetails, ItemRefusal, ToldNews};
pub use pauses::WorkPause;
pub use stuck::{StuckOrder, StuckPlace, StuckQuery, StuckState, StuckWork, UnknownStuckState};
pub use work_id::{UnknownWorkId, WorkId};

/// The kind of work that portals' events are.
pub const EVENTS: &str = "events";
/// The kind of work that notification items are.
pub const ITEMS: &str = "items";
/// Stands for every kind of work in a pause.
pub const EVERYTHING: &str = "*";

/// What is being done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDepth {
    /// `events`, `items` or the kind of a portal's job.
    pub kind: String,
    /// `waiting`, `running`, `late` (it failed and waits), `unassignable` or `dead`.
    pub state: String,
    /// How many pieces of work.
    pub pieces: i64,
    /// Since when the oldest of them has been due, or failed.
    pub oldest: Option<DateTime<Utc>>,
}

/// The same of one portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalQueueDepth {
    /// The portal.
    pub member_id: MemberId,
    /// Its domain, where it is known.
    pub domain: Option<String>,
    /// How much of what.
    pub depth: QueueDepth,
}

impl Store {
    /// The depth of all queues, of one portal or of all together.
    pub async fn queue_depths(&self, member_id: Option<&MemberId>) -> Result<Vec<QueueDepth>, StoreError> {
        Ok(sqlx::query_as!(
            QueueDepth,
            r#"
            SELECT 'events' AS "kind!",
                   CASE WHEN event.state = 'failed' THEN 'dead' WHEN event.attempts > 0 THEN 'late' ELSE 'waiting' END
                       AS "state!",
                   count(*) AS "pieces!", min(event.received_at) AS oldest
            FROM portal_events AS event
            WHERE event.state <> 'done' AND ($1::text IS NULL OR event.member_id = $1)
            GROUP BY 2
            UNION ALL
            SELECT job.kind,
                   CASE WHEN job.lease_until > clock_timestamp() THEN 'running'
                        WHEN job.last_error IS NOT NULL THEN 'late' ELSE 'waiting' END,
                   count(*), min(coalesce(job.due_at, job.last_started_at))
            FROM portal_jobs AS job
            WHERE (job.due_at <= clock_timestamp() OR job.lease_id IS NOT NULL OR job.last_error IS NOT NULL)
              AND ($1::text IS NULL OR job.member_id = $1)
            GROUP BY 1, 2
            UNION ALL
            SELECT 'items',
                   CASE WHEN item.state = 'sending' THEN 'running'
                        WHEN item.state = 'waiting' AND item.attempts > 0 THEN 'late' ELSE item.state END,
                   count(*), min(item.created_at)
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

    /// The depth of the queues of each portal, the deepest first; at most `limit`.
    pub async fn queue_depths_by_portal(
        &self,
        member_id: Option<&MemberId>,
        limit: i64,
    ) -> Result<Vec<PortalQueueDepth>, StoreError> {
        sqlx::query!(
            r#"
            WITH depth AS (
                SELECT event.member_id, 'events' AS kind,
                       CASE WHEN event.state = 'failed' THEN 'dead' WHEN event.attempts > 0 THEN 'late' ELSE 'waiting' END
                           AS state,
                       count(*) AS pieces, min(event.received_at) AS oldest
                FROM portal_events AS event
                WHERE event.state <> 'done' AND ($1::text IS NULL OR event.member_id = $1)
                GROUP BY 1, 3
                UNION ALL
                SELECT job.member_id, job.kind,
                       CASE WHEN job.lease_until > clock_timestamp() THEN 'running'
                            WHEN job.last_error IS NOT NULL THEN 'late' ELSE 'waiting' END,
                       1, coalesce(job.due_at, job.last_started_at)
                FROM portal_jobs AS job
                WHERE (job.due_at <= clock_timestamp() OR job.lease_id IS NOT NULL OR job.last_error IS NOT NULL)
                  AND ($1::text IS NULL OR job.member_id = $1)
                UNION ALL
                SELECT item.member_id, 'items',
                       CASE WHEN item.state = 'sending' THEN 'running'
                            WHEN item.state = 'waiting' AND item.attempts > 0 THEN 'late' ELSE item.state END,
                       count(*), min(item.created_at)
                FROM notification_items AS item
                WHERE item.state IN ('waiting', 'sending', 'unassignable', 'dead')
                  AND ($1::text IS NULL OR item.member_id = $1)
                GROUP BY 1, 3
            )
            SELECT depth.member_id AS "member_id!", portal.domain AS "domain?", depth.kind AS "kind!",
                   depth.state AS "state!", depth.pieces AS "pieces!", depth.oldest
            FROM depth LEFT JOIN portals AS portal ON portal.member_id = depth.member_id
            ORDER BY depth.pieces DESC, depth.oldest, depth.member_id, depth.kind, depth.state
            LIMIT $2
            "#,
            member_id.map(MemberId::as_str),
            limit,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(PortalQueueDepth {
                member_id: MemberId::parse(&row.member_id)
                    .map_err(|_| StoreError::inconsistent("portal_jobs", "member_id"))?,
                domain: row.domain,
                depth: QueueDepth {
                    kind: row.kind,
                    state: row.state,
                    pieces: row.pieces,
                    oldest: row.oldest,
                },
            })
        })
        .collect()
    }
}
