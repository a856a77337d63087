//! Portals and the clock: making, renaming, moving on.

use axum::Json;
use axum::extract::State as AxumState;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Command, bad_request, refusal};
use crate::seed::Seed;
use crate::shared::Shared;
use crate::world::World;

/// `GET /__sim/portals`: all of them.
pub(super) async fn portals(AxumState(world): AxumState<World>) -> Json<Value> {
    let portals: Vec<Value> = world
        .portals()
        .iter()
        .map(|portal| described(&portal.shared))
        .collect();
    Json(Value::Array(portals))
}

/// `POST /__sim/portals`: makes one. `host`, `member_id`, `name`, `lang`, `kind` = `cloud` or `box`, and the seed's
/// `users`, `companies`, `leads`, `deals`; the built-in sample when none of those is given.
pub(super) async fn create_portal(command: Command) -> Response {
    let mut content = command.parameters.to_value();
    let has_content = ["users", "companies", "leads", "deals"]
        .iter()
        .any(|part| content.get(part).is_some());
    let seed = if has_content {
        content["portal"] = json!({});
        Seed::from_json(&content.to_string())
    } else {
        Seed::sample()
    };
    let mut seed = match seed {
        Ok(seed) => seed,
        Err(error) => return bad_request(&error.to_string()),
    };
    if let Some(member_id) = command.text("member_id") {
        seed.portal.member_id = member_id;
    }
    if let Some(name) = command.text("name") {
        seed.portal.name = name;
    }
    if let Some(lang) = command.text("lang") {
        seed.portal.lang = lang;
    }
    match command.world.add(seed, command.text("host")) {
        Ok(shared) => {
            shared.lock().is_box = command.text("kind").is_some_and(|kind| kind == "box");
            (StatusCode::CREATED, Json(described(&shared))).into_response()
        }
        Err(error) => refusal(StatusCode::CONFLICT, &error.to_string()),
    }
}

fn described(shared: &Shared) -> Value {
    let state = shared.lock();
    json!({
        "name": state.addresses.portal_name().split('.').next().unwrap_or_default(),
        "host": state.addresses.portal_host,
        "portal_url": state.addresses.portal_url(),
        "authorization_url": state.addresses.authorization_url(),
        "member_id": state.member_id,
        "kind": if state.is_box { "box" } else { "cloud" },
        "client_id": state.application.client_id,
        "installed": state.is_installed(),
        "webhook": format!("{}/rest/{}/{}/", state.addresses.portal_url(), state.administrator(), crate::state::WEBHOOK_SECRET),
    })
}

/// `POST /__sim/rename?portal=…&host=new-name.localhost`: the former host redirects.
pub(super) async fn rename(command: Command) -> Response {
    let Some(host) = command.text("host") else {
        return bad_request("host is the new name, without a port");
    };
    match command.world.rename(command.shared(), &host) {
        Ok(()) => Json(described(command.shared())).into_response(),
        Err(error) => refusal(StatusCode::CONFLICT, &error.to_string()),
    }
}

/// `POST /__sim/portal?portal=…`: `kind`, and `token_proxy` = `0` for a portal that doesn't pass `/oauth/token/` on.
pub(super) async fn configure(command: Command) -> Response {
    {
        let mut state = command.shared().lock();
        if let Some(kind) = command.text("kind") {
            state.is_box = kind == "box";
        }
        if let Some(proxies) = command.switch("token_proxy") {
            state.proxies_tokens = proxies;
        }
    }
    Json(described(command.shared())).into_response()
}

/// `GET /__sim/clock`: the simulated moment.
pub(super) async fn clock(AxumState(world): AxumState<World>) -> Json<Value> {
    Json(json!({"now": world.clock().now()}))
}

/// `POST /__sim/clock?advance_seconds=3600`: puts the clock of all portals forward.
pub(super) async fn advance_clock(command: Command) -> Response {
    match command.number::<u32>("advance_seconds") {
        Ok(Some(seconds)) => {
            command.world.clock().advance(seconds);
            Json(json!({"now": command.world.clock().now()})).into_response()
        }
        Ok(None) => bad_request("advance_seconds says how far"),
        Err(response) => response,
    }
}
