//! The rows that ClickHouse lacks, piped from Postgres's COPY into ClickHouse's INSERT without being decoded: both
//! sides write tabs, line ends, backslashes and missing values alike.

use super::super::error::PublishError;
use super::{COUNTS, DOCUMENTS};
use clickhouse::Client;
use clickhouse::insert_formatted::InsertFormatted;
use futures::TryStreamExt;
use sqlx::PgConnection;

/// One INSERT takes so many rows: ClickHouse sorts and writes them as one part.
const ROWS_AN_INSERT: u64 = 1_000_000;
/// Bytes are handed on in pieces of this size.
const PIECE: usize = 256 * 1024;

/// Copies everything that was written after the version; the number of rows.
pub(super) async fn copy(
    connection: &mut PgConnection,
    client: &Client,
    published: u64,
) -> Result<u64, PublishError> {
    let documents = pipe(
        connection,
        client,
        &documents_after(published),
        &format!(
            "INSERT INTO {} (party, days_back, registry, document_key, registered_on, other_party, in_role, kind, \
             status, valid_until, technical_regulations, rf_status, number, number_key, product, tn_ved, scheme, \
             certification_body, origin, version, is_deleted) FORMAT TabSeparated",
            DOCUMENTS.staging
        ),
    )
    .await?;
    // A ClickHouse that begins anew has nothing to forget.
    let removed = if published == 0 {
        0
    } else {
        pipe(
            connection,
            client,
            &removed_after(published),
            &format!(
                "INSERT INTO {} (party, days_back, registry, document_key, registered_on, version, is_deleted) \
                 FORMAT TabSeparated",
                DOCUMENTS.staging
            ),
        )
        .await?
    };
    let counts = pipe(
        connection,
        client,
        &counts_after(published),
        &format!(
            "INSERT INTO {} (party, in_role, facet, cell, documents, version) FORMAT TabSeparated",
            COUNTS.staging
        ),
    )
    .await?;
    Ok(documents + removed + counts)
}

/// A row for each party of each document that has identifiers. `days_back` is the day before or after 1970-01-01 with
/// its sign turned, so that it grows from the newest document to the oldest. Products are there to be searched in, so
/// they are in lower case, made by the same function as in Postgres's own search.
fn documents_after(published: u64) -> String {
    let regulations = list("technical_regulations");
    let tn_ved = list("tn_ved");
    format!(
        "COPY (
             SELECT place.party, DATE '1970-01-01' - registered_on, registry, document_key, registered_on,
                    place.other_party, place.in_role, kind, status, valid_until, {regulations},
                    coalesce(rf_status::text, ''), number, number_key,
                    lower(product COLLATE \"und-x-icu\"), {tn_ved}, coalesce(scheme, ''),
                    coalesce(certification_body, ''), coalesce(manufacturer_country, ''), data_version, 0
             FROM documents
             CROSS JOIN LATERAL (VALUES
                 (applicant_party,
                  CASE WHEN manufacturer_party = applicant_party THEN 0 ELSE manufacturer_party END,
                  CASE WHEN manufacturer_party = applicant_party THEN 'both' ELSE 'applicant' END),
                 (CASE WHEN manufacturer_party = applicant_party THEN 0 ELSE manufacturer_party END,
                  applicant_party, 'manufacturer')
             ) AS place (party, other_party, in_role)
             WHERE place.party <> 0 AND data_version > {published}
         ) TO STDOUT"
    )
}

/// ClickHouse's notation of a list, which knows other quotation marks than Postgres's. Quotation marks are doubled;
/// COPY itself escapes backslashes and control characters as ClickHouse reads them.
fn list(column: &str) -> String {
    format!(
        "CASE WHEN cardinality({column}) = 0 THEN '[]'
              WHEN strpos(array_to_string({column}, ''), '''') = 0
              THEN '[''' || array_to_string({column}, ''',''') || ''']'
              ELSE '[' || (SELECT string_agg('''' || replace(value, '''', '''''') || '''', ',' ORDER BY place)
                           FROM unnest({column}) WITH ORDINALITY AS item (value, place)) || ']'
         END"
    )
}

fn removed_after(published: u64) -> String {
    format!(
        "COPY (SELECT party, DATE '1970-01-01' - registered_on, registry, document_key, registered_on, data_version, 1
               FROM removed_places WHERE data_version > {published}) TO STDOUT"
    )
}

fn counts_after(published: u64) -> String {
    format!(
        "COPY (SELECT party, in_role, facet, cell, documents, data_version
               FROM party_counts WHERE data_version > {published}) TO STDOUT"
    )
}

/// Hands on what one statement gives to the other; the number of rows.
async fn pipe(
    connection: &mut PgConnection,
    client: &Client,
    copy: &str,
    insert: &str,
) -> Result<u64, PublishError> {
    let mut rows = connection.copy_out_raw(copy).await?;
    let mut inserts = Inserts {
        client,
        statement: insert,
        open: None,
        piece: Vec::with_capacity(PIECE + PIECE / 4),
        rows: 0,
    };
    // Postgres sends a message for each row.
    while let Some(row) = rows.try_next().await? {
        inserts.row(&row).await?;
    }
    inserts.end().await
}

/// Inserts rows, so many with each statement.
struct Inserts<'client> {
    client: &'client Client,
    statement: &'client str,
    open: Option<InsertFormatted>,
    piece: Vec<u8>,
    rows: u64,
}

impl Inserts<'_> {
    async fn row(&mut self, row: &[u8]) -> Result<(), PublishError> {
        self.piece.extend_from_slice(row);
        self.rows += 1;
        let is_last = self.rows.is_multiple_of(ROWS_AN_INSERT);
        if is_last || self.piece.len() >= PIECE {
            self.send().await?;
        }
        if is_last && let Some(insert) = self.open.take() {
            insert.end().await?;
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<(), PublishError> {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE + PIECE / 4));
        let insert = self
            .open
            .get_or_insert_with(|| self.client.insert_formatted_with(self.statement));
        Ok(insert.send(piece.into()).await?)
    }

    async fn end(mut self) -> Result<u64, PublishError> {
        if !self.piece.is_empty() {
            self.send().await?;
        }
        if let Some(insert) = self.open.take() {
            insert.end().await?;
        }
        Ok(self.rows)
    }
}
