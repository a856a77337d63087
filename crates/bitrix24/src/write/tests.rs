//! The pure half of a creation; lost answers are in `tests/`.

use rstest::rstest;
use serde_json::json;

use super::*;

fn marker() -> Marker {
    Marker::new("certlens", "job-7")
}

#[rstest]
#[case::number(json!(17), Some(17))]
#[case::text(json!("17"), Some(17))]
#[case::own_id(json!({"id": 17}), Some(17))]
#[case::item(json!({"item": {"id": 17}}), Some(17))]
#[case::task(json!({"task": {"id": "17", "group": []}}), Some(17))]
#[case::refused_quietly(json!(false), None)]
#[case::empty(json!([]), None)]
fn created_id_of_each_answer_is_read(#[case] result: Value, #[case] expected: Option<u64>) {
    assert_eq!(created_id(&result), expected);
}

#[test]
fn activity_carries_its_marker_and_is_searched_by_it() {
    let write = Marked::activity(&marker(), json!({"SUBJECT": "Call", "ORIGIN_ID": "foreign"}));

    assert_eq!(
        write.parameters(),
        &json!({"fields": {"SUBJECT": "Call", "ORIGINATOR_ID": "certlens", "ORIGIN_ID": "job-7"}})
    );
    assert_eq!(
        write.list_parameters(),
        json!({
            "filter": {"ORIGINATOR_ID": "certlens", "ORIGIN_ID": "job-7"},
            "select": ["ID", "ORIGINATOR_ID", "ORIGIN_ID"], "order": {"ID": "ASC"}
        })
    );
}

#[test]
fn find_in_the_rows_of_a_portal_that_ignored_the_filter_takes_the_marked_one() {
    let write = Marked::task(&marker(), json!({"TITLE": "Check"}));
    let result = json!({"tasks": [
        {"id": "4", "xmlId": null}, {"id": "5", "xmlId": "certlens:job-8"}, {"id": "6", "xmlId": "certlens:job-7"},
    ]});

    assert_eq!(write.find_in(&result).map(|(id, _)| id), Some(6));
}

#[rstest]
#[case(json!([]))]
#[case(json!(false))]
#[case(json!(null))]
#[case(json!({"tasks": []}))]
#[case(json!([{"ID": "3"}]))]
fn find_in_an_answer_without_the_marker_is_nothing(#[case] result: Value) {
    assert_eq!(Marked::activity(&marker(), json!({})).find_in(&result), None);
}

#[test]
fn configurable_activity_keeps_its_layout_and_its_other_fields() {
    let write = Marked::configurable_activity(
        &marker(),
        json!({"ownerTypeId": 2, "ownerId": 5, "fields": {"badgeCode": "b"}, "layout": {"icon": {"code": "info"}}}),
    );

    assert_eq!(
        write.parameters(),
        &json!({
            "ownerTypeId": 2, "ownerId": 5, "layout": {"icon": {"code": "info"}},
            "fields": {"badgeCode": "b", "originatorId": "certlens", "originId": "job-7"}
        })
    );
}
