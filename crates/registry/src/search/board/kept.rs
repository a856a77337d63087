//! Boards of very large counterparties, remembered for as long as the store stays in its version.
//!
//! A board is counted over parties, and different cards name the same parties differently: by INN, by OGRN, by both, with
//! a number beside them that nobody has. So what was counted for one of them, or looked up ahead (module `largest`),
//! answers all.
//! May know: boards, parties. Must not know: engines.

use crate::party::PartyId;
use crate::search::state::StoreVersion;
use certlens_domain::analytics::{Engine, RoleFilter};
use certlens_domain::board::{Board, BoardQuery};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Boards that are remembered, at most: some ten kilobytes each.
const CAPACITY: u64 = 2_000;
/// How long a board is remembered that nobody asks for.
const IDLE: Duration = Duration::from_hours(24);

/// What a board was counted over.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CountedOver {
    parties: BTreeSet<PartyId>,
    role: RoleFilter,
    /// As JSON: equal filters are equal texts.
    filter: String,
    today: NaiveDate,
    version: StoreVersion,
}

impl CountedOver {
    /// `None` for a filter that can't be written: then nothing is remembered.
    pub(super) fn of(
        query: &BoardQuery,
        parties: BTreeSet<PartyId>,
        version: StoreVersion,
        today: NaiveDate,
    ) -> Option<Self> {
        Some(Self {
            parties,
            role: query.about.role,
            filter: serde_json::to_string(&query.filter).ok()?,
            today,
            version,
        })
    }
}

/// The memory. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::search) struct KeptBoards(Option<moka::sync::Cache<CountedOver, Arc<Board>>>);

impl KeptBoards {
    pub(in crate::search) fn new() -> Self {
        Self(Some(
            moka::sync::Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_idle(IDLE)
                .build(),
        ))
    }

    /// A memory that remembers nothing.
    pub(in crate::search) const fn none() -> Self {
        Self(None)
    }

    pub(super) fn recall(&self, over: &CountedOver) -> Option<Board> {
        let board = self.0.as_ref()?.get(over)?;
        Some(Board {
            engine: Engine::Cache,
            ..Board::clone(&board)
        })
    }

    /// Remembers a board that is of this version, or of a later one: then nobody asks for this version any more.
    pub(super) fn keep(&self, over: CountedOver, board: &Board) {
        if let Some(boards) = &self.0 {
            boards.insert(over, Arc::new(board.clone()));
        }
    }
}
