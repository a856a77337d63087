//! Which day it is for all that depends on the day: the rule of dates, trends, signals, "within 90 days".
//!
//! The one place that asks. Sessions, tickets and tokens have nothing to do with it: they keep the time of the clock.

use chrono::{NaiveDate, Utc};

/// The day that answers are given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Calendar {
    /// The present day, UTC, as the counting rules want it.
    #[default]
    Clock,
    /// Always this day: demonstrations and pictures of pages, which must not change overnight.
    Pinned(NaiveDate),
}

impl Calendar {
    /// The day, UTC.
    pub fn today(self) -> NaiveDate {
        match self {
            Self::Clock => Utc::now().date_naive(),
            Self::Pinned(day) => day,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_day_is_today_whatever_the_clock_says() {
        let day = NaiveDate::from_ymd_opt(2001, 2, 3).unwrap();

        assert_eq!(Calendar::Pinned(day).today(), day);
        assert!(Calendar::default().today() > day);
    }
}
