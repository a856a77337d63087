//! Imports for programs: the list, one of them, its rejected rows, undoing it. They concern the documents of all portals,
//! so they are the operator's. How files come in is known in [`receive`].

pub(super) mod receive;

use super::caller::{Caller, MonitorViewer};
use super::question::{invalid, optional};
use crate::http::error::{Problem, ProblemKind};
use crate::http::language;
use crate::http::request::RequestId;
use crate::state::AppState;
use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::{Query, QueryRejection};
use certlens_domain::language::Language;
use certlens_formats::ImportSource;
use certlens_monitor::action::Done;
use certlens_monitor::{Action, ActionRefused, ImportAction, Request, Viewer};
use certlens_registry::{HistoryError, ImportEntry, ImportFilter, ImportState, Imports, Intake, QueueError};
use serde::Deserialize;
use std::convert::Infallible;
use std::error::Error;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

/// Imports in a list that names no number.
const USUAL: u32 = 50;

/// Which imports.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    state: Option<String>,
    source: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
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
        source: optional::<ImportSource>("source", wanted.source.as_deref())?
            .map(|source| source.to_string()),
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

/// `POST /api/v1/imports/{id}/undo`: what the button of the monitor does, with the same entry in the audit log.
pub(super) async fn undo(
    viewer: MonitorViewer,
    state: State<AppState>,
    circumstances: CircumstancesOfAction,
    Path(id): Path<String>,
) -> Result<Json<Done>, Problem> {
    let import = number(&id)?;
    act(viewer, state, circumstances, ImportAction::Undo { import }).await
}

/// `DELETE /api/v1/imports/{id}`: takes one that waits out of the queue.
pub(super) async fn take_out(
    viewer: MonitorViewer,
    state: State<AppState>,
    circumstances: CircumstancesOfAction,
    Path(id): Path<String>,
) -> Result<Json<Done>, Problem> {
    let import = number(&id)?;
    act(viewer, state, circumstances, ImportAction::TakeOut { import }).await
}

async fn act(
    MonitorViewer(viewer): MonitorViewer,
    State(state): State<AppState>,
    circumstances: CircumstancesOfAction,
    action: ImportAction,
) -> Result<Json<Done>, Problem> {
    let request = circumstances.of(viewer);
    let done = Action::Import(action)
        .act(&state.services.monitor, &request)
        .await;
    done.map(Json).map_err(|refused| match refused {
        ActionRefused::Refused(sentence) => Problem::new(ProblemKind::ImportNotUndone).detail(sentence),
        ActionRefused::Field(refused) => {
            let field = if refused.field.as_deref() == Some("source") {
                "source"
            } else {
                "path"
            };
            invalid(field, refused.sentence)
        }
        ActionRefused::OutOfScope(_) => Problem::new(ProblemKind::OperatorRequired),
        refused => {
            tracing::error!(error = &refused as &dyn Error, "an import could not be changed");
            Problem::new(ProblemKind::NotReady).detail(refused.to_string())
        }
    })
}

/// In which language, and by which request. A reason may stand in the address.
pub(super) struct CircumstancesOfAction {
    language: Language,
    reason: String,
    request_id: Option<String>,
}

impl CircumstancesOfAction {
    fn of(self, viewer: Viewer) -> Request {
        Request {
            viewer,
            language: self.language,
            reason: self.reason,
            request_id: self.request_id,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CircumstancesOfAction {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let fields: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let reason = fields.into_iter().find(|(name, _)| name == "reason");
        Ok(Self {
            language: language::of_request(&parts.uri, &parts.headers),
            reason: reason.map(|(_, reason)| reason).unwrap_or_default(),
            request_id: parts
                .extensions
                .get::<RequestId>()
                .map(|id| id.as_str().to_owned()),
        })
    }
}

async fn entry(intake: &Intake, id: &str) -> Result<ImportEntry, Problem> {
    let found = intake.importer().import_entry(number(id)?).await;
    found.map_err(|error| of_history(&error))?.ok_or_else(unknown)
}

fn number(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| unknown())
}

fn unknown() -> Problem {
    Problem::new(ProblemKind::NotFound)
        .detail("there is no import with this number; `GET /api/v1/imports` lists them")
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

fn failed(error: &(dyn Error + 'static)) -> Problem {
    tracing::error!(error, "imports could not be reached");
    Problem::new(ProblemKind::NotReady)
}
