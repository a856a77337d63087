//! The public interface on single documents, their numbers, and related companies.

use crate::running::Server;
use axum::http::StatusCode;
use certlens_formats::ImportSource;
use certlens_registry::ImportInput;
use serde_json::json;

const DOCUMENT: &str = r#"{"registry":"rf_declarations","source_id":"1","number":"ЕАЭС N RU Д-RU.РА01.В.00001/25","kind":"declaration","status":"active","status_label":"Действует","registered_on":"2025-08-28","valid_until":"2099-08-27","applicant":{"name":"ООО «Пример»","inn":"7707083893","ogrn":"1027700132195"},"manufacturer":{"name":"Завод","inn":"5012345678"}}
"#;

async fn with_a_document() -> Server {
    let server = Server::start().await;
    let input = ImportInput::reader("documents", DOCUMENT.as_bytes());
    let importer = server.data.importer(&server.configuration);
    importer.import(ImportSource::Jsonl, input, |_| {}).await.unwrap();
    server
}

#[tokio::test]
async fn get_of_a_document_tells_all_about_it() {
    let server = with_a_document().await;

    let answer = server
        .get_as_operator("/api/v1/documents/rf_declarations/1")
        .await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let document = answer.json();
    assert_eq!(document["number"], "ЕАЭС N RU Д-RU.РА01.В.00001/25");
    assert_eq!(document["stored_status"], "active");
    assert_eq!(document["data_date"], "2025-08-28");
    assert_eq!(document["history"], json!([]));
    assert!(document["first_seen"].is_string() && document["updated_at"].is_null());
    server.close().await;
}

#[tokio::test]
async fn get_of_a_document_that_is_not_there_says_so() {
    let server = with_a_document().await;

    for path in ["rf_declarations/2", "ru/1"] {
        let answer = server.get_as_operator(&format!("/api/v1/documents/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.json()["error"]["code"], "not_found");
    }
    assert_eq!(
        server.get("/api/v1/documents/rf_declarations/1").await.status,
        StatusCode::UNAUTHORIZED
    );
    server.close().await;
}

#[tokio::test]
async fn get_by_number_finds_the_document_and_its_applicant() {
    let server = with_a_document().await;

    let found = server
        .get_as_operator("/api/v1/documents/by-number?number=ru%20%D0%B4-ru.pa01.b.00001/25")
        .await
        .json();
    let missing = server
        .get_as_operator("/api/v1/documents/by-number?number=")
        .await;

    assert_eq!(found["items"][0]["applicant"]["inn"], "7707083893");
    assert_eq!(found["items"][0]["exact"], true);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(missing.json()["error"]["field"], "number");
    server.close().await;
}

#[tokio::test]
async fn get_of_related_companies_gives_each_with_its_reason() {
    let server = with_a_document().await;

    let answer = server
        .get_as_operator("/api/v1/related?id=7707083893")
        .await
        .json();

    let reasons: Vec<_> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["reason"].clone(), item["identifiers"][0]["value"].clone()))
        .collect();
    assert_eq!(
        reasons,
        [
            (json!("same_applicant_other_identifier"), json!("1027700132195")),
            (json!("manufacturer_of"), json!("5012345678")),
        ]
    );
    server.close().await;
}
