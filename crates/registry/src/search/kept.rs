//! The kept numbers of counted parties, remembered for as long as the store stays in its version.
//!
//! Many questions are about the same few large companies, each a little different: another number beside the known
//! ones, another role, with paired numbers or without. What an engine found for a counted party answers all of them, so
//! that only the first one reads it. Parties that are not counted have few rows and are read anew.
//! May know: what engines find. Must not know: engines, whole answers (module `cache`).

use super::board::RememberedRows;
use super::counterparty::Wanted;
use super::found::{Count, Found, Group, Shared};
use super::state::StoreVersion;
use crate::party::PartyId;
use chrono::NaiveDate;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

/// Numbers and groups that are remembered, at most: some thirty megabytes.
const CAPACITY: u64 = 300_000;
/// How long something is remembered that nobody asks about.
const IDLE: Duration = Duration::from_hours(24);

/// When something was true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct AsOf {
    version: StoreVersion,
    /// The day of the rule of dates.
    today: NaiveDate,
}

type Remembered<K, V> = moka::sync::Cache<(K, AsOf), Arc<V>>;

/// The memory. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct KeptNumbers(Option<Memory>);

#[derive(Debug, Clone)]
struct Memory {
    counts: Remembered<PartyId, Vec<Count>>,
    /// Documents that two counted parties share, from the smaller one.
    shared: Remembered<(PartyId, PartyId), Shared>,
}

/// A question with what is remembered for it.
#[derive(Debug)]
pub(super) struct Recalled {
    /// What an engine still has to look up.
    pub(super) rest: Wanted,
    found: Found,
}

impl KeptNumbers {
    pub(super) fn new() -> Self {
        Self(Some(Memory {
            counts: remembered(Vec::len),
            shared: remembered(HashMap::len),
        }))
    }

    /// A memory that remembers nothing.
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// What is remembered of the wanted parties in this version of the store.
    pub(super) fn recall(&self, wanted: Wanted, version: StoreVersion) -> Recalled {
        let as_of = AsOf {
            version,
            today: wanted.today,
        };
        let (mut rest, mut found) = (wanted, Found::default());
        let Some(memory) = &self.0 else {
            return Recalled { rest, found };
        };
        for party in rest.counted.clone() {
            if let Some(counts) = memory.counts.get(&(party, as_of)) {
                rest.is_known(party);
                found.counts.insert(party, counts);
            }
        }
        for pair in rest.common.keys().copied().collect::<Vec<_>>() {
            if let Some(shared) = memory.shared.get(&(pair, as_of)) {
                rest.shares_are_known(pair);
                found.shared.insert(pair, shared);
            }
        }
        Recalled { rest, found }
    }

    /// Remembers what was found for counted parties. `found` must be of this version.
    pub(super) fn keep(&self, looked_up: &Wanted, version: StoreVersion, found: &Found) {
        let Some(memory) = &self.0 else { return };
        let as_of = AsOf {
            version,
            today: looked_up.today,
        };
        for party in &looked_up.counted {
            if let Some(counts) = found.counts.get(party) {
                memory.counts.insert((*party, as_of), Arc::clone(counts));
            }
        }
        for pair in looked_up.common.keys() {
            // Of two that share nothing any more, that is remembered.
            let shared = found.shared.get(pair).cloned().unwrap_or_default();
            memory.shared.insert((*pair, as_of), shared);
        }
    }
}

fn remembered<K, V>(values: fn(&V) -> usize) -> Remembered<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    moka::sync::Cache::builder()
        .max_capacity(CAPACITY)
        .weigher(move |_, remembered: &Arc<V>| u32::try_from(values(remembered) + 1).unwrap_or(u32::MAX))
        .time_to_idle(IDLE)
        .build()
}

impl Recalled {
    /// Takes what boards remember of parties that are not counted.
    pub(super) fn recall_rows(&mut self, rows: &RememberedRows, version: StoreVersion) {
        for party in self.rest.listed.clone() {
            if let Some(remembered) = rows.of(party, version) {
                let groups: Vec<Group> = remembered.rows().iter().map(Group::of_row).collect();
                self.rest.rows_are_known(party, groups.len() as u64);
                self.found.groups.insert(party, Arc::new(groups));
            }
        }
    }

    /// Whether no engine has to be asked.
    pub(super) fn is_complete(&self) -> bool {
        self.rest.is_empty()
    }

    /// All that is known, together with what an engine found for the rest and for others of its batch.
    pub(super) fn with(self, batch: &Arc<Found>) -> Arc<Found> {
        if self.found == Found::default() {
            return Arc::clone(batch);
        }
        let mut found = self.found;
        for party in &self.rest.listed {
            if let Some(groups) = batch.groups.get(party) {
                found.groups.insert(*party, Arc::clone(groups));
            }
        }
        for party in &self.rest.counted {
            if let Some(counts) = batch.counts.get(party) {
                found.counts.insert(*party, Arc::clone(counts));
            }
        }
        for pair in self.rest.common.keys() {
            if let Some(shared) = batch.shared.get(pair) {
                found.shared.insert(*pair, Arc::clone(shared));
            }
        }
        Arc::new(found)
    }

    /// All that is known, when it is complete.
    pub(super) fn alone(self) -> Found {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::party::PartyRole;
    use crate::search::found::Cell;
    use certlens_domain::registry::{DocumentKind, Registry};
    use certlens_domain::status::Status;
    use certlens_domain::trend::Month;
    use uuid::Uuid;

    fn party(number: i64) -> PartyId {
        PartyId::from_stored(number).unwrap()
    }

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    const fn version(number: i64) -> StoreVersion {
        StoreVersion {
            store: Uuid::nil(),
            number,
        }
    }

    fn count(documents: u64) -> Count {
        Count {
            role: PartyRole::Applicant,
            cell: Cell::Kind(Registry::Kz, DocumentKind::Certificate),
            documents,
        }
    }

    fn shared(other: i64, documents: u64) -> Group {
        Group {
            role: PartyRole::Applicant,
            other: Some(party(other)),
            registry: Registry::Kz,
            kind: DocumentKind::Certificate,
            status: Status::Active,
            valid_until: None,
            month: Month::of(day(1)),
            technical_regulations: Vec::new(),
            rf_status: None,
            documents,
        }
    }

    /// Counted parties 1 and 2, which share documents, and the listed party 3.
    fn wanted() -> Wanted {
        Wanted {
            listed: [party(3)].into(),
            counted: [party(1), party(2)].into(),
            common: [((party(1), party(2)), 1_500)].into(),
            rows: 7 + 2 * 1_000 + 1_500,
            ..Wanted::nothing(day(2))
        }
    }

    fn looked_up() -> Arc<Found> {
        let mut found = Found::default();
        found.add_count(party(1), count(1_500));
        found.add_count(party(2), count(9_000));
        found.add_shared((party(1), party(2)), &shared(2, 40), day(2));
        found.add_group(party(3), shared(2, 7));
        Arc::new(found)
    }

    #[test]
    fn what_was_found_for_counted_parties_is_not_looked_up_again() {
        let kept = KeptNumbers::new();
        let first = kept.recall(wanted(), version(5));
        assert_eq!((first.rest.clone(), first.is_complete()), (wanted(), false));
        kept.keep(&first.rest, version(5), &looked_up());

        let again = kept.recall(wanted(), version(5));
        assert_eq!(
            again.rest,
            Wanted {
                listed: [party(3)].into(),
                known: [party(1), party(2)].into(),
                rows: 7,
                ..Wanted::nothing(day(2))
            }
        );
        assert_eq!(again.with(&looked_up()), looked_up(), "and nothing is met twice");
    }

    #[test]
    fn question_about_remembered_parties_only_needs_no_engine() {
        let kept = KeptNumbers::new();
        kept.keep(&wanted(), version(5), &looked_up());
        let mut counted_only = wanted();
        counted_only.listed.clear();
        let recalled = kept.recall(counted_only, version(5));
        assert!(recalled.is_complete());
        let found = recalled.alone();
        assert_eq!(found.counts, looked_up().counts);
        assert_eq!(found.shared, looked_up().shared);
    }

    #[test]
    fn another_version_or_day_is_looked_up_anew_and_a_memory_of_nothing_always() {
        let kept = KeptNumbers::new();
        kept.keep(&wanted(), version(5), &looked_up());
        assert_eq!(kept.recall(wanted(), version(6)).rest, wanted());
        let tomorrow = Wanted {
            today: day(3),
            ..wanted()
        };
        assert_eq!(kept.recall(tomorrow.clone(), version(5)).rest, tomorrow);

        let nothing = KeptNumbers::none();
        nothing.keep(&wanted(), version(5), &looked_up());
        assert_eq!(nothing.recall(wanted(), version(5)).rest, wanted());
    }
}
