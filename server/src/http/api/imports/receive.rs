//! Files that the operator sends or points to: `POST /api/v1/imports`.
//!
//! With a source in the address the body is the file itself, of any size up to `CERTLENS_UPLOAD_LIMIT`; it goes to the disk
//! piece by piece. Without one the body is JSON that names a file or a folder of `CERTLENS_IMPORT_DIR`.

use super::super::caller::MonitorViewer;
use super::super::question::{invalid, of_query};
use super::{CircumstancesOfAction, act, failed, of_queue};
use crate::http::error::{Problem, ProblemKind};
use crate::state::AppState;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum_extra::extract::{Query, QueryRejection};
use certlens_formats::ImportSource;
use certlens_monitor::ImportAction;
use certlens_monitor::texts::Texts;
use certlens_registry::{Intake, IntakeError};
use certlens_store::{AuditEnd, AuditOutcome, NewAuditEntry};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// A sender that is silent for so long is gone.
const PATIENCE: Duration = Duration::from_mins(1);
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
    /// What the person is told.
    message: String,
}

/// `POST /api/v1/imports`
pub(in super::super) async fn receive(
    viewer: MonitorViewer,
    state: State<AppState>,
    sent: Result<Query<Sent>, QueryRejection>,
    circumstances: CircumstancesOfAction,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    let operator_only = viewer.0.operator_only();
    operator_only.map_err(|_| Problem::new(ProblemKind::OperatorRequired))?;
    let Query(sent) = sent.map_err(of_query)?;
    let taken = if let Some(text) = sent.source.as_deref() {
        let file = SentFile {
            source: source(text)?,
            name: sent.name.unwrap_or_default(),
            bytes: announced(&headers),
            body,
        };
        file.take(&viewer, &state, &circumstances).await?
    } else {
        let Named { source, path } = named(body).await?;
        let done = act(
            viewer,
            state,
            circumstances,
            ImportAction::Folder { source, path },
        )
        .await?;
        let imports = done.after.as_ref().map(|after| after["imports"].clone());
        Taken {
            imports: serde_json::from_value(imports.unwrap_or_default()).unwrap_or_default(),
            message: done.message.clone(),
        }
    };
    Ok((StatusCode::ACCEPTED, Json(taken)))
}

/// A file on its way.
struct SentFile {
    source: ImportSource,
    /// As the sender calls it.
    name: String,
    /// Its size, where the sender says it.
    bytes: Option<u64>,
    body: Body,
}

impl SentFile {
    /// Takes the file in, and writes down who sent it.
    async fn take(
        self,
        MonitorViewer(viewer): &MonitorViewer,
        State(state): &State<AppState>,
        circumstances: &CircumstancesOfAction,
    ) -> Result<Taken, Problem> {
        let store = &state.services.store;
        let actor = viewer.actor();
        let entry = NewAuditEntry {
            member_id: None,
            actor: &actor,
            action: "import.upload",
            subject: &format!("{}: {}", self.source, self.name),
            reason: None,
            request_id: circumstances.request_id.as_deref(),
        };
        let entry = store.begin_audit(&entry).await.map_err(|error| failed(&error))?;
        let outcome = self.upload(state.services.monitor.intake(), &actor.name).await;
        let message = Texts(circumstances.language).import_queued(1);
        let end = match &outcome {
            Ok(import) => AuditEnd {
                outcome: AuditOutcome::Done,
                message: message.clone(),
                before: None,
                after: Some(json!({"import": import})),
            },
            Err(_) => AuditEnd {
                outcome: AuditOutcome::Failed,
                message: Texts(circumstances.language).import_not_received().to_owned(),
                before: None,
                after: None,
            },
        };
        // What was taken is taken: an entry that can't be ended says "begun", which is true.
        if let Err(error) = store.end_audit(entry, &end).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the end of an upload is missing in the audit log"
            );
        }
        Ok(Taken {
            imports: vec![outcome?],
            message,
        })
    }

    async fn upload(self, intake: &Intake, by: &str) -> Result<Uuid, Problem> {
        let begun = intake.begin_upload(self.bytes).await;
        let mut upload = begun.map_err(|error| of_intake(&error))?;
        let mut pieces = self.body.into_data_stream();
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
        let ended = intake.end_upload(upload, self.source, &self.name, by).await;
        ended.map_err(|error| of_intake(&error))
    }
}

async fn named(body: Body) -> Result<Named, Problem> {
    let body = axum::body::to_bytes(body, MOST_OF_A_PATH)
        .await
        .map_err(|_| Problem::new(ProblemKind::BodyTooLarge))?;
    serde_json::from_slice(&body).map_err(|error| {
        let sentence = format!(
            "send the file with `?source=…&name=…` in the address, or JSON with `source` and `path`: {error}"
        );
        Problem::new(ProblemKind::ParameterInvalid).detail(sentence)
    })
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
