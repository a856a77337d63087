//! All rows of many parties, by the index of each role from Postgres: the same as ClickHouse gives.

use super::groups::{numbers, stored_role};
use crate::party::PartyId;
use crate::search::SearchError;
use crate::search::board::{BoardRow, FoundRows, Interner, Texts, WantedRows};
use crate::search::state::parse_stored;
use chrono::NaiveDate;
use futures::TryStreamExt;
use sqlx::PgConnection;
use std::collections::HashMap;

struct PartyDocumentRow {
    party: i64,
    in_role: String,
    other: i64,
    registry: String,
    kind: String,
    status: String,
    registered_on: NaiveDate,
    valid_until: Option<NaiveDate>,
    technical_regulations: Vec<String>,
    rf_status: Option<String>,
    tn_ved: Vec<String>,
    scheme: Option<String>,
    certification_body: Option<String>,
    origin: Option<String>,
    product: Option<String>,
    number_key: Option<String>,
    /// The version of the whole store when the row was read.
    store_version: i64,
}

/// All rows of the wanted parties, and the version of the store in which they were read; `None` when nothing was.
pub(in crate::search) async fn rows(
    connection: &mut PgConnection,
    wanted: &WantedRows,
) -> Result<(FoundRows, Option<i64>), SearchError> {
    if wanted.parties.is_empty() {
        return Ok((FoundRows::default(), None));
    }
    // Products in lower case by the same function as in pages and in what ClickHouse gets.
    let mut answer = sqlx::query_as!(
        PartyDocumentRow,
        r#"
        SELECT applicant_party AS "party!",
               CASE WHEN manufacturer_party = applicant_party THEN 'both' ELSE 'applicant' END AS "in_role!",
               CASE WHEN manufacturer_party = applicant_party THEN 0 ELSE manufacturer_party END AS "other!",
               registry::text AS "registry!", kind::text AS "kind!", status::text AS "status!",
               registered_on AS "registered_on!", valid_until,
               technical_regulations AS "technical_regulations!", rf_status::text AS rf_status, tn_ved AS "tn_ved!",
               scheme, certification_body, manufacturer_country AS origin,
               CASE WHEN $2 THEN lower(product COLLATE "und-x-icu") END AS product,
               CASE WHEN $2 THEN number_key END AS number_key,
               (SELECT max(registry_state.data_version) FROM registry_state) AS "store_version!"
        FROM documents
        WHERE applicant_party = ANY($1) AND applicant_party <> 0
        UNION ALL
        SELECT manufacturer_party, 'manufacturer', applicant_party,
               registry::text, kind::text, status::text, registered_on, valid_until,
               technical_regulations, rf_status::text, tn_ved, scheme, certification_body, manufacturer_country,
               CASE WHEN $2 THEN lower(product COLLATE "und-x-icu") END,
               CASE WHEN $2 THEN number_key END,
               (SELECT max(registry_state.data_version) FROM registry_state)
        FROM documents
        WHERE manufacturer_party = ANY($1) AND manufacturer_party <> 0 AND manufacturer_party <> applicant_party
        "#,
        &numbers(wanted.parties.keys()),
        wanted.with_texts,
    )
    .fetch(connection);
    let mut version = None;
    let mut interner = Interner::default();
    let mut rows: HashMap<PartyId, Vec<BoardRow>> = HashMap::with_capacity(wanted.parties.len());
    while let Some(row) = answer.try_next().await? {
        version = Some(row.store_version);
        if let Some(party) = PartyId::from_stored(row.party) {
            let row = row.into_row(&mut interner)?;
            rows.entry(party).or_default().push(row);
        }
    }
    Ok((FoundRows::read(wanted, rows), version))
}

impl PartyDocumentRow {
    fn into_row(self, interner: &mut Interner) -> Result<BoardRow, SearchError> {
        let texts = self.product.zip(self.number_key).map(|(product, number_key)| {
            Box::new(Texts {
                product: product.into(),
                number_key: number_key.into(),
            })
        });
        Ok(BoardRow {
            role: stored_role(&self.in_role)?,
            other: PartyId::from_stored(self.other),
            registry: parse_stored("registry", &self.registry)?,
            kind: parse_stored("document kind", &self.kind)?,
            status: parse_stored("status", &self.status)?,
            registered_on: self.registered_on,
            valid_until: self.valid_until,
            technical_regulations: interner.list(self.technical_regulations.iter().map(String::as_str)),
            tn_ved: interner.tn_ved(self.tn_ved.iter().map(String::as_str)),
            scheme: interner.scheme(self.scheme.as_deref().unwrap_or_default()),
            certification_body: interner.text(self.certification_body.as_deref().unwrap_or_default()),
            origin: interner.text(self.origin.as_deref().unwrap_or_default()),
            rf_status: self
                .rf_status
                .map(|status| parse_stored("status", &status))
                .transpose()?,
            texts,
        })
    }
}
