//! The installation: what happens when an administrator opens the installer, step by step, any number of times.

use certlens_bitrix24::VerifiedFrame;

use crate::notice::PortalNotice;
use crate::portals::Portals;
use crate::reconcile::BindingReport;

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

impl Portals {
    /// Installs the application on the portal of a frame that was verified as an installer's. Repeatable; a second
    /// installation replaces tokens and bindings, while settings and everything that hangs on the portal stay.
    pub async fn install(&self, frame: &VerifiedFrame) -> InstallationReport {
        let _ = frame;
        InstallationReport {
            steps: Vec::new(),
            bindings: Vec::new(),
            complete: false,
        }
    }

    /// Notes a proved page open: the address, the application token, the viewer's tokens where they are worth
    /// keeping; a suspended portal, one without tokens and one that we took for uninstalled live again.
    ///
    /// `is_administrator` is what the caller knows by now, say from [`crate::CardIdentity::is_administrator`]. Errors
    /// are logged, not returned: a page never waits for our memory.
    pub async fn note_page(&self, frame: &VerifiedFrame, is_administrator: Option<bool>) {
        let _ = (frame, is_administrator);
    }
}
