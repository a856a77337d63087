//! Creating once: a lost answer leads to a look, not to a duplicate.

use std::time::Duration;

use certlens_bitrix24::{CallError, Marked, Marker};
use serde_json::json;

use crate::stage::{ADMINISTRATOR, Fault, Stage, refusal};

fn activity() -> Marked {
    Marked::activity(
        &Marker::new("certlens", "job-7"),
        json!({"SUBJECT": "Certificate ends"}),
    )
}

#[tokio::test]
async fn create_whose_connection_breaks_after_execution_finds_the_object() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.fault(Fault::LosesAnswer);

    let created = stage.client().create_once(&activity()).await.unwrap();

    assert!(created.was_found);
    assert_eq!(created.id, 1);
    assert_eq!(stage.world(|world| world.created.len()), 1);
}

#[tokio::test]
async fn create_whose_connection_breaks_before_execution_is_repeated() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.world(|world| {
        world
            .faults
            .extend([Fault::Breaks, Fault::LosesAnswer, Fault::Page(502)]);
    });

    let created = stage.client().create_once(&activity()).await.unwrap();

    assert!(!created.was_found);
    assert_eq!(stage.world(|world| world.created.len()), 1);
}

#[tokio::test]
async fn create_that_failed_inside_the_portal_after_execution_finds_the_object() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    let client = stage.client();
    client.create_once(&activity()).await.unwrap();
    stage.fault(refusal(500, "INTERNAL_SERVER_ERROR"));

    let created = client.create_once(&activity()).await.unwrap();

    assert!(created.was_found);
    assert_eq!(stage.world(|world| world.created.len()), 1);
}

#[tokio::test]
async fn repeated_job_looks_before_it_creates() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    let client = stage.client();
    let first = client.create_once(&activity()).await.unwrap();

    let second = client.create_once(&activity().attempted_before()).await.unwrap();

    assert!(second.was_found && second.id == first.id);
    assert_eq!(stage.world(|world| world.calls_of("crm.activity.add")), 1);
}

#[tokio::test]
async fn refused_creation_is_neither_looked_up_nor_repeated() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.fault(refusal(400, "ERROR_CORE"));

    let error = stage.client().create_once(&activity()).await.unwrap_err();

    assert!(matches!(error, CallError::Refused(_)), "{error:?}");
    assert_eq!(stage.world(|world| world.calls.len()), 1);
}

#[tokio::test]
async fn creation_that_stays_uncertain_is_an_error_that_says_so() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);
    stage.world(|world| world.always = Some(Fault::Page(502)));

    let error = stage
        .client()
        .within(Duration::from_secs(3))
        .create_once(&activity())
        .await
        .unwrap_err();

    assert!(error.may_have_run(), "{error:?}");
    assert_eq!(stage.world(|world| world.calls_of("crm.activity.add")), 1);
}
