//! No secret leaves through an error, a log line's text or `Debug`, not even when a portal repeats it.

use axum::Router;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use certlens_bitrix24::credentials::memory::MemoryCredentials;
use certlens_bitrix24::{
    AccessToken, ApplicationToken, AuthorizationServer, AuthorizationServers, ClientId, ClientSecret,
    CredentialStore, NetworkPolicy, Portal, PortalClient, PortalEndpoint, Priority, RefreshToken, TokenPair,
    Transport, UserId, oauth,
};
use chrono::Utc;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::stage::{ADMINISTRATOR, Stage, member};

/// Answers every request with the request's own content, in each place where an answer has words.
async fn echo() -> String {
    async fn answer(uri: Uri, body: String) -> Response {
        let secret = serde_json::from_str::<Value>(&body)
            .ok()
            .and_then(|body| body["auth"].as_str().map(str::to_owned))
            .unwrap_or(body);
        match uri.path().rsplit('/').next().unwrap() {
            "described" => (
                StatusCode::FORBIDDEN,
                axum::Json(json!({"error": "X", "error_description": secret})),
            )
                .into_response(),
            "coded" => (StatusCode::FORBIDDEN, axum::Json(json!({"error": secret}))).into_response(),
            "paged" => (StatusCode::OK, secret).into_response(),
            "moved" => {
                let location = format!("http://x.{secret}.example/rest/");
                (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
            }
            _ => (
                StatusCode::BAD_REQUEST,
                axum::Json(json!({"error": "odd_code", "error_description": secret})),
            )
                .into_response(),
        }
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(answer))).await });
    address
}

/// An error with its causes, in both forms in which it may end in a log.
fn all_words(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(|error| format!("{error} {error:?}").to_ascii_lowercase())
        .collect::<Vec<_>>()
        .join(" ")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn error_of_a_portal_that_repeats_the_token_does_not_show_it(token in "[a-zA-Z0-9._-]{16,60}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let shown = runtime.block_on(async {
            let transport = Transport::new(NetworkPolicy::AllowInsecure).unwrap();
            let address = echo().await;
            let endpoint = PortalEndpoint::parse(&address, NetworkPolicy::AllowInsecure).unwrap();
            let client = PortalClient::new(transport.clone(), endpoint, AccessToken::parse(&token).unwrap());
            let mut shown = format!("{client:?}");
            for method in ["described", "coded", "paged", "moved"] {
                let error = client.call(method, Value::Null).await.unwrap_err();
                shown.push_str(&all_words(&error));
            }
            let server = AuthorizationServer::parse(&address, NetworkPolicy::AllowInsecure).unwrap();
            let error = oauth::renew(
                &transport,
                &server,
                &ClientId::new("app.test"),
                &ClientSecret::parse(&token).unwrap(),
                &RefreshToken::parse(&token).unwrap(),
            )
            .await
            .unwrap_err();
            shown.push_str(&all_words(&error));
            shown
        });
        prop_assert!(!shown.contains(&token.to_ascii_lowercase()), "{shown}");
    }
}

#[tokio::test]
async fn debug_of_every_public_type_hides_what_it_holds() {
    const SECRET: &str = "a-secret-that-nobody-may-see";
    let stage = Stage::open().await;
    let pair = TokenPair {
        access: AccessToken::parse(SECRET).unwrap(),
        refresh: RefreshToken::parse(SECRET).unwrap(),
        expires_at: Utc::now(),
    };
    let store = MemoryCredentials::new();
    store.set_secret(&ClientId::new("app.test"), ClientSecret::parse(SECRET).unwrap());
    let id = store.add(&member(), &ClientId::new("app.test"), UserId(1), pair.clone());
    let chain = store.chains(&member(), None).await.unwrap().remove(0);
    let connections = stage.connections();
    let portal: Portal = stage.portal();
    let token = AccessToken::parse(SECRET).unwrap();
    let client = connections.of_user(&portal, ADMINISTRATOR, Some(token.clone()), Priority::Interactive);
    let issued = oauth::Issued {
        pair: pair.clone(),
        member_id: None,
        user_id: None,
        client_endpoint: None,
        server_endpoint: None,
    };
    let servers = AuthorizationServers::parse("", NetworkPolicy::PublicHttps).unwrap();

    let shown = format!(
        "{pair:?} {store:?} {id:?} {chain:?} {connections:?} {portal:?} {client:?} {issued:?} {servers:?} {token:?} {:?} {:?} {:?}",
        ApplicationToken::parse(SECRET).unwrap(),
        RefreshToken::parse(SECRET).unwrap(),
        ClientSecret::parse(SECRET).unwrap(),
    );

    assert!(!shown.contains(SECRET), "{shown}");
}
