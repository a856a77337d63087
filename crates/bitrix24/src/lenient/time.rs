//! Points in time in the notations of portals.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::non_empty_text;

/// Notations without an offset; the first is how portals show dates to people.
const WITHOUT_OFFSET: [&str; 3] = ["%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
const DATES: [&str; 2] = ["%d.%m.%Y", "%Y-%m-%d"];

/// A point in time from ISO 8601 with an offset, from seconds since 1970 as number or text, or from a notation
/// without an offset (`21.09.2026 15:33:20`, `2026-09-21`), which is taken as UTC because the portal's zone is
/// unknown here. `{}`, `""`, `false` and what is no time are `None`.
pub fn point_in_time(value: &Value) -> Option<DateTime<Utc>> {
    let text = non_empty_text(value)?;
    if let Ok(seconds) = text.parse() {
        return DateTime::from_timestamp(seconds, 0);
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(&text) {
        return Some(time.to_utc());
    }
    let time = WITHOUT_OFFSET
        .iter()
        .find_map(|notation| NaiveDateTime::parse_from_str(&text, notation).ok());
    let date = || {
        DATES
            .iter()
            .find_map(|notation| NaiveDate::parse_from_str(&text, notation).ok())
            .map(|date| date.and_time(NaiveTime::MIN))
    };
    time.or_else(date).map(|time| time.and_utc())
}

/// For `deserialize_with`: a point in time, `None` for nothing in any shape.
pub fn optional_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    Ok(point_in_time(&Value::deserialize(deserializer)?))
}
