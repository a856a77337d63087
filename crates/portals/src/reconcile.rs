//! Our bindings on a portal: what there should be, and bringing back what went.
//!
//! Runs in the installer, whenever an administrator opens the main page, and hourly by the worker. What it found is
//! kept as the progress of the portal's job, so that a page can show it whoever ran it.

use std::time::Duration;

use certlens_bitrix24::bindings::{self, EventBinding, Failure, Outcome, PlacementBinding, Report, Wanted};
use certlens_bitrix24::event::{Change, EventName};
use certlens_bitrix24::{EntityType, MemberId, Placement, PortalClient};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::PortalsError;
use crate::job::JobKind;
use crate::member;
use crate::portals::Portals;

/// Rises when the wanted bindings change, so that a portal with older ones can be told apart.
pub(crate) const BINDINGS_VERSION: i32 = 3;

/// The cards that get our tab, and whose changes we follow.
pub(crate) const CARDS: [EntityType; 3] = [EntityType::Lead, EntityType::Deal, EntityType::Company];

/// How soon after a run that changed something the worker looks again.
const KEPT_AFTER: Duration = Duration::from_mins(1);

/// What became of one binding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BindingOutcome {
    /// It was in place.
    Kept,
    /// It was missing and is bound now.
    Bound,
    /// It was there in another form and is bound anew.
    Rebound,
    /// The portal refused it, in its own words.
    Failed(String),
}

/// A binding and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingReport {
    /// The placement's code or the event's name.
    pub name: String,
    /// Whether it is a tab (else a subscription to an event).
    pub is_placement: bool,
    /// What became of it.
    pub outcome: BindingOutcome,
}

/// What a reconciliation found and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconciliationReport {
    /// When.
    pub at: DateTime<Utc>,
    /// Each wanted binding.
    pub bindings: Vec<BindingReport>,
    /// How many stale bindings of ours were removed.
    pub removed: usize,
}

impl ReconciliationReport {
    fn of(report: &Report, at: DateTime<Utc>) -> Self {
        let placements = report
            .placements
            .iter()
            .map(|(placement, outcome)| (placement.code(), true, outcome));
        let events = report
            .events
            .iter()
            .map(|(event, outcome)| (event.code(), false, outcome));
        Self {
            at,
            bindings: placements
                .chain(events)
                .map(|(name, is_placement, outcome)| BindingReport {
                    name,
                    is_placement,
                    outcome: BindingOutcome::of(outcome),
                })
                .collect(),
            removed: report.removed,
        }
    }

    /// Whether everything wanted is in place.
    pub fn is_complete(&self) -> bool {
        self.failures().next().is_none()
    }

    /// Whether something had been removed or altered from outside.
    pub fn is_changed(&self) -> bool {
        self.removed > 0
            || self
                .bindings
                .iter()
                .any(|binding| matches!(binding.outcome, BindingOutcome::Bound | BindingOutcome::Rebound))
    }

    /// The bindings that are missing in spite of all.
    pub fn failures(&self) -> impl Iterator<Item = &BindingReport> {
        self.bindings
            .iter()
            .filter(|binding| matches!(binding.outcome, BindingOutcome::Failed(_)))
    }
}

impl BindingOutcome {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Kept => Self::Kept,
            Outcome::Bound => Self::Bound,
            Outcome::Rebound => Self::Rebound,
            Outcome::Failed(failure) => Self::Failed(in_words(failure)),
        }
    }
}

/// A failure as an administrator may read it: the portal's own words where it has any.
pub(crate) fn in_words(failure: &Failure) -> String {
    match failure {
        Failure::Refused(error) if error.description.is_empty() => format!("{:?}", error.code),
        Failure::Refused(error) => error.description.clone(),
        other => other.to_string(),
    }
}

/// Everything that we want on a portal. What isn't in here is removed from it.
pub(crate) fn wanted(public_url: &Url) -> Wanted {
    let address = |path: &str| {
        public_url
            .join(path)
            .unwrap_or_else(|_| public_url.clone())
            .into()
    };
    let events: String = address("bitrix/events");
    let app: String = address("bitrix/app");
    let own = [
        (EventName::AppUninstall, address("bitrix/uninstall")),
        (EventName::AppInstall, events.clone()),
        (EventName::AppUpdate, events.clone()),
        (EventName::AppPayment, events.clone()),
        // Buttons of the activities that tell news.
        (EventName::TimelineItemAction, events.clone()),
        (EventName::User(Change::Added), events.clone()),
    ];
    let changes = Change::ALL.into_iter().flat_map(|change| {
        CARDS
            .into_iter()
            .map(move |entity| EventName::Crm { entity, change })
            .chain([EventName::Requisite(change)])
    });
    Wanted {
        placements: CARDS
            .into_iter()
            .map(|entity| PlacementBinding {
                placement: Placement::DetailTab(entity),
                handler: app.clone(),
                // A name is the same in every language.
                titles: ["en", "ru"]
                    .map(|language| (language.to_owned(), "Certlens".to_owned()))
                    .to_vec(),
            })
            .collect(),
        events: own
            .into_iter()
            .chain(changes.map(|event| (event, events.clone())))
            .map(|(event, handler)| EventBinding { event, handler })
            .collect(),
    }
}

impl Portals {
    /// Brings the portal's bindings in order, with an administrator's client: when one opens the main page.
    pub async fn reconcile(
        &self,
        member_id: &MemberId,
        client: &PortalClient,
    ) -> Result<ReconciliationReport, PortalsError> {
        let report = self.bring_bindings_in_order(member_id, client).await?;
        if report.is_changed()
            || !report.is_complete()
            || self.last_reconciliation(member_id).await?.is_none()
        {
            // The worker's own run keeps what there is now for the page.
            let stored = member::stored(member_id)?;
            self.schedule(&stored, JobKind::Reconcile, KEPT_AFTER).await?;
        }
        Ok(report)
    }

    /// The same without keeping the report: the worker keeps it with its job.
    pub(crate) async fn bring_bindings_in_order(
        &self,
        member_id: &MemberId,
        client: &PortalClient,
    ) -> Result<ReconciliationReport, PortalsError> {
        let report = bindings::reconcile(client, &wanted(self.public_url())).await?;
        if let Some(number) = report.application_number {
            // Only for links: a run is not worth less without it.
            let stored = member::stored(member_id)?;
            self.store().note_application_number(&stored, number).await?;
        }
        let report = ReconciliationReport::of(&report, Utc::now());
        if report.is_changed() {
            tracing::info!(%member_id, removed = report.removed, "bindings of a portal were brought in order");
        }
        for failure in report.failures() {
            tracing::warn!(%member_id, binding = failure.name, "the portal refuses a binding");
        }
        Ok(report)
    }

    /// What the latest reconciliation found, whoever ran it.
    pub async fn last_reconciliation(
        &self,
        member_id: &MemberId,
    ) -> Result<Option<ReconciliationReport>, PortalsError> {
        let job = self
            .store()
            .job(&member::stored(member_id)?, JobKind::Reconcile.key())
            .await?;
        // A report of an older version of this program is no report.
        Ok(job
            .and_then(|job| job.progress)
            .and_then(|progress| serde_json::from_value(progress).ok()))
    }
}
