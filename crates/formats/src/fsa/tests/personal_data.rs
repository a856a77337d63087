//! Nothing that the facts call personal leaves the adapter: neither in documents nor in the text of rejected rows.

use super::first_generation::{CERTIFICATE, certificates};
use super::traps;
use super::*;
use rstest::rstest;

/// What stands in the personal columns of the first generation's sample row.
const PERSONAL: [&str; 19] = [
    "111-22-33",
    "111-22-34",
    "boss@applicant.example",
    "applicant.example",
    "Директоров",
    "Тайная ул",
    "Явная ул",
    "1111 2222",
    "1111 2223",
    "boss@works.example",
    "works.example",
    "Director Wang",
    "Hidden Road",
    "Open Road",
    "Branch Road",
    "Главный",
    "Экспертов",
    "Подписантов",
    "+7",
];

fn expect_nothing_personal(text: &str) {
    for personal in PERSONAL {
        assert!(CERTIFICATE.contains(personal), "{personal}");
        assert!(!text.contains(personal), "{personal} in {text}");
    }
}

fn rejected(source: ImportSource, text: String) -> RejectedRow {
    match rows(source, text).unwrap().remove(0).1 {
        Row::Rejected(rejected) => rejected,
        other => panic!("{other:?}"),
    }
}

#[test]
fn document_holds_nothing_of_the_personal_columns() {
    let document = documents(ImportSource::FsaCertificates, certificates(CERTIFICATE)).remove(0);
    expect_nothing_personal(&serde_json::to_string(&document).unwrap());
}

#[rstest]
#[case::wrong_date("|11.01.2022|", "|вчера|")]
#[case::cell_too_many("|Чайник электрический|", "|Чайник|электрический|")]
#[case::cell_too_few("|Чайник электрический|", "|")]
#[case::two_cells_too_few("|Чайник электрический|модель Ч-1|", "|")]
fn rejected_row_shows_what_it_is_and_nothing_personal(#[case] from: &str, #[case] to: &str) {
    let row = with(CERTIFICATE, from, to);
    let rejected = rejected(ImportSource::FsaCertificates, certificates(&row));
    expect_nothing_personal(&rejected.raw);
    expect_nothing_personal(&rejected.reason);
    assert!(
        rejected
            .raw
            .starts_with("3026048|Действует|Сертификат ТР|ЕАЭС RU С-CN"),
        "{}",
        rejected.raw
    );
    assert!(rejected.raw.contains('…'), "{}", rejected.raw);
}

#[test]
fn rejected_row_of_a_sole_trader_hides_his_name_and_address() {
    let row = traps::row(
        ImportSource::FsaDeclarations,
        DECLARATIONS,
        &[
            ("Дата рег", "вчера"),
            ("Тип заявителя", "Индивидуальный предприниматель"),
            ("Заявитель", "Торговцев Аркадий Львович"),
            ("ИНН Заявителя", "770000000156"),
            ("Адрес Заявителя", "Москва  Домашняя ул  5"),
        ],
    );
    let Row::Rejected(rejected) = row else {
        panic!("{row:?}")
    };
    assert!(
        !rejected.raw.contains("Торговцев") && !rejected.raw.contains("Домашняя"),
        "{}",
        rejected.raw
    );
    assert!(rejected.raw.starts_with("19811380,"), "{}", rejected.raw);
}

#[test]
fn contacts_typed_into_names_are_dropped_from_documents() {
    let row = traps::row(
        ImportSource::FsaCertificates,
        CERTIFICATES,
        &[
            (
                "Заявитель",
                "ООО \"Север\"  +7 (999) 123-45-67  sever@north.example",
            ),
            ("Изготовитель", "Works Ltd  info@works.example"),
            (
                "Полное наименование продукции",
                "Чайник  заявки на shop@works.example",
            ),
            ("ОС", "RA.RU.10АЯ46  body@body.example"),
        ],
    );
    let Row::Document(document) = row else {
        panic!("{row:?}")
    };
    assert_eq!(document.applicant.name, "ООО \"Север\"");
    assert_eq!(document.manufacturer.name, "Works Ltd");
    assert_eq!(document.product, "Чайник заявки на");
    assert_eq!(document.certification_body.as_deref(), Some("RA.RU.10АЯ46"));
}
