//! One meaning in many shapes, shape by shape.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;

#[rstest]
#[case(json!(17), Some(17))]
#[case(json!("17"), Some(17))]
#[case(json!(" 17 "), Some(17))]
#[case(json!(17.0), Some(17))]
#[case(json!(17.5), None)]
#[case(json!(-17.0), None)]
#[case(json!(1e300), None)]
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

#[rstest]
#[case(json!("N"), Some(false))]
#[case(json!("n"), Some(false))]
#[case(json!(0), Some(false))]
#[case(json!("FALSE"), Some(false))]
#[case(json!(" Y "), Some(true))]
#[case(json!(""), None)]
#[case(json!("perhaps"), None)]
#[case(json!(null), None)]
#[case(json!({}), None)]
fn yes_no_of_silence_is_neither(#[case] value: Value, #[case] expected: Option<bool>) {
    assert_eq!(yes_no(&value), expected);
}

#[rstest]
#[case(json!("2026-09-21T15:33:20+03:00"), Some("2026-09-21T12:33:20+00:00"))]
#[case(json!("2026-09-21T15:33:20Z"), Some("2026-09-21T15:33:20+00:00"))]
#[case(json!("21.09.2026 15:33:20"), Some("2026-09-21T15:33:20+00:00"))]
#[case(json!("2026-09-21 15:33:20"), Some("2026-09-21T15:33:20+00:00"))]
#[case(json!("21.09.2026"), Some("2026-09-21T00:00:00+00:00"))]
#[case(json!("2026-09-21"), Some("2026-09-21T00:00:00+00:00"))]
#[case(json!(1_790_000_000), Some("2026-09-21T14:13:20+00:00"))]
#[case(json!("1790000000"), Some("2026-09-21T14:13:20+00:00"))]
#[case(json!(""), None)]
#[case(json!({}), None)]
#[case(json!([]), None)]
#[case(json!(false), None)]
#[case(json!("yesterday"), None)]
#[case(json!("31.02.2026"), None)]
#[case(json!("9223372036854775807"), None)]
fn point_in_time_of_each_notation_is_read(#[case] value: Value, #[case] expected: Option<&str>) {
    assert_eq!(
        point_in_time(&value).map(|time| time.to_rfc3339()).as_deref(),
        expected
    );
}

#[rstest]
#[case(json!(["a", "b"]), json!(["a", "b"]))]
#[case(json!({"10": "c", "2": "b", "0": "a"}), json!(["a", "b", "c"]))]
#[case(json!({"id": 5}), json!([]))]
#[case(json!([]), json!([]))]
#[case(json!({}), json!([]))]
#[case(json!(false), json!([]))]
#[case(json!(null), json!([]))]
#[case(json!(""), json!([]))]
fn rows_of_each_shape_are_listed(#[case] value: Value, #[case] expected: Value) {
    assert_eq!(Value::Array(rows(value)), expected);
}

#[rstest]
#[case(json!("7707083893"), &["7707083893"])]
#[case(json!(7_707_083_893_u64), &["7707083893"])]
#[case(json!(["a", "", null, 5]), &["a", "5"])]
#[case(json!({"1": "a", "2": false}), &["a"])]
#[case(json!(false), &[])]
#[case(json!(" "), &[])]
fn texts_of_a_field_are_those_that_say_something(#[case] value: Value, #[case] expected: &[&str]) {
    assert_eq!(texts(&value), expected);
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

/// Any JSON value, for laws about foreign answers.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
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
        prop_assert!(optional_time(value.clone()).is_ok());
        prop_assert!(optional_yes_or_no(value.clone()).is_ok());
        prop_assert!(yes_or_no(value.clone()).is_ok());
        prop_assert!(list_or_nothing(value.clone()).is_ok());
        prop_assert!(map_or_empty_array(value).is_ok());
    }

    #[test]
    fn reading_any_json_keeps_what_it_promises(value in any_json()) {
        prop_assert!(positive_integer(&value).is_none_or(|number| number > 0));
        prop_assert!(non_empty_text(&value).is_none_or(|text| !text.is_empty() && text.trim() == text));
        prop_assert!(texts(&value).iter().all(|text| !text.is_empty()));
        prop_assert_eq!(is_yes(&value), yes_no(&value) == Some(true));
    }

    #[test]
    fn positive_integer_of_a_number_and_of_its_text_agree(number in any::<u64>()) {
        prop_assert_eq!(positive_integer(&json!(number)), positive_integer(&json!(number.to_string())));
    }

    #[test]
    fn point_in_time_of_a_written_time_is_the_same_time(seconds in 0_i64..=253_402_300_799) {
        let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        prop_assert_eq!(point_in_time(&json!(time.to_rfc3339())), Some(time));
        prop_assert_eq!(point_in_time(&json!(time.format("%d.%m.%Y %H:%M:%S").to_string())), Some(time));
        prop_assert_eq!(point_in_time(&json!(seconds)), Some(time));
    }

    #[test]
    fn rows_of_an_array_and_of_a_map_by_position_agree(items in prop::collection::vec(any_json(), 0..15)) {
        let map = items.iter().enumerate().map(|(position, item)| (position.to_string(), item.clone()));
        prop_assert_eq!(rows(Value::Object(map.collect())), items.clone());
        prop_assert_eq!(rows(Value::Array(items.clone())), items);
    }

    #[test]
    fn object_of_any_json_keeps_every_member(value in any_json()) {
        let members = match &value {
            Value::Object(map) => map.len(),
            Value::Array(items) => items.len(),
            _ => 0,
        };
        prop_assert_eq!(object(value).len(), members);
    }
}
