//! What the importer keeps beside the documents, checked against a recount from the documents themselves.
//!
//! The recount shares no code with the importer: plain SQL over `documents`, and the rows of ClickHouse read back.

use crate::stores::Stores;
use clickhouse::Client;
use secrecy::ExposeSecret;
use sqlx::AssertSqlSafe;
use std::collections::BTreeSet;

/// Every party of every document, with its role there.
const STANDING: &str = "
    SELECT applicant_party AS party,
           CASE WHEN applicant_party = manufacturer_party THEN 'both' ELSE 'applicant' END AS in_role,
           applicant_inn AS inn, applicant_ogrn AS ogrn, applicant_bin AS bin, applicant_unp AS unp, documents.*
    FROM documents WHERE applicant_party <> 0
    UNION ALL
    SELECT manufacturer_party, 'manufacturer', manufacturer_inn, manufacturer_ogrn, manufacturer_bin, manufacturer_unp,
           documents.*
    FROM documents WHERE manufacturer_party <> 0 AND manufacturer_party <> applicant_party";

/// One line of text for each row, so that any two answers compare.
async fn lines(stores: &Stores, query: &str) -> BTreeSet<String> {
    let query = format!("SELECT row_to_json(answer)::text FROM ({query}) AS answer");
    sqlx::query_scalar::<_, String>(AssertSqlSafe(query))
        .fetch_all(stores.postgres())
        .await
        .unwrap()
        .into_iter()
        .collect()
}

async fn assert_same(stores: &Stores, what: &str, kept: &str, recounted: &str) {
    let (kept, recounted) = (lines(stores, kept).await, lines(stores, recounted).await);
    let wrong: Vec<_> = kept.difference(&recounted).collect();
    let missing: Vec<_> = recounted.difference(&kept).collect();
    assert!(
        wrong.is_empty() && missing.is_empty(),
        "{what}: kept {wrong:#?}, recounted {missing:#?}"
    );
}

/// The tables of Postgres agree with a recount.
pub(crate) async fn assert_postgres_agrees(stores: &Stores) {
    assert_same(
        stores,
        "numbers of parties",
        "SELECT registry, document_key, applicant_party, manufacturer_party FROM documents",
        "SELECT registry, document_key,
                party_of(ARRAY[applicant_inn, applicant_ogrn, applicant_bin, applicant_unp]) AS applicant_party,
                party_of(ARRAY[manufacturer_inn, manufacturer_ogrn, manufacturer_bin, manufacturer_unp])
                    AS manufacturer_party
         FROM documents",
    )
    .await;
    assert_same(
        stores,
        "parties",
        "SELECT party, documents, first_registered, last_registered FROM parties WHERE documents <> 0",
        &format!(
            "SELECT party, count(*) AS documents, min(registered_on) AS first_registered,
                    max(registered_on) AS last_registered
             FROM ({STANDING}) AS standing GROUP BY party"
        ),
    )
    .await;
    assert_same(
        stores,
        "identifiers of parties",
        "SELECT DISTINCT identifier, party FROM party_identifiers JOIN parties USING (party) WHERE documents <> 0",
        &format!(
            "SELECT DISTINCT identifier, party
             FROM ({STANDING}) AS standing, unnest(ARRAY[inn, ogrn, bin, unp]) AS identifier WHERE identifier <> ''"
        ),
    )
    .await;
    assert_same(
        stores,
        "counts",
        "SELECT party, in_role, facet, cell, documents FROM party_counts WHERE documents <> 0",
        &format!(
            "SELECT party, in_role, facet, cell, count(*) AS documents
             FROM ({STANDING}) AS standing
             CROSS JOIN LATERAL (
                 SELECT 'kind' AS facet, concat(registry, '/', kind) AS cell
                 UNION ALL SELECT 'status', concat(status, '/', CASE
                     WHEN status IN ('active', 'renewed', 'extended') THEN valid_until END)
                 UNION ALL SELECT 'regulation', unnest(technical_regulations)
                 UNION ALL SELECT 'month', concat(left(registered_on::text, 7), '/', kind)
                 UNION ALL SELECT 'rf_territory', rf_status::text WHERE rf_status IS NOT NULL
             ) AS counted
             WHERE party IN (SELECT party FROM parties WHERE counted)
             GROUP BY party, in_role, facet, cell"
        ),
    )
    .await;
    assert_same(
        stores,
        "documents that counted parties share",
        "SELECT applicant_party, manufacturer_party, documents FROM counted_pairs WHERE documents <> 0",
        "SELECT applicant_party, manufacturer_party, count(*) AS documents
         FROM documents
         WHERE applicant_party <> manufacturer_party
           AND applicant_party IN (SELECT party FROM parties WHERE counted)
           AND manufacturer_party IN (SELECT party FROM parties WHERE counted)
         GROUP BY applicant_party, manufacturer_party",
    )
    .await;
    assert_same(
        stores,
        "documents of registries",
        "SELECT registry, documents FROM registry_state WHERE documents <> 0",
        "SELECT registry, count(*) AS documents FROM documents GROUP BY registry",
    )
    .await;
    assert_same(
        stores,
        "statuses on Russia's territory",
        "SELECT registry, document_key, rf_status FROM documents WHERE rf_status IS NOT NULL",
        "SELECT registry, document_key, coalesce(dated.status, undated.status) AS rf_status
         FROM documents
         LEFT JOIN rf_territory_statuses AS dated USING (number_key, registered_on)
         LEFT JOIN rf_territory_statuses AS undated
              ON undated.number_key = documents.number_key AND undated.registered_on = '0001-01-01'
         WHERE registry::text NOT LIKE 'rf%' AND coalesce(dated.status, undated.status) IS NOT NULL",
    )
    .await;
}

/// The tables of Postgres agree with a recount, and ClickHouse holds the same.
pub(crate) async fn assert_books_agree(stores: &Stores) {
    assert_postgres_agrees(stores).await;
    assert!(is_published(stores).await, "ClickHouse has another version");
    let documents = lines(
        stores,
        &format!(
            "SELECT concat_ws('|', party, in_role,
                        CASE WHEN in_role = 'applicant' THEN manufacturer_party
                             WHEN in_role = 'manufacturer' THEN applicant_party ELSE 0 END,
                        registry, document_key, registered_on, DATE '1970-01-01' - registered_on, kind, status,
                        coalesce(valid_until::text, ''), array_to_string(technical_regulations, '+'),
                        coalesce(rf_status::text, ''), number, number_key,
                        lower(product COLLATE \"und-x-icu\"), array_to_string(tn_ved, '+'),
                        coalesce(scheme, ''), coalesce(certification_body, ''), coalesce(manufacturer_country, '')
                    ) AS line
             FROM ({STANDING}) AS standing"
        ),
    )
    .await;
    let copied = strings(
        stores,
        "SELECT concat(toString(party), '|', toString(in_role), '|', toString(other_party), '|', toString(registry), '|',
                document_key, '|', toString(registered_on), '|', toString(days_back), '|', toString(kind), '|',
                toString(status), '|', ifNull(toString(valid_until), ''), '|',
                arrayStringConcat(technical_regulations, '+'), '|', rf_status, '|', number, '|', number_key, '|',
                product, '|', arrayStringConcat(tn_ved, '+'), '|', scheme, '|', certification_body, '|', origin)
         FROM party_documents FINAL",
    )
    .await;
    assert_eq!(copied, unwrapped(&documents), "documents in ClickHouse");
    let counts = lines(
        stores,
        "SELECT concat_ws('|', party, in_role, facet, cell, documents) AS line FROM party_counts",
    )
    .await;
    let copied = strings(
        stores,
        "SELECT concat(toString(party), '|', toString(in_role), '|', toString(facet), '|', cell, '|',
                toString(documents))
         FROM party_counts FINAL",
    )
    .await;
    assert_eq!(copied, unwrapped(&counts), "counts in ClickHouse");
}

fn unwrapped(lines: &BTreeSet<String>) -> BTreeSet<String> {
    lines
        .iter()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["line"].as_str().unwrap().to_owned()
        })
        .collect()
}

fn clickhouse(stores: &Stores) -> Client {
    let address = stores.clickhouse();
    Client::default()
        .with_url(&address.url)
        .with_user(&address.user)
        .with_password(address.password.expose_secret())
        .with_database(&address.database)
        .with_compression(clickhouse::Compression::None)
}

async fn strings(stores: &Stores, query: &str) -> BTreeSet<String> {
    clickhouse(stores)
        .query_raw(query)
        .fetch_all::<String>()
        .await
        .unwrap()
        .into_iter()
        .collect()
}

/// Whether ClickHouse holds the version that Postgres has.
pub(crate) async fn is_published(stores: &Stores) -> bool {
    let wanted: i64 = sqlx::query_scalar("SELECT coalesce(max(data_version), 0) FROM registry_state")
        .fetch_one(stores.postgres())
        .await
        .unwrap();
    let published = strings(stores, "SELECT toString(max(version)) FROM publications").await;
    published.contains(&wanted.to_string())
}

/// The number of different documents in ClickHouse.
pub(crate) async fn published(stores: &Stores) -> i64 {
    let query = "SELECT toString(uniqExact(registry, document_key)) FROM party_documents FINAL";
    strings(stores, query)
        .await
        .first()
        .map_or(0, |count| count.parse().unwrap())
}

/// The number of documents that are found by an identifier, in either role, by an independent query.
pub(crate) async fn found(stores: &Stores, identifier: &str) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM documents
         WHERE applicant_party IN (SELECT party FROM party_identifiers WHERE identifier = $1)
            OR manufacturer_party IN (SELECT party FROM party_identifiers WHERE identifier = $1)",
    )
    .bind(identifier)
    .fetch_one(stores.postgres())
    .await
    .unwrap()
}
