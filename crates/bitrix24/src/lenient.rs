//! Deserialisers for the shapes in which portals say the same thing.
//!
//! PHP sends an empty map as `[]`, a missing object as `false`, an identifier as a number or as a string, an empty
//! link as `0`, `"0"`, `""` or `null`. These functions know shapes only, no field and no method; they never panic.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A positive whole number from a JSON number or from a string of digits; everything else is `None`.
///
/// Zero counts as nothing: Bitrix24 writes empty links as `0`.
pub fn positive_integer(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number| *number > 0)
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

/// Whether a value means yes: `Y`, `1` or `true` as text, a number other than zero, `true`.
pub fn is_yes(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => {
            let text = text.trim();
            text == "1" || text.eq_ignore_ascii_case("y") || text.eq_ignore_ascii_case("true")
        }
        _ => false,
    }
}

/// For `deserialize_with`: a map whose empty form may be `[]`.
pub fn map_or_empty_array<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Value>, D::Error> {
    Ok(object(Value::deserialize(deserializer)?).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!(17), Some(17))]
    #[case(json!("17"), Some(17))]
    #[case(json!(" 17 "), Some(17))]
    #[case(json!(0), None)]
    #[case(json!("0"), None)]
    #[case(json!(""), None)]
    #[case(json!(null), None)]
    #[case(json!(false), None)]
    #[case(json!([]), None)]
    #[case(json!({}), None)]
    #[case(json!(-3), None)]
    #[case(json!("17abc"), None)]
    fn positive_integer_of_each_shape_is_read(#[case] value: Value, #[case] expected: Option<u64>) {
        assert_eq!(positive_integer(&value), expected);
    }

    #[rstest]
    #[case(json!("Y"), true)]
    #[case(json!("y"), true)]
    #[case(json!("1"), true)]
    #[case(json!(1), true)]
    #[case(json!(true), true)]
    #[case(json!("N"), false)]
    #[case(json!("0"), false)]
    #[case(json!(0), false)]
    #[case(json!(null), false)]
    #[case(json!([]), false)]
    fn is_yes_of_each_shape_is_read(#[case] value: Value, #[case] expected: bool) {
        assert_eq!(is_yes(&value), expected);
    }

    #[test]
    fn object_of_an_empty_array_is_empty() {
        assert!(object(json!([])).is_empty());
        assert!(object(json!(false)).is_empty());
        assert_eq!(object(json!(["a"])).get("0"), Some(&json!("a")));
    }

    #[test]
    fn value_ignoring_case_prefers_the_exact_key() {
        let map = object(json!({"id": 1, "ID": 2}));
        assert_eq!(value_ignoring_case(&map, "ID"), Some(&json!(2)));
        assert_eq!(
            value_ignoring_case(&map, "Id"),
            Some(&json!(2)),
            "the first in order of keys"
        );
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(|number| json!(number)),
            any::<f64>().prop_map(|number| json!(number)),
            ".{0,20}".prop_map(Value::String),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map(".{0,8}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn deserialising_any_json_never_fails(value in any_json()) {
            prop_assert!(optional_id(value.clone()).is_ok());
            prop_assert!(optional_text(value.clone()).is_ok());
            prop_assert!(yes_or_no(value.clone()).is_ok());
            prop_assert!(map_or_empty_array(value).is_ok());
        }

        #[test]
        fn positive_integer_of_a_number_and_of_its_text_agree(number in any::<u64>()) {
            prop_assert_eq!(positive_integer(&json!(number)), positive_integer(&json!(number.to_string())));
        }
    }
}
