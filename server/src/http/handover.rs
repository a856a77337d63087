//! Handing documents over: the filtered documents of a card as a file, CSV or XLSX, of any size.
//!
//! Two steps, because a download is a navigation and carries no session: `POST /card/handover` takes the order in a
//! session and gives a ticket for it; `GET /card/handover?ticket=…` serves it within a minute. The ticket stands in the
//! query, which no log has. A file that could not be made whole never looks whole: the first failure is a page that
//! explains, a later one ends the connection.
//!
//! | what | where |
//! |---|---|
//! | what a card may order | [`order`] |
//! | which columns a file has | [`columns`] |
//! | what a workbook says about itself | [`about`] |
//! | the files | [`csv`], [`xlsx`] |

mod about;
mod columns;
mod csv;
mod order;
mod xlsx;

use super::api::caller::Caller;
use super::api::question::of_search;
use super::error::{Problem, ProblemKind};
use super::request;
use super::routes::Routes;
use crate::state::AppState;
use about::About;
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use certlens_app::session::{SessionError, Ticket};
use certlens_registry::SearchError;
use chrono::{DateTime, NaiveDate, Utc};
use futures::TryStreamExt as _;
use order::{Format, HandoverOrder};
use rust_xlsxwriter::XlsxError;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io;
use std::time::Duration;
use tokio_util::io::ReaderStream;
use tokio_util::task::AbortOnDropHandle;

/// The media type of workbooks.
pub(super) use xlsx::MEDIA_TYPE as WORKBOOK;

/// A longer address is refused by some proxies.
const LONGEST_TICKET: usize = 7_000;
/// How long a workbook may take before its answer begins; less than a request may take. Afterwards its failure ends the
/// connection instead of being explained.
const EXPLAINED_WITHIN: Duration = Duration::from_secs(20);

pub(super) fn routes() -> Routes {
    Routes::new().route("/card/handover", post(ticket).get(download))
}

/// A file could not be made.
#[derive(Debug, thiserror::Error)]
enum HandoverError {
    /// The search failed on the way.
    #[error("the documents could not be read to their end: {0}")]
    Search(#[from] SearchError),
    /// The workbook could not be written.
    #[error("the workbook could not be written; check the space for temporary files: {0}")]
    Workbook(#[from] XlsxError),
    /// A temporary file failed.
    #[error("a temporary file failed; check the space for temporary files: {0}")]
    File(#[from] io::Error),
    /// The work ended before its end.
    #[error("the work on the file was given up before its end")]
    Abandoned,
}

impl From<HandoverError> for Problem {
    fn from(error: HandoverError) -> Self {
        match error {
            HandoverError::Search(error) => of_search(error),
            error => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a file could not be made"
                );
                Self::new(ProblemKind::FileNotMade)
            }
        }
    }
}

/// Where the ordered file is for a minute.
#[derive(Debug, Serialize)]
struct TicketAnswer {
    ticket: String,
    /// The address to lead the browser to, below our own origin.
    address: String,
}

async fn ticket(
    caller: Caller,
    State(state): State<AppState>,
    order: Result<Json<HandoverOrder>, JsonRejection>,
) -> Result<Json<TicketAnswer>, Problem> {
    let Caller::Page(session) = caller else {
        return Err(
            Problem::new(ProblemKind::Unauthorized).detail("a file is ordered in the session of a card")
        );
    };
    let Json(order) = order
        .map_err(|rejection| Problem::new(ProblemKind::ParameterInvalid).detail(rejection.body_text()))?;
    order.query()?;
    let ticket = state
        .services
        .session_key
        .sign_ticket(&session, &order, Utc::now())
        .map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a ticket could not be written"
            );
            Problem::new(ProblemKind::Internal)
        })?;
    if ticket.len() > LONGEST_TICKET {
        return Err(Problem::new(ProblemKind::ParameterInvalid)
            .field("filter")
            .detail("the filter names too many values to be handed over; choose fewer"));
    }
    let language = order.language.tag();
    Ok(Json(TicketAnswer {
        address: format!("/card/handover?LANG={language}&ticket={ticket}"),
        ticket,
    }))
}

#[derive(Debug, Deserialize)]
struct Brought {
    #[serde(default)]
    ticket: String,
}

async fn download(
    State(state): State<AppState>,
    Query(brought): Query<Brought>,
) -> Result<Response, Problem> {
    let now = Utc::now();
    let today = state.services.calendar.today();
    let order = ordered(&state, &brought.ticket, now).await?;
    let query = order.query()?;
    let name = file_name(&order, today);
    match order.format {
        Format::Csv => {
            let pages = state.services.search.document_pages(query, today);
            let lines = csv::lines(Box::pin(pages), order.language).await?;
            Ok(attached(&name, order.format, Body::from_stream(lines)))
        }
        Format::Xlsx => {
            let about = About::of(&order, &query, &state.services.search, now, today).await?;
            let pages = state.services.search.document_pages(query, today);
            let making = xlsx::made(Box::pin(pages), about, order.language);
            workbook(&name, AbortOnDropHandle::new(tokio::spawn(making))).await
        }
    }
}

/// What the ticket was given for.
async fn ordered(state: &AppState, ticket: &str, now: DateTime<Utc>) -> Result<HandoverOrder, Problem> {
    let ticket: Ticket<HandoverOrder> =
        state
            .services
            .session_key
            .verify_ticket(ticket, now)
            .map_err(|error| match error {
                SessionError::Invalid | SessionError::Expired => Problem::new(ProblemKind::TicketOver),
            })?;
    request::record_portal(&ticket.member_id);
    match state.services.session_generation(&ticket.member_id).await {
        Ok(Some(generation)) if generation == ticket.generation => {
            tracing::info!(user = ticket.user_id.0, format = ?ticket.errand.format, "documents are handed over");
            Ok(ticket.errand)
        }
        Ok(_) => Err(Problem::new(ProblemKind::SessionExpired)),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a ticket could not be checked"
            );
            Err(Problem::new(ProblemKind::NotReady))
        }
    }
}

/// A workbook is sent when it is whole. One that takes longer than a request may begins its answer before that, so that
/// proxies and browsers wait; then its failure ends the connection before the end of the file.
async fn workbook(
    name: &str,
    mut making: AbortOnDropHandle<Result<File, HandoverError>>,
) -> Result<Response, Problem> {
    let Ok(made) = tokio::time::timeout(EXPLAINED_WITHIN, &mut making).await else {
        let file = async move {
            let file = making.await.map_err(io::Error::other)?.map_err(io::Error::other);
            let file = file.inspect_err(|error| {
                tracing::error!(
                    error = error as &dyn std::error::Error,
                    "a file could not be made"
                );
            })?;
            Ok::<_, io::Error>(ReaderStream::new(tokio::fs::File::from_std(file)))
        };
        let body = Body::from_stream(futures::stream::once(file).try_flatten());
        return Ok(attached(name, Format::Xlsx, body));
    };
    let file = made.map_err(|_| HandoverError::Abandoned)??;
    let length = file.metadata().map_err(HandoverError::File)?.len();
    let body = Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file)));
    let mut response = attached(name, Format::Xlsx, body);
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

fn attached(name: &str, format: Format, body: Body) -> Response {
    // Letters, digits, hyphens and a dot: the same in both spellings of RFC 6266 and RFC 5987.
    let disposition = format!("attachment; filename=\"{name}\"; filename*=UTF-8''{name}");
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(format.media_type()),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// `certlens-7707083893-2026-11-21.xlsx`; with several identifiers the number of the others stands behind the first.
fn file_name(order: &HandoverOrder, today: NaiveDate) -> String {
    let first: String = order
        .identifiers
        .first()
        .into_iter()
        .flat_map(|identifier| identifier.chars())
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let others = match order.identifiers.len() {
        0 | 1 => String::new(),
        all => format!("-and-{}-more", all - 1),
    };
    let ending = order.format.ending();
    format!("certlens-{first}{others}-{today}.{ending}")
}
