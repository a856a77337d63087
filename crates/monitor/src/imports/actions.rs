//! What can be done about imports: undo one, take one out of the queue, import what lies in the server's folder.

use crate::action::{ActionRefused, Done, Perform, Preview, Request};
use crate::address::{Address, ScreenName};
use crate::form::{FieldRefused, Submission};
use crate::open::Monitor;
use crate::texts::Texts;
use certlens_domain::language::Language;
use certlens_registry::{HistoryError, IntakeError, QueueError, Undo, UndoError};
use certlens_store::MemberId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// What can be done about imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportAction {
    /// As if the import had never been.
    Undo {
        /// Its number.
        import: Uuid,
    },
    /// One that waits is not done.
    TakeOut {
        /// Its number.
        import: Uuid,
    },
    /// A file of the server's folder, or the files of a folder in it.
    Folder {
        /// The source, as the command line names it.
        source: String,
        /// Where, absolute or from the server's folder on.
        path: String,
    },
}

impl ImportAction {
    /// The action of the form that names a path.
    pub(crate) fn of_folder_form(submission: &Submission, language: Language) -> Result<Self, FieldRefused> {
        let texts = Texts(language);
        let source = submission.value("source").unwrap_or_default();
        if source.is_empty() {
            return Err(FieldRefused::of("source", texts.import_source_missing()));
        }
        Ok(Self::Folder {
            source: source.to_owned(),
            path: submission.value("path").unwrap_or_default().trim().to_owned(),
        })
    }
}

impl Perform for ImportAction {
    fn name(&self) -> &'static str {
        match self {
            Self::Undo { .. } => "import.undo",
            Self::TakeOut { .. } => "import.take_out",
            Self::Folder { .. } => "import.folder",
        }
    }

    fn portal(&self) -> Option<&MemberId> {
        None
    }

    fn subject(&self, _: Language) -> String {
        match self {
            Self::Undo { import } | Self::TakeOut { import } => import.to_string(),
            Self::Folder { source, path } => format!("{source}: {path}"),
        }
    }

    async fn preview(&self, monitor: &Monitor, request: &Request) -> Result<Preview, ActionRefused> {
        let texts = Texts(request.language);
        match self {
            Self::Undo { import } => {
                let importer = monitor.intake.importer();
                let effect = importer
                    .undo_preview(*import)
                    .await
                    .map_err(|error| of_undo(texts, error))?;
                let entry = importer
                    .import_entry(*import)
                    .await
                    .map_err(|error| of_history(texts, error))?;
                let file = entry.map(|entry| entry.input).unwrap_or_default();
                Ok(Preview {
                    question: texts.import_undo_question(&file),
                    effects: texts.import_undo_effects(&effect),
                    needs_reason: true,
                    is_destructive: true,
                    button: texts.import_undo().to_owned(),
                })
            }
            Self::TakeOut { .. } => Ok(Preview {
                question: texts.import_take_out_question().to_owned(),
                effects: vec![texts.import_take_out_effect().to_owned()],
                needs_reason: false,
                is_destructive: true,
                button: texts.import_take_out().to_owned(),
            }),
            Self::Folder { path, .. } => Ok(Preview {
                question: texts.import_folder_question(path),
                effects: vec![texts.import_folder_effect().to_owned()],
                needs_reason: false,
                is_destructive: false,
                button: texts.import_start().to_owned(),
            }),
        }
    }

    async fn perform(&self, monitor: &Monitor, request: &Request) -> Result<Done, ActionRefused> {
        let texts = Texts(request.language);
        let by = request.viewer.actor().name;
        match self {
            Self::Undo { import } => {
                let undo = monitor.intake.importer().begin_undo(*import, &by).await;
                Ok(match undo.map_err(|error| of_undo(texts, error))? {
                    Undo::Done(effect) => Done::told(texts.import_undone(&effect)).changed(
                        json!({"import": import, "state": "done"}),
                        json!({"import": import, "state": "undone", "removed": effect.removed,
                               "restored": effect.restored, "entries": effect.entries}),
                    ),
                    Undo::UnderWay(_) => Done::told(texts.import_undo_goes_on())
                        .then(&Address::about(ScreenName::Imports, import.to_string())),
                })
            }
            Self::TakeOut { import } => {
                let taken = monitor.intake.importer().take_out_of_queue(*import, &by).await;
                if taken.map_err(|error| of_queue(texts, error))? {
                    Ok(Done::told(texts.import_taken_out()))
                } else {
                    Err(ActionRefused::Refused(texts.import_waits_no_more().to_owned()))
                }
            }
            Self::Folder { source, path } => {
                let source = source
                    .parse()
                    .map_err(|_| FieldRefused::of("source", texts.import_source_missing()))?;
                let taken = monitor.intake.take_from_folder(source, path, &by).await;
                let taken = taken.map_err(|error| of_intake(texts, monitor, path, error))?;
                Ok(Done::told(texts.import_queued(taken.len()))
                    .changed(json!({"imports": []}), json!({"imports": taken}))
                    .then(&Address::of(ScreenName::Imports)))
            }
        }
    }
}

fn of_undo(texts: Texts, error: UndoError) -> ActionRefused {
    let sentence = match &error {
        UndoError::Unknown(_) => texts.import_unknown().to_owned(),
        UndoError::NotDone(_) | UndoError::NothingChanged => texts.import_nothing_to_undo().to_owned(),
        UndoError::Undone => texts.import_undone_already().to_owned(),
        UndoError::NotKept => texts.import_not_kept().to_owned(),
        UndoError::InTheWay { obstacle } => {
            texts.import_in_the_way(&obstacle.input, obstacle.finished_at, obstacle.documents)
        }
        UndoError::Busy => texts.import_busy().to_owned(),
        UndoError::Postgres(_) => return failed(texts.import_not_undone(), error),
        UndoError::NotPublished(_) => return failed(texts.import_not_published(), error),
    };
    ActionRefused::Refused(sentence)
}

fn of_intake(texts: Texts, monitor: &Monitor, path: &str, error: IntakeError) -> ActionRefused {
    match error {
        IntakeError::Outside { .. } => {
            let folder = monitor.intake.folder().display().to_string();
            FieldRefused::of("path", texts.import_outside(path, &folder)).into()
        }
        IntakeError::Nothing(_) => FieldRefused::of("path", texts.import_nothing_new()).into(),
        error => failed(texts.import_not_taken(), error),
    }
}

fn of_queue(texts: Texts, error: QueueError) -> ActionRefused {
    failed(texts.import_not_taken(), error)
}

fn of_history(texts: Texts, error: HistoryError) -> ActionRefused {
    failed(texts.import_not_read(), error)
}

fn failed(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> ActionRefused {
    ActionRefused::Failed {
        what: what.to_owned(),
        source: Box::new(error),
    }
}
