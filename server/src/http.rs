//! The HTTP server: which routes there are, and what holds for all of them.
//!
//! The order of the layers is the rule of this module; what a single route does is known in its own module.

pub mod api;
mod document;
pub mod error;
mod events;
mod frame;
mod functions;
mod handover;
mod health;
pub mod install;
mod language;
mod login;
mod metrics;
mod monitor;
mod page;
pub(crate) mod rehearsal;
mod request;
mod site;

use crate::state::AppState;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _};
use tower_http::compression::{CompressionLayer, DefaultPredicate};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

/// A frame's form is a few kilobytes; a question with a hundred identifiers as well.
const MOST_BODY_BYTES: usize = 1024 * 1024;
/// No answer of ours is worth a longer wait; the slowest part is a portal's REST call.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The whole server as a service.
pub fn router(state: &AppState) -> Router {
    Router::new()
        .merge(health::routes())
        .merge(metrics::routes())
        .nest("/api/v1", api::routes())
        .merge(install::routes())
        .merge(events::routes())
        .merge(login::routes())
        .merge(frame::routes())
        .merge(functions::routes())
        .merge(handover::routes())
        .merge(monitor::routes())
        .fallback_service(site::files(&state.settings.site_dir))
        // From the inside to the outside. What makes wordless problems (size, time, panic) is inside of what gives
        // them their words; the request's id comes first, so that every log line and every error page has it.
        .layer(RequestBodyLimitLayer::new(MOST_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            REQUEST_TIMEOUT,
        ))
        .nest("/api/v1", api::uploads())
        .with_state(state.clone())
        .layer(CatchPanicLayer::custom(error::of_panic))
        .layer(middleware::from_fn(error::dress))
        .layer(security_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(security_header(
            header::REFERRER_POLICY,
            "strict-origin-when-cross-origin",
        ))
        // A workbook is compressed already, and keeps its length, by which a browser knows that it is whole.
        .layer(
            CompressionLayer::new()
                .compress_when(DefaultPredicate::new().and(NotForContentType::const_new(handover::WORKBOOK))),
        )
        .layer(middleware::from_fn(request::identify))
}

fn security_header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
