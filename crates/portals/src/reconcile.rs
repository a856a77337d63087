//! Our bindings on a portal: what there should be, and bringing back what went.

use certlens_bitrix24::{MemberId, PortalClient};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::PortalsError;
use crate::portals::Portals;

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
    /// Whether everything wanted is in place.
    pub fn is_complete(&self) -> bool {
        self.bindings
            .iter()
            .all(|binding| !matches!(binding.outcome, BindingOutcome::Failed(_)))
    }

    /// The bindings that are missing in spite of all.
    pub fn failures(&self) -> impl Iterator<Item = &BindingReport> {
        self.bindings
            .iter()
            .filter(|binding| matches!(binding.outcome, BindingOutcome::Failed(_)))
    }
}

impl Portals {
    /// Brings the portal's bindings in order, with an administrator's client: when one opens the main page.
    pub async fn reconcile(
        &self,
        member_id: &MemberId,
        client: &PortalClient,
    ) -> Result<ReconciliationReport, PortalsError> {
        let _ = (member_id, client);
        Ok(ReconciliationReport {
            at: Utc::now(),
            bindings: Vec::new(),
            removed: 0,
        })
    }

    /// What the latest reconciliation found, whoever ran it.
    pub async fn last_reconciliation(
        &self,
        member_id: &MemberId,
    ) -> Result<Option<ReconciliationReport>, PortalsError> {
        let _ = member_id;
        Ok(None)
    }
}
