//! The sentence for counterparties of every kind, and laws that hold for all of them.

use super::*;
use crate::board::BoardFacts;
use crate::format::month_abbreviation;
use crate::sample::{board, day as on, empty_board, named, today};
use proptest::prelude::*;
use rstest::rstest;

fn said(board: &Board) -> [String; 2] {
    [Language::Ru, Language::En].map(|language| summary(board, today(), language).replace('\u{a0}', " "))
}

#[rstest]
#[case::as_in_the_issue(
    board((38, 2), (60, 4)).expiring([1, 3, 6], "2026-12-05").under(&[("ТР ТС 004/2011", 50), ("ТР ТС 020/2011", 14)])
        .registered("2019-03-01", "2026-11-02", [24, 12]),
    "38 действующих деклараций и 2 сертификата, 6 истекают в ближайшие 90 дней, больше всего по ТР ТС 004/2011; активность за год выросла вдвое",
    "38 valid declarations and 2 certificates, 6 expire within 90 days, most under ТР ТС 004/2011; activity doubled in a year"
)]
#[case::nothing(
    empty_board(),
    "В загруженных реестрах документов не найдено",
    "No documents in the loaded registries"
)]
#[case::a_single_declaration_that_ends_soon(
    board((1, 0), (1, 0)).expiring([1, 1, 1], "2026-12-05").under(&[("ТР ТС 017/2011", 1)])
        .registered("2021-12-06", "2021-12-06", [0, 0]),
    "1 действующая декларация, истекает 05.12.2026, по ТР ТС 017/2011; новых документов нет с 06.12.2021",
    "1 valid declaration, expires 5 Dec 2026, under ТР ТС 017/2011; nothing new since 6 Dec 2021"
)]
#[case::first_document_this_year(
    board((0, 1), (0, 1)).expiring([0, 0, 0], "2031-03-11").under(&[("ТР ТС 010/2011", 1)])
        .registered("2026-03-12", "2026-03-12", [1, 0]),
    "1 действующий сертификат, ближайший срок 11.03.2031, по ТР ТС 010/2011; зарегистрирован документ 12.03.2026",
    "1 valid certificate, next expiry 11 Mar 2031, under ТР ТС 010/2011; registered 12 Mar 2026"
)]
#[case::all_of_the_last_year(
    board((7, 0), (7, 0)).expiring([0, 0, 0], "2027-03-11").registered("2026-03-12", "2026-10-12", [7, 0]),
    "7 действующих деклараций, ближайший срок 11.03.2027; первый документ 12.03.2026",
    "7 valid declarations, next expiry 11 Mar 2027; first document 12 Mar 2026"
)]
#[case::few_declarations(
    board((2, 0), (5, 0)).expiring([0, 0, 1], "2027-01-15").registered("2022-05-01", "2026-05-01", [2, 1]),
    "2 действующие декларации, 1 истекает 15.01.2027; документы с 2022 года",
    "2 valid declarations, 1 expires 15 Jan 2027; documents since 2022"
)]
#[case::few_certificates(
    board((0, 3), (0, 9)).expiring([0, 2, 2], "2027-01-15").registered("2022-05-01", "2026-05-01", [3, 2]),
    "3 действующих сертификата, 2 истекают в ближайшие 90 дней; документы с 2022 года",
    "3 valid certificates, 2 expire within 90 days; documents since 2022"
)]
#[case::many_certificates_and_a_declaration(
    board((1, 12), (1, 15)).expiring([0, 0, 0], "2027-09-01").registered("2018-05-01", "2026-05-01", [5, 6]),
    "12 действующих сертификатов и 1 декларация, ближайший срок 01.09.2027; активность ровная",
    "12 valid certificates and 1 declaration, next expiry 1 Sep 2027; activity is steady"
)]
#[case::twenty_one_of_each(
    board((21, 21), (21, 21)).expiring([21, 21, 21], "2026-11-30").registered("2018-05-01", "2026-05-01", [12, 31]),
    "21 действующая декларация и 21 сертификат, 21 истекает в ближайшие 90 дней; активность за год упала в 2,6 раза",
    "21 valid declarations and 21 certificates, 21 expire within 90 days; activity fell by 62% in a year"
)]
#[case::all_end_soon(
    board((4, 0), (6, 0)).expiring([2, 3, 4], "2026-11-30").registered("2018-05-01", "2025-05-01", [0, 3]),
    "4 действующие декларации, все истекают в ближайшие 90 дней; новых документов нет с 01.05.2025",
    "4 valid declarations, all expire within 90 days; nothing new since 1 May 2025"
)]
#[case::without_end_dates(
    board((2, 0), (2, 0)).registered("2024-05-01", "2026-05-01", [1, 0]),
    "2 действующие декларации, без ограничения срока; снова регистрирует после перерыва",
    "2 valid declarations, without an end date; registers again after a break"
)]
#[case::only_ended_declarations(
    board((0, 0), (12, 0)).under(&[("ТР ТС 021/2011", 12), ("ТР ТС 022/2011", 12)])
        .registered("2018-05-01", "2024-03-12", [0, 0]),
    "Действующих документов нет, всего в реестрах 12 деклараций, все по ТР ТС 021/2011 и ТР ТС 022/2011; новых документов нет с 12.03.2024",
    "No valid documents, 12 declarations in all, all under ТР ТС 021/2011 and ТР ТС 022/2011; nothing new since 12 Mar 2024"
)]
#[case::only_an_ended_certificate(
    board((0, 0), (0, 1)).registered("2020-05-01", "2020-05-01", [0, 0]),
    "Действующих документов нет, всего в реестрах 1 сертификат; новых документов нет с 01.05.2020",
    "No valid documents, 1 certificate in all; nothing new since 1 May 2020"
)]
#[case::ended_ones_of_both_kinds(
    board((0, 0), (3, 22)).registered("2018-05-01", "2026-03-12", [2, 6]),
    "Действующих документов нет, всего в реестрах 3 декларации и 22 сертификата; активность за год упала втрое",
    "No valid documents, 3 declarations and 22 certificates in all; activity fell to a third in a year"
)]
#[case::suspended_ones(
    suspended(2, 5),
    "Действующих документов нет, приостановлено 2 документа, всего в реестрах 5 деклараций; документы с 2023 года",
    "No valid documents, 2 documents suspended, 5 declarations in all; documents since 2023"
)]
#[case::a_suspended_one(
    suspended(1, 1),
    "Действующих документов нет, приостановлен 1 документ, всего в реестрах 1 декларация; документы с 2023 года",
    "No valid documents, 1 document suspended, 1 declaration in all; documents since 2023"
)]
#[case::thousands(
    board((12_345, 1_001), (100_000, 5_000)).expiring([800, 1_500, 2_002], "2026-11-21").under(&[("ТР ТС 004/2011", 60_000)])
        .registered("2011-03-01", "2026-11-20", [22_000, 1_000]),
    "12 345 действующих деклараций и 1 001 сертификат, 2 002 истекают в ближайшие 90 дней, больше всего по ТР ТС 004/2011; активность за год выросла в 22 раза",
    "12,345 valid declarations and 1,001 certificates, 2,002 expire within 90 days, most under ТР ТС 004/2011; activity grew 22-fold in a year"
)]
#[case::three_regulations_at_the_top_are_not_named(
    board((5, 0), (5, 0)).under(&[("ТР ТС 004/2011", 4), ("ТР ТС 010/2011", 4), ("ТР ТС 020/2011", 4)])
        .registered("2023-05-01", "2026-03-12", [2, 2]),
    "5 действующих деклараций, без ограничения срока; документы с 2023 года",
    "5 valid declarations, without an end date; documents since 2023"
)]
#[case::regulations_of_one_document_each_are_not_named(
    board((5, 0), (5, 0)).under(&[("ТР ТС 004/2011", 1)]).registered("2023-05-01", "2026-03-12", [2, 2]),
    "5 действующих деклараций, без ограничения срока; документы с 2023 года",
    "5 valid declarations, without an end date; documents since 2023"
)]
#[case::days_of_registration_are_unknown(
    board((5, 1), (5, 1)),
    "5 действующих деклараций и 1 сертификат, без ограничения срока; за год ничего нового",
    "5 valid declarations and 1 certificate, without an end date; nothing new for a year"
)]
fn counterparty_is_told_in_one_sentence(#[case] board: Board, #[case] ru: &str, #[case] en: &str) {
    assert_eq!(said(&board), [ru, en]);
}

fn suspended(number: u64, all: u64) -> Board {
    let mut board = board((0, 0), (all, 0)).registered("2023-05-01", "2026-03-12", [1, 1]);
    board.by_status.insert(Status::Suspended, number);
    board
}

#[rstest]
#[case((0, 0), (0, 0), "В загруженных реестрах документов не найдено", "No documents in the loaded registries")]
#[case((0, 0), (3, 0), "Действующих документов нет", "No valid documents")]
#[case((1, 1), (3, 1), "1 действующая декларация и 1 сертификат", "1 valid declaration and 1 certificate")]
#[case((0, 4), (3, 4), "4 действующих сертификата", "4 valid certificates")]
fn what_is_in_force_is_told_in_one_line(
    #[case] valid: (u64, u64),
    #[case] all: (u64, u64),
    #[case] ru: &str,
    #[case] en: &str,
) {
    let totals = board(valid, all).totals;
    let line = |language| one_line(&totals, language).replace('\u{a0}', " ");
    assert_eq!([line(Language::Ru), line(Language::En)], [ru, en]);
}

#[test]
fn header_tells_since_when_and_by_whom() {
    let mut board = board((3, 0), (9, 0)).registered("2019-03-01", "2026-11-02", [5, 2]);
    board.facts.body_last_year = Some(named("RA.RU.11АБ58", 4));
    assert_eq!(certifies_since(&board), Some(on("2019-03-01")));
    assert_eq!(certified_by_now(&board).unwrap().value, "RA.RU.11АБ58");

    board.facts.body_last_year = Some(named("", 4));
    assert_eq!(certified_by_now(&board), None, "no body is named");
}

/// Any board that an engine could answer with: parts never larger than their whole.
fn any_board() -> impl Strategy<Value = Board> {
    let counts = (
        0_u64..3_000_000,
        0_u64..3_000_000,
        0_u64..=100,
        0_u64..=100,
        0_u64..=100,
    );
    let years = (0_u64..5_000, 0_u64..5_000);
    let days = (0_i64..6_000, 0_i64..6_000, proptest::option::of(0_i64..2_000));
    let regulations = proptest::collection::vec(1_u64..=100, 0..4);
    (counts, years, days, regulations).prop_map(|(counts, years, days, regulations)| {
        let (declarations, certificates, active_share, soon_share, suspended_share) = counts;
        let part = |whole: u64, share: u64| whole * share / 100;
        let valid = (part(declarations, active_share), part(certificates, active_share));
        let mut board = board(valid, (declarations, certificates));
        let documents = board.totals.documents;
        if documents == 0 {
            return board;
        }
        let ago = |days: i64| today() - chrono::Days::new(days.unsigned_abs());
        board.totals.first_registered = Some(ago(days.0.max(days.1)));
        board.totals.last_registered = Some(ago(days.0.min(days.1)));
        if let Some(days) = days.2.filter(|_| board.totals.active > 0) {
            board.totals.next_end = Some(today() + chrono::Days::new(days.unsigned_abs()));
            board.totals.expiring_90d = if days <= 90 {
                part(board.totals.active, soon_share).max(1)
            } else {
                0
            };
        }
        let suspended = part(documents - board.totals.active, suspended_share);
        board.by_status.insert(Status::Suspended, suspended);
        board.facts = BoardFacts {
            last_year: years.0.min(documents),
            year_before: years.1.min(documents - years.0.min(documents)),
            ..BoardFacts::default()
        };
        let mut shares = regulations;
        shares.sort_unstable_by(|one, other| other.cmp(one));
        board.by_technical_regulation.listed = shares
            .into_iter()
            .zip([
                "ТР ТС 004/2011",
                "ТР ЕАЭС 037/2016",
                "ТР ТС 020/2011",
                "ТР ТС 010/2011",
            ])
            .map(|(share, code)| named(code, part(documents, share)))
            .collect();
        board
    })
}

/// Whether a count has no noun after it: the last word of a part, and neither a date nor the number of a regulation.
fn stands_alone(word: &str, before: Option<&str>, after: Option<&str>) -> bool {
    let ends_a_part = after.is_none() || word.ends_with([',', ';']);
    let bare = word.trim_end_matches([',', ';']);
    let is_count = !bare.is_empty()
        && bare
            .chars()
            .all(|letter| letter.is_ascii_digit() || letter == ',');
    let is_month = |word: &str| (1..=12).any(|month| month_abbreviation(month, Language::En) == word);
    let is_year = before.is_some_and(|before| before == "since" || is_month(before));
    is_count && ends_a_part && !is_year
}

#[test]
fn number_without_a_noun_is_noticed() {
    assert!(stands_alone("6,", Some("declarations,"), Some("most")));
    assert!(stands_alone("12", Some("was"), None));
    assert!(!stands_alone("2026,", Some("Dec"), Some("most")));
    assert!(!stands_alone("6", None, Some("expire")));
}

proptest! {
    #[test]
    fn sentence_is_short_and_well_formed(board in any_board()) {
        for language in [Language::Ru, Language::En] {
            let sentence = summary(&board, today(), language);
            prop_assert!(!sentence.is_empty());
            let length = sentence.chars().count();
            prop_assert!(length <= 210, "{length} characters: {sentence}");
            let spaced = sentence.replace('\u{a0}', " ");
            prop_assert!(!spaced.contains("  "), "{sentence}");
            prop_assert!(!spaced.contains(" ,") && !spaced.contains(" ;") && !spaced.ends_with(['.', ' ', ',']), "{sentence}");
            // Words that a count is tied to by a no-break space keep together here.
            let words: Vec<&str> = sentence.split(' ').collect();
            for (index, word) in words.iter().enumerate() {
                let before = index.checked_sub(1).and_then(|index| words.get(index)).copied();
                let after = words.get(index + 1).copied();
                prop_assert!(!stands_alone(word, before, after), "`{word}` stands alone: {sentence}");
            }
        }
    }
}
