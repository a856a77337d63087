//! Items counted: for the monitor, for metrics, and for whoever waits until everything is sent.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{MemberId, Store, StoreError, seconds};

/// How many items are in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemCount {
    /// `waiting`, `sending`, `sent`, `skipped`, `unassignable`, `dead` or `discarded`.
    pub state: String,
    /// How many.
    pub items: i64,
    /// When the oldest of them was planned.
    pub oldest: Option<DateTime<Utc>>,
}

/// Items that came to their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FinishedItems {
    /// In portals now.
    pub sent: i64,
    /// Left out by rule.
    pub skipped: i64,
}

impl Store {
    /// Items of a portal, or of all, by state.
    pub async fn item_counts(&self, member_id: Option<&MemberId>) -> Result<Vec<ItemCount>, StoreError> {
        Ok(sqlx::query_as!(
            ItemCount,
            r#"SELECT state, count(*) AS "items!", min(created_at) AS oldest
               FROM notification_items WHERE $1::text IS NULL OR member_id = $1
               GROUP BY state ORDER BY state"#,
            member_id.map(MemberId::as_str),
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// The database's clock.
    pub async fn clock(&self) -> Result<DateTime<Utc>, StoreError> {
        Ok(sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#)
            .fetch_one(&self.pool)
            .await?)
    }

    /// Items of all portals that came to their end since then.
    pub async fn items_finished_since(&self, since: DateTime<Utc>) -> Result<FinishedItems, StoreError> {
        Ok(sqlx::query_as!(
            FinishedItems,
            r#"SELECT count(*) FILTER (WHERE state = 'sent') AS "sent!",
                      count(*) FILTER (WHERE state = 'skipped') AS "skipped!"
               FROM notification_items WHERE finished_at >= $1"#,
            since,
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// How many items are being sent or will be due within this time in portals where nothing is paused for longer.
    pub async fn items_to_wait_for(&self, within: Duration) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!"
               FROM notification_items AS item
               JOIN portals ON portals.member_id = item.member_id AND portals.state <> 'uninstalled'
               LEFT JOIN notification_senders AS sender ON sender.member_id = item.member_id
               WHERE (item.state = 'sending'
                      OR item.state = 'waiting' AND item.due_at <= clock_timestamp() + make_interval(secs => $1))
                 AND (sender.paused_until IS NULL OR sender.paused_until <= clock_timestamp())
                 AND NOT is_work_paused(item.member_id, 'items')"#,
            seconds(within),
        )
        .fetch_one(&self.pool)
        .await?)
    }
}
