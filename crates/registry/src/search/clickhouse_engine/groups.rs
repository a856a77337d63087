//! Groups and kept numbers of many parties in one statement each.

use super::{ClickHouseEngine, ClickHouseFailure};
use crate::party::{PartyId, PartyRole};
use crate::search::SearchError;
use crate::search::counterparty::Wanted;
use crate::search::found::{Count, Found, Group};
use crate::search::state::{StoreVersion, parse_stored};
use crate::search::stored::{last_announced_day, parse_cell, stored_month};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use chrono::NaiveDate;
use clickhouse::Row;
use serde::Deserialize;
use std::fmt::Write as _;

#[derive(Row, Deserialize)]
struct GroupRow {
    party: i64,
    role_number: i8,
    other: i64,
    registry_number: i8,
    kind_number: i8,
    status_number: i8,
    #[serde(with = "clickhouse::serde::chrono::date32::option")]
    earliest_end: Option<NaiveDate>,
    month: u32,
    technical_regulations: Vec<String>,
    rf_status: String,
    documents: u64,
}

#[derive(Row, Deserialize)]
struct CountRow {
    party: i64,
    role_number: i8,
    facet_key: String,
    head: String,
    earliest_end: String,
    sum_of_documents: i64,
}

impl ClickHouseEngine {
    /// What the wanted parties hold, in data of at least this version.
    pub(in crate::search) async fn found(
        &self,
        wanted: &Wanted,
        version: StoreVersion,
    ) -> Result<Found, ClickHouseFailure> {
        let both = async { tokio::try_join!(self.groups(wanted), self.counts(wanted)) };
        let (groups, counts) = self.checked(version, both).await?;
        let mut found = Found::default();
        for party in &wanted.counted {
            found.counts.entry(*party).or_default();
        }
        for row in groups {
            if let Some(party) = PartyId::from_stored(row.party) {
                found.add_group(party, row.into_group()?);
            }
        }
        for row in counts {
            if let Some(party) = PartyId::from_stored(row.party) {
                found.add_count(party, row.into_count()?);
            }
        }
        Ok(found)
    }

    async fn groups(&self, wanted: &Wanted) -> Result<Vec<GroupRow>, ClickHouseFailure> {
        let mut sources = Vec::new();
        if !wanted.listed.is_empty() {
            sources.push(format!("party IN ({})", list(&wanted.listed)));
        }
        for (smaller, larger) in &wanted.common {
            sources.push(format!(
                "party = {} AND other_party = {}",
                smaller.number(),
                larger.number()
            ));
        }
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = String::new();
        let asked = list(wanted.listed.union(&wanted.counted));
        let (today, soon) = (wanted.today, last_announced_day(wanted.today));
        for (index, source) in sources.iter().enumerate() {
            let union = if index == 0 { "" } else { " UNION ALL " };
            // Only numbers and days are written into the statement.
            let _ = write!(
                statement,
                "{union}SELECT party, toInt8(in_role) AS role_number, if(other_party IN ({asked}), other_party, 0) AS other,
                        toInt8(registry) AS registry_number, toInt8(kind) AS kind_number,
                        toInt8(status) AS status_number, min(valid_until) AS earliest_end,
                        toYYYYMM(registered_on) AS month, technical_regulations, toString(rf_status) AS rf_status,
                        count() AS documents
                 FROM party_documents FINAL
                 WHERE {source}
                 GROUP BY party, role_number, other, registry_number, kind_number, status_number,
                          isNull(valid_until), valid_until < toDate32('{today}'), valid_until <= toDate32('{soon}'),
                          month, technical_regulations, rf_status"
            );
        }
        Ok(self.client.query_raw(&statement).fetch_all::<GroupRow>().await?)
    }

    async fn counts(&self, wanted: &Wanted) -> Result<Vec<CountRow>, ClickHouseFailure> {
        if wanted.counted.is_empty() {
            return Ok(Vec::new());
        }
        let parties = list(&wanted.counted);
        let (today, soon) = (wanted.today, last_announced_day(wanted.today));
        // Days of cells are written so that they compare like texts.
        let statement = format!(
            "SELECT party, toInt8(in_role) AS role_number, toString(facet) AS facet_key,
                    if(facet = 'status', substringIndex(cell, '/', 1), cell) AS head,
                    min(if(facet = 'status', substringIndex(cell, '/', -1), '') AS valid_until) AS earliest_end,
                    sum(documents) AS sum_of_documents
             FROM party_counts FINAL
             WHERE party IN ({parties})
             GROUP BY party, role_number, facet_key, head, valid_until = '', valid_until < '{today}',
                      valid_until <= '{soon}'
             HAVING sum_of_documents <> 0"
        );
        Ok(self.client.query_raw(&statement).fetch_all::<CountRow>().await?)
    }
}

/// Parties as a list of numbers.
fn list<'a>(parties: impl IntoIterator<Item = &'a PartyId>) -> String {
    let mut list = String::new();
    for party in parties {
        let comma = if list.is_empty() { "" } else { "," };
        let _ = write!(list, "{comma}{}", party.number());
    }
    list
}

impl GroupRow {
    fn into_group(self) -> Result<Group, SearchError> {
        Ok(Group {
            role: role(self.role_number)?,
            other: PartyId::from_stored(self.other),
            registry: numbered("registry", &Registry::ALL, self.registry_number)?,
            kind: numbered(
                "document kind",
                &[DocumentKind::Certificate, DocumentKind::Declaration],
                self.kind_number,
            )?,
            status: numbered("status", &Status::ALL, self.status_number)?,
            valid_until: self.earliest_end,
            month: stored_month(self.month)?,
            technical_regulations: self.technical_regulations,
            rf_status: match self.rf_status.as_str() {
                "" => None,
                status => Some(parse_stored("status", status)?),
            },
            documents: self.documents,
        })
    }
}

impl CountRow {
    fn into_count(self) -> Result<Count, SearchError> {
        Ok(Count {
            role: role(self.role_number)?,
            cell: parse_cell(&self.facet_key, &self.head, &self.earliest_end)?,
            documents: self.sum_of_documents.unsigned_abs(),
        })
    }
}

/// The value that ClickHouse's enums write as this number, 1 for the first.
fn numbered<T: Copy>(what: &'static str, values: &[T], number: i8) -> Result<T, SearchError> {
    usize::try_from(number)
        .ok()
        .and_then(|number| number.checked_sub(1))
        .and_then(|index| values.get(index))
        .copied()
        .ok_or_else(|| SearchError::Stored {
            what,
            value: number.to_string(),
        })
}

fn role(number: i8) -> Result<PartyRole, SearchError> {
    numbered(
        "role",
        &[PartyRole::Applicant, PartyRole::Manufacturer, PartyRole::Both],
        number,
    )
}
