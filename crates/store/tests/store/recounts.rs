//! The list of recounts, their schedule, and who leads.

use crate::world::World;
use certlens_store::{RecountCounts, RecountOccasion, RecountState, Store};
use std::time::Duration;

const EVERY: Duration = Duration::from_hours(2);
const REST: Duration = Duration::from_secs(30);
const NODE: &str = "a machine, process 1";

fn counts() -> RecountCounts {
    RecountCounts {
        from_version: 1,
        to_version: 3,
        day: "2026-03-10".parse().unwrap(),
        subscriptions: 5,
        identifiers: 8,
        found: 13,
    }
}

async fn due(store: &Store) -> Option<RecountOccasion> {
    let begun = store.begin_due_recount(NODE, EVERY, REST).await.unwrap();
    begun.map(|(_, occasion)| occasion)
}

/// A store whose schedule has just begun.
async fn scheduled() -> World {
    let world = World::create().await;
    assert_eq!(due(&world.store).await, Some(RecountOccasion::Schedule));
    world.execute("DELETE FROM recounts").await;
    world
}

#[tokio::test]
async fn recount_that_somebody_asks_for_is_begun_once_and_later_wishes_join_it_while_it_waits() {
    let world = scheduled().await;
    let store = &world.store;

    let first = store.request_recount(RecountOccasion::Interface).await.unwrap();
    let second = store.request_recount(RecountOccasion::Interface).await.unwrap();
    let begun = store.begin_due_recount(NODE, EVERY, REST).await.unwrap();
    let third = store.request_recount(RecountOccasion::Interface).await.unwrap();
    store.finish_recount(first, &counts()).await.unwrap();

    assert_eq!(first, second);
    assert_eq!(begun, Some((first, RecountOccasion::Interface)));
    assert_ne!(third, first, "what came after the beginning is another's matter");
    let listed = store.recounts(10).await.unwrap();
    assert_eq!(
        listed.iter().map(|one| one.run).collect::<Vec<_>>(),
        [third, first]
    );
    let done = &listed[1];
    assert_eq!(
        (done.state, done.node.as_deref()),
        (RecountState::Done, Some(NODE))
    );
    assert_eq!(
        (done.subscriptions, done.identifiers, done.found),
        (Some(5), Some(8), Some(13))
    );
    assert!(done.started_at <= done.finished_at && done.finished_at.is_some());
    world.end().await;
}

#[tokio::test]
async fn schedule_begins_one_recount_for_all_processes_when_it_is_time() {
    let world = scheduled().await;
    let store = &world.store;

    assert_eq!(due(store).await, None);
    world
        .execute("UPDATE recount_schedule SET due_at = now() - interval '9 hours'")
        .await;
    let begun = futures_of(store).await;

    assert_eq!(begun, 1, "missed times are not made up for");
    assert_eq!(due(store).await, None);
    world.end().await;
}

/// How many of several processes begin something.
async fn futures_of(store: &Store) -> usize {
    let (one, two, three, four) = tokio::join!(due(store), due(store), due(store), due(store));
    [one, two, three, four].into_iter().flatten().count()
}

#[tokio::test]
async fn clock_that_is_set_back_repeats_nothing_and_stops_nothing() {
    let world = scheduled().await;
    // As it looks after the clock was set back by a day; or after the interval was made shorter.
    world
        .execute("UPDATE recount_schedule SET due_at = now() + interval '1 day'")
        .await;

    assert_eq!(due(&world.store).await, None);

    let ahead = "SELECT count(*) FROM recount_schedule WHERE due_at <= now() + interval '2 hours'";
    assert_eq!(world.number(ahead).await, 1);
    world.end().await;
}

#[tokio::test]
async fn import_that_was_not_looked_at_makes_a_recount_due_and_moves_no_schedule() {
    let world = scheduled().await;
    let before = world
        .number("SELECT extract(epoch FROM due_at)::bigint FROM recount_schedule")
        .await;
    world
        .execute("INSERT INTO registry_state (registry, loaded, data_version) VALUES ('kz', true, 7)")
        .await;

    assert_eq!(due(&world.store).await, Some(RecountOccasion::Import));
    world.execute("UPDATE recount_mark SET version = 7").await;
    assert_eq!(due(&world.store).await, None);

    let after = world
        .number("SELECT extract(epoch FROM due_at)::bigint FROM recount_schedule")
        .await;
    assert_eq!(before, after);
    world.end().await;
}

#[tokio::test]
async fn after_a_failure_nothing_begins_by_itself_for_a_while_but_wishes_are_served() {
    let world = scheduled().await;
    let store = &world.store;
    let failed = store.begin_recount(RecountOccasion::Command, NODE).await.unwrap();
    store.fail_recount(failed, "the database is away").await.unwrap();
    world
        .execute("UPDATE recount_schedule SET due_at = now() - interval '1 minute'")
        .await;

    assert_eq!(due(store).await, None);
    world
        .execute("UPDATE recounts SET finished_at = now() - interval '31 seconds'")
        .await;
    assert_eq!(due(store).await, Some(RecountOccasion::Schedule));
    store.request_recount(RecountOccasion::Interface).await.unwrap();
    assert_eq!(due(store).await, Some(RecountOccasion::Interface));

    let listed = store.recounts(10).await.unwrap();
    assert_eq!(listed[2].error.as_deref(), Some("the database is away"));
    world.end().await;
}

#[tokio::test]
async fn recounts_of_a_dead_leader_are_begun_again_and_those_of_commands_are_left_alone() {
    let world = scheduled().await;
    let store = &world.store;
    store.request_recount(RecountOccasion::Interface).await.unwrap();
    let orphan = store.begin_due_recount(NODE, EVERY, REST).await.unwrap();
    let command = store.begin_recount(RecountOccasion::Command, NODE).await.unwrap();

    assert_eq!(store.adopt_recounts().await.unwrap(), 1);

    assert_eq!(store.begin_due_recount(NODE, EVERY, REST).await.unwrap(), orphan);
    let listed = store.recounts(10).await.unwrap();
    assert_eq!((listed[0].run, listed[0].state), (command, RecountState::Running));
    world.end().await;
}

#[tokio::test]
async fn newest_thousand_are_kept() {
    let world = scheduled().await;
    world
        .execute(
            "INSERT INTO recounts (occasion, state, finished_at)
             SELECT 'schedule', 'done', now() FROM generate_series(1, 1200)",
        )
        .await;

    let last = world
        .store
        .begin_recount(RecountOccasion::Command, NODE)
        .await
        .unwrap();
    world.store.finish_recount(last, &counts()).await.unwrap();

    assert_eq!(world.number("SELECT count(*) FROM recounts").await, 1000);
    assert_eq!(world.store.recounts(1).await.unwrap()[0].run, last);
    world.end().await;
}

#[tokio::test]
async fn one_process_leads_until_it_gives_up_dies_or_is_silent() {
    let world = World::create().await;
    let (other, pool) = world.other_process(2).await;
    let leads = world.store.lead().await.unwrap().unwrap();
    assert!(other.lead().await.unwrap().is_none());

    leads.give_up().await.unwrap();
    let mut leads = other.lead().await.unwrap().unwrap();
    world
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks
             WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        .await;
    let lost = leads.hold().await;
    let silent = taken_over(&world.store, Duration::from_millis(50)).await;
    // It gives no sign of life.
    let _successor = taken_over(&other, Duration::from_mins(1)).await;

    assert!(!lost.to_string().is_empty());
    drop(silent);
    pool.close().await;
    world.end().await;
}

/// Asks for the lead until it is given.
async fn taken_over(store: &Store, silence: Duration) -> certlens_store::Leadership {
    loop {
        if let Some(leadership) = store.lead_unless_silent_for(silence).await.unwrap() {
            return leadership;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
