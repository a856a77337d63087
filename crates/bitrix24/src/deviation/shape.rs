//! The shapes in which a field is known to come, and the comparison of a value with one. Pure.

use serde_json::{Map, Value};

use super::{Noted, mask};
use crate::lenient;

/// How a value is known to come.
#[derive(Debug)]
pub(super) enum Shape {
    /// In any way: nothing is read of it, or whatever comes is taken as it is.
    Anything,
    /// A whole JSON number above zero.
    Number,
    /// The same, or `0`, `null`: a link that may be empty.
    NumberOrNothing,
    /// A number's digits as text, as classic methods write them.
    Digits,
    /// The same, or `"0"`, `""`, `null`.
    DigitsOrNothing,
    /// A number or its digits: both are known.
    Id,
    /// The same, or nothing in any shape.
    IdOrNothing,
    /// A whole number, perhaps zero or negative, or its digits.
    Integer,
    /// A text, perhaps empty.
    Text,
    /// A text, or `null`, `false`, `[]` for none.
    TextOrNothing,
    /// Yes or no: `Y`, `N`, `1`, `0`, `true`, `false`.
    Flag,
    /// A time, or `{}` and `""` for none.
    Moment,
    /// One of these words, or an empty one.
    Word(&'static [&'static str]),
    /// A list of such items.
    List(&'static Shape),
    /// A list of such items, or `false`, `null`, `""` for none.
    ListOrNothing(&'static Shape),
    /// A map with any names; an empty one may be `[]`.
    Map(&'static Shape),
    /// A map with these members.
    Object(&'static [Field]),
    /// The same, or `[]` for nothing at all.
    ObjectOrNothing(&'static [Field]),
    /// The number of what was created: alone, under `id`, or under the `id` of the only member.
    Created,
    /// The same, or `false` for "not for this person".
    CreatedOrRefused,
}

/// A member of a map.
#[derive(Debug)]
pub(super) struct Field {
    /// Its names; the first is the usual one.
    pub(super) names: &'static [&'static str],
    pub(super) shape: Shape,
    pub(super) presence: Presence,
}

/// Whether a member must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Always,
    /// When the request's `select` names it.
    Selected,
    /// Except for companies, which have no company.
    ExceptOfCompanies,
    Sometimes,
}

/// What was asked, as far as the shape of the answer depends on it.
pub(super) trait Asked {
    /// Whether `select` names a field.
    fn selects(&self, field: &str) -> bool;
    /// Whether a company was asked for.
    fn is_of_company(&self) -> bool;
}

/// The kind of a value, as a stable word.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "yes_or_no",
        Value::Number(_) => "number",
        Value::String(text) if text.trim().is_empty() => "empty",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
    }
}

/// Compares and notes what differs.
pub(super) struct Comparison<'a> {
    pub(super) method: &'a str,
    pub(super) asked: &'a dyn Asked,
    pub(super) noted: &'a mut Noted,
}

impl Comparison<'_> {
    fn note(&mut self, path: &str, expected: &'static str, found: &'static str, sample: &Value) {
        let field = if path.is_empty() { "result" } else { path };
        self.noted
            .note(self.method, field.to_owned(), expected, found, sample);
    }

    pub(super) fn compare(&mut self, path: &str, value: &Value, shape: &Shape) {
        match shape {
            Shape::Anything => {}
            Shape::List(item) => match value {
                Value::Array(items) => self.items(path, items, item),
                other => self.note(path, "list", kind(other), other),
            },
            Shape::ListOrNothing(item) => match value {
                Value::Array(items) => self.items(path, items, item),
                other if is_nothing(other) => {}
                other => self.note(path, "list", kind(other), other),
            },
            Shape::Map(member) => match value {
                Value::Object(members) => {
                    for value in members.values() {
                        // Names are the portal's own, and many: they are told as one.
                        self.compare(&below(path, "*"), value, member);
                    }
                }
                Value::Array(items) if items.is_empty() => {}
                other => self.note(path, "map", kind(other), other),
            },
            Shape::Object(fields) => match value {
                Value::Object(members) => self.members(path, value, members, fields),
                other => self.note(path, "map", kind(other), other),
            },
            Shape::ObjectOrNothing(fields) => match value {
                Value::Object(members) => self.members(path, value, members, fields),
                Value::Array(items) if items.is_empty() => {}
                other => self.note(path, "map", kind(other), other),
            },
            Shape::Word(words) => match value {
                Value::String(text) if text.is_empty() || words.contains(&text.as_str()) => {}
                Value::String(_) => self.note(path, "known_word", "unknown_word", value),
                other => self.note(path, "known_word", kind(other), other),
            },
            Shape::Flag => match value {
                Value::String(text) if lenient::yes_no(value).is_none() && !text.trim().is_empty() => {
                    self.note(path, "yes_or_no", "unknown_word", value);
                }
                other if lenient::yes_no(other).is_none() => {
                    self.note(path, "yes_or_no", kind(other), other);
                }
                _ => {}
            },
            scalar => {
                let (is_known, expected) = scalar.takes(value);
                if !is_known {
                    self.note(path, expected, kind(value), value);
                }
            }
        }
    }

    fn items(&mut self, path: &str, items: &[Value], shape: &Shape) {
        let path = format!("{path}[]");
        for item in items {
            self.compare(&path, item, shape);
        }
    }

    fn members(&mut self, path: &str, whole: &Value, members: &Map<String, Value>, fields: &[Field]) {
        for field in fields {
            let name = field.names[0];
            let found = field
                .names
                .iter()
                .find_map(|name| lenient::value_ignoring_case(members, name));
            if let Some(value) = found {
                // Most are as known, in every row of every answer: where they are is written down for the others only.
                if !field.shape.takes(value).0 {
                    self.compare(&below(path, name), value, &field.shape);
                }
                continue;
            }
            let is_wanted = match field.presence {
                Presence::Always => true,
                Presence::Selected => self.asked.selects(name),
                Presence::ExceptOfCompanies => !self.asked.is_of_company(),
                Presence::Sometimes => false,
            };
            if is_wanted {
                self.note(&below(path, name), field.shape.expected(), "missing", whole);
            }
        }
    }
}

impl Shape {
    /// Whether a scalar is known, and the word for what is.
    fn takes(&self, value: &Value) -> (bool, &'static str) {
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_zero = |text: &str| text.is_empty() || text == "0";
        let is_positive = lenient::positive_integer(value).is_some();
        let is_known = match (self, value) {
            (Self::Number, Value::Number(_)) => is_positive,
            (Self::NumberOrNothing, Value::Number(number)) => is_positive || number.as_f64() == Some(0.0),
            (Self::Digits, Value::String(text)) => is_digits(text) && is_positive,
            (Self::DigitsOrNothing, Value::String(text)) => is_digits(text) || is_zero(text),
            (Self::Id, value) => is_positive && !value.is_null(),
            (Self::IdOrNothing, value) => {
                is_positive
                    || is_nothing(value)
                    || value.as_f64() == Some(0.0)
                    || value.as_str().is_some_and(|text| is_zero(text.trim()))
            }
            (Self::Integer, Value::Number(number)) => number.is_i64() || number.is_u64(),
            (Self::Integer, Value::String(text)) => text.trim().parse::<i64>().is_ok(),
            (Self::Text | Self::TextOrNothing, Value::String(_))
            | (Self::NumberOrNothing | Self::DigitsOrNothing, Value::Null) => true,
            (Self::TextOrNothing, value) => is_nothing(value),
            (Self::Moment, Value::String(text)) => text.is_empty() || lenient::point_in_time(value).is_some(),
            (Self::Moment, Value::Object(members)) => members.is_empty(),
            (Self::Created, value) => crate::write::created_id(value).is_some(),
            (Self::CreatedOrRefused, value) => {
                crate::write::created_id(value).is_some() || *value == Value::Bool(false)
            }
            _ => false,
        };
        (is_known, self.expected())
    }

    /// What is known, as a stable word.
    const fn expected(&self) -> &'static str {
        match self {
            Self::Anything => "anything",
            Self::Number | Self::NumberOrNothing | Self::Integer => "number",
            Self::Digits | Self::DigitsOrNothing => "digits",
            Self::Id | Self::IdOrNothing => "id",
            Self::Text | Self::TextOrNothing => "text",
            Self::Flag => "yes_or_no",
            Self::Moment => "time",
            Self::Word(_) => "known_word",
            Self::List(_) | Self::ListOrNothing(_) => "list",
            Self::Map(_) | Self::Object(_) | Self::ObjectOrNothing(_) => "map",
            Self::Created | Self::CreatedOrRefused => "created_id",
        }
    }
}

/// Nothing, in the shapes in which PHP writes it.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn below(path: &str, name: &str) -> String {
    let name = mask::name_of(name);
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}
