//! Brings ClickHouse up to the version of Postgres.
//!
//! Everything that Postgres got after ClickHouse's own version is copied into a staging table, which becomes part of
//! the search table in one step; then the version is entered. Whatever interrupts this, doing it again is right: a row
//! copied twice is one row. A new or emptied ClickHouse has version 0 and gets everything.

use super::error::PublishError;
use crate::clickhouse_store::ClickHouseAddress;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use chrono::NaiveDate;
use clickhouse::{Client, Row};
use futures::TryStreamExt;
use serde::Serialize;
use sqlx::PgConnection;
use std::str::FromStr;
use uuid::Uuid;

/// Rows of one INSERT: some tens of megabytes, which server and network take at once.
const ROWS_A_BLOCK: u64 = 200_000;

/// A row of ClickHouse's table. Enums are written as their numbers.
#[derive(Row, Serialize)]
struct SearchRow {
    identifier: String,
    #[serde(with = "clickhouse::serde::chrono::date32")]
    registered_on: NaiveDate,
    registry: i8,
    document_key: String,
    as_applicant: bool,
    as_manufacturer: bool,
    kind: i8,
    status: i8,
    #[serde(with = "clickhouse::serde::chrono::date32::option")]
    valid_until: Option<NaiveDate>,
    technical_regulations: Vec<String>,
    version: u64,
    is_deleted: u8,
}

#[derive(Row, Serialize)]
struct Publication {
    #[serde(with = "clickhouse::serde::uuid")]
    store: Uuid,
    version: u64,
}

/// Copies what is missing. The caller holds the import lock, so Postgres does not move meanwhile.
pub(super) async fn publish(
    connection: &mut PgConnection,
    address: &ClickHouseAddress,
) -> Result<(), PublishError> {
    let client = address.client();
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
        empty(&client).await?;
        published = 0;
    }
    if published == wanted {
        return Ok(());
    }
    client
        .query("TRUNCATE TABLE incoming_document_identifiers")
        .execute()
        .await?;
    let rows = copy_rows(connection, &client, i64::try_from(published).unwrap_or(i64::MAX)).await?;
    client
        .query("ALTER TABLE document_identifiers ATTACH PARTITION tuple() FROM incoming_document_identifiers")
        .execute()
        .await?;
    let mut insert = client.insert::<Publication>("publications").await?;
    insert
        .write(&Publication {
            store: held.id,
            version: wanted,
        })
        .await?;
    insert.end().await?;
    client
        .query("TRUNCATE TABLE incoming_document_identifiers")
        .execute()
        .await?;
    tracing::info!(version = wanted, rows, "ClickHouse holds the latest import");
    Ok(())
}

/// The version goes first: without it nobody is answered from half-emptied tables.
async fn empty(client: &Client) -> Result<(), PublishError> {
    for table in ["publications", "document_identifiers"] {
        client.query(&format!("TRUNCATE TABLE {table}")).execute().await?;
    }
    Ok(())
}

async fn copy_rows(
    connection: &mut PgConnection,
    client: &Client,
    published: i64,
) -> Result<u64, PublishError> {
    let mut blocks = Blocks::new(client);
    let mut held = sqlx::query!(
        r#"SELECT identifier, registered_on, registry::text AS "registry!", document_key, as_applicant, as_manufacturer,
                  kind::text AS "kind!", status::text AS "status!", valid_until, technical_regulations, data_version
           FROM document_identifiers WHERE data_version > $1"#,
        published
    )
    .fetch(&mut *connection);
    while let Some(row) = held.try_next().await? {
        let row = SearchRow {
            identifier: row.identifier,
            registered_on: row.registered_on,
            registry: number(&Registry::ALL, &row.registry),
            document_key: row.document_key,
            as_applicant: row.as_applicant,
            as_manufacturer: row.as_manufacturer,
            kind: number(&[DocumentKind::Certificate, DocumentKind::Declaration], &row.kind),
            status: number(&Status::ALL, &row.status),
            valid_until: row.valid_until,
            technical_regulations: row.technical_regulations,
            version: row.data_version.unsigned_abs(),
            is_deleted: 0,
        };
        blocks.write(&row).await?;
    }
    drop(held);
    let mut removed = sqlx::query!(
        r#"SELECT identifier, registry::text AS "registry!", document_key, data_version
           FROM removed_identifiers WHERE data_version > $1"#,
        published
    )
    .fetch(connection);
    while let Some(row) = removed.try_next().await? {
        let row = SearchRow {
            identifier: row.identifier,
            registered_on: NaiveDate::default(),
            registry: number(&Registry::ALL, &row.registry),
            document_key: row.document_key,
            as_applicant: false,
            as_manufacturer: false,
            kind: 1,
            status: 1,
            valid_until: None,
            technical_regulations: Vec::new(),
            version: row.data_version.unsigned_abs(),
            is_deleted: 1,
        };
        blocks.write(&row).await?;
    }
    blocks.end().await
}

/// The number of a key in ClickHouse's enum: from 1, in the order of the program's enum. A key that this version
/// does not know gives 0, which ClickHouse refuses.
fn number<T: FromStr + PartialEq>(all: &[T], key: &str) -> i8 {
    key.parse::<T>()
        .ok()
        .and_then(|value| all.iter().position(|known| *known == value))
        .and_then(|index| i8::try_from(index + 1).ok())
        .unwrap_or(0)
}

/// Inserts rows block by block.
struct Blocks<'client> {
    client: &'client Client,
    insert: Option<clickhouse::insert::Insert<SearchRow>>,
    rows: u64,
}

impl<'client> Blocks<'client> {
    const fn new(client: &'client Client) -> Self {
        Self {
            client,
            insert: None,
            rows: 0,
        }
    }

    async fn write(&mut self, row: &SearchRow) -> Result<(), PublishError> {
        let insert = match &mut self.insert {
            Some(insert) => insert,
            None => self.insert.insert(
                self.client
                    .insert::<SearchRow>("incoming_document_identifiers")
                    .await?,
            ),
        };
        insert.write(row).await?;
        self.rows += 1;
        if self.rows.is_multiple_of(ROWS_A_BLOCK)
            && let Some(insert) = self.insert.take()
        {
            insert.end().await?;
        }
        Ok(())
    }

    /// Ends the last block; the number of rows of all of them.
    async fn end(mut self) -> Result<u64, PublishError> {
        if let Some(insert) = self.insert.take() {
            insert.end().await?;
        }
        Ok(self.rows)
    }
}
