//! Lists of a portal of the test's own, good and bad.

use axum::http::StatusCode;
use futures::TryStreamExt;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::Command;
use crate::frame::placement::EntityType;
use crate::test_portal::{Answer, TestPortal};

/// The page of a list of `count` rows behind the number in the filter; a text that is no number is zero, as in PHP.
fn page_of(count: u64, parameters: &Map<String, Value>) -> Value {
    assert_eq!(parameters["order"], json!({"id": "ASC"}));
    let start = &parameters["start"];
    assert!(
        *start == json!(-1) || *start == json!("-1"),
        "rows are never counted"
    );
    let after = match &parameters["filter"][">id"] {
        Value::String(text) => text.parse().unwrap_or(0),
        number => number.as_u64().unwrap_or(0),
    };
    let items: Vec<Value> = (after + 1..=count)
        .take(PAGE_SIZE)
        .map(|id| json!({"id": id}))
        .collect();
    json!({"items": items})
}

async fn portal_with(count: u64) -> TestPortal {
    TestPortal::start(move |_, parameters| Ok(page_of(count, parameters))).await
}

fn companies() -> ListQuery {
    ListQuery::items(EntityType::Company).select(["id"])
}

async fn ids(portal: &TestPortal, query: ListQuery) -> Vec<u64> {
    rows(&portal.client(), query)
        .map_ok(|row| row.id)
        .try_collect()
        .await
        .unwrap()
}

#[rstest]
#[case::empty(0)]
#[case::one(1)]
#[case::nearly_a_page(49)]
#[case::a_page(50)]
#[case::a_page_and_one(51)]
#[case::several(175)]
#[case::a_whole_chain(200)]
#[case::more_than_a_chain(463)]
#[tokio::test]
async fn rows_of_a_list_come_each_once_whatever_the_chain(
    #[case] count: u64,
    #[values(1, 2, 4, 50)] chained: usize,
) {
    let portal = portal_with(count).await;
    let expected: Vec<u64> = (1..=count).collect();
    assert_eq!(ids(&portal, companies().chained(chained)).await, expected);
}

#[tokio::test]
async fn chain_of_pages_needs_one_request_for_all_of_them() {
    let portal = portal_with(475).await;
    ids(&portal, companies().chained(10)).await;
    assert_eq!(portal.requests(), ["batch"]);
}

#[tokio::test]
async fn page_is_requested_only_when_it_is_asked_for() {
    let portal = portal_with(500).await;
    let mut pages = pages(&portal.client(), companies());
    assert!(portal.requests().is_empty());

    pages.try_next().await.unwrap();
    let page = pages.try_next().await.unwrap().unwrap();

    assert_eq!((page.cursor, page.is_last), (100, false));
    assert_eq!(portal.requests().len(), 2);
}

#[tokio::test]
async fn list_goes_on_from_a_cursor() {
    let portal = portal_with(120).await;
    let expected: Vec<u64> = (101..=120).collect();
    assert_eq!(ids(&portal, companies().after(100).chained(3)).await, expected);
}

#[rstest]
#[case::one_by_one(1)]
#[case::chained(4)]
#[tokio::test]
async fn list_of_a_portal_that_ignores_the_condition_stalls(#[case] chained: usize) {
    let portal = TestPortal::start(|_, _| {
        let items: Vec<Value> = (1..=50).map(|id| json!({"id": id})).collect();
        Ok(json!({"items": items}))
    })
    .await;

    let read: Result<Vec<Row>, ListError> = rows(&portal.client(), companies().chained(chained))
        .try_collect()
        .await;

    assert!(
        matches!(read, Err(ListError::Stalled { cursor: 50, .. })),
        "{read:?}"
    );
}

#[tokio::test]
async fn list_of_a_portal_that_ignores_the_order_stalls() {
    let portal = TestPortal::start(|_, _| Ok(json!({"items": [{"id": 9}, {"id": 5}]}))).await;
    let read: Result<Vec<Row>, ListError> = rows(&portal.client(), companies()).try_collect().await;
    assert!(matches!(read, Err(ListError::Stalled { cursor: 0, .. })));
}

#[tokio::test]
async fn chain_that_breaks_in_the_middle_is_taken_up_behind_what_was_read() {
    // The third command of each batch fails.
    let portal = TestPortal::start_with_batches_of(2, |_, parameters| Ok(page_of(230, parameters))).await;
    let expected: Vec<u64> = (1..=230).collect();
    assert_eq!(ids(&portal, companies().chained(10)).await, expected);
    assert_eq!(portal.requests().len(), 3);
}

#[tokio::test]
async fn chain_that_is_too_slow_for_the_portal_is_shortened() {
    let portal = portal_with(230).await;
    portal.fail_next(&[StatusCode::GATEWAY_TIMEOUT; 1]);

    let first = pages(&portal.client(), companies().chained(4))
        .try_next()
        .await
        .unwrap()
        .unwrap();

    assert_eq!(first.cursor, 100, "two pages instead of four");
}

#[tokio::test]
async fn refused_list_ends_with_the_portals_reason() {
    let portal = TestPortal::start(|_, _| -> Answer { Err(("ACCESS_DENIED", "Access denied")) }).await;
    for chained in [1, 3] {
        let mut pages = pages(&portal.client(), companies().chained(chained));
        let error = pages.try_next().await.unwrap_err();
        assert_eq!(
            error.call().and_then(CallError::code),
            Some(&ErrorCode::AccessDenied)
        );
        assert!(pages.try_next().await.unwrap().is_none(), "the stream is over");
    }
}

#[tokio::test]
async fn read_in_batches_gives_every_outcome_in_its_place() {
    let portal = TestPortal::start(|_, parameters| match parameters["ID"].as_str() {
        Some("77") => Err(("ACCESS_DENIED", "Access denied")),
        id => Ok(json!(id)),
    })
    .await;
    let commands = (1..=120)
        .map(|id| Command::new("user.get").with("ID", id))
        .collect();

    let outcomes = read_in_batches(&portal.client(), commands).await.unwrap();

    assert_eq!(portal.requests().len(), 3);
    assert_eq!(outcomes[119], CommandOutcome::Done(json!("120")));
    assert!(matches!(&outcomes[76], CommandOutcome::Failed(error) if error.code == ErrorCode::AccessDenied));
}

#[tokio::test]
async fn read_in_batches_sends_again_what_the_portal_did_not_get_to() {
    let portal = TestPortal::start_with_batches_of(20, |_, _| Ok(json!(true))).await;
    let commands = vec![Command::new("user.get").with("ID", 1); 50];

    let outcomes = read_in_batches(&portal.client(), commands).await.unwrap();

    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == CommandOutcome::Done(json!(true)))
    );
    assert_eq!(
        (portal.requests().len(), portal.calls().len()),
        (3, 50),
        "nothing ran twice"
    );
}
