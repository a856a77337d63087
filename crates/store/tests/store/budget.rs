//! The portal's request budget.

use crate::world::{World, member};
use certlens_store::{CallClass, MemberId, Store, StoreError, Turn};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const PER_SECOND: f64 = 2.0;

async fn take(store: &Store, portal: &MemberId, class: CallClass) -> Turn {
    store.take_call(portal, &["profile"], class).await.unwrap()
}

/// Takes turns until the budget says no; how many were granted.
async fn exhaust(store: &Store, portal: &MemberId, class: CallClass) -> u32 {
    let mut granted = 0;
    while take(store, portal, class).await == Turn::Granted {
        granted += 1;
    }
    granted
}

/// Asks until the time is over; between what moments each grant was given.
async fn grants_until(
    end: Instant,
    store: Store,
    portal: MemberId,
    class: CallClass,
) -> Vec<(Instant, Instant)> {
    let mut grants = Vec::new();
    while Instant::now() < end {
        let asked = Instant::now();
        match take(&store, &portal, class).await {
            Turn::Granted => grants.push((asked, Instant::now())),
            Turn::Wait(duration) => tokio::time::sleep(duration).await,
            Turn::Parked { .. } => unreachable!("nothing is parked"),
        }
    }
    grants
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_tasks_of_two_processes_never_get_more_than_burst_and_rate_in_any_window() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let (other, other_pool) = world.other_process(5).await;
    let end = Instant::now() + Duration::from_secs(3);
    let mut tasks = JoinSet::new();
    for number in 0..40 {
        let store = if number % 2 == 0 { &world.store } else { &other };
        let class = if number % 4 < 2 {
            CallClass::Interactive
        } else {
            CallClass::Background
        };
        tasks.spawn(grants_until(end, store.clone(), portal.clone(), class));
    }

    let grants: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();

    let burst = f64::from(CallClass::Interactive.burst());
    assert!(
        grants.len() >= 40,
        "the burst is there to be used: {}",
        grants.len()
    );
    for (start, _) in &grants {
        for (_, end) in &grants {
            let inside = grants
                .iter()
                .filter(|(from, to)| from >= start && to <= end)
                .count();
            let allowed = burst + PER_SECOND * end.saturating_duration_since(*start).as_secs_f64();
            let inside = u32::try_from(inside).unwrap();
            assert!(
                f64::from(inside) <= allowed + 1e-3,
                "{inside} in a window for {allowed}"
            );
        }
    }
    other_pool.close().await;
    world.end().await;
}

#[tokio::test]
async fn interactive_calls_go_ahead_when_the_background_has_used_all_that_it_may() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let background = exhaust(&world.store, &portal, CallClass::Background).await;

    let mut interactive = Vec::new();
    for _ in 0..25 {
        interactive.push(take(&world.store, &portal, CallClass::Interactive).await);
    }

    assert!(background >= CallClass::Background.burst());
    assert!(
        interactive.iter().all(|turn| *turn == Turn::Granted),
        "{interactive:?}"
    );
    let refused = take(&world.store, &portal, CallClass::Background).await;
    assert!(matches!(refused, Turn::Wait(_)), "{refused:?}");
    world.end().await;
}

#[tokio::test]
async fn who_waits_as_long_as_told_is_granted_the_turn() {
    let world = World::create().await;
    let portal = world.portal(1).await;

    for class in [CallClass::Background, CallClass::Interactive] {
        exhaust(&world.store, &portal, class).await;
        let Turn::Wait(waiting) = take(&world.store, &portal, class).await else {
            continue; // The machine was so slow that a turn had come meanwhile.
        };
        assert!(waiting <= Duration::from_millis(500), "{waiting:?}");
        tokio::time::sleep(waiting).await;
        assert_eq!(
            take(&world.store, &portal, class).await,
            Turn::Granted,
            "{class:?}"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn one_portals_budget_is_not_anothers() {
    let world = World::create().await;
    let (one, other) = (world.portal(1).await, world.portal(2).await);
    exhaust(&world.store, &one, CallClass::Interactive).await;

    assert_eq!(
        take(&world.store, &other, CallClass::Background).await,
        Turn::Granted
    );
    world.end().await;
}

#[tokio::test]
async fn a_parked_method_stops_only_calls_that_run_it_on_that_portal() {
    let world = World::create().await;
    let (one, other) = (world.portal(1).await, world.portal(2).await);
    let hour = Duration::from_hours(1);
    world
        .store
        .park_method(&one, "crm.item.list", hour)
        .await
        .unwrap();
    world
        .store
        .park_method(&one, "crm.item.list", Duration::ZERO)
        .await
        .unwrap();
    let list = ["batch", "crm.item.list"];

    let turn = world
        .store
        .take_call(&one, &list, CallClass::Interactive)
        .await
        .unwrap();

    let Turn::Parked { method, retry_after } = turn else {
        unreachable!("{turn:?}")
    };
    assert_eq!(method, "crm.item.list");
    assert!(retry_after > hour / 2 && retry_after <= hour, "{retry_after:?}");
    let elsewhere = world
        .store
        .take_call(&other, &list, CallClass::Interactive)
        .await
        .unwrap();
    assert_eq!(elsewhere, Turn::Granted);
    let another = world
        .store
        .take_call(&one, &["batch"], CallClass::Interactive)
        .await
        .unwrap();
    assert_eq!(another, Turn::Granted);
    world.end().await;
}

#[tokio::test]
async fn a_refusal_fills_the_bucket_and_slows_the_portal_down() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    take(&world.store, &portal, CallClass::Interactive).await;

    world.store.slow_down(&portal).await.unwrap();

    let turn = take(&world.store, &portal, CallClass::Interactive).await;
    assert!(matches!(turn, Turn::Wait(_)), "{turn:?}");
    world.end().await;
}

#[tokio::test]
async fn refusals_within_a_second_are_one_and_later_ones_slow_down_to_an_eighth() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let slowness = async || world.number("SELECT slowness::bigint FROM portal_budgets").await;
    world.store.slow_down(&portal).await.unwrap();

    world
        .execute("UPDATE portal_budgets SET slowed_at = clock_timestamp()")
        .await;
    world
        .execute("UPDATE portal_budgets SET slowed_at = slowed_at + interval '1 minute'")
        .await;
    world.store.slow_down(&portal).await.unwrap();
    let at_once = slowness().await;
    let mut later = Vec::new();
    for _ in 0..3 {
        world
            .execute("UPDATE portal_budgets SET slowed_at = now() - interval '2 seconds'")
            .await;
        world.store.slow_down(&portal).await.unwrap();
        later.push(slowness().await);
    }
    world
        .execute("UPDATE portal_budgets SET slowed_at = now() - interval '1 hour', slowed_until = now()")
        .await;
    world.store.slow_down(&portal).await.unwrap();

    assert_eq!(at_once, 2);
    assert_eq!(later, [4, 8, 8]);
    assert_eq!(slowness().await, 2, "an old refusal is forgiven");
    world.end().await;
}

#[tokio::test]
async fn take_call_for_an_unknown_portal_says_so() {
    let world = World::create().await;

    let outcome = world
        .store
        .take_call(&member(9), &["profile"], CallClass::Interactive)
        .await;

    assert!(
        matches!(outcome, Err(StoreError::UnknownPortal(_))),
        "{outcome:?}"
    );
    world.end().await;
}
