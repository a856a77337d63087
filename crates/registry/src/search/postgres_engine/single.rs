//! Single documents: one by its key, and those with a number.

use super::row::DocumentRow;
use crate::search::SearchError;
use crate::search::found::StoredDocument;
use certlens_domain::registry::Registry;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

/// What is known of a document besides itself.
pub(in crate::search) struct Circumstances {
    pub(in crate::search) first_seen: DateTime<Utc>,
    pub(in crate::search) updated_at: DateTime<Utc>,
    /// The words of the list of foreign documents that are not valid on Russia's territory.
    pub(in crate::search) rf_status_label: Option<String>,
    /// The day up to which the data of its registry reach.
    pub(in crate::search) data_date: Option<NaiveDate>,
}

/// Keys from the first one (included) to the second one (excluded), in the order of bytes.
#[derive(Debug, Clone)]
pub(in crate::search) struct KeyRange {
    from: String,
    to: String,
}

impl KeyRange {
    /// This key alone. Keys consist of letters and digits, all of which come after U+0001.
    pub(in crate::search) fn only(key: &str) -> Self {
        Self {
            from: key.to_owned(),
            to: format!("{key}\u{1}"),
        }
    }

    /// Longer keys that begin so.
    pub(in crate::search) fn beginning(key: &str) -> Self {
        Self {
            from: format!("{key}\u{1}"),
            to: format!("{key}\u{10ffff}"),
        }
    }
}

/// The document with this key; `None` when there is none.
pub(in crate::search) async fn document(
    connection: &mut PgConnection,
    registry: Registry,
    key: &str,
) -> Result<Option<StoredDocument>, SearchError> {
    let row = sqlx::query_as!(
        DocumentRow,
        r#"
        SELECT registry::text AS "registry!", document_key, source_id, number, kind::text AS "kind!",
               status::text AS "status!", status_label, registered_on, valid_until,
               applicant_name, applicant_country, applicant_inn, applicant_ogrn, applicant_bin, applicant_unp,
               applicant_in_text, applicant_party,
               manufacturer_name, manufacturer_country, manufacturer_inn, manufacturer_ogrn, manufacturer_bin,
               manufacturer_unp, manufacturer_in_text, manufacturer_party,
               technical_regulations, product, tn_ved, scheme, certification_body, url, rf_status::text AS rf_status,
               data_version AS store_version
        FROM documents
        WHERE registry = $1::text::registry AND document_key = $2
        "#,
        registry.key(),
        key,
    )
    .fetch_optional(connection)
    .await?;
    row.map(DocumentRow::into_document).transpose()
}

/// What is known of the document with this key besides itself.
pub(in crate::search) async fn circumstances(
    connection: &mut PgConnection,
    registry: Registry,
    key: &str,
) -> Result<Option<Circumstances>, SearchError> {
    let row = sqlx::query!(
        r#"
        SELECT first_seen, updated_at,
               (SELECT status_label FROM rf_territory_statuses AS listed
                WHERE documents.rf_status IS NOT NULL AND listed.number_key = documents.number_key
                  AND listed.registered_on IN (documents.registered_on, '0001-01-01')
                ORDER BY listed.registered_on DESC
                LIMIT 1) AS rf_status_label,
               (SELECT data_date FROM registry_state WHERE registry_state.registry = documents.registry) AS data_date
        FROM documents
        WHERE registry = $1::text::registry AND document_key = $2
        "#,
        registry.key(),
        key,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Circumstances {
        first_seen: row.first_seen,
        updated_at: row.updated_at,
        rf_status_label: row.rf_status_label,
        data_date: row.data_date,
    }))
}

/// Documents whose keys of the number lie in these ranges, at most so many of each range: identity keys in Russia's
/// registries, the number without the Union's prefix in the others.
pub(in crate::search) async fn numbered(
    connection: &mut PgConnection,
    russian: &[KeyRange],
    foreign: &KeyRange,
    most: i64,
) -> Result<Vec<StoredDocument>, SearchError> {
    let from: Vec<String> = russian.iter().map(|range| range.from.clone()).collect();
    let to: Vec<String> = russian.iter().map(|range| range.to.clone()).collect();
    let rows = sqlx::query_as!(
        DocumentRow,
        r#"
        SELECT documents.registry::text AS "registry!", documents.document_key, source_id, number,
               kind::text AS "kind!", status::text AS "status!", status_label, registered_on, valid_until,
               applicant_name, applicant_country, applicant_inn, applicant_ogrn, applicant_bin, applicant_unp,
               applicant_in_text, applicant_party,
               manufacturer_name, manufacturer_country, manufacturer_inn, manufacturer_ogrn, manufacturer_bin,
               manufacturer_unp, manufacturer_in_text, manufacturer_party,
               technical_regulations, product, tn_ved, scheme, certification_body, url, rf_status::text AS rf_status,
               data_version AS store_version
        FROM (
            SELECT found.registry, found.document_key
            FROM unnest($1::text[], $2::text[]) AS asked (first_key, end_key)
            CROSS JOIN LATERAL (
                SELECT registry, document_key FROM documents
                WHERE registry IN ('rf_certificates', 'rf_declarations')
                  AND number_key >= asked.first_key COLLATE "C" AND number_key < asked.end_key COLLATE "C"
                ORDER BY number_key
                LIMIT $5
            ) AS found
            UNION
            (SELECT registry, document_key FROM documents
             WHERE registry IN ('kg_certificates', 'kg_declarations', 'kz', 'by')
               AND number_key >= $3::text COLLATE "C" AND number_key < $4::text COLLATE "C"
             ORDER BY number_key
             LIMIT $5)
        ) AS wanted
        JOIN documents ON documents.registry = wanted.registry AND documents.document_key = wanted.document_key
        "#,
        &from,
        &to,
        foreign.from,
        foreign.to,
        most,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(DocumentRow::into_document).collect()
}
