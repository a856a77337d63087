//! Rows and kept numbers of many parties in one statement each.
//!
//! Statements are plain on purpose: half of the time of a question about few parties goes into understanding the text
//! of the statement, and grouping a few hundred rows there costs as much as handing them over.

use super::{ClickHouseEngine, ClickHouseFailure};
use crate::party::{PartyId, PartyRole};
use crate::search::SearchError;
use crate::search::counterparty::Wanted;
use crate::search::found::{Count, Found, Group};
use crate::search::state::{StoreVersion, parse_stored};
use crate::search::stored::{last_announced_day, parse_cell, stored_month};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use certlens_domain::trend::Month;
use chrono::NaiveDate;
use clickhouse::Row;
use serde::Deserialize;
use std::fmt::Write as _;

/// One thread is enough for so many parties; a second one only takes the core away from another question.
const PARTIES_OF_ONE_THREAD: usize = 20;

#[derive(Row, Deserialize)]
struct DocumentRow {
    party: i64,
    in_role: i8,
    other_party: i64,
    registry: i8,
    kind: i8,
    status: i8,
    #[serde(with = "clickhouse::serde::chrono::date32::option")]
    valid_until: Option<NaiveDate>,
    #[serde(with = "clickhouse::serde::chrono::date32")]
    registered_on: NaiveDate,
    technical_regulations: Vec<String>,
    rf_status: String,
}

#[derive(Row, Deserialize)]
struct CommonRow {
    party: i64,
    in_role: i8,
    other_party: i64,
    registry: i8,
    kind: i8,
    status: i8,
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
    in_role: i8,
    facet: i8,
    cell: String,
    documents: i64,
}

impl ClickHouseEngine {
    /// What the wanted parties hold, in data of at least this version.
    pub(in crate::search) async fn found(
        &self,
        wanted: &Wanted,
        version: StoreVersion,
    ) -> Result<Found, ClickHouseFailure> {
        let all = async { tokio::try_join!(self.listed(wanted), self.common(wanted), self.counts(wanted)) };
        let (listed, common, counts) = self.checked(version, all).await?;
        let mut found = Found::default();
        for party in &wanted.counted {
            found.counts.entry(*party).or_default();
        }
        for row in listed {
            if let Some(party) = PartyId::from_stored(row.party) {
                found.add_group(party, row.into_group()?);
            }
        }
        for row in common {
            if let Some(pair) = PartyId::from_stored(row.party).zip(PartyId::from_stored(row.other_party)) {
                found.add_shared(pair, &row.into_group()?, wanted.today);
            }
        }
        for row in counts {
            if let Some(party) = PartyId::from_stored(row.party) {
                found.add_count(party, row.into_count()?);
            }
        }
        Ok(found)
    }

    async fn listed(&self, wanted: &Wanted) -> Result<Vec<DocumentRow>, ClickHouseFailure> {
        if wanted.listed.is_empty() {
            return Ok(Vec::new());
        }
        let statement = format!(
            "SELECT party, in_role, other_party, registry, kind, status, valid_until, registered_on,
                    technical_regulations, rf_status
             FROM party_documents FINAL WHERE party IN ({})",
            list(&wanted.listed)
        );
        let threads = threads(wanted.listed.len());
        let query = self
            .client
            .query_raw(&statement)
            .with_setting("max_threads", threads);
        Ok(query.fetch_all::<DocumentRow>().await?)
    }

    /// Documents of two counted parties, from the rows of the smaller one: there may be very many, so they are grouped.
    async fn common(&self, wanted: &Wanted) -> Result<Vec<CommonRow>, ClickHouseFailure> {
        let mut rows = Vec::new();
        let (today, soon) = (wanted.today, last_announced_day(wanted.today));
        for (smaller, larger) in wanted.common.keys() {
            // Only numbers and days are written into the statement.
            let statement = format!(
                "SELECT party, in_role, other_party, registry, kind, status, min(valid_until) AS earliest_end,
                        toYYYYMM(registered_on) AS month, technical_regulations, rf_status, count() AS documents
                 FROM party_documents FINAL
                 WHERE party = {} AND other_party = {}
                 GROUP BY party, in_role, other_party, registry, kind, status, isNull(valid_until),
                          valid_until < toDate32('{today}'), valid_until <= toDate32('{soon}'), month,
                          technical_regulations, rf_status",
                smaller.number(),
                larger.number()
            );
            rows.extend(self.client.query_raw(&statement).fetch_all::<CommonRow>().await?);
        }
        Ok(rows)
    }

    /// The kept numbers. Ends of validity are days there, some ten thousand for a party with a million documents; those
    /// that the rule of dates treats alike are added up, and the earliest stands for them.
    async fn counts(&self, wanted: &Wanted) -> Result<Vec<CountRow>, ClickHouseFailure> {
        if wanted.counted.is_empty() {
            return Ok(Vec::new());
        }
        let (today, soon) = (wanted.today, last_announced_day(wanted.today));
        // Only numbers and days are written into the statement.
        let statement = format!(
            "SELECT party, in_role, facet, concat(head, min(end)) AS cell, sum(documents) AS documents
             FROM (
                 SELECT party, in_role, facet, documents,
                        if(facet = 'status', substring(cell, 1, position(cell, '/')), cell) AS head,
                        if(facet = 'status', substring(cell, position(cell, '/') + 1), '') AS end
                 FROM party_counts FINAL WHERE party IN ({})
             )
             GROUP BY party, in_role, facet, head, end = '', end < '{today}', end <= '{soon}'",
            list(&wanted.counted)
        );
        let threads = threads(wanted.counted.len());
        let query = self
            .client
            .query_raw(&statement)
            .with_setting("max_threads", threads);
        Ok(query.fetch_all::<CountRow>().await?)
    }
}

pub(super) const fn threads(parties: usize) -> &'static str {
    if parties <= PARTIES_OF_ONE_THREAD {
        "1"
    } else {
        "2"
    }
}

/// Parties as a list of numbers.
pub(super) fn list<'a>(parties: impl IntoIterator<Item = &'a PartyId>) -> String {
    let mut list = String::new();
    for party in parties {
        let comma = if list.is_empty() { "" } else { "," };
        let _ = write!(list, "{comma}{}", party.number());
    }
    list
}

impl DocumentRow {
    fn into_group(self) -> Result<Group, SearchError> {
        Ok(Group {
            role: role(self.in_role)?,
            other: PartyId::from_stored(self.other_party),
            registry: numbered("registry", &Registry::ALL, self.registry)?,
            kind: kind(self.kind)?,
            status: numbered("status", &Status::ALL, self.status)?,
            valid_until: self.valid_until,
            month: Month::of(self.registered_on),
            technical_regulations: self.technical_regulations,
            rf_status: rf_status(&self.rf_status)?,
            documents: 1,
        })
    }
}

impl CommonRow {
    fn into_group(self) -> Result<Group, SearchError> {
        Ok(Group {
            role: role(self.in_role)?,
            other: PartyId::from_stored(self.other_party),
            registry: numbered("registry", &Registry::ALL, self.registry)?,
            kind: kind(self.kind)?,
            status: numbered("status", &Status::ALL, self.status)?,
            valid_until: self.earliest_end,
            month: stored_month(self.month)?,
            technical_regulations: self.technical_regulations,
            rf_status: rf_status(&self.rf_status)?,
            documents: self.documents,
        })
    }
}

impl CountRow {
    fn into_count(self) -> Result<Count, SearchError> {
        let facets = ["kind", "status", "regulation", "month", "rf_territory"];
        let facet = numbered("facet of counts", &facets, self.facet)?;
        Ok(Count {
            role: role(self.in_role)?,
            cell: parse_cell(facet, &self.cell)?,
            documents: u64::try_from(self.documents).unwrap_or(0),
        })
    }
}

/// The value that ClickHouse's enums write as this number, 1 for the first.
pub(super) fn numbered<T: Copy>(what: &'static str, values: &[T], number: i8) -> Result<T, SearchError> {
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

pub(super) fn role(number: i8) -> Result<PartyRole, SearchError> {
    [PartyRole::Applicant, PartyRole::Manufacturer, PartyRole::Both]
        .into_iter()
        .find(|role| role.number() == number)
        .ok_or_else(|| SearchError::Stored {
            what: "role",
            value: number.to_string(),
        })
}

pub(super) fn kind(number: i8) -> Result<DocumentKind, SearchError> {
    let kinds = [DocumentKind::Certificate, DocumentKind::Declaration];
    numbered("document kind", &kinds, number)
}

pub(super) fn rf_status(key: &str) -> Result<Option<Status>, SearchError> {
    match key {
        "" => Ok(None),
        status => parse_stored("status", status).map(Some),
    }
}
