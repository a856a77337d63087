//! The board of a card: facets, months and facts over the documents of a counterparty that fit a filter.
//!
//! A counterparty of usual size is answered from its rows: they are read once in each version of the store, remembered
//! ([`memory`]), and folded anew for every filter, role and choice of identifiers ([`fold`]). Larger ones are counted by
//! the engines themselves ([`groups`]) and remembered by their parties ([`mod@kept`]). Whole boards are kept with the other
//! answers (module `cache`).
//! May know: parties, engines, what a filter means. Must not know: how a board looks.

mod cells;
mod conditions;
mod document;
mod fold;
mod groups;
mod kept;
mod making;
mod memory;
mod reading;
mod row;

pub(super) use cells::{Alike, Cell, CellsQuestion};
pub(super) use conditions::Failing;
pub(super) use kept::KeptBoards;
pub(super) use making::{DAYS_OF_A_YEAR, InYear, Standing};
pub(super) use memory::RememberedRows;
pub(super) use row::{BoardRow, FoundRows, Interner, Texts, WantedRows, first_digits};

use super::cache::{Answer, CacheKey, Covered};
use super::counterparty::Counterparty;
use super::fallback::{searched, unanswered};
use super::parties::AskedIdentifiers;
use super::{Search, SearchError};
use certlens_domain::analytics::Engine;
use certlens_domain::board::{Board, BoardQuery};
use chrono::NaiveDate;
use kept::CountedOver;
use std::time::Instant;

/// Counterparties whose parties have no more documents together are answered from their rows.
pub(super) const MOST_ROWS: u64 = 5_000;

impl Search {
    /// What the asked identifiers hold on the day `today` (UTC), facet by facet, of the documents that fit the filter.
    ///
    /// While Postgres does not answer, an earlier answer to the same question that is younger than a day is given
    /// unchecked.
    pub async fn board(&self, query: &BoardQuery, today: NaiveDate) -> Result<Board, SearchError> {
        let started = Instant::now();
        let key = CacheKey::board(query, today);
        let (earlier, _turn) = self.earlier_or_turn(key.as_ref()).await;
        let mut board = match earlier {
            Some(Answer::Board(board)) => Board {
                engine: Engine::Cache,
                ..*board
            },
            Some(Answer::Analytics(_) | Answer::Page(_)) | None => {
                let (board, covered) = Box::pin(self.counted_board(query, today))
                    .await
                    .inspect_err(unanswered)?;
                self.keep(key, || Answer::Board(Box::new(board.clone())), covered)
                    .await;
                board
            }
        };
        let elapsed = started.elapsed();
        board.elapsed_ms = elapsed.as_secs_f64() * 1000.0;
        searched(board.engine, board.elapsed_ms);
        metrics::histogram!("certlens_board_seconds", "engine" => board.engine.to_string()).record(elapsed);
        Ok(board)
    }

    async fn counted_board(
        &self,
        query: &BoardQuery,
        today: NaiveDate,
    ) -> Result<(Board, Covered), SearchError> {
        let counterparty = self.parties.of(AskedIdentifiers::of(&query.about)).await?;
        // A board that Postgres gives may be of a later state; then it counts as outdated at the next look.
        let covered = Covered::all(&counterparty.state);
        let board = if counterparty.parties.is_empty() {
            // Nobody knows them: that is the whole answer.
            fold::fold([], &query.filter, query.about.role, today)
        } else if documents(&counterparty) <= self.boards_by_rows {
            reading::board_by_rows(self, query, &counterparty, today).await?
        } else {
            self.kept_or_grouped(query, &counterparty, today).await?
        };
        Ok((board, covered))
    }

    async fn kept_or_grouped(
        &self,
        query: &BoardQuery,
        counterparty: &Counterparty,
        today: NaiveDate,
    ) -> Result<Board, SearchError> {
        let over = CountedOver::of(query, counterparty.ids(), counterparty.state.version, today);
        if let Some(board) = over.as_ref().and_then(|over| self.boards.recall(over)) {
            return Ok(board);
        }
        let board = groups::board_by_groups(self, query, counterparty, today).await?;
        if let Some(over) = over {
            self.boards.keep(over, &board);
        }
        Ok(board)
    }
}

/// Documents of all parties; those of two of them count twice.
fn documents(counterparty: &Counterparty) -> u64 {
    counterparty.parties.iter().map(|party| party.documents).sum()
}
