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
pub mod limits;
mod login;
mod metrics;
mod monitor;
mod page;
pub(crate) mod rehearsal;
mod request;
mod routes;
mod site;

use crate::shutdown;
use crate::state::AppState;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware;
use routes::Routes;
use std::sync::Arc;
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

/// Our pages need nothing of the device but the clipboard, into which a person copies a number. Only names that browsers know: others
/// are a warning in everybody's console.
const PERMISSIONS_POLICY: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), \
     microphone=(), midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()";

/// The whole server as a service.
pub fn router(state: &AppState) -> Router {
    bounded()
        .into_router()
        .fallback_service(site::files(&state.settings.site_dir))
        // From the inside to the outside. A request's time begins when it has a place, and it gets one when its body is there. What makes wordless problems (size, time, panic) is inside of what gives
        // them their words; the request's id comes first, so that every log line and every error page has it.
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            REQUEST_TIMEOUT,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&state.places),
            limits::admit,
        ))
        .layer(RequestBodyLimitLayer::new(MOST_BODY_BYTES))
        .merge(unbounded().into_router())
        .with_state(state.clone())
        .layer(CatchPanicLayer::custom(error::of_panic))
        .layer(middleware::from_fn(error::dress))
        .layer(security_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(security_header(
            header::REFERRER_POLICY,
            "strict-origin-when-cross-origin",
        ))
        .layer(security_header(
            HeaderName::from_static("permissions-policy"),
            PERMISSIONS_POLICY,
        ))
        .layer(security_header(
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ))
        .layer(security_header(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        // A workbook is compressed already, and keeps its length, by which a browser knows that it is whole.
        .layer(
            CompressionLayer::new()
                .compress_when(DefaultPredicate::new().and(NotForContentType::const_new(handover::WORKBOOK))),
        )
        .layer(middleware::from_fn(request::identify))
        .layer(middleware::from_fn_with_state(
            state.draining.clone(),
            shutdown::let_connections_end,
        ))
}

/// Every path that is served, but for the browser's files: `/api/v1/imports/{id}`. Server functions stand behind one of them.
pub fn paths() -> Vec<String> {
    bounded().merge(unbounded()).into_paths()
}

/// What holds one size and one time for all.
fn bounded() -> Routes {
    Routes::new()
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
}

/// What has limits of its own.
fn unbounded() -> Routes {
    Routes::new().nest("/api/v1", api::uploads())
}

fn security_header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
