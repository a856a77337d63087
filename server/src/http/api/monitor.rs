//! The monitor for programs: every screen as JSON, its tables as CSV, every action.

use super::caller::MonitorViewer;
use crate::http::error::{Problem, ProblemKind};
use crate::http::{language, request};
use crate::state::AppState;
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, OriginalUri, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use certlens_monitor::export::{ExportError, TableExport};
use certlens_monitor::{Action, ActionRefused, Address, Request, ScreenRefused};
use futures::{StreamExt as _, TryStreamExt as _};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    /// The key of the table that is wanted as a file.
    export: Option<String>,
}

/// `GET /monitor/{screen}?…`: the screen that has the same address in the browser.
pub(super) async fn screen(
    MonitorViewer(viewer): MonitorViewer,
    State(state): State<AppState>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let language = language::of_request(&uri, &headers);
    let path_and_query = uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let address: Address = path_and_query
        .strip_prefix("/api/v1")
        .unwrap_or_default()
        .parse()
        .map_err(|_| Problem::new(ProblemKind::NotFound))?;
    // What belongs to the request is no filter.
    let address = address.without("export").without("LANG").without("pass");
    let today = state.services.calendar.today();
    let monitor = &state.services.monitor;
    let Some(table) = wanted.export else {
        let screen = monitor
            .open(&viewer, &address, language, today)
            .await
            .map_err(of_screen)?;
        return Ok(Json(screen).into_response());
    };
    let name = format!("certlens-{}-{table}-{today}.csv", address.screen.key());
    let mut pieces = Box::pin(monitor.export(TableExport {
        viewer,
        address,
        table,
        language,
        today,
    }));
    // A refusal is explained; a later failure ends the connection, so that half a file never looks whole.
    let first = pieces.next().await.transpose().map_err(of_export)?;
    let rest = pieces.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a table could not be written to its end"
        );
        std::io::Error::other(error)
    });
    let first = futures::stream::iter(first.map(Ok::<_, std::io::Error>));
    let mut response = Body::from_stream(first.chain(rest)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// What goes along with an action.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Circumstances {
    /// `1`: say what would happen, do nothing.
    #[serde(default)]
    preview: String,
    /// Why, for the audit log.
    #[serde(default)]
    reason: String,
}

/// `POST /actions`: does what a button of the monitor does; with `preview=1` says what it would do.
pub(super) async fn act(
    MonitorViewer(viewer): MonitorViewer,
    State(state): State<AppState>,
    Extension(request_id): Extension<request::RequestId>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(circumstances): Query<Circumstances>,
    action: Result<Json<Action>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(action) = action
        .map_err(|rejection| Problem::new(ProblemKind::ParameterInvalid).detail(rejection.body_text()))?;
    let is_operator = viewer.is_operator();
    let request = Request {
        viewer,
        language: language::of_request(&uri, &headers),
        reason: circumstances.reason,
        request_id: Some(request_id.as_str().to_owned()),
    };
    let monitor = &state.services.monitor;
    if circumstances.preview == "1" {
        let preview = action
            .preview(monitor, &request)
            .await
            .map_err(|refused| of_action(refused, is_operator))?;
        return Ok(Json(preview).into_response());
    }
    let done = action
        .act(monitor, &request)
        .await
        .map_err(|refused| of_action(refused, is_operator))?;
    Ok(Json(done).into_response())
}

fn of_screen(refused: ScreenRefused) -> Problem {
    match refused {
        ScreenRefused::OutOfScope(refused) => {
            Problem::new(ProblemKind::OperatorRequired).detail(refused.to_string())
        }
        ScreenRefused::NotFound => Problem::new(ProblemKind::NotFound),
        refused => {
            tracing::error!(
                error = &refused as &dyn std::error::Error,
                "a screen of the monitor could not be made"
            );
            Problem::new(ProblemKind::NotReady)
        }
    }
}

fn of_export(error: ExportError) -> Problem {
    match error {
        ExportError::Screen(refused) => of_screen(refused),
        ExportError::NoTable(_) => Problem::new(ProblemKind::NotFound).detail(error.to_string()),
        ExportError::Endless | ExportError::Csv(_) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a table could not be written"
            );
            Problem::new(ProblemKind::FileNotMade)
        }
    }
}

fn of_action(refused: ActionRefused, is_operator: bool) -> Problem {
    match refused {
        ActionRefused::OutOfScope(refused) if is_operator => {
            Problem::new(ProblemKind::NotFound).detail(refused.to_string())
        }
        ActionRefused::OutOfScope(refused) => {
            Problem::new(ProblemKind::OperatorRequired).detail(refused.to_string())
        }
        ActionRefused::Refused(sentence) => Problem::new(ProblemKind::ParameterInvalid).detail(sentence),
        ActionRefused::Field(refusal) => Problem::new(ProblemKind::ParameterInvalid).detail(refusal.sentence),
        refused => {
            tracing::error!(
                error = &refused as &dyn std::error::Error,
                "an action of the monitor failed"
            );
            Problem::new(ProblemKind::NotReady).detail(refused.to_string())
        }
    }
}
