//! Files as they were published from 2019 to about 2023, written here from the published lists of columns.

use super::*;
use rstest::rstest;

const DECLARATION_TITLES: &str = "id_decl|reg_number|decl_status|decl_type|date_beginning|date_finish|declaration_scheme|product_object_type_decl|product_type|product_group|product_name|asproduct_info|product_tech_reg|organ_to_certification_name|organ_to_certification_reg_number|basis_for_decl|old_basis_for_decl|applicant_type|person_applicant_type|applicant_ogrn|applicant_inn|applicant_name|manufacturer_type|manufacturer_ogrn|manufacturer_inn|manufacturer_name";
const DECLARATION: &str = "14000001|ЕАЭС N RU Д-CN.АБ58.В.00001/21|6|Декларация о соответствии|2021-03-01|2026-02-28|3д|Серийный выпуск|Импортная|Чайники|Чайники электрические \"Заря\"|модель Ч-1|О безопасности низковольтного оборудования; Электромагнитная совместимость технических средств|Орган по сертификации \"Тест\"|RA.RU.11АБ58|протокол|-|Юридическое лицо|Уполномоченное изготовителем лицо|1205400003962|5403055932|ООО \"ФЦС\"|Иностранное лицо|||Works Ltd";

const CERTIFICATE_TITLES: &str = "id_cert|cert_status|cert_type|reg_number|date_begining|date_finish|product_scheme|product_object_type_cert|product_type|product_okpd2|product_tn_ved|product_tech_reg|product_group|product_name|product_info|applicant_type|person_applicant_type|applicant_ogrn|applicant_inn|applicant_phone|applicant_fax|applicant_email|applicant_website|applicant_name|applicant_director_name|applicant_address|applicant_address_actual|manufacturer_type|manufacturer_ogrn|manufacturer_inn|manufacturer_phone|manufacturer_fax|manufacturer_email|manufacturer_website|manufacturer_name|manufacturer_director_name|manufacturer_country|manufacturer_address|manufacturer_address_actual|manufacturer_address_filial|organ_to_certification_name|organ_to_certification_reg_number|organ_to_certification_head_name|basis_for_certificate|old_basis_for_certificate|fio_expert|fio_signatory|product_national_standart|production_analysis_for_act|production_analysis_for_act_number|production_analysis_for_act_date";
pub(super) const CERTIFICATE: &str = "3026048|Действует|Сертификат ТР|ЕАЭС RU С-CN.АБ58.В.02263/22|11.01.2022|10.01.2027|1с|Серийный выпуск|Импортная|27.51.24.110|8516108000; 8516797000|ТР ТС 004/2011, ТР ТС 020/2011|Чайники|Чайник электрический|модель Ч-1|Юридическое лицо|Изготовитель|1205400003962|5403055932|+7 (495) 111-22-33|+7 (495) 111-22-34|boss@applicant.example|applicant.example|ООО \"ФЦС\"|Директоров Пётр Петрович|630091, Новосибирск, Тайная ул. 1|630091, Явная ул. 2|Иностранное лицо|||+86 10 1111 2222|+86 10 1111 2223|boss@works.example|works.example|Works Ltd|Director Wang|КИТАЙ|No 176, Hidden Road|No 177, Open Road|Branch Road 5|Орган по сертификации \"Тест\"|RA.RU.11АБ58|Главный Иван Иванович|протокол|-|Экспертов Олег Олегович|Подписантов Илья Ильич|ГОСТ 1|акт|5|2022-01-10";

pub(super) fn certificates(row: &str) -> String {
    format!("{CERTIFICATE_TITLES}\n{row}\n")
}

fn declarations(row: &str) -> String {
    format!("{DECLARATION_TITLES}\n{row}\n")
}

#[test]
fn declaration_of_the_first_generation_becomes_this_document() {
    insta::assert_json_snapshot!(documents(
        ImportSource::FsaDeclarations,
        declarations(DECLARATION)
    ));
}

#[test]
fn certificate_of_the_first_generation_becomes_this_document() {
    insta::assert_json_snapshot!(documents(
        ImportSource::FsaCertificates,
        certificates(CERTIFICATE)
    ));
}

#[test]
fn published_numbers_of_columns_are_26_and_51() {
    assert_eq!(DECLARATION_TITLES.split('|').count(), 26);
    assert_eq!(CERTIFICATE_TITLES.split('|').count(), 51);
}

#[rstest]
#[case("6", Status::Active)]
#[case("14", Status::Terminated)]
#[case(" 15 ", Status::Suspended)]
#[case("19", Status::Suspended)]
#[case("3", Status::Renewed)]
#[case("16", Status::Extended)]
#[case("1", Status::Expired)]
#[case("11", Status::Invalid)]
#[case("10", Status::Warned)]
#[case("42", Status::NotPublic)]
#[case("77", Status::Unknown)]
#[case("Прекращён", Status::Terminated)]
#[case("На рассмотрении", Status::Unknown)]
fn status_is_a_label_or_a_code(#[case] cell: &str, #[case] status: Status) {
    let row = with(DECLARATION, "|6|", &format!("|{cell}|"));
    let document = documents(ImportSource::FsaDeclarations, declarations(&row)).remove(0);
    assert_eq!(
        (document.status, document.status_label.as_str()),
        (status, cell.trim())
    );
}

#[rstest]
#[case(b';')]
#[case(b',')]
#[case(b'\t')]
fn first_generation_with_another_delimiter_gives_the_same_document(#[case] delimiter: u8) {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new());
    for line in [CERTIFICATE_TITLES, CERTIFICATE] {
        writer.write_record(line.split('|')).unwrap();
    }
    let expected = documents(ImportSource::FsaCertificates, certificates(CERTIFICATE));
    assert_eq!(
        documents(ImportSource::FsaCertificates, writer.into_inner().unwrap()),
        expected
    );
}

#[test]
fn first_generation_in_code_page_1251_gives_the_same_document() {
    let text = certificates(CERTIFICATE);
    let (converted, _, unmappable) = WINDOWS_1251.encode(&text);
    assert!(!unmappable);
    assert_eq!(
        documents(ImportSource::FsaCertificates, converted.into_owned()),
        documents(ImportSource::FsaCertificates, text)
    );
}

#[test]
fn lone_quotation_mark_in_a_cell_does_not_swallow_the_rows_after_it() {
    let broken = with(DECLARATION, "|ООО \"ФЦС\"|", "|\"ФЦС|");
    let text = format!("{DECLARATION_TITLES}\n{DECLARATION}\n{broken}\n{DECLARATION}\n");
    let documents = documents(ImportSource::FsaDeclarations, text);
    assert_eq!(documents.len(), 3);
    assert_eq!(documents[1].applicant.name, "\"ФЦС");
    assert_eq!(documents[2].applicant.name, "ООО \"ФЦС\"");
}

#[test]
fn quoted_file_with_bars_is_read_without_its_marks() {
    let quote = |line: &str| {
        let cells: Vec<String> = line
            .split('|')
            .map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")))
            .collect();
        cells.join("|")
    };
    let text = format!("{}\n{}\n", quote(DECLARATION_TITLES), quote(DECLARATION));
    assert_eq!(
        documents(ImportSource::FsaDeclarations, text),
        documents(ImportSource::FsaDeclarations, declarations(DECLARATION))
    );
}

#[test]
fn row_with_a_bar_in_a_cell_is_rejected_and_the_rest_goes_on() {
    let broken = with(DECLARATION, "модель Ч-1", "модель|Ч-1");
    let text = format!("{DECLARATION_TITLES}\n{broken}\n{DECLARATION}\n");
    let rows = rows(ImportSource::FsaDeclarations, text).unwrap();
    assert!(matches!(&rows[0], (2, Row::Rejected(rejected)) if rejected.reason.contains("27 cells")));
    assert!(matches!(&rows[1], (3, Row::Document(_))));
}

#[test]
fn certificates_given_as_declarations_are_refused_with_the_right_source() {
    let error = rows(ImportSource::FsaDeclarations, certificates(CERTIFICATE)).unwrap_err();
    assert!(error.to_string().contains("fsa-certificates"), "{error}");
    let error = rows(ImportSource::FsaCertificates, declarations(DECLARATION)).unwrap_err();
    assert!(error.to_string().contains("fsa-declarations"), "{error}");
}

#[rstest]
#[case("О безопасности низковольтного оборудования, Электромагнитная совместимость технических средств")]
#[case("О безопасности низковольтного оборудования  Электромагнитная совместимость технических средств")]
#[case("ТР ТС 004/2011  ТР ТС 020/2011")]
#[case("ТР ТС 004/2011 \"О безопасности низковольтного оборудования\", ТР ТС 020/2011")]
fn regulations_side_by_side_are_told_apart(#[case] cell: &str) {
    let row = with(CERTIFICATE, "ТР ТС 004/2011, ТР ТС 020/2011", cell);
    let document = documents(ImportSource::FsaCertificates, certificates(&row)).remove(0);
    assert_eq!(
        document.technical_regulations,
        ["ТР ТС 004/2011", "ТР ТС 020/2011"]
    );
}

#[test]
fn manufacturer_of_a_named_country_is_foreign_even_without_a_type() {
    let row = with(CERTIFICATE, "|Иностранное лицо|||+86", "|||200988541|+86");
    let row = with(&row, "|КИТАЙ|", "|Республика Беларусь|");
    let document = documents(ImportSource::FsaCertificates, certificates(&row)).remove(0);
    assert_eq!(document.manufacturer.country.as_deref(), Some("BY"));
    assert_eq!(document.manufacturer.unp.as_deref(), Some("200988541"));
}
