//! The public interface: who may ask, what is asked, what an answer looks like.

use crate::running::{Answer, Server};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use certlens_formats::ImportSource;
use certlens_portal_sim::{EntityKind, Simulator, SimulatorOptions};
use certlens_registry::ImportInput;
use serde_json::{Value, json};

/// Three documents of one company, one of them also of another registry; terms that lie far from any test day.
const DOCUMENTS: &str = r#"{"registry":"rf_declarations","source_id":"1","number":"ЕАЭС N RU Д-RU.РА01.В.00001/25","kind":"declaration","status":"active","status_label":"Действует","registered_on":"2025-08-28","valid_until":"2099-08-27","applicant":{"name":"ООО «Пример»","country":"RU","inn":"7707083893","ogrn":"1027700132195"},"technical_regulations":["ТР ТС 004/2011","ТР ТС 020/2011"],"tn_ved":["8516108000"],"scheme":"1д"}
{"registry":"rf_declarations","source_id":"2","number":"ЕАЭС N RU Д-RU.РА01.В.00002/24","kind":"declaration","status":"active","registered_on":"2024-02-01","valid_until":"2025-01-31","applicant":{"name":"ООО «Пример»","country":"RU","inn":"7707083893"},"technical_regulations":["ТР ТС 004/2011"]}
{"registry":"kz","source_id":"3","number":"KZ 3","kind":"certificate","status":"suspended","registered_on":"2025-08-01","valid_until":"2099-01-01","applicant":{"name":"ТОО","country":"KZ","bin":"971240001315"},"manufacturer":{"name":"ООО «Пример»","country":"RU","inn":"7707083893"},"technical_regulations":[],"tn_ved":["9403301100"],"scheme":"3c","certification_body":"ОС «Тест»"}
"#;

#[tokio::test]
async fn get_without_or_with_a_wrong_token_is_refused() {
    let server = Server::start().await;
    let uri = "/api/v1/analytics?id=7707083893";
    let with = |value: &str| {
        Request::get(uri)
            .header(header::AUTHORIZATION, value)
            .body(Body::empty())
            .unwrap()
    };

    let answers = [
        server.get(uri).await,
        server.send(with("Bearer operator-token-of-another")).await,
        server.send(with("Basic b3BlcmF0b3I6dG9rZW4=")).await,
        server.send(with("Bearer ")).await,
    ];

    for answer in answers {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.json()["error"]["code"], "unauthorized");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    server.close().await;
}

#[tokio::test]
async fn get_with_an_impossible_question_names_field_and_reason() {
    let server = Server::start().await;
    let many = vec!["id=7707083893"; 101].join("&");
    let cases = [
        ("analytics?", "identifier_missing", "id"),
        ("analytics?id=", "identifier_missing", "id"),
        ("analytics?id=12345", "identifier_invalid", "id"),
        ("analytics?id=7707083893&id=abc", "identifier_invalid", "id"),
        (&format!("analytics?{many}"), "too_many_identifiers", "id"),
        ("analytics?id=7707083893&role=owner", "parameter_invalid", "role"),
        (
            "analytics?id=7707083893&bridge=maybe",
            "parameter_invalid",
            "bridge",
        ),
        (
            "documents?id=7707083893&registry=ru",
            "parameter_invalid",
            "registry",
        ),
        (
            "documents?id=7707083893&status=dead",
            "parameter_invalid",
            "status",
        ),
        ("documents?id=7707083893&limit=0", "parameter_invalid", "limit"),
        ("documents?id=7707083893&limit=many", "parameter_invalid", "limit"),
        ("documents?id=7707083893&tn_ved=8", "parameter_invalid", "tn_ved"),
        (
            "documents?id=7707083893&production=lot",
            "parameter_invalid",
            "production",
        ),
        (
            "documents?id=7707083893&ends_from=2026-02-01&ends_to=2026-01-31",
            "parameter_invalid",
            "ends_to",
        ),
        (
            "documents?id=7707083893&ends_from=%2B12345-01-01",
            "parameter_invalid",
            "ends_from",
        ),
        (
            "documents?id=7707083893&not_valid_in_rf=maybe",
            "parameter_invalid",
            "not_valid_in_rf",
        ),
        ("documents?id=7707083893&order=best", "parameter_invalid", "order"),
        (
            "documents?id=7707083893&cursor=made-up",
            "parameter_invalid",
            "cursor",
        ),
    ];

    for (question, code, field) in cases {
        let answer = server.get_as_operator(&format!("/api/v1/{question}")).await;
        let error = &answer.json()["error"];
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{question}");
        assert_eq!(error["code"], code, "{question}");
        assert_eq!(error["field"], field, "{question}");
        assert!(
            error["message"].as_str().unwrap().contains(' '),
            "a sentence: {error}"
        );
    }
    server.close().await;
}

#[tokio::test]
async fn get_with_a_wrong_check_digit_searches_all_the_same_and_gives_the_reason() {
    let server = Server::start().await;

    let answer = server
        .get_as_operator("/api/v1/analytics?id=7707083894&unknown=1")
        .await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let identifier = &answer.json()["identifiers"][0];
    assert_eq!(identifier["valid"], false);
    assert!(
        identifier["reason"].as_str().unwrap().contains("check digit"),
        "{identifier}"
    );
    server.close().await;
}

#[tokio::test]
async fn get_before_any_import_lists_six_registries_as_not_loaded() {
    let server = Server::start().await;

    let answer = server.get_as_operator("/api/v1/analytics?id=7707083893").await;

    let registries = answer.json()["registries"].clone();
    let loaded: Vec<_> = registries
        .as_array()
        .unwrap()
        .iter()
        .map(|registry| registry["loaded"].clone())
        .collect();
    assert_eq!(loaded, vec![json!(false); 6]);
    server.close().await;
}

#[tokio::test]
async fn get_after_an_import_answers_in_the_shape_of_the_contract() {
    let server = with_documents().await;

    let answer = server
        .get_as_operator("/api/v1/analytics?id=7707083893&id=1027700132195")
        .await;

    let mut found = answer.json();
    assert!(found["elapsed_ms"].take().is_number());
    insta::assert_json_snapshot!(found);
    server.close().await;
}

#[tokio::test]
async fn get_with_a_role_counts_only_documents_in_which_the_identifier_has_it() {
    let server = with_documents().await;

    let applicant = server
        .get_as_operator("/api/v1/analytics?id=7707083893&role=applicant")
        .await;
    let manufacturer = server
        .get_as_operator("/api/v1/analytics?id=7707083893&role=manufacturer")
        .await;

    assert_eq!(applicant.json()["totals"]["documents"], 2);
    assert_eq!(manufacturer.json()["totals"]["documents"], 1);
    server.close().await;
}

#[tokio::test]
async fn get_of_documents_page_by_page_gives_each_once_in_the_asked_order() {
    let server = with_documents().await;
    let orders = [
        ("", ["1", "3", "2"]),
        ("&order=newest", ["1", "3", "2"]),
        ("&order=oldest", ["2", "3", "1"]),
        ("&order=ends_first", ["2", "3", "1"]),
        ("&order=ends_last", ["1", "3", "2"]),
    ];

    for (order, expected) in orders {
        let first = format!("/api/v1/documents?id=7707083893&limit=1{order}");
        let mut uri = first.clone();
        let mut seen = Vec::new();
        loop {
            let page = server.get_as_operator(&uri).await.json();
            seen.extend(source_ids(&page).into_iter().map(str::to_owned));
            let Some(next) = page["next"].as_str() else { break };
            uri = format!("{first}&cursor={next}");
        }
        assert_eq!(seen, expected, "{order}");
    }
    server.close().await;
}

#[tokio::test]
async fn get_of_documents_with_the_cursor_of_another_order_says_so() {
    let server = with_documents().await;
    let uri = "/api/v1/documents?id=7707083893&limit=1";
    let page = server.get_as_operator(uri).await.json();
    let next = page["next"].as_str().unwrap();

    let answer = server
        .get_as_operator(&format!("{uri}&order=oldest&cursor={next}"))
        .await;

    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let error = answer.json()["error"].clone();
    assert_eq!(error["field"], "cursor");
    assert!(
        error["message"].as_str().unwrap().contains("order=newest"),
        "{error}"
    );
    server.close().await;
}

#[tokio::test]
async fn get_of_documents_with_filters_gives_what_passes_them() {
    let server = with_documents().await;
    let cases: [(&str, &[&str]); 13] = [
        ("tn_ved=85&tn_ved=9403", &["1", "3"]),
        ("tn_ved=8517", &[]),
        ("body=%D0%9E%D0%A1%20%C2%AB%D0%A2%D0%B5%D1%81%D1%82%C2%BB", &["3"]),
        ("scheme=1D", &["1"]),
        ("scheme=", &["2"]),
        ("production=batch&production=unknown", &["3", "2"]),
        ("origin=ru", &["3"]),
        ("ends_from=2025-01-31&ends_to=2099-01-01", &["3", "2"]),
        ("not_valid_in_rf=true", &[]),
        ("registry=kz", &["3"]),
        ("status=expired", &["2"]),
        ("tr=%D0%A2%D0%A0%20%D0%A2%D0%A1%20020%2F2011", &["1"]),
        ("registry=by", &[]),
    ];

    for (filter, expected) in cases {
        let page = server
            .get_as_operator(&format!("/api/v1/documents?id=7707083893&{filter}"))
            .await;
        assert_eq!(source_ids(&page.json()), expected, "{filter}");
    }
    server.close().await;
}

#[tokio::test]
async fn get_with_the_session_of_a_cards_page_is_answered() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let server = Server::beside(&simulator).await;
    let installer = simulator.open_installer_form();
    server
        .post_form(&format!("/bitrix/install?{}", installer.query), installer.body())
        .await;
    simulator.finish_installation();
    let form = simulator.open_frame_form(EntityKind::Company, 101);
    let card = server
        .post_form(&format!("/bitrix/app?{}", form.query), form.body())
        .await;

    assert_eq!(card.status, StatusCode::OK, "{}", card.body);

    let request = Request::get("/api/v1/analytics?id=7707083893")
        .header(header::AUTHORIZATION, format!("Bearer {}", session_of(&card)))
        .body(Body::empty())
        .unwrap();
    let answer = server.send(request).await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    server.close().await;
}

async fn with_documents() -> Server {
    let server = Server::start().await;
    let input = ImportInput::reader("documents", DOCUMENTS.as_bytes());
    let summary = server
        .data
        .importer(&server.configuration)
        .import(ImportSource::Jsonl, input, |_| {})
        .await
        .unwrap();
    assert_eq!(summary.new, 3, "{summary:?}");
    server
}

fn source_ids(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["source_id"].as_str().unwrap())
        .collect()
}

/// The token in `<meta name="certlens-session" content="…">`.
fn session_of(card: &Answer) -> &str {
    let (_, meta) = card.body.split_once("name=\"certlens-session\"").unwrap();
    let (_, content) = meta.split_once("content=\"").unwrap();
    content.split_once('"').unwrap().0
}

#[tokio::test]
async fn get_of_the_description_is_open_and_names_every_route() {
    let server = Server::start().await;

    let answer = server.get("/api/v1/openapi.json").await;

    let paths = answer.json()["paths"].clone();
    let names: Vec<_> = paths.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        names,
        [
            "/api/v1/actions",
            "/api/v1/analytics",
            "/api/v1/documents",
            "/api/v1/documents/by-number",
            "/api/v1/documents/history",
            "/api/v1/documents/{registry}/{key}",
            "/api/v1/imports",
            "/api/v1/imports/{id}",
            "/api/v1/imports/{id}/rejects",
            "/api/v1/imports/{id}/undo",
            "/api/v1/monitor/{screen}",
            "/api/v1/monitor/{screen}/{subject}",
            "/api/v1/portals/{member_id}/export",
            "/api/v1/portals/{member_id}/settings",
            "/api/v1/portals/{member_id}/users",
            "/api/v1/portals/{member_id}/users/move-subscriptions",
            "/api/v1/portals/{member_id}/users/{user_id}",
            "/api/v1/recount",
            "/api/v1/recounts",
            "/api/v1/registries",
            "/api/v1/related",
            "/api/v1/subscriptions",
            "/api/v1/subscriptions/bulk",
            "/api/v1/subscriptions/{id}"
        ]
    );
    server.close().await;
}
