//! Documents handed over as files: ordered in a session, fetched by a ticket.

use crate::living::session_of;
use crate::running::{Answer, OPERATOR_TOKEN, Server};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use certlens_formats::ImportSource;
use certlens_portal_sim::{EntityKind, Simulator, SimulatorOptions};
use certlens_registry::ImportInput;
use serde_json::{Value, json};

const INN: &str = "7707083893";

fn documents(count: u32) -> String {
    let line = |id: u32| {
        json!({
            "registry": "rf_declarations", "source_id": id.to_string(),
            "number": format!("ЕАЭС N RU Д-RU.РА01.В.{id:05}/25"), "kind": "declaration", "status": "active",
            "registered_on": "2025-08-28", "valid_until": "2099-08-27", "applicant": {"name": "ООО", "inn": INN},
            "product": if id == 1 { "=1+2".to_owned() } else { format!("Чайник № {id}") }
        })
        .to_string()
    };
    (1..=count).map(|id| line(id) + "\n").collect()
}

/// A server with documents, and the session of a card.
async fn with_a_card(simulator: &Simulator, count: u32) -> (Server, String) {
    let server = Server::beside(simulator).await;
    let input = ImportInput::reader("documents", std::io::Cursor::new(documents(count).into_bytes()));
    let importer = server.data.importer(&server.configuration);
    importer.import(ImportSource::Jsonl, input, |_| {}).await.unwrap();
    let installer = simulator.open_installer_form();
    server
        .post_form(&format!("/bitrix/install?{}", installer.query), installer.body())
        .await;
    simulator.finish_installation();
    let form = simulator.open_frame_form(EntityKind::Company, 101);
    let card = server
        .post_form(&format!("/bitrix/app?{}", form.query), form.body())
        .await;
    let session = session_of(&card);
    (server, session)
}

async fn order(server: &Server, token: &str, order: &Value) -> Answer {
    let request = Request::post("/card/handover")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(order.to_string()))
        .unwrap();
    server.send(request).await
}

async fn fetched(server: &Server, session: &str, wanted: &Value) -> Answer {
    let ordered = order(server, session, wanted).await;
    assert_eq!(ordered.status, StatusCode::OK, "{}", ordered.body);
    server.get(ordered.json()["address"].as_str().unwrap()).await
}

#[tokio::test]
async fn ordered_lines_come_whole_as_a_file_with_a_name() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let (server, session) = with_a_card(&simulator, 450).await;

    let answer = fetched(
        &server,
        &session,
        &json!({"format": "csv", "identifiers": [INN], "language": "ru"}),
    )
    .await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let disposition = answer.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"certlens-7707083893-"),
        "{disposition}"
    );
    assert!(
        disposition.contains("filename*=UTF-8''certlens-") && disposition.ends_with(".csv"),
        "{disposition}"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(
        answer.body.starts_with("\u{feff}Номер;"),
        "{}",
        &answer.body[..100]
    );
    assert_eq!(answer.body.lines().count(), 451);
    assert!(answer.body.contains(";'=1+2;"), "no cell is a formula");
    server.close().await;
}

#[tokio::test]
async fn file_holds_what_the_filter_lets_through() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let (server, session) = with_a_card(&simulator, 30).await;
    let wanted = json!({
        "format": "csv", "identifiers": [INN], "role": "applicant", "bridge": true, "language": "en",
        "filter": {"text": "№ 12", "registries": ["rf_declarations"]}, "order": "newest"
    });

    let answer = fetched(&server, &session, &wanted).await;

    assert_eq!(answer.body.lines().count(), 2, "{}", answer.body);
    assert!(answer.body.contains("Чайник № 12") && answer.body.contains("Number;"));
    server.close().await;
}

#[tokio::test]
async fn ordered_workbook_comes_whole_with_its_length() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let (server, session) = with_a_card(&simulator, 450).await;
    let wanted = json!({
        "format": "xlsx", "identifiers": [INN, "1027700132195"], "company": "ООО «Пример»",
        "filter_in_words": "все документы", "language": "ru"
    });

    let answer = fetched(&server, &session, &wanted).await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.body.starts_with("PK"), "an archive");
    assert!(answer.header("content-length").parse::<u64>().unwrap() > 10_000);
    assert!(
        answer
            .header("content-disposition")
            .contains("certlens-7707083893-and-1-more-")
    );
    server.close().await;
}

#[tokio::test]
async fn file_is_ordered_in_the_session_of_a_card_only() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let (server, _) = with_a_card(&simulator, 1).await;
    let wanted = json!({"format": "csv", "identifiers": [INN]});

    for token in ["made-up", OPERATOR_TOKEN] {
        let answer = order(&server, token, &wanted).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token}");
        assert_eq!(answer.json()["error"]["code"], "unauthorized");
    }
    server.close().await;
}

#[tokio::test]
async fn impossible_order_is_refused_with_its_reason() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let (server, session) = with_a_card(&simulator, 1).await;
    let many: Vec<String> = (0..2_000).map(|number| format!("ТР ТС {number}")).collect();

    for (wanted, code) in [
        (json!({"format": "csv", "identifiers": []}), "identifier_missing"),
        (
            json!({"format": "csv", "identifiers": ["12345"]}),
            "identifier_invalid",
        ),
        (
            json!({"format": "csv", "identifiers": vec![INN; 101]}),
            "too_many_identifiers",
        ),
        (
            json!({"format": "pdf", "identifiers": [INN]}),
            "parameter_invalid",
        ),
        (
            json!({"format": "csv", "identifiers": [INN], "filter": {"technical_regulations": many}}),
            "parameter_invalid",
        ),
    ] {
        let answer = order(&server, &session, &wanted).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        assert_eq!(answer.json()["error"]["code"], code);
    }
    server.close().await;
}

#[tokio::test]
async fn ticket_that_is_none_of_ours_leads_to_a_page_that_explains() {
    let server = Server::start().await;

    for ticket in ["", "?ticket=a.b", "?ticket=%D1%91"] {
        let answer = server.get(&format!("/card/handover{ticket}")).await;
        assert_eq!(answer.status, StatusCode::GONE, "{ticket}");
        assert!(
            answer.body.contains("<h1>The link to the file is over</h1>"),
            "{}",
            answer.body
        );
    }
    server.close().await;
}

#[tokio::test]
async fn session_is_no_ticket_and_a_ticket_no_session() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let (server, session) = with_a_card(&simulator, 1).await;
    let wanted = json!({"format": "csv", "identifiers": [INN]});
    let ordered = order(&server, &session, &wanted).await.json();

    let by_session = server.get(&format!("/card/handover?ticket={session}")).await;
    let by_ticket = order(&server, ordered["ticket"].as_str().unwrap(), &wanted).await;

    assert_eq!(by_session.status, StatusCode::GONE);
    assert_eq!(by_ticket.status, StatusCode::UNAUTHORIZED);
    server.close().await;
}
