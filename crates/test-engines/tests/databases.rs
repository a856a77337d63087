//! Databases for tests, on the real engines.

use certlens_test_engines::TestDatabases;

#[tokio::test]
async fn create_twice_gives_databases_apart_and_drop_all_removes_them() {
    let one = TestDatabases::create().await;
    let two = TestDatabases::create().await;
    one.clickhouse()
        .client()
        .query("CREATE TABLE t (a UInt8) ENGINE = Memory")
        .execute()
        .await
        .unwrap();

    let in_two: u64 = two
        .clickhouse()
        .client()
        .query("SELECT count() FROM system.tables WHERE database = currentDatabase()")
        .fetch_one()
        .await
        .unwrap();

    assert_eq!(in_two, 0);
    assert_ne!(one.postgres_url(), two.postgres_url());
    let name = one.clickhouse().database.clone();
    one.drop_all().await;
    let left: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(two.postgres())
        .await
        .unwrap();
    assert!(!left);
    two.drop_all().await;
}

#[tokio::test]
async fn debug_of_databases_hides_the_passwords() {
    let databases = TestDatabases::create().await;
    let password = databases.clickhouse().password.clone();

    let shown = format!("{:?}", databases.clickhouse());

    assert!(!shown.contains(&password));
    databases.drop_all().await;
}
