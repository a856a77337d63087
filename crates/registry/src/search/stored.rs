//! What both stores write as texts and numbers, read back.

use super::SearchError;
use super::found::Cell;
use super::state::parse_stored;
use certlens_domain::analytics::EXPIRING_WITHIN_DAYS;
use certlens_domain::trend::Month;
use chrono::{Days, NaiveDate};

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

/// The last day of validity that is announced on the day `today` as an expiry soon.
pub(super) fn last_announced_day(today: NaiveDate) -> NaiveDate {
    today
        .checked_add_days(Days::new(EXPIRING_WITHIN_DAYS.unsigned_abs()))
        .unwrap_or(NaiveDate::MAX)
}

/// A cell of `party_counts`, as migration 0007 describes it.
pub(super) fn parse_cell(facet: &str, cell: &str) -> Result<Cell, SearchError> {
    let halves = || {
        cell.split_once('/').ok_or_else(|| SearchError::Stored {
            what: "cell of counts",
            value: cell.to_owned(),
        })
    };
    match facet {
        "kind" => {
            let (registry, kind) = halves()?;
            Ok(Cell::Kind(
                parse_stored("registry", registry)?,
                parse_stored("document kind", kind)?,
            ))
        }
        "status" => {
            let (status, valid_until) = halves()?;
            let status = parse_stored("status", status)?;
            let end = match valid_until {
                "" => None,
                day => Some(parse_stored("end of validity", day)?),
            };
            Ok(Cell::Status(status, end))
        }
        "regulation" => Ok(Cell::Regulation(cell.to_owned())),
        "month" => {
            let (month, kind) = halves()?;
            Ok(Cell::Month(
                parse_stored("month", month)?,
                parse_stored("document kind", kind)?,
            ))
        }
        "rf_territory" => Ok(Cell::RfTerritory(parse_stored("status", cell)?)),
        other => Err(SearchError::Stored {
            what: "facet of counts",
            value: other.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::registry::{DocumentKind, Registry};
    use certlens_domain::status::Status;
    use rstest::rstest;

    #[rstest]
    #[case("kind", "kz/certificate", Cell::Kind(Registry::Kz, DocumentKind::Certificate))]
    #[case(
        "status",
        "active/2030-08-27",
        Cell::Status(Status::Active, NaiveDate::from_ymd_opt(2030, 8, 27))
    )]
    #[case("status", "expired/", Cell::Status(Status::Expired, None))]
    #[case("regulation", "ТР ЕАЭС 037/2016", Cell::Regulation("ТР ЕАЭС 037/2016".to_owned()))]
    #[case("month", "2025-08/declaration", Cell::Month(Month::new(2025, 8).unwrap(), DocumentKind::Declaration))]
    #[case("rf_territory", "suspended", Cell::RfTerritory(Status::Suspended))]
    fn cell_is_read_as_migration_0007_writes_it(#[case] facet: &str, #[case] text: &str, #[case] cell: Cell) {
        assert_eq!(parse_cell(facet, text).unwrap(), cell);
    }

    #[rstest]
    #[case("kind", "kz", "kz")]
    #[case("status", "active/soon", "soon")]
    #[case("weight", "1", "weight")]
    fn cell_that_this_version_does_not_know_is_an_error_that_names_it(
        #[case] facet: &str,
        #[case] text: &str,
        #[case] named: &str,
    ) {
        let error = parse_cell(facet, text).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}
