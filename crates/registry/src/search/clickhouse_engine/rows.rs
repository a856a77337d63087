//! All rows of many parties, in one plain statement. Texts are read straight out of the answer: most of them repeat.

use super::groups::{kind, list, numbered, rf_status, role, threads};
use super::{ClickHouseEngine, ClickHouseFailure};
use crate::party::PartyId;
use crate::search::SearchError;
use crate::search::board::{BoardRow, FoundRows, Interner, Texts, WantedRows};
use crate::search::state::StoreVersion;
use certlens_domain::registry::Registry;
use certlens_domain::status::Status;
use chrono::NaiveDate;
use clickhouse::Row;
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Row, Deserialize)]
struct PartyDocumentRow<'answer> {
    party: i64,
    in_role: i8,
    other_party: i64,
    registry: i8,
    kind: i8,
    status: i8,
    #[serde(with = "clickhouse::serde::chrono::date32")]
    registered_on: NaiveDate,
    #[serde(with = "clickhouse::serde::chrono::date32::option")]
    valid_until: Option<NaiveDate>,
    #[serde(borrow)]
    technical_regulations: Vec<&'answer str>,
    rf_status: &'answer str,
    #[serde(borrow)]
    tn_ved: Vec<&'answer str>,
    scheme: &'answer str,
    certification_body: &'answer str,
    origin: &'answer str,
    searched_product: &'answer str,
    searched_number: &'answer str,
}

impl ClickHouseEngine {
    /// All rows of the wanted parties, in data of at least this version.
    pub(in crate::search) async fn rows(
        &self,
        wanted: &WantedRows,
        version: StoreVersion,
    ) -> Result<FoundRows, ClickHouseFailure> {
        if wanted.parties.is_empty() {
            return Ok(FoundRows::default());
        }
        let rows = self.checked(version, self.all_rows(wanted)).await?;
        Ok(FoundRows::read(wanted, rows))
    }

    async fn all_rows(
        &self,
        wanted: &WantedRows,
    ) -> Result<HashMap<PartyId, Vec<BoardRow>>, ClickHouseFailure> {
        // Products are as long as all the rest together.
        let texts = if wanted.with_texts {
            "product AS searched_product, number_key AS searched_number"
        } else {
            "'' AS searched_product, '' AS searched_number"
        };
        // Only numbers are written into the statement.
        let statement = format!(
            "SELECT party, in_role, other_party, registry, kind, status, registered_on, valid_until,
                    technical_regulations, rf_status, tn_ved, scheme, certification_body, origin, {texts}
             FROM party_documents FINAL WHERE party IN ({})",
            list(wanted.parties.keys())
        );
        let mut cursor = self
            .client
            .query_raw(&statement)
            .with_setting("max_threads", threads(wanted.parties.len()))
            .fetch::<PartyDocumentRow<'_>>()?;
        let mut interner = Interner::default();
        let mut rows: HashMap<PartyId, Vec<BoardRow>> = HashMap::with_capacity(wanted.parties.len());
        while let Some(row) = cursor.next().await? {
            if let Some(party) = PartyId::from_stored(row.party) {
                let row = row.into_row(&mut interner, wanted.with_texts)?;
                rows.entry(party).or_default().push(row);
            }
        }
        Ok(rows)
    }
}

impl PartyDocumentRow<'_> {
    fn into_row(self, interner: &mut Interner, with_texts: bool) -> Result<BoardRow, SearchError> {
        Ok(BoardRow {
            role: role(self.in_role)?,
            other: PartyId::from_stored(self.other_party),
            registry: numbered("registry", &Registry::ALL, self.registry)?,
            kind: kind(self.kind)?,
            status: numbered("status", &Status::ALL, self.status)?,
            registered_on: self.registered_on,
            valid_until: self.valid_until,
            technical_regulations: interner.list(self.technical_regulations),
            tn_ved: interner.tn_ved(self.tn_ved),
            scheme: interner.scheme(self.scheme),
            certification_body: interner.text(self.certification_body),
            origin: interner.text(self.origin),
            rf_status: rf_status(self.rf_status)?,
            texts: with_texts.then(|| {
                Box::new(Texts {
                    product: self.searched_product.into(),
                    number_key: self.searched_number.into(),
                })
            }),
        })
    }
}
