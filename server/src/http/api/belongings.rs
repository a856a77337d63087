//! Everything that is kept of a portal, as a file of JSON lines without secrets.

use super::caller::Caller;
use super::settings::permitted;
use crate::http::error::{Problem, ProblemKind};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use certlens_app::services::Services;
use certlens_store::{MemberId, StoreError};
use futures::stream;
use std::io;
use tokio::sync::mpsc;

/// Lines that wait for a slow reader; more are not read from the database before.
const AT_ONCE: usize = 256;

/// `GET /api/v1/portals/{member_id}/export`
pub(super) async fn export(
    State(services): State<Services>,
    caller: Caller,
    Path(member_id): Path<String>,
) -> Result<Response, Problem> {
    let member_id = permitted(&services, &caller, &member_id).await?;
    let stored = MemberId::parse(member_id.as_str()).map_err(|_| Problem::new(ProblemKind::NotFound))?;
    let is_known = services
        .store
        .portal(&stored)
        .await
        .map_err(|error| of_store(&error))?;
    if is_known.is_none() {
        return Err(Problem::new(ProblemKind::NotFound).detail("nothing is kept of this portal"));
    }
    let name = format!("certlens-{stored}.jsonl");
    let (lines, taken) = mpsc::channel::<String>(AT_ONCE);
    let store = services.store.clone();
    let exporting = tokio::spawn(async move { store.export_portal(&stored, lines).await });
    let body = stream::unfold(Some((taken, exporting)), |state| async move {
        let (mut taken, exporting) = state?;
        if let Some(mut line) = taken.recv().await {
            line.push('\n');
            return Some((Ok(Bytes::from(line)), Some((taken, exporting))));
        }
        // A file that breaks off must not look complete.
        match exporting.await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => {
                of_store(&error);
                Some((Err(io::Error::other("the export broke off")), None))
            }
            Err(error) => Some((Err(io::Error::other(error)), None)),
        }
    });
    Ok((
        [
            (header::CONTENT_TYPE, "application/x-ndjson".to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        Body::from_stream(body),
    )
        .into_response())
}

fn of_store(error: &StoreError) -> Problem {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "a portal's data can't be exported"
    );
    Problem::new(ProblemKind::NotReady)
}
