//! Searching in Postgres: the fallback, and the only holder of whole documents.

mod row;

use super::answer::Bucket;
use super::state::parse_stored;
use super::{Place, Question, SearchError};
use certlens_domain::document::Role;
use certlens_domain::documents_page::{DocumentsQuery, FoundDocument, MatchBasis, PageCursor};
use certlens_domain::registry::Registry;
use certlens_domain::trend::Month;
use chrono::NaiveDate;
use row::StoredDocument;
use sqlx::PgPool;
use std::collections::HashMap;

/// The asked identifiers and those that stood beside one of them in a party of some document.
pub(super) async fn bridged(postgres: &PgPool, identifiers: &[String]) -> Result<Vec<String>, SearchError> {
    let rows = sqlx::query_scalar!(
        r#"SELECT asked AS "identifier!" FROM unnest($1::text[]) AS asked
           UNION SELECT ogrn FROM identifier_pairs WHERE inn = ANY($1)
           UNION SELECT inn FROM identifier_pairs WHERE ogrn = ANY($1)"#,
        identifiers
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows)
}

/// The found documents in groups.
pub(super) async fn buckets(postgres: &PgPool, question: &Question) -> Result<Vec<Bucket>, SearchError> {
    let rows = sqlx::query!(
        r#"
        WITH found AS (
            SELECT registry, document_key, kind, status, valid_until, registered_on, technical_regulations,
                   bool_or(as_applicant) AS as_applicant, bool_or(as_manufacturer) AS as_manufacturer
            FROM document_identifiers
            WHERE identifier = ANY($1)
            GROUP BY registry, document_key, kind, status, valid_until, registered_on, technical_regulations
        )
        SELECT registry::text AS "registry!", kind::text AS "kind!", status::text AS "status!",
               min(valid_until) AS valid_until,
               (extract(year FROM registered_on) * 100 + extract(month FROM registered_on))::int AS "month!",
               technical_regulations, as_applicant AS "as_applicant!", as_manufacturer AS "as_manufacturer!",
               count(*) AS "documents!"
        FROM found
        WHERE (as_applicant OR NOT $2) AND (as_manufacturer OR NOT $3)
        GROUP BY registry, kind, status, valid_until IS NULL, valid_until < $4, valid_until <= $5,
                 extract(year FROM registered_on) * 100 + extract(month FROM registered_on),
                 technical_regulations, as_applicant, as_manufacturer
        "#,
        &question.identifiers,
        question.only_applicant,
        question.only_manufacturer,
        question.today,
        question.soon,
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Bucket {
                registry: parse_stored("registry", &row.registry)?,
                kind: parse_stored("document kind", &row.kind)?,
                status: parse_stored("status", &row.status)?,
                valid_until: row.valid_until,
                month: stored_month(row.month.unsigned_abs())?,
                technical_regulations: row.technical_regulations,
                as_applicant: row.as_applicant,
                as_manufacturer: row.as_manufacturer,
                documents: row.documents.unsigned_abs(),
            })
        })
        .collect()
}

/// A month written as year times 100 plus month.
pub(super) fn stored_month(number: u32) -> Result<Month, SearchError> {
    i32::try_from(number / 100)
        .ok()
        .and_then(|year| Month::new(year, number % 100))
        .ok_or_else(|| SearchError::Stored {
            what: "month",
            value: number.to_string(),
        })
}

/// The places of the page's documents, in order. Each identifier gives its own newest documents, in the order of the
/// index, so that a counterparty with a million documents costs no more than a page of each identifier.
pub(super) async fn places(
    postgres: &PgPool,
    question: &Question,
    query: &DocumentsQuery,
    limit: u32,
) -> Result<Vec<Place>, SearchError> {
    let after = query.after.as_ref();
    let rows = sqlx::query!(
        r#"
        SELECT registered_on AS "registered_on!", registry::text AS "registry!", document_key AS "document_key!",
               bool_or(as_applicant) AS "as_applicant!"
        FROM unnest($1::text[]) AS asked (identifier)
        CROSS JOIN LATERAL (
            SELECT registered_on, registry, document_key, as_applicant
            FROM document_identifiers AS held
            WHERE held.identifier = asked.identifier
              AND (as_applicant OR NOT $2) AND (as_manufacturer OR NOT $3)
              AND ($4::text IS NULL OR registry = $4::text::registry)
              AND ($5::text IS NULL OR $5::text::document_status = CASE
                       WHEN status IN ('active', 'renewed', 'extended') AND valid_until < $6 THEN 'expired'
                       ELSE status
                   END)
              AND ($7::text IS NULL OR $7 = ANY(technical_regulations))
              AND ($8::date IS NULL OR registered_on <= $8)
              AND ($8::date IS NULL OR registered_on < $8
                   OR (registry, document_key) > ($9::text::registry, $10::text COLLATE "C"))
            ORDER BY registered_on DESC, registry, document_key
            LIMIT $11
        ) AS newest
        GROUP BY registered_on, registry, document_key
        ORDER BY registered_on DESC, registry, document_key
        LIMIT $11
        "#,
        &question.identifiers,
        question.only_applicant,
        question.only_manufacturer,
        query.registry.map(Registry::key),
        query.status.map(certlens_domain::status::Status::key),
        question.today,
        query.technical_regulation.as_deref(),
        after.map(|cursor| cursor.registered_on),
        after.map(|cursor| cursor.registry.key()),
        after.map(|cursor| cursor.document_key.as_str()),
        i64::from(limit),
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Place {
                cursor: PageCursor {
                    registered_on: row.registered_on,
                    registry: parse_stored("registry", &row.registry)?,
                    document_key: row.document_key,
                },
                role: found_role(question, row.as_applicant),
            })
        })
        .collect()
}

/// The role shown for a document: the asked one, or the applicant's when an asked identifier stands there.
pub(super) const fn found_role(question: &Question, as_applicant: bool) -> Role {
    if as_applicant && !question.only_manufacturer {
        Role::Applicant
    } else {
        Role::Manufacturer
    }
}

/// The whole documents at these places, in the same order, with their status on the day `today`.
pub(super) async fn documents(
    postgres: &PgPool,
    places: &[Place],
    today: NaiveDate,
) -> Result<Vec<FoundDocument>, SearchError> {
    let registries: Vec<String> = places
        .iter()
        .map(|place| place.cursor.registry.to_string())
        .collect();
    let keys: Vec<String> = places
        .iter()
        .map(|place| place.cursor.document_key.clone())
        .collect();
    let rows = sqlx::query_as!(
        StoredDocument,
        r#"
        SELECT registry::text AS "registry!", document_key, source_id, number, kind::text AS "kind!",
               status::text AS "status!", status_label, registered_on, valid_until,
               applicant_name, applicant_country, applicant_inn, applicant_ogrn, applicant_bin, applicant_unp,
               manufacturer_name, manufacturer_country, manufacturer_inn, manufacturer_ogrn, manufacturer_bin,
               manufacturer_unp, technical_regulations, product, tn_ved, scheme, certification_body, url
        FROM documents
        WHERE (registry, document_key) IN (
            SELECT wanted.registry::registry, wanted.document_key
            FROM unnest($1::text[], $2::text[]) AS wanted (registry, document_key)
        )
        "#,
        &registries,
        &keys,
    )
    .fetch_all(postgres)
    .await?;
    let mut stored: HashMap<(Registry, String), StoredDocument> = HashMap::with_capacity(rows.len());
    for row in rows {
        stored.insert(
            (parse_stored("registry", &row.registry)?, row.document_key.clone()),
            row,
        );
    }
    let mut items = Vec::with_capacity(places.len());
    for place in places {
        let key = (place.cursor.registry, place.cursor.document_key.clone());
        // Documents are never deleted; one that is missing was moved by hand, and the page goes on without it.
        if let Some(row) = stored.remove(&key) {
            let mut document = row.into_document()?;
            document.status = document.status.on(today, document.valid_until);
            items.push(FoundDocument {
                match_basis: match_basis(document.registry),
                document,
                role: place.role,
                rf_status: None,
            });
        }
    }
    Ok(items)
}

/// Kyrgyz registries have no identifier column: theirs were found inside the applicant's text.
const fn match_basis(registry: Registry) -> MatchBasis {
    match registry {
        Registry::KgCertificates | Registry::KgDeclarations => MatchBasis::IdInText,
        Registry::RfCertificates | Registry::RfDeclarations | Registry::Kz | Registry::By => MatchBasis::Id,
    }
}
