//! `/__sim/…`: what tests and the demo do with the simulator from outside.

use std::fmt::Write as _;

use axum::Json;
use axum::extract::{Query, State as AxumState};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::{FrameFault, RestFault};
use crate::frame::{self, FrameForm, FrameRequest, Opening};
use crate::installer;
use crate::shared::Shared;
use crate::state::crm::EntityKind;

/// Whether an installation begins anew.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct InstallQuery {
    #[serde(default)]
    fresh: u8,
}

/// `POST /__sim/install`: what an administrator's installation does.
pub(crate) async fn install(
    AxumState(shared): AxumState<Shared>,
    Query(query): Query<InstallQuery>,
) -> Response {
    match installer::install(&shared, query.fresh == 1).await {
        Ok(report) => Json(report).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, Json(json!({"error": error.to_string()}))).into_response(),
    }
}

/// `POST /__sim/uninstall`: removes the application; no event tells it.
pub(crate) async fn uninstall(AxumState(shared): AxumState<Shared>) -> StatusCode {
    shared.lock().uninstall();
    StatusCode::NO_CONTENT
}

/// `GET /__sim/state`: the application's standing on the portal.
pub(crate) async fn state(AxumState(shared): AxumState<Shared>) -> Json<Value> {
    let state = shared.lock();
    let placements: Vec<Value> = state
        .placements
        .iter()
        .map(|bound| json!({"placement": bound.placement, "handler": bound.handler, "title": bound.title}))
        .collect();
    let events: Vec<Value> = state
        .events
        .iter()
        .map(|bound| json!({"event": bound.event, "handler": bound.handler}))
        .collect();
    let ids = |kind| state.crm.items(kind).map(|item| item.id).collect::<Vec<_>>();
    Json(json!({
        "member_id": state.member_id,
        "portal_url": state.addresses.portal_url(),
        "authorization_url": state.addresses.authorization_url(),
        "app_url": state.addresses.app_url,
        "installed": state.is_installed(),
        "placements": placements,
        "events": events,
        "app_options": state.app_options,
        "companies": ids(EntityKind::Company),
        "leads": ids(EntityKind::Lead),
        "deals": ids(EntityKind::Deal),
        "faults": state.faults,
    }))
}

/// `GET /__sim/requests`: REST requests, oldest first.
pub(crate) async fn requests(AxumState(shared): AxumState<Shared>) -> Json<Value> {
    Json(json!(shared.lock().log()))
}

/// `DELETE /__sim/requests`: forgets them.
pub(crate) async fn clear_requests(AxumState(shared): AxumState<Shared>) -> StatusCode {
    shared.lock().clear_log();
    StatusCode::NO_CONTENT
}

/// `POST /__sim/expire-tokens`: every access token's hour is over.
pub(crate) async fn expire_tokens(AxumState(shared): AxumState<Shared>) -> StatusCode {
    shared.lock().grants.expire_access();
    StatusCode::NO_CONTENT
}

/// Which faults to switch.
#[derive(Debug, Deserialize)]
pub(crate) struct FaultQuery {
    /// A comma list; empty switches all off.
    #[serde(default)]
    set: String,
}

/// `POST /__sim/faults?set=html_502,slow_60s`: switches faults of the REST interface on, all others off.
pub(crate) async fn faults(
    AxumState(shared): AxumState<Shared>,
    Query(query): Query<FaultQuery>,
) -> Response {
    let named: Result<_, _> = query
        .set
        .split(',')
        .filter(|name| !name.is_empty())
        .map(str::parse::<RestFault>)
        .collect();
    match named {
        Ok(faults) => {
            shared.lock().faults = faults;
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

/// Which card's tab to open, by whom.
#[derive(Debug, Deserialize)]
pub(crate) struct FrameQuery {
    entity: String,
    id: u64,
    user: Option<u64>,
    lang: Option<String>,
    fault: Option<String>,
}

/// `GET /__sim/frame?entity=company&id=101`: the POST of that tab as JSON, for tests without a browser.
pub(crate) async fn frame(AxumState(shared): AxumState<Shared>, Query(query): Query<FrameQuery>) -> Response {
    match open(&shared, &query) {
        Ok(form) => Json(form).into_response(),
        Err(sentence) => (StatusCode::BAD_REQUEST, sentence).into_response(),
    }
}

/// `GET /__sim/open-frame?…`: the same as a page with a plain form and a button: works without JavaScript.
pub(crate) async fn open_frame(
    AxumState(shared): AxumState<Shared>,
    Query(query): Query<FrameQuery>,
) -> Response {
    match open(&shared, &query) {
        Ok(form) => Html(plain_form(&form)).into_response(),
        Err(sentence) => (StatusCode::BAD_REQUEST, sentence).into_response(),
    }
}

fn open(shared: &Shared, query: &FrameQuery) -> Result<FrameForm, String> {
    let mut state = shared.lock();
    let kind = EntityKind::from_path(&query.entity).ok_or("entity is one of company, lead, deal")?;
    let fault = query
        .fault
        .as_deref()
        .map(str::parse::<FrameFault>)
        .transpose()
        .map_err(|error| error.to_string())?;
    let placement = kind.tab_placement();
    let bound = state.placements.iter().find(|bound| bound.placement == placement);
    let handler = bound.map_or_else(
        || format!("{}/bitrix/app", state.addresses.app_url),
        |bound| bound.handler.clone(),
    );
    let request = FrameRequest {
        opening: Opening::Tab(kind, query.id),
        user_id: query.user.unwrap_or_else(|| state.administrator()),
        language: query.lang.clone().unwrap_or_else(|| state.language.clone()),
        handler,
        fault,
    };
    Ok(frame::open(&mut state, &request))
}

fn plain_form(form: &FrameForm) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('<', "&lt;")
    };
    let mut fields = String::new();
    for (name, value) in &form.fields {
        let (name, value) = (escape(name), escape(value));
        // Writing to a String never fails.
        let _ = write!(fields, r#"<input type="hidden" name="{name}" value="{value}">"#);
    }
    format!(
        r#"<!doctype html><meta charset="utf-8"><title>Open the frame</title>
<form method="post" action="{}">{fields}<button>Open</button></form>"#,
        escape(&form.action)
    )
}
