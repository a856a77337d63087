//! Signs of life for whoever runs the server.

use super::error::{Problem, ProblemKind};
use super::routes::Routes;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value, json};

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
}

/// The process lives and answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// A search can be answered now.
async fn readyz(State(state): State<AppState>) -> Result<Json<Value>, Problem> {
    state.services.search.ready().await.map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "not ready");
        Problem::new(ProblemKind::NotReady)
    })?;
    Ok(Json(json!({"ready": true})))
}
