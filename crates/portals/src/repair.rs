//! Repair: everything that Certlens can do by itself for a portal that does not work, step by step, with a report.
//!
//! More than a reconciliation: each chain of tokens is proved by a call of its own, a portal that was given up is taken
//! up again when a call succeeds, bindings are put in order, and work that failed is begun anew. Repeatable; a step that
//! can't be done says what people have to do, and the steps that do not depend on it are done all the same.

mod finding;
mod report;

use std::time::Duration;

use certlens_bitrix24::credentials::ChainId;
use certlens_bitrix24::{MemberId, Priority};
use certlens_store::{ChainRecord, PortalState, Standing};
use chrono::Utc;
use serde_json::Value;

use crate::credentials::platform_user;
use crate::error::PortalsError;
use crate::inspection::{Need, PortalInspection};
use crate::job::JobKind;
use crate::member;
use crate::notice::PortalNotice;
use crate::portals::Portals;
use crate::reconcile::BindingOutcome;
pub use finding::Finding;
pub use report::{RepairOutcome, RepairReport, RepairStep, RepairStepName};

/// How long a chain may take to prove itself.
const PATIENCE: Duration = Duration::from_secs(20);
/// More chains are not proved in one repair: each costs a call of the portal's budget.
const MOST_PROVED: usize = 10;

/// What the chains said.
#[derive(Debug, Default)]
struct Proved {
    findings: Vec<Finding>,
    lives: bool,
}

impl Portals {
    /// Does all that can be done for a portal without its people, and says what they have to do.
    ///
    /// The caller has proved that the operator, or an administrator of this portal, asks.
    pub async fn repair(&self, member_id: &MemberId) -> Result<RepairReport, PortalsError> {
        let before = self.inspect(member_id).await?;
        let mut steps = vec![keys(&before)];
        let is_gone = before.portal.state == PortalState::Uninstalled;
        let proved = if is_gone {
            Proved::default()
        } else {
            self.prove_chains(member_id, &before).await?
        };
        steps.push(tokens(&before, &proved));
        steps.push(self.take_up_again(member_id, &before, &proved).await?);
        steps.push(self.bind_again(member_id, proved.lives).await?);
        steps.push(events(&before, proved.lives));
        steps.push(self.work_again(&before, proved.lives).await?);
        let after = self.inspect(member_id).await?;
        let report = RepairReport {
            at: Utc::now(),
            needs: remaining(after.needs, &steps),
            steps,
        };
        tracing::info!(%member_id, is_healthy = report.is_healthy(), "a portal was repaired");
        Ok(report)
    }

    /// Each living chain, by a call: it renews what has expired, and ends what nobody takes any more.
    async fn prove_chains(
        &self,
        member_id: &MemberId,
        inspection: &PortalInspection,
    ) -> Result<Proved, PortalsError> {
        let portal = self.platform_portal(member_id).await?;
        let stored = member::stored(member_id)?;
        let mut proved = Proved::default();
        for chain in inspection.living_chains().take(MOST_PROVED) {
            let Some(user) = platform_user(chain.user_id) else {
                continue;
            };
            let client = self
                .connections()
                .of_chain(&portal, user, ChainId(chain.id.0), Priority::Interactive)
                .within(PATIENCE);
            let answer = client.call("app.info", Value::Null).await;
            let (user_id, source) = (chain.user_id.0, chain.source);
            let mut is_portals_trouble = false;
            let finding = match answer {
                Ok(_) => {
                    proved.lives = true;
                    let is_renewed = self.is_renewed(&stored, chain).await?;
                    Finding::ChainLives {
                        user_id,
                        source,
                        is_renewed,
                    }
                }
                Err(error) => {
                    if let Some(end) = self.end_of(&stored, chain).await? {
                        Finding::ChainEnded { user_id, source, end }
                    } else {
                        let notice = PortalNotice::of(&error);
                        is_portals_trouble = concerns_portal(&notice);
                        Finding::ChainUnproved {
                            user_id,
                            source,
                            notice,
                        }
                    }
                }
            };
            proved.findings.push(finding);
            if is_portals_trouble {
                // The next chain would only wait for the same answer.
                break;
            }
        }
        Ok(proved)
    }

    async fn record_of(
        &self,
        member_id: &certlens_store::MemberId,
        chain: &ChainRecord,
    ) -> Result<Option<ChainRecord>, PortalsError> {
        let records = self.store().chain_records(member_id).await?;
        Ok(records.into_iter().find(|record| record.id == chain.id))
    }

    async fn is_renewed(
        &self,
        member_id: &certlens_store::MemberId,
        chain: &ChainRecord,
    ) -> Result<bool, PortalsError> {
        let record = self.record_of(member_id, chain).await?;
        Ok(record.is_some_and(|record| record.renewed_at > chain.renewed_at))
    }

    async fn end_of(
        &self,
        member_id: &certlens_store::MemberId,
        chain: &ChainRecord,
    ) -> Result<Option<certlens_store::ChainEnd>, PortalsError> {
        let record = self.record_of(member_id, chain).await?;
        Ok(record.and_then(|record| record.ended).map(|(_, end)| end))
    }

    /// A portal that answers is no longer given up; one that doesn't keeps its state.
    async fn take_up_again(
        &self,
        member_id: &MemberId,
        before: &PortalInspection,
        proved: &Proved,
    ) -> Result<RepairStep, PortalsError> {
        let stored = member::stored(member_id)?;
        let name = RepairStepName::State;
        let was = before.portal.state;
        let mut findings = Vec::new();
        if proved.lives {
            match was {
                PortalState::Suspended | PortalState::NeedsReauth => {
                    self.store().set_standing(&stored, Standing::Active).await?;
                    self.make_good(&stored).await?;
                    findings.push(Finding::TakenUpAgain { was });
                }
                // Its page was never finished on our side, but the portal takes its tokens.
                PortalState::Installing => {
                    self.store().restore(&stored).await?;
                    self.schedule_first_work(&stored).await?;
                    findings.push(Finding::TakenUpAgain { was });
                }
                PortalState::Installed | PortalState::Uninstalled => {}
            }
        }
        let now = self.store().portal(&stored).await?;
        let Some(now) = now else {
            return Err(PortalsError::UnknownPortal(member_id.to_string()));
        };
        if now.address.domain != before.portal.address.domain {
            findings.push(Finding::Moved {
                from: before.portal.address.domain.clone(),
                to: now.address.domain.clone(),
            });
        }
        let outcome = match (now.state, findings.is_empty()) {
            (PortalState::Installed, true) => RepairOutcome::Fine,
            (PortalState::Installed, false) => RepairOutcome::Mended,
            _ => RepairOutcome::Failed,
        };
        if outcome != RepairOutcome::Mended {
            findings.push(Finding::State {
                state: now.state,
                reason: now.state_reason,
            });
        }
        Ok(RepairStep {
            name,
            outcome,
            findings,
        })
    }

    /// Binds what is missing, replaces what is of another address or form.
    async fn bind_again(&self, member_id: &MemberId, lives: bool) -> Result<RepairStep, PortalsError> {
        let name = RepairStepName::Bindings;
        if !lives {
            return Ok(skipped(name));
        }
        let client = self.background_client(member_id).await?.within(PATIENCE * 3);
        let report = match self.reconcile(member_id, &client).await {
            Ok(report) => report,
            Err(PortalsError::Call(error)) => {
                return Ok(RepairStep {
                    name,
                    outcome: RepairOutcome::Failed,
                    findings: vec![Finding::BindingsUnreachable(PortalNotice::of(&error))],
                });
            }
            Err(error) => return Err(error),
        };
        let outcome = if !report.is_complete() {
            RepairOutcome::Failed
        } else if report.is_changed() {
            RepairOutcome::Mended
        } else {
            RepairOutcome::Fine
        };
        let names = |is_wanted: fn(&BindingOutcome) -> bool| -> Vec<String> {
            report
                .bindings
                .iter()
                .filter(|binding| is_wanted(&binding.outcome))
                .map(|binding| binding.name.clone())
                .collect()
        };
        let mut findings = Vec::new();
        let kept = names(|outcome| *outcome == BindingOutcome::Kept).len();
        if kept > 0 {
            findings.push(Finding::BindingsKept(kept));
        }
        let bound = names(|outcome| *outcome == BindingOutcome::Bound);
        if !bound.is_empty() {
            findings.push(Finding::Bound(bound));
        }
        let rebound = names(|outcome| *outcome == BindingOutcome::Rebound);
        if !rebound.is_empty() {
            findings.push(Finding::Rebound(rebound));
        }
        if report.removed > 0 {
            findings.push(Finding::LeftOversRemoved(report.removed));
        }
        for binding in &report.bindings {
            if let BindingOutcome::Failed(words) = &binding.outcome {
                findings.push(Finding::BindingRefused {
                    name: binding.name.clone(),
                    words: words.clone(),
                });
            }
        }
        Ok(RepairStep {
            name,
            outcome,
            findings,
        })
    }

    /// Work that failed is due now, and what events would have told is looked up.
    async fn work_again(&self, before: &PortalInspection, lives: bool) -> Result<RepairStep, PortalsError> {
        let name = RepairStepName::Work;
        if !lives {
            return Ok(skipped(name));
        }
        let stored = &before.portal.member_id;
        let mut findings = Vec::new();
        for (job, error) in before.failing_jobs() {
            findings.push(Finding::WorkBegunAnew {
                kind: job.kind.clone(),
                error: error.to_owned(),
            });
            match JobKind::of(&job.kind) {
                Some(kind) => self.schedule(stored, kind, Duration::ZERO).await?,
                // Tracking's own work.
                None => self.store().schedule(stored, &job.kind, Duration::ZERO).await?,
            }
        }
        let failed_events = before.failed_events.iter().map(|failed| failed.events).sum();
        if failed_events > 0 {
            // What they told stands in the CRM: a look at what changed makes good for all of them.
            self.schedule(stored, JobKind::CatchUp, Duration::ZERO).await?;
            findings.push(Finding::EventsMadeGood(failed_events));
        }
        let never: Vec<JobKind> = [
            JobKind::Reconcile,
            JobKind::Crawl,
            JobKind::DetectFields,
            JobKind::CatchUp,
        ]
        .into_iter()
        .filter(|kind| !before.jobs.iter().any(|job| job.kind == kind.key()))
        .collect();
        for kind in never {
            self.schedule(stored, kind, Duration::ZERO).await?;
            findings.push(Finding::WorkScheduled(kind.key()));
        }
        let outcome = if findings.is_empty() {
            RepairOutcome::Fine
        } else {
            RepairOutcome::Mended
        };
        Ok(RepairStep {
            name,
            outcome,
            findings,
        })
    }
}

/// Whether any other chain would meet the same trouble.
const fn concerns_portal(notice: &PortalNotice) -> bool {
    matches!(
        notice,
        PortalNotice::Silent
            | PortalNotice::Throttled
            | PortalNotice::PaymentRequired
            | PortalNotice::NotOperational
            | PortalNotice::Moved
    )
}

const fn skipped(name: RepairStepName) -> RepairStep {
    RepairStep {
        name,
        outcome: RepairOutcome::Skipped,
        findings: Vec::new(),
    }
}

fn keys(before: &PortalInspection) -> RepairStep {
    let client_id = before.keys.client_id().map(str::to_owned);
    let (outcome, finding) = match client_id {
        Some(client_id) if before.keys.are_known() => (RepairOutcome::Fine, Finding::KeysKnown { client_id }),
        Some(client_id) => (RepairOutcome::Failed, Finding::SecretUnknown { client_id }),
        None => (RepairOutcome::Failed, Finding::ApplicationUnknown),
    };
    RepairStep {
        name: RepairStepName::Keys,
        outcome,
        findings: vec![finding],
    }
}

fn tokens(before: &PortalInspection, proved: &Proved) -> RepairStep {
    let mut findings = proved.findings.clone();
    let is_renewed = |finding: &Finding| matches!(finding, Finding::ChainLives { is_renewed: true, .. });
    let outcome = if !proved.lives {
        RepairOutcome::Failed
    } else if findings.iter().any(is_renewed) {
        RepairOutcome::Mended
    } else {
        RepairOutcome::Fine
    };
    if before.living_chains().next().is_none() {
        let last = before.chains.iter().find_map(|chain| chain.ended);
        findings.push(Finding::NoChain {
            last_end: last.map(|(_, end)| end),
        });
    }
    RepairStep {
        name: RepairStepName::Tokens,
        outcome,
        findings,
    }
}

fn events(before: &PortalInspection, lives: bool) -> RepairStep {
    let name = RepairStepName::Events;
    if before.portal.has_application_token {
        return RepairStep {
            name,
            outcome: RepairOutcome::Fine,
            findings: vec![Finding::EventsProvable],
        };
    }
    if !lives {
        return skipped(name);
    }
    RepairStep {
        name,
        outcome: RepairOutcome::Failed,
        findings: vec![Finding::EventsUnprovable],
    }
}

/// What is left for people: work that was begun anew just now has not failed again yet.
fn remaining(needs: Vec<Need>, steps: &[RepairStep]) -> Vec<Need> {
    let is_failed = |name| {
        steps
            .iter()
            .any(|step| step.name == name && step.outcome == RepairOutcome::Failed)
    };
    needs
        .into_iter()
        .filter(|need| !matches!(need, Need::Repair { .. }) || is_failed(RepairStepName::Bindings))
        .collect()
}
