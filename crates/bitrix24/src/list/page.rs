//! A method's result as a page of rows, and whether it is the page that was asked for. Pure.

use serde_json::Value;

use super::{ListError, ListQuery, PAGE_SIZE, Row};
use crate::lenient;

/// What a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// As many rows as fit: more may follow.
    Full,
    /// Fewer: nothing follows.
    Last,
    /// Rows that don't stand behind the cursor in ascending order: not the page that was asked for.
    NotBehind,
}

/// The page's rows, as far as they have numbers.
pub(super) fn read_page(
    query: &ListQuery,
    result: Value,
    after: u64,
) -> Result<(Vec<Row>, Reading), ListError> {
    let list = list_in(result, query.cursor.rows).ok_or_else(|| ListError::NotAList {
        method: query.method.clone(),
    })?;
    let count = list.len();
    let rows: Vec<Row> = list
        .into_iter()
        .filter_map(|row| {
            let fields = lenient::object(row);
            let id = lenient::value_ignoring_case(&fields, query.cursor.row_id)?;
            Some(Row {
                id: lenient::positive_integer(id)?,
                fields,
            })
        })
        .collect();
    let mut previous = after;
    let is_behind = rows.iter().all(|row| {
        let ascends = row.id > previous;
        previous = row.id;
        ascends
    });
    // Rows without a number are not known to be behind anything, and a list without them is not the whole list.
    let reading = if !is_behind || rows.len() < count {
        Reading::NotBehind
    } else if count < PAGE_SIZE {
        Reading::Last
    } else {
        Reading::Full
    };
    Ok((rows, reading))
}

/// The list at the end of the path; nothing in any shape is an empty list, anything else is no list.
fn list_in(mut value: Value, path: &[&str]) -> Option<Vec<Value>> {
    for part in path {
        value = match value {
            Value::Object(mut map) => map.remove(*part).unwrap_or(Value::Null),
            // A map without anything in it.
            Value::Array(items) if items.is_empty() => Value::Null,
            Value::Null | Value::Bool(false) => Value::Null,
            _ => return None,
        };
    }
    match value {
        Value::Array(items) => Some(items),
        Value::Null | Value::Bool(false) => Some(Vec::new()),
        Value::String(text) if text.is_empty() => Some(Vec::new()),
        Value::Object(map) => {
            let is_empty = map.is_empty();
            Some(lenient::rows(Value::Object(map))).filter(|rows| is_empty || !rows.is_empty())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::lenient::tests::any_json;
    use crate::list::Cursor;

    fn query() -> ListQuery {
        ListQuery::new("crm.item.list", Cursor::ITEMS)
    }

    fn numbered(ids: impl IntoIterator<Item = u64>) -> Value {
        json!({"items": ids.into_iter().map(|id| json!({"id": id})).collect::<Vec<_>>()})
    }

    #[rstest]
    #[case::full(numbered(11..=60), Reading::Full)]
    #[case::short(numbered(11..=59), Reading::Last)]
    #[case::empty(numbered([]), Reading::Last)]
    #[case::empty_map_as_array(json!([]), Reading::Last)]
    #[case::nothing(json!({"items": null}), Reading::Last)]
    #[case::false_for_nothing(json!(false), Reading::Last)]
    #[case::numbers_as_texts(json!({"items": [{"id": "11"}, {"ID": "12"}]}), Reading::Last)]
    #[case::positions_as_keys(json!({"items": {"0": {"id": 11}, "2": {"id": 12}}}), Reading::Last)]
    #[case::from_the_start(numbered(1..=50), Reading::NotBehind)]
    #[case::the_same_row_again(numbered([10]), Reading::NotBehind)]
    #[case::descending(numbered([13, 12]), Reading::NotBehind)]
    #[case::no_numbers(json!({"items": vec![json!({}); 50]}), Reading::NotBehind)]
    fn read_page_tells_what_the_page_is(#[case] result: Value, #[case] expected: Reading) {
        let (_, reading) = read_page(&query(), result, 10).unwrap();
        assert_eq!(reading, expected);
    }

    #[rstest]
    #[case(json!("<html>"))]
    #[case(json!(true))]
    #[case(json!({"items": "text"}))]
    #[case(json!({"items": {"id": 5}}))]
    fn read_page_of_what_is_no_list_is_an_error(#[case] result: Value) {
        assert!(matches!(
            read_page(&query(), result, 0),
            Err(ListError::NotAList { .. })
        ));
    }

    proptest! {
        #[test]
        fn page_that_may_be_gone_on_from_advances(
            ids in prop::collection::vec(any_json(), 0..60),
            shuffled in prop::collection::vec(0_u64..200, 0..60),
            after in 0_u64..200,
        ) {
            let of_any = json!({"items": ids.into_iter().map(|id| json!({"id": id})).collect::<Vec<_>>()});
            for result in [of_any, numbered(shuffled)] {
                let (rows, reading) = read_page(&query(), result, after).unwrap();
                if reading != Reading::NotBehind {
                    prop_assert!(rows.first().is_none_or(|row| row.id > after));
                    prop_assert!(rows.is_sorted_by(|one, next| one.id < next.id));
                }
                prop_assert!(reading != Reading::Full || !rows.is_empty());
            }
        }

        #[test]
        fn read_page_of_any_result_never_panics(result in any_json(), items in any_json()) {
            let _ = read_page(&query(), result, 0);
            let _ = read_page(&query(), json!({"items": items}), 0);
        }
    }
}
