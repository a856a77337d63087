//! The application on a portal: installing, removing, replacing it, its tokens and webhooks.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Command, Refusal, bad_request, refusal};
use crate::installer;
use crate::portal::{LocalApplication, PortalHandle};
use crate::state::Clean;

/// `POST /__sim/install`: what an administrator's installation does; `fresh=1` removes the application first.
pub(super) async fn install(command: Command) -> Result<Json<Value>, Refusal> {
    let fresh = command.switch("fresh").unwrap_or(false);
    installer::install(command.shared(), fresh)
        .await
        .map(Json)
        .map_err(|error| refusal(StatusCode::BAD_GATEWAY, &error.to_string()))
}

/// `POST /__sim/uninstall`: removes the application and tells it; `clean=1` deletes its data, `silent=1` tells nobody.
pub(super) async fn uninstall(command: Command) -> StatusCode {
    let mut state = command.shared().lock();
    if command.switch("silent") == Some(true) {
        state.uninstall();
    } else if command.switch("clean") == Some(true) {
        state.uninstall_with_event(Clean::Delete);
    } else {
        state.uninstall_with_event(Clean::Keep);
    }
    StatusCode::NO_CONTENT
}

/// `POST /__sim/local-application`: replaces the portal's application by a local one, not installed yet.
/// `client_id`, `client_secret`, `handler`, `installer`, `login`, `events` may be left out; with `api_only=1` it has no
/// pages, and is installed at once.
pub(super) async fn local(command: Command) -> Response {
    let portal = PortalHandle::new(command.world.clone(), command.shared().clone());
    let (client_id, client_secret) = portal.use_local_application(LocalApplication {
        client_id: command.text("client_id"),
        client_secret: command.text("client_secret"),
        handler: command.text("handler"),
        installer: command.text("installer"),
        login: command.text("login"),
        events: command.text("events"),
        api_only: command.switch("api_only").unwrap_or(false),
    });
    let body = json!({"client_id": client_id, "client_secret": client_secret});
    (StatusCode::CREATED, Json(body)).into_response()
}

/// `POST /__sim/webhook?user=7&secret=…`: makes an inbound webhook.
pub(super) async fn webhook(command: Command) -> Result<Response, Refusal> {
    let user_id = command
        .number::<u64>("user")?
        .unwrap_or_else(|| command.shared().lock().administrator());
    let secret = command
        .text("secret")
        .unwrap_or_else(|| crate::random::frame_id()[..16].to_owned());
    let portal = PortalHandle::new(command.world.clone(), command.shared().clone());
    let url = portal.create_webhook(user_id, &secret);
    let body = json!({"url": url, "user": user_id, "secret": secret});
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// `POST /__sim/wipe-bindings`: removes what the application bound; `placements=0` or `events=0` spares those.
pub(super) async fn wipe_bindings(command: Command) -> StatusCode {
    let mut state = command.shared().lock();
    if command.switch("placements") != Some(false) {
        state.placements.clear();
    }
    if command.switch("events") != Some(false) {
        state.events.clear();
    }
    StatusCode::NO_CONTENT
}

/// `POST /__sim/token?user=7`: a pair of tokens of a user, with all that an SDK wants to know.
pub(super) async fn token(command: Command) -> Result<Json<Value>, Refusal> {
    let user_id = command.number::<u64>("user")?;
    let mut state = command.shared().lock();
    let user_id = user_id.unwrap_or_else(|| state.administrator());
    if state.user(user_id).is_none() {
        return Err(bad_request(&format!("there is no user {user_id}")));
    }
    let installation = state.ensure_installation();
    let client_id = state.application.client_id.clone();
    let grant = state.grants.issue(&client_id, installation.generation, user_id);
    Ok(Json(json!({
        "access_token": grant.access,
        "refresh_token": grant.refresh,
        "expires": grant.access_expires.timestamp(),
        "expires_in": crate::state::grants::ACCESS_SECONDS,
        "client_id": client_id,
        "client_secret": state.application.client_secret,
        "application_token": installation.application_token,
        "member_id": state.member_id,
        "user_id": user_id,
        "scope": crate::frame::SCOPE,
        "status": state.status(),
        "domain": state.addresses.portal_host,
        "server_endpoint": format!("{}/rest/", state.addresses.authorization_url()),
        "client_endpoint": format!("{}/rest/", state.addresses.portal_url()),
    })))
}
