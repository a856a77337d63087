//! Fields of a JSON object by name, however the service spells and nests them.
//!
//! One model is published as `docId`, `DocId` and `certdecltr_DocId`; a value may be a text, a number, an object with a
//! `value`, or a list of these. Names are asked for in lower case without underscores.

use crate::days::{self, NotADay};
use chrono::NaiveDate;
use serde_json::{Map, Value};

/// The prefix of names in list rows of the Belarusian register.
const LIST_PREFIX: &str = "certdecltr_";
/// How deep objects around a value are opened; real ones have one.
const DEEPEST: u8 = 4;

/// A JSON object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'json>(&'json Map<String, Value>);

impl<'json> Fields<'json> {
    /// The value itself, or the first object of a list.
    pub(crate) fn of(value: &'json Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self(map)),
            Value::Array(list) => list.iter().find_map(|value| value.as_object().map(Self)),
            _ => None,
        }
    }

    /// The first of the named fields that says something.
    pub(crate) fn get(self, names: &[&str]) -> Option<&'json Value> {
        names.iter().find_map(|wanted| {
            let found = self.0.iter().filter(|(name, _)| is_named(name, wanted));
            found.map(|(_, value)| value).find(|value| says_something(value))
        })
    }

    /// The named object, or the first one of a list.
    pub(crate) fn object(self, names: &[&str]) -> Option<Self> {
        self.get(names).and_then(Self::of)
    }

    /// All objects of the named list.
    pub(crate) fn objects(self, names: &[&str]) -> Vec<Self> {
        match self.get(names) {
            Some(Value::Array(list)) => list
                .iter()
                .filter_map(|value| value.as_object().map(Self))
                .collect(),
            Some(value) => Self::of(value).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// The named field as one text.
    pub(crate) fn text(self, names: &[&str]) -> Option<String> {
        text(self.get(names)?, DEEPEST)
    }

    /// The named field as a list of texts.
    pub(crate) fn texts(self, names: &[&str]) -> Vec<String> {
        match self.get(names) {
            Some(Value::Array(list)) => list.iter().filter_map(|value| text(value, DEEPEST)).collect(),
            Some(value) => text(value, DEEPEST).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// The named field as a day.
    pub(crate) fn day(self, names: &[&str]) -> Result<Option<NaiveDate>, NotADay> {
        match self.milliseconds(names) {
            Some(day) => Ok(Some(day)),
            None => self.text(names).map_or(Ok(None), |text| days::day(&text)),
        }
    }

    /// The named field as the last day of validity.
    pub(crate) fn end_of_validity(self, names: &[&str]) -> Result<Option<NaiveDate>, NotADay> {
        match self.milliseconds(names) {
            Some(day) => Ok(Some(day)),
            None => self
                .text(names)
                .map_or(Ok(None), |text| days::end_of_validity(&text)),
        }
    }

    /// An instant that a document store writes as a number, alone or as `{"$date": …}`.
    fn milliseconds(self, names: &[&str]) -> Option<NaiveDate> {
        let value = self.get(names)?;
        let value = Self::of(value)
            .and_then(|object| object.get(&["$date"]))
            .unwrap_or(value);
        days::of_milliseconds(value.as_i64()?)
    }
}

fn is_named(name: &str, wanted: &str) -> bool {
    let name = match name.get(..LIST_PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(LIST_PREFIX) => &name[LIST_PREFIX.len()..],
        _ => name,
    };
    (name.bytes().filter(|byte| *byte != b'_'))
        .map(|byte| byte.to_ascii_lowercase())
        .eq(wanted.bytes())
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(list) => list.iter().any(says_something),
        Value::Object(map) => !map.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn text(value: &Value, deepest: u8) -> Option<String> {
    let inner = |value| text(value, deepest.checked_sub(1)?);
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(list) => list.iter().find_map(inner),
        Value::Object(map) => {
            let named = Fields(map).get(&["value", "code", "id", "name", "$date"]);
            named
                .or_else(|| map.values().next().filter(|_| map.len() == 1))
                .and_then(inner)
        }
        Value::Null | Value::Bool(_) => None,
    }
}

/// Removes fields with these names at every depth.
pub(super) fn remove(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| !names.iter().any(|personal| is_named(name, personal)));
            map.values_mut().for_each(|value| remove(value, names));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| remove(value, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!({"docId": "x"}))]
    #[case(json!({"DocId": " x "}))]
    #[case(json!({"certdecltr_DocId": "x"}))]
    #[case(json!({"doc_id": {"value": "x"}}))]
    #[case(json!({"docId": [{"value": "x"}]}))]
    #[case(json!({"docId": {"kindId": "1", "value": "x"}}))]
    #[case(json!({"docId": null, "DocId": "x"}))]
    fn field_is_found_in_every_spelling_and_nesting(#[case] object: Value) {
        let text = Fields::of(&object).unwrap().text(&["docid"]);
        assert_eq!(text.as_deref(), Some("x"));
    }

    #[rstest]
    #[case(json!({"date": "2025-06-17T00:00:00+03:00"}))]
    #[case(json!({"date": {"$date": "2025-06-16T21:00:00Z"}}))]
    #[case(json!({"date": {"$date": 1_750_107_600_000_i64}}))]
    #[case(json!({"date": 1_750_107_600_000_i64}))]
    #[case(json!({"date": "17.06.2025"}))]
    fn day_is_read_as_text_and_as_an_instant(#[case] object: Value) {
        let day = Fields::of(&object).unwrap().day(&["date"]);
        assert_eq!(day, Ok(NaiveDate::from_ymd_opt(2025, 6, 17)));
    }

    #[test]
    fn removed_names_are_gone_at_every_depth() {
        let mut value = json!({"a": [{"FullNameDetails": 1, "b": {"full_name_details": 2}}]});
        remove(&mut value, &["fullnamedetails"]);
        assert_eq!(value, json!({"a": [{"b": {}}]}));
    }
}
