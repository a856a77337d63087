//! The smallest page of an application: proves the frame that a portal opens and greets its viewer.
//!
//! ```sh
//! BITRIX24_CLIENT_ID=app.… cargo run --example serve_frame
//! ```
//!
//! listens on 127.0.0.1:3000 (or `BITRIX24_LISTEN`) for `POST /bitrix/app` and `POST /bitrix/install`, the addresses in
//! the application's card. Against the portal simulator add `BITRIX24_ALLOW_INSECURE=1`,
//! `BITRIX24_OAUTH=http://oauth.localhost:8081` and `BITRIX24_CLIENT_ID=app.certlens.demo`.

use std::env;
use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::post;
use certlens_bitrix24::{
    AuthorizationServers, ClientId, Expectation, FrameOpen, FrameVerifier, NetworkPolicy, PortalClient,
    Transport,
};
use serde_json::{Value, json};

struct Application {
    verifier: FrameVerifier,
    expectation: Expectation,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let policy = match env::var("BITRIX24_ALLOW_INSECURE") {
        Ok(_) => NetworkPolicy::AllowInsecure,
        Err(_) => NetworkPolicy::PublicHttps,
    };
    let servers = AuthorizationServers::parse(&env::var("BITRIX24_OAUTH").unwrap_or_default(), policy)?;
    let application = Arc::new(Application {
        verifier: FrameVerifier::new(Transport::new(policy)?, servers),
        expectation: Expectation {
            client_ids: vec![ClientId::new(env::var("BITRIX24_CLIENT_ID")?)],
            // One page serves as installer too, and an installer is opened before the installation is finished.
            is_installer: true,
            ..Expectation::default()
        },
    });
    // A portal looks whether the address answers before it takes it: GET and HEAD get a neutral page.
    let handler = post(open).get(|| async { Html("<p>Open this page inside Bitrix24.</p>") });
    let router = Router::new()
        .route("/bitrix/app", handler.clone())
        .route("/bitrix/install", handler)
        .with_state(application);
    let address = env::var("BITRIX24_LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!(
        "waiting for frames at http://{}/bitrix/app",
        listener.local_addr()?
    );
    Ok(axum::serve(listener, router).await?)
}

async fn open(
    State(application): State<Arc<Application>>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    // Foreign input: believed is only what the authorization server says about its token.
    let claim = FrameOpen::parse(query.as_deref().unwrap_or_default(), &body);
    let frame = match application.verifier.verify(claim, &application.expectation).await {
        Ok(frame) => frame,
        Err(error) => return (StatusCode::FORBIDDEN, error.to_string()).into_response(),
    };

    let transport = application.verifier.transport().clone();
    let client = PortalClient::new(transport, frame.endpoint().clone(), frame.access_token().clone());
    let name = match client.call_as::<Value>("profile", json!({})).await {
        Ok(viewer) => viewer["NAME"].as_str().unwrap_or("you").to_owned(),
        Err(error) => return (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    };

    // The proved host alone may frame the page. The name is foreign text: escaped.
    let policy = format!("default-src 'none'; frame-ancestors {}", frame.portal_origin());
    let name = name.replace('&', "&amp;").replace('<', "&lt;");
    let item = frame
        .entity_id()
        .map_or("no saved item".to_owned(), |id| format!("item {id}"));
    (
        [(header::CONTENT_SECURITY_POLICY, policy)],
        Html(format!("<p>Hello, {name}. This frame shows {item}.</p>")),
    )
        .into_response()
}
