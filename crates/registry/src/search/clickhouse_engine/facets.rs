//! What the documents of a board have in common, counted in one pass over all rows of its parties, and in another one by
//! codes of TN VED: documents are multiplied by their codes there, and lists of codes are too many to be grouped whole.

use super::conditions::{Clause, NOT_VALID_IN_RF, condition, days_back, expired_by_day};
use super::groups::{kind, list, numbered};
use super::places::day_of;
use super::{ClickHouseEngine, ClickHouseFailure};
use crate::search::SearchError;
use crate::search::board::{Alike, Cell, CellsQuestion, DAYS_OF_A_YEAR, Failing, InYear, Standing};
use crate::search::filter::Condition;
use crate::search::state::StoreVersion;
use certlens_domain::analytics::RoleFilter;
use certlens_domain::registry::Registry;
use certlens_domain::status::Status;
use clickhouse::Row;
use clickhouse::query::Query;
use serde::Deserialize;

/// In which respects documents are counted: each is named by the column of which it is made, and counted together with
/// the others of its list. A row of the answer has the values of one list; those of the others are empty.
const RESPECTS: [(&str, &str); 8] = [
    ("days_back", "registry, kind"),
    ("end_back", "registry, kind"),
    ("status_of_day", "kind"),
    ("certification_body", "in_year"),
    ("scheme", ""),
    ("origin", ""),
    ("standing", ""),
    ("technical_regulations", ""),
];

/// What `end_back` holds for a document that has no last day to come.
const NO_END: i32 = i32::MAX;

#[derive(Row, Deserialize)]
struct CellRow {
    failing: u16,
    /// A bit for each of [`RESPECTS`], the highest for the first: set where the row is of another respect.
    absent: u64,
    registry: i8,
    kind: i8,
    days_back: i32,
    /// The last day, as `days_back` writes days.
    end_back: i32,
    status_of_day: i8,
    certification_body: String,
    in_year: u8,
    scheme: String,
    origin: String,
    standing: u8,
    technical_regulations: Vec<String>,
    documents: u64,
}

#[derive(Row, Deserialize)]
struct FirstDigitsRow {
    failing: u16,
    first_digits: String,
    documents: u64,
}

impl ClickHouseEngine {
    /// What the documents of a board have in common, in data of at least this version.
    pub(in crate::search) async fn cells(
        &self,
        asked: &CellsQuestion,
        version: StoreVersion,
    ) -> Result<Vec<Cell>, ClickHouseFailure> {
        if asked.parties.is_empty() {
            return Ok(Vec::new());
        }
        let both = async { tokio::try_join!(self.by_respects(asked), self.by_first_digits(asked)) };
        let (rows, by_first_digits) = self.checked(version, both).await?;
        let mut cells = Vec::with_capacity(rows.len() + by_first_digits.len());
        for row in rows {
            let (failing, documents) = (Failing::of_bits(row.failing), row.documents);
            if let Some(alike) = row.alike()? {
                cells.push(Cell {
                    failing,
                    alike,
                    documents,
                });
            }
        }
        cells.extend(by_first_digits.into_iter().map(|row| Cell {
            failing: Failing::of_bits(row.failing),
            alike: Alike::FirstDigits(row.first_digits),
            documents: row.documents,
        }));
        Ok(cells)
    }

    async fn by_respects(&self, asked: &CellsQuestion) -> Result<Vec<CellRow>, ClickHouseFailure> {
        let markers: Vec<&str> = RESPECTS.iter().map(|(marker, _)| *marker).collect();
        let sets: Vec<String> = RESPECTS
            .iter()
            .map(|(marker, beside)| {
                let comma = if beside.is_empty() { "" } else { ", " };
                format!("(failing, {marker}{comma}{beside})")
            })
            .collect();
        let mut statement = Clause::default();
        statement.push(&format!(
            "SELECT failing, grouping({}) AS absent, registry, kind, days_back, end_back, status_of_day,
                    certification_body, in_year, scheme, origin, standing, technical_regulations,
                    count() AS documents
             FROM (",
            markers.join(", ")
        ));
        statement.push_clause(documents(asked, &columns_of_respects(asked)));
        statement.push(&format!(
            ") WHERE bitAnd(failing, failing - 1) = 0 GROUP BY GROUPING SETS ({})",
            sets.join(", ")
        ));
        Ok(self.counting(&statement).fetch_all::<CellRow>().await?)
    }

    async fn by_first_digits(&self, asked: &CellsQuestion) -> Result<Vec<FirstDigitsRow>, ClickHouseFailure> {
        // Each beginning once for a document. Bytes are cut, not letters: what is no digit is left out afterwards.
        let beginnings =
            "arrayDistinct(arrayFlatten(arrayMap(code -> [substring(code, 1, 2), substring(code, 1, 4)], tn_ved)))
             AS beginnings";
        let mut statement = Clause::default();
        statement.push(
            "SELECT failing, first_digits, documents FROM (
                 SELECT failing, arrayJoin(beginnings) AS first_digits, count() AS documents FROM (",
        );
        statement.push_clause(documents(asked, beginnings));
        statement.push(
            ") WHERE bitAnd(failing, failing - 1) = 0 GROUP BY failing, first_digits
             ) WHERE match(first_digits, '^([0-9]{2}|[0-9]{4})$')",
        );
        Ok(self.counting(&statement).fetch_all::<FirstDigitsRow>().await?)
    }

    fn counting(&self, statement: &Clause) -> Query {
        let query = self.client.query(&statement.sql);
        statement
            .bind(query)
            .with_setting("max_threads", "2")
            .with_setting("optimize_read_in_order", "0")
    }
}

/// The documents with these columns, each document once, and the sum of the bits of the conditions that it fails. Only
/// numbers are written into the text.
fn documents(asked: &CellsQuestion, columns: &str) -> Clause {
    let parties = list(&asked.parties);
    let mut documents = Clause::default();
    documents.push("SELECT toUInt16(0");
    for asked_condition in asked.filter.asked() {
        if asked_condition != Condition::Other {
            documents.push(" + if(");
            documents.push_clause(condition(&asked.filter, asked_condition));
            documents.push(&format!(", 0, {})", asked_condition.bit()));
        }
    }
    documents.push(&format!(
        ") AS failing, {columns} FROM party_documents FINAL WHERE party IN ({parties})"
    ));
    documents.push(&match asked.role {
        // The applicant's row stands for a document of which the manufacturer is asked as well.
        RoleFilter::Any => format!(" AND NOT (in_role = 'manufacturer' AND other_party IN ({parties}))"),
        RoleFilter::Applicant => " AND in_role <> 'manufacturer'".to_owned(),
        RoleFilter::Manufacturer => " AND in_role <> 'applicant'".to_owned(),
    });
    if asked.filter.asked().any(|asked| asked == Condition::Other) {
        documents.and(condition(&asked.filter, Condition::Other));
    }
    documents
}

/// The columns of [`RESPECTS`]. Only numbers and days are written into the text.
fn columns_of_respects(asked: &CellsQuestion) -> String {
    let (parties, today) = (list(&asked.parties), asked.filter.today);
    let expired = number_of_status(Status::Expired);
    let day = days_back(today);
    let last_year = day + DAYS_OF_A_YEAR.cast_signed();
    let year_before = last_year + DAYS_OF_A_YEAR.cast_signed();
    format!(
        "registry, kind, days_back,
         toInt32(if(status IN ('active', 'renewed', 'extended') AND ifNull(valid_until >= toDate32('{today}'), 0),
                    -toInt32(assumeNotNull(valid_until)), {NO_END})) AS end_back,
         toInt8(if({}, {expired}, toInt8(status))) AS status_of_day, certification_body,
         toUInt8(multiIf(days_back < {day}, 0, days_back < {last_year}, 1, days_back < {year_before}, 2, 0)) AS in_year,
         scheme, origin,
         toUInt8(if(in_role <> 'manufacturer' OR other_party IN ({parties}), 1, 0)
                 + if(in_role <> 'applicant' OR other_party IN ({parties}), 2, 0)
                 + if({NOT_VALID_IN_RF}, 4, 0)) AS standing,
         technical_regulations",
        expired_by_day(today)
    )
}

/// The number by which ClickHouse's enum knows a status.
fn number_of_status(status: Status) -> usize {
    Status::ALL.iter().take_while(|known| **known != status).count() + 1
}

impl CellRow {
    /// `None` for documents without what is counted.
    fn alike(self) -> Result<Option<Alike>, SearchError> {
        let respect = RESPECTS
            .iter()
            .rev()
            .enumerate()
            .find(|(place, _)| self.absent & (1 << place) == 0)
            .map(|(_, (marker, _))| *marker);
        let place = || -> Result<_, SearchError> {
            Ok((
                numbered("registry", &Registry::ALL, self.registry)?,
                kind(self.kind)?,
            ))
        };
        Ok(Some(match respect {
            Some("days_back") => {
                let (registry, kind) = place()?;
                Alike::Registered(day_of(self.days_back)?, registry, kind)
            }
            Some("end_back") => {
                if self.end_back == NO_END {
                    return Ok(None);
                }
                let (registry, kind) = place()?;
                Alike::Ends(day_of(self.end_back)?, registry, kind)
            }
            Some("status_of_day") => Alike::Status(
                numbered("status", &Status::ALL, self.status_of_day)?,
                kind(self.kind)?,
            ),
            Some("certification_body") => Alike::CertificationBody(
                self.certification_body,
                match self.in_year {
                    1 => InYear::Last,
                    2 => InYear::Before,
                    _ => InYear::Other,
                },
            ),
            Some("scheme") => Alike::Scheme(self.scheme),
            Some("origin") => Alike::Origin(self.origin),
            Some("standing") => Alike::Standing(Standing {
                applicant: self.standing & 1 != 0,
                manufacturer: self.standing & 2 != 0,
                not_valid_in_rf: self.standing & 4 != 0,
            }),
            Some(_) => Alike::TechnicalRegulations(self.technical_regulations),
            None => {
                return Err(SearchError::Stored {
                    what: "group of documents",
                    value: self.absent.to_string(),
                });
            }
        }))
    }
}
