//! What signals are made of: the last year beside the year before. Pure.

use super::fold::Counts;
use super::row::BoardRow;
use certlens_domain::board::{BoardFacts, ValueCount};
use chrono::NaiveDate;
use std::cmp::Reverse;
use std::collections::HashMap;

/// Days of "the last year", which ends today.
const YEAR: i64 = 365;

/// Facts in the making.
pub(super) struct Facts<'rows> {
    today: NaiveDate,
    /// Documents of the last year by day.
    days: HashMap<NaiveDate, u64>,
    last_year: u64,
    year_before: u64,
    bodies_last_year: Counts<'rows>,
    bodies_year_before: Counts<'rows>,
}

impl<'rows> Facts<'rows> {
    pub(super) fn new(today: NaiveDate) -> Self {
        Self {
            today,
            days: HashMap::new(),
            last_year: 0,
            year_before: 0,
            bodies_last_year: Counts::new(),
            bodies_year_before: Counts::new(),
        }
    }

    /// Counts a document that fits the whole filter.
    pub(super) fn add(&mut self, row: &'rows BoardRow) {
        let age = self.today.signed_duration_since(row.registered_on).num_days();
        let bodies = if (0..YEAR).contains(&age) {
            self.last_year += 1;
            *self.days.entry(row.registered_on).or_default() += 1;
            &mut self.bodies_last_year
        } else if (YEAR..2 * YEAR).contains(&age) {
            self.year_before += 1;
            &mut self.bodies_year_before
        } else {
            return;
        };
        if !row.certification_body.is_empty() {
            *bodies.entry(&row.certification_body).or_default() += 1;
        }
    }

    pub(super) fn into_facts(self) -> BoardFacts {
        let busiest = self
            .days
            .into_iter()
            .max_by_key(|(day, documents)| (*documents, *day));
        BoardFacts {
            last_year: self.last_year,
            year_before: self.year_before,
            busiest_day: busiest,
            body_last_year: most_named(self.bodies_last_year),
            body_year_before: most_named(self.bodies_year_before),
        }
    }
}

/// The body named most often, the first by name among equals.
fn most_named(bodies: Counts<'_>) -> Option<ValueCount> {
    bodies
        .into_iter()
        .max_by_key(|(body, documents)| (*documents, Reverse(*body)))
        .map(|(body, documents)| ValueCount {
            value: body.to_owned(),
            documents,
        })
}
