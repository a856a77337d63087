//! Signs of life for whoever runs the server.

use super::error::{Problem, ProblemKind};
use super::routes::Routes;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value, json};
use std::time::Duration;

/// A database that is silent for so long is as good as none for whoever chooses among processes.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
}

/// The process lives and answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// A search can be answered now, and the server is not about to end.
async fn readyz(State(state): State<AppState>) -> Result<Json<Value>, Problem> {
    if state.draining.has_begun() {
        return Err(Problem::new(ProblemKind::NotReady)
            .detail("shutting down: what is asked is still answered; ask another process"));
    }
    match tokio::time::timeout(PATIENCE, state.services.search.ready()).await {
        Ok(Ok(())) => Ok(Json(json!({"ready": true}))),
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready");
            Err(Problem::new(ProblemKind::NotReady))
        }
        Err(_) => {
            tracing::warn!(seconds = PATIENCE.as_secs(), "not ready: Postgres is silent");
            Err(Problem::new(ProblemKind::NotReady))
        }
    }
}
