//! The server functions by which hydrated pages ask again.
//!
//! The caller is whoever the session in the `Authorization` header stands for; without a living one a function refuses
//! by itself.

use super::request;
use super::routes::Routes;
use crate::state::AppState;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use certlens_app::Renewable;
use certlens_app::card::open::{Bearer, RequestId};
use certlens_app::monitor::OperatorBearer;
use leptos::prelude::provide_context;

pub(super) fn routes() -> Routes {
    // Server functions and pages run their reactive tasks on tokio. A second call changes nothing.
    let _ = any_spawner::Executor::init_tokio();
    Routes::new().route("/fn/{name}", post(server_function))
}

async fn server_function(
    State(state): State<AppState>,
    Extension(request_id): Extension<request::RequestId>,
    request: Request,
) -> Response {
    let operator = operator(&state, request.headers());
    let bearer = match operator {
        Some(_) => None,
        None => bearer(&state, request.headers()).await,
    };
    let renewable = renewable(&state, request.uri(), request.headers()).await;
    if let Some(Bearer(session)) = &bearer {
        request::record_portal(session.member_id());
    }
    let services = state.services;
    let request_id = RequestId(request_id.as_str().to_owned());
    let context = move || {
        provide_context(services.clone());
        provide_context(request_id.clone());
        if let Some(bearer) = &bearer {
            provide_context(bearer.clone());
        }
        if let Some(operator) = &operator {
            provide_context(operator.clone());
        }
        if let Some(renewable) = &renewable {
            provide_context(renewable.clone());
        }
    };
    let mut response = leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response();
    // Our functions say what failed by statuses of their own; what is left is what a function could not read its arguments from.
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn operator(state: &AppState, headers: &HeaderMap) -> Option<OperatorBearer> {
    state
        .services
        .operator_session(token(headers)?)
        .map(OperatorBearer)
}

async fn bearer(state: &AppState, headers: &HeaderMap) -> Option<Bearer> {
    match state.services.session(token(headers)?).await {
        Ok(session) => Some(Bearer(session)),
        Err(refused) => {
            tracing::debug!(%refused, "a session was not accepted");
            None
        }
    }
}

/// Only the function that renews a session takes one that has ended.
async fn renewable(state: &AppState, uri: &Uri, headers: &HeaderMap) -> Option<Renewable> {
    if !uri.path().starts_with("/fn/session") {
        return None;
    }
    match state.services.renewable_session(token(headers)?).await {
        Ok(session) => Some(Renewable(session)),
        Err(refused) => {
            tracing::debug!(%refused, "a session may not be renewed");
            None
        }
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}
