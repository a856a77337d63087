//! Files that the operator sends or points to: `POST /api/v1/imports`.
//!
//! With a source in the address the body is the file itself, of any size up to CERTLENS_UPLOAD_LIMIT; it goes to the disk
//! piece by piece. Without one the body is JSON that names a file or a folder of CERTLENS_IMPORT_DIR.

use super::super::caller::Caller;
use super::super::question::{invalid, of_query};
use super::{OPERATOR, of_queue, of_the_operator};
use crate::http::error::{Problem, ProblemKind};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum_extra::extract::{Query, QueryRejection};
use certlens_formats::ImportSource;
use certlens_registry::{Intake, IntakeError};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// A sender that is silent for so long is gone.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of the JSON that names a path.
const MOST_OF_A_PATH: usize = 64 * 1024;

/// What the address says of the file.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Sent {
    source: Option<String>,
    name: Option<String>,
}

/// A file or a folder on the server.
#[derive(Debug, Deserialize)]
struct Named {
    source: String,
    path: String,
}

/// Which imports do it. They wait for their turn.
#[derive(Debug, Serialize)]
pub(in super::super) struct Taken {
    imports: Vec<Uuid>,
}

/// `POST /api/v1/imports`
pub(in super::super) async fn receive(
    State(intake): State<Intake>,
    caller: Caller,
    sent: Result<Query<Sent>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    of_the_operator(&caller)?;
    let Query(sent) = sent.map_err(of_query)?;
    let imports = match sent.source.as_deref() {
        Some(text) => {
            let source = source(text)?;
            let name = sent.name.unwrap_or_default();
            vec![upload(&intake, source, &name, announced(&headers), body).await?]
        }
        None => named(&intake, body).await?,
    };
    Ok((StatusCode::ACCEPTED, Json(Taken { imports })))
}

async fn upload(
    intake: &Intake,
    source: ImportSource,
    name: &str,
    bytes: Option<u64>,
    body: Body,
) -> Result<Uuid, Problem> {
    let mut upload = intake.begin_upload(bytes).await.map_err(|error| of_intake(&error))?;
    let mut pieces = body.into_data_stream();
    loop {
        let piece = match tokio::time::timeout(PATIENCE, pieces.next()).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(None) => break,
            Ok(Some(Err(error))) => {
                tracing::info!(%error, "an upload broke off");
                return Err(Problem::new(ProblemKind::UploadBroken));
            }
            Err(_) => {
                tracing::info!("the sender of an upload fell silent");
                return Err(Problem::new(ProblemKind::UploadBroken));
            }
        };
        upload.write(&piece).await.map_err(|error| of_intake(&error))?;
    }
    let ended = intake.end_upload(upload, source, name, OPERATOR).await;
    ended.map_err(|error| of_intake(&error))
}

async fn named(intake: &Intake, body: Body) -> Result<Vec<Uuid>, Problem> {
    let body = axum::body::to_bytes(body, MOST_OF_A_PATH)
        .await
        .map_err(|_| Problem::new(ProblemKind::BodyTooLarge))?;
    let named: Named = serde_json::from_slice(&body).map_err(|error| {
        let sentence = format!(
            "send the file with `?source=…&name=…` in the address, or JSON with `source` and `path`: {error}"
        );
        Problem::new(ProblemKind::ParameterInvalid).detail(sentence)
    })?;
    let taken = intake
        .take_from_folder(source(&named.source)?, &named.path, OPERATOR)
        .await;
    taken.map_err(|error| of_intake(&error))
}

fn source(text: &str) -> Result<ImportSource, Problem> {
    text.parse()
        .map_err(|error: certlens_formats::UnknownImportSource| invalid("source", error.to_string()))
}

/// The file's size, where the sender says it.
fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn of_intake(error: &IntakeError) -> Problem {
    match error {
        IntakeError::TooLarge { .. } => Problem::new(ProblemKind::BodyTooLarge).detail(error.to_string()),
        IntakeError::DiskFull { .. } => Problem::new(ProblemKind::StorageFull).detail(error.to_string()),
        IntakeError::Outside { .. } => invalid("path", error.to_string()),
        IntakeError::Nothing(_) | IntakeError::Empty => {
            Problem::new(ProblemKind::ImportRefused).detail(error.to_string())
        }
        IntakeError::Queue(error) => of_queue(error),
        IntakeError::Disk { .. } | IntakeError::Postgres(_) => {
            tracing::error!(%error, "a file could not be taken");
            Problem::new(ProblemKind::NotReady)
        }
    }
}
