//! The monitor's overview over the JSON interface: a fault is told in words, and its button mends it.

use crate::freshness::{declaration, import};
use crate::running::{OPERATOR_TOKEN, Server};
use axum::http::{Method, StatusCode};
use certlens_formats::ImportSource;
use serde_json::{Value, json};

const OVERVIEW: &str = "/api/v1/monitor/overview";

/// The problems that the operator is told.
async fn problems(server: &Server) -> Vec<Value> {
    let screen = server.get_as_operator(OVERVIEW).await;
    assert_eq!(screen.status, StatusCode::OK, "{}", screen.body);
    part(&screen.json(), "problems").as_array().unwrap().clone()
}

fn part(screen: &Value, name: &str) -> Value {
    let parts = screen["parts"].as_array().unwrap();
    parts
        .iter()
        .find_map(|part| part.get(name))
        .cloned()
        .unwrap_or_default()
}

fn keys(problems: &[Value]) -> Vec<&str> {
    problems
        .iter()
        .map(|problem| problem["key"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn wiped_clickhouse_is_told_and_filled_again_by_the_button_of_its_problem() {
    let server = Server::start().await;
    let document = declaration(1, Some("7707083893"), None, "active", "");
    import(&server, ImportSource::Jsonl, document).await;
    assert!(!keys(&problems(&server).await).contains(&"clickhouse_refuses"));

    server.wipe_clickhouse().await;
    let told = problems(&server).await;
    let wiped = told
        .iter()
        .find(|problem| problem["key"] == "clickhouse_refuses")
        .unwrap_or_else(|| panic!("{told:?}"));
    let order = wiped["buttons"][0]["order"].clone();
    let done = server
        .ask(OPERATOR_TOKEN, Method::POST, "/api/v1/actions", Some(&order))
        .await;

    assert_eq!(wiped["tone"], "bad");
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let after = problems(&server).await;
    assert!(
        !keys(&after).iter().any(|key| key.starts_with("clickhouse")),
        "{after:?}"
    );
    let log = server.get_as_operator("/api/v1/monitor/audit").await.json();
    assert!(log.to_string().contains("engines.fill_clickhouse"), "{log}");
    server.close().await;
}

#[tokio::test]
async fn screen_has_problems_figures_charts_and_tables_and_its_span_is_an_address() {
    let server = Server::start().await;

    let day = server.get_as_operator(OVERVIEW).await.json();
    let month = server
        .get_as_operator(&format!("{OVERVIEW}?span=30d&LANG=ru"))
        .await
        .json();

    assert_eq!(
        keys(part(&day, "problems").as_array().unwrap()),
        ["registry_missing"; 6]
    );
    for (screen, chosen) in [(&day, 0), (&month, 1)] {
        assert_eq!(
            part(screen, "choice")["options"][chosen]["is_chosen"],
            json!(true)
        );
        assert!(part(screen, "figures")["figures"].as_array().unwrap().len() >= 8);
        assert!(part(screen, "chart")["series"].is_array());
        assert!(part(screen, "table")["rows"].is_array());
    }
    assert_eq!(month["title"], "Обзор");
    server.close().await;
}

#[tokio::test]
async fn whoever_is_nobody_sees_nothing() {
    let server = Server::start().await;
    assert_eq!(server.get(OVERVIEW).await.status, StatusCode::UNAUTHORIZED);
    server.close().await;
}
