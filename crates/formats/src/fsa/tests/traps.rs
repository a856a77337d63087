//! One row for each trap of the second generation's cells that was seen in real rows.

use super::*;
use rstest::rstest;

/// The second generation's declarations, one row, with these cells.
fn declaration(cells: &[(&str, &str)]) -> Row {
    row(ImportSource::FsaDeclarations, DECLARATIONS, cells)
}

pub(super) fn certificate(cells: &[(&str, &str)]) -> Row {
    row(ImportSource::FsaCertificates, CERTIFICATES, cells)
}

/// The first row of a dump with the cells of some columns replaced.
pub(super) fn row(source: ImportSource, dump: &str, cells: &[(&str, &str)]) -> Row {
    let mut reader = csv::Reader::from_reader(dump.as_bytes());
    let titles = reader.headers().unwrap().clone();
    let mut record: Vec<String> = reader
        .records()
        .next()
        .unwrap()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    for (title, cell) in cells {
        let place = titles.iter().position(|known| known == *title).expect(title);
        record[place] = (*cell).to_owned();
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&titles).unwrap();
    writer.write_record(&record).unwrap();
    rows(source, writer.into_inner().unwrap()).unwrap().remove(0).1
}

fn document(row: Row) -> Document {
    match row {
        Row::Document(document) => *document,
        other => panic!("{other:?}"),
    }
}

fn reason(row: &Row) -> &str {
    match row {
        Row::Rejected(rejected) => &rejected.reason,
        _ => "",
    }
}

#[test]
fn commas_that_became_two_spaces_are_folded_in_names_and_products() {
    let document = document(declaration(&[
        ("Заявитель", "ООО \"Север  Юг  и  Ко\""),
        ("Полное наименование", "Мука  от 0 1 килограмма  высший сорт"),
    ]));
    assert_eq!(document.applicant.name, "ООО \"Север Юг и Ко\"");
    assert_eq!(document.product, "Мука от 0 1 килограмма высший сорт");
}

#[test]
fn title_that_lost_its_commas_is_the_regulation() {
    let cell = "О безопасности продукции  предназначенной для детей и подростков; \
                О безопасности отдельных видов специализированной пищевой продукции  в том числе диетического \
                лечебного и диетического профилактического питания";
    let document = document(declaration(&[("Тех регламенты", cell)]));
    assert_eq!(
        document.technical_regulations,
        ["ТР ТС 007/2011", "ТР ТС 027/2012"]
    );
}

#[test]
fn list_cells_may_begin_with_their_separator() {
    let document = document(declaration(&[
        ("Тех регламенты", "; О безопасности игрушек; "),
        ("Заявитель", "; ПРЕДСТАВИТЕЛЬСТВО \"A\""),
        ("Коды ОКПД2 / ТНВЭД", "; 9503004100"),
    ]));
    assert_eq!(document.technical_regulations, ["ТР ТС 008/2011"]);
    assert_eq!(document.applicant.name, "ПРЕДСТАВИТЕЛЬСТВО \"A\"");
    assert_eq!(document.tn_ved, ["9503004100"]);
}

#[test]
fn dictionary_id_is_kept_as_a_scheme_and_never_becomes_the_product() {
    let document = document(declaration(&[
        ("Схема", "3674"),
        ("Единый перечень продукции", "15001257"),
        ("Группа продукции", "15001257"),
        ("Полное наименование", ""),
        ("Обозначение", ""),
    ]));
    assert_eq!(document.scheme.as_deref(), Some("3674"));
    assert_eq!(document.product, "");
}

#[test]
fn codes_in_the_column_of_standards_are_no_regulations_of_the_document() {
    let standards = "ТР ЕАЭС 040/2016  ТР ТС 021/2011  ТР ТС 022/2011";
    let document = document(declaration(&[
        ("Тех регламенты", ""),
        ("Стандарт продукции", standards),
    ]));
    assert_eq!(document.technical_regulations, [""; 0]);
}

#[test]
fn laboratory_dates_in_their_own_spelling_and_number_are_no_obstacle() {
    let document = document(declaration(&[(
        "Жата протокола ИЛ",
        "2025-08-22; 2025-08-22; нет",
    )]));
    assert_eq!(document.registered_on.to_string(), "2025-01-22");
}

#[rstest]
#[case("70960100", &["070960100"])]
#[case("0805102000; 0805210000", &["0805102000", "0805210000"])]
#[case("10.41.41.132; 1212918000; 870323", &["1212918000", "870323"])]
#[case("10.41.41.132", &[])]
fn codes_regain_their_zero_and_are_told_from_okpd2(#[case] cell: &str, #[case] codes: &[&str]) {
    let document = document(certificate(&[("Коды ОКПД2/ТНВЭД", cell)]));
    assert_eq!(document.tn_ved, codes);
}

#[test]
fn numbers_of_parties_regain_their_zero() {
    let document = document(declaration(&[
        ("ИНН Заявителя", "814162716"),
        ("ОГРН Заявителя", "1040866727109"),
        ("Тип изготовителя", "Индивидуальный предприниматель"),
        ("ИНН производителя", "70000000156"),
    ]));
    assert_eq!(document.applicant.inn.as_deref(), Some("0814162716"));
    assert_eq!(document.applicant.ogrn.as_deref(), Some("1040866727109"));
    assert_eq!(document.manufacturer.inn.as_deref(), Some("070000000156"));
}

#[test]
fn foreign_manufacturer_without_numbers_has_a_country_from_its_address() {
    let document = document(declaration(&[
        ("Тип изготовителя", "Иностранное лицо"),
        ("ИНН производителя", ""),
        ("ОГРН изготовителя", ""),
        (
            "Адрес изготовителя",
            "КИТАЙ  No. 176  Dongliu Road; КИТАЙ  No. 177",
        ),
    ]));
    assert_eq!(document.manufacturer.identifiers().count(), 0);
    assert_eq!(document.manufacturer.country.as_deref(), Some("CN"));
}

#[test]
fn boilerplate_of_the_branch_columns_comes_nowhere() {
    let boilerplate = "Адрес (адреса) места осуществления деятельности по изготовлению продукции:";
    let document = document(declaration(&[
        ("Филиал изготовителя", boilerplate),
        ("Филиал Заявителя", boilerplate),
        ("ОС", boilerplate),
        ("Зарег Заявителем (СРД)", "false"),
    ]));
    assert_eq!(document.certification_body, None);
    let json = serde_json::to_string(&document).unwrap();
    assert!(!json.contains("осуществления деятельности"), "{json}");
}

#[test]
fn kind_of_applicant_with_a_latin_letter_is_no_obstacle() {
    let document = document(declaration(&[("Тип декларанта", "Иcполнитель")]));
    assert_eq!(document.applicant.inn.as_deref(), Some("5403055932"));
}

#[test]
fn temporary_number_never_becomes_the_number_of_a_document() {
    let temporary = "врЕАЭС(ТР).РА01.28686/25";
    for cells in [
        [("Номер ДС", ""), ("Временный номер декл", temporary)],
        [("Номер ДС", temporary), ("Временный номер декл", temporary)],
    ] {
        let row = declaration(&cells);
        assert!(
            reason(&row).contains("only the temporary one врЕАЭС(ТР)"),
            "{row:?}"
        );
    }
    let neither = declaration(&[("Номер ДС", ""), ("Временный номер декл", "")]);
    assert!(reason(&neither).contains("number is empty"), "{neither:?}");
}

#[rstest]
#[case("Действует", Status::Active)]
#[case("Частично приостановлен", Status::Suspended)]
#[case("Возобновлён", Status::Renewed)]
#[case("Направлено уведомление о прекращении", Status::Warned)]
#[case("Что-то новое", Status::Unknown)]
#[case("", Status::Unknown)]
fn any_label_of_a_status_is_accepted_and_kept(#[case] label: &str, #[case] status: Status) {
    let document = document(declaration(&[("Статус", label)]));
    assert_eq!((document.status, document.status_label.as_str()), (status, label));
}

#[test]
fn schemes_have_one_spelling_whatever_alphabet_their_letter_is_in() {
    let schemes = ["1c", "1с", "1С"].map(|scheme| document(certificate(&[("Схема", scheme)])).scheme);
    assert!(
        schemes.iter().all(|scheme| scheme.as_deref() == Some("1с")),
        "{schemes:?}"
    );
}

#[test]
fn nul_in_a_cell_rejects_its_row_only() {
    let broken = with(DECLARATIONS, "« Capri", "« Ca\0pri");
    let rows = rows(ImportSource::FsaDeclarations, broken).unwrap();
    assert!(reason(&rows[0].1).contains("NUL"), "{:?}", rows[0].1);
    assert!(rows[1..].iter().all(|(_, row)| matches!(row, Row::Document(_))));
}
