//! A program on a database that a newer version has brought up to date, and on one that is none of ours.

use certlens_store::{DatabaseVersion, MIGRATIONS, StoreError, migrate};
use certlens_test_engines::TestDatabases;

async fn note_as_applied(databases: &TestDatabases, version: i64) {
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES ($1, 'later', true, '', 0)",
    )
    .bind(version)
    .execute(databases.postgres())
    .await
    .unwrap();
}

#[tokio::test]
async fn an_older_program_starts_again_on_a_database_of_a_newer_one_and_says_so() {
    let databases = TestDatabases::create().await;
    note_as_applied(&databases, 9_001).await;
    note_as_applied(&databases, 9_002).await;

    let version = migrate(databases.postgres()).await.unwrap();
    let again = migrate(databases.postgres()).await.unwrap();

    assert_eq!(version, DatabaseVersion::Newer(9_002));
    assert_eq!(again, version, "no lock is left behind");
    databases.drop_all().await;
}

#[tokio::test]
async fn a_database_of_our_own_version_is_said_to_be_ours() {
    let databases = TestDatabases::create().await;

    assert_eq!(
        migrate(databases.postgres()).await.unwrap(),
        DatabaseVersion::Ours
    );
    databases.drop_all().await;
}

#[tokio::test]
async fn a_database_with_an_unknown_migration_among_our_own_is_refused() {
    let databases = TestDatabases::create().await;
    let newest = MIGRATIONS
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap();
    note_as_applied(&databases, 0).await;
    note_as_applied(&databases, newest + 1).await;

    let refused = migrate(databases.postgres()).await.unwrap_err();

    assert!(matches!(refused, StoreError::Migration(_)), "{refused}");
    databases.drop_all().await;
}
