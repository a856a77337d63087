//! The budget of execution time: per credential and method, summed over ten slots of one minute. Pure.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde::Serialize;

/// Slots of one minute in the sum.
const SLOTS: i64 = 10;
/// The budget in seconds.
pub(crate) const BUDGET_SECONDS: f64 = 480.0;

/// What a method used of its budget.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Usage {
    /// Seconds of execution in the last ten minutes.
    pub seconds: f64,
    /// When a part of the budget is freed, in seconds since 1970.
    pub reset_at: i64,
}

/// Who is billed for the commands of a batch; the sources contradict each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum BatchBilling {
    /// Each command its own method.
    #[default]
    Commands,
    /// All of them the method `batch`.
    Batch,
}

/// Time used by each credential and method.
#[derive(Debug)]
pub(crate) struct Operating {
    /// What one call costs in seconds.
    pub cost: f64,
    /// The budget in seconds.
    pub budget: f64,
    /// Who pays for a batch.
    pub batch_billing: BatchBilling,
    slots: HashMap<(String, String), BTreeMap<i64, f64>>,
}

impl Default for Operating {
    fn default() -> Self {
        Self {
            cost: 0.005,
            budget: BUDGET_SECONDS,
            batch_billing: BatchBilling::default(),
            slots: HashMap::new(),
        }
    }
}

impl Operating {
    /// Adds time to a method of a credential.
    pub(crate) fn bill(&mut self, credential: &str, method: &str, seconds: f64, now: DateTime<Utc>) {
        let minute = now.timestamp() / 60;
        let slots = self
            .slots
            .entry((credential.to_owned(), method.to_ascii_lowercase()))
            .or_default();
        slots.retain(|slot, _| *slot > minute - SLOTS);
        *slots.entry(minute).or_default() += seconds;
    }

    /// What a method of a credential used.
    pub(crate) fn usage(&self, credential: &str, method: &str, now: DateTime<Utc>) -> Usage {
        let minute = now.timestamp() / 60;
        let key = (credential.to_owned(), method.to_ascii_lowercase());
        let mut live = self
            .slots
            .get(&key)
            .into_iter()
            .flatten()
            .filter(|(slot, _)| **slot > minute - SLOTS)
            .peekable();
        let oldest = live.peek().map_or(minute, |(slot, _)| **slot);
        Usage {
            seconds: live.map(|(_, seconds)| seconds).sum(),
            reset_at: (oldest + SLOTS) * 60,
        }
    }

    /// Whether a method of a credential has nothing left.
    pub(crate) fn is_exhausted(&self, credential: &str, method: &str, now: DateTime<Utc>) -> bool {
        self.usage(credential, method, now).seconds > self.budget
    }

    /// Forgets all that was used.
    pub(crate) fn reset(&mut self) {
        self.slots.clear();
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn usage_is_per_method_and_is_freed_after_ten_minutes() {
        let (mut operating, now) = (Operating::default(), Utc::now());
        operating.bill("app", "crm.item.list", 481.0, now);

        assert!(operating.is_exhausted("app", "CRM.item.list", now));
        assert!(!operating.is_exhausted("app", "crm.item.get", now));
        assert!(!operating.is_exhausted("other", "crm.item.list", now));
        let reset_at = operating.usage("app", "crm.item.list", now).reset_at;
        let freed = DateTime::from_timestamp(reset_at, 0).unwrap();
        assert!(freed > now && freed <= now + TimeDelta::minutes(10));
        assert!(operating.is_exhausted("app", "crm.item.list", freed - TimeDelta::seconds(1)));
        assert!(!operating.is_exhausted("app", "crm.item.list", freed));
    }
}
