//! What happens when the child dies, hangs, or loses its parent; and which data it refuses to open.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use certlens_clickhouse_embedded::{
    ClickHouseError, EmbeddedClickHouse, EmbeddedOptions, EngineCondition, HealthPolicy,
};
use rustix::process::{Signal, kill_process};

use crate::running::{
    children, client, create_holdings, holding, ids_when_it_answers, insert, options, start,
    until_nobody_works_in,
};

#[tokio::test]
async fn a_killed_child_is_started_again_on_the_same_address_with_its_data() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let client = client(&engine);
    create_holdings(&client).await;
    insert(&client, &[holding(1, "kept")]).await;
    let child = children(directory.path());
    assert_eq!(child.len(), 1);
    let name = std::fs::read_to_string(format!("/proc/{}/comm", child[0].as_raw_nonzero())).unwrap();

    kill_process(child[0], Signal::KILL).unwrap();

    let found = ids_when_it_answers(&client).await;
    assert_eq!(found, [1]);
    assert!(name.contains("clickhouse"), "{name}");
    assert_eq!(engine.state().restarts, 1);
    assert_eq!(engine.state().condition, EngineCondition::Answering);
    engine.stop().await;
    assert_eq!(children(directory.path()), []);
}

#[tokio::test]
async fn a_child_that_does_not_come_up_is_tried_until_it_does() {
    let directory = tempfile::tempdir().unwrap();
    let in_the_way = start(directory.path()).await;

    let engine = EmbeddedClickHouse::start_or_go_on_trying(&options(directory.path()))
        .await
        .unwrap();
    let condition = engine.state().condition;
    in_the_way.stop().await;
    let client = client(&engine);
    while client.query("SELECT 1").execute().await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    assert_eq!(condition, EngineCondition::Restarting);
    assert_eq!(engine.state().condition, EngineCondition::Answering);
    engine.stop().await;
    assert_eq!(children(directory.path()), []);
}

#[tokio::test]
async fn a_child_that_hangs_is_replaced_on_the_same_address_with_its_data() {
    let directory = tempfile::tempdir().unwrap();
    let impatient = EmbeddedOptions {
        health: HealthPolicy {
            every: Duration::from_millis(100),
            deadline: Duration::from_secs(1),
            misses: 2,
        },
        ..options(directory.path())
    };
    let engine = EmbeddedClickHouse::start(&impatient).await.unwrap();
    let client = client(&engine);
    create_holdings(&client).await;
    insert(&client, &[holding(1, "kept")]).await;
    let hung = children(directory.path())[0];

    kill_process(hung, Signal::STOP).unwrap();

    assert_eq!(ids_when_it_answers(&client).await, [1]);
    assert!(engine.state().restarts >= 1);
    assert!(!children(directory.path()).contains(&hung));
    engine.stop().await;
}

/// Not a test but the parent of the next one, which runs this program for it.
#[tokio::test]
#[ignore = "the parent that the next test kills"]
async fn parent_that_waits_to_be_killed() {
    let directory = PathBuf::from(std::env::var_os(PARENT_DIRECTORY).expect("a directory"));
    let _engine = start(&directory).await;
    std::fs::write(directory.join("started"), "").expect("a sign");
    std::future::pending::<()>().await;
}

const PARENT_DIRECTORY: &str = "CERTLENS_TEST_PARENT_DIRECTORY";

/// A process of its own with an engine in `directory`.
async fn parent_with_an_engine(directory: &Path) -> std::process::Child {
    let parent = Command::new(std::env::current_exe().expect("our own program"))
        .args(["--exact", "supervision::parent_that_waits_to_be_killed"])
        .args(["--ignored", "--nocapture"])
        .env(PARENT_DIRECTORY, directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("a parent");
    while !directory.join("started").exists() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    parent
}

#[tokio::test]
async fn a_child_whose_parent_is_killed_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let mut parent = parent_with_an_engine(directory.path()).await;
    assert_eq!(children(directory.path()).len(), 1);

    parent.kill().unwrap();

    until_nobody_works_in(directory.path()).await;
    parent.wait().unwrap();
    start(directory.path()).await.stop().await;
}

#[tokio::test]
async fn a_stopped_child_whose_parent_is_killed_is_gone_too() {
    let directory = tempfile::tempdir().unwrap();
    let mut parent = parent_with_an_engine(directory.path()).await;
    kill_process(children(directory.path())[0], Signal::STOP).unwrap();

    parent.kill().unwrap();

    until_nobody_works_in(directory.path()).await;
    parent.wait().unwrap();
}

#[tokio::test]
async fn a_directory_that_another_engine_uses_is_refused_with_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let first = start(directory.path()).await;
    let holder = children(directory.path())[0].as_raw_nonzero().to_string();

    let refused = EmbeddedClickHouse::start(&options(directory.path())).await;

    let error = refused.unwrap_err();
    assert!(matches!(error, ClickHouseError::InUse { .. }), "{error}");
    assert!(
        error.to_string().contains(&format!("process {holder}")),
        "{error}"
    );
    first.stop().await;
}

#[tokio::test]
async fn data_of_a_newer_engine_are_refused_with_both_versions_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    create_holdings(&client(&engine)).await;
    insert(&client(&engine), &[holding(1, "kept")]).await;
    engine.stop().await;
    let version = directory.path().join("data/certlens.version");
    let ours = std::fs::read_to_string(&version).unwrap();
    std::fs::write(&version, "99.1\n").unwrap();

    let refused = EmbeddedClickHouse::start(&options(directory.path())).await;

    let error = refused.unwrap_err();
    assert!(matches!(error, ClickHouseError::NewerData { .. }), "{error}");
    let sentence = error.to_string();
    assert!(
        sentence.contains("99.1") && sentence.contains(ours.trim()),
        "{sentence}"
    );
    std::fs::write(&version, ours).unwrap();
    let again = start(directory.path()).await;
    assert_eq!(ids_when_it_answers(&client(&again)).await, [1]);
    again.stop().await;
}
