//! Parameters of a REST call as PHP sees them: ordered maps, from JSON, forms with brackets, or a query.
//!
//! Order matters: a batch runs its commands as they stand. Pure, knows no method.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};
use url::form_urlencoded;

/// Deeper brackets are read as part of the name, as PHP limits nesting too.
const MAX_DEPTH: usize = 16;

/// A scalar or a PHP array. Lists are maps with the keys `0`, `1`, ….
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Parameter {
    /// null, boolean or number.
    Scalar(Value),
    /// A text.
    Text(String),
    /// A map or list in its order.
    Map(Vec<(String, Parameter)>),
}

impl Default for Parameter {
    fn default() -> Self {
        Self::Map(Vec::new())
    }
}

impl Parameter {
    /// Reads JSON, keeping the order of keys; `None` for what is no JSON.
    pub(crate) fn from_json(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Reads a form or query with PHP brackets: `filter[ID][]=1`.
    pub(crate) fn from_form(bytes: &[u8]) -> Self {
        let mut root = Self::default();
        for (name, value) in form_urlencoded::parse(bytes) {
            root.insert(&path_of(&name), value.into_owned());
        }
        root
    }

    /// Adds the other's entries, which win over ours.
    pub(crate) fn merge(&mut self, other: Self) {
        if let (Self::Map(ours), Self::Map(theirs)) = (self, other) {
            for (key, value) in theirs {
                match ours.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, slot)) => *slot = value,
                    None => ours.push((key, value)),
                }
            }
        }
    }

    /// A member by name, in any case.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(key))
            .map(|(_, value)| value)
    }

    /// The members in order; none for a scalar.
    pub(crate) fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Map(entries) => entries,
            Self::Scalar(_) | Self::Text(_) => &[],
        }
    }

    /// A scalar as text; nothing for null, maps and the empty text.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => (!text.is_empty()).then(|| text.clone()),
            Self::Scalar(Value::Bool(flag)) => Some(if *flag { "1" } else { "0" }.to_owned()),
            Self::Scalar(Value::Number(number)) => Some(number.to_string()),
            Self::Scalar(_) | Self::Map(_) => None,
        }
    }

    /// A member's scalar as text.
    pub(crate) fn text_of(&self, key: &str) -> Option<String> {
        self.get(key)?.text()
    }

    /// A member as a positive number.
    pub(crate) fn id_of(&self, key: &str) -> Option<u64> {
        self.text_of(key)?.parse().ok().filter(|id| *id > 0)
    }

    /// A member's texts: of a list all of them, of a scalar the one.
    pub(crate) fn texts_of(&self, key: &str) -> Vec<String> {
        match self.get(key) {
            Some(Self::Map(entries)) => entries.iter().filter_map(|(_, value)| value.text()).collect(),
            Some(scalar) => scalar.text().into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// As JSON, the way PHP writes it: keys `0…n` become an array, an empty map too.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Scalar(value) => value.clone(),
            Self::Text(text) => json!(text),
            Self::Map(entries) => php_array(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), value.to_value()))
                    .collect(),
            ),
        }
    }

    fn insert(&mut self, path: &[String], value: String) {
        let Some((key, rest)) = path.split_first() else {
            *self = Self::Text(value);
            return;
        };
        if !matches!(self, Self::Map(_)) {
            *self = Self::default();
        }
        let Self::Map(entries) = self else { return };
        let key = if key.is_empty() {
            entries.len().to_string()
        } else {
            key.clone()
        };
        let position = entries
            .iter()
            .position(|(known, _)| *known == key)
            .unwrap_or_else(|| {
                entries.push((key, Self::default()));
                entries.len() - 1
            });
        entries[position].1.insert(rest, value);
    }
}

/// `filter[ID][]` as `filter`, `ID`, and an empty name.
fn path_of(name: &str) -> Vec<String> {
    let Some((first, rest)) = name.split_once('[') else {
        return vec![name.to_owned()];
    };
    let Some(rest) = rest.strip_suffix(']') else {
        return vec![name.to_owned()];
    };
    let mut path = vec![first.to_owned()];
    path.extend(rest.split("][").map(str::to_owned));
    if path.len() > MAX_DEPTH {
        vec![name.to_owned()]
    } else {
        path
    }
}

/// How PHP writes an array as JSON: a list when the keys are `0…n`, and so `[]` when there are none.
pub(crate) fn php_array(entries: Vec<(String, Value)>) -> Value {
    let is_list = entries
        .iter()
        .enumerate()
        .all(|(index, (key, _))| *key == index.to_string());
    if is_list {
        Value::Array(entries.into_iter().map(|(_, value)| value).collect())
    } else {
        Value::Object(entries.into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for Parameter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ParameterVisitor)
    }
}

struct ParameterVisitor;

impl<'de> Visitor<'de> for ParameterVisitor {
    type Value = Parameter;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Parameter, E> {
        Ok(Parameter::Scalar(Value::Null))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Parameter, E> {
        Ok(Parameter::Scalar(json!(flag)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Parameter, E> {
        Ok(Parameter::Scalar(json!(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Parameter, E> {
        Ok(Parameter::Scalar(json!(number)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Parameter, E> {
        Ok(Parameter::Scalar(json!(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Parameter, E> {
        Ok(Parameter::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Parameter, A::Error> {
        let mut entries = Vec::new();
        while let Some(item) = items.next_element()? {
            entries.push((entries.len().to_string(), item));
        }
        Ok(Parameter::Map(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Parameter, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = members.next_entry()? {
            entries.push(entry);
        }
        Ok(Parameter::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn from_form_with_brackets_nests_maps_and_lists() {
        let parameter = Parameter::from_form(b"id=5&filter[ENTITY_ID]=17&select[]=ID&select[]=TITLE");
        assert_eq!(
            parameter.to_value(),
            json!({"id": "5", "filter": {"ENTITY_ID": "17"}, "select": ["ID", "TITLE"]})
        );
    }

    #[test]
    fn from_json_keeps_the_order_of_keys() {
        let parameter = Parameter::from_json(br#"{"cmd": {"zebra": "a", "ant": "b"}}"#).unwrap();
        let keys: Vec<_> = parameter
            .get("cmd")
            .unwrap()
            .entries()
            .iter()
            .map(|(key, _)| key.as_str())
            .collect();
        assert_eq!(keys, ["zebra", "ant"]);
    }

    #[test]
    fn to_value_of_an_empty_map_is_an_empty_list() {
        assert_eq!(Parameter::from_json(b"{}").unwrap().to_value(), json!([]));
    }

    proptest! {
        #[test]
        fn from_form_of_any_bytes_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Parameter::from_form(&bytes).to_value();
        }
    }
}
