//! Signals: what a salesperson should notice in a board, each with the sentence that says it and the reason.

use crate::board::Board;
use crate::documents_page::DocumentFilter;
use crate::language::Language;
use chrono::NaiveDate;

/// How loud a signal is. Never shown without its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Something is wrong or runs out soon.
    Attention,
    /// Worth a question in the talk.
    Notice,
    /// A good sign.
    Good,
}

impl Level {
    /// The key in classes and attributes: `attention`, `notice`, `good`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Notice => "notice",
            Self::Good => "good",
        }
    }
}

/// A signal. (Variants carry their numbers.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// Placeholder of the skeleton.
    Silent,
}

/// The signals of a board, loudest first.
pub fn signals(_board: &Board, _today: NaiveDate) -> Vec<Signal> {
    Vec::new()
}

impl Signal {
    /// The key in classes and attributes: `stopped`, `expiring`, `not_valid_in_rf`, …
    pub const fn key(&self) -> &'static str {
        "silent"
    }

    /// How loud it is.
    pub const fn level(&self) -> Level {
        Level::Notice
    }

    /// What is the matter, in one sentence.
    pub fn sentence(&self, _language: Language) -> String {
        String::new()
    }

    /// How it was computed, in one sentence.
    pub fn explanation(&self, _language: Language) -> String {
        String::new()
    }

    /// The documents that it speaks of; `None` when no filter shows them.
    pub fn filter(&self) -> Option<DocumentFilter> {
        self.narrowed(&DocumentFilter::default())
    }

    /// The same within what is chosen already.
    pub fn narrowed(&self, _chosen: &DocumentFilter) -> Option<DocumentFilter> {
        None
    }
}
