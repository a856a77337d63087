//! What a portal's queue sends: events about the CRM and about the application itself.
//!
//! They are taken down and answered at once; a worker does the rest. The answer tells nothing of what was believed.

use super::error::{Problem, ProblemKind};
use super::install::opened_by_hand;
use super::routes::Routes;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use certlens_app::services::Services;
use certlens_portals::PortalsError;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/bitrix/events", get(opened_by_hand).post(take))
        .route("/bitrix/uninstall", get(opened_by_hand).post(uninstall))
}

async fn take(State(services): State<Services>, form: Bytes) -> Result<Response, Problem> {
    receive(&services, &form).await
}

/// Takes an event down.
pub(super) async fn receive(services: &Services, form: &[u8]) -> Result<Response, Problem> {
    let received = services.portals.receive(form).await.map_err(of_store)?;
    tracing::debug!(?received, "event taken");
    Ok(taken())
}

/// The application was removed from a portal.
async fn uninstall(State(services): State<Services>, form: Bytes) -> Result<Response, Problem> {
    let departure = services.portals.uninstall(&form).await.map_err(of_store)?;
    tracing::info!(?departure, "uninstallation taken");
    Ok(taken())
}

fn taken() -> Response {
    "ok\n".into_response()
}

#[expect(clippy::needless_pass_by_value, reason = "used to map errors")]
fn of_store(error: PortalsError) -> Problem {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "an event could not be taken down"
    );
    Problem::new(ProblemKind::NotReady)
}
