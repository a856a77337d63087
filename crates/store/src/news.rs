//! When a portal's news are made into items: each portal has its own interval, and several processes look.
//!
//! The time of the latest run is set from the value that was seen: of processes that look at the same moment one runs.

use chrono::{DateTime, Utc};

use crate::{MemberId, Store, StoreError};

/// A portal with news that no item tells yet.
#[derive(Debug, Clone, PartialEq)]
pub struct PortalWithNews {
    /// The portal.
    pub member_id: MemberId,
    /// Its own interval as its administrators wrote it; `None`: the service's.
    pub every: Option<String>,
    /// The latest notification run.
    pub last_run_at: Option<DateTime<Utc>>,
    /// The database's clock.
    pub now: DateTime<Utc>,
    /// Whether a recount is under way now: its news come in portions.
    pub is_recounting: bool,
}

impl Store {
    /// The portals with unsettled news. Hops from portal to portal through the index, however many news there are.
    pub async fn portals_with_news(&self) -> Result<Vec<PortalWithNews>, StoreError> {
        let rows = sqlx::query!(
            r#"
            WITH RECURSIVE waiting AS (
                (SELECT member_id FROM news WHERE settled_at IS NULL ORDER BY member_id LIMIT 1)
                UNION ALL
                SELECT next.member_id
                FROM waiting,
                LATERAL (
                    SELECT later.member_id FROM news AS later
                    WHERE later.settled_at IS NULL AND later.member_id > waiting.member_id
                    ORDER BY later.member_id LIMIT 1
                ) AS next
            )
            SELECT portals.member_id AS "member_id!", settings.notification ->> 'every' AS every,
                   schedule.last_run_at AS "last_run_at?", clock_timestamp() AS "now!",
                   EXISTS (SELECT FROM recounts WHERE recounts.state = 'running') AS "is_recounting!"
            FROM waiting
            JOIN portals ON portals.member_id = waiting.member_id AND portals.state <> 'uninstalled'
            LEFT JOIN portal_settings AS settings ON settings.member_id = waiting.member_id
            LEFT JOIN notification_schedules AS schedule ON schedule.member_id = waiting.member_id
            "#,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(PortalWithNews {
                    member_id: MemberId::parse(&row.member_id)
                        .map_err(|_| StoreError::inconsistent("news", "member_id"))?,
                    every: row.every,
                    last_run_at: row.last_run_at,
                    now: row.now,
                    is_recounting: row.is_recounting,
                })
            })
            .collect()
    }

    /// Takes the portal's notification run, if nobody took it since `seen`.
    pub async fn take_notification_run(
        &self,
        member_id: &MemberId,
        seen: Option<DateTime<Utc>>,
    ) -> Result<bool, StoreError> {
        let taken = sqlx::query!(
            "INSERT INTO notification_schedules AS schedule (member_id, last_run_at)
             VALUES ($1, clock_timestamp())
             ON CONFLICT (member_id) DO UPDATE SET last_run_at = excluded.last_run_at
             WHERE schedule.last_run_at = $2",
            member_id.as_str(),
            seen,
        )
        .execute(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        Ok(taken.rows_affected() > 0)
    }
}
