//! From what an engine counted to a board. Pure, the same for both engines.
//!
//! An engine counts documents that are alike in one respect and fail the same condition, all respects in one pass over
//! the documents. Everything else is made of these cells: months of days, groups of codes, the most frequent values.

use super::conditions::Failing;
use super::making::{BoardInMaking, InYear, Standing};
use crate::party::PartyId;
use crate::search::filter::FilterOfDay;
use certlens_domain::analytics::RoleFilter;
use certlens_domain::board::Board;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::scheme::{Production, normalised};
use certlens_domain::status::Status;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// A board in the terms of the stores.
#[derive(Debug, Clone)]
pub(in crate::search) struct CellsQuestion {
    /// Any of them stands in the documents.
    pub(in crate::search) parties: BTreeSet<PartyId>,
    pub(in crate::search) role: RoleFilter,
    pub(in crate::search) filter: FilterOfDay,
}

/// How many documents are alike in one respect and fail the same condition, if any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct Cell {
    /// None of the conditions, or a single one.
    pub(in crate::search) failing: Failing,
    pub(in crate::search) alike: Alike,
    pub(in crate::search) documents: u64,
}

/// In what documents are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) enum Alike {
    /// The day of registration.
    Registered(NaiveDate, Registry, DocumentKind),
    /// In force, with this last day.
    Ends(NaiveDate, Registry, DocumentKind),
    /// The status of the day.
    Status(Status, DocumentKind),
    /// The body, `""` for none named, and the year of registration.
    CertificationBody(String, InYear),
    /// The scheme as the registry writes it, `""` for none named.
    Scheme(String),
    /// The country of the manufacturer, `""` for unknown.
    Origin(String),
    /// Where the asked parties stand, and validity in Russia.
    Standing(Standing),
    /// All codes of the documents.
    TechnicalRegulations(Vec<String>),
    /// The first two or four digits of a code of TN VED: a document counts once under each beginning of its codes.
    FirstDigits(String),
}

/// The board of these cells; `engine` and `elapsed_ms` are left to the caller.
pub(super) fn board(counted: &[Cell], filter: &FilterOfDay) -> Board {
    let mut board = BoardInMaking::new(&filter.filter.tn_ved, filter.today);
    for cell in counted {
        add(&mut board, cell);
    }
    board.into_board()
}

fn add<'cells>(board: &mut BoardInMaking<'cells>, cell: &'cells Cell) {
    let (failing, documents) = (cell.failing, cell.documents);
    match &cell.alike {
        Alike::Registered(day, registry, kind) => {
            board.add_registered(*day, (*registry, *kind), failing, documents);
        }
        Alike::Ends(day, registry, kind) => board.add_end(*day, (*registry, *kind), failing, documents),
        Alike::Status(status, kind) => board.add_status(*status, *kind, failing, documents),
        Alike::CertificationBody(body, year) => board.add_body(body, *year, failing, documents),
        Alike::Scheme(scheme) => {
            let production = Production::of(scheme);
            board.add_scheme(normalised(scheme).into(), production, failing, documents);
        }
        Alike::Origin(country) => board.add_origin(country, failing, documents),
        Alike::Standing(standing) => board.add_standing(*standing, failing, documents),
        Alike::TechnicalRegulations(codes) => {
            // A list that names a regulation twice still is one document under it.
            let codes: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
            board.add_regulations(codes, failing, documents);
        }
        Alike::FirstDigits(digits) => board.add_first_digits(digits, failing, documents),
    }
}

#[cfg(test)]
mod tests;
