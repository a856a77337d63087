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

/// The most memory that all rows take, in bytes, roughly: those of some 400,000 documents without texts.
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
