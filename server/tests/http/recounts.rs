//! Recounts through the JSON interface.

use crate::running::{OPERATOR_TOKEN, Server};
use axum::http::{Method, StatusCode};

#[tokio::test]
async fn the_operator_asks_for_a_recount_and_finds_it_in_the_list() {
    let server = Server::start().await;

    let ask = || server.ask(OPERATOR_TOKEN, Method::POST, "/api/v1/recount", None);
    let (asked, again) = (ask().await, ask().await);
    let list = server.get_as_operator("/api/v1/recounts").await.json();

    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    assert!(asked.json()["run"].is_i64());
    assert_eq!(asked.json(), again.json(), "nobody has begun it: it serves both");
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let waiting = &list["items"][0];
    assert_eq!(waiting["run"], asked.json()["run"]);
    assert_eq!(waiting["occasion"], "interface");
    assert_eq!(waiting["state"], "requested");
    assert!(waiting["found"].is_null() && waiting["seconds"].is_null());
    server.close().await;
}

#[tokio::test]
async fn the_list_is_as_long_as_asked_for_and_a_wrong_length_is_refused() {
    let server = Server::start().await;

    let refused = server.get_as_operator("/api/v1/recounts?limit=0").await;
    let empty = server.get_as_operator("/api/v1/recounts?limit=1000").await;

    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["error"]["field"], "limit");
    assert_eq!(empty.json()["items"].as_array().map(Vec::len), Some(0));
    server.close().await;
}

#[tokio::test]
async fn who_is_not_the_operator_neither_asks_nor_sees() {
    let server = Server::start().await;

    let nobody = server.get("/api/v1/recounts").await;

    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    server.close().await;
}
