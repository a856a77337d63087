//! What can be done in the monitor: one type for all of it, previewed, authorised, done and logged in one place.
//!
//! Each group of actions lives with its screen and implements [`Perform`]; a group that is new has a variant here and a line in
//! each `match`. Nothing is done that was not begun in the audit log before.

use crate::address::Address;
use crate::assignments::{self, AssignmentAction};
use crate::care::CareAction;
use crate::engines::EnginesAction;
use crate::form::{FieldRefused, Submission};
use crate::identifiers::IdentifierAction;
use crate::imports;
use crate::imports::actions::ImportAction;
use crate::open::Monitor;
use crate::people::{self, PeopleAction};
use crate::portals::PortalAction;
use crate::queue::{self, QueueAction};
use crate::recounts::RecountAction;
use crate::settings::SettingsAction;
use crate::subscriptions::{self, SubscriptionAction};
use crate::viewer::{OutOfScope, Viewer};
use certlens_domain::language::Language;
use certlens_portals::PortalsError;
use certlens_store::{AuditEnd, AuditOutcome, MemberId, NewAuditEntry, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::future::Future;

/// Longer reasons are cut off by nobody: they are refused.
const LONGEST_REASON: usize = 1_000;

/// Something that a person does, as it travels: `{"recount":{"everything":{}}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Recounts.
    Recount(RecountAction),
    /// Portals.
    Portals(PortalAction),
    /// A portal's settings.
    Settings(SettingsAction),
    /// Work.
    Queue(QueueAction),
    /// Assignments.
    Assignments(AssignmentAction),
    /// Subscriptions.
    Subscriptions(SubscriptionAction),
    /// People.
    People(PeopleAction),
    /// The engines.
    Engines(EnginesAction),
    /// Imports.
    Import(ImportAction),
    /// Tracked identifiers.
    Identifier(IdentifierAction),
    /// Looks at portals.
    Care(CareAction),
}

/// In which circumstances it is done.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who does it.
    pub viewer: Viewer,
    /// In which language he is answered.
    pub language: Language,
    /// Why, in his words; empty when he gave none.
    pub reason: String,
    /// The request, as logs have it.
    pub request_id: Option<String>,
}

/// What would happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// The question to be confirmed.
    pub question: String,
    /// What will change, line by line: how many, whose, what stays.
    pub effects: Vec<String>,
    /// Whether a reason has to be given.
    pub needs_reason: bool,
    /// Whether something is taken away.
    pub is_destructive: bool,
    /// The text of the button that does it.
    pub button: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Done {
    /// What the person is told.
    pub message: String,
    /// What was there before, for the log; never a secret.
    pub before: Option<Value>,
    /// What is there now, for the log; never a secret.
    pub after: Option<Value>,
    /// Where to go from here; `None`: the screen stays.
    pub go_to: Option<String>,
}

impl Done {
    /// Told so.
    pub fn told(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            before: None,
            after: None,
            go_to: None,
        }
    }

    /// With what changed.
    #[must_use]
    pub fn changed(mut self, before: Value, after: Value) -> Self {
        self.before = Some(before);
        self.after = Some(after);
        self
    }

    /// And go there.
    #[must_use]
    pub fn then(mut self, address: &Address) -> Self {
        self.go_to = Some(address.to_string());
        self
    }
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActionRefused {
    /// The viewer may not.
    #[error(transparent)]
    OutOfScope(#[from] OutOfScope),
    /// It makes no sense (any more): a sentence for the person, in his language.
    #[error("{0}")]
    Refused(String),
    /// A field of what was sent is wrong: a sentence for the person, in his language.
    #[error(transparent)]
    Field(#[from] FieldRefused),
    /// Our memory failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A portal failed, or our memory of it.
    #[error(transparent)]
    Portals(#[from] PortalsError),
    /// Something else failed; the cause is for the log.
    #[error("{what}")]
    Failed {
        /// What failed, for the person, in his language.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A group of actions.
pub(crate) trait Perform {
    /// Its stable name in the log: `queue.retry`.
    fn name(&self) -> &'static str;

    /// The portal that it concerns; `None`: the service as a whole, which is the operator's.
    fn portal(&self) -> Option<&MemberId>;

    /// To what it is done, for the log, in the viewer's language.
    fn subject(&self, language: Language) -> String;

    /// What would happen.
    fn preview(
        &self,
        monitor: &Monitor,
        request: &Request,
    ) -> impl Future<Output = Result<Preview, ActionRefused>> + Send;

    /// Does it.
    fn perform(
        &self,
        monitor: &Monitor,
        request: &Request,
    ) -> impl Future<Output = Result<Done, ActionRefused>> + Send;
}

impl Action {
    /// The action that a form stands for.
    pub fn of_form(submission: &Submission, language: Language) -> Result<Self, FieldRefused> {
        if let Some(action) = PortalAction::of_form(submission, language) {
            return action.map(Self::Portals);
        }
        if let Some(action) = SettingsAction::of_form(submission, language) {
            return action.map(Self::Settings);
        }
        match submission.form.as_str() {
            imports::FOLDER_FORM => ImportAction::of_folder_form(submission, language).map(Self::Import),
            queue::actions::PAUSE_FORM => QueueAction::of_form(submission, language).map(Self::Queue),
            assignments::actions::ASSIGN_FORM => {
                AssignmentAction::of_form(submission, language).map(Self::Assignments)
            }
            subscriptions::actions::MOVE_FORM => {
                SubscriptionAction::of_form(submission, language).map(Self::Subscriptions)
            }
            people::actions::ABSENCE_FORM => PeopleAction::of_form(submission, language).map(Self::People),
            other => Err(FieldRefused {
                field: None,
                sentence: format!("there is no form {other:?}"),
            }),
        }
    }

    /// What would happen, for somebody who may do it.
    pub async fn preview(&self, monitor: &Monitor, request: &Request) -> Result<Preview, ActionRefused> {
        match self {
            Self::Recount(action) => preview(action, monitor, request).await,
            Self::Portals(action) => preview(action, monitor, request).await,
            Self::Settings(action) => preview(action, monitor, request).await,
            Self::Queue(action) => preview(action, monitor, request).await,
            Self::Assignments(action) => preview(action, monitor, request).await,
            Self::Subscriptions(action) => preview(action, monitor, request).await,
            Self::People(action) => preview(action, monitor, request).await,
            Self::Engines(action) => preview(action, monitor, request).await,
            Self::Import(action) => preview(action, monitor, request).await,
            Self::Identifier(action) => preview(action, monitor, request).await,
            Self::Care(action) => preview(action, monitor, request).await,
        }
    }

    /// Does it, for somebody who may, and writes it down.
    pub async fn act(&self, monitor: &Monitor, request: &Request) -> Result<Done, ActionRefused> {
        match self {
            Self::Recount(action) => act(action, monitor, request).await,
            Self::Portals(action) => act(action, monitor, request).await,
            Self::Settings(action) => act(action, monitor, request).await,
            Self::Queue(action) => act(action, monitor, request).await,
            Self::Assignments(action) => act(action, monitor, request).await,
            Self::Subscriptions(action) => act(action, monitor, request).await,
            Self::People(action) => act(action, monitor, request).await,
            Self::Engines(action) => act(action, monitor, request).await,
            Self::Import(action) => act(action, monitor, request).await,
            Self::Identifier(action) => act(action, monitor, request).await,
            Self::Care(action) => act(action, monitor, request).await,
        }
    }
}

fn authorise(action: &impl Perform, request: &Request) -> Result<(), OutOfScope> {
    match action.portal() {
        Some(member_id) => request.viewer.may_act_for(member_id),
        None => request.viewer.operator_only(),
    }
}

async fn preview(
    action: &impl Perform,
    monitor: &Monitor,
    request: &Request,
) -> Result<Preview, ActionRefused> {
    authorise(action, request)?;
    action.preview(monitor, request).await
}

async fn act(action: &impl Perform, monitor: &Monitor, request: &Request) -> Result<Done, ActionRefused> {
    authorise(action, request)?;
    let texts = crate::texts::Texts(request.language);
    if request.reason.chars().count() > LONGEST_REASON {
        return Err(FieldRefused::of("reason", texts.reason_too_long()).into());
    }
    let actor = request.viewer.actor();
    let subject = action.subject(request.language);
    let reason = Some(request.reason.trim()).filter(|reason| !reason.is_empty());
    let entry = monitor
        .store
        .begin_audit(&NewAuditEntry {
            member_id: action.portal(),
            actor: &actor,
            action: action.name(),
            subject: &subject,
            reason,
            request_id: request.request_id.as_deref(),
        })
        .await?;
    let outcome = action.perform(monitor, request).await;
    let end = match &outcome {
        Ok(done) => AuditEnd {
            outcome: AuditOutcome::Done,
            message: done.message.clone(),
            before: done.before.clone(),
            after: done.after.clone(),
        },
        Err(refused) => AuditEnd {
            outcome: refused.outcome(),
            message: refused.to_string(),
            before: None,
            after: None,
        },
    };
    // What was done is done: an entry that can't be ended says "begun", which is true.
    if let Err(error) = monitor.store.end_audit(entry, &end).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            action = action.name(),
            "the end of an action is missing in the audit log"
        );
    }
    outcome
}

impl ActionRefused {
    const fn outcome(&self) -> AuditOutcome {
        match self {
            Self::OutOfScope(_) | Self::Refused(_) | Self::Field(_) => AuditOutcome::Refused,
            Self::Store(_) | Self::Portals(_) | Self::Failed { .. } => AuditOutcome::Failed,
        }
    }
}
