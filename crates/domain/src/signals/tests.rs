//! Which boards raise which signal, what each says, and which documents it shows.

use super::*;
use crate::language::Language;
use crate::sample::{board, day, empty_board, named, today};
use proptest::prelude::*;
use rstest::rstest;

fn keys(board: &Board) -> Vec<&'static str> {
    signals(board, today()).iter().map(Signal::key).collect()
}

/// The signal of this key, which the board must raise.
fn raised(board: &Board, key: &str) -> Signal {
    let found = signals(board, today());
    let signal = found.iter().find(|signal| signal.key() == key).cloned();
    signal.unwrap_or_else(|| panic!("no `{key}` among {found:?}"))
}

fn said(signal: &Signal) -> [String; 2] {
    [Language::Ru, Language::En].map(|language| signal.sentence(language).replace('\u{a0}', " "))
}

/// So many declarations, all in force, registered evenly.
fn steady(documents: u64) -> Board {
    board((documents, 0), (documents, 0)).registered("2019-03-01", "2026-11-02", [6, 6])
}

#[test]
fn counterparty_without_documents_raises_nothing() {
    assert_eq!(keys(&empty_board()), Vec::<&str>::new());
}

#[test]
fn counterparty_whose_documents_are_all_well_raises_nothing() {
    assert_eq!(keys(&steady(40)), Vec::<&str>::new());
}

#[rstest]
#[case::a_quarter(
    steady(48).of_which(Status::Suspended, 4).of_which(Status::Terminated, 8),
    Level::Attention,
    "Из 48 документов без учёта архивных приостановлено 4 и прекращено 8 (25 %).",
    "Of 48 documents, archived ones left out, 4 suspended and 8 terminated (25%)."
)]
#[case::one_of_each(
    steady(21).of_which(Status::Suspended, 1).of_which(Status::Terminated, 1).of_which(Status::Invalid, 1),
    Level::Notice,
    "Из 21 документа без учёта архивных приостановлен 1, прекращён 1 и признан недействительным 1 (14 %).",
    "Of 21 documents, archived ones left out, 1 suspended, 1 terminated and 1 declared void (14%)."
)]
#[case::too_few_for_a_share(
    steady(2).of_which(Status::Suspended, 1),
    Level::Notice,
    "Из 2 документов без учёта архивных приостановлен 1.",
    "Of 2 documents, archived ones left out, 1 suspended."
)]
#[case::too_few_for_an_alarm(
    steady(9).of_which(Status::Terminated, 8),
    Level::Notice,
    "Из 9 документов без учёта архивных прекращено 8.",
    "Of 9 documents, archived ones left out, 8 terminated."
)]
#[case::void_ones(
    steady(100).of_which(Status::Invalid, 2),
    Level::Notice,
    "Из 100 документов без учёта архивных признано недействительными 2 (2 %).",
    "Of 100 documents, archived ones left out, 2 declared void (2%)."
)]
fn stopped_documents_are_told_with_what_they_are_a_share_of(
    #[case] board: Board,
    #[case] level: Level,
    #[case] ru: &str,
    #[case] en: &str,
) {
    let signal = raised(&board, "stopped");
    assert_eq!(said(&signal), [ru, en]);
    assert_eq!(signal.level(), level);
}

#[test]
fn routine_terminations_are_no_signal_but_suspensions_are() {
    assert_eq!(
        keys(&steady(100).of_which(Status::Terminated, 5)),
        Vec::<&str>::new()
    );
    assert_eq!(keys(&steady(100).of_which(Status::Terminated, 6)), ["stopped"]);
    assert_eq!(keys(&steady(100).of_which(Status::Suspended, 1)), ["stopped"]);
}

#[test]
fn archived_documents_do_not_dilute_the_share() {
    let mut few_of_many = steady(20).of_which(Status::Terminated, 4);
    few_of_many.by_status.insert(Status::Expired, 1_000);
    assert_eq!(raised(&few_of_many, "stopped").level(), Level::Attention);
}

#[rstest]
#[case::three_numbers(
    steady(40).expiring([2, 3, 6], "2026-12-05"),
    Level::Attention,
    "За 90 дней истекает срок 6 документов из 40 действующих: за 60 дней — 3, за 30 дней — 2; ближайший срок — 05.12.2026.",
    "6 of 40 valid documents expire within 90 days: 3 within 60 days, 2 within 30 days; the next one on 5 Dec 2026."
)]
#[case::not_within_a_month(
    steady(21).expiring([0, 1, 21], "2027-01-05"),
    Level::Notice,
    "За 90 дней истекает срок 21 документа из 21 действующего: за 60 дней — 1, за 30 дней — ни одного; ближайший срок — 05.01.2027.",
    "21 of 21 valid documents expire within 90 days: 1 within 60 days, none within 30 days; the next one on 5 Jan 2027."
)]
#[case::one_of_many(
    steady(40).expiring([1, 1, 1], "2026-12-05"),
    Level::Attention,
    "05.12.2026, через 14 дней, истекает срок 1 документа из 40 действующих.",
    "1 of 40 valid documents expires on 5 Dec 2026, in 14 days."
)]
#[case::the_only_one_today(
    steady(1).expiring([1, 1, 1], "2026-11-21"),
    Level::Attention,
    "21.11.2026, сегодня, истекает срок единственного действующего документа.",
    "The only valid document expires on 21 Nov 2026, today."
)]
fn expiry_is_told_for_thirty_sixty_and_ninety_days(
    #[case] board: Board,
    #[case] level: Level,
    #[case] ru: &str,
    #[case] en: &str,
) {
    let signal = raised(&board, "expiring");
    assert_eq!(said(&signal), [ru, en]);
    assert_eq!(signal.level(), level);
    let filter = signal.filter().unwrap();
    assert_eq!(
        (filter.ends_from, filter.ends_to),
        (Some(today()), Some(day("2027-02-19")))
    );
    assert_eq!(
        filter.statuses,
        [Status::Active, Status::Renewed, Status::Extended]
    );
}

#[rstest]
#[case(
    1,
    "На территории РФ не действует 1 документ из реестров других стран ЕАЭС.",
    "1 document of other EAEU countries' registries is not valid in Russia."
)]
#[case(
    3,
    "На территории РФ не действуют 3 документа из реестров других стран ЕАЭС.",
    "3 documents of other EAEU countries' registries are not valid in Russia."
)]
fn foreign_documents_that_do_not_hold_in_russia_ask_for_attention(
    #[case] documents: u64,
    #[case] ru: &str,
    #[case] en: &str,
) {
    let mut board = steady(40);
    board.totals.not_valid_in_rf = documents;
    let signal = raised(&board, "not_valid_in_rf");
    assert_eq!(said(&signal), [ru, en]);
    assert_eq!(signal.level(), Level::Attention);
    assert!(signal.filter().unwrap().not_valid_in_rf);
}

#[test]
fn announced_termination_asks_for_attention() {
    let signal = raised(&steady(40).of_which(Status::Warned, 2), "warned");
    assert_eq!(signal.level(), Level::Attention);
    assert_eq!(
        said(&signal),
        [
            "По 2 документам направлено уведомление о прекращении или выдано предписание.",
            "A notice of termination or an order was issued for 2 documents."
        ]
    );
    assert_eq!(signal.filter().unwrap().statuses, [Status::Warned]);
}

fn flooded(documents: u64, last_year: u64) -> Board {
    let mut board = steady(200);
    board.facts.last_year = last_year;
    board.facts.year_before = last_year;
    board.facts.busiest_day = Some((day("2026-03-12"), documents));
    board
}

#[rstest]
#[case(
    45,
    120,
    "За один день, 12.03.2026, зарегистрировано 45 документов — 38 % всех за год.",
    "45 documents were registered on a single day, 12 Mar 2026: 38% of the last year."
)]
#[case(
    21,
    21,
    "За один день, 12.03.2026, зарегистрирован 21 документ — все за год.",
    "21 documents were registered on a single day, 12 Mar 2026: all of the last year."
)]
fn many_registrations_of_one_day_are_a_flood(
    #[case] documents: u64,
    #[case] last_year: u64,
    #[case] ru: &str,
    #[case] en: &str,
) {
    let signal = raised(&flooded(documents, last_year), "flood");
    assert_eq!(said(&signal), [ru, en]);
    let filter = signal.filter().unwrap();
    assert_eq!(
        (filter.registered_from, filter.registered_to),
        (Some(day("2026-03-12")), Some(day("2026-03-12")))
    );
}

#[rstest]
#[case::a_product_line(9, 20)]
#[case::a_small_part_of_the_year(10, 50)]
fn busy_day_of_usual_size_is_no_flood(#[case] documents: u64, #[case] last_year: u64) {
    assert_eq!(keys(&flooded(documents, last_year)), Vec::<&str>::new());
}

fn bodies(now: (&str, u64), before: (&str, u64)) -> Board {
    let mut board = steady(40);
    board.facts.body_last_year = Some(named(now.0, now.1));
    board.facts.body_year_before = Some(named(before.0, before.1));
    board
}

#[test]
fn another_body_than_a_year_ago_is_told_with_both_names() {
    let board = bodies(("Орган по сертификации ООО «Ромашка»", 12), ("RA.RU.11АБ58", 9));
    let signal = raised(&board, "body_changed");
    assert_eq!(signal.level(), Level::Notice);
    assert_eq!(
        said(&signal),
        [
            "Сменился орган по сертификации: за последний год чаще всего ОС ООО «Ромашка» (12 документов), годом раньше — RA.RU.11АБ58 (9 документов).",
            "The certification body has changed: most often ОС ООО «Ромашка» (12 documents) in the last year, RA.RU.11АБ58 (9 documents) in the year before."
        ]
    );
    let filter = signal.filter().unwrap();
    assert_eq!(
        filter.certification_bodies,
        ["Орган по сертификации ООО «Ромашка»"]
    );
    assert_eq!(
        filter.registered_from,
        Some(day("2025-11-22")),
        "365 days that end today"
    );
}

#[rstest]
#[case::the_same(("ООО «А»", 12), ("ООО «А»", 9))]
#[case::the_same_in_another_spelling(("ООО «А»", 12), ("Общество с ограниченной ответственностью \"А\"", 9))]
#[case::too_few_now(("ООО «А»", 4), ("ООО «Б»", 9))]
#[case::too_few_before(("ООО «А»", 12), ("ООО «Б»", 4))]
#[case::none_named(("", 12), ("ООО «Б»", 9))]
fn body_that_stays_or_is_uncertain_is_no_signal(#[case] now: (&str, u64), #[case] before: (&str, u64)) {
    assert_eq!(keys(&bodies(now, before)), Vec::<&str>::new());
}

#[test]
fn year_without_registrations_is_an_occasion_for_a_talk() {
    let board = board((3, 0), (3, 0)).registered("2019-03-01", "2024-03-12", [0, 0]);
    let signal = raised(&board, "nothing_new");
    assert_eq!(signal.level(), Level::Notice);
    assert_eq!(
        said(&signal),
        [
            "Больше года нет новых документов: последний зарегистрирован 12.03.2024.",
            "Nothing new for more than a year: the last document is of 12 Mar 2024."
        ]
    );
    assert_eq!(signal.filter(), None);
}

#[rstest]
#[case([24, 12], "grew", Level::Good,
    "За последний год зарегистрировано 24 документа, годом раньше — 12: активность за год выросла вдвое.",
    "24 documents registered in the last year, 12 in the year before: activity doubled in a year.")]
#[case([1, 10], "fell", Level::Notice,
    "За последний год зарегистрирован 1 документ, годом раньше — 10: активность за год упала в 10 раз.",
    "1 document registered in the last year, 10 in the year before: activity fell by 90% in a year.")]
fn change_of_activity_is_told_with_both_years(
    #[case] years: [u64; 2],
    #[case] key: &str,
    #[case] level: Level,
    #[case] ru: &str,
    #[case] en: &str,
) {
    let board = board((60, 0), (60, 0)).registered("2019-03-01", "2026-11-02", years);
    let signal = raised(&board, key);
    assert_eq!(said(&signal), [ru, en]);
    assert_eq!(signal.level(), level);
    assert_eq!(signal.filter().unwrap().registered_to, Some(today()));
}

#[rstest]
#[case(
    1,
    1,
    0,
    "Единственный документ уже не действует: срок истёк.",
    "The only document is not valid any more: its term is over."
)]
#[case(
    12,
    12,
    0,
    "Действующих документов нет: срок истёк у всех 12.",
    "No valid documents: the term of all 12 is over."
)]
#[case(
    12,
    9,
    3,
    "Действующих документов нет: из 12 срок истёк у 9, прекращено до срока — 3.",
    "No valid documents: of 12 the term of 9 is over, 3 terminated."
)]
#[case(
    4,
    0,
    4,
    "Действующих документов нет: до срока прекращены все 4.",
    "No valid documents: all 4 were terminated."
)]
fn counterparty_whose_documents_all_ended_asks_for_attention(
    #[case] documents: u64,
    #[case] expired: u64,
    #[case] terminated: u64,
    #[case] ru: &str,
    #[case] en: &str,
) {
    let mut board = board((0, 0), (documents, 0)).registered("2019-03-01", "2026-11-02", [1, 1]);
    board.by_status = [(Status::Expired, expired), (Status::Terminated, terminated)].into();
    board.by_status.retain(|_, number| *number > 0);
    assert_eq!(
        keys(&board),
        ["all_ended"],
        "no share of stopped documents besides"
    );
    let signal = raised(&board, "all_ended");
    assert_eq!(said(&signal), [ru, en]);
    assert_eq!(signal.level(), Level::Attention);
}

#[test]
fn suspended_document_may_come_into_force_again_so_that_not_all_has_ended() {
    let board = steady(3)
        .of_which(Status::Expired, 2)
        .of_which(Status::Suspended, 1);
    assert_eq!(keys(&board), ["stopped"]);
}

#[test]
fn loudest_signals_come_first() {
    let mut board = steady(60)
        .of_which(Status::Suspended, 1)
        .expiring([1, 2, 3], "2026-12-05");
    board.facts.last_year = 24;
    board.facts.year_before = 12;
    assert_eq!(keys(&board), ["expiring", "stopped", "grew"]);
}

#[test]
fn signal_replaces_conditions_of_its_own_facets_and_keeps_the_others() {
    let chosen = DocumentFilter {
        statuses: vec![Status::Active],
        origins: vec!["CN".to_owned()],
        ..DocumentFilter::default()
    };
    let signal = raised(&steady(48).of_which(Status::Suspended, 4), "stopped");
    let narrowed = signal.narrowed(&chosen).unwrap();
    assert_eq!(narrowed.statuses, [Status::Suspended]);
    assert_eq!(narrowed.origins, ["CN"]);
}

fn any_signals() -> impl Strategy<Value = Vec<Signal>> {
    let statuses =
        proptest::collection::btree_map(proptest::sample::select(&Status::ALL[..]), 1_u64..2_000, 1..10);
    let facts = (0_u64..3_000, 0_u64..3_000, 0_u64..3_000, 0_i64..365);
    let expiring = (0_u64..50, 0_u64..50, 0_u64..50, proptest::option::of(0_i64..90));
    (statuses, facts, expiring, 0_u64..30).prop_map(|(statuses, facts, expiring, not_valid)| {
        let active = statuses
            .iter()
            .filter(|(status, _)| status.is_active())
            .map(|(_, number)| number)
            .sum();
        let mut board = board((active, 0), (statuses.values().sum(), 0));
        board.by_status = statuses;
        board.totals.not_valid_in_rf = not_valid;
        board.facts.last_year = facts.0;
        board.facts.year_before = facts.1;
        board.facts.busiest_day = Some((today() - chrono::Duration::days(facts.3), facts.2.min(facts.0)));
        let within = [
            expiring.0,
            expiring.0 + expiring.1,
            expiring.0 + expiring.1 + expiring.2,
        ];
        board.totals.expiring_90d = within[2].min(active);
        board.totals.expiring_60d = within[1].min(active);
        board.totals.expiring_30d = within[0].min(active);
        board.totals.next_end = expiring.3.map(|days| today() + chrono::Duration::days(days));
        board.facts.body_last_year = Some(named("ООО «А»", facts.0));
        board.facts.body_year_before = Some(named("ООО «Б»", facts.1));
        signals(&board, today())
    })
}

proptest! {
    #[test]
    fn every_signal_has_its_sentence_and_its_reason_in_both_languages(signals in any_signals()) {
        prop_assert!(signals.is_sorted_by_key(Signal::level));
        for signal in signals {
            for language in [Language::Ru, Language::En] {
                for text in [signal.sentence(language), signal.explanation(language)] {
                    let text = text.replace('\u{a0}', " ");
                    prop_assert!(text.ends_with('.') && !text.ends_with(".."), "{text}");
                    prop_assert!(!text.contains("  ") && !text.contains(" ,") && !text.contains(" ."), "{text}");
                    prop_assert!(text.chars().count() <= 240, "{text}");
                }
            }
        }
    }
}
