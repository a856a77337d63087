//! Facts of a board that are compared, and the filters that lead to exactly the documents that they count. Pure.

use crate::card::condition::{Condition, Span};
use certlens_domain::analytics::EXPIRING_WITHIN_DAYS;
use certlens_domain::board::{Board, ValueCount};
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::registry::DocumentKind;
use certlens_domain::signals::YEAR_DAYS;
use certlens_domain::status::Status;
use chrono::{Days, NaiveDate};

/// Statuses that end a document before its term, or stop it.
const STOPPED: [Status; 3] = [Status::Suspended, Status::Terminated, Status::Invalid];
/// Documents of these statuses say nothing on how many are stopped: their term ended, or nobody may see them.
const NOT_COUNTED: [Status; 2] = [Status::Expired, Status::NotPublic];

/// Documents that a fact speaks of, among those that it could speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Those of which it is true.
    pub(super) documents: u64,
    /// All of them.
    pub(super) of: u64,
}

/// Documents of a kind in force among all of the kind.
pub(super) fn valid(board: &Board, kind: DocumentKind) -> Part {
    let totals = &board.totals;
    let (documents, of) = match kind {
        DocumentKind::Declaration => (totals.active_declarations, totals.declarations),
        DocumentKind::Certificate => (totals.active_certificates, totals.certificates),
    };
    Part { documents, of }
}

/// Suspended, terminated and void documents among those whose term has not ended, as signals count them.
pub(super) fn stopped(board: &Board) -> Part {
    let count = |keep: &dyn Fn(&Status) -> bool| {
        board
            .by_status
            .iter()
            .filter(|(status, _)| keep(status))
            .map(|(_, documents)| documents)
            .sum()
    };
    Part {
        documents: count(&|status| STOPPED.contains(status)),
        of: count(&|status| !NOT_COUNTED.contains(status)),
    }
}

/// Documents in force that end within the announced days.
pub(super) fn ending(board: &Board) -> Part {
    Part {
        documents: board.totals.expiring_90d,
        of: board.totals.active,
    }
}

/// Bodies worth naming: the one of the last year first, then those of most documents.
pub(super) fn bodies(board: &Board, most: usize) -> Vec<ValueCount> {
    let named = |body: &&ValueCount| !body.value.trim().is_empty();
    let listed = board.by_certification_body.listed.iter().filter(named);
    let mut bodies: Vec<ValueCount> = Vec::new();
    if let Some(now) = board.facts.body_last_year.as_ref().filter(named) {
        let whole = listed.clone().find(|body| body.value == now.value);
        bodies.push(whole.unwrap_or(now).clone());
    }
    for body in listed {
        if bodies.len() < most && !bodies.iter().any(|known| known.value == body.value) {
            bodies.push(body.clone());
        }
    }
    bodies
}

/// Documents of one condition and no other.
pub(super) fn only(condition: Condition) -> DocumentFilter {
    let mut filter = DocumentFilter::default();
    condition.add_to(&mut filter);
    filter
}

/// Documents of a kind that are in force.
pub(super) fn in_force(kind: DocumentKind) -> DocumentFilter {
    DocumentFilter {
        statuses: statuses_in_force(),
        ..only(Condition::Kind(kind))
    }
}

/// Documents that [`ending`] counts.
pub(super) fn ending_documents(today: NaiveDate) -> DocumentFilter {
    let announced = Days::new(EXPIRING_WITHIN_DAYS.unsigned_abs());
    let span = Span {
        from: Some(today),
        to: today.checked_add_days(announced),
    };
    DocumentFilter {
        statuses: statuses_in_force(),
        ..only(Condition::Ends(span))
    }
}

/// Documents registered in the year that ends today.
pub(super) fn last_year_documents(today: NaiveDate) -> DocumentFilter {
    only(Condition::Registered(Span {
        from: today.checked_sub_days(Days::new(YEAR_DAYS - 1)),
        to: Some(today),
    }))
}

/// Documents registered on a day.
pub(super) fn registered_on(day: NaiveDate) -> DocumentFilter {
    only(Condition::Registered(Span {
        from: Some(day),
        to: Some(day),
    }))
}

/// Documents that [`stopped`] counts.
pub(super) fn stopped_documents() -> DocumentFilter {
    DocumentFilter {
        statuses: STOPPED.to_vec(),
        ..DocumentFilter::default()
    }
}

fn statuses_in_force() -> Vec<Status> {
    Status::ALL
        .into_iter()
        .filter(|status| status.is_active())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn ended_terms_do_not_make_a_share_of_stopped_documents_smaller() {
        let board = sample::board(40, 0);
        let board = Board {
            by_status: [
                (Status::Active, 40),
                (Status::Suspended, 9),
                (Status::Invalid, 1),
                (Status::Expired, 500),
            ]
            .into(),
            ..board
        };
        assert_eq!(
            stopped(&board),
            Part {
                documents: 10,
                of: 50
            }
        );
    }

    #[test]
    fn body_of_the_last_year_comes_first_with_all_its_documents() {
        let mut board = sample::board(40, 0);
        board.by_certification_body = sample::values(&[
            ("", 90),
            ("ОС «Старый»", 60),
            ("ОС «Новый»", 20),
            ("ОС «Третий»", 3),
        ]);
        board.facts.body_last_year = Some(ValueCount {
            value: "ОС «Новый»".to_owned(),
            documents: 7,
        });
        let named: Vec<(String, u64)> = bodies(&board, 2)
            .into_iter()
            .map(|body| (body.value, body.documents))
            .collect();
        assert_eq!(
            named,
            [("ОС «Новый»".to_owned(), 20), ("ОС «Старый»".to_owned(), 60)]
        );
    }
}
