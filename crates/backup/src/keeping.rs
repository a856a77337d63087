//! Scheduled backups: who makes the next one, which files stay. How old the last one is, is the store's (`backups`).

use crate::BackupError;
use crate::file::DRAFT;
use crate::making::MadeBackup;
use chrono::{DateTime, NaiveDateTime, Utc};
use sqlx::{Connection as _, PgConnection, PgPool};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const PREFIX: &str = "certlens-";
const SUFFIX: &str = ".backup";
const MOMENT: &str = "%Y%m%dT%H%M%SZ";
/// A draft that nobody wrote to for so long belongs to a process that was killed.
const ABANDONED: Duration = Duration::from_hours(6);
/// Rows of the list that are kept.
const LISTED: i64 = 1000;
/// After a failure nobody tries again before this.
pub const REST: Duration = Duration::from_mins(15);

/// The name of a backup that is made now.
pub fn file_name(now: DateTime<Utc>) -> String {
    format!("{PREFIX}{}{SUFFIX}", now.format(MOMENT))
}

fn moment(name: &str) -> Option<NaiveDateTime> {
    let moment = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    NaiveDateTime::parse_from_str(moment, MOMENT).ok()
}

/// The files of this folder that are older than the newest so many. Only files of our own naming.
fn superfluous(names: impl IntoIterator<Item = String>, kept: usize) -> Vec<String> {
    let mut own: Vec<(NaiveDateTime, String)> = names
        .into_iter()
        .filter_map(|name| Some((moment(&name)?, name)))
        .collect();
    own.sort();
    let surplus = own.len().saturating_sub(kept);
    own.into_iter().take(surplus).map(|(_, name)| name).collect()
}

/// The backups of the folder, the newest first.
pub fn scheduled(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let mut own = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(BackupError::file(folder))? {
        let entry = entry.map_err(BackupError::file(folder))?;
        if let Some(moment) = moment(&entry.file_name().to_string_lossy()) {
            own.push((moment, entry.path()));
        }
    }
    own.sort();
    Ok(own.into_iter().rev().map(|(_, path)| path).collect())
}

/// Deletes what is beyond the newest so many backups of the folder, and what killed processes left. Which ones.
pub fn clear_away(folder: &Path, kept: usize) -> Result<Vec<PathBuf>, BackupError> {
    let failed = || BackupError::file(folder);
    let mut names = Vec::new();
    let mut gone = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(DRAFT) {
            let written = entry.metadata().and_then(|metadata| metadata.modified());
            let is_abandoned = written.is_ok_and(|written| {
                SystemTime::now()
                    .duration_since(written)
                    .is_ok_and(|age| age > ABANDONED)
            });
            if is_abandoned {
                gone.push(entry.path());
            }
        } else {
            names.push(name);
        }
    }
    gone.extend(superfluous(names, kept).into_iter().map(|name| folder.join(name)));
    for path in &gone {
        std::fs::remove_file(path).map_err(BackupError::file(path))?;
    }
    Ok(gone)
}

/// The right to make the scheduled backup: a lock that goes with its connection.
pub struct Turn {
    connection: PgConnection,
    id: i64,
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Turn")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Takes the turn when a backup is due and nobody makes one: there is something to lose, and the last one is too old. Of several processes one gets it.
pub async fn take_turn(
    pool: &PgPool,
    every: Duration,
    with_documents: bool,
    node: &str,
) -> Result<Option<Turn>, BackupError> {
    if !is_due(&mut *pool.acquire().await?, every).await? {
        return Ok(None);
    }
    let mut connection = pool.acquire().await?.detach();
    let is_ours = sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_lock(hashtextextended('certlens scheduled backup', 0)) AS "is_ours!""#
    )
    .fetch_one(&mut connection)
    .await?;
    // Another process may have made it since.
    if !is_ours || !is_due(&mut connection, every).await? {
        connection.close().await?;
        return Ok(None);
    }
    // Whoever had the lock before and left this is dead.
    sqlx::query!(
        "UPDATE backups SET state = 'failed', finished_at = clock_timestamp(), error = 'the process ended in the middle'
         WHERE state = 'running' AND occasion = 'schedule'"
    )
    .execute(&mut connection)
    .await?;
    let id = begin(&mut connection, "schedule", with_documents, node).await?;
    Ok(Some(Turn { connection, id }))
}

impl Turn {
    /// Notes what was made, and lets others have the next turn.
    pub async fn end(mut self, made: &MadeBackup) -> Result<(), BackupError> {
        note(&mut self.connection, self.id, made).await?;
        self.connection.close().await?;
        Ok(())
    }

    /// Notes why nothing was made.
    pub async fn fail(mut self, why: &str) -> Result<(), BackupError> {
        sqlx::query!(
            "UPDATE backups SET state = 'failed', finished_at = clock_timestamp(), error = $2 WHERE id = $1",
            self.id,
            why,
        )
        .execute(&mut self.connection)
        .await?;
        self.connection.close().await?;
        Ok(())
    }
}

/// Notes a backup that somebody ordered, once it is made.
pub async fn note_ordered(
    pool: &PgPool,
    made: &MadeBackup,
    with_documents: bool,
    node: &str,
) -> Result<(), BackupError> {
    let mut connection = pool.acquire().await?;
    let id = begin(&mut connection, "command", with_documents, node).await?;
    note(&mut connection, id, made).await
}

async fn is_due(connection: &mut PgConnection, every: Duration) -> Result<bool, BackupError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT (EXISTS (SELECT FROM portals) OR EXISTS (SELECT FROM applications)) AND NOT EXISTS (
               SELECT FROM backups
               WHERE occasion = 'schedule' AND (
                   state = 'done' AND finished_at > clock_timestamp() - make_interval(secs => $1)
                       -- A clock that was set back must not end backups.
                       AND finished_at < clock_timestamp() + interval '1 hour'
                   OR state = 'failed' AND finished_at > clock_timestamp() - make_interval(secs => $2)
                       AND finished_at < clock_timestamp() + interval '1 hour')
           ) AS "is_due!""#,
        every.as_secs_f64(),
        REST.as_secs_f64(),
    )
    .fetch_one(connection)
    .await?)
}

async fn begin(
    connection: &mut PgConnection,
    occasion: &str,
    with_documents: bool,
    node: &str,
) -> Result<i64, BackupError> {
    Ok(sqlx::query_scalar!(
        "INSERT INTO backups (occasion, node, with_documents, started_at)
         VALUES ($1, $2, $3, clock_timestamp()) RETURNING id",
        occasion,
        node,
        with_documents,
    )
    .fetch_one(connection)
    .await?)
}

async fn note(connection: &mut PgConnection, id: i64, made: &MadeBackup) -> Result<(), BackupError> {
    sqlx::query!(
        "UPDATE backups SET state = 'done', finished_at = clock_timestamp(), file = $2, bytes = $3 WHERE id = $1",
        id,
        made.file.display().to_string(),
        i64::try_from(made.bytes).unwrap_or(i64::MAX),
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("DELETE FROM backups WHERE id < $1", id - LISTED)
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_backups_go_and_files_of_others_stay_whatever_their_names() {
        let names = [
            "certlens-20261119T030000Z.backup",
            "certlens-20261121T030000Z.backup",
            "certlens-20261120T030000Z.backup",
            "certlens-of-last-year.backup",
            "certlens-20200101T000000Z.backup.txt",
            "notes",
        ];
        assert_eq!(
            superfluous(names.map(str::to_owned), 2),
            ["certlens-20261119T030000Z.backup"]
        );
        assert!(superfluous(names.map(str::to_owned), 3).is_empty());
    }

    #[test]
    fn name_of_a_backup_says_when_it_was_made() {
        let now = "2026-11-22T05:01:08Z".parse().unwrap();
        assert_eq!(file_name(now), "certlens-20261122T050108Z.backup");
        assert!(moment(&file_name(now)).is_some());
    }
}
