//! Whole documents, which only Postgres holds, and the places of a page by its indexes.

use super::conditions::push_condition;
use super::row::DocumentRow;
use crate::search::SearchError;
use crate::search::found::StoredDocument;
use crate::search::page::PageQuestion;
use crate::search::state::parse_stored;
use certlens_domain::analytics::RoleFilter;
use certlens_domain::documents_page::{DocumentsOrder, PageCursor};
use certlens_domain::registry::Registry;
use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use std::collections::HashMap;

#[derive(FromRow)]
struct PlaceRow {
    registered_on: NaiveDate,
    registry_key: String,
    document_key: String,
    valid_until: Option<NaiveDate>,
}

/// The places of a page's documents, in order. Each party gives its own first documents, newest first in the order of
/// the index, so that a counterparty with a million documents costs no more than a page of each of its parties.
pub(in crate::search) async fn places(
    connection: &mut PgConnection,
    asked: &PageQuestion,
) -> Result<Vec<PageCursor>, SearchError> {
    let parties: Vec<i64> = asked.parties.iter().map(|party| party.id.number()).collect();
    let mut statement = QueryBuilder::new(
        "SELECT DISTINCT registered_on, registry, registry::text AS registry_key, document_key, valid_until FROM unnest(",
    );
    statement.push_bind(parties);
    statement.push("::bigint[]) AS asked (party) CROSS JOIN LATERAL (");
    let standing: &[&str] = match asked.role {
        RoleFilter::Any => &[AS_APPLICANT, AS_ANOTHER_MANUFACTURER],
        RoleFilter::Applicant => &[AS_APPLICANT],
        RoleFilter::Manufacturer => &[AS_BOTH, AS_ANOTHER_MANUFACTURER],
    };
    for (index, standing) in standing.iter().enumerate() {
        if index > 0 {
            statement.push(" UNION ALL ");
        }
        statement.push("(SELECT registered_on, registry, document_key, valid_until FROM documents WHERE ");
        statement.push(standing);
        for condition in asked.filter.asked() {
            statement.push(" AND ");
            push_condition(&mut statement, &asked.filter, condition);
        }
        if let Some(cursor) = &asked.after {
            push_after(&mut statement, asked.order, cursor);
        }
        push_order(&mut statement, asked);
        statement.push(")");
    }
    statement.push(") AS place");
    push_order(&mut statement, asked);
    let rows: Vec<PlaceRow> = statement.build_query_as().fetch_all(connection).await?;
    rows.into_iter()
        .map(|row| {
            Ok(PageCursor {
                order: asked.order,
                registered_on: row.registered_on,
                valid_until: row.valid_until,
                registry: parse_stored("registry", &row.registry_key)?,
                document_key: row.document_key,
            })
        })
        .collect()
}

/// The party is the applicant: the condition of the first index.
const AS_APPLICANT: &str = "applicant_party = asked.party AND applicant_party <> 0";
/// The party is the applicant and the manufacturer.
const AS_BOTH: &str =
    "applicant_party = asked.party AND applicant_party <> 0 AND manufacturer_party = asked.party";
/// The party is the manufacturer, and another one the applicant: the condition of the second index.
const AS_ANOTHER_MANUFACTURER: &str =
    "manufacturer_party = asked.party AND manufacturer_party <> 0 AND manufacturer_party <> applicant_party";

/// The order and the size of a page. Both stand in the text, so that the planner knows how little is wanted.
fn push_order(statement: &mut QueryBuilder<Postgres>, asked: &PageQuestion) {
    statement.push(match asked.order {
        DocumentsOrder::Newest => " ORDER BY registered_on DESC, registry, document_key",
        DocumentsOrder::Oldest => " ORDER BY registered_on, registry, document_key",
        DocumentsOrder::EndsFirst => {
            " ORDER BY valid_until NULLS LAST, registered_on DESC, registry, document_key"
        }
        DocumentsOrder::EndsLast => {
            " ORDER BY valid_until DESC NULLS FIRST, registered_on DESC, registry, document_key"
        }
    });
    statement.push(" LIMIT ");
    statement.push(asked.limit);
}

/// Only what comes after this place.
fn push_after(statement: &mut QueryBuilder<Postgres>, order: DocumentsOrder, after: &PageCursor) {
    match (order, after.valid_until) {
        (DocumentsOrder::Newest, _) => push_later(statement, " AND ", ("<=", "<"), after),
        (DocumentsOrder::Oldest, _) => push_later(statement, " AND ", (">=", ">"), after),
        (DocumentsOrder::EndsFirst, Some(end)) => {
            statement.push(" AND (valid_until IS NULL OR valid_until > ");
            push_same_end(statement, end, after);
        }
        (DocumentsOrder::EndsLast, Some(end)) => {
            statement.push(" AND (valid_until < ");
            push_same_end(statement, end, after);
        }
        (DocumentsOrder::EndsFirst, None) => {
            statement.push(" AND valid_until IS NULL");
            push_later(statement, " AND ", ("<=", "<"), after);
        }
        (DocumentsOrder::EndsLast, None) => {
            statement.push(" AND (valid_until IS NOT NULL");
            push_later(statement, " OR ", ("<=", "<"), after);
            statement.push(")");
        }
    }
}

/// Ends a condition on the last day: another day, or the same and a later place among its documents.
fn push_same_end(statement: &mut QueryBuilder<Postgres>, end: NaiveDate, after: &PageCursor) {
    statement.push_bind(end);
    statement.push(" OR (valid_until = ");
    statement.push_bind(end);
    push_later(statement, " AND ", ("<=", "<"), after);
    statement.push("))");
}

/// A later place by day of registration, registry and key. The index follows the first comparison of days.
fn push_later(
    statement: &mut QueryBuilder<Postgres>,
    joined_by: &str,
    (not_before, beyond): (&str, &str),
    after: &PageCursor,
) {
    statement.push(joined_by);
    statement.push("(registered_on ");
    statement.push(not_before);
    statement.push(" ");
    statement.push_bind(after.registered_on);
    statement.push(" AND (registered_on ");
    statement.push(beyond);
    statement.push(" ");
    statement.push_bind(after.registered_on);
    statement.push(" OR (registry, document_key) > (");
    statement.push_bind(after.registry.key());
    statement.push("::text::registry, ");
    statement.push_bind(after.document_key.clone());
    statement.push("::text COLLATE \"C\")))");
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
