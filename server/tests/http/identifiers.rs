//! Tracked identifiers in the monitor: the operator's list, the story of one, a recount of one.

use crate::running::{OPERATOR_TOKEN, Server};
use axum::http::{Method, StatusCode};
use certlens_formats::ImportSource;
use certlens_portal_sim::{Simulator, SimulatorOptions};
use certlens_registry::ImportInput;
use serde_json::{Value, json};

const INN: &str = "7707083893";
const LINE: &str = r#"{"registry":"rf_declarations","source_id":"1","number":"ЕАЭС N RU Д-CN.РА01.В.00001/25","kind":"declaration","status":"active","status_label":"","registered_on":"2025-08-28","applicant":{"name":"ООО","inn":"7707083893"}}"#;

fn part<'a>(screen: &'a Value, name: &str) -> &'a Value {
    let mut parts = screen["parts"].as_array().unwrap().iter();
    parts.find_map(|part| part.get(name)).unwrap()
}

#[tokio::test]
async fn operator_finds_a_number_recounts_it_and_reads_its_story() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let server = Server::beside(&simulator).await;
    server.install(&simulator).await;
    sqlx::query(
        "WITH made AS (
             INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, since_version, since_day)
             SELECT member_id, 'company', 1, 1, ARRAY['new_document'], 0, '2026-01-01' FROM portals
             RETURNING id
         )
         INSERT INTO subscription_identifiers (subscription_id, identifier, is_enrolled) SELECT id, $1, true FROM made",
    )
    .bind(INN)
    .execute(server.postgres())
    .await
    .unwrap();
    let importer = server.data.importer(&server.configuration);
    let input = ImportInput::reader("first.jsonl", LINE.as_bytes());
    importer.import(ImportSource::Jsonl, input, |_| {}).await.unwrap();

    let list = server
        .get_as_operator("/api/v1/monitor/identifiers?text=77")
        .await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.body);
    let row = part(&list.json(), "table")["rows"][0].clone();
    assert_eq!(row["cells"][0]["link"]["text"], INN);
    let order = &row["buttons"][0]["order"];
    let done = server
        .ask(
            OPERATOR_TOKEN,
            Method::POST,
            "/api/v1/actions?LANG=en",
            Some(order),
        )
        .await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert!(done.body.contains("1 news found"), "{}", done.body);

    let story = server
        .get_as_operator(&format!("/api/v1/monitor/identifiers/{INN}?LANG=en"))
        .await
        .json();
    let titles: Vec<&str> = part(&story, "story")["moments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|moment| moment["title"].as_str().unwrap())
        .collect();
    for expected in [
        "Import, RF declarations: 1 new documents, 0 changed",
        "found new documents: 1",
        "Subscribed:",
    ] {
        assert!(
            titles.iter().any(|title| title.contains(expected)),
            "{expected}: {titles:?}"
        );
    }
    let unknown = server
        .get_as_operator("/api/v1/monitor/identifiers/5403055932")
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let untracked = json!({"identifier": {"recount": {"identifier": "5403055932"}}});
    let refused = server
        .ask(OPERATOR_TOKEN, Method::POST, "/api/v1/actions", Some(&untracked))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    server.close().await;
}
