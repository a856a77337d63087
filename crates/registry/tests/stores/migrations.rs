//! ClickHouse that a newer version of the program has brought up to date, and one that belongs to another program.

use certlens_registry::{ClickHouseAddress, ClickHouseError, ClickHouseTopology, migrate_clickhouse};
use certlens_test_engines::TestDatabases;

fn address(databases: &TestDatabases) -> ClickHouseAddress {
    let clickhouse = databases.clickhouse();
    ClickHouseAddress {
        url: clickhouse.url.clone(),
        user: clickhouse.user.clone(),
        password: clickhouse.password.clone().into(),
        database: clickhouse.database.clone(),
        topology: ClickHouseTopology::default(),
    }
}

async fn note_as_applied(databases: &TestDatabases, version: u32) {
    let statement = format!("INSERT INTO schema_migrations (version, name) VALUES ({version}, 'later')");
    databases
        .clickhouse()
        .client()
        .query(&statement)
        .execute()
        .await
        .unwrap();
}

#[tokio::test]
async fn an_older_program_works_with_the_tables_of_a_newer_one() {
    let databases = TestDatabases::create().await;
    let address = address(&databases);
    migrate_clickhouse(&address).await.unwrap();
    note_as_applied(&databases, 9_001).await;

    migrate_clickhouse(&address).await.unwrap();

    databases.drop_all().await;
}

#[tokio::test]
async fn tables_with_an_unknown_older_migration_are_refused_for_good() {
    let databases = TestDatabases::create().await;
    let address = address(&databases);
    migrate_clickhouse(&address).await.unwrap();
    note_as_applied(&databases, 0).await;

    let refused = migrate_clickhouse(&address).await.unwrap_err();

    assert!(
        matches!(refused, ClickHouseError::Foreign { version: 0, .. }),
        "{refused}"
    );
    assert!(!refused.is_passing());
    databases.drop_all().await;
}

#[tokio::test]
async fn a_server_that_is_away_is_worth_waiting_for() {
    let databases = TestDatabases::create().await;
    let nobody = ClickHouseAddress {
        url: "http://127.0.0.1:1".to_owned(),
        ..address(&databases)
    };

    let away = migrate_clickhouse(&nobody).await.unwrap_err();

    assert!(away.is_passing(), "{away}");
    databases.drop_all().await;
}
