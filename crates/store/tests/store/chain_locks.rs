//! The lock of a chain, across processes.

use crate::world::{World, chain, moment, pair};
use certlens_store::{ChainEnd, ChainSource};
use secrecy::ExposeSecret as _;
use tokio::task::JoinSet;

/// Waits until somebody waits for a row lock in this database.
async fn somebody_waits(world: &World) {
    while world
        .number(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'",
        )
        .await
        == 0
    {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_waited_for_a_renewal_in_another_process_sees_the_new_pair() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let id = world
        .store
        .save_chain(&portal, &chain(5, ChainSource::Page, "old"))
        .await
        .unwrap();
    let (other, other_pool) = world.other_process(2).await;
    let holder = world.store.lock_chain(&portal, id).await.unwrap().unwrap();
    let waiting = tokio::spawn({
        let (other, portal) = (other.clone(), portal.clone());
        async move { other.lock_chain(&portal, id).await.unwrap().unwrap() }
    });
    somebody_waits(&world).await;

    let seen = holder.chain().version;
    let renewed = holder.replace(pair("new")).await.unwrap();
    let waited = waiting.await.unwrap();

    assert_eq!((seen, renewed.version, waited.chain().version), (1, 2, 2));
    assert_eq!(waited.chain().access.expose_secret(), "access-new");
    assert_eq!(waited.refresh_token().expose_secret(), "refresh-new");
    assert_eq!(waited.chain().expires_at, moment());
    drop(waited);
    other_pool.close().await;
    world.end().await;
}

#[tokio::test]
async fn a_dropped_lock_changes_nothing_and_lets_the_next_in() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let id = world
        .store
        .save_chain(&portal, &chain(5, ChainSource::Page, "old"))
        .await
        .unwrap();

    drop(world.store.lock_chain(&portal, id).await.unwrap().unwrap());

    let again = world.store.lock_chain(&portal, id).await.unwrap().unwrap();
    assert_eq!(again.chain().version, 1);
    drop(again);
    world.end().await;
}

#[tokio::test]
async fn the_death_of_a_process_frees_its_lock() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let id = world
        .store
        .save_chain(&portal, &chain(5, ChainSource::Page, "old"))
        .await
        .unwrap();
    let (dying, _) = world.other_process(2).await;
    let held = dying.lock_chain(&portal, id).await.unwrap().unwrap();
    let waiting = tokio::spawn({
        let (store, portal) = (world.store.clone(), portal.clone());
        async move { store.lock_chain(&portal, id).await.unwrap().unwrap() }
    });
    somebody_waits(&world).await;

    cut_lock_holders(&world).await;

    let waited = waiting.await.unwrap();
    assert_eq!(waited.chain().version, 1);
    drop((held, waited));
    world.end().await;
}

/// Cuts the connections that hold locks: what a failing network does.
async fn cut_lock_holders(world: &World) {
    world
        .execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE datname = current_database() AND state = 'idle in transaction'",
        )
        .await;
}

#[tokio::test]
async fn a_pair_whose_connection_was_lost_is_stored_through_another_even_if_the_chain_was_ended() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let id = world
        .store
        .save_chain(&portal, &chain(5, ChainSource::Page, "old"))
        .await
        .unwrap();
    let (other, other_pool) = world.other_process(2).await;
    let renewing = other.lock_chain(&portal, id).await.unwrap().unwrap();
    cut_lock_holders(&world).await;
    // Another process tries the same pair, which is spent.
    let second = world.store.lock_chain(&portal, id).await.unwrap().unwrap();
    second.end(ChainEnd::Spent).await.unwrap();

    let renewed = renewing.replace(pair("new")).await.unwrap();

    assert_eq!(renewed.version, 2);
    let again = world.store.lock_chain(&portal, id).await.unwrap().unwrap();
    assert_eq!(again.refresh_token().expose_secret(), "refresh-new");
    drop(again);
    other_pool.close().await;
    world.end().await;
}

#[tokio::test]
async fn a_pair_whose_connection_was_lost_does_not_replace_a_newer_one() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let id = world
        .store
        .save_chain(&portal, &chain(5, ChainSource::Page, "old"))
        .await
        .unwrap();
    let (other, other_pool) = world.other_process(2).await;
    let late = other.lock_chain(&portal, id).await.unwrap().unwrap();
    cut_lock_holders(&world).await;
    world
        .store
        .save_chain(&portal, &chain(5, ChainSource::Page, "newer"))
        .await
        .unwrap();

    let present = late.replace(pair("late")).await.unwrap();

    assert_eq!(present.access.expose_secret(), "access-newer");
    other_pool.close().await;
    world.end().await;
}

#[tokio::test]
async fn locks_leave_half_of_the_connections_to_others() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let (store, pool) = world.other_process(4).await;
    let mut tasks = JoinSet::new();
    let (entered, mut entries) = tokio::sync::mpsc::unbounded_channel();
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    for user in 0..10 {
        let id = store
            .save_chain(&portal, &chain(user, ChainSource::Page, "one"))
            .await
            .unwrap();
        let (store, portal, entered, gate) = (store.clone(), portal.clone(), entered.clone(), gate.clone());
        tasks.spawn(async move {
            let locked = store.lock_chain(&portal, id).await.unwrap().unwrap();
            entered.send(()).unwrap();
            gate.acquire().await.unwrap().forget();
            locked.replace(pair("new")).await.unwrap();
        });
    }
    entries.recv().await.unwrap();
    entries.recv().await.unwrap();

    let (first, second) = tokio::join!(store.ready(), store.ready());
    let third_entered = entries.try_recv().is_ok();
    gate.add_permits(10);
    let renewed = tasks.join_all().await.len();

    assert!(first.is_ok() && second.is_ok());
    assert!(!third_entered, "two of four connections hold locks");
    assert_eq!(renewed, 10);
    pool.close().await;
    world.end().await;
}
