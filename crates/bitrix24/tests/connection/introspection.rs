//! The question what a token is good for, to servers that take it in different ways.

use axum::Json;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use certlens_bitrix24::authorization_server::introspect;
use certlens_bitrix24::{AccessToken, AuthorizationServer, NetworkPolicy, Transport};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

type Asked = Arc<Mutex<Vec<Method>>>;

/// Understands the documented query only, and no form.
async fn by_query_only(
    State(asked): State<Asked>,
    method: Method,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    asked.lock().unwrap().push(method);
    if !query.contains_key("auth") {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let install = json!({
        "installed": true, "member_id": "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49",
        "client_endpoint": "http://portal.localhost/rest/",
    });
    Json(json!({"result": {"client_id": "app.1", "user_id": 17, "install": install}})).into_response()
}

#[tokio::test]
async fn a_server_that_understands_no_form_is_asked_twice_only_once() {
    let asked = Asked::default();
    let router = Router::new()
        .route("/rest/app.info", any(by_query_only))
        .with_state(Arc::clone(&asked));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let transport = Transport::new(NetworkPolicy::AllowInsecure).unwrap();
    let server = AuthorizationServer::parse(&address, NetworkPolicy::AllowInsecure).unwrap();
    let token = AccessToken::parse("0123456789abcdef").unwrap();

    for _ in 0..2 {
        introspect(&transport, &server, &token).await.unwrap();
    }

    assert_eq!(*asked.lock().unwrap(), [Method::POST, Method::GET, Method::GET]);
}
