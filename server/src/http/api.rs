//! The public JSON interface, version 1.
//!
//! Its shapes are contracts: the types of `certlens-domain` are its answers, `openapi.json` describes it.

mod analytics;
mod caller;
mod documents;
mod history;
mod question;
mod registries;
mod settings;

use crate::state::AppState;
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

const OPENAPI: &str = include_str!("api/openapi.json");

/// The routes below `/api/v1`.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/analytics", get(analytics::analytics))
        .route("/documents", get(documents::documents))
        .route("/documents/history", get(history::history))
        .route("/registries", get(registries::registries))
        .route(
            "/portals/{member_id}/settings",
            get(settings::read).patch(settings::change),
        )
        .route("/openapi.json", get(openapi))
}

/// The description of this interface. Open to all: it says nothing about data.
async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}
