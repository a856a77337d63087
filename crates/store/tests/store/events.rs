//! Events: received at once, worked off later, by one worker per portal.

use crate::world::{World, member};
use certlens_store::{
    ClaimedEvents, EventId, MemberId, NewEvent, Receipt, Store, StoreError, Subject, TokenCheck,
};
use secrecy::ExposeSecret as _;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::task::JoinSet;

const LEASE: Duration = Duration::from_mins(5);
const ALL: u32 = 1_000;

fn subject(kind: &str, id: i64) -> Subject {
    Subject {
        kind: kind.to_owned(),
        id,
    }
}

fn event(portal: &MemberId, subject: Option<Subject>) -> NewEvent {
    NewEvent {
        member_id: portal.clone(),
        event: "ONCRMCOMPANYUPDATE".to_owned(),
        subject,
        body: b"event=ONCRMCOMPANYUPDATE&auth[access_token]=secret"
            .to_vec()
            .into(),
        proved: true,
    }
}

async fn receive(store: &Store, event: &NewEvent) -> EventId {
    match store.receive_event(event).await.unwrap() {
        Receipt::Stored(id) => id,
        refused => unreachable!("{refused:?}"),
    }
}

async fn claim(store: &Store, lease: Duration) -> Option<ClaimedEvents> {
    store.claim_events(ALL, lease).await.unwrap()
}

#[tokio::test]
async fn a_claim_gives_all_that_waits_for_one_portal_and_each_subject_once() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let mut received = Vec::new();
    for about in [
        Some(subject("company", 17)),
        Some(subject("lead", 3)),
        None,
        Some(subject("company", 17)),
    ] {
        received.push(receive(&world.store, &event(&portal, about)).await);
    }

    let claimed = claim(&world.store, LEASE).await.unwrap();

    assert_eq!(claimed.lease.member_id(), &portal);
    assert_eq!(claimed.ids(|_| true), received, "in the order of their arrival");
    let expected = [subject("company", 17), subject("lead", 3)];
    assert_eq!(claimed.subjects(), expected.iter().collect::<BTreeSet<_>>());
    let first = &claimed.events[0];
    assert_eq!(
        first.body.expose_secret(),
        event(&portal, None).body.expose_secret()
    );
    assert_eq!(
        (first.event.as_str(), first.attempts, first.proved),
        ("ONCRMCOMPANYUPDATE", 1, true)
    );
    world.end().await;
}

#[tokio::test]
async fn bodies_are_in_the_database_only_encrypted() {
    let world = World::create().await;
    let portal = world.portal(1).await;

    receive(&world.store, &event(&portal, None)).await;

    let shown = world
        .number("SELECT count(*) FROM portal_events WHERE position('secret' IN encode(body, 'escape')) > 0")
        .await;
    assert_eq!(shown, 0);
    world.end().await;
}

#[tokio::test]
async fn while_a_worker_has_a_portals_events_nobody_gets_later_ones_of_that_portal() {
    let world = World::create().await;
    let (one, other) = (world.portal(1).await, world.portal(2).await);
    receive(&world.store, &event(&one, None)).await;
    let held = claim(&world.store, LEASE).await.unwrap();

    receive(&world.store, &event(&one, None)).await;
    receive(&world.store, &event(&other, None)).await;

    let second = claim(&world.store, LEASE).await.unwrap();
    assert_eq!(second.lease.member_id(), &other);
    assert!(claim(&world.store, LEASE).await.is_none());
    world
        .store
        .finish_events(&held.lease, &held.ids(|_| true))
        .await
        .unwrap();
    world.store.release_events(&held.lease).await.unwrap();
    let third = claim(&world.store, LEASE).await.unwrap();
    assert_eq!((third.lease.member_id(), third.events.len()), (&one, 1));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_of_two_processes_never_take_the_same_event() {
    let world = World::create().await;
    let (other, other_pool) = world.other_process(5).await;
    for number in 0..10 {
        let portal = world.portal(number).await;
        for id in 0..5 {
            receive(&world.store, &event(&portal, Some(subject("company", id)))).await;
        }
    }
    let mut tasks = JoinSet::new();
    for number in 0..8 {
        let store = if number % 2 == 0 {
            world.store.clone()
        } else {
            other.clone()
        };
        tasks.spawn(async move {
            let mut taken = Vec::new();
            while let Some(claimed) = store.claim_events(2, LEASE).await.unwrap() {
                let ids = claimed.ids(|_| true);
                store.finish_events(&claimed.lease, &ids).await.unwrap();
                store.release_events(&claimed.lease).await.unwrap();
                taken.extend(ids);
            }
            taken
        });
    }

    let taken: Vec<EventId> = tasks.join_all().await.into_iter().flatten().collect();

    assert_eq!(
        taken.iter().collect::<BTreeSet<_>>().len(),
        taken.len(),
        "none twice"
    );
    // A worker may have gone home while others still held every portal; what they left is still there.
    let left = world
        .number("SELECT count(*) FROM portal_events WHERE state = 'pending'")
        .await;
    assert_eq!(taken.len() + usize::try_from(left).unwrap(), 50);
    other_pool.close().await;
    world.end().await;
}

#[tokio::test]
async fn events_of_a_dead_worker_are_taken_over_and_the_dead_one_can_write_nothing() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    receive(&world.store, &event(&portal, None)).await;
    let dead = claim(&world.store, Duration::ZERO).await.unwrap();

    let alive = claim(&world.store, LEASE).await.unwrap();

    assert_eq!(alive.events[0].attempts, 2);
    let ids = dead.ids(|_| true);
    let writes = [
        world.store.finish_events(&dead.lease, &ids).await,
        world.store.retry_events(&dead.lease, &ids, "late", LEASE).await,
        world.store.renew_events(&dead.lease, LEASE).await,
    ];
    assert!(
        writes
            .iter()
            .all(|write| matches!(write, Err(StoreError::LeaseLost))),
        "{writes:?}"
    );
    world.store.release_events(&dead.lease).await.unwrap();
    world.store.renew_events(&alive.lease, LEASE).await.unwrap();
    world.store.finish_events(&alive.lease, &ids).await.unwrap();
    assert_eq!(world.store.pending_events(&portal).await.unwrap(), 0);
    world.end().await;
}

#[tokio::test]
async fn an_event_that_kills_every_worker_is_given_up_and_stays_visible() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let id = receive(&world.store, &event(&portal, None)).await;
    let mut deaths = 0;

    while claim(&world.store, Duration::ZERO).await.is_some() {
        deaths += 1;
    }

    assert_eq!(deaths, certlens_store::events::claim::ATTEMPTS);
    assert_eq!(world.store.pending_events(&portal).await.unwrap(), 0);
    let failed = world.store.failed_events(&portal).await.unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].0, id);
    assert!(failed[0].2.contains("died"), "{failed:?}");
    world.end().await;
}

#[tokio::test]
async fn an_event_that_is_put_back_waits_and_is_given_up_with_its_error_at_last() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    receive(&world.store, &event(&portal, None)).await;
    let put_back = async |claimed: ClaimedEvents, after| {
        let ids = claimed.ids(|_| true);
        world
            .store
            .retry_events(&claimed.lease, &ids, "the portal is silent", after)
            .await
            .unwrap();
        world.store.release_events(&claimed.lease).await.unwrap();
    };
    put_back(claim(&world.store, LEASE).await.unwrap(), Duration::from_hours(1)).await;
    let too_early = claim(&world.store, LEASE).await;
    world.execute("UPDATE portal_events SET due_at = now()").await;

    let mut attempts = 1;
    while let Some(claimed) = claim(&world.store, LEASE).await {
        attempts = claimed.events[0].attempts;
        put_back(claimed, Duration::ZERO).await;
    }

    assert!(too_early.is_none());
    assert_eq!(attempts, certlens_store::events::claim::ATTEMPTS);
    let failed = world.store.failed_events(&portal).await.unwrap();
    assert_eq!(failed[0].2, "the portal is silent");
    world.end().await;
}

#[tokio::test]
async fn one_events_failure_does_not_hold_up_the_portals_others() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let bad = receive(&world.store, &event(&portal, Some(subject("lead", 1)))).await;
    let good = receive(&world.store, &event(&portal, Some(subject("lead", 2)))).await;
    let claimed = claim(&world.store, LEASE).await.unwrap();

    world.store.finish_events(&claimed.lease, &[good]).await.unwrap();
    world
        .store
        .retry_events(&claimed.lease, &[bad], "no answer", LEASE)
        .await
        .unwrap();
    world.store.release_events(&claimed.lease).await.unwrap();
    let later = receive(&world.store, &event(&portal, None)).await;

    let next = claim(&world.store, LEASE).await.unwrap();
    assert_eq!(next.ids(|_| true), [later]);
    world.end().await;
}

#[tokio::test]
async fn an_event_that_cannot_be_read_stands_in_nobodys_way_and_is_given_up_with_its_reason() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let spoiled = receive(&world.store, &event(&portal, Some(subject("company", 17)))).await;
    let healthy = receive(&world.store, &event(&portal, Some(subject("company", 18)))).await;
    world
        .execute("UPDATE portal_events SET body = '\\xdeadbeef' WHERE subject_id = 17")
        .await;

    let claimed = claim(&world.store, LEASE).await.unwrap();
    world
        .store
        .finish_events(&claimed.lease, &[healthy])
        .await
        .unwrap();
    world.store.release_events(&claimed.lease).await.unwrap();
    for _ in 0..10 {
        world.execute("UPDATE portal_events SET due_at = now()").await;
        assert!(
            claim(&world.store, LEASE).await.is_none(),
            "nothing of it is anybody's work"
        );
    }

    assert_eq!(claimed.ids(|_| true), [healthy]);
    let (state, error): (String, String) =
        sqlx::query_as("SELECT state, last_error FROM portal_events WHERE id = $1")
            .bind(spoiled.0)
            .fetch_one(world.pool())
            .await
            .unwrap();
    assert_eq!(state, "failed");
    assert!(error.contains("portal_events, column body"), "{error}");
    world.end().await;
}

#[tokio::test]
async fn finished_events_are_purged_by_age_and_unproved_ones_at_once() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    receive(&world.store, &event(&portal, None)).await;
    let stranger = NewEvent {
        proved: false,
        ..event(&portal, None)
    };
    receive(&world.store, &stranger).await;
    let claimed = claim(&world.store, LEASE).await.unwrap();
    world
        .store
        .finish_events(&claimed.lease, &claimed.ids(|_| true))
        .await
        .unwrap();
    let kept = world
        .number("SELECT count(*) FROM portal_events WHERE proved AND state = 'done'")
        .await;
    let rows = world.number("SELECT count(*) FROM portal_events").await;

    let young = world.store.purge_events(Duration::from_hours(1)).await.unwrap();
    let old = world.store.purge_events(Duration::ZERO).await.unwrap();

    assert_eq!((kept, rows), (1, 1));
    assert_eq!((young, old), (0, 1));
    world.end().await;
}

#[tokio::test]
async fn strangers_can_store_only_so_many_events_for_one_portal_and_in_all() {
    let world = World::create().await;
    let unproved = |number| NewEvent {
        proved: false,
        ..event(&member(number), None)
    };
    for _ in 0..20 {
        receive(&world.store, &unproved(8)).await;
    }

    let one_more = world.store.receive_event(&unproved(8)).await.unwrap();
    let of_another = world.store.receive_event(&unproved(9)).await.unwrap();
    world
        .execute(
            "INSERT INTO portal_events (member_id, event, body, proved)
             SELECT lpad(to_hex(number), 32, '0'), 'ONAPPINSTALL', '', false
             FROM generate_series(100, 10100) AS number",
        )
        .await;
    let of_a_third = world.store.receive_event(&unproved(10)).await.unwrap();

    assert_eq!(one_more, Receipt::TooManyUnproved);
    assert!(matches!(of_another, Receipt::Stored(_)));
    assert_eq!(of_a_third, Receipt::TooManyUnproved);
    let portal = world.portal(1).await;
    receive(&world.store, &event(&portal, None)).await;
    world.end().await;
}

#[tokio::test]
async fn events_of_a_portal_that_removed_the_application_are_dropped() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world.store.archive(&portal).await.unwrap();

    let receipts = [
        world.store.receive_event(&event(&portal, None)).await.unwrap(),
        world.store.receive_event(&event(&member(9), None)).await.unwrap(),
    ];

    assert_eq!(receipts, [Receipt::Dropped, Receipt::Dropped]);
    let checked = world
        .store
        .check_application_token(&portal, "77aa")
        .await
        .unwrap();
    assert_eq!(checked, TokenCheck::NotStored);
    world.end().await;
}
