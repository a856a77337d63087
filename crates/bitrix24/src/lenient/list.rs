//! Lists that may come as maps, and fields that hold one value or several.

use serde_json::Value;

use super::non_empty_text;

/// A list's items: of an array, or of a map with positions as keys (a PHP array with gaps), in the order of the
/// positions. Everything else (`false`, `null`, `""`, another map) is an empty list.
pub fn rows(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        Value::Object(map) => {
            let mut items: Vec<(u64, Value)> = Vec::with_capacity(map.len());
            for (key, value) in map {
                let Ok(position) = key.parse() else {
                    return Vec::new();
                };
                items.push((position, value));
            }
            items.sort_by_key(|(position, _)| *position);
            items.into_iter().map(|(_, value)| value).collect()
        }
        _ => Vec::new(),
    }
}

/// The non-empty texts of a field: of a single value, or of each item of a multiple one.
pub fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(non_empty_text).collect(),
        Value::Object(map) => map.values().filter_map(non_empty_text).collect(),
        single => non_empty_text(single).into_iter().collect(),
    }
}
