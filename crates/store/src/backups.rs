//! How backups of this database stand: the last one, and the last failure.
//!
//! Making them is another crate's; this is for those who look.

use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// For how often backups count as made where no server makes them.
const BY_HAND: Duration = Duration::from_hours(24);
/// How long making one may take, and finding out that it is due.
const PATIENCE: Duration = Duration::from_hours(2);

/// How old the last backup may be before it counts as late, where servers make one so often (`None`: never): one may be missed.
pub fn backup_late_after(every: Option<Duration>) -> Duration {
    every.unwrap_or(BY_HAND) * 2 + PATIENCE
}

/// What is known of backups.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BackupStanding {
    /// The last one that was completed.
    pub last: Option<LastBackup>,
    /// The attempt after it, if that failed: when, and why.
    pub failed: Option<(DateTime<Utc>, String)>,
    /// When the oldest portal came: what would be lost. `None`: there is none.
    pub portals_since: Option<DateTime<Utc>>,
}

/// A backup that was completed.
#[derive(Debug, Clone, PartialEq)]
pub struct LastBackup {
    /// When.
    pub at: DateTime<Utc>,
    /// Seconds since then, by the database's clock.
    pub age: f64,
    /// Where.
    pub file: String,
    /// Its size.
    pub bytes: i64,
    /// Which process made it.
    pub node: String,
}

impl Store {
    /// How backups stand.
    pub async fn backup_standing(&self) -> Result<BackupStanding, StoreError> {
        let last = sqlx::query_as!(
            LastBackup,
            r#"SELECT finished_at AS "at!", file AS "file!", bytes AS "bytes!", node,
                      greatest(extract(epoch FROM clock_timestamp() - finished_at), 0)::double precision AS "age!"
               FROM backups WHERE state = 'done' ORDER BY id DESC LIMIT 1"#
        )
        .fetch_optional(&self.pool)
        .await?;
        let failed = sqlx::query!(
            r#"SELECT finished_at AS "at!", error AS "error!" FROM backups AS failed
               WHERE state = 'failed' AND NOT EXISTS (
                   SELECT FROM backups AS later WHERE later.state = 'done' AND later.id > failed.id)
               ORDER BY id DESC LIMIT 1"#
        )
        .fetch_optional(&self.pool)
        .await?;
        let portals_since = sqlx::query_scalar!("SELECT min(created_at) FROM portals")
            .fetch_one(&self.pool)
            .await?;
        Ok(BackupStanding {
            last,
            failed: failed.map(|failed| (failed.at, failed.error)),
            portals_since,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::daily(Some(Duration::from_hours(24)), 50)]
    #[case::hourly(Some(Duration::from_hours(1)), 4)]
    #[case::weekly(Some(Duration::from_hours(7 * 24)), 338)]
    #[case::by_hand(None, 50)]
    fn backup_is_late_when_one_was_missed_and_the_next_one_is_not_there_either(
        #[case] every: Option<Duration>,
        #[case] hours: u64,
    ) {
        assert_eq!(backup_late_after(every), Duration::from_hours(hours));
    }
}
