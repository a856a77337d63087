//! One meaning in many shapes, shape by shape.

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
