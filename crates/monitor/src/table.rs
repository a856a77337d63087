//! Tables: rows of typed cells, ordered, paged, exportable. The same table is shown, sent to programs and written to a file.

use crate::address::Address;
use crate::screen::{Button, Target, Tone};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use std::fmt;

/// How many rows a page has.
pub const PAGE_ROWS: i64 = 50;
/// How many rows are read at once for a file.
pub const EXPORT_ROWS: i64 = 1_000;

/// Rows.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// Its name within the screen.
    pub key: &'static str,
    /// Heading.
    pub caption: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows of this page.
    pub rows: Vec<Row>,
    /// The present order: a column's key, with `-` before it where it is descending.
    pub sort: Option<String>,
    /// The place of the next page.
    pub next: Option<String>,
    /// How many rows there are in all, where that is cheap to know.
    pub total: Option<u64>,
    /// Whether the whole table can be had as a file.
    pub is_exportable: bool,
    /// What is said when there are no rows: why, and what to do.
    pub empty: String,
    /// What can be done with chosen rows.
    pub bulk: Vec<Button>,
}

impl Table {
    /// A table without rows yet.
    pub fn new(
        key: &'static str,
        caption: impl Into<String>,
        columns: Vec<Column>,
        empty: impl Into<String>,
    ) -> Self {
        Self {
            key,
            caption: caption.into(),
            columns,
            rows: Vec::new(),
            sort: None,
            next: None,
            total: None,
            is_exportable: false,
            empty: empty.into(),
            bulk: Vec::new(),
        }
    }

    /// The address of the table in the order that a click on this column gives: descending first for figures and moments,
    /// then the other way.
    pub fn sorted_by(&self, column: &Column, address: &Address) -> Address {
        let ascending = column.key;
        let descending = format!("-{}", column.key);
        let next = match self.sort.as_deref() {
            Some(sort) if sort == ascending => descending,
            Some(sort) if sort == descending => ascending.to_owned(),
            _ if column.is_numeric => descending,
            _ => ascending.to_owned(),
        };
        address.clone().sorted(&next)
    }

    /// `ascending`, `descending` or nothing, as `aria-sort` has it.
    pub fn order_of(&self, column: &Column) -> Option<&'static str> {
        let sort = self.sort.as_deref()?;
        match sort.strip_prefix('-') {
            Some(key) if key == column.key => Some("descending"),
            None if sort == column.key => Some("ascending"),
            _ => None,
        }
    }
}

/// The order of a table that an address asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// The column.
    pub key: &'static str,
    /// From the greatest to the least.
    pub is_descending: bool,
}

impl Order {
    /// The order of the address, if it is by one of these columns; otherwise the first of them, `-` before it where that
    /// begins with the greatest.
    pub fn of(address: &Address, orders: &[&'static str]) -> Self {
        let usual = orders.first().copied().unwrap_or_default();
        let asked = address.sort().unwrap_or(usual);
        let (asked, is_descending) = direction(asked);
        orders
            .iter()
            .map(|order| direction(order).0)
            .find(|key| *key == asked)
            .map_or(
                Self {
                    key: direction(usual).0,
                    is_descending: direction(usual).1,
                },
                |key| Self { key, is_descending },
            )
    }
}

impl fmt::Display for Order {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}{}",
            if self.is_descending { "-" } else { "" },
            self.key
        )
    }
}

fn direction(sort: &str) -> (&str, bool) {
    sort.strip_prefix('-').map_or((sort, false), |key| (key, true))
}

/// Takes the row off that was read beyond the page, if there is one; the place after the page's last row.
pub fn next_page<T>(rows: &mut Vec<T>, page: i64, place: impl Fn(&T) -> String) -> Option<String> {
    let page = usize::try_from(page).unwrap_or(usize::MAX);
    if rows.len() <= page {
        return None;
    }
    rows.truncate(page);
    rows.last().map(place)
}

/// A column.
#[derive(Debug, Clone, Serialize)]
pub struct Column {
    /// Its stable name.
    pub key: &'static str,
    /// Its heading.
    pub title: String,
    /// Whether rows can be ordered by it.
    pub is_sortable: bool,
    /// Whether it holds figures or moments, which stand to the right and begin with the greatest.
    pub is_numeric: bool,
}

impl Column {
    /// A column of words.
    pub fn text(key: &'static str, title: impl Into<String>) -> Self {
        Self {
            key,
            title: title.into(),
            is_sortable: false,
            is_numeric: false,
        }
    }

    /// A column of figures or moments.
    pub fn number(key: &'static str, title: impl Into<String>) -> Self {
        Self {
            is_numeric: true,
            ..Self::text(key, title)
        }
    }

    /// By which rows can be ordered.
    #[must_use]
    pub const fn sortable(mut self) -> Self {
        self.is_sortable = true;
        self
    }
}

/// A row.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Names the row for bulk actions: letters, digits, `-`, `_`, `:` only.
    pub key: String,
    /// A cell for each column.
    pub cells: Vec<Cell>,
    /// What can be done with it.
    pub buttons: Vec<Button>,
}

impl Row {
    /// A row without buttons.
    pub fn new(key: impl Into<String>, cells: Vec<Cell>) -> Self {
        Self {
            key: key.into(),
            cells,
            buttons: Vec::new(),
        }
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Nothing is known or to be said.
    Nothing,
    /// Words.
    Text(String),
    /// Words that are a stable name or a number: an identifier, a key.
    Code(String),
    /// Words that lead somewhere.
    Link {
        /// The words.
        text: String,
        /// Where they lead.
        to: Target,
    },
    /// A count.
    Number(i64),
    /// A moment; shown as people read it, in the reader's time.
    Moment(DateTime<Utc>),
    /// A day, UTC.
    Day(NaiveDate),
    /// How long something took or has lasted, in seconds.
    Seconds(f64),
    /// A state in a word.
    State {
        /// The word.
        word: String,
        /// How it is meant.
        tone: Tone,
    },
    /// Several lines.
    Lines(Vec<String>),
}

impl Cell {
    /// Words, or nothing.
    pub fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Nothing, |text| Self::Text(text.into()))
    }

    /// A moment, or nothing.
    pub fn moment(at: Option<DateTime<Utc>>) -> Self {
        at.map_or(Self::Nothing, Self::Moment)
    }

    /// A state.
    pub fn state(word: impl Into<String>, tone: Tone) -> Self {
        Self::State {
            word: word.into(),
            tone,
        }
    }

    /// Words that lead to a screen.
    pub fn link(text: impl Into<String>, address: &Address) -> Self {
        Self::Link {
            text: text.into(),
            to: Target::Screen(address.to_string()),
        }
    }

    /// The cell in a file: plain, sortable, in no language.
    pub fn plain(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) | Self::Code(text) | Self::Link { text, .. } => text.clone(),
            Self::State { word, .. } => word.clone(),
            Self::Number(number) => number.to_string(),
            Self::Moment(at) => at.format("%Y-%m-%d %H:%M:%S").to_string(),
            Self::Day(day) => day.to_string(),
            Self::Seconds(seconds) => format!("{seconds:.3}"),
            Self::Lines(lines) => lines.join("; "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ScreenName;
    use rstest::rstest;

    #[rstest]
    #[case::nothing_asked(None, "-at")]
    #[case::the_other_way_round(Some("at"), "at")]
    #[case::another_column(Some("name"), "name")]
    #[case::no_such_column(Some("-secret"), "-at")]
    fn order_is_one_that_the_table_has(#[case] asked: Option<&str>, #[case] expected: &str) {
        let address = Address::of(ScreenName::Queue);
        let address = match asked {
            Some(asked) => address.sorted(asked),
            None => address,
        };
        assert_eq!(Order::of(&address, &["-at", "name"]).to_string(), expected);
    }

    fn table(sort: Option<&str>) -> Table {
        Table {
            sort: sort.map(str::to_owned),
            ..Table::new(
                "work",
                "Work",
                vec![Column::number("since", "Since").sortable()],
                "None",
            )
        }
    }

    #[test]
    fn click_on_a_column_of_moments_begins_with_the_latest_and_turns_round() {
        let address = Address::of(ScreenName::Queue);
        let first = table(None);
        let second = table(Some("-since"));
        assert_eq!(
            first.sorted_by(&first.columns[0], &address).sort(),
            Some("-since")
        );
        assert_eq!(
            second.sorted_by(&second.columns[0], &address).sort(),
            Some("since")
        );
        assert_eq!(second.order_of(&second.columns[0]), Some("descending"));
    }
}
