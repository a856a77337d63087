//! Until when a subscription is silent.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How long a subscription makes no items. `2026-12-31` or `forever` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Mute {
    /// Until this day begins (UTC).
    Until(NaiveDate),
    /// Until somebody says otherwise.
    Forever,
}

impl Mute {
    const FOREVER: &str = "forever";

    /// The day, unless it is for ever.
    pub const fn day(self) -> Option<NaiveDate> {
        match self {
            Self::Until(day) => Some(day),
            Self::Forever => None,
        }
    }
}

impl fmt::Display for Mute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Until(day) => day.fmt(formatter),
            Self::Forever => formatter.write_str(Self::FOREVER),
        }
    }
}

impl From<Mute> for String {
    fn from(mute: Mute) -> Self {
        mute.to_string()
    }
}

/// The text says no end of a silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a subscription is muted until a day such as 2026-12-31, or forever")]
pub struct NoMute;

impl FromStr for Mute {
    type Err = NoMute;

    fn from_str(text: &str) -> Result<Self, NoMute> {
        if text == Self::FOREVER {
            return Ok(Self::Forever);
        }
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| NoMute)?;
        // What a database can count with.
        let is_near = (2000..=9999).contains(&chrono::Datelike::year(&day));
        is_near.then_some(Self::Until(day)).ok_or(NoMute)
    }
}

impl TryFrom<String> for Mute {
    type Error = NoMute;

    fn try_from(text: String) -> Result<Self, NoMute> {
        text.parse()
    }
}
