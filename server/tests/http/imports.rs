//! Imports through the JSON interface: a file that is sent, a file of the folder, rejected rows, undoing.

use crate::running::{OPERATOR_TOKEN, Server};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use certlens_registry::Turn;
use serde_json::{Value, json};

fn line(number: u32, status: &str) -> String {
    format!(
        r#"{{"registry":"rf_declarations","source_id":"{number}","number":"ЕАЭС N RU Д-CN.РА01.В.{number:05}/25","kind":"declaration","status":"{status}","status_label":"","registered_on":"2025-08-28","applicant":{{"name":"ООО","inn":"7707083893"}}}}
"#
    )
}

fn file(text: String, address: &str) -> Request<Body> {
    Request::post(address)
        .header(header::AUTHORIZATION, format!("Bearer {OPERATOR_TOKEN}"))
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(Body::from(text))
        .unwrap()
}

/// Does what the worker of a running server does.
async fn import_what_waits(server: &Server) {
    let intake = server.data.intake(&server.configuration);
    while intake.importer().perform_next().await.unwrap() != Turn::Nothing {}
}

async fn one(server: &Server, id: &Value) -> Value {
    let address = format!("/api/v1/imports/{}", id.as_str().unwrap());
    server.get_as_operator(&address).await.json()
}

#[tokio::test]
async fn file_that_is_sent_is_imported_undone_and_both_stand_in_the_audit_log() {
    let server = Server::start().await;
    let text = line(1, "active") + "nonsense\n" + &line(2, "active") + &line(3, "active");

    let taken = server
        .send(file(
            text,
            "/api/v1/imports?source=jsonl&name=C%3A%5Cfiles%5Cdump.jsonl",
        ))
        .await;
    assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.body);
    let id = taken.json()["imports"][0].clone();
    assert_eq!(one(&server, &id).await["state"], "waiting");
    import_what_waits(&server).await;

    let done = one(&server, &id).await;
    assert_eq!(
        (&done["state"], &done["input"]),
        (&json!("done"), &json!("dump.jsonl"))
    );
    assert_eq!((&done["new"], &done["rejected"]), (&json!(3), &json!(1)));
    assert_eq!(done["registries"][0]["new"], 3);
    assert_eq!(done["undoing"]["answer"], "possible");
    let address = format!("/api/v1/imports/{}", id.as_str().unwrap());
    let rejects = server.get_as_operator(&format!("{address}/rejects")).await;
    assert!(rejects.body.contains("\"line\":2"), "{}", rejects.body);
    assert_eq!(rejects.header("cache-control"), "no-store");
    let undo = format!("{address}/undo?reason=wrong+file");
    let undone = server.ask(OPERATOR_TOKEN, Method::POST, &undo, None).await;
    assert_eq!(undone.status, StatusCode::OK, "{}", undone.body);
    assert_eq!(one(&server, &id).await["state"], "undone");
    let again = server.ask(OPERATOR_TOKEN, Method::POST, &undo, None).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(again.json()["error"]["code"], "import_not_undone");
    let logged: Vec<(String, String)> = sqlx::query_as("SELECT action, outcome FROM audit_log ORDER BY id")
        .fetch_all(server.postgres())
        .await
        .unwrap();
    let logged: Vec<_> = logged
        .iter()
        .map(|(action, outcome)| (action.as_str(), outcome.as_str()))
        .collect();
    assert_eq!(
        logged,
        [
            ("import.upload", "done"),
            ("import.undo", "done"),
            ("import.undo", "refused")
        ]
    );
    server.close().await;
}

#[tokio::test]
async fn file_of_the_folder_is_imported_and_no_other() {
    let server = Server::start().await;
    let folder = &server.configuration.intake.folder;
    std::fs::create_dir_all(folder.join("2026")).unwrap();
    std::fs::write(folder.join("2026/dump.jsonl"), line(1, "active")).unwrap();
    let ask = async |path: &str| {
        let body = json!({"source": "jsonl", "path": path});
        server
            .ask(OPERATOR_TOKEN, Method::POST, "/api/v1/imports", Some(&body))
            .await
    };

    let taken = ask("2026").await;
    assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.body);
    import_what_waits(&server).await;
    let id = taken.json()["imports"][0].clone();
    assert_eq!(one(&server, &id).await["state"], "done");
    assert!(
        folder.join("2026/dump.jsonl").exists(),
        "nobody takes the folder's files away"
    );
    for path in ["..", "../secret.key", "/etc/passwd", "2026/../../secret.key"] {
        let refused = ask(path).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(refused.json()["error"]["field"], "path");
    }
    let again = ask("2026").await;
    assert_eq!(
        again.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "all of it was imported"
    );
    server.close().await;
}

#[tokio::test]
async fn body_of_an_upload_may_be_larger_than_that_of_other_requests_but_not_endless() {
    let server = Server::with(|settings| settings.upload_limit = Some("3MB".to_owned())).await;
    let two_megabytes = (0..12_000)
        .map(|number| line(number, "active"))
        .collect::<String>();
    assert!(two_megabytes.len() > 2_000_000);

    let taken = server
        .send(file(two_megabytes.clone(), "/api/v1/imports?source=jsonl"))
        .await;
    let refused = server
        .send(file(two_megabytes.repeat(2), "/api/v1/imports?source=jsonl"))
        .await;

    assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.body);
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let incoming = std::fs::read_dir(&server.configuration.intake.incoming).unwrap();
    assert_eq!(incoming.count(), 1, "of the refused file nothing is left");
    server.close().await;
}

#[tokio::test]
async fn list_goes_page_by_page_and_unknown_imports_are_not_found() {
    let server = Server::start().await;
    for number in 0..3 {
        let address = format!("/api/v1/imports?source=jsonl&name={number}.jsonl");
        server.send(file(line(number, "active"), &address)).await;
    }

    let first = server
        .get_as_operator("/api/v1/imports?limit=2&state=waiting")
        .await
        .json();
    let next = first["next"].as_str().unwrap();
    let second = server
        .get_as_operator(&format!("/api/v1/imports?limit=2&cursor={next}"))
        .await
        .json();
    let unknown = server.get_as_operator("/api/v1/imports/no-number").await;
    let wrong = server.get_as_operator("/api/v1/imports?state=odd").await;

    let names = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|item| item["input"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&first), ["2.jsonl", "1.jsonl"]);
    assert_eq!(
        (names(&second), second["next"].is_null()),
        (vec!["0.jsonl".to_owned()], true)
    );
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(wrong.json()["error"]["field"], "state");
    let waiting = first["items"][0]["id"].as_str().unwrap().to_owned();
    let address = format!("/api/v1/imports/{waiting}");
    let taken_out = server.ask(OPERATOR_TOKEN, Method::DELETE, &address, None).await;
    assert_eq!(taken_out.status, StatusCode::OK, "{}", taken_out.body);
    assert_eq!(server.get_as_operator(&address).await.json()["state"], "failed");
    server.close().await;
}

#[tokio::test]
async fn who_is_not_the_operator_neither_sends_nor_sees_nor_undoes() {
    let server = Server::start().await;
    let number = "01890000-0000-7000-8000-000000000000";
    for (method, uri) in [
        (Method::GET, "/api/v1/imports".to_owned()),
        (Method::POST, "/api/v1/imports?source=jsonl".to_owned()),
        (Method::GET, format!("/api/v1/imports/{number}")),
        (Method::GET, format!("/api/v1/imports/{number}/rejects")),
        (Method::POST, format!("/api/v1/imports/{number}/undo")),
        (Method::DELETE, format!("/api/v1/imports/{number}")),
    ] {
        let answer = server.ask("nobody", method.clone(), &uri, None).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {uri}");
    }
    server.close().await;
}

#[tokio::test]
async fn monitor_shows_imports_and_their_undoing_to_the_operator() {
    let server = Server::start().await;
    server
        .send(file(
            line(1, "active"),
            "/api/v1/imports?source=jsonl&name=first.jsonl",
        ))
        .await;
    import_what_waits(&server).await;

    let list = server.get_as_operator("/api/v1/monitor/imports").await;

    assert_eq!(list.status, StatusCode::OK, "{}", list.body);
    let parts = list.json()["parts"].clone();
    let table = parts
        .as_array()
        .unwrap()
        .iter()
        .find_map(|part| part.get("table"))
        .unwrap()
        .clone();
    let button = &table["rows"][0]["buttons"][0];
    assert!(
        button["order"]["import"]["undo"]["import"].is_string(),
        "{button}"
    );
    let preview = server
        .ask(
            OPERATOR_TOKEN,
            Method::POST,
            "/api/v1/actions?preview=1",
            Some(&button["order"]),
        )
        .await
        .json();
    assert_eq!(preview["is_destructive"], true);
    assert!(
        preview["question"].as_str().unwrap().contains("first.jsonl"),
        "{preview}"
    );
    server.close().await;
}
