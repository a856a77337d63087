//! Brings ClickHouse up to the version of Postgres.
//!
//! Everything that Postgres got after ClickHouse's own version is copied into staging tables, which become part of the
//! search tables in one step each; then the version is entered. Whatever interrupts this, doing it again is right: a
//! row copied twice is one row. A new or emptied ClickHouse has version 0 and gets everything.

mod rows;

use super::error::PublishError;
use crate::clickhouse_store::ClickHouseAddress;
use clickhouse::{Client, Row};
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

#[derive(Row, Serialize)]
struct Publication {
    #[serde(with = "clickhouse::serde::uuid")]
    store: Uuid,
    version: u64,
}

/// A table that searches read, and the one in which its new rows are gathered.
struct Published {
    table: &'static str,
    staging: &'static str,
}

const DOCUMENTS: Published = Published {
    table: "party_documents",
    staging: "incoming_party_documents",
};
const COUNTS: Published = Published {
    table: "party_counts",
    staging: "incoming_party_counts",
};

/// Runs statements one after the other.
async fn run(client: &Client, statements: Vec<String>) -> Result<(), PublishError> {
    for statement in statements {
        client.query_raw(&statement).execute().await?;
    }
    Ok(())
}

/// Copies what is missing. The caller holds the import lock, so Postgres does not move meanwhile.
pub(super) async fn publish(
    connection: &mut PgConnection,
    address: &ClickHouseAddress,
) -> Result<(), PublishError> {
    let client = address.client();
    let topology = &address.topology;
    let held = sqlx::query!(
        r#"SELECT id, coalesce((SELECT max(data_version) FROM registry_state), 0) AS "version!" FROM store_identity"#
    )
    .fetch_one(&mut *connection)
    .await?;
    let wanted = held.version.unsigned_abs();
    let (mut published, foreign) = client
        .query("SELECT maxIf(version, store = toUUID(?)), countIf(store != toUUID(?)) FROM publications")
        .bind(held.id.to_string())
        .bind(held.id.to_string())
        .fetch_one::<(u64, u64)>()
        .await?;
    if foreign > 0 || published > wanted {
        tracing::warn!(
            published,
            wanted,
            "ClickHouse holds data of another database; it is filled anew"
        );
        // The version goes first: without it nobody is answered from half-emptied tables.
        for table in ["publications", DOCUMENTS.table, COUNTS.table] {
            run(&client, topology.empty(table)).await?;
        }
        published = 0;
    }
    if published == wanted {
        return Ok(());
    }
    for table in [&DOCUMENTS, &COUNTS] {
        run(&client, topology.empty(table.staging)).await?;
    }
    let rows = rows::copy(connection, &client, published).await?;
    for table in [&DOCUMENTS, &COUNTS] {
        run(&client, topology.join(table.staging, table.table)).await?;
    }
    let mut insert = client.insert::<Publication>("publications").await?;
    insert
        .write(&Publication {
            store: held.id,
            version: wanted,
        })
        .await?;
    insert.end().await?;
    for table in [&DOCUMENTS, &COUNTS] {
        run(&client, topology.empty(table.staging)).await?;
    }
    tracing::info!(version = wanted, rows, "ClickHouse holds the latest import");
    Ok(())
}
