//! Answers of a portal, good and bad, from a small server of the test's own.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse};
use axum::routing::any;
use serde_json::json;

use super::*;
use crate::ErrorCode;
use crate::network::NetworkPolicy;

const TOKEN: &str = "secret-token-of-a-test";

/// Serves one answer for every request and gives a client for it.
async fn client_of<R>(answer: R) -> PortalClient
where
    R: IntoResponse + Clone + Send + Sync + 'static,
{
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(any(move || {
        let answer = answer.clone();
        async move { answer }
    }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    client_at(&format!("http://{address}/rest/"))
}

fn client_at(endpoint: &str) -> PortalClient {
    PortalClient::new(
        Transport::new(NetworkPolicy::AllowInsecure).unwrap(),
        PortalEndpoint::parse(endpoint, NetworkPolicy::AllowInsecure).unwrap(),
        AccessToken::parse(TOKEN).unwrap(),
    )
}

#[tokio::test]
async fn call_of_a_list_reads_result_and_paging() {
    let client = client_of(axum::Json(json!({
        "result": [{"ID": "1"}], "next": 50, "total": 51, "time": {"operating": 0.5}
    })))
    .await;

    let reply = client
        .call("crm.requisite.list", json!({"start": 0}))
        .await
        .unwrap();

    assert_eq!(
        reply,
        Reply {
            result: json!([{"ID": "1"}]),
            next: Some(50),
            total: Some(51),
            operating_seconds: Some(0.5)
        }
    );
}

#[tokio::test]
async fn call_with_an_error_under_status_200_is_refused() {
    let client = client_of(axum::Json(
        json!({"error": "wrong_client", "error_description": "x"}),
    ))
    .await;
    let error = client.call("profile", Value::Null).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::WrongClient));
}

#[tokio::test]
async fn call_answered_by_a_proxys_page_is_unreadable_and_retryable() {
    let client = client_of((StatusCode::BAD_GATEWAY, Html("<h1>502</h1>"))).await;
    let error = client.call("profile", Value::Null).await.unwrap_err();
    assert!(matches!(error, CallError::Unreadable { status: 502 }));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn call_of_a_renamed_portal_names_the_new_host_and_does_not_follow() {
    let location = [(header::LOCATION, "https://new-name.bitrix24.com/rest/profile")];
    let client = client_of((StatusCode::FOUND, location)).await;
    let error = client.call("profile", Value::Null).await.unwrap_err();
    assert!(matches!(error, CallError::Moved { host } if host == "new-name.bitrix24.com"));
}

#[tokio::test]
async fn call_redirected_within_the_portal_is_not_operational() {
    let location = [(header::LOCATION, "/bitrix/coupon_activation.php")];
    let client = client_of((StatusCode::FOUND, location)).await;
    let error = client.call("profile", Value::Null).await.unwrap_err();
    assert!(matches!(error, CallError::NotOperational { status: 302 }));
}

#[tokio::test]
async fn call_of_a_closed_port_shows_neither_address_nor_token() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let client = client_at(&format!("http://{closed}/rest/"));

    let error = client.call("profile", Value::Null).await.unwrap_err();

    assert!(matches!(error, CallError::Unreachable(_)));
    let shown = format!("{error} {error:?} {client:?}");
    assert!(!shown.contains(TOKEN), "{shown}");
}

#[tokio::test]
async fn call_of_a_path_instead_of_a_method_is_not_sent() {
    let client = client_at("http://127.0.0.1:9/rest/");
    for method in ["", "../secret", "a/b", "https://evil.example/"] {
        let error = client.call(method, Value::Null).await.unwrap_err();
        assert!(matches!(error, CallError::Unsendable { .. }), "{method}");
    }
}

#[tokio::test]
async fn call_of_a_silent_portal_within_a_limit_times_out() {
    // The system accepts connections, nobody answers them.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client_at(&format!("http://{}/rest/", silent.local_addr().unwrap()));

    let error = client
        .within(Duration::from_millis(50))
        .call("profile", Value::Null)
        .await
        .unwrap_err();

    assert!(matches!(error, CallError::TimedOut), "{error:?}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn call_with_an_answer_nested_beyond_reason_is_unreadable() {
    let deep = format!("{{\"result\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let client = client_of(deep).await;
    let error = client.call("profile", Value::Null).await.unwrap_err();
    assert!(
        matches!(error, CallError::Unreadable { status: 200 }),
        "{error:?}"
    );
}

#[tokio::test]
async fn call_with_an_endless_answer_is_cut_off() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let endless = || async {
        let chunk = axum::body::Bytes::from(vec![b' '; 64 * 1024]);
        let chunks = futures::stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
        axum::body::Body::from_stream(chunks)
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(endless))).await });

    let error = client_at(&format!("http://{address}/rest/"))
        .call("profile", Value::Null)
        .await
        .unwrap_err();

    assert!(matches!(error, CallError::TooLarge), "{error:?}");
}

#[tokio::test]
async fn call_that_brings_its_own_token_is_not_sent() {
    let client = client_at("http://127.0.0.1:9/rest/");
    let error = client.call("profile", json!({"auth": "x"})).await.unwrap_err();
    assert!(matches!(error, CallError::Unsendable { .. }), "{error:?}");
}

#[tokio::test]
async fn call_whose_result_repeats_the_token_does_not_hand_it_on() {
    let client = client_of(axum::Json(json!({"result": {"echo": TOKEN}}))).await;
    let reply = client.call("profile", Value::Null).await.unwrap();
    assert_eq!(reply.result, json!({"echo": "…"}));
}
