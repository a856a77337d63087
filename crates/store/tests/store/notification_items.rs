//! Items under leases: claims, results, refusals, what people may do.

mod planning;

use std::time::Duration;

use certlens_domain::people::WhyNot;
use certlens_domain::tracking::AssignmentRule;
use certlens_store::{
    ITEM_ATTEMPTS, ItemId, ItemOutcome, ItemResult, MemberId, Refusal, StoreError, StuckQuery, StuckState,
    UserId,
};
use sqlx::PgPool;

use certlens_store::queue::ITEMS;

use crate::world::World;

const LEASE: Duration = Duration::from_mins(1);

/// A user's subscription to everything in a company's card.
async fn subscribe(pool: &PgPool, portal: &MemberId, company: i64, user: i64) -> i64 {
    sqlx::query_scalar(
        "INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, since_version, since_day)
         VALUES ($1, 'company', $2, $3, '{new_document,suspended}', 0, '2026-01-01') RETURNING id",
    )
    .bind(portal.as_str())
    .bind(company)
    .bind(user)
    .fetch_one(pool)
    .await
    .unwrap()
}

/// A document appeared that carries the identifier.
async fn news(pool: &PgPool, portal: &MemberId, subscription: i64, document: &str, identifier: &str) {
    sqlx::query(
        "INSERT INTO news (subscription_id, member_id, kind, registry, document_key, identifiers, recount_id)
         VALUES ($1, $2, 'new_document', 'kz', $3, ARRAY[$4], 1)",
    )
    .bind(subscription)
    .bind(portal.as_str())
    .bind(document)
    .bind(identifier)
    .execute(pool)
    .await
    .unwrap();
}

async fn set(pool: &PgPool, change: &'static str) {
    sqlx::query(change).execute(pool).await.unwrap();
}

/// So many companies with one piece of news each, planned.
async fn planned(world: &World, portal: &MemberId, companies: i64) {
    for company in 1..=companies {
        let subscription = subscribe(world.pool(), portal, company, 7).await;
        news(world.pool(), portal, subscription, "d", "1").await;
    }
    assert_eq!(world.store.plan_items(portal).await.unwrap().items, companies);
}

fn result(id: ItemId, outcome: ItemOutcome) -> ItemResult {
    ItemResult { id, outcome }
}

fn sent(id: ItemId) -> ItemResult {
    result(
        id,
        ItemOutcome::Sent {
            object: Some("9".to_owned()),
            assigned: Some((AssignmentRule::Responsible, UserId(7))),
        },
    )
}

async fn states(world: &World) -> Vec<(String, i64)> {
    let counts = world.store.item_counts(None).await.unwrap();
    counts
        .into_iter()
        .map(|count| (count.state, count.items))
        .collect()
}

#[tokio::test]
async fn portal_has_one_sender_at_a_time_and_portals_take_turns() {
    let world = World::create().await;
    let (one, two) = (world.portal(1).await, world.portal(2).await);
    planned(&world, &one, 3).await;
    planned(&world, &two, 1).await;
    let store = &world.store;

    let first = store.claim_sender(LEASE).await.unwrap().unwrap();
    let second = store.claim_sender(LEASE).await.unwrap().unwrap();
    assert_ne!(first.member_id(), second.member_id());
    assert_eq!(store.claim_sender(LEASE).await.unwrap(), None);

    store.release_sender(&first).await.unwrap();
    store.release_sender(&second).await.unwrap();
    let third = store.claim_sender(LEASE).await.unwrap().unwrap();
    assert_eq!(third.member_id(), first.member_id(), "it was served longest ago");
    world.end().await;
}

#[tokio::test]
async fn results_of_a_sender_that_lost_its_lease_are_refused() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    planned(&world, &portal, 1).await;
    let store = &world.store;
    let zombie = store.claim_sender(LEASE).await.unwrap().unwrap();
    let items = store.claim_items(&zombie, 10).await.unwrap();
    world
        .execute("UPDATE notification_senders SET lease_until = now() - interval '1 second'")
        .await;
    let heir = store.claim_sender(LEASE).await.unwrap().unwrap();

    let late = [
        store.mark_uncertain(&zombie, &[(items[0].id, None)], LEASE).await,
        store.finish_items(&zombie, &[sent(items[0].id)]).await,
        store.renew_sender(&zombie, LEASE).await,
        store.pause_sender(&zombie, "late", None).await,
    ];
    assert!(
        late.into_iter()
            .all(|written| matches!(written, Err(StoreError::LeaseLost)))
    );
    store.release_sender(&zombie).await.unwrap();

    let again = store.claim_items(&heir, 10).await.unwrap();
    assert_eq!(again[0].attempts, 2, "the lost claim counts");
    store.finish_items(&heir, &[sent(again[0].id)]).await.unwrap();
    assert_eq!(states(&world).await, [("sent".to_owned(), 1)]);
    world.end().await;
}

#[tokio::test]
async fn item_in_doubt_waits_until_the_portal_can_t_be_at_work_on_it() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    planned(&world, &portal, 2).await;
    let store = &world.store;
    let lease = store.claim_sender(LEASE).await.unwrap().unwrap();
    let items = store.claim_items(&lease, 10).await.unwrap();
    let assigned = Some((AssignmentRule::Responsible, UserId(7)));
    store
        .mark_uncertain(&lease, &[(items[0].id, assigned)], LEASE)
        .await
        .unwrap();

    store.release_sender(&lease).await.unwrap();

    let lease = store.claim_sender(LEASE).await.unwrap().unwrap();
    let due = store.claim_items(&lease, 10).await.unwrap();
    assert_eq!(due.len(), 1, "only the one that was surely not sent");
    assert_eq!((due[0].id, due[0].attempts), (items[1].id, 1));
    world
        .execute("UPDATE notification_items SET due_at = now(), look_at = now() WHERE is_uncertain")
        .await;
    let due = store.claim_items(&lease, 10).await.unwrap();
    assert!(due[0].is_uncertain);
    assert_eq!(due[0].assigned, Some((AssignmentRule::Responsible, UserId(7))));
    world.end().await;
}

#[tokio::test]
async fn item_that_kills_every_sender_is_given_up_and_can_be_tried_again_or_discarded() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    planned(&world, &portal, 1).await;
    let store = &world.store;
    for _ in 0..ITEM_ATTEMPTS {
        let lease = store.claim_sender(LEASE).await.unwrap().unwrap();
        assert_eq!(store.claim_items(&lease, 10).await.unwrap().len(), 1);
        world
            .execute("UPDATE notification_senders SET lease_until = now() - interval '1 second'")
            .await;
    }
    let lease = store.claim_sender(LEASE).await.unwrap().unwrap();
    assert_eq!(store.claim_items(&lease, 10).await.unwrap().len(), 0);

    let stuck = StuckQuery {
        limit: 10,
        ..StuckQuery::default()
    };
    let dead = store.stuck_work(&stuck).await.unwrap();
    assert_eq!((dead.len(), dead[0].state), (1, StuckState::Dead));
    let ids = [dead[0].id.clone()];
    assert_eq!(store.retry_work(Some(&portal), &ids).await.unwrap(), 1);
    assert_eq!(store.claim_items(&lease, 10).await.unwrap()[0].attempts, 1);
    store.release_sender(&lease).await.unwrap();
    let discarded = store.discard_work(Some(&portal), &ids, "nobody needs it").await;
    assert_eq!(discarded.unwrap(), 1);
    assert_eq!(states(&world).await, [("discarded".to_owned(), 1)]);
    world.end().await;
}

#[tokio::test]
async fn failure_waits_longer_each_time_and_a_put_back_doesn_t_count() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    planned(&world, &portal, 1).await;
    let store = &world.store;
    let lease = store.claim_sender(LEASE).await.unwrap().unwrap();
    let mut waits = Vec::new();
    for _ in 0..3 {
        let items = store.claim_items(&lease, 10).await.unwrap();
        let failed = ItemOutcome::Failed("the portal is busy".to_owned());
        store
            .finish_items(&lease, &[result(items[0].id, failed)])
            .await
            .unwrap();
        waits.push(
            world
                .number("SELECT extract(epoch FROM due_at - now())::bigint FROM notification_items")
                .await,
        );
        world
            .execute("UPDATE notification_items SET due_at = now()")
            .await;
    }
    assert!(waits[0] >= 29 && waits[1] >= 59 && waits[2] >= 119, "{waits:?}");

    let items = store.claim_items(&lease, 10).await.unwrap();
    assert_eq!(items[0].attempts, 4);
    let put_back = ItemOutcome::PutBack {
        reason: "not now".to_owned(),
        after: Duration::ZERO,
    };
    store
        .finish_items(&lease, &[result(items[0].id, put_back)])
        .await
        .unwrap();
    assert_eq!(store.claim_items(&lease, 10).await.unwrap()[0].attempts, 4);
    world.end().await;
}

#[tokio::test]
async fn refusals_count_until_the_item_gets_a_new_chance() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    planned(&world, &portal, 1).await;
    let store = &world.store;
    let lease = store.claim_sender(LEASE).await.unwrap().unwrap();
    let id = store.claim_items(&lease, 10).await.unwrap()[0].id;
    let refusal = Refusal {
        item_id: id,
        rule: AssignmentRule::Responsible,
        user_id: UserId(7),
        reason: WhyNot::Refused,
        words: Some("WRONG_RESPONSIBLE".to_owned()),
    };
    store.mark_uncertain(&lease, &[(id, None)], LEASE).await.unwrap();
    store
        .note_refusals(&lease, &[refusal.clone(), refusal])
        .await
        .unwrap();
    store.release_sender(&lease).await.unwrap();

    let lease = store.claim_sender(LEASE).await.unwrap().unwrap();
    let items = store.claim_items(&lease, 10).await.unwrap();
    assert_eq!(items[0].refused, [UserId(7)]);
    assert!(!items[0].is_uncertain, "a refusal is a definite answer");
    let unassignable = ItemOutcome::Unassignable {
        reason: "nobody".to_owned(),
        after: Duration::from_hours(24),
    };
    store
        .finish_items(&lease, &[result(id, unassignable)])
        .await
        .unwrap();
    assert_eq!(
        store.claim_items(&lease, 10).await.unwrap().len(),
        0,
        "once a day"
    );
    store.wake_unassignable(&portal).await.unwrap();

    let items = store.claim_items(&lease, 10).await.unwrap();
    assert_eq!(items[0].refused, [], "everybody gets a new chance");
    assert_eq!(items[0].attempts, 1);
    world.end().await;
}

#[tokio::test]
async fn paused_portal_is_skipped_until_it_is_resumed() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    planned(&world, &portal, 1).await;
    let store = &world.store;

    store
        .pause_work(Some(&portal), ITEMS, "maintenance", "Anna")
        .await
        .unwrap();
    assert_eq!(store.claim_sender(LEASE).await.unwrap(), None);
    assert_eq!(store.items_to_wait_for(LEASE).await.unwrap(), 0);

    assert!(store.resume_work(Some(&portal), ITEMS).await.unwrap());
    assert!(store.claim_sender(LEASE).await.unwrap().is_some());
    world.end().await;
}

#[tokio::test]
async fn depth_of_queues_shows_items_by_state() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    planned(&world, &portal, 3).await;
    let store = &world.store;
    let lease = store.claim_sender(LEASE).await.unwrap().unwrap();
    store.claim_items(&lease, 1).await.unwrap();

    let depths: Vec<(String, String, i64)> = store
        .queue_depths(Some(&portal))
        .await
        .unwrap()
        .into_iter()
        .map(|depth| (depth.kind, depth.state, depth.pieces))
        .collect();

    let items = |state: &str, pieces| ("items".to_owned(), state.to_owned(), pieces);
    assert_eq!(depths, [items("running", 1), items("waiting", 2)]);
    world.end().await;
}
