//! What the documents of a board have in common, counted by Postgres in one pass: the same as ClickHouse gives.

use super::conditions::{NOT_VALID_IN_RF, push_condition, push_status};
use crate::search::SearchError;
use crate::search::board::{
    Alike, Cell, CellsQuestion, DAYS_OF_A_YEAR, Failing, InYear, Standing, first_digits,
};
use crate::search::filter::Condition;
use crate::search::state::parse_stored;
use certlens_domain::analytics::RoleFilter;
use chrono::{Days, NaiveDate};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use std::collections::BTreeSet;

/// In which respects documents are counted: each is named by the column of which it is made, and counted together with
/// the others of its list. A row of the answer has the values of one list; those of the others are NULL.
const RESPECTS: [(&str, &str); 9] = [
    ("registered_on", "registry, kind"),
    ("end_day", "registry, kind"),
    ("status_of_day", "kind"),
    ("certification_body", "in_year"),
    ("scheme", ""),
    ("origin", ""),
    ("standing", ""),
    ("technical_regulations", ""),
    ("tn_ved", ""),
];

#[derive(FromRow)]
struct CellRow {
    failing: i32,
    /// A bit for each of [`RESPECTS`], the highest for the first: set where the row is of another respect.
    absent: i32,
    registry: Option<String>,
    kind: Option<String>,
    registered_on: Option<NaiveDate>,
    end_day: Option<NaiveDate>,
    status_of_day: Option<String>,
    certification_body: Option<String>,
    in_year: Option<i32>,
    scheme: Option<String>,
    origin: Option<String>,
    standing: Option<i32>,
    technical_regulations: Option<Vec<String>>,
    tn_ved: Option<Vec<String>>,
    documents: i64,
}

/// What the documents of a board have in common.
pub(in crate::search) async fn cells(
    connection: &mut PgConnection,
    asked: &CellsQuestion,
) -> Result<Vec<Cell>, SearchError> {
    if asked.parties.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<CellRow> = statement(asked).build_query_as().fetch_all(connection).await?;
    let mut cells = Vec::with_capacity(rows.len());
    for mut row in rows {
        // Bits of conditions only, of which there are twelve.
        let failing = Failing::of_bits(u16::try_from(row.failing).unwrap_or(u16::MAX));
        let documents = row.documents.unsigned_abs();
        let mut add = |alike| {
            cells.push(Cell {
                failing,
                alike,
                documents,
            });
        };
        if let Some(codes) = row.tn_ved.take() {
            let beginnings = |digits| codes.iter().filter_map(move |code| first_digits(code, digits));
            let distinct: BTreeSet<&str> = beginnings(2).chain(beginnings(4)).collect();
            for digits in distinct {
                add(Alike::FirstDigits(digits.to_owned()));
            }
        } else if let Some(alike) = row.alike()? {
            add(alike);
        }
    }
    Ok(cells)
}

fn statement(asked: &CellsQuestion) -> QueryBuilder<Postgres> {
    let markers: Vec<&str> = RESPECTS.iter().map(|(marker, _)| *marker).collect();
    let sets: Vec<String> = RESPECTS
        .iter()
        .map(|(marker, beside)| {
            let comma = if beside.is_empty() { "" } else { ", " };
            format!("(failing, {marker}{comma}{beside})")
        })
        .collect();
    let mut statement = QueryBuilder::new(format!(
        "SELECT failing, grouping({}) AS absent, registry::text AS registry, kind::text AS kind, registered_on, end_day,
                status_of_day::text AS status_of_day, certification_body, in_year, scheme, origin, standing,
                technical_regulations, tn_ved, count(*) AS documents
         FROM (",
        markers.join(", ")
    ));
    // Each document once, by the index of one role or of the other.
    let arms: &[&str] = match asked.role {
        RoleFilter::Any => &[AS_APPLICANT, AS_MANUFACTURER_OF_ANOTHER],
        RoleFilter::Applicant => &[AS_APPLICANT],
        RoleFilter::Manufacturer => &[AS_BOTH, AS_MANUFACTURER],
    };
    for (index, arm) in arms.iter().enumerate() {
        if index > 0 {
            statement.push(" UNION ALL ");
        }
        push_documents(&mut statement, asked, arm);
    }
    statement.push(format!(
        ") AS found WHERE failing & (failing - 1) = 0 GROUP BY GROUPING SETS ({})",
        sets.join(", ")
    ));
    statement
}

/// The applicant is asked: the condition of the first index.
const AS_APPLICANT: &str = "applicant_party = ANY(asked.parties) AND applicant_party <> 0";
/// The same party is applicant and manufacturer.
const AS_BOTH: &str =
    "applicant_party = ANY(asked.parties) AND applicant_party <> 0 AND manufacturer_party = applicant_party";
/// The manufacturer is asked, and another party is the applicant: the condition of the second index.
const AS_MANUFACTURER: &str = "manufacturer_party = ANY(asked.parties) AND manufacturer_party <> 0 \
                               AND manufacturer_party <> applicant_party";
/// The manufacturer is asked, and the applicant is not.
const AS_MANUFACTURER_OF_ANOTHER: &str = "manufacturer_party = ANY(asked.parties) AND manufacturer_party <> 0 \
     AND manufacturer_party <> applicant_party AND NOT applicant_party = ANY(asked.parties)";

fn push_documents(statement: &mut QueryBuilder<Postgres>, asked: &CellsQuestion, arm: &str) {
    let parties: Vec<i64> = asked.parties.iter().map(|party| party.number()).collect();
    let today = asked.filter.today;
    statement.push("SELECT 0");
    for condition in asked.filter.asked() {
        if condition != Condition::Other {
            statement.push(" + CASE WHEN ");
            push_condition(statement, &asked.filter, condition);
            statement.push(format!(" THEN 0 ELSE {} END", condition.bit()));
        }
    }
    statement.push(
        " AS failing, registry, kind, registered_on,
          CASE WHEN status IN ('active', 'renewed', 'extended') AND valid_until >= ",
    );
    statement.push_bind(today);
    statement.push(" THEN valid_until END AS end_day, ");
    push_status(statement, today);
    statement.push(" AS status_of_day, coalesce(certification_body, '') AS certification_body, CASE");
    let year = Days::new(DAYS_OF_A_YEAR);
    let last_year = today.checked_sub_days(year).unwrap_or(NaiveDate::MIN);
    let year_before = last_year.checked_sub_days(year).unwrap_or(NaiveDate::MIN);
    for (day, year) in [(today, 0), (last_year, 1), (year_before, 2)] {
        statement.push(" WHEN registered_on > ");
        statement.push_bind(day);
        statement.push(format!(" THEN {year}"));
    }
    statement.push(format!(
        " ELSE 0 END AS in_year, coalesce(scheme, '') AS scheme, coalesce(manufacturer_country, '') AS origin,
          CASE WHEN applicant_party = ANY(asked.parties) THEN 1 ELSE 0 END
          + CASE WHEN manufacturer_party = ANY(asked.parties) THEN 2 ELSE 0 END
          + CASE WHEN {NOT_VALID_IN_RF} THEN 4 ELSE 0 END AS standing, technical_regulations, tn_ved
          FROM documents CROSS JOIN (SELECT "
    ));
    statement.push_bind(parties);
    statement.push("::bigint[] AS parties) AS asked WHERE ");
    statement.push(arm);
    if asked.filter.asked().any(|asked| asked == Condition::Other) {
        statement.push(" AND ");
        push_condition(statement, &asked.filter, Condition::Other);
    }
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
        let missing = || SearchError::Stored {
            what: "group of documents",
            value: format!("{respect:?}"),
        };
        let registry = || parse_stored("registry", self.registry.as_deref().ok_or_else(missing)?);
        let kind = || parse_stored("document kind", self.kind.as_deref().ok_or_else(missing)?);
        Ok(Some(match respect {
            Some("registered_on") => {
                Alike::Registered(self.registered_on.ok_or_else(missing)?, registry()?, kind()?)
            }
            Some("end_day") => match self.end_day {
                None => return Ok(None),
                Some(end) => Alike::Ends(end, registry()?, kind()?),
            },
            Some("status_of_day") => {
                let status = self.status_of_day.as_deref().ok_or_else(missing)?;
                Alike::Status(parse_stored("status", status)?, kind()?)
            }
            Some("certification_body") => Alike::CertificationBody(
                self.certification_body.ok_or_else(missing)?,
                match self.in_year {
                    Some(1) => InYear::Last,
                    Some(2) => InYear::Before,
                    _ => InYear::Other,
                },
            ),
            Some("scheme") => Alike::Scheme(self.scheme.ok_or_else(missing)?),
            Some("origin") => Alike::Origin(self.origin.ok_or_else(missing)?),
            Some("standing") => {
                let standing = self.standing.ok_or_else(missing)?;
                Alike::Standing(Standing {
                    applicant: standing & 1 != 0,
                    manufacturer: standing & 2 != 0,
                    not_valid_in_rf: standing & 4 != 0,
                })
            }
            Some("technical_regulations") => {
                Alike::TechnicalRegulations(self.technical_regulations.ok_or_else(missing)?)
            }
            _ => return Err(missing()),
        }))
    }
}
