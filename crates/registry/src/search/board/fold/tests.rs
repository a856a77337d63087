//! The fold: tables of cases, and its laws on any rows and filters.

mod laws;

use super::*;
use crate::party::{PartyId, PartyRole};
use crate::search::board::document::documents;
use crate::search::board::row::{BoardRow, FoundRows, Interner, Texts, WantedRows};
use certlens_domain::board::{ByKind, MOST_VALUES, ValueCount, Values};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::scheme::Production;
use chrono::Days;
use rstest::rstest;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
}

fn days_ago(days: u64) -> NaiveDate {
    today() - Days::new(days)
}

fn in_days(days: u64) -> NaiveDate {
    today() + Days::new(days)
}

fn party(number: i64) -> PartyId {
    PartyId::from_stored(number).unwrap()
}

/// An active declaration of series production, registered ten days ago, without a limit.
fn declaration() -> BoardRow {
    let mut interner = Interner::default();
    BoardRow {
        role: PartyRole::Applicant,
        other: None,
        registry: Registry::RfDeclarations,
        kind: DocumentKind::Declaration,
        status: Status::Active,
        registered_on: days_ago(10),
        valid_until: None,
        technical_regulations: interner.list(["ТР ТС 004/2011", "ТР ТС 020/2011"]),
        tn_ved: interner.tn_ved(["8516108000", "8509400000"]),
        scheme: interner.scheme("1Д"),
        certification_body: interner.text("ОС «Проба»"),
        origin: interner.text("CN"),
        rf_status: None,
        texts: Some(Box::new(Texts {
            product: "чайник электрический".into(),
            number_key: "RUДСNРА01В1234525".into(),
        })),
    }
}

fn only(row: &BoardRow) -> BoardDocument<'_> {
    BoardDocument {
        row,
        applicant: true,
        manufacturer: false,
    }
}

fn folded(rows: &[BoardRow], filter: &DocumentFilter) -> Board {
    fold(rows.iter().map(only), filter, RoleFilter::Any, today())
}

fn listed(values: &Values) -> Vec<(&str, u64)> {
    let listed = values.listed.iter();
    listed
        .map(|listed| (listed.value.as_str(), listed.documents))
        .collect()
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

#[rstest]
#[case::registry(DocumentFilter { registries: vec![Registry::RfDeclarations], ..DocumentFilter::default() }, true)]
#[case::another_registry(DocumentFilter { registries: vec![Registry::Kz], ..DocumentFilter::default() }, false)]
#[case::kind(DocumentFilter { kind: Some(DocumentKind::Certificate), ..DocumentFilter::default() }, false)]
#[case::status(DocumentFilter { statuses: vec![Status::Active], ..DocumentFilter::default() }, true)]
#[case::another_status(DocumentFilter { statuses: vec![Status::Expired], ..DocumentFilter::default() }, false)]
#[case::one_of_its_regulations(DocumentFilter { technical_regulations: texts(&["ТР ТС 020/2011", "x"]), ..DocumentFilter::default() }, true)]
#[case::another_regulation(DocumentFilter { technical_regulations: texts(&["ТР ТС 02"]), ..DocumentFilter::default() }, false)]
#[case::group_of_its_codes(DocumentFilter { tn_ved: texts(&["99", "85"]), ..DocumentFilter::default() }, true)]
#[case::longer_beginning(DocumentFilter { tn_ved: texts(&["85094"]), ..DocumentFilter::default() }, true)]
#[case::another_position(DocumentFilter { tn_ved: texts(&["8517"]), ..DocumentFilter::default() }, false)]
#[case::body(DocumentFilter { certification_bodies: texts(&["ОС «Проба»"]), ..DocumentFilter::default() }, true)]
#[case::no_body(DocumentFilter { certification_bodies: texts(&[""]), ..DocumentFilter::default() }, false)]
#[case::scheme_in_one_spelling(DocumentFilter { schemes: texts(&["1д"]), ..DocumentFilter::default() }, true)]
#[case::no_scheme(DocumentFilter { schemes: texts(&[""]), ..DocumentFilter::default() }, false)]
#[case::production(DocumentFilter { production: vec![Production::Series], ..DocumentFilter::default() }, true)]
#[case::batch(DocumentFilter { production: vec![Production::Batch, Production::Unknown], ..DocumentFilter::default() }, false)]
#[case::origin(DocumentFilter { origins: texts(&["CN"]), ..DocumentFilter::default() }, true)]
#[case::unknown_origin(DocumentFilter { origins: texts(&[""]), ..DocumentFilter::default() }, false)]
#[case::on_the_first_day(DocumentFilter { registered_from: Some(days_ago(10)), ..DocumentFilter::default() }, true)]
#[case::before_the_first_day(DocumentFilter { registered_from: Some(days_ago(9)), ..DocumentFilter::default() }, false)]
#[case::on_the_last_day(DocumentFilter { registered_to: Some(days_ago(10)), ..DocumentFilter::default() }, true)]
#[case::after_the_last_day(DocumentFilter { registered_to: Some(days_ago(11)), ..DocumentFilter::default() }, false)]
#[case::no_limit_never_ends(DocumentFilter { ends_from: Some(days_ago(900)), ..DocumentFilter::default() }, false)]
#[case::text_of_the_product(DocumentFilter { text: Some("ЧАЙНИК".to_owned()), ..DocumentFilter::default() }, true)]
#[case::text_of_the_number(DocumentFilter { text: Some("ра01.в".to_owned()), ..DocumentFilter::default() }, true)]
#[case::text_without_letters_is_no_number(DocumentFilter { text: Some("%".to_owned()), ..DocumentFilter::default() }, false)]
#[case::white_space_excludes_nothing(DocumentFilter { text: Some("  ".to_owned()), ..DocumentFilter::default() }, true)]
#[case::valid_in_russia(DocumentFilter { not_valid_in_rf: true, ..DocumentFilter::default() }, false)]
fn document_fits_the_filter_or_not(#[case] filter: DocumentFilter, #[case] fits: bool) {
    let board = folded(&[declaration()], &filter);
    assert_eq!(board.totals.documents, u64::from(fits));
}

#[test]
fn facet_leaves_its_own_condition_out_and_heeds_all_others() {
    let certificate = BoardRow {
        kind: DocumentKind::Certificate,
        registry: Registry::RfCertificates,
        ..declaration()
    };
    let filter = DocumentFilter {
        kind: Some(DocumentKind::Declaration),
        ..DocumentFilter::default()
    };
    let board = folded(&[declaration(), declaration(), certificate], &filter);
    assert_eq!(
        board.by_kind,
        ByKind {
            certificates: 1,
            declarations: 2
        }
    );
    assert_eq!(
        board.by_registry.keys().collect::<Vec<_>>(),
        [&Registry::RfDeclarations]
    );
    assert_eq!(listed(&board.by_origin), [("CN", 2)]);
    assert_eq!(board.totals.documents, 2);
}

#[test]
fn document_counts_under_each_regulation_and_in_each_group_once() {
    let board = folded(&[declaration()], &DocumentFilter::default());
    assert_eq!(
        listed(&board.by_technical_regulation),
        [("ТР ТС 004/2011", 1), ("ТР ТС 020/2011", 1)]
    );
    assert_eq!(listed(&board.by_product_group), [("85", 1)]);
    assert_eq!(listed(&board.by_product_position), [("8509", 1), ("8516", 1)]);
}

#[rstest]
#[case::nothing_chosen(&[], &["3304", "8509", "8516"])]
#[case::groups_chosen(&["33"], &["3304"])]
#[case::position_chosen(&["8509"], &["3304", "8509", "8516"])]
fn positions_are_those_below_chosen_groups(#[case] chosen: &[&str], #[case] positions: &[&str]) {
    let cosmetics = BoardRow {
        tn_ved: Interner::default().tn_ved(["3304990000"]),
        ..declaration()
    };
    let filter = DocumentFilter {
        tn_ved: texts(chosen),
        ..DocumentFilter::default()
    };
    let board = folded(&[declaration(), cosmetics], &filter);
    let values: Vec<&str> = listed(&board.by_product_position)
        .into_iter()
        .map(|(value, _)| value)
        .collect();
    assert_eq!(values, positions);
    assert_eq!(listed(&board.by_product_group), [("33", 1), ("85", 1)]);
}

#[test]
fn open_facet_lists_the_most_frequent_values_and_tells_how_many_more_there_are() {
    let mut interner = Interner::default();
    let mut named = |number: usize| BoardRow {
        certification_body: interner.text(&format!("ОС {number:02}")),
        ..declaration()
    };
    let mut rows: Vec<BoardRow> = (0..MOST_VALUES + 3).map(&mut named).collect();
    rows.push(named(MOST_VALUES + 2));
    let bodies = folded(&rows, &DocumentFilter::default()).by_certification_body;
    assert_eq!((bodies.listed.len(), bodies.more), (MOST_VALUES, 3));
    assert_eq!(listed(&bodies)[..2], [("ОС 62", 2), ("ОС 00", 1)]);
}

#[test]
fn last_days_of_documents_in_force_are_announced_to_the_day() {
    let ending = |days: u64, status| BoardRow {
        valid_until: Some(in_days(days)),
        status,
        ..declaration()
    };
    let yesterday = BoardRow {
        valid_until: Some(days_ago(1)),
        ..declaration()
    };
    let rows = [
        ending(0, Status::Suspended),
        ending(30, Status::Active),
        ending(30, Status::Renewed),
        ending(31, Status::Active),
        ending(60, Status::Extended),
        ending(90, Status::Active),
        ending(91, Status::Active),
        yesterday,
        declaration(),
    ];
    let board = folded(&rows, &DocumentFilter::default());
    let totals = board.totals;
    assert_eq!(
        (totals.expiring_30d, totals.expiring_60d, totals.expiring_90d),
        (2, 4, 5)
    );
    assert_eq!(
        (totals.next_end, totals.next_end_documents),
        (Some(in_days(30)), 2)
    );
    assert_eq!((totals.documents, totals.active), (9, 7));
    assert_eq!(board.by_status[&Status::Expired], 1);
    let months: Vec<(String, u64)> = board
        .ends
        .iter()
        .map(|cell| (cell.month.to_string(), cell.documents))
        .collect();
    let expected = [("2026-04", 3), ("2026-05", 2), ("2026-06", 1)];
    assert_eq!(
        months,
        expected.map(|(month, documents)| (month.to_owned(), documents))
    );
}

#[test]
fn facts_compare_the_last_year_with_the_year_before() {
    let registered = |days: u64, body: &str| BoardRow {
        registered_on: days_ago(days),
        certification_body: body.into(),
        ..declaration()
    };
    let rows = [
        registered(0, "Б"),
        registered(5, "А"),
        registered(5, ""),
        registered(7, ""),
        registered(7, ""),
        registered(364, "В"),
        registered(365, "Г"),
        registered(729, "Г"),
        registered(730, "Д"),
    ];
    let facts = folded(&rows, &DocumentFilter::default()).facts;
    assert_eq!((facts.last_year, facts.year_before), (6, 2));
    assert_eq!(facts.busiest_day, Some((days_ago(5), 2)), "the latest of equals");
    let body = |name: &str, documents| {
        Some(ValueCount {
            value: name.to_owned(),
            documents,
        })
    };
    assert_eq!(
        facts.body_last_year,
        body("А", 1),
        "the first by name among equals"
    );
    assert_eq!(facts.body_year_before, body("Г", 2));
}

/// Party 1 stands alone in a document, together with party 2 in another one, and in both roles of a third.
fn found() -> FoundRows {
    let row = |role, other: i64| BoardRow {
        role,
        other: PartyId::from_stored(other),
        ..declaration()
    };
    let wanted = WantedRows {
        parties: [(party(1), 3), (party(2), 1)].into(),
        with_texts: true,
    };
    let first = vec![
        row(PartyRole::Applicant, 9),
        row(PartyRole::Manufacturer, 2),
        row(PartyRole::Both, 0),
    ];
    let second = vec![row(PartyRole::Applicant, 1)];
    FoundRows::read(&wanted, [(party(1), first), (party(2), second)].into())
}

#[rstest]
#[case::one_party(&[1], RoleFilter::Any, 3, (2, 2))]
#[case::the_other_party(&[2], RoleFilter::Any, 1, (1, 0))]
#[case::both_parties(&[1, 2], RoleFilter::Any, 3, (3, 2))]
#[case::as_applicant(&[1], RoleFilter::Applicant, 2, (2, 1))]
#[case::as_manufacturer(&[1], RoleFilter::Manufacturer, 2, (1, 2))]
#[case::both_as_applicant(&[1, 2], RoleFilter::Applicant, 3, (3, 2))]
#[case::both_as_manufacturer(&[1, 2], RoleFilter::Manufacturer, 2, (2, 2))]
fn document_of_two_asked_parties_counts_once_and_in_both_roles(
    #[case] parties: &[i64],
    #[case] role: RoleFilter,
    #[case] expected: u64,
    #[case] roles: (u64, u64),
) {
    let (parties, found) = (parties.iter().copied().map(party).collect(), found());
    let filter = DocumentFilter::default();
    let board = fold(documents(&parties, &found), &filter, role, today());
    assert_eq!(board.totals.documents, expected);
    assert_eq!((board.by_role.applicant, board.by_role.manufacturer), roles);
}
