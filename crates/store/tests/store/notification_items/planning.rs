//! From news to items.

use certlens_store::{IndexedItem, UserId};

use super::{LEASE, news, planned, set, subscribe};
use crate::world::{World, company, identifier, item};

#[tokio::test]
async fn all_news_of_a_card_become_one_item_however_the_run_is_cut() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let first = subscribe(world.pool(), &portal, 1, 7).await;
    let second = subscribe(world.pool(), &portal, 1, 8).await;
    for document in ["a", "b", "c"] {
        news(world.pool(), &portal, first, document, "1").await;
        news(world.pool(), &portal, second, document, "1").await;
    }

    let mut settled = 0;
    loop {
        let portion = world.store.plan_portion(&portal, 2).await.unwrap();
        settled += portion.settled;
        if portion.settled == 0 {
            break;
        }
    }

    assert_eq!(settled, 6);
    let lease = world.store.claim_sender(LEASE).await.unwrap().unwrap();
    let items = world.store.claim_items(&lease, 10).await.unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].news.len(), 3, "each piece of news once");
    assert_eq!(items[0].subscriber_ids, [UserId(7), UserId(8)]);
    world.end().await;
}

#[tokio::test]
async fn news_that_were_told_in_a_card_are_not_told_there_again() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let first = subscribe(world.pool(), &portal, 1, 7).await;
    news(world.pool(), &portal, first, "a", "1").await;
    world.store.plan_items(&portal).await.unwrap();
    let second = subscribe(world.pool(), &portal, 1, 8).await;
    news(world.pool(), &portal, second, "a", "1").await;

    let planned = world.store.plan_items(&portal).await.unwrap();

    assert_eq!((planned.settled, planned.dropped, planned.items), (1, 1, 0));
    assert_eq!(
        world
            .number("SELECT count(*) FROM news WHERE dropped = 'told_already'")
            .await,
        1
    );
    world.end().await;
}

#[tokio::test]
async fn news_of_muted_and_archived_subscriptions_are_dropped_with_the_reason() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    for company in 1..=3 {
        let subscription = subscribe(world.pool(), &portal, company, 7).await;
        news(world.pool(), &portal, subscription, "a", "1").await;
    }
    set(
        world.pool(),
        "UPDATE subscriptions SET muted_until = 'infinity' WHERE entity_id = 1",
    )
    .await;
    set(
        world.pool(),
        "UPDATE subscriptions SET state = 'archived', archived_at = now(), reason = 'unsubscribed' WHERE entity_id = 2",
    )
    .await;

    let planned = world.store.plan_items(&portal).await.unwrap();

    assert_eq!((planned.settled, planned.dropped, planned.items), (3, 2, 1));
    world.end().await;
}

#[tokio::test]
async fn scope_of_all_matching_tells_every_card_that_carries_the_identifier() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let stranger = world.portal(2).await;
    for member in [&portal, &stranger] {
        let items = [company(5), company(6)].map(|card| IndexedItem {
            identifiers: vec![identifier("7707083893")],
            ..item(card)
        });
        world.store.index_items(member, &items).await.unwrap();
    }
    let subscription = subscribe(world.pool(), &portal, 1, 7).await;
    set(world.pool(), "UPDATE subscriptions SET scope = 'all_matching'").await;
    news(world.pool(), &portal, subscription, "a", "7707083893").await;

    world.store.plan_items(&portal).await.unwrap();

    let lease = world.store.claim_sender(LEASE).await.unwrap().unwrap();
    let mut cards: Vec<i64> = world
        .store
        .claim_items(&lease, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|item| item.entity.id)
        .collect();
    cards.sort_unstable();
    assert_eq!(cards, [1, 5, 6], "its own card too, and no other portal's");
    world.end().await;
}

#[tokio::test]
async fn same_news_make_the_same_item_again_and_one_more_makes_another() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let subscription = subscribe(world.pool(), &portal, 1, 7).await;
    let mut markers = Vec::new();
    // As after a restoration: what was found, planned and sent is not there any more.
    for documents in [&["b", "a"][..], &["a", "b"], &["a", "b", "c"]] {
        for document in documents {
            news(world.pool(), &portal, subscription, document, "1").await;
        }
        world.store.plan_items(&portal).await.unwrap();
        let marker: String = sqlx::query_scalar("SELECT id::text FROM notification_items")
            .fetch_one(world.pool())
            .await
            .unwrap();
        markers.push(marker);
        set(world.pool(), "DELETE FROM notification_items").await;
        set(world.pool(), "DELETE FROM news").await;
    }

    assert_eq!(markers[0], markers[1]);
    assert_ne!(markers[1], markers[2]);
    world.end().await;
}

#[tokio::test]
async fn item_that_is_planned_after_a_restoration_is_looked_for_before_it_is_sent() {
    let world = World::create().await;
    let (portal, other) = (world.portal(1).await, world.portal(2).await);
    sqlx::query(
        "INSERT INTO notification_senders (member_id, doubt_until) VALUES ($1, now() + interval '1 day')",
    )
    .bind(portal.as_str())
    .execute(world.pool())
    .await
    .unwrap();

    for member in [&portal, &other] {
        planned(&world, member, 1).await;
    }

    let doubted = "SELECT count(*) FROM notification_items WHERE is_uncertain AND NOT is_open";
    assert_eq!(world.number(doubted).await, 1);
    let lease = world
        .store
        .claim_sender_of(&portal, LEASE)
        .await
        .unwrap()
        .unwrap();
    let items = world.store.claim_items(&lease, 10).await.unwrap();
    assert_eq!(items.len(), 1);
    assert!(items[0].is_uncertain);
    set(
        world.pool(),
        "UPDATE notification_senders SET doubt_until = now()",
    )
    .await;
    let subscription = subscribe(world.pool(), &portal, 9, 7).await;
    news(world.pool(), &portal, subscription, "z", "1").await;
    world.store.plan_items(&portal).await.unwrap();
    assert_eq!(world.number(doubted).await, 1, "the doubt is over");
    world.end().await;
}

#[tokio::test]
async fn item_whose_number_is_taken_gets_another() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let subscription = subscribe(world.pool(), &portal, 1, 7).await;
    for _ in 0..2 {
        news(world.pool(), &portal, subscription, "a", "1").await;
        world.store.plan_items(&portal).await.unwrap();
        // Its news are forgotten with a subscription; the item stays.
        set(world.pool(), "UPDATE notification_items SET is_open = false").await;
        set(world.pool(), "DELETE FROM news").await;
    }

    assert_eq!(world.number("SELECT count(*) FROM notification_items").await, 2);
    world.end().await;
}

#[tokio::test]
async fn item_that_somebody_took_is_not_added_to() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    planned(&world, &portal, 1).await;
    let lease = world.store.claim_sender(LEASE).await.unwrap().unwrap();
    world.store.claim_items(&lease, 10).await.unwrap();
    let subscription = subscribe(world.pool(), &portal, 1, 7).await;
    news(world.pool(), &portal, subscription, "another", "1").await;

    assert_eq!(world.store.plan_items(&portal).await.unwrap().items, 1);
    assert_eq!(world.number("SELECT count(*) FROM notification_items").await, 2);
    world.end().await;
}

#[tokio::test]
async fn notification_run_is_taken_by_one_of_those_who_saw_the_same() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let subscription = subscribe(world.pool(), &portal, 1, 7).await;
    news(world.pool(), &portal, subscription, "a", "1").await;
    let store = &world.store;

    let seen = store.portals_with_news().await.unwrap()[0].last_run_at;
    assert!(store.take_notification_run(&portal, seen).await.unwrap());
    assert!(!store.take_notification_run(&portal, seen).await.unwrap());

    let seen = store.portals_with_news().await.unwrap()[0].last_run_at;
    assert!(store.take_notification_run(&portal, seen).await.unwrap());
    assert!(!store.take_notification_run(&portal, seen).await.unwrap());
    world.end().await;
}
