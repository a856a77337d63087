//! Whole documents, which only Postgres holds, and the places of a page by its indexes.

use super::row::DocumentRow;
use crate::search::SearchError;
use crate::search::found::StoredDocument;
use crate::search::page::PageQuestion;
use crate::search::state::parse_stored;
use certlens_domain::analytics::RoleFilter;
use certlens_domain::documents_page::PageCursor;
use certlens_domain::registry::{DocumentKind, Registry};
use sqlx::PgConnection;
use std::collections::HashMap;

/// The places of a page's documents, in order. Each party gives its own newest documents, in the order of the index,
/// so that a counterparty with a million documents costs no more than a page of each of its parties.
pub(in crate::search) async fn places(
    connection: &mut PgConnection,
    asked: &PageQuestion,
) -> Result<Vec<PageCursor>, SearchError> {
    let parties: Vec<i64> = asked.parties.iter().map(|party| party.id.number()).collect();
    let after = asked.after.as_ref();
    let text = asked.text.as_ref();
    let rows = sqlx::query!(
        r#"
        SELECT DISTINCT registered_on AS "registered_on!", registry AS "registry_order!: String",
               registry::text AS "registry!", document_key AS "document_key!"
        FROM unnest($1::bigint[]) AS asked (party)
        CROSS JOIN LATERAL (
            (SELECT registered_on, registry, document_key
             FROM documents
             WHERE applicant_party = asked.party AND applicant_party <> 0
               AND (NOT $3 OR manufacturer_party = asked.party)
               AND (cardinality($4::text[]) = 0 OR registry = ANY($4::text[]::registry[]))
               AND ($5::text IS NULL OR kind = $5::text::document_kind)
               AND (cardinality($6::text[]) = 0 OR CASE
                        WHEN status IN ('active', 'renewed', 'extended') AND valid_until < $7 THEN 'expired'
                        ELSE status
                    END = ANY($6::text[]::document_status[]))
               AND (cardinality($8::text[]) = 0 OR technical_regulations && $8::text[])
               AND registered_on >= COALESCE($9::date, '-infinity')
               AND registered_on <= LEAST(COALESCE($10::date, 'infinity'), COALESCE($13::date, 'infinity'))
               AND ($11::text IS NULL OR strpos(lower(product COLLATE "und-x-icu"), $11) > 0
                    OR ($12 <> '' AND strpos(number_key, $12) > 0))
               AND ($13::date IS NULL OR registered_on < $13
                    OR (registry, document_key) > ($14::text::registry, $15::text COLLATE "C"))
             ORDER BY registered_on DESC, registry, document_key
             LIMIT $16)
            UNION ALL
            (SELECT registered_on, registry, document_key
             FROM documents
             WHERE NOT $2
               AND manufacturer_party = asked.party AND manufacturer_party <> 0
               AND manufacturer_party <> applicant_party
               AND (cardinality($4::text[]) = 0 OR registry = ANY($4::text[]::registry[]))
               AND ($5::text IS NULL OR kind = $5::text::document_kind)
               AND (cardinality($6::text[]) = 0 OR CASE
                        WHEN status IN ('active', 'renewed', 'extended') AND valid_until < $7 THEN 'expired'
                        ELSE status
                    END = ANY($6::text[]::document_status[]))
               AND (cardinality($8::text[]) = 0 OR technical_regulations && $8::text[])
               AND registered_on >= COALESCE($9::date, '-infinity')
               AND registered_on <= LEAST(COALESCE($10::date, 'infinity'), COALESCE($13::date, 'infinity'))
               AND ($11::text IS NULL OR strpos(lower(product COLLATE "und-x-icu"), $11) > 0
                    OR ($12 <> '' AND strpos(number_key, $12) > 0))
               AND ($13::date IS NULL OR registered_on < $13
                    OR (registry, document_key) > ($14::text::registry, $15::text COLLATE "C"))
             ORDER BY registered_on DESC, registry, document_key
             LIMIT $16)
        ) AS newest
        ORDER BY 1 DESC, 2, 4
        LIMIT $16
        "#,
        &parties,
        asked.role == RoleFilter::Applicant,
        asked.role == RoleFilter::Manufacturer,
        &asked.registries(),
        asked.filter.kind.map(DocumentKind::key),
        &asked.statuses(),
        asked.today,
        &asked.filter.technical_regulations,
        asked.filter.registered_from,
        asked.filter.registered_to,
        text.map(|text| text.product.as_str()),
        text.map_or("", |text| text.number_key.as_str()),
        after.map(|cursor| cursor.registered_on),
        after.map(|cursor| cursor.registry.key()),
        after.map(|cursor| cursor.document_key.as_str()),
        i64::from(asked.limit),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PageCursor {
                registered_on: row.registered_on,
                registry: parse_stored("registry", &row.registry)?,
                document_key: row.document_key,
            })
        })
        .collect()
}

/// The whole documents at these places, in the same order, and the version of the store in which they were read.
pub(in crate::search) async fn documents(
    connection: &mut PgConnection,
    places: &[PageCursor],
) -> Result<(Vec<StoredDocument>, i64), SearchError> {
    if places.is_empty() {
        let version = sqlx::query_scalar!("SELECT max(data_version) FROM registry_state")
            .fetch_one(connection)
            .await?;
        return Ok((Vec::new(), version.unwrap_or(0)));
    }
    let registries: Vec<String> = places.iter().map(|place| place.registry.to_string()).collect();
    let keys: Vec<String> = places.iter().map(|place| place.document_key.clone()).collect();
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
               (SELECT max(registry_state.data_version) FROM registry_state) AS "store_version!"
        FROM unnest($1::text[]::registry[], $2::text[]) AS wanted (registry, document_key)
        JOIN documents ON documents.registry = wanted.registry AND documents.document_key = wanted.document_key
        "#,
        &registries,
        &keys,
    )
    .fetch_all(connection)
    .await?;
    let mut version = 0;
    let mut stored: HashMap<(Registry, String), DocumentRow> = HashMap::with_capacity(rows.len());
    for row in rows {
        version = row.store_version;
        stored.insert(
            (parse_stored("registry", &row.registry)?, row.document_key.clone()),
            row,
        );
    }
    let mut documents = Vec::with_capacity(places.len());
    for place in places {
        // Documents are never deleted; one that is missing was moved by hand, and the page goes on without it.
        if let Some(row) = stored.remove(&(place.registry, place.document_key.clone())) {
            documents.push(row.into_document()?);
        }
    }
    Ok((documents, version))
}
