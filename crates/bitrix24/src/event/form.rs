//! PHP's way of writing nested data into a form: `data[FIELDS][ID]=759`.
//!
//! The input comes from anybody: length, number of fields and depth are limited, and everything else that PHP takes
//! is taken without a complaint. Knows no field's name. Pure.

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::NotAnEvent;

/// Longest body in bytes. An event carries a few numbers and tokens: about 2 KiB.
pub(crate) const MAX_LENGTH: usize = 64 * 1024;
/// Most fields of a body.
pub(crate) const MAX_FIELDS: usize = 1_000;
/// Deepest nesting: `a[b]` has two levels.
pub(crate) const MAX_DEPTH: usize = 8;

/// Reads a form into nested maps. A repeated field counts with its last value, `a[]` appends, and a map whose keys
/// are `0`, `1`, `2`, … becomes an array, all as in PHP.
pub(crate) fn parse(body: &[u8]) -> Result<Map<String, Value>, NotAnEvent> {
    if body.len() > MAX_LENGTH {
        return Err(NotAnEvent::TooLong);
    }
    let mut root = Map::new();
    for (position, (name, value)) in form_urlencoded::parse(body).enumerate() {
        if position >= MAX_FIELDS {
            return Err(NotAnEvent::TooManyFields);
        }
        insert(&mut root, &path(&name)?, Value::String(value.into_owned()));
    }
    Ok(root
        .into_iter()
        .map(|(key, value)| (key, with_arrays(value)))
        .collect())
}

/// Nests pairs of bracketed names and values; names deeper than [`MAX_DEPTH`] are left flat.
pub(crate) fn nest<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Map<String, Value> {
    let mut root = Map::new();
    for (name, value) in pairs {
        let path = path(name).unwrap_or_else(|_| vec![name.to_owned()]);
        insert(&mut root, &path, Value::String(value.to_owned()));
    }
    root.into_iter()
        .map(|(key, value)| (key, with_arrays(value)))
        .collect()
}

/// `a[b][c]` as its parts. What stands behind the last bracket is dropped; a name that doesn't begin like one, or
/// whose bracket never closes, is one part as it stands.
fn path(name: &str) -> Result<Vec<String>, NotAnEvent> {
    let Some((first, mut rest)) = name.split_once('[').filter(|(first, _)| !first.is_empty()) else {
        return Ok(vec![name.to_owned()]);
    };
    let mut parts = vec![first.to_owned()];
    while let Some((part, behind)) = rest.split_once(']') {
        if parts.len() == MAX_DEPTH {
            return Err(NotAnEvent::TooDeep);
        }
        parts.push(part.to_owned());
        match behind.strip_prefix('[') {
            Some(next) => rest = next,
            None => return Ok(parts),
        }
    }
    if parts.len() == 1 {
        return Ok(vec![name.to_owned()]);
    }
    Ok(parts)
}

fn insert(map: &mut Map<String, Value>, path: &[String], value: Value) {
    let Some((part, deeper)) = path.split_first() else {
        return;
    };
    let key = if part.is_empty() {
        next_index(map)
    } else {
        part.clone()
    };
    if deeper.is_empty() {
        map.insert(key, value);
        return;
    }
    let inner = map.entry(key).or_insert_with(|| Value::Object(Map::new()));
    if !inner.is_object() {
        *inner = Value::Object(Map::new());
    }
    if let Value::Object(inner) = inner {
        insert(inner, deeper, value);
    }
}

/// The key of an appended item: one more than the greatest so far.
fn next_index(map: &Map<String, Value>) -> String {
    map.keys()
        .filter_map(|key| key.parse::<u32>().ok())
        .max()
        .map_or(0, |greatest| u64::from(greatest) + 1)
        .to_string()
}

fn with_arrays(value: Value) -> Value {
    let Value::Object(map) = value else {
        return value;
    };
    let mut map: Map<String, Value> = map
        .into_iter()
        .map(|(key, value)| (key, with_arrays(value)))
        .collect();
    let is_list = !map.is_empty() && (0..map.len()).all(|index| map.contains_key(&index.to_string()));
    if !is_list {
        return Value::Object(map);
    }
    let items = (0..map.len()).filter_map(|index| map.remove(&index.to_string()));
    Value::Array(items.collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("a=1&b=2", json!({"a": "1", "b": "2"}))]
    #[case("data[FIELDS][ID]=759", json!({"data": {"FIELDS": {"ID": "759"}}}))]
    #[case("data%5BFIELDS%5D%5BID%5D=7%2B5+9", json!({"data": {"FIELDS": {"ID": "7+5 9"}}}))]
    #[case("a[]=x&a[]=y", json!({"a": ["x", "y"]}))]
    #[case("a[0]=x&a[1]=y", json!({"a": ["x", "y"]}))]
    #[case("a[1]=x&a[]=y", json!({"a": {"1": "x", "2": "y"}}))]
    #[case::last_value_counts("a=1&a=2", json!({"a": "2"}))]
    #[case::a_map_replaces_a_text("a=1&a[b]=2", json!({"a": {"b": "2"}}))]
    #[case::a_text_replaces_a_map("a[b]=2&a=1", json!({"a": "1"}))]
    #[case::text_behind_brackets("a[b]c=1", json!({"a": {"b": "1"}}))]
    #[case::bracket_never_closed("a[b=1", json!({"a[b": "1"}))]
    #[case::bracket_in_front("[a]=1", json!({"[a]": "1"}))]
    #[case::no_value("a&b=", json!({"a": "", "b": ""}))]
    #[case::nothing("", json!({}))]
    fn parse_of_a_form_nests_as_php_does(#[case] body: &str, #[case] expected: Value) {
        assert_eq!(Value::Object(parse(body.as_bytes()).unwrap()), expected);
    }

    #[test]
    fn parse_beyond_a_limit_is_refused() {
        let long = vec![b'a'; MAX_LENGTH + 1];
        let many = "a=1&".repeat(MAX_FIELDS + 1);
        let deep = format!("a{}=1", "[b]".repeat(MAX_DEPTH));

        assert_eq!(parse(&long), Err(NotAnEvent::TooLong));
        assert_eq!(parse(many.as_bytes()), Err(NotAnEvent::TooManyFields));
        assert_eq!(parse(deep.as_bytes()), Err(NotAnEvent::TooDeep));
        assert!(parse(format!("a{}=1", "[b]".repeat(MAX_DEPTH - 1)).as_bytes()).is_ok());
    }

    /// Nested texts as PHP could hold them, with names that a form can carry.
    fn nested() -> impl Strategy<Value = Value> {
        ".{0,12}"
            .prop_map(Value::String)
            .prop_recursive(3, 20, 4, |inner| {
                prop_oneof![
                    prop::collection::vec(inner.clone(), 1..4).prop_map(Value::Array),
                    prop::collection::btree_map("[A-Za-z_][A-Za-z0-9_ >@!]{0,8}", inner, 1..4)
                        .prop_map(|map| Value::Object(map.into_iter().collect())),
                ]
            })
    }

    fn write(name: &str, value: &Value, form: &mut form_urlencoded::Serializer<'_, String>) {
        match value {
            Value::Object(map) => map
                .iter()
                .for_each(|(key, value)| write(&format!("{name}[{key}]"), value, form)),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(index, value)| write(&format!("{name}[{index}]"), value, form)),
            Value::String(text) => {
                form.append_pair(name, text);
            }
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn parse_of_a_written_value_is_the_same_value(value in nested()) {
            let mut form = form_urlencoded::Serializer::new(String::new());
            write("data", &value, &mut form);

            let read = parse(form.finish().as_bytes()).unwrap();

            prop_assert_eq!(read.get("data"), Some(&value));
        }

        #[test]
        fn parse_of_any_bytes_never_panics(body in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = parse(&body);
        }

        #[test]
        fn parse_of_any_brackets_never_panics(body in "([a-c]{0,2}[\\[\\]&=]{0,3}){0,40}") {
            let _ = parse(body.as_bytes());
        }
    }
}
