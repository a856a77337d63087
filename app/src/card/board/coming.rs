//! A board that may come later than the rest of its page.
//!
//! Most boards are there within milliseconds, and their page is sent as one piece. One that is not (a huge counterparty while
//! ClickHouse is away) must not keep its reader before a white frame: then the page is sent as far as it goes, with the board's
//! outline in its place, and the board follows in the same answer. Knows when to stop waiting, nothing of what a board is made of.

use super::model::LoadedBoard;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use std::fmt;
use std::time::Duration;
use tracing::Instrument as _;

/// So long a page waits to be sent as one piece. With the portal's frame, the proof and the network before it, the reader waits for
/// less than the 300 ms after which he wants to see that something happens.
const WORTH_A_WAIT: Duration = Duration::from_millis(120);
/// No board is worth a longer wait; the page then says that the search failed, and offers another try.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(30);

/// A board that is there, or on its way.
#[derive(Clone)]
pub enum ComingBoard {
    /// It is there.
    Here(Box<LoadedBoard>),
    /// It is on its way.
    Underway(Shared<BoxFuture<'static, LoadedBoard>>),
}

impl ComingBoard {
    /// Waits for the board as long as that is worth it. The board is `given_up` when it has not come for very long.
    pub(crate) async fn of(
        loading: impl Future<Output = LoadedBoard> + Send + 'static,
        given_up: LoadedBoard,
    ) -> Self {
        let bounded = async move {
            tokio::time::timeout(GIVEN_UP_AFTER, loading)
                .await
                .unwrap_or_else(|_| {
                    tracing::error!(after = ?GIVEN_UP_AFTER, "a board did not come");
                    given_up
                })
        };
        // What is logged after the page's first piece still belongs to its request.
        let board = bounded.in_current_span().boxed().shared();
        match tokio::time::timeout(WORTH_A_WAIT, board.clone()).await {
            Ok(board) => Self::Here(Box::new(board)),
            Err(_) => Self::Underway(board),
        }
    }

    /// The board when it is there, however long it takes.
    pub(crate) async fn arrived(self) -> Self {
        match self {
            Self::Here(board) => Self::Here(board),
            Self::Underway(board) => Self::Here(Box::new(board.await)),
        }
    }

    /// Whether the page is sent before its board.
    pub const fn is_underway(&self) -> bool {
        matches!(self, Self::Underway(_))
    }
}

impl fmt::Debug for ComingBoard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(board) => formatter.debug_tuple("Here").field(board).finish(),
            Self::Underway(_) => formatter.write_str("Underway"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::board::model::{BoardModel, Outcome};
    use crate::card::state::BoardState;
    use crate::catalogue::Texts;
    use certlens_domain::language::Language;
    use chrono::NaiveDate;

    fn board(all_off: bool) -> LoadedBoard {
        LoadedBoard {
            model: BoardModel {
                texts: Texts(Language::En),
                today: NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(),
                state: BoardState::default(),
            },
            outcome: Outcome::NoIdentifiers { all_off },
        }
    }

    #[tokio::test]
    async fn board_that_is_there_goes_with_its_page() {
        let coming = ComingBoard::of(async { board(true) }, board(false)).await;

        assert!(!coming.is_underway());
    }

    #[tokio::test]
    async fn board_that_keeps_its_page_waiting_follows_it() {
        let (comes, waiting) = futures::channel::oneshot::channel();
        let coming = ComingBoard::of(async move { waiting.await.unwrap() }, board(false)).await;

        let ComingBoard::Underway(later) = coming else {
            panic!("the page waited for a board that never came");
        };
        comes.send(board(true)).unwrap();
        assert!(matches!(
            later.await.outcome,
            Outcome::NoIdentifiers { all_off: true }
        ));
    }
}
