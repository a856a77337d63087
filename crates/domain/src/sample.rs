//! Boards for the tests of what is said about boards.

use crate::analytics::Engine;
use crate::board::{Board, BoardTotals, ValueCount};
use crate::status::Status;
use chrono::NaiveDate;

/// The day on which all samples are looked at: 21.11.2026.
pub(crate) fn today() -> NaiveDate {
    day("2026-11-21")
}

/// A day written as 2026-11-21.
pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The board of a counterparty without documents.
pub(crate) fn empty_board() -> Board {
    Board::empty(Engine::Postgres)
}

/// A board with so many declarations and certificates in force, and so many of each kind in all.
pub(crate) fn board(valid: (u64, u64), all: (u64, u64)) -> Board {
    let (active, documents) = (valid.0 + valid.1, all.0 + all.1);
    let statuses = [(Status::Active, active), (Status::Expired, documents - active)];
    Board {
        totals: BoardTotals {
            documents,
            declarations: all.0,
            certificates: all.1,
            active,
            active_declarations: valid.0,
            active_certificates: valid.1,
            ..BoardTotals::default()
        },
        by_status: statuses.into_iter().filter(|(_, number)| *number > 0).collect(),
        ..empty_board()
    }
}

impl Board {
    /// With documents in force that end within 30, 60 and 90 days, the next of them on a day.
    pub(crate) fn expiring(mut self, within: [u64; 3], next: &str) -> Self {
        let [expiring_30d, expiring_60d, expiring_90d] = within;
        self.totals = BoardTotals {
            expiring_30d,
            expiring_60d,
            expiring_90d,
            next_end: Some(day(next)),
            next_end_documents: 1,
            ..self.totals
        };
        self
    }

    /// First and last registered on these days; so many in the last year and in the year before.
    pub(crate) fn registered(mut self, first: &str, last: &str, years: [u64; 2]) -> Self {
        self.totals.first_registered = Some(day(first));
        self.totals.last_registered = Some(day(last));
        [self.facts.last_year, self.facts.year_before] = years;
        self
    }

    /// With documents under regulations.
    pub(crate) fn under(mut self, regulations: &[(&str, u64)]) -> Self {
        self.by_technical_regulation.listed = regulations
            .iter()
            .map(|(code, number)| named(code, *number))
            .collect();
        self
    }

    /// With documents of a status, taken from those that are in force.
    pub(crate) fn of_which(mut self, status: Status, number: u64) -> Self {
        let active = self.by_status.entry(Status::Active).or_default();
        *active -= number;
        self.by_status.retain(|_, number| *number > 0);
        self.by_status.insert(status, number);
        self
    }
}

/// A value with its documents.
pub(crate) fn named(value: &str, documents: u64) -> ValueCount {
    ValueCount {
        value: value.to_owned(),
        documents,
    }
}
