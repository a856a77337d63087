//! Recounts that run by themselves, in several processes on one database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod process;

use certlens_store::{RecountOccasion, RecountState};
use certlens_tracking::recounting;
use process::{Database, Process};

#[tokio::test]
async fn news_of_an_import_by_another_process_are_found_without_anybody_asking() {
    let database = Database::create().await;
    let process = Process::start(&database).await;
    database.until_nothing_is_due().await;

    database.import(1).await;
    database.until_told(1).await;
    database.until_nothing_is_due().await;

    let latest = process.store().recounts(1).await.unwrap().remove(0);
    assert_eq!(
        (latest.occasion, latest.state),
        (RecountOccasion::Import, RecountState::Done)
    );
    assert_eq!(
        (latest.from_version, latest.to_version, latest.found),
        (Some(0), Some(1), Some(1))
    );
    process.stop().await;
    database.end().await;
}

#[tokio::test]
async fn another_process_takes_over_when_the_leader_is_cut_off() {
    let database = Database::create().await;
    let (one, two) = (Process::start(&database).await, Process::start(&database).await);
    let first = database.until_somebody_leads(None).await;

    database.kill(first).await;
    let second = database.until_somebody_leads(Some(first)).await;
    database.import(1).await;
    database.until_told(1).await;
    one.stop().await;
    two.stop().await;

    assert_ne!(first, second);
    assert_eq!(database.leader().await, None, "whoever stops gives the lead up");
    database.end().await;
}

#[tokio::test]
async fn recount_of_a_process_that_stops_is_run_by_the_next_and_finds_everything_once() {
    let database = Database::create().await;
    let stopping = Process::start(&database).await;
    database.until_nothing_is_due().await;
    let mut obstacle = database.pool().begin().await.unwrap();
    sqlx::query("LOCK TABLE news IN SHARE MODE")
        .execute(&mut *obstacle)
        .await
        .unwrap();
    database.import(1).await;
    database
        .until("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'news'::regclass AND NOT granted)")
        .await;

    stopping.stop().await;
    obstacle.rollback().await.unwrap();
    let next = Process::start(&database).await;
    database.until_told(1).await;
    database.until_nothing_is_due().await;

    let found: i64 = next
        .store()
        .recounts(10)
        .await
        .unwrap()
        .iter()
        .filter_map(|one| one.found)
        .sum();
    assert_eq!(found, 1);
    next.stop().await;
    database.end().await;
}

#[tokio::test]
async fn recount_of_a_command_beside_the_leader_counts_nothing_twice() {
    let database = Database::create().await;
    let process = Process::start(&database).await;
    let command = Process::idle(&database).await;

    for version in 1..=3 {
        database.import(version).await;
        let (id, outcome) = recounting::recount_now(&command.tracking, RecountOccasion::Command)
            .await
            .unwrap();
        assert_eq!(outcome.to_version, version);
        assert!(id.number() > 0);
        assert_eq!(database.told().await, version);
    }

    database.until_nothing_is_due().await;
    assert_eq!(database.told().await, 3);
    process.stop().await;
    command.stop().await;
    database.end().await;
}

#[tokio::test]
async fn recount_that_was_asked_for_is_run_by_whoever_leads() {
    let database = Database::create().await;
    let leads = Process::start(&database).await;
    let asks = Process::idle(&database).await;

    let run = asks
        .store()
        .request_recount(RecountOccasion::Interface)
        .await
        .unwrap();
    database
        .until("SELECT EXISTS (SELECT FROM recounts WHERE occasion = 'interface' AND state = 'done')")
        .await;

    let list = asks.store().recounts(10).await.unwrap();
    let done = list.iter().find(|one| one.run == run).unwrap();
    assert!(done.node.is_some() && done.seconds.is_some_and(|seconds| seconds >= 0.0));
    leads.stop().await;
    asks.stop().await;
    database.end().await;
}

#[tokio::test]
async fn news_are_told_after_a_recount_that_was_asked_for_though_the_portals_interval_is_not_over() {
    let database = Database::create().await;
    database.told_just_now().await;
    let process = Process::start(&database).await;
    database.import(1).await;
    database.until_told(1).await;
    database.until_nothing_is_due().await;
    let planned_by_itself = database.items().await;

    process
        .store()
        .request_recount(RecountOccasion::Interface)
        .await
        .unwrap();
    database
        .until("SELECT EXISTS (SELECT FROM notification_items)")
        .await;

    assert_eq!(planned_by_itself, 0, "the portal's next turn is in hours");
    assert_eq!(database.items().await, 1);
    process.stop().await;
    database.end().await;
}
