use crate::{ImportSource, Input, Row, open};
use certlens_domain::document::Document;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use rstest::rstest;
use serde_json::{Value, json};
use std::io::Cursor;

fn rows(text: &str) -> Vec<(u64, Row)> {
    let input = Input::Stream(Box::new(Cursor::new(text.as_bytes().to_vec())));
    let mut reader = open(ImportSource::By, input).unwrap();
    std::iter::from_fn(|| reader.next_row().unwrap()).collect()
}

fn documents(text: &str) -> Vec<Document> {
    let document = |(line, row)| match row {
        Row::Document(document) => *document,
        other => panic!("line {line}: {other:?}"),
    };
    rows(text).into_iter().map(document).collect()
}

/// A card as the register's interface names its fields.
fn card() -> Value {
    json!({
        "certdecltr_id": 3_345_084,
        "certdecltr_ConformityDocDetails": {
            "DocId": "ЕАЭС № BY/112 11.01. ТР021 018 05361",
            "DocStartDate": "2025-05-30",
            "DocValidityDate": "2029-05-29",
            "ConformityDocKindCode": "15",
            "SingleListProductIndicator": "false",
            "TechnicalRegulationId": ["ТР ТС 021/2011", "ТР ТС 022/2011"],
            "CertificationSchemeCode": "3Д",
            "DocStatusDetails": {"DocStatusCode": "03", "StartDate": "2026-01-12", "NoteText": ""},
            "ConformityAuthorityV2Details": {
                "BusinessEntityName": "РУП \"БелГИСС\"",
                "OfficerDetails": {"FullNameDetails": {"LastName": "Фамилия"}}
            },
            "ApplicantDetails": {
                "UnifiedCountryCode": "BY",
                "BusinessEntityName": "Общество с ограниченной ответственностью \"А\"",
                "BusinessEntityBriefName": "ООО \"А\"",
                "BusinessEntityId": "200988541",
                "SubjectAddressDetails": [{"AddressText": "Улица 1"}],
                "DeclaringOfficerDetails": {"FullNameDetails": {"LastName": "Фамилия"}}
            },
            "TechnicalRegulationObjectDetails": {
                "ManufacturerDetails": [
                    {"UnifiedCountryCode": "KZ", "BusinessEntityName": "ТОО \"Б\"", "BusinessEntityId": "971240001315"},
                    {"UnifiedCountryCode": "CN", "BusinessEntityName": "Second"}
                ],
                "ProductDetails": [{"ProductName": "Печенье", "CommodityCode": ["1905310000"]}]
            }
        }
    })
}

#[test]
fn card_becomes_this_document() {
    insta::assert_json_snapshot!(documents(&card().to_string()));
}

#[test]
fn list_row_is_read_with_its_prefixed_names() {
    let list = json!({
        "items": [{
            "certdecltr_id": 3_345_084,
            "certdecltr_DocId": "ЕАЭС BY/112 02.01. ТР018 010.02 00276",
            "certdecltr_DocStartDate": "30.05.2025",
            "certdecltr_DocValidityDate": null,
            "certdecltr_DocStatusDetails": {"DocStatusCode": "01"}
        }],
        "_meta": {"totalCount": 1, "pageCount": 1, "currentPage": 1, "perPage": 100}
    });
    let document = documents(&list.to_string()).remove(0);
    assert_eq!(
        (document.registry, document.kind),
        (Registry::By, DocumentKind::Certificate)
    );
    assert_eq!(document.registered_on.to_string(), "2025-05-30");
    assert_eq!((document.valid_until, document.status), (None, Status::Active));
    assert_eq!(
        document.technical_regulations,
        ["ТР ТС 018/2011"],
        "from the number"
    );
    assert_eq!(
        document.url.as_deref(),
        Some("https://tsouz.belgiss.by/#!/tsouz/certifs/3345084/view")
    );
}

#[test]
fn cards_in_an_array_on_lines_and_in_lists_give_the_same_documents() {
    let expected = documents(&card().to_string());
    let forms = [
        json!([card()]).to_string(),
        format!("{}\n", card()),
        json!({"items": [card()]}).to_string(),
        card()["certdecltr_ConformityDocDetails"].to_string(),
    ];
    for (index, form) in forms.iter().enumerate() {
        let mut found = documents(form);
        if index == 3 {
            // The model alone has no id of the row and so no page.
            found[0].url.clone_from(&expected[0].url);
        }
        assert_eq!(found, expected, "{form}");
    }
}

#[rstest]
#[case("10", "x", Some(DocumentKind::Certificate))]
#[case("15", "x", Some(DocumentKind::Declaration))]
#[case("01", "x", Some(DocumentKind::Certificate))]
#[case("05", "x", Some(DocumentKind::Declaration))]
#[case("", "ЕАЭС № BY/112 11.01. ТР021 018 05361", Some(DocumentKind::Declaration))]
#[case("", "ЕАЭС BY/112 02.01. ТР018 010.02 00276", Some(DocumentKind::Certificate))]
#[case("", "ТС BY/112 02.01. 020 00276", Some(DocumentKind::Certificate))]
#[case("", "x", None)]
fn kind_is_told_by_its_code_or_by_the_number(
    #[case] code: &str,
    #[case] number: &str,
    #[case] expected: Option<DocumentKind>,
) {
    let mut card = card();
    let model = &mut card["certdecltr_ConformityDocDetails"];
    model["ConformityDocKindCode"] = code.into();
    model["DocId"] = number.into();
    match (&rows(&card.to_string())[0].1, expected) {
        (Row::Document(document), Some(kind)) => assert_eq!(document.kind, kind),
        (Row::Rejected(_), None) => {}
        (row, _) => panic!("{row:?}"),
    }
}

#[test]
fn row_of_another_register_is_rejected_with_the_right_source() {
    let row = json!({"docId": "ЕАЭС KZ 7500533.01.01.06080", "docStartDate": "2025-06-24", "unifiedCountryCode": {"value": "KZ"}});
    let rows = rows(&row.to_string());
    assert!(matches!(&rows[0].1, Row::Rejected(rejected) if rejected.reason.contains("source eaeu")));
}
