//! Deserialisers for the shapes in which portals say the same thing.
//!
//! PHP sends an empty map as `[]`, a missing object as `false`, an identifier as a number or as a string, an empty
//! link as `0`, `"0"`, `""` or `null`. These functions know shapes only, no field and no method; they never panic.

mod list;
mod time;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

pub use list::{rows, texts};
pub use time::{optional_time, point_in_time};

/// A positive whole number from a JSON number or from a string of digits; everything else is `None`.
///
/// Zero counts as nothing: Bitrix24 writes empty links as `0`. A number such as `17.0` is whole.
pub fn positive_integer(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number| *number > 0)
}

/// The whole number that a float stands for; only those that a float holds exactly.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole and within 2^53, as checked"
)]
fn whole(number: f64) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    ((0.0..=EXACT).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}

/// The text of a string or of a number, trimmed; nothing for an empty one and for all other shapes.
pub fn non_empty_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The object itself, or an empty one for `[]`, `false`, `null` and `""`; an array's items under their positions.
pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| (index.to_string(), item))
            .collect(),
        _ => Map::new(),
    }
}

/// Looks a key up without regard to the case of ASCII letters; an exact match wins.
pub fn value_ignoring_case<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    map.get(key).or_else(|| {
        map.iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(key))
            .map(|(_, value)| value)
    })
}

/// For `deserialize_with`: a positive identifier from number or string, `None` for an empty link.
pub fn optional_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(positive_integer(&Value::deserialize(deserializer)?))
}

/// For `deserialize_with`: a text, `None` for `""`, `null`, `false` and `[]`.
pub fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(non_empty_text(&Value::deserialize(deserializer)?))
}

/// For `deserialize_with`: `Y`, `1`, `true` (any case, number, boolean) are yes; everything else is no.
pub fn yes_or_no<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(is_yes(&Value::deserialize(deserializer)?))
}

/// Whether a value means yes, see [`yes_no`]; everything that says nothing is no.
pub fn is_yes(value: &Value) -> bool {
    yes_no(value) == Some(true)
}

/// Yes from `Y`, `1`, `true`, no from `N`, `0`, `false` (texts in any case, numbers, booleans); `None` for
/// everything that says neither, for callers to whom silence isn't "no".
pub fn yes_no(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => Some(number.as_f64() != Some(0.0)),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "y" | "1" | "true" => Some(true),
            "n" | "0" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// For `deserialize_with`: yes or no, `None` when neither was said.
pub fn optional_yes_or_no<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(yes_no(&Value::deserialize(deserializer)?))
}

/// For `deserialize_with`: a list in any of the shapes of [`rows`].
pub fn list_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    Ok(rows(Value::deserialize(deserializer)?))
}

/// For `deserialize_with`: a map whose empty form may be `[]`.
pub fn map_or_empty_array<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Value>, D::Error> {
    Ok(object(Value::deserialize(deserializer)?).into_iter().collect())
}

#[cfg(test)]
pub(crate) mod tests;
