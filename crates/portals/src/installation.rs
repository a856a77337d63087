//! The installation: what happens when an administrator opens the installer, step by step, any number of times.

use std::time::Duration;

use certlens_bitrix24::{CallError, ErrorCode, PortalClient, VerifiedFrame, bindings};
use certlens_store::{ChainEnd, ChainSource, Installation, MemberId, PortalState, StoreError, TokenCheck};
use secrecy::SecretString;

use crate::address;
use crate::credentials::stored_user;
use crate::error::PortalsError;
use crate::job::JobKind;
use crate::member;
use crate::notice::PortalNotice;
use crate::portals::Portals;
use crate::reconcile::{BINDINGS_VERSION, BindingOutcome, BindingReport};
use crate::token;

/// A step of the installation, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepName {
    /// The frame was proved at the authorization server.
    Proof,
    /// The user administers the portal.
    Administrator,
    /// Portal, application token and tokens are stored.
    Storage,
    /// The tabs in the cards of leads, deals and companies.
    Tabs,
    /// The subscriptions to events.
    Events,
    /// The background work is scheduled: field detection, crawl, hourly reconciliation.
    Schedule,
}

impl StepName {
    /// All of them, in their order.
    pub const ALL: [Self; 6] = [
        Self::Proof,
        Self::Administrator,
        Self::Storage,
        Self::Tabs,
        Self::Events,
        Self::Schedule,
    ];

    /// The stable key, for texts.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Proof => "proof",
            Self::Administrator => "administrator",
            Self::Storage => "storage",
            Self::Tabs => "tabs",
            Self::Events => "events",
            Self::Schedule => "schedule",
        }
    }
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepFailure {
    /// The user is no administrator: one has to open the installer.
    NotAdministrator,
    /// The application lacks a scope (`crm`, `placement`), or the portal lacks the method.
    ScopeMissing,
    /// The portal itself is in trouble.
    Portal(PortalNotice),
    /// The portal refused a binding, in its own words.
    Refused(String),
    /// Our own store failed: try again.
    Store,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepOutcome {
    /// Done now.
    Done,
    /// It had been done before.
    AlreadyDone,
    /// Failed; with [`StepName::Events`] and [`StepName::Schedule`] the installation goes on and reconciliation
    /// repeats it.
    Failed(StepFailure),
    /// Not tried, because an earlier step failed.
    Skipped,
}

/// A step and its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which step.
    pub name: StepName,
    /// What became of it.
    pub outcome: StepOutcome,
}

/// What an installation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallationReport {
    /// All steps in their order.
    pub steps: Vec<Step>,
    /// Each binding by itself, as far as that step was reached.
    pub bindings: Vec<BindingReport>,
    /// Whether the page may call `installFinish`: everything that a card needs is in place.
    pub complete: bool,
}

impl InstallationReport {
    /// The first failed step, for a headline.
    pub fn first_failure(&self) -> Option<(StepName, &StepFailure)> {
        self.steps.iter().find_map(|step| match &step.outcome {
            StepOutcome::Failed(failure) => Some((step.name, failure)),
            _ => None,
        })
    }
}

/// The work that begins with an installation, and when.
const FIRST_WORK: [(JobKind, Duration); 4] = [
    // The crawl begins by itself with this.
    (JobKind::DetectFields, Duration::from_hours(24)),
    (JobKind::Crawl, Duration::ZERO),
    // Soon: to keep a report for the page, and for what the portal refused before its installation was finished.
    (JobKind::Reconcile, Duration::from_mins(5)),
    (JobKind::CatchUp, Duration::from_hours(24)),
];

/// The steps done so far.
struct Progress {
    steps: Vec<Step>,
    bindings: Vec<BindingReport>,
}

impl Progress {
    fn note(&mut self, name: StepName, outcome: StepOutcome) {
        self.steps.push(Step { name, outcome });
    }

    /// Ends the installation: what comes after the failed step was not tried.
    fn fail(mut self, name: StepName, failure: StepFailure) -> InstallationReport {
        self.note(name, StepOutcome::Failed(failure));
        self.report(false)
    }

    fn report(mut self, complete: bool) -> InstallationReport {
        for name in StepName::ALL {
            if !self.steps.iter().any(|step| step.name == name) {
                self.note(name, StepOutcome::Skipped);
            }
        }
        InstallationReport {
            steps: self.steps,
            bindings: self.bindings,
            complete,
        }
    }
}

impl Portals {
    /// Installs the application on the portal of a frame that was verified as an installer's. Repeatable; a second
    /// installation replaces tokens and bindings, while settings and everything that hangs on the portal stay.
    pub async fn install(&self, frame: &VerifiedFrame) -> InstallationReport {
        let mut progress = Progress {
            steps: Vec::new(),
            bindings: Vec::new(),
        };
        progress.note(StepName::Proof, StepOutcome::Done);

        let client = self.viewer_client(frame);
        match bindings::is_administrator(&client).await {
            Ok(true) => progress.note(StepName::Administrator, StepOutcome::Done),
            Ok(false) => return progress.fail(StepName::Administrator, StepFailure::NotAdministrator),
            Err(error) => return progress.fail(StepName::Administrator, failure_of(&error)),
        }

        let member_id = match self.remember_installation(frame).await {
            Ok((member_id, outcome)) => {
                progress.note(StepName::Storage, outcome);
                member_id
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an installation can't be stored"
                );
                return progress.fail(StepName::Storage, StepFailure::Store);
            }
        };

        if let Err(failure) = self.bind(frame, &client, &mut progress).await {
            return progress.fail(StepName::Tabs, failure);
        }

        let complete = !progress
            .steps
            .iter()
            .any(|step| step.name == StepName::Tabs && matches!(step.outcome, StepOutcome::Failed(_)));
        if !complete {
            return progress.report(false);
        }
        if let Err(error) = self.store().finish_install(&member_id, BINDINGS_VERSION).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "an installation can't be finished"
            );
            return progress.fail(StepName::Schedule, StepFailure::Store);
        }
        let outcome = match self.schedule_first_work(&member_id).await {
            Ok(()) => StepOutcome::Done,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a portal's work can't be scheduled"
                );
                StepOutcome::Failed(StepFailure::Store)
            }
        };
        progress.note(StepName::Schedule, outcome);
        tracing::info!(member_id = %frame.member_id(), domain = frame.endpoint().authority(), "application installed");
        progress.report(true)
    }

    /// Stores portal, application token and tokens. Tokens of an installation before this one are void.
    async fn remember_installation(
        &self,
        frame: &VerifiedFrame,
    ) -> Result<(MemberId, StepOutcome), StoreError> {
        let store = self.store();
        let member_id = member::stored(frame.member_id())?;
        let known = store.portal(&member_id).await?;
        let check = match frame.application_token() {
            Some(token) => Some(store.check_application_token(&member_id, token.expose()).await?),
            None => None,
        };
        let installation = Installation {
            address: address::of(frame.endpoint(), frame.server().as_str()),
            client_id: Some(frame.client_id().as_str().to_owned()),
            scope: frame.scope().to_vec(),
            status: frame.status().map(str::to_owned),
            application_token: frame
                .application_token()
                .map(|token| SecretString::from(token.expose())),
            user_id: Some(stored_user(frame.user_id())),
        };
        store.begin_install(&member_id, &installation).await?;
        self.claim_application(frame.client_id(), &member_id).await?;
        store
            .note_user(&member_id, stored_user(frame.user_id()), true)
            .await?;
        if let Some(chain) = token::of_frame(frame, ChainSource::Installation, true) {
            let kept = store.save_chain(&member_id, &chain).await?;
            if check == Some(TokenCheck::Differs) {
                let ended = store
                    .end_other_chains(&member_id, kept, ChainEnd::Superseded)
                    .await?;
                tracing::info!(%member_id, ended, "installed anew: tokens of the installation before are void");
            }
        }
        let was_installed = known.is_some_and(|portal| portal.state == PortalState::Installed);
        let outcome = if was_installed && check == Some(TokenCheck::Matches) {
            StepOutcome::AlreadyDone
        } else {
            StepOutcome::Done
        };
        Ok((member_id, outcome))
    }

    /// Gives a local application to the portal that proved to use it; the market's belongs to all.
    pub(crate) async fn claim_application(
        &self,
        client_id: &certlens_bitrix24::ClientId,
        member_id: &MemberId,
    ) -> Result<(), StoreError> {
        if !self.is_market(client_id) && !self.store().bind_to_portal(client_id.as_str(), member_id).await? {
            tracing::warn!(%member_id, %client_id, "a local application serves another portal");
        }
        Ok(())
    }

    /// Brings tabs and subscriptions in order, and notes both steps.
    async fn bind(
        &self,
        frame: &VerifiedFrame,
        client: &PortalClient,
        progress: &mut Progress,
    ) -> Result<(), StepFailure> {
        let report = match self.reconcile(frame.member_id(), client).await {
            Ok(report) => report,
            Err(PortalsError::Call(error)) => return Err(failure_of(&error)),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "bindings can't be brought in order"
                );
                return Err(StepFailure::Store);
            }
        };
        progress.bindings = report.bindings;
        let tabs = step_of(progress.bindings.iter().filter(|binding| binding.is_placement));
        let events = step_of(progress.bindings.iter().filter(|binding| !binding.is_placement));
        progress.note(StepName::Tabs, tabs);
        progress.note(StepName::Events, events);
        Ok(())
    }

    /// Schedules the work that every installed portal gets.
    pub(crate) async fn schedule_first_work(&self, member_id: &MemberId) -> Result<(), StoreError> {
        for (kind, after) in FIRST_WORK {
            self.schedule(member_id, kind, after).await?;
        }
        Ok(())
    }
}

fn step_of<'a>(bindings: impl Iterator<Item = &'a BindingReport>) -> StepOutcome {
    let mut outcome = StepOutcome::AlreadyDone;
    for binding in bindings {
        match &binding.outcome {
            BindingOutcome::Kept => {}
            BindingOutcome::Bound | BindingOutcome::Rebound => {
                if outcome == StepOutcome::AlreadyDone {
                    outcome = StepOutcome::Done;
                }
            }
            BindingOutcome::Failed(words) => {
                if !matches!(outcome, StepOutcome::Failed(_)) {
                    outcome = StepOutcome::Failed(StepFailure::Refused(words.clone()));
                }
            }
        }
    }
    outcome
}

fn failure_of(error: &CallError) -> StepFailure {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "the portal refused an installer's call"
    );
    match error.code() {
        Some(ErrorCode::AccessDenied) => StepFailure::NotAdministrator,
        Some(ErrorCode::InsufficientScope | ErrorCode::MethodNotFound) => StepFailure::ScopeMissing,
        _ => StepFailure::Portal(PortalNotice::of(error)),
    }
}
