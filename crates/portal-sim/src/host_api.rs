//! What the portal's own pages ask their server for while an application's frame is open.
//!
//! Same origin only in spirit: a simulator has no session to protect, the user comes from a cookie.

use axum::Json;
use axum::extract::State as AxumState;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::FrameFault;
use crate::frame::{self, FrameRequest, Opening};
use crate::pages::Visitor;
use crate::shared::Shared;
use crate::state::State;
use crate::state::crm::EntityKind;
use crate::state::grants::ACCESS_SECONDS;

/// Which frame a page wants to open.
#[derive(Debug, Deserialize)]
pub(crate) struct FrameWish {
    opening: String,
    entity: Option<String>,
    id: Option<u64>,
    handler: Option<String>,
    fault: Option<String>,
}

/// An option of the application.
#[derive(Debug, Deserialize)]
pub(crate) struct OptionWish {
    name: String,
    value: Value,
}

fn visitor(state: &State, headers: &HeaderMap) -> Visitor {
    Visitor::of(state, headers, None, None, "/")
}

/// Opens a frame: tokens, form fields, and the data for `getInitData`.
pub(crate) async fn frame(
    AxumState(shared): AxumState<Shared>,
    headers: HeaderMap,
    Json(wish): Json<FrameWish>,
) -> Response {
    let mut state = shared.lock();
    let visitor = visitor(&state, &headers);
    match requested(&state, &visitor, &wish) {
        Ok(request) => Json(frame::open(&mut state, &request)).into_response(),
        Err(sentence) => (StatusCode::BAD_REQUEST, Json(json!({"error": sentence}))).into_response(),
    }
}

fn requested(state: &State, visitor: &Visitor, wish: &FrameWish) -> Result<FrameRequest, String> {
    let fault = match wish.fault.as_deref() {
        None | Some("") => None,
        Some(name) => Some(name.parse::<FrameFault>().map_err(|error| error.to_string())?),
    };
    let (opening, handler) = match wish.opening.as_str() {
        "installer" => (Opening::Installer, state.install_url()),
        "main" => (Opening::Main, state.main_url()),
        _ => {
            let kind = wish
                .entity
                .as_deref()
                .and_then(EntityKind::from_path)
                .ok_or("no such type of items")?;
            let id = wish.id.ok_or("no item")?;
            let placement = kind.tab_placement();
            let bound = state.placements.iter().find(|bound| {
                bound.placement == placement
                    && wish
                        .handler
                        .as_ref()
                        .is_none_or(|handler| *handler == bound.handler)
            });
            (
                Opening::Tab(kind, id),
                bound.ok_or("nothing is bound here")?.handler.clone(),
            )
        }
    };
    Ok(FrameRequest {
        opening,
        user_id: visitor.user_id,
        language: visitor.language.to_owned(),
        handler,
        fault,
    })
}

/// A fresh pair of tokens for `refreshAuth`.
pub(crate) async fn refresh_auth(AxumState(shared): AxumState<Shared>, headers: HeaderMap) -> Json<Value> {
    let mut state = shared.lock();
    let user_id = visitor(&state, &headers).user_id;
    let generation = state.ensure_installation().generation;
    let client_id = state.application.client_id.clone();
    let grant = state.grants.issue(&client_id, generation, user_id);
    Json(json!({"AUTH_ID": grant.access, "AUTH_EXPIRES": ACCESS_SECONDS, "REFRESH_ID": grant.refresh}))
}

/// `setInstallFinish`: administrators finish the installation.
pub(crate) async fn install_finish(AxumState(shared): AxumState<Shared>, headers: HeaderMap) -> Json<Value> {
    let mut state = shared.lock();
    let user_id = visitor(&state, &headers).user_id;
    let finished = state.is_admin(user_id);
    if finished {
        state.finish_installation();
    }
    Json(json!({"finished": finished}))
}

/// `setInstall`: the user opened the application for the first time.
pub(crate) async fn acquainted(AxumState(shared): AxumState<Shared>, headers: HeaderMap) -> StatusCode {
    let mut state = shared.lock();
    let user_id = visitor(&state, &headers).user_id;
    state.acquainted.insert(user_id);
    StatusCode::NO_CONTENT
}

/// `setUserOption`.
pub(crate) async fn user_option(
    AxumState(shared): AxumState<Shared>,
    headers: HeaderMap,
    Json(option): Json<OptionWish>,
) -> StatusCode {
    let mut state = shared.lock();
    let user_id = visitor(&state, &headers).user_id;
    state.user_options.insert((user_id, option.name), option.value);
    StatusCode::NO_CONTENT
}

/// `setAppOption`: administrators only.
pub(crate) async fn app_option(
    AxumState(shared): AxumState<Shared>,
    headers: HeaderMap,
    Json(option): Json<OptionWish>,
) -> StatusCode {
    let mut state = shared.lock();
    let user_id = visitor(&state, &headers).user_id;
    if !state.is_admin(user_id) {
        return StatusCode::FORBIDDEN;
    }
    state.app_options.insert(option.name, option.value);
    StatusCode::NO_CONTENT
}

/// Users to choose from, for `selectUser`.
pub(crate) async fn users(AxumState(shared): AxumState<Shared>) -> Json<Value> {
    let state = shared.lock();
    let users: Vec<Value> = state
        .users
        .values()
        .filter(|user| user.active)
        .map(|user| {
            let name = format!("{} {}", user.name, user.last_name);
            json!({"id": user.id.to_string(), "name": name, "photo": "", "position": "", "url": ""})
        })
        .collect();
    Json(Value::Array(users))
}
