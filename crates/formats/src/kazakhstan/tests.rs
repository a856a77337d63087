use super::*;
use crate::{ImportSource, Input, open};
use certlens_domain::status::Status;
use rstest::rstest;
use std::io::Cursor;

const ANSWER: &str = include_str!("../../tests/data/kz/list-answer.xml");
const OTHER: &str = include_str!("../../tests/data/kz/list-answer-other.xml");

fn rows(text: &str) -> Result<Vec<(u64, Row)>, FormatError> {
    let input = Input::Stream(Box::new(Cursor::new(text.as_bytes().to_vec())));
    let mut reader = open(ImportSource::Kz, input)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.push(row);
    }
    Ok(rows)
}

fn documents(text: &str) -> Vec<Document> {
    let document = |(line, row)| match row {
        Row::Document(document) => *document,
        other => panic!("line {line}: {other:?}"),
    };
    rows(text).unwrap().into_iter().map(document).collect()
}

fn row_html(number: &str, status: &str, type_in_words: &str) -> String {
    format!(
        "<tr data-ri=\"0\" data-rk=\"7\"><td>{number}</td><td>01.01.2024</td><td>31.12.2027</td><td>{status}</td>\
         <td>{type_in_words}</td></tr>"
    )
}

fn answer(content: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<partial-response><changes><update id=\"list\"><![CDATA[{content}]]>\
         </update><update id=\"javax.faces.ViewState\"><![CDATA[-12:34]]></update></changes></partial-response>"
    )
}

#[test]
fn sample_answers_become_these_documents() {
    insta::assert_json_snapshot!(documents(&format!("{ANSWER}{OTHER}")));
}

#[test]
fn answers_one_after_another_keep_the_lines_of_their_rows() {
    let text = format!("{ANSWER}\n{ANSWER}");
    let expected: Vec<u64> = (1..)
        .zip(text.lines())
        .filter(|(_, line)| line.contains("<td>ЕАЭС KZ"))
        .map(|(number, _)| number)
        .collect();
    let lines: Vec<u64> = rows(&text).unwrap().into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, expected);
}

#[test]
fn table_saved_as_a_page_gives_the_same_documents() {
    let start = OTHER.find("<table").unwrap();
    let end = OTHER.find("]]>").unwrap();
    let table = &OTHER[start..end];
    assert_eq!(documents(table), documents(OTHER));
    assert_eq!(
        documents(&format!("<html><body>{table}</body></html>")),
        documents(OTHER)
    );
}

#[test]
fn answer_to_paging_has_rows_without_headings() {
    let rows = row_html("ЕАЭС KZ 7500533.01.01.06080", "ISSUED", "сертификат");
    let document = documents(&answer(&rows)).remove(0);
    assert_eq!(document.number, "ЕАЭС KZ 7500533.01.01.06080");
    assert_eq!(document.registered_on.to_string(), "2024-01-01");
    assert_eq!(
        document.url.as_deref(),
        Some("https://eokno.gov.kz/ktrm/ktrm1OpenedApp.xhtml?id=7")
    );
}

#[test]
fn answer_without_results_has_no_rows() {
    let empty = "<tr class=\"ui-datatable-empty-message\"><td colspan=\"5\">Жазба табылмады</td></tr>";
    assert!(rows(&answer(empty)).unwrap().is_empty());
}

#[rstest]
#[case("ЕАЭС KZ 7500533.01.01.06080", "", Some(DocumentKind::Certificate))]
#[case("ЕАЭС KZ 7500533.05.01.06080", "", Some(DocumentKind::Certificate))]
#[case("ЕАЭС KZ 7500533.13.12.06080", "", Some(DocumentKind::Declaration))]
#[case("ЕАЭС KZ 7500533.13.12.060801", "", Some(DocumentKind::Declaration))]
#[case("ЕАЭС KZ 1", "Декларация о соответствии", Some(DocumentKind::Declaration))]
#[case("ЕАЭС KZ 1", "СЕРТИФИКАТ соответствия", Some(DocumentKind::Certificate))]
#[case("KZ.1", "", None)]
fn kind_is_told_by_the_type_or_by_the_number(
    #[case] number: &str,
    #[case] type_in_words: &str,
    #[case] expected: Option<DocumentKind>,
) {
    let text = answer(&row_html(number, "ISSUED", type_in_words));
    match (&rows(&text).unwrap()[0].1, expected) {
        (Row::Document(document), Some(kind)) => assert_eq!(document.kind, kind),
        (Row::Rejected(rejected), None) => assert!(rejected.reason.contains("KZ.1"), "{}", rejected.reason),
        (row, _) => panic!("{row:?}"),
    }
}

#[test]
fn unknown_status_is_kept_as_written() {
    let text = answer(&row_html("ЕАЭС KZ 7500533.01.01.06080", "Жаңа  белгі", ""));
    let document = documents(&text).remove(0);
    assert_eq!(
        (document.status, document.status_label.as_str()),
        (Status::Unknown, "Жаңа белгі")
    );
}

#[test]
fn applicant_is_taken_where_the_saved_list_has_its_columns() {
    let table = "<table><tr><th>Регистрационный номер</th><th>Статус</th><th>Действует с</th><th>Действует до</th>\
        <th>БИН/ИИН</th><th>Заявитель</th></tr><tr data-rk=\"7\"><td>ЕАЭС KZ 7500533.01.01.06080</td><td>SUSPENDED</td>\
        <td>24.06.2025</td><td></td><td>971240001315</td><td>ТОО \"А\"</td></tr></table>";
    let document = documents(table).remove(0);
    assert_eq!(document.applicant.bin.as_deref(), Some("971240001315"));
    assert_eq!(document.applicant.name, "ТОО \"А\"");
    assert_eq!((document.status, document.valid_until), (Status::Suspended, None));
}

#[test]
fn row_with_a_wrong_date_is_rejected_and_the_rest_goes_on() {
    let text = OTHER.replacen("01.01.2024", "вчера", 1);
    let rows = rows(&text).unwrap();
    let Row::Rejected(rejected) = &rows[0].1 else {
        panic!("{rows:?}")
    };
    assert!(rejected.reason.contains("бастап жарамды"), "{}", rejected.reason);
    assert_eq!(rows.len(), OTHER.matches("data-rk").count());
}

#[rstest]
#[case(
    "<partial-response><redirect url=\"/login\"></redirect></partial-response>",
    "session had ended"
)]
#[case(
    "<partial-response><error><error-name>x</error-name><error-message><![CDATA[View expired]]></error-message>\
     </error></partial-response>",
    "answered with an error"
)]
#[case("<html><body>Кіру</body></html>", "no list of the Kazakh register")]
#[case("<partial-response><changes>", "cut off")]
#[case("<partial-response><a><b></a></partial-response>", "no sound XML")]
#[case("{\"errorCode\": 13, \"message\": \"No session\"}", "No session")]
fn answer_that_is_no_list_is_refused_with_a_sentence(#[case] text: &str, #[case] said: &str) {
    let error = rows(text).unwrap_err().to_string();
    assert!(error.contains(said), "{error}");
}

#[test]
fn plain_json_is_read_as_well() {
    let text = r#"[{"number":"ЕАЭС KZ 7500533.13.12.06080","dateFrom":"24.06.2025","dateTo":"2029-06-23",
        "status":"CANCELED","bin":"971240001315","applicant":"ТОО"},
        {"docId":"ЕАЭС KZ 7500533.01.01.06080","docStartDate":"2025-06-24T00:00:00+06:00"},
        {"number":"ЕАЭС KZ 7500533.01.01.06081"}]"#;
    let rows = rows(text).unwrap();
    let Row::Document(flat) = &rows[0].1 else {
        panic!("{rows:?}")
    };
    assert_eq!(
        (flat.kind, flat.status),
        (DocumentKind::Declaration, Status::Terminated)
    );
    assert_eq!(flat.applicant.bin.as_deref(), Some("971240001315"));
    assert!(matches!(&rows[1].1, Row::Document(document) if document.registry == Registry::Kz));
    assert!(matches!(&rows[2].1, Row::Rejected(rejected) if rejected.reason.contains("dateFrom")));
}
