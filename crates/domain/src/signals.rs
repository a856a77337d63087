//! Signals: what a salesperson should notice in a board, each with the sentence that says it and how it was found.
//!
//! Meant for the board of a counterparty without a filter; with one, signals speak of the documents that fit. Every
//! threshold is a constant with its reason. A counterparty with few documents gets no shares: two documents are no
//! statistics. The words are in `signals/words.rs`.

mod words;

use crate::board::{Board, ValueCount};
use crate::certification_body;
use crate::documents_page::DocumentFilter;
use crate::format::percent;
use crate::status::Status;
use crate::summary::{Growth, growth};
use chrono::{Days, NaiveDate};

/// Shares are told of so many documents or more: below, one document is a tenth and more of all.
pub const ENOUGH_FOR_A_SHARE: u64 = 10;
/// A share of suspended and terminated documents from which it asks for attention: one document in five.
pub const STOPPED_ALARM_PERCENT: u64 = 20;
/// Terminations up to this share are routine: applicants end documents that newer ones replace.
pub const ROUTINE_TERMINATIONS_PERCENT: u64 = 5;
/// Registrations of one day that may be a flood: a product line is rarely split into more.
pub const FLOOD_DOCUMENTS: u64 = 10;
/// The share of the last year's registrations that makes a busy day a flood.
pub const FLOOD_PERCENT: u64 = 30;
/// A body counts as the body of a year with so many of the year's documents: fewer may be chance.
pub const BODY_DOCUMENTS: u64 = 5;
/// Days of a year: of the last one, which ends today, and of the one before.
pub const YEAR_DAYS: u64 = 365;

/// How loud a signal is. Never shown without the signal's sentence.
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
    /// The key in classes and attributes.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Notice => "notice",
            Self::Good => "good",
        }
    }
}

/// Something worth noticing, with its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// No document is in force or can come into force again.
    AllEnded {
        /// All documents.
        documents: u64,
        /// Whose term ended.
        expired: u64,
        /// Terminated or void before their term.
        stopped: u64,
    },
    /// Documents were suspended, terminated or declared void.
    Stopped {
        /// Suspended ones.
        suspended: u64,
        /// Terminated ones.
        terminated: u64,
        /// Void ones.
        invalid: u64,
        /// Of so many: all documents but archived ones, whose term ended.
        of: u64,
    },
    /// The registry has announced that documents may end: a notice of termination or an order.
    Warned {
        /// How many.
        documents: u64,
    },
    /// Foreign documents do not hold on Russia's territory.
    NotValidInRf {
        /// How many.
        documents: u64,
    },
    /// Documents in force run out.
    Expiring {
        /// Within 30 days, within 60, within 90; each holds the one before.
        within: [u64; 3],
        /// Of so many in force.
        active: u64,
        /// The day on which the next one ends.
        next_end: Option<NaiveDate>,
        /// The day from which days are counted.
        today: NaiveDate,
    },
    /// Nothing was registered in the last year, but there was something before.
    NothingNew {
        /// The latest registration.
        last_registered: Option<NaiveDate>,
    },
    /// Clearly fewer registrations than in the year before.
    Fell {
        /// The two years.
        years: TwoYears,
    },
    /// Another certification body than in the year before.
    BodyChanged {
        /// The body of the last year.
        now: ValueCount,
        /// The body of the year before.
        before: ValueCount,
        /// The day on which the last year ends.
        today: NaiveDate,
    },
    /// Many documents were registered on a single day.
    Flood {
        /// The day.
        day: NaiveDate,
        /// Registered on it.
        documents: u64,
        /// Registered in the last year.
        last_year: u64,
    },
    /// Clearly more registrations than in the year before.
    Grew {
        /// The two years.
        years: TwoYears,
    },
}

/// Registrations of two years that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwoYears {
    /// In the 365 days up to today.
    pub last: u64,
    /// In the 365 days before them.
    pub before: u64,
    /// How they compare.
    pub growth: Growth,
    /// The last of these days.
    pub today: NaiveDate,
}

/// The signals of a board, loudest first; none for a counterparty without documents.
pub fn signals(board: &Board, today: NaiveDate) -> Vec<Signal> {
    if board.totals.documents == 0 {
        return Vec::new();
    }
    let all_ended = all_ended(board);
    // Whose documents all ended needs no share of stopped ones besides.
    let stopped = if all_ended.is_none() { stopped(board) } else { None };
    let found = [
        all_ended,
        stopped,
        warned(board),
        not_valid_in_rf(board),
        expiring(board, today),
        nothing_new(board),
        changed_activity(board, today),
        changed_body(board, today),
        flood(board),
    ];
    let mut signals: Vec<Signal> = found.into_iter().flatten().collect();
    signals.sort_by_key(Signal::level);
    signals
}

fn of_status(board: &Board, status: Status) -> u64 {
    board.by_status.get(&status).copied().unwrap_or(0)
}

fn all_ended(board: &Board) -> Option<Signal> {
    let documents: u64 = board.by_status.values().sum();
    let expired = of_status(board, Status::Expired);
    let stopped = of_status(board, Status::Terminated) + of_status(board, Status::Invalid);
    (documents > 0 && expired + stopped == documents).then_some(Signal::AllEnded {
        documents,
        expired,
        stopped,
    })
}

fn stopped(board: &Board) -> Option<Signal> {
    let [suspended, terminated, invalid] =
        [Status::Suspended, Status::Terminated, Status::Invalid].map(|status| of_status(board, status));
    let archived_or_private = [Status::Expired, Status::NotPublic];
    let counted = board
        .by_status
        .iter()
        .filter(|(status, _)| !archived_or_private.contains(*status));
    let of: u64 = counted.map(|(_, documents)| documents).sum();
    let routine = of >= ENOUGH_FOR_A_SHARE && percent(terminated, of) <= ROUTINE_TERMINATIONS_PERCENT;
    let worth_saying = suspended + invalid > 0 || (terminated > 0 && !routine);
    worth_saying.then_some(Signal::Stopped {
        suspended,
        terminated,
        invalid,
        of,
    })
}

fn warned(board: &Board) -> Option<Signal> {
    let documents = of_status(board, Status::Warned);
    (documents > 0).then_some(Signal::Warned { documents })
}

fn not_valid_in_rf(board: &Board) -> Option<Signal> {
    let documents = board.totals.not_valid_in_rf;
    (documents > 0).then_some(Signal::NotValidInRf { documents })
}

fn expiring(board: &Board, today: NaiveDate) -> Option<Signal> {
    let totals = &board.totals;
    (totals.expiring_90d > 0).then_some(Signal::Expiring {
        within: [totals.expiring_30d, totals.expiring_60d, totals.expiring_90d],
        active: totals.active,
        next_end: totals.next_end,
        today,
    })
}

fn nothing_new(board: &Board) -> Option<Signal> {
    (growth(board) == Growth::Stopped).then_some(Signal::NothingNew {
        last_registered: board.totals.last_registered,
    })
}

fn changed_activity(board: &Board, today: NaiveDate) -> Option<Signal> {
    let years = TwoYears {
        last: board.facts.last_year,
        before: board.facts.year_before,
        growth: growth(board),
        today,
    };
    match years.growth {
        Growth::Grew(_) => Some(Signal::Grew { years }),
        Growth::Fell(_) => Some(Signal::Fell { years }),
        _ => None,
    }
}

fn changed_body(board: &Board, today: NaiveDate) -> Option<Signal> {
    let weighty = |body: &&ValueCount| body.documents >= BODY_DOCUMENTS && !body.value.trim().is_empty();
    let now = board.facts.body_last_year.as_ref().filter(weighty)?;
    let before = board.facts.body_year_before.as_ref().filter(weighty)?;
    (!certification_body::same(&now.value, &before.value)).then(|| Signal::BodyChanged {
        now: now.clone(),
        before: before.clone(),
        today,
    })
}

fn flood(board: &Board) -> Option<Signal> {
    let (day, documents) = board.facts.busiest_day?;
    let last_year = board.facts.last_year;
    (documents >= FLOOD_DOCUMENTS && percent(documents, last_year) >= FLOOD_PERCENT).then_some(
        Signal::Flood {
            day,
            documents,
            last_year,
        },
    )
}

impl Signal {
    /// The key in classes and attributes.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::AllEnded { .. } => "all_ended",
            Self::Stopped { .. } => "stopped",
            Self::Warned { .. } => "warned",
            Self::NotValidInRf { .. } => "not_valid_in_rf",
            Self::Expiring { .. } => "expiring",
            Self::NothingNew { .. } => "nothing_new",
            Self::Fell { .. } => "fell",
            Self::BodyChanged { .. } => "body_changed",
            Self::Flood { .. } => "flood",
            Self::Grew { .. } => "grew",
        }
    }

    /// How loud it is.
    pub const fn level(&self) -> Level {
        match self {
            Self::AllEnded { .. } | Self::Warned { .. } | Self::NotValidInRf { .. } => Level::Attention,
            Self::Stopped { of, .. }
                if *of >= ENOUGH_FOR_A_SHARE && self.stopped_percent() >= STOPPED_ALARM_PERCENT =>
            {
                Level::Attention
            }
            Self::Expiring { within, .. } if within[0] > 0 => Level::Attention,
            Self::Stopped { .. }
            | Self::Expiring { .. }
            | Self::NothingNew { .. }
            | Self::Fell { .. }
            | Self::BodyChanged { .. }
            | Self::Flood { .. } => Level::Notice,
            Self::Grew { .. } => Level::Good,
        }
    }

    /// Of the documents that are not archived, the share of suspended, terminated and void ones; 0 for other signals.
    const fn stopped_percent(&self) -> u64 {
        match self {
            Self::Stopped {
                suspended,
                terminated,
                invalid,
                of,
            } => percent(*suspended + *terminated + *invalid, *of),
            _ => 0,
        }
    }

    /// The documents that the signal speaks of; `None` when there are none to show.
    pub fn filter(&self) -> Option<DocumentFilter> {
        self.narrowed(&DocumentFilter::default())
    }

    /// The chosen filter with the signal's own conditions in place of those on the same facets.
    pub fn narrowed(&self, chosen: &DocumentFilter) -> Option<DocumentFilter> {
        let mut filter = chosen.clone();
        match self {
            Self::AllEnded { .. } => {
                filter.statuses = vec![Status::Terminated, Status::Invalid, Status::Expired];
            }
            Self::Stopped {
                suspended,
                terminated,
                invalid,
                ..
            } => {
                let parts = [
                    (Status::Suspended, suspended),
                    (Status::Terminated, terminated),
                    (Status::Invalid, invalid),
                ];
                let present = parts.into_iter().filter(|(_, number)| **number > 0);
                filter.statuses = present.map(|(status, _)| status).collect();
            }
            Self::Warned { .. } => filter.statuses = vec![Status::Warned],
            Self::NotValidInRf { .. } => filter.not_valid_in_rf = true,
            Self::Expiring { today, .. } => {
                filter.statuses = Status::ALL
                    .into_iter()
                    .filter(|status| status.is_active())
                    .collect();
                filter.ends_from = Some(*today);
                filter.ends_to = today.checked_add_days(Days::new(90));
            }
            Self::NothingNew { .. } => return None,
            Self::Fell { years } => {
                filter.registered_from = back(years.today, 2 * YEAR_DAYS - 1);
                filter.registered_to = Some(years.today);
            }
            Self::Grew { years } => {
                filter.registered_from = back(years.today, YEAR_DAYS - 1);
                filter.registered_to = Some(years.today);
            }
            Self::BodyChanged { now, today, .. } => {
                filter.certification_bodies = vec![now.value.clone()];
                filter.registered_from = back(*today, YEAR_DAYS - 1);
                filter.registered_to = Some(*today);
            }
            Self::Flood { day, .. } => {
                filter.registered_from = Some(*day);
                filter.registered_to = Some(*day);
            }
        }
        Some(filter)
    }
}

fn back(today: NaiveDate, days: u64) -> Option<NaiveDate> {
    today.checked_sub_days(Days::new(days))
}

#[cfg(test)]
mod tests;
