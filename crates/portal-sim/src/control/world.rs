//! Portals and the clock: making, renaming, moving on.

use axum::Json;
use axum::extract::State as AxumState;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Command, Refusal, bad_request, refusal};
use crate::seed::{GeneratedSeed, Seed};
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

/// `POST /__sim/portals`: makes one. `host`, `member_id`, `name`, `lang`, `kind` = `cloud` or `box`, and the content.
pub(super) async fn create_portal(command: Command) -> Result<Response, Refusal> {
    let mut seed = content(&command)?;
    if let Some(member_id) = command.text("member_id") {
        seed.portal.member_id = member_id;
    }
    if let Some(name) = command.text("name") {
        seed.portal.name = name;
    }
    if let Some(lang) = command.text("lang") {
        seed.portal.lang = lang;
    }
    let shared = command
        .world
        .add(seed, command.text("host"))
        .map_err(|error| refusal(StatusCode::CONFLICT, &error.to_string()))?;
    shared.lock().is_box = command.text("kind").is_some_and(|kind| kind == "box");
    Ok((StatusCode::CREATED, Json(described(&shared))).into_response())
}

/// The content of a new portal: the seed's lists, or numbers of `companies`, `leads`, `deals` to generate with
/// `random`, or the built-in sample.
fn content(command: &Command) -> Result<Seed, Refusal> {
    let seed = if let Some(companies) = command.number::<u64>("companies")? {
        let default = GeneratedSeed::default();
        Seed::generated(GeneratedSeed {
            companies,
            leads: command.number("leads")?.unwrap_or(companies / 3),
            deals: command.number("deals")?.unwrap_or(companies / 2),
            random: command.number("random")?.unwrap_or(default.random),
        })
    } else {
        let mut content = command.parameters.to_value();
        let has_content = ["users", "companies", "leads", "deals", "contacts"]
            .iter()
            .any(|part| content.get(part).is_some());
        if has_content {
            content["portal"] = json!({});
            Seed::from_json(&content.to_string())
        } else {
            Seed::sample()
        }
    };
    seed.map_err(|error| bad_request(&error.to_string()))
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
pub(super) async fn rename(command: Command) -> Result<Json<Value>, Refusal> {
    let host = command
        .text("host")
        .ok_or_else(|| bad_request("host is the new name, without a port"))?;
    command
        .world
        .rename(command.shared(), &host)
        .map_err(|error| refusal(StatusCode::CONFLICT, &error.to_string()))?;
    Ok(Json(described(command.shared())))
}

/// `POST /__sim/portal?portal=…`: `kind`, and `token_proxy` = `0` for a portal that doesn't pass `/oauth/token/` on.
pub(super) async fn configure(command: Command) -> Json<Value> {
    {
        let mut state = command.shared().lock();
        if let Some(kind) = command.text("kind") {
            state.is_box = kind == "box";
        }
        if let Some(proxies) = command.switch("token_proxy") {
            state.proxies_tokens = proxies;
        }
    }
    Json(described(command.shared()))
}

/// `GET /__sim/clock`: the simulated moment.
pub(super) async fn clock(AxumState(world): AxumState<World>) -> Json<Value> {
    Json(json!({"now": world.clock().now()}))
}

/// `POST /__sim/clock?advance_seconds=3600`: puts the clock of all portals forward.
pub(super) async fn advance_clock(command: Command) -> Result<Json<Value>, Refusal> {
    let seconds = command
        .number::<u32>("advance_seconds")?
        .ok_or_else(|| bad_request("advance_seconds says how far"))?;
    command.world.clock().advance(seconds);
    Ok(Json(json!({"now": command.world.clock().now()})))
}
