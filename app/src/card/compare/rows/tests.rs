//! What a comparison shows of boards.

use super::super::sample::{board, today, values};
use super::*;
use certlens_domain::board::ByKind;
use certlens_domain::language::Language;
use certlens_domain::status::Status;
use rstest::rstest;

fn sides<'board>(boards: &[Option<&'board Board>]) -> Vec<Side<'board>> {
    boards
        .iter()
        .map(|board| Side {
            name: "ООО «Ромашка»".to_owned(),
            whole_name: None,
            identifiers: Vec::new(),
            board: *board,
            counterparty: None,
        })
        .collect()
}

fn compared(boards: &[Option<&Board>]) -> (Vec<Row>, Vec<&'static str>) {
    rows(&sides(boards), Texts(Language::En), today())
}

/// A row as a text: cells apart by `|`, the mark of the most in brackets.
fn row(rows: &[Row], key: &str) -> String {
    let row = rows.iter().find(|row| row.key == key).unwrap();
    let cells = row.cells.iter().map(|cell| {
        let items = cell.items.iter().map(|item| {
            let label = item
                .label
                .as_ref()
                .map(|label| format!("{label}: "))
                .unwrap_or_default();
            let remark = item
                .remark
                .as_ref()
                .map(|remark| format!(" ({remark})"))
                .unwrap_or_default();
            format!("{label}{}{remark}", item.value)
        });
        let most = cell.most.map(|most| format!(" [{most}]")).unwrap_or_default();
        format!("{}{most}", items.collect::<Vec<_>>().join(", "))
    });
    cells.collect::<Vec<_>>().join(" | ").replace('\u{a0}', " ")
}

/// 120 declarations of 2019 to 2026, some of them in every kind of trouble.
fn large() -> Board {
    let mut large = board(120, 2);
    large.totals.declarations = 240;
    large.totals.documents = 242;
    large.totals.expiring_90d = 30;
    large.totals.not_valid_in_rf = 1;
    (large.facts.last_year, large.facts.year_before) = (24, 12);
    large.by_status = [
        (Status::Active, 122),
        (Status::Suspended, 20),
        (Status::Terminated, 58),
        (Status::Expired, 42),
    ]
    .into();
    large.by_technical_regulation = values(&[
        ("", 100),
        ("ТР ТС 004/2011", 90),
        ("ТР ТС 020/2011", 80),
        ("ТР ЕАЭС 037/2016", 9),
        ("ТР ТС 010/2011", 1),
    ]);
    large.by_product_group = values(&[("85", 200)]);
    large.by_registry = [
        (
            Registry::RfCertificates,
            ByKind {
                certificates: 2,
                declarations: 0,
            },
        ),
        (
            Registry::RfDeclarations,
            ByKind {
                certificates: 0,
                declarations: 240,
            },
        ),
    ]
    .into();
    large.facts.body_last_year = Some(ValueCount {
        value: "Орган по сертификации ООО «Центр»".to_owned(),
        documents: 7,
    });
    large
}

#[rstest]
#[case("declarations", "120 (50% of 240) [the most] | 40 (100% of 40)")]
#[case("certificates", "2 (100% of 2) [the most] | 0")]
#[case("documents", "242 [the most] | 40")]
#[case(
    "last_year",
    "24 (12 the year before; activity doubled in a year) [the most] | 0 (0 the year before; nothing new for a year)"
)]
#[case("last_registered", "9 Nov 2026 (12 days ago) | 9 Nov 2026 (12 days ago)")]
#[case("since", "1 Mar 2019 | 1 Mar 2019")]
#[case("ending", "30 (25% of 122) [the most] | 0 (0% of 40)")]
#[case("stopped", "78 (39% of 200) [the most] | 0 (0% of 40)")]
#[case("not_valid_in_rf", "1 [the most] | 0")]
#[case(
    "regulations",
    "ТР ТС 004/2011: 90, ТР ТС 020/2011: 80, ТР ЕАЭС 037/2016: 9 | "
)]
#[case("products", "85 Electrical machinery and equipment: 200 | ")]
#[case("bodies", "ОС ООО «Центр»: 7 (body of the last year) | ")]
fn two_counterparties_stand_side_by_side(#[case] key: &str, #[case] expected: &str) {
    let (large, small) = (large(), board(40, 0));
    let (rows, _) = compared(&[Some(&large), Some(&small)]);
    assert_eq!(row(&rows, key), expected);
}

#[test]
fn rows_in_which_nobody_has_anything_are_named_and_left_out() {
    let (one, other) = (board(40, 0), board(30, 0));
    let (rows, empty) = compared(&[Some(&one), Some(&other)]);
    assert!(!rows.iter().any(|row| row.key == "stopped"));
    assert!(empty.contains(&"Not valid in Russia"), "{empty:?}");
}

#[test]
fn column_without_an_answer_is_empty_and_takes_no_part_in_ranks() {
    let one = board(40, 0);
    let (rows, _) = compared(&[Some(&one), None]);
    assert_eq!(row(&rows, "declarations"), "40 (100% of 40) | ");
}

#[test]
fn equals_have_no_most() {
    let one = board(40, 0);
    let (rows, _) = compared(&[Some(&one), Some(&one), Some(&one)]);
    assert!(!row(&rows, "declarations").contains("the most"));
}

#[test]
fn earliest_first_document_and_latest_registration_are_marked() {
    let (one, mut other) = (board(40, 0), board(40, 0));
    other.totals.first_registered = NaiveDate::from_ymd_opt(2023, 1, 1);
    other.totals.last_registered = Some(today());
    let (rows, _) = compared(&[Some(&one), Some(&other)]);
    assert_eq!(row(&rows, "since"), "1 Mar 2019 [the earliest] | 1 Jan 2023");
    assert_eq!(
        row(&rows, "last_registered"),
        "9 Nov 2026 (12 days ago) | 21 Nov 2026 (today) [the latest]"
    );
}

#[test]
fn bar_of_the_most_is_whole_and_the_others_are_shares_of_it() {
    let (one, other) = (board(40, 0), board(10, 0));
    let (rows, _) = compared(&[Some(&one), Some(&other)]);
    let declarations = rows.iter().find(|row| row.key == "declarations").unwrap();
    let bars: Vec<Option<f64>> = declarations.cells.iter().map(|cell| cell.items[0].bar).collect();
    assert_eq!(bars, [Some(100.0), Some(25.0)]);
}
