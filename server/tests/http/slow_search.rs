//! A page whose search is slow: the reader sees the card and the board's outline at once, the board follows in the same answer.

use crate::running::Server;
use axum::body::BodyDataStream;
use axum::http::{StatusCode, header};
use certlens_portal_sim::{EntityKind, Simulator, SimulatorOptions};
use futures::StreamExt as _;

/// What a search reads, and nothing else does.
const DOCUMENTS: &str = "documents, parties, party_identifiers, registry_state";

/// The text until a piece contains `end`, or until the end.
async fn read_until(body: &mut BodyDataStream, end: &str) -> String {
    let mut text = Vec::new();
    while let Some(piece) = body.next().await {
        text.extend(piece.unwrap());
        if String::from_utf8_lossy(&text).contains(end) {
            break;
        }
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn page_of_a_slow_search_shows_the_card_before_the_board() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let server = Server::beside_without_clickhouse(&simulator).await;
    server.install(&simulator).await;
    let pool = server.postgres().clone();
    let mut held = pool.begin().await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "LOCK TABLE {DOCUMENTS} IN ACCESS EXCLUSIVE MODE"
    )))
    .execute(&mut *held)
    .await
    .unwrap();

    let response = server
        .open(&simulator.open_frame_form(EntityKind::Company, 101))
        .await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    let mut body = response.into_body().into_data_stream();
    let before = read_until(&mut body, "class=\"skeleton\"").await;
    held.rollback().await.unwrap();
    let after = read_until(&mut body, "</html>").await;

    assert!(before.contains("<h1>ООО «Северный свет»</h1>"), "{before}");
    assert!(before.contains("Считаем документы"), "{before}");
    assert!(
        before.contains("/pkg/") && before.contains("id=\"failure-unreachable\""),
        "{before}"
    );
    assert!(!before.contains("data-part=\"empty\""), "{before}");
    assert!(
        after.contains("data-part=\"empty\"") && after.contains("</div></main></body></html>"),
        "{after}"
    );
    assert!(
        !after.contains("<template"),
        "nothing is put into place by a script: {after}"
    );
    server.close().await;
}
