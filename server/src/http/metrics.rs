//! `GET /metrics`: what the process counted and last measured, for Prometheus. Nothing here names a portal or a counterparty,
//! and nothing is asked of anybody: a scrape costs the writing of the text.

use super::routes::Routes;
use crate::telemetry;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

pub(super) fn routes() -> Routes {
    Routes::new().route("/metrics", get(metrics))
}

async fn metrics() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        telemetry::rendered(),
    )
}
