//! Makes and drops one test's Postgres database.

use std::time::SystemTime;

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, PgPool};
use url::Url;

use crate::TestEnginesError;
use crate::name::DatabaseName;

/// Enough for a test, few enough for many tests at once on one server.
const CONNECTIONS: u32 = 5;

pub(crate) async fn create(server: &Url, name: &DatabaseName) -> Result<PgPool, TestEnginesError> {
    let mut administrator = PgConnection::connect(server.as_str()).await?;
    sweep(&mut administrator).await?;
    administrator
        .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await?;
    administrator.close().await?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .connect(url(server, name).as_str())
        .await?;
    sqlx::migrate!("../../migrations/postgres").run(&pool).await?;
    Ok(pool)
}

pub(crate) async fn drop(server: &Url, name: &DatabaseName) -> Result<(), TestEnginesError> {
    let mut administrator = PgConnection::connect(server.as_str()).await?;
    drop_with(&mut administrator, name).await?;
    administrator.close().await?;
    Ok(())
}

pub(crate) fn url(server: &Url, name: &DatabaseName) -> Url {
    let mut url = server.clone();
    url.set_path(&name.to_string());
    url
}

async fn sweep(administrator: &mut PgConnection) -> Result<(), TestEnginesError> {
    let listed: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database")
        .fetch_all(&mut *administrator)
        .await?;
    let now = SystemTime::now();
    for name in listed
        .iter()
        .filter_map(|name| DatabaseName::abandoned(name, now))
    {
        drop_with(administrator, &name).await?;
    }
    Ok(())
}

async fn drop_with(administrator: &mut PgConnection, name: &DatabaseName) -> Result<(), sqlx::Error> {
    administrator
        .execute(AssertSqlSafe(format!(
            "DROP DATABASE IF EXISTS {name} WITH (FORCE)"
        )))
        .await?;
    Ok(())
}
