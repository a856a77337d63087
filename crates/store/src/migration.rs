//! Brings the database to this program's version, and says whether this program may work on a newer one.
//!
//! Migrations of one version leave a database that the version before can work on (docs/operations), so a process of the
//! older version may start again beside newer ones. It must not meet what is older than itself and yet unknown: that
//! database belongs to somebody else.

use crate::{MIGRATIONS, StoreError};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{PgConnection, PgPool};

/// Which version of the program a database is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseVersion {
    /// This program's.
    Ours,
    /// A newer one's, up to this migration.
    Newer(i64),
}

/// Brings the database to this program's version. Safe to call from several processes at once: they take turns by
/// an advisory lock, and who comes later finds nothing to do. A database of a newer version is left as it is.
pub async fn migrate(pool: &PgPool) -> Result<DatabaseVersion, StoreError> {
    // A failed run keeps the advisory lock, so the connection ends with it.
    let mut connection = pool.acquire().await?;
    let migrated = bring_up_to_date(&MIGRATIONS, &mut connection).await;
    connection.close().await?;
    migrated
}

async fn bring_up_to_date(
    migrator: &Migrator,
    connection: &mut PgConnection,
) -> Result<DatabaseVersion, StoreError> {
    match migrator.run_direct(None, connection, false).await {
        Err(MigrateError::VersionMissing(version)) => {
            let newer = newer_than(migrator, connection).await?;
            let Some(newest) = newer else {
                return Err(StoreError::Migration(MigrateError::VersionMissing(version)));
            };
            let lenient = Migrator {
                migrations: migrator.migrations.clone(),
                ignore_missing: true,
                ..Migrator::DEFAULT
            };
            lenient
                .run_direct(None, connection, false)
                .await
                .map_err(StoreError::Migration)?;
            Ok(DatabaseVersion::Newer(newest))
        }
        Err(error) => Err(StoreError::Migration(error)),
        Ok(()) => Ok(DatabaseVersion::Ours),
    }
}

/// The newest migration of the database when all that this program does not know are newer than those that it knows, and it
/// misses none of its own.
async fn newer_than(migrator: &Migrator, connection: &mut PgConnection) -> Result<Option<i64>, StoreError> {
    let applied: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations")
        .fetch_all(connection)
        .await?;
    let known: Vec<i64> = migrator.iter().map(|migration| migration.version).collect();
    Ok(newest_unknown(&applied, &known))
}

fn newest_unknown(applied: &[i64], known: &[i64]) -> Option<i64> {
    let own = known.iter().max()?;
    let is_whole = known.iter().all(|version| applied.contains(version));
    let are_newer = applied
        .iter()
        .filter(|version| !known.contains(version))
        .all(|version| version > own);
    let newest = applied.iter().max().copied()?;
    (is_whole && are_newer && newest > *own).then_some(newest)
}

#[cfg(test)]
mod tests {
    use super::newest_unknown;

    #[rstest::rstest]
    #[case::newer_ones(&[1, 2, 3, 4, 7], Some(7))]
    #[case::none(&[1, 2, 3], None)]
    #[case::one_between_our_own(&[0, 1, 2, 3, 4], None)]
    #[case::newer_ones_over_a_gap(&[1, 3, 4], None)]
    fn a_newer_database_has_all_of_ours_and_beyond_them_only_newer(
        #[case] applied: &[i64],
        #[case] expected: Option<i64>,
    ) {
        assert_eq!(newest_unknown(applied, &[1, 2, 3]), expected);
    }
}
