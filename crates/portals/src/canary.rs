//! The canary: an hourly look at each portal that finds a break before a user does.
//!
//! Four steps: do tokens open the portal, are our tabs and events bound, can a card of each type be read by our own
//! parser, and does a card's page come out of our own code. It goes with the hourly reconciliation of bindings, which shows
//! the first two; the reading costs one batch more, the page costs the portal nothing where the index knows the card.
//! What it found is kept as the portal's latest look. Changes nothing on the portal.

use std::fmt;

use certlens_bitrix24::crm::{Probe, probe};
use certlens_bitrix24::{CallError, EntityId, EntityType, MemberId, PortalClient};
use certlens_store::{CanaryFinding, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::card::Viewer;
use crate::error::PortalsError;
use crate::inspection::BindingPresence;
use crate::member;
use crate::notice::PortalNotice;
use crate::portals::Portals;
use crate::reading;
use crate::reconcile::ReconciliationReport;

/// Repetitions within this time of a look make no other; hours are not exact.
const LATELY: TimeDelta = TimeDelta::minutes(50);

/// A step of a look. The keys are in the database: they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CanaryStep {
    /// A token opens the portal.
    Token,
    /// Our tabs and events are bound.
    Bindings,
    /// A card of each type can be read.
    Reading,
    /// A card's page comes out.
    Page,
}

impl CanaryStep {
    /// All, in the order in which they are taken.
    pub const ALL: [Self; 4] = [Self::Token, Self::Bindings, Self::Reading, Self::Page];

    /// The key in the database and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Bindings => "bindings",
            Self::Reading => "reading",
            Self::Page => "page",
        }
    }

    /// The step of a key.
    pub fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.key() == key)
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CanaryOutcome {
    /// As it should.
    Passed,
    /// As it should not.
    Failed,
    /// It could not be taken: an earlier one failed, or there is nothing to look at.
    Skipped,
}

impl CanaryOutcome {
    /// The key in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// A step and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryStepReport {
    /// The step.
    pub step: CanaryStep,
    /// How it ended.
    pub outcome: CanaryOutcome,
    /// Why, where there is something to say: the key of a [`PortalNotice`], a key of [`words`], or the portal's words.
    #[serde(default)]
    pub words: String,
}

/// Keys of what the look itself has to say.
pub mod words {
    /// An answer came that our parser can't use.
    pub const UNREADABLE: &str = "unreadable_answer";
    /// There is no card to look at.
    pub const NO_CARD: &str = "no_card";
    /// An earlier step failed.
    pub const NOT_REACHED: &str = "not_reached";
    /// This process serves no pages.
    pub const NO_PAGES: &str = "no_pages_here";
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanaryReport {
    /// When.
    pub at: DateTime<Utc>,
    /// Each step.
    pub steps: Vec<CanaryStepReport>,
}

impl CanaryReport {
    /// The first step that failed.
    pub fn failure(&self) -> Option<&CanaryStepReport> {
        self.steps
            .iter()
            .find(|step| step.outcome == CanaryOutcome::Failed)
    }

    /// Whether the portal was seen at all: a busy one says nothing of how it is.
    pub fn saw_the_portal(&self) -> bool {
        self.steps
            .iter()
            .any(|step| step.step == CanaryStep::Token && step.outcome != CanaryOutcome::Skipped)
    }

    /// Whether the portal works, as far as the look shows.
    pub fn is_healthy(&self) -> bool {
        self.saw_the_portal() && self.failure().is_none()
    }
}

/// Makes a card's page as a frame would get it, without a frame: given by whoever serves pages.
pub trait PageTest: fmt::Debug + Send + Sync {
    /// Opens the card for this viewer. An error is a sentence that says what is wrong with the page.
    fn open<'a>(
        &'a self,
        viewer: &'a Viewer,
        client: &'a PortalClient,
        card: (EntityType, EntityId),
    ) -> BoxFuture<'a, Result<(), String>>;
}

/// The steps so far.
#[derive(Debug, Default)]
struct Steps(Vec<CanaryStepReport>);

impl Steps {
    fn passed(&mut self, step: CanaryStep) {
        self.take(step, CanaryOutcome::Passed, "");
    }

    fn failed(&mut self, step: CanaryStep, words: &str) {
        self.take(step, CanaryOutcome::Failed, words);
    }

    fn skipped(&mut self, step: CanaryStep, words: &str) {
        self.take(step, CanaryOutcome::Skipped, words);
    }

    fn take(&mut self, step: CanaryStep, outcome: CanaryOutcome, words: &str) {
        self.0.push(CanaryStepReport {
            step,
            outcome,
            // Postgres keeps no character 0, and these may be the portal's words.
            words: words
                .chars()
                .filter(|character| *character != '\0')
                .take(300)
                .collect(),
        });
    }

    /// What a call that failed says of a step: a busy portal says nothing.
    fn unanswered(&mut self, step: CanaryStep, error: &CallError) {
        match (PortalNotice::of(error), error) {
            (PortalNotice::Throttled, _) => self.skipped(step, PortalNotice::Throttled.key()),
            (_, CallError::Unreadable { status }) if *status < 500 => self.failed(step, words::UNREADABLE),
            (_, CallError::UnexpectedResult { .. } | CallError::Unexpected { .. } | CallError::TooLarge) => {
                self.failed(step, words::UNREADABLE);
            }
            (notice, _) => self.failed(step, notice.key()),
        }
    }
}

impl Portals {
    /// Looks at a portal now, and keeps what was found: for whoever presses the button. Two batches; changes nothing on the
    /// portal.
    pub async fn check(&self, member_id: &MemberId) -> Result<CanaryReport, PortalsError> {
        let mut steps = Steps::default();
        let missing = match self.look_at_bindings(member_id).await {
            Ok(look) => Ok(look
                .bindings
                .into_iter()
                .filter_map(|(name, _, presence)| match presence {
                    BindingPresence::Present | BindingPresence::Altered => None,
                    BindingPresence::Missing => Some(name),
                    BindingPresence::Unknown(words) => Some(format!("{name} ({words})")),
                })
                .collect()),
            Err(PortalsError::Call(error)) => Err(error),
            Err(error) => return Err(error),
        };
        of_bindings(&mut steps, &missing);
        self.finish_look(member_id, steps).await
    }

    /// Whether the hour since the latest look is not over yet.
    pub(crate) async fn was_looked_at_lately(
        &self,
        member_id: &certlens_store::MemberId,
    ) -> Result<bool, StoreError> {
        let latest = self.store().canary(member_id).await?;
        Ok(latest.is_some_and(|look| Utc::now() - look.ran_at < LATELY))
    }

    /// Goes on from what the hourly reconciliation showed. A portal that is not there is not looked at.
    pub(crate) async fn look_after_reconciliation(
        &self,
        member_id: &MemberId,
        reconciled: &Result<ReconciliationReport, PortalsError>,
    ) -> Result<(), PortalsError> {
        let mut steps = Steps::default();
        let missing = match reconciled {
            Ok(report) => Ok(report.failures().map(|binding| binding.name.clone()).collect()),
            Err(PortalsError::Call(error)) => Err(error),
            // Our own trouble, or a portal that left: no news of the portal.
            Err(_) => return Ok(()),
        };
        of_bindings(&mut steps, &missing);
        let report = self.finish_look(member_id, steps).await?;
        if let Some(failure) = report.failure() {
            tracing::warn!(
                %member_id,
                step = failure.step.key(),
                words = failure.words,
                "the hourly look at a portal found it broken"
            );
        }
        Ok(())
    }

    async fn finish_look(
        &self,
        member_id: &MemberId,
        mut steps: Steps,
    ) -> Result<CanaryReport, PortalsError> {
        let stored = member::stored(member_id)?;
        let cards: Vec<(EntityType, EntityId)> = self
            .store()
            .cards_to_look_at(&stored)
            .await?
            .into_iter()
            .filter_map(|card| {
                Some((
                    reading::platform_type(card.entity_type),
                    reading::platform_id(card.id)?,
                ))
            })
            .collect();
        let is_open = steps
            .0
            .iter()
            .any(|step| step.step == CanaryStep::Token && step.outcome == CanaryOutcome::Passed);
        if is_open {
            let client = self.looking_client(member_id).await?;
            match probe(&client, &cards).await {
                Ok(probes) => of_probes(&mut steps, &probes),
                Err(error) => steps.unanswered(CanaryStep::Reading, &error),
            }
        } else {
            steps.skipped(CanaryStep::Reading, words::NOT_REACHED);
        }
        self.test_page(member_id, &cards, &mut steps).await?;
        let report = CanaryReport {
            at: Utc::now(),
            steps: steps.0,
        };
        self.keep_look(&stored, &report).await?;
        Ok(report)
    }

    /// Opens a card's page with the rights of the portal's best chain; also when the portal is silent, for a card must open
    /// then as well.
    async fn test_page(
        &self,
        member_id: &MemberId,
        cards: &[(EntityType, EntityId)],
        steps: &mut Steps,
    ) -> Result<(), PortalsError> {
        let Some(test) = self.page_test() else {
            steps.skipped(CanaryStep::Page, words::NO_PAGES);
            return Ok(());
        };
        let stored = member::stored(member_id)?;
        let user = self
            .store()
            .chains(&stored, None)
            .await?
            .first()
            .and_then(|chain| u64::try_from(chain.user_id.0).ok());
        // A company has its identifiers itself.
        let card = cards
            .iter()
            .rev()
            .find(|(entity_type, _)| *entity_type == EntityType::Company)
            .or(cards.first());
        let (Some(&card), Some(user)) = (card, user) else {
            steps.skipped(CanaryStep::Page, words::NO_CARD);
            return Ok(());
        };
        let viewer = Viewer {
            member_id: member_id.clone(),
            user_id: certlens_bitrix24::UserId(user),
        };
        let client = self.client_of(member_id, viewer.user_id).await?;
        match test.open(&viewer, &client, card).await {
            Ok(()) => steps.passed(CanaryStep::Page),
            Err(why) => steps.failed(CanaryStep::Page, &why),
        }
        Ok(())
    }

    async fn keep_look(
        &self,
        member_id: &certlens_store::MemberId,
        report: &CanaryReport,
    ) -> Result<(), StoreError> {
        let steps = serde_json::to_value(&report.steps).unwrap_or_default();
        let failure = report
            .failure()
            .map(|failure| (failure.step.key(), failure.words.as_str()));
        self.store()
            .keep_canary(
                member_id,
                &CanaryFinding {
                    steps: &steps,
                    failure,
                    is_conclusive: report.saw_the_portal() || failure.is_some(),
                },
            )
            .await
    }
}

/// Token and bindings, from what is missing on the portal.
fn of_bindings(steps: &mut Steps, missing: &Result<Vec<String>, impl std::borrow::Borrow<CallError>>) {
    match missing {
        Ok(missing) => {
            steps.passed(CanaryStep::Token);
            if missing.is_empty() {
                steps.passed(CanaryStep::Bindings);
            } else {
                steps.failed(CanaryStep::Bindings, &missing.join(", "));
            }
        }
        Err(error) => {
            steps.unanswered(CanaryStep::Token, error.borrow());
            steps.skipped(CanaryStep::Bindings, words::NOT_REACHED);
        }
    }
}

fn of_probes(steps: &mut Steps, probes: &[Probe]) {
    let failed = probes.iter().find_map(|probe| match probe {
        Probe::Unreadable => Some(words::UNREADABLE.to_owned()),
        Probe::Refused(error) if error.description.is_empty() => Some(format!("{:?}", error.code)),
        Probe::Refused(error) => Some(error.description.clone()),
        Probe::Read | Probe::Gone | Probe::Busy => None,
    });
    match failed {
        Some(words) => steps.failed(CanaryStep::Reading, &words),
        None if probes.contains(&Probe::Read) => steps.passed(CanaryStep::Reading),
        None if probes.contains(&Probe::Busy) => {
            steps.skipped(CanaryStep::Reading, PortalNotice::Throttled.key());
        }
        None => steps.skipped(CanaryStep::Reading, words::NO_CARD),
    }
}

#[cfg(test)]
mod tests;
