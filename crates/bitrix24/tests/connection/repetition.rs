//! Repetitions: always after a refusal before execution, for reads after a lost answer, never blindly for writes.

use std::time::Duration;

use certlens_bitrix24::{Batch, CallError, Command, ErrorCode, Priority};
use rstest::rstest;
use serde_json::{Value, json};

use crate::stage::{ADMINISTRATOR, Fault, Stage, refusal};

#[rstest]
#[case::read("crm.item.get")]
#[case::write("crm.item.update")]
#[tokio::test]
async fn request_over_the_rate_limit_is_repeated(#[case] method: &str) {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.fault(refusal(503, "QUERY_LIMIT_EXCEEDED"));

    stage.client().call(method, Value::Null).await.unwrap();

    assert_eq!(stage.world(|world| world.calls.len()), 2);
}

#[rstest]
#[case::page_under_200(Fault::Page(200))]
#[case::proxys_page(Fault::Page(502))]
#[case::failure_inside(refusal(500, "INTERNAL_SERVER_ERROR"))]
#[case::broken(Fault::Breaks)]
#[case::lost_answer(Fault::LosesAnswer)]
#[tokio::test]
async fn doubtful_answer_is_asked_for_again_when_reading_and_reported_when_writing(#[case] fault: Fault) {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    let client = stage.client();
    stage.fault(fault.clone());

    client.call("crm.item.get", Value::Null).await.unwrap();
    stage.fault(fault);
    let error = client.call("crm.item.add", Value::Null).await.unwrap_err();

    assert!(error.may_have_run(), "{error:?}");
    assert_eq!(
        stage.world(|world| (world.calls_of("crm.item.get"), world.calls_of("crm.item.add"))),
        (2, 1)
    );
}

#[tokio::test]
async fn portal_that_stays_down_is_read_four_times_at_most() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.world(|world| world.always = Some(Fault::Page(502)));

    let error = stage.client().call("profile", Value::Null).await.unwrap_err();

    assert!(
        matches!(error, CallError::Unreadable { status: 502 }),
        "{error:?}"
    );
    assert_eq!(stage.world(|world| world.calls.len()), 4);
}

#[tokio::test]
async fn call_with_a_time_limit_does_not_wait_for_a_repetition_beyond_it() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.world(|world| world.always = Some(Fault::Page(502)));
    let client = stage.client().within(Duration::from_millis(800));

    let error = client.call("profile", Value::Null).await.unwrap_err();

    assert!(
        matches!(error, CallError::Unreadable { status: 502 }),
        "{error:?}"
    );
    assert_eq!(stage.world(|world| world.calls.len()), 1);
}

#[tokio::test]
async fn batch_with_a_writing_command_is_not_repeated() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    let client = stage.client();
    let reads = Batch::independent().command("a", Command::new("crm.item.get").with("id", 1));
    let writes = reads
        .clone()
        .command("b", Command::new("crm.item.delete").with("id", 1));

    stage.fault(Fault::LosesAnswer);
    client.batch(&reads).await.unwrap();
    stage.fault(Fault::LosesAnswer);
    let error = client.batch(&writes).await.unwrap_err();

    assert!(error.may_have_run(), "{error:?}");
    assert_eq!(stage.world(|world| world.calls.len()), 3);
}

#[tokio::test]
async fn blocked_method_fails_for_a_page_at_once_and_is_not_asked_again_while_others_work() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    let connections = stage.connections();
    let client = connections
        .of_portal(&stage.portal(), Priority::Interactive)
        .within(Duration::from_secs(5));
    stage.fault(refusal(429, "OPERATION_TIME_LIMIT"));

    let first = client.call("crm.item.list", Value::Null).await.unwrap_err();
    let second = client.call("crm.item.list", Value::Null).await.unwrap_err();
    client.call("profile", Value::Null).await.unwrap();

    assert_eq!(first.code(), Some(&ErrorCode::OperationTimeLimit), "{first:?}");
    assert!(
        matches!(&second, CallError::Throttled(throttled) if throttled.method.as_deref() == Some("crm.item.list")),
        "{second:?}"
    );
    assert_eq!(stage.world(|world| world.calls_of("crm.item.list")), 1);
}

#[tokio::test]
async fn blocked_method_is_waited_for_by_a_job_until_the_portal_frees_it() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    let client = stage
        .connections()
        .of_portal(&stage.portal(), Priority::Background);
    let freed = chrono::Utc::now().timestamp() + 2;
    stage.fault(Fault::Says(
        429,
        json!({"error": "OPERATION_TIME_LIMIT", "time": {"operating_reset_at": freed}}),
    ));

    client.call("crm.item.list", Value::Null).await.unwrap();

    assert!(chrono::Utc::now().timestamp() >= freed - 1);
    assert_eq!(stage.world(|world| world.calls.len()), 2);
}

#[tokio::test]
async fn permanent_refusal_is_asked_once() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.world(|world| world.always = Some(refusal(400, "ACCESS_DENIED")));

    let error = stage
        .client()
        .call("crm.item.get", Value::Null)
        .await
        .unwrap_err();

    assert_eq!(error.code(), Some(&ErrorCode::AccessDenied));
    assert_eq!(stage.world(|world| world.calls.len()), 1);
}
