//! Months and the series that a chart draws from them.

use crate::analytics::TrendMonth;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A calendar month; `2025-08` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    year: i32,
    /// 1 to 12.
    month: u32,
}

impl Month {
    /// A month of a year; `None` when `month` is not 1 to 12.
    pub const fn new(year: i32, month: u32) -> Option<Self> {
        if month >= 1 && month <= 12 {
            Some(Self { year, month })
        } else {
            None
        }
    }

    /// The month in which a day lies.
    pub fn of(day: NaiveDate) -> Self {
        Self {
            year: day.year(),
            month: day.month(),
        }
    }

    /// The year.
    pub const fn year(self) -> i32 {
        self.year
    }

    /// The month in the year, 1 to 12.
    pub const fn number(self) -> u32 {
        self.month
    }

    /// The following month.
    #[must_use]
    pub const fn next(self) -> Self {
        if self.month == 12 {
            Self {
                year: self.year + 1,
                month: 1,
            }
        } else {
            Self {
                year: self.year,
                month: self.month + 1,
            }
        }
    }

    /// The month `months` before this one.
    #[must_use]
    pub fn back(self, months: u32) -> Self {
        let index =
            self.year * 12 + i32::try_from(self.month).unwrap_or(1) - 1 - i32::try_from(months).unwrap_or(0);
        Self {
            year: index.div_euclid(12),
            month: u32::try_from(index.rem_euclid(12)).unwrap_or(0) + 1,
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.year, self.month)
    }
}

/// The text is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no month; write it as 2025-08")]
pub struct NotAMonth(String);

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let parsed = text.split_once('-').and_then(|(year, month)| {
            let four_and_two = year.len() == 4 && month.len() == 2;
            Self::new(year.parse().ok()?, month.parse().ok()?).filter(|_| four_and_two)
        });
        parsed.ok_or_else(|| NotAMonth(text.chars().take(20).collect()))
    }
}

impl TryFrom<String> for Month {
    type Error = NotAMonth;

    fn try_from(text: String) -> Result<Self, NotAMonth> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

/// The last `months` months up to and with `until`, gaps filled with zeros: the series that a chart draws.
///
/// Earlier months are left out; a chart says so by its first label.
pub fn filled(trend: &[TrendMonth], until: Month, months: u32) -> Vec<TrendMonth> {
    let mut month = until.back(months.saturating_sub(1));
    let mut series = Vec::with_capacity(months as usize);
    for _ in 0..months {
        let known = trend.iter().find(|entry| entry.month == month);
        series.push(known.cloned().unwrap_or(TrendMonth {
            month,
            certificates: 0,
            declarations: 0,
        }));
        month = month.next();
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    #[test]
    fn month_outside_the_year_is_refused() {
        for text in ["2025-13", "2025-00", "2025-8", "25-08", "2025", "", "2025-0я"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }

    #[test]
    fn filled_puts_zeros_into_gaps_and_ends_at_the_asked_month() {
        let trend = [TrendMonth {
            month: month("2025-11"),
            certificates: 1,
            declarations: 2,
        }];
        let series = filled(&trend, month("2026-01"), 4);
        let shown: Vec<_> = series
            .iter()
            .map(|entry| (entry.month.to_string(), entry.documents()))
            .collect();
        let expected = [("2025-10", 0), ("2025-11", 3), ("2025-12", 0), ("2026-01", 0)];
        assert_eq!(shown, expected.map(|(name, count)| (name.to_owned(), count)));
    }

    proptest! {
        #[test]
        fn month_text_parses_back(year in 1000_i32..9999, number in 1_u32..13) {
            let month = Month::new(year, number).unwrap();
            prop_assert_eq!(month.to_string().parse::<Month>().unwrap(), month);
        }

        #[test]
        fn going_back_and_forward_is_the_same_month(year in 1900_i32..2100, number in 1_u32..13, months in 0_u32..500) {
            let start = Month::new(year, number).unwrap();
            let mut month = start.back(months);
            for _ in 0..months { month = month.next(); }
            prop_assert_eq!(month, start);
        }
    }
}
