//! A board in one sentence, and the few facts of the card's header.

use crate::board::{Board, BoardTotals, ValueCount};
use crate::language::Language;
use chrono::NaiveDate;

/// The board in one sentence of about 200 characters, without a full stop.
pub fn summary(_board: &Board, _today: NaiveDate, _language: Language) -> String {
    String::new()
}

/// What is in force: "38 действующих деклараций и 2 сертификата".
pub fn one_line(_totals: &BoardTotals, _language: Language) -> String {
    String::new()
}

/// Day of the earliest registration.
pub fn certifies_since(board: &Board) -> Option<NaiveDate> {
    board.totals.first_registered
}

/// The certification body of most documents of the last year.
pub fn certified_by_now(board: &Board) -> Option<&ValueCount> {
    board.facts.body_last_year.as_ref()
}

/// How the last year compares with the year before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Growth {
    /// So many times more than the year before, 1.5 or above.
    Grew(f32),
    /// So many times less than the year before, 1.5 or above.
    Fell(f32),
    /// Neither.
    Steady,
    /// All documents are of the last year.
    New,
    /// Documents in the last year, none in the year before, some earlier.
    Resumed,
    /// None in the last year, some earlier.
    Stopped,
    /// No documents, or too few to compare.
    Unknown,
}

impl Growth {
    /// The key in classes and attributes: `grew`, `fell`, …
    pub const fn key(self) -> &'static str {
        match self {
            Self::Grew(_) => "grew",
            Self::Fell(_) => "fell",
            Self::Steady => "steady",
            Self::New => "new",
            Self::Resumed => "resumed",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }

    /// A few words: "выросла вдвое"; `None` when unknown.
    pub fn words(self, _language: Language) -> Option<String> {
        None
    }
}

/// How the last year compares with the year before.
pub fn growth(_board: &Board) -> Growth {
    Growth::Unknown
}
