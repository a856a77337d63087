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
    for table in [&DOCUMENTS, &COUNTS] {
        merge_after_a_large_load(&client, address, table).await;
    }
    Ok(())
}

/// A table of many parts is read with FINAL at many times the cost of one. ClickHouse merges small parts by itself, and
/// everything after a quiet minute; what a bulk load leaves is merged at once. The rows are published already: failing
/// here is no failure of the import.
async fn merge_after_a_large_load(client: &Client, address: &ClickHouseAddress, table: &Published) {
    let merged = async {
        let parts = parts_of(client, &address.topology.local(table.table)).await?;
        if parts.are_many_equals() {
            run(client, address.topology.merge(table.table)).await?;
        }
        Ok::<_, PublishError>(())
    };
    if let Err(error) = merged.await {
        tracing::warn!(%error, table = table.table, "ClickHouse did not merge what was loaded; searches are slower until it does");
    }
}

/// The parts of a table on the server that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parts {
    number: u64,
    rows: u64,
    /// Rows of the largest part.
    largest: u64,
}

impl Parts {
    /// Merging is worth its time when the rows lie in many parts; a few small parts beside a large one are left to
    /// ClickHouse, because merging rewrites the large one.
    const fn are_many_equals(self) -> bool {
        self.number > 3 && self.largest < self.rows / 10 * 9
    }
}

async fn parts_of(client: &Client, table: &str) -> Result<Parts, PublishError> {
    let (number, rows, largest) = client
        .query(
            "SELECT count(), sum(rows), max(rows) FROM system.parts
             WHERE active AND database = currentDatabase() AND table = ?",
        )
        .bind(table)
        .fetch_one::<(u64, u64, u64)>()
        .await?;
    Ok(Parts {
        number,
        rows,
        largest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_parts_of_a_bulk_load_are_merged_and_small_ones_beside_a_large_one_are_left() {
        let parts = |number, rows, largest| Parts {
            number,
            rows,
            largest,
        };
        assert!(parts(12, 12_000_000, 1_000_000).are_many_equals());
        assert!(parts(4, 13_000_000, 10_000_000).are_many_equals());
        assert!(!parts(3, 3_000_000, 1_000_000).are_many_equals());
        assert!(!parts(9, 12_000_800, 12_000_000).are_many_equals());
        assert!(!parts(0, 0, 0).are_many_equals());
    }
}
