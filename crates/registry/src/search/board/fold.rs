//! From documents to a board, in one pass. Pure, the same for both engines.
//!
//! Each document is asked which conditions of the filter it fails. One that fails none counts everywhere; one that fails
//! a single condition counts in the facets of that condition only; any other counts nowhere.

use super::conditions::{Conditions, Failing, is_not_valid_in_rf};
use super::document::BoardDocument;
use super::making::{BoardInMaking, InYear, Standing};
use certlens_domain::analytics::RoleFilter;
use certlens_domain::board::Board;
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::status::Status;
use chrono::NaiveDate;

/// The board of these documents, each of which comes once; `engine` and `elapsed_ms` are left to the caller.
pub(super) fn fold<'rows>(
    documents: impl IntoIterator<Item = BoardDocument<'rows>>,
    filter: &'rows DocumentFilter,
    role: RoleFilter,
    today: NaiveDate,
) -> Board {
    let conditions = Conditions::of(filter);
    let mut board = BoardInMaking::new(&filter.tn_ved, today);
    for document in documents {
        if !document.stands_in(role) {
            continue;
        }
        let status = document.row.status.on(today, document.row.valid_until);
        let failing = conditions.failing(document.row, status);
        if !failing.several() {
            add(&mut board, &document, status, failing, today);
        }
    }
    board.into_board()
}

/// Counts a document that fails one condition at most.
fn add<'rows>(
    board: &mut BoardInMaking<'rows>,
    document: &BoardDocument<'rows>,
    status: Status,
    failing: Failing,
    today: NaiveDate,
) {
    let row = document.row;
    let (day, of_kind) = (row.registered_on, (row.registry, row.kind));
    board.add_registered(day, of_kind, failing, 1);
    board.add_status(status, row.kind, failing, 1);
    if let Some(end) = row.valid_until.filter(|_| status.is_active()) {
        board.add_end(end, of_kind, failing, 1);
    }
    board.add_body(&row.certification_body, InYear::of(day, today), failing, 1);
    board.add_scheme((&*row.scheme.name).into(), row.scheme.production, failing, 1);
    board.add_origin(&row.origin, failing, 1);
    let standing = Standing {
        applicant: document.applicant,
        manufacturer: document.manufacturer,
        not_valid_in_rf: is_not_valid_in_rf(row),
    };
    board.add_standing(standing, failing, 1);
    board.add_regulations(row.technical_regulations.iter().map(|code| &**code), failing, 1);
    for digits in row.tn_ved.groups.iter().chain(row.tn_ved.positions.iter()) {
        board.add_first_digits(digits, failing, 1);
    }
}

#[cfg(test)]
mod tests;
