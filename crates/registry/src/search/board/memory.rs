//! Rows of parties, remembered for as long as the store stays in its version.
//!
//! Who looks at a card asks many questions about the same parties: another filter, another role, one identifier more.
//! All of them are answered from the rows that the first one read. Rows are remembered by party, so that questions that
//! have only some parties in common share those.
//! May know: rows. Must not know: engines, whole boards (module `cache`).

use super::row::{BoardRow, FoundRows, RowsOfParty, WantedRows};
use crate::party::PartyId;
use crate::search::state::StoreVersion;
use std::sync::Arc;
use std::time::Duration;

/// The most memory that all rows take, in bytes, roughly: those of nearly half a million documents without texts.
const CAPACITY: u64 = 64 * 1024 * 1024;
/// How long rows are remembered that nobody asks about.
const IDLE: Duration = Duration::from_hours(1);
/// What a party takes beside its rows, with the texts that they share.
const BYTES_OF_A_PARTY: usize = 1_024;

/// The memory. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::search) struct RememberedRows(Option<Memory>);

type Memory = moka::sync::Cache<(PartyId, StoreVersion), Arc<RowsOfParty>>;

/// A question with what is remembered for it.
#[derive(Debug, Clone)]
pub(in crate::search) struct RecalledRows {
    /// What an engine still has to read.
    pub(in crate::search) rest: WantedRows,
    found: FoundRows,
}

impl RememberedRows {
    pub(in crate::search) fn new() -> Self {
        let memory = Memory::builder()
            .max_capacity(CAPACITY)
            .weigher(|_, rows: &Arc<RowsOfParty>| u32::try_from(bytes(rows)).unwrap_or(u32::MAX))
            .time_to_idle(IDLE)
            .build();
        Self(Some(memory))
    }

    /// A memory that remembers nothing.
    pub(in crate::search) const fn none() -> Self {
        Self(None)
    }

    /// What is remembered of the wanted parties in this version of the store.
    pub(in crate::search) fn recall(&self, mut wanted: WantedRows, version: StoreVersion) -> RecalledRows {
        let mut found = FoundRows::default();
        if let Some(memory) = &self.0 {
            let with_texts = wanted.with_texts;
            wanted.parties.retain(|party, _| {
                let known = memory.get(&(*party, version));
                match known.filter(|rows| rows.with_texts || !with_texts) {
                    Some(rows) => {
                        found.insert(*party, rows);
                        false
                    }
                    None => true,
                }
            });
        }
        RecalledRows { rest: wanted, found }
    }

    /// What is remembered of one party in this version of the store.
    pub(in crate::search) fn of(&self, party: PartyId, version: StoreVersion) -> Option<Arc<RowsOfParty>> {
        self.0.as_ref()?.get(&(party, version))
    }

    /// Remembers what was read for the wanted parties. `found` must be of this version.
    pub(in crate::search) fn keep(&self, wanted: &WantedRows, version: StoreVersion, found: &FoundRows) {
        let Some(memory) = &self.0 else { return };
        for party in wanted.parties.keys() {
            if let Some(rows) = found.of(*party) {
                memory.insert((*party, version), Arc::clone(rows));
            }
        }
    }
}

impl RecalledRows {
    /// Whether no engine has to be asked.
    pub(super) fn is_complete(&self) -> bool {
        self.rest.parties.is_empty()
    }

    /// All that is known, together with what an engine read for the rest and for others of its batch.
    pub(in crate::search) fn with(mut self, batch: &FoundRows) -> FoundRows {
        for party in self.rest.parties.keys() {
            if let Some(rows) = batch.of(*party) {
                self.found.insert(*party, Arc::clone(rows));
            }
        }
        self.found
    }

    /// All that is known, when it is complete.
    pub(super) fn alone(self) -> FoundRows {
        self.found
    }
}

fn bytes(rows: &RowsOfParty) -> usize {
    let texts = |row: &BoardRow| {
        row.texts.as_ref().map_or(0, |texts| {
            size_of_val(&**texts) + texts.product.len() + texts.number_key.len()
        })
    };
    let texts: usize = rows.rows.iter().map(texts).sum();
    BYTES_OF_A_PARTY + rows.rows.capacity() * size_of::<BoardRow>() + texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use uuid::Uuid;

    fn party(number: i64) -> PartyId {
        PartyId::from_stored(number).unwrap()
    }

    const fn version(number: i64) -> StoreVersion {
        StoreVersion {
            store: Uuid::nil(),
            number,
        }
    }

    fn wanted(parties: &[i64], with_texts: bool) -> WantedRows {
        WantedRows {
            parties: parties.iter().map(|number| (party(*number), 10)).collect(),
            with_texts,
        }
    }

    fn read(wanted: &WantedRows) -> FoundRows {
        FoundRows::read(wanted, HashMap::new())
    }

    #[test]
    fn parties_that_were_read_are_not_read_again_beside_others() {
        let remembered = RememberedRows::new();
        let first = wanted(&[1, 2], false);
        assert_eq!(remembered.recall(first.clone(), version(5)).rest, first);
        remembered.keep(&first, version(5), &read(&first));

        let recalled = remembered.recall(wanted(&[2, 3], false), version(5));
        assert_eq!(recalled.rest, wanted(&[3], false));
        let all = recalled.with(&read(&wanted(&[3, 9], false)));
        assert_eq!(
            all,
            read(&wanted(&[2, 3], false)),
            "and no other party of the batch"
        );
        assert!(remembered.recall(wanted(&[1], false), version(5)).is_complete());
    }

    #[test]
    fn rows_with_texts_answer_every_question_and_rows_without_only_those_that_need_none() {
        let remembered = RememberedRows::new();
        let (plain, with_texts) = (wanted(&[1], false), wanted(&[1], true));
        remembered.keep(&plain, version(5), &read(&plain));
        assert_eq!(remembered.recall(with_texts.clone(), version(5)).rest, with_texts);
        remembered.keep(&with_texts, version(5), &read(&with_texts));
        assert!(remembered.recall(with_texts, version(5)).is_complete());
        assert!(remembered.recall(plain, version(5)).is_complete());
    }

    #[test]
    fn another_version_is_read_anew_and_a_memory_of_nothing_always() {
        let (remembered, nothing) = (RememberedRows::new(), RememberedRows::none());
        let asked = wanted(&[1], false);
        for memory in [&remembered, &nothing] {
            memory.keep(&asked, version(5), &read(&asked));
        }
        assert_eq!(remembered.recall(asked.clone(), version(6)).rest, asked);
        assert_eq!(nothing.recall(asked.clone(), version(5)).rest, asked);
    }
}
