use super::*;
use crate::{ImportSource, Input, open};
use certlens_domain::document::Document;
use certlens_domain::document_number::identity_key;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use chrono::NaiveDate;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;
use std::io::Cursor;

const BY: &str = include_str!("../../tests/data/eaeu/odata-by.json");
const KZ: &str = include_str!("../../tests/data/eaeu/odata-kz.json");
const AM: &str = include_str!("../../tests/data/eaeu/odata-am-out-of-scope.json");

fn rows_of(source: ImportSource, text: &str) -> Result<Vec<(u64, Row)>, FormatError> {
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

fn documents_of(source: ImportSource, text: &str) -> Vec<Document> {
    let document = |(line, row)| match row {
        Row::Document(document) => *document,
        other => panic!("line {line}: {other:?}"),
    };
    rows_of(source, text).unwrap().into_iter().map(document).collect()
}

fn reason(text: &str) -> String {
    match rows_of(ImportSource::Eaeu, text).unwrap().remove(0).1 {
        Row::Rejected(rejected) => rejected.reason,
        row => panic!("{row:?}"),
    }
}

/// A row with every field that is taken over.
fn full() -> Value {
    json!({
        "docId": "ЕАЭС KG417/016.RU.02.04561",
        "docStartDate": "2025-05-30T00:00:00+03:00",
        "docValidityDate": null,
        "unifiedCountryCode": {"value": "KG"},
        "conformityDocKindCode": "10",
        "certificationSchemeCode": ["1c"],
        "technicalRegulationId": ["ТР ТС 012/2011", "020/2011", "037"],
        "docStatusDetails": {"docStatusCode": "02", "startDate": "2026-01-01T00:00:00+03:00"},
        "conformityAuthorityV2Details": {
            "businessEntityName": "ОсОО \"Сертификат Перспектива\"",
            "officerDetails": {"fullNameDetails": {"firstName": "Имя"}}
        },
        "applicantDetails": {
            "unifiedCountryCode": {"value": "RU"},
            "businessEntityName": "ООО \"СМД\"",
            "businessEntityId": {"value": "1197847051467", "kindId": "3"},
            "subjectAddressDetails": [{"addressText": "Улица 1"}],
            "communicationDetails": [{"communicationChannelId": ["+996 312 000000"]}]
        },
        "technicalRegulationObjectDetails": {
            "productDetails": [
                {"productName": "Клапан запорный", "commodityCode": ["8481 80 790 0"]},
                {"productName": "Клапан обратный", "commodityCode": ["8481807900", "8481"]}
            ],
            "manufacturerDetails": [
                {"unifiedCountryCode": {"value": "KG"}, "businessEntityName": "Завод", "businessEntityId": {"value": "01007200310037"}}
            ]
        },
        "Id": "683995d030dcf80e6d482f40"
    })
}

fn answer(rows: &[Value]) -> String {
    json!({"@odata.context": "x", "value": rows}).to_string()
}

#[test]
fn sample_answers_become_these_documents() {
    insta::assert_json_snapshot!(documents_of(ImportSource::Eaeu, &format!("{BY}\n{KZ}")));
}

#[test]
fn row_with_every_field_becomes_this_document() {
    insta::assert_json_snapshot!(documents_of(ImportSource::Eaeu, &answer(&[full()])));
}

#[test]
fn answer_of_the_portals_search_bare_array_and_lines_give_the_same_documents() {
    let row = full();
    let expected = documents_of(ImportSource::Eaeu, &answer(&[row.clone(), row.clone()]));
    let forms = [
        json!({"result": [row, row], "matchedDocuments": 2}).to_string(),
        json!([row, row]).to_string(),
        json!([{"result": [row, row]}]).to_string(),
        format!("{row}\n{row}\n"),
        format!(
            "{}{}",
            answer(std::slice::from_ref(&row)),
            answer(std::slice::from_ref(&row))
        ),
    ];
    for form in forms {
        assert_eq!(documents_of(ImportSource::Eaeu, &form), expected, "{form}");
    }
}

#[rstest]
#[case("KG", "10", Registry::KgCertificates)]
#[case("KG", "15", Registry::KgDeclarations)]
#[case("KZ", "15", Registry::Kz)]
#[case("BY", "01", Registry::By)]
#[case("BY", "05", Registry::By)]
fn registry_follows_country_and_kind(#[case] country: &str, #[case] code: &str, #[case] expected: Registry) {
    let mut row = full();
    row["unifiedCountryCode"]["value"] = country.into();
    row["conformityDocKindCode"] = code.into();
    let document = documents_of(ImportSource::Eaeu, &answer(&[row])).remove(0);
    let declared = matches!(code, "15" | "05");
    assert_eq!(document.registry, expected);
    assert_eq!(document.kind == DocumentKind::Declaration, declared);
}

#[test]
fn rows_of_russia_and_armenia_are_rejected_one_by_one_with_a_sentence() {
    assert!(
        reason(AM).contains("the register of AM is not covered by this source"),
        "{}",
        reason(AM)
    );
    let mut row = full();
    row["unifiedCountryCode"]["value"] = "RU".into();
    let text = answer(&[row, full()]);
    assert!(reason(&text).contains("fsa-certificates"), "{}", reason(&text));
    assert!(matches!(
        rows_of(ImportSource::Eaeu, &text).unwrap()[1].1,
        Row::Document(_)
    ));
}

#[rstest]
#[case("docId", Value::Null, "no number")]
#[case("docStartDate", Value::Null, "no date")]
#[case("docStartDate", json!("скоро"), "field docStartDate: `скоро`")]
#[case("docValidityDate", json!("31.02.2029"), "field docValidityDate")]
#[case("conformityDocKindCode", json!("30"), "approval of a vehicle's type")]
fn row_that_makes_no_sense_is_rejected_with_its_reason(
    #[case] field: &str,
    #[case] value: Value,
    #[case] expected: &str,
) {
    let mut row = full();
    row[field] = value;
    let reason = reason(&answer(&[row]));
    assert!(reason.contains(expected), "{reason}");
}

#[test]
fn kind_that_nothing_tells_is_a_rejection() {
    let row = json!({"docId": "KZ 1", "docStartDate": "2025-01-01", "unifiedCountryCode": {"value": "KZ"}});
    assert!(reason(&answer(&[row])).contains("tells a certificate from a declaration"));
}

#[rstest]
#[case(json!({"docStatusCode": "01"}), Status::Active, "01")]
#[case(json!({"docStatusCode": "1"}), Status::Active, "1")]
#[case(json!({"docStatusCode": 1}), Status::Active, "1")]
#[case(json!({"docStatusCode": {"value": "03"}}), Status::Terminated, "03")]
#[case(json!({"docStatusCode": "04"}), Status::Extended, "04")]
#[case(json!({"docStatusCode": "05"}), Status::Renewed, "05")]
#[case(json!({"docStatusCode": "09"}), Status::Expired, "09")]
#[case(json!({"docStatusCode": "77"}), Status::Unknown, "77")]
#[case(json!({"docStatusCode": "04", "docStatusName": "Приостановлен"}), Status::Suspended, "Приостановлен")]
#[case(json!({"docStatusCode": "02", "docStatusName": "Новый статус"}), Status::Suspended, "Новый статус")]
#[case(Value::Null, Status::Unknown, "")]
fn status_is_read_by_name_then_by_code_and_kept_as_written(
    #[case] details: Value,
    #[case] status: Status,
    #[case] label: &str,
) {
    let mut row = full();
    row["docStatusDetails"] = details;
    let document = documents_of(ImportSource::Eaeu, &answer(&[row])).remove(0);
    assert_eq!((document.status, document.status_label.as_str()), (status, label));
}

#[test]
fn personal_data_reach_neither_the_document_nor_the_rejected_rows() {
    let document = serde_json::to_string(&documents_of(ImportSource::Eaeu, &answer(&[full()]))).unwrap();
    let mut wrong = full();
    wrong["docStartDate"] = "скоро".into();
    let rows = rows_of(ImportSource::Eaeu, &answer(&[wrong])).unwrap();
    let Row::Rejected(rejected) = &rows[0].1 else {
        panic!("{rows:?}")
    };
    for text in [&document, &rejected.raw] {
        assert!(
            !["Улица 1", "+996", "Имя"]
                .iter()
                .any(|personal| text.contains(personal)),
            "{text}"
        );
        assert!(text.contains("1197847051467"), "the identifier stays: {text}");
    }
}

#[rstest]
#[case(r#"{"error":{"code":"504","message":"Gateway Timeout"}}"#, "Gateway Timeout")]
#[case(
    r#"{"name":"Too Many Requests","message":"Rate limit exceeded.","code":0,"status":429}"#,
    "Rate limit"
)]
#[case("<html><body>502</body></html>", "web page")]
#[case("docId;docStartDate", "no JSON")]
#[case(r#"{"value":[{"docId":"#, "cut off")]
fn file_that_is_no_answer_with_documents_is_refused_with_a_sentence(#[case] text: &str, #[case] said: &str) {
    for source in [ImportSource::Eaeu, ImportSource::By] {
        let error = rows_of(source, text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn element_that_is_no_sound_json_is_rejected_and_the_rest_goes_on() {
    let text = format!("{{\"value\":[{{\"docId\":nonsense}},5,{}]}}", full());
    let rows = rows_of(ImportSource::Eaeu, &text).unwrap();
    assert!(matches!(&rows[0].1, Row::Rejected(rejected) if rejected.reason.contains("no sound JSON")));
    assert!(matches!(&rows[1].1, Row::Rejected(rejected) if rejected.reason.contains("no JSON object")));
    assert!(matches!(&rows[2].1, Row::Document(_)));
}

/// What identifies a document that has no id of a register.
fn key(document: &Document) -> (Registry, Option<String>, String, NaiveDate) {
    (
        document.registry,
        document.source_id.clone(),
        identity_key(&document.number),
        document.registered_on,
    )
}

#[test]
fn one_document_by_the_national_channel_and_by_the_unions_has_one_key() {
    let national = r#"{"items":[{"certdecltr_id":3345084,"DocId":"ЕАЭС BY/112 02.01. ТР018 010.02 00276",
        "certdecltr_DocStartDate":"2025-05-30","certdecltr_DocValidityDate":"2029-05-29",
        "certdecltr_DocStatusDetails":{"DocStatusCode":"01"}}],"_meta":{"totalCount":1}}"#;
    assert_eq!(
        key(&documents_of(ImportSource::By, national)[0]),
        key(&documents_of(ImportSource::Eaeu, BY)[0])
    );
    let national = "<table><tr><th>Тіркеу нөмірі</th><th>бастап жарамды</th><th>дейін жарамды</th><th>Мәртебе</th></tr>\
        <tr data-rk=\"3849095\"><td>ЕАЭС KZ 7500533.01.01.06080</td><td>24.06.2025</td><td>23.06.2029</td>\
        <td>ҚҰЖАТ БЕРІЛДІ</td></tr></table>";
    let (national, of_union) = (
        documents_of(ImportSource::Kz, national).remove(0),
        documents_of(ImportSource::Eaeu, KZ).remove(0),
    );
    assert_eq!(key(&national), key(&of_union));
    assert_eq!(
        (national.kind, national.status, national.valid_until),
        (of_union.kind, of_union.status, of_union.valid_until)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever stands in a field, the row becomes a document or a rejection, and the next row is read.
    #[test]
    fn strange_value_in_any_field_never_stops_the_file(field in 0usize..12, strange in strange_value()) {
        let mut row = full();
        let names: Vec<String> = row.as_object().unwrap().keys().cloned().collect();
        row[&names[field]] = strange;
        let rows = rows_of(ImportSource::Eaeu, &answer(&[row, full()])).unwrap();
        prop_assert_eq!(rows.len(), 2);
        prop_assert!(matches!(rows[1].1, Row::Document(_)));
    }
}

fn strange_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map("(value|docId|name|\\$date|[a-z]{1,4})", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
