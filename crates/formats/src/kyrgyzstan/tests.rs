use super::*;
use crate::{ImportSource, Input, open};
use certlens_domain::document_number::identity_key;
use proptest::prelude::*;
use rstest::rstest;
use std::io::Cursor;

const CERTIFICATES: &str = include_str!("../../tests/data/kg/certificates-page.html");
const DECLARATIONS: &str = include_str!("../../tests/data/kg/declarations-page.html");
const EMPTY: &str = include_str!("../../tests/data/kg/empty-page.html");

fn rows(source: ImportSource, text: &str) -> Result<Vec<(u64, Row)>, FormatError> {
    let mut reader = open(
        source,
        Input::Stream(Box::new(Cursor::new(text.as_bytes().to_vec()))),
    )?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.push(row);
    }
    Ok(rows)
}

fn documents(source: ImportSource, text: &str) -> Vec<Document> {
    let document = |(line, row)| match row {
        Row::Document(document) => *document,
        other => panic!("line {line}: {other:?}"),
    };
    rows(source, text).unwrap().into_iter().map(document).collect()
}

fn refusal(source: ImportSource, text: &str) -> String {
    rows(source, text).unwrap_err().to_string()
}

/// The page with one text replaced.
fn with(page: &str, from: &str, to: &str) -> String {
    assert!(page.contains(from), "{from}");
    page.replacen(from, to, 1)
}

#[test]
fn sample_certificates_become_these_documents() {
    insta::assert_json_snapshot!(documents(ImportSource::KgCertificates, CERTIFICATES));
}

#[test]
fn sample_declarations_become_these_documents() {
    insta::assert_json_snapshot!(documents(ImportSource::KgDeclarations, DECLARATIONS));
}

#[test]
fn page_without_results_has_no_rows() {
    assert!(rows(ImportSource::KgCertificates, EMPTY).unwrap().is_empty());
}

#[test]
fn row_carries_the_line_of_its_number() {
    let line = DECLARATIONS
        .lines()
        .position(|line| line.contains("KG417/18.Д.0000338"))
        .unwrap();
    let rows = rows(ImportSource::KgDeclarations, DECLARATIONS).unwrap();
    assert_eq!(rows[0].0, line as u64 + 1);
}

#[test]
fn several_pages_in_one_file_are_read_one_after_another() {
    let pages = format!("{DECLARATIONS}\n{DECLARATIONS}");
    let rows = rows(ImportSource::KgDeclarations, &pages).unwrap();
    let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines.len(), 2);
    let page_lines = DECLARATIONS.matches('\n').count() as u64 + 1;
    assert_eq!(lines[1], lines[0] + page_lines);
}

#[test]
fn columns_are_found_by_heading_wherever_they_stand() {
    let swapped = DECLARATIONS
        .replace("Заявитель</th>", "%</th>")
        .replace("Изготовитель</th>", "Заявитель</th>")
        .replace("%</th>", "Изготовитель</th>")
        .replacen(
            "Индивидуальный предприниматель Фамилия Имя Отчество",
            "Сначала заявитель",
            1,
        );
    let document = documents(ImportSource::KgDeclarations, &swapped).remove(0);
    assert_eq!(document.applicant.name, "Сначала заявитель");
}

#[test]
fn page_of_the_other_kind_is_refused_with_the_right_source() {
    let error = refusal(ImportSource::KgDeclarations, CERTIFICATES);
    assert!(error.contains("use the source kg-certificates"), "{error}");
    let error = refusal(ImportSource::KgCertificates, DECLARATIONS);
    assert!(error.contains("use the source kg-declarations"), "{error}");
}

#[test]
fn table_saved_alone_is_read_and_its_kind_is_seen_in_its_headings() {
    let start = DECLARATIONS.find("<table id=\"reportTable\"").unwrap();
    let end = start + DECLARATIONS[start..].find("</table>").unwrap() + "</table>".len();
    let table = &DECLARATIONS[start..end];
    assert_eq!(documents(ImportSource::KgDeclarations, table).len(), 1);
    assert!(refusal(ImportSource::KgCertificates, table).contains("kg-declarations"));
}

#[test]
fn page_of_the_national_register_is_refused() {
    let national = CERTIFICATES.replace(
        "action=\"/Registry/CertificateOfConformity\"",
        "action=\"/Registry/CertificateOfConformity-KGZ-National\"",
    );
    let error = refusal(ImportSource::KgCertificates, &national);
    assert!(error.contains("national documents"), "{error}");
}

#[rstest]
#[case(
    "<!DOCTYPE html><html><head><title>Вход в систему</title></head><body>Пароль</body></html>",
    "Вход в систему"
)]
#[case("<html><body><h1>502 Bad Gateway</h1></body></html>", "no result page")]
#[case("{\"items\":[]}", "no result page")]
fn page_that_is_no_result_page_is_refused_by_its_title(#[case] page: &str, #[case] said: &str) {
    let error = refusal(ImportSource::KgCertificates, page);
    assert!(error.contains(said), "{error}");
}

#[test]
fn page_cut_off_anywhere_never_passes_for_a_whole_one() {
    let begin = DECLARATIONS.find("<html").unwrap() + "<html".len();
    let end = DECLARATIONS.rfind("</html>").unwrap() + "</html>".len();
    let cuts = (begin..end).filter(|cut| DECLARATIONS.is_char_boundary(*cut));
    for cut in cuts.step_by(1500).chain([end - 1]) {
        let error = rows(ImportSource::KgDeclarations, &DECLARATIONS[..cut]).unwrap_err();
        assert!(
            matches!(error.problem, FormatProblem::Truncated),
            "{cut}: {error}"
        );
    }
}

#[test]
fn table_that_lacks_a_column_names_it() {
    let page = with(DECLARATIONS, "Дата регистрации</th>", "Что-то</th>");
    let error = refusal(ImportSource::KgDeclarations, &page);
    assert!(error.contains("\"Дата регистрации\""), "{error}");
}

#[rstest]
#[case("17 июнь 2025</td>", "вчера</td>", "column \"Дата регистрации\": `вчера`")]
#[case("17 июнь 2025</td>", "</td>", "is empty")]
#[case(
    "17 июнь 2026</td>",
    "31 июнь 2026</td>",
    "column \"Дата окончания действия\""
)]
#[case("ЕАЭС KG417/18.Д.0000338</td>", "</td>", "number is empty")]
#[case(
    "ЕАЭС KG417/18.Д.0000338",
    "ЕАЭС KG417/016.RU.02.04561",
    "that of a certificate"
)]
#[case("<td class=\"tb_td\">Прекращена</td>", "", "9 cells, the header 10")]
fn row_that_makes_no_sense_is_rejected_with_its_reason(
    #[case] from: &str,
    #[case] to: &str,
    #[case] reason: &str,
) {
    let rows = rows(ImportSource::KgDeclarations, &with(DECLARATIONS, from, to)).unwrap();
    let [(_, Row::Rejected(rejected))] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    assert!(rejected.reason.contains(reason), "{}", rejected.reason);
    assert!(rejected.raw.contains("1905100000"), "{}", rejected.raw);
}

#[rstest]
#[case("Действует", Status::Active)]
#[case("Продлена", Status::Extended)]
#[case("Приостановлена", Status::Suspended)]
#[case("Возобновлена", Status::Renewed)]
#[case("Прекращена", Status::Terminated)]
#[case("На проверке", Status::Unknown)]
fn feminine_status_is_understood_and_kept_as_written(#[case] label: &str, #[case] expected: Status) {
    let page = with(DECLARATIONS, "Прекращена</td>", &format!("{label}</td>"));
    let document = documents(ImportSource::KgDeclarations, &page).remove(0);
    assert_eq!(
        (document.status, document.status_label.as_str()),
        (expected, label)
    );
}

#[test]
fn document_has_no_id_of_the_register_so_that_its_number_and_day_are_its_key_everywhere() {
    let document = documents(ImportSource::KgDeclarations, DECLARATIONS).remove(0);
    assert_eq!(document.source_id, None);
    assert_eq!(
        identity_key(&document.number),
        identity_key("ЕАЭС KG417/18.Д.0000338")
    );
    assert_eq!(
        document.url.as_deref(),
        Some("https://swis.trade.kg/Doc/1ce21ede-10e2-4fcc-a41b-bcd6158e7ad7")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is missing from the table, the page gives rows or a sentence.
    #[test]
    fn damaged_page_is_read_or_refused_without_panic(
        from in any::<prop::sample::Index>(),
        length in 1usize..400,
        instead in "\\PC{0,6}|<td>|</table>|<table><tr>",
    ) {
        let table = DECLARATIONS.find("<table id=\"reportTable\"").unwrap();
        let places: Vec<usize> = DECLARATIONS
            .char_indices()
            .map(|(place, _)| place)
            .filter(|place| (table..table + 4000).contains(place))
            .collect();
        let from = from.index(places.len());
        let to = (from + length).min(places.len() - 1);
        let page = format!("{}{instead}{}", &DECLARATIONS[..places[from]], &DECLARATIONS[places[to]..]);
        let _ = rows(ImportSource::KgDeclarations, &page);
    }
}
