//! Cells: where each of them counts, and what is made of several.

use super::*;
use crate::search::filter::Condition;
use certlens_domain::board::{ValueCount, Values};
use certlens_domain::documents_page::DocumentFilter;
use chrono::Days;
use rstest::rstest;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
}

fn in_days(days: u64) -> NaiveDate {
    today() + Days::new(days)
}

fn days_ago(days: u64) -> NaiveDate {
    today() - Days::new(days)
}

/// Documents that fit the whole filter.
fn fitting(alike: Alike, documents: u64) -> Cell {
    Cell {
        failing: Failing::default(),
        alike,
        documents,
    }
}

/// Documents that fail this condition only.
fn failing(condition: Condition, alike: Alike, documents: u64) -> Cell {
    Cell {
        failing: Failing::of_bits(condition.bit()),
        ..fitting(alike, documents)
    }
}

fn board_of(cells: &[Cell]) -> Board {
    board_with(cells, &DocumentFilter::default())
}

fn board_with(cells: &[Cell], filter: &DocumentFilter) -> Board {
    board(cells, &FilterOfDay::of(filter, today()))
}

fn listed(values: &Values) -> Vec<(&str, u64)> {
    let listed = values.listed.iter();
    listed
        .map(|listed| (listed.value.as_str(), listed.documents))
        .collect()
}

fn declarations(day: NaiveDate) -> Alike {
    Alike::Registered(day, Registry::Kz, DocumentKind::Declaration)
}

fn ends(day: NaiveDate) -> Alike {
    Alike::Ends(day, Registry::Kz, DocumentKind::Declaration)
}

fn body(name: &str, year: InYear) -> Alike {
    Alike::CertificationBody(name.to_owned(), year)
}

#[test]
fn documents_that_fail_one_condition_count_in_its_facet_and_nowhere_else() {
    let board = board_of(&[
        fitting(declarations(days_ago(1)), 5),
        failing(Condition::Registry, declarations(days_ago(1)), 30),
        failing(Condition::Kind, declarations(days_ago(1)), 200),
        failing(Condition::Registered, declarations(days_ago(1)), 1_000),
        failing(Condition::Origin, declarations(days_ago(1)), 7_000),
        failing(Condition::Scheme, Alike::Scheme("1д".to_owned()), 2),
        failing(Condition::Origin, Alike::Scheme("1д".to_owned()), 3),
    ]);
    assert_eq!(board.totals.documents, 5);
    assert_eq!(board.by_registry[&Registry::Kz].documents(), 35);
    assert_eq!(board.by_kind.documents(), 205);
    assert_eq!(board.registered[0].documents, 1_005);
    assert_eq!(board.facts.last_year, 5);
    assert_eq!(listed(&board.by_scheme), [("1д", 2)]);
    assert!(board.by_production.is_empty());
}

#[test]
fn spellings_of_a_scheme_are_one_scheme() {
    let scheme = |written: &str, documents| fitting(Alike::Scheme(written.to_owned()), documents);
    let board = board_of(&[scheme("3C", 4), scheme("3с", 2), scheme("2д", 1), scheme("", 8)]);
    assert_eq!(listed(&board.by_scheme), [("", 8), ("3с", 6), ("2д", 1)]);
    let production: Vec<_> = board.by_production.into_iter().collect();
    assert_eq!(production, [(Production::Batch, 7), (Production::Unknown, 8)]);
}

#[rstest]
#[case::nothing_chosen(&[], &[("8516", 3), ("9403", 2)])]
#[case::a_group_chosen(&["85"], &[("8516", 3)])]
#[case::a_position_chosen(&["8509"], &[("8516", 3), ("9403", 2)])]
#[case::both_chosen(&["85", "9403"], &[("8516", 3), ("9403", 2)])]
fn positions_lie_below_the_chosen_groups(#[case] chosen: &[&str], #[case] positions: &[(&str, u64)]) {
    let digits =
        |digits: &str, documents| failing(Condition::TnVed, Alike::FirstDigits(digits.to_owned()), documents);
    let filter = DocumentFilter {
        tn_ved: chosen.iter().map(|&first| first.to_owned()).collect(),
        ..DocumentFilter::default()
    };
    let cells = [
        digits("8516", 3),
        digits("9403", 2),
        digits("85", 3),
        digits("94", 2),
    ];
    let board = board_with(&cells, &filter);
    assert_eq!(listed(&board.by_product_position), positions);
    assert_eq!(listed(&board.by_product_group), [("85", 3), ("94", 2)]);
}

#[test]
fn last_days_make_months_expiries_and_the_next_end() {
    let board = board_of(&[
        fitting(ends(in_days(60)), 4),
        fitting(ends(in_days(30)), 2),
        failing(Condition::Ends, ends(in_days(1)), 100),
        fitting(
            Alike::Ends(in_days(30), Registry::By, DocumentKind::Certificate),
            1,
        ),
        fitting(ends(in_days(91)), 9),
    ]);
    let totals = board.totals;
    assert_eq!(
        (totals.expiring_30d, totals.expiring_60d, totals.expiring_90d),
        (3, 7, 7)
    );
    assert_eq!(
        (totals.next_end, totals.next_end_documents),
        (Some(in_days(30)), 3)
    );
    assert_eq!(board.ends.iter().map(|cell| cell.documents).sum::<u64>(), 116);
}

#[rstest]
#[case::today(0, InYear::Last)]
#[case::the_first_day_of_the_last_year(364, InYear::Last)]
#[case::the_last_day_of_the_year_before(365, InYear::Before)]
#[case::the_first_day_of_the_year_before(729, InYear::Before)]
#[case::earlier(730, InYear::Other)]
fn years_end_today(#[case] days: u64, #[case] year: InYear) {
    assert_eq!(InYear::of(days_ago(days), today()), year);
    assert_eq!(InYear::of(in_days(1), today()), InYear::Other);
}

#[test]
fn facts_tell_the_body_named_most_and_the_busiest_day() {
    let board = board_of(&[
        fitting(body("Б", InYear::Last), 3),
        fitting(body("А", InYear::Last), 3),
        fitting(body("", InYear::Last), 90),
        failing(Condition::CertificationBody, body("В", InYear::Last), 80),
        fitting(body("Б", InYear::Before), 2),
        fitting(body("А", InYear::Other), 70),
        fitting(declarations(days_ago(9)), 5),
        fitting(declarations(days_ago(3)), 5),
        fitting(declarations(days_ago(400)), 50),
    ]);
    let named = |body: &Option<ValueCount>| body.clone().map(|body| (body.value, body.documents));
    assert_eq!(named(&board.facts.body_last_year), Some(("А".to_owned(), 3)));
    assert_eq!(named(&board.facts.body_year_before), Some(("Б".to_owned(), 2)));
    assert_eq!(board.facts.busiest_day, Some((days_ago(3), 5)));
    assert_eq!((board.facts.last_year, board.facts.year_before), (10, 50));
    assert_eq!(
        listed(&board.by_certification_body),
        [("", 90), ("В", 80), ("А", 73), ("Б", 5)]
    );
}

#[test]
fn standing_tells_roles_and_validity_in_russia() {
    let standing = |applicant, manufacturer, not_valid_in_rf| {
        Alike::Standing(Standing {
            applicant,
            manufacturer,
            not_valid_in_rf,
        })
    };
    let board = board_of(&[
        fitting(standing(true, false, false), 1),
        fitting(standing(true, true, true), 20),
        fitting(standing(false, true, false), 300),
        failing(Condition::Kind, standing(true, true, true), 4_000),
    ]);
    assert_eq!((board.by_role.applicant, board.by_role.manufacturer), (21, 320));
    assert_eq!(board.totals.not_valid_in_rf, 20);
}
