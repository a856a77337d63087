//! Imports for programs: the list, one of them, its rejected rows, undoing it. They concern the documents of all portals,
//! so they are the operator's. How files come in is known in [`receive`].

pub(super) mod receive;

use super::caller::Caller;
use super::question::{invalid, optional};
use crate::http::error::{Problem, ProblemKind};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::{Query, QueryRejection};
use certlens_formats::ImportSource;
use certlens_registry::{
    HistoryError, ImportEntry, ImportFilter, ImportState, Imports, Intake, QueueError, Undo, UndoError,
};
use serde::{Deserialize, Serialize};
use std::error::Error;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

/// Imports in a list that names no number.
const USUAL: u32 = 50;
/// Who stands in the log for a program with the operator's token.
const OPERATOR: &str = "operator";

/// Which imports.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    state: Option<String>,
    source: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// What undoing did, or will do.
#[derive(Debug, Serialize)]
pub(super) struct Undone {
    import: Uuid,
    /// `done`, or `under_way`: then the import tells how far it is.
    state: &'static str,
    removed: u64,
    restored: u64,
    entries: u64,
}

/// `GET /api/v1/imports`
pub(super) async fn list(
    State(intake): State<Intake>,
    caller: Caller,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Imports>, Problem> {
    of_the_operator(&caller)?;
    let Query(wanted) = wanted.map_err(super::question::of_query)?;
    let filter = ImportFilter {
        state: optional::<ImportState>("state", wanted.state.as_deref())?,
        source: optional::<ImportSource>("source", wanted.source.as_deref())?.map(|source| source.to_string()),
        text: None,
    };
    let before = optional::<Uuid>("cursor", wanted.cursor.as_deref())?;
    let limit = optional::<u32>("limit", wanted.limit.as_deref())?.unwrap_or(USUAL);
    let imports = intake.importer().imports(&filter, before, limit).await;
    Ok(Json(imports.map_err(|error| of_history(&error))?))
}

/// `GET /api/v1/imports/{id}`
pub(super) async fn one(
    State(intake): State<Intake>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ImportEntry>, Problem> {
    of_the_operator(&caller)?;
    Ok(Json(entry(&intake, &id).await?))
}

/// `GET /api/v1/imports/{id}/rejects`: JSON lines with line, reason and row. The rows may hold personal data, so nobody but
/// the operator sees them, and nothing keeps them on the way.
pub(super) async fn rejects(
    State(intake): State<Intake>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    of_the_operator(&caller)?;
    let entry = entry(&intake, &id).await?;
    let Some(path) = entry.rejects_file else {
        return Err(Problem::new(ProblemKind::NotFound).detail("this import rejected no rows"));
    };
    let file = tokio::fs::File::open(&path).await.map_err(|error| {
        tracing::warn!(%error, path = %path.display(), "rejected rows can't be read");
        Problem::new(ProblemKind::NotFound)
            .detail("the rejected rows are not on this server any more, or another one imported the file")
    })?;
    let name = format!("attachment; filename=\"rejects-{}.jsonl\"", entry.id);
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(ReaderStream::new(file))).into_response())
}

/// `POST /api/v1/imports/{id}/undo`
pub(super) async fn undo(
    State(intake): State<Intake>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Undone>), Problem> {
    of_the_operator(&caller)?;
    let import = number(&id)?;
    let undo = intake.importer().begin_undo(import, OPERATOR).await;
    let (status, state, summary) = match undo.map_err(|error| of_undo(&error))? {
        Undo::Done(summary) => (StatusCode::OK, "done", summary),
        Undo::UnderWay(summary) => (StatusCode::ACCEPTED, "under_way", summary),
    };
    let undone = Undone {
        import,
        state,
        removed: summary.removed,
        restored: summary.restored,
        entries: summary.entries,
    };
    Ok((status, Json(undone)))
}

/// `DELETE /api/v1/imports/{id}`: takes one that waits out of the queue.
pub(super) async fn take_out(
    State(intake): State<Intake>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    of_the_operator(&caller)?;
    let taken = intake.importer().take_out_of_queue(number(&id)?, OPERATOR).await;
    if taken.map_err(|error| of_queue(&error))? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let sentence = "this import does not wait; only a waiting one can be taken out of the queue, one that is done can be undone";
    Err(Problem::new(ProblemKind::ImportNotUndone).detail(sentence))
}

async fn entry(intake: &Intake, id: &str) -> Result<ImportEntry, Problem> {
    let found = intake.importer().import_entry(number(id)?).await;
    found
        .map_err(|error| of_history(&error))?
        .ok_or_else(unknown)
}

fn number(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| unknown())
}

fn unknown() -> Problem {
    Problem::new(ProblemKind::NotFound).detail("there is no import with this number; `GET /api/v1/imports` lists them")
}

fn of_the_operator(caller: &Caller) -> Result<(), Problem> {
    match caller {
        Caller::Operator => Ok(()),
        Caller::Page(_) => Err(Problem::new(ProblemKind::OperatorRequired)),
    }
}

fn of_history(error: &HistoryError) -> Problem {
    failed(error)
}

fn of_queue(error: &QueueError) -> Problem {
    match error {
        QueueError::Path(_) => invalid("path", error.to_string()),
        QueueError::Postgres(_) => failed(error),
    }
}

fn of_undo(error: &UndoError) -> Problem {
    match error {
        UndoError::Unknown(_) => unknown(),
        UndoError::Postgres(_) | UndoError::NotPublished(_) => failed(error),
        refused => Problem::new(ProblemKind::ImportNotUndone).detail(refused.to_string()),
    }
}

fn failed(error: &dyn Error) -> Problem {
    tracing::error!(error, "imports could not be reached");
    Problem::new(ProblemKind::NotReady)
}
