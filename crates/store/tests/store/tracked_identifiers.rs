//! The list of tracked identifiers and the story of one: what each portal sees, in which order, page by page.

use crate::world::World;
use certlens_store::{MemberId, Store, TrackedHappening, TrackedOrder, TrackedQuery, TrackedState};
use chrono::{Duration, Utc};

/// Two portals: one tracks a thousand numbers, the other every tenth of them.
async fn two_portals(world: &World) -> (MemberId, MemberId) {
    let (large, small) = (world.portal(1).await, world.portal(2).await);
    for (portal, step) in [(&large, 1), (&small, 10)] {
        sqlx::query(
            "WITH made AS (
                 INSERT INTO subscriptions (
                     member_id, entity_type, entity_id, user_id, news, since_version, since_day
                 )
                 SELECT $1, 'company', number, 1 + number % 3, ARRAY['new_document'], 0, '2026-01-01'
                 FROM generate_series(1, 1000, $2) AS number
                 RETURNING id, entity_id
             )
             INSERT INTO subscription_identifiers (subscription_id, identifier)
             SELECT id, to_char(7700000000 + entity_id, 'FM0000000000') FROM made",
        )
        .bind(portal.as_str())
        .bind(step)
        .execute(world.pool())
        .await
        .unwrap();
    }
    (large, small)
}

/// All pages of a list, by ten.
async fn all(store: &Store, query: &TrackedQuery<'_>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    let mut after = None;
    loop {
        let page = TrackedQuery {
            after: after.as_deref(),
            limit: 10,
            ..*query
        };
        let found = store.tracked_identifiers(&page).await.unwrap();
        if found.is_empty() {
            return seen;
        }
        assert!(found.len() <= 10);
        after = found.last().map(|last| last.place_in(query.order));
        seen.extend(found.into_iter().map(|tracked| tracked.identifier));
    }
}

#[tokio::test]
async fn operator_sees_each_number_once_with_all_its_portals_and_a_portal_sees_its_own() {
    let world = World::create().await;
    let (_, small) = two_portals(&world).await;

    let everything = all(&world.store, &TrackedQuery::default()).await;
    let own = TrackedQuery {
        member_id: Some(&small),
        ..TrackedQuery::default()
    };
    let own = all(&world.store, &own).await;

    assert_eq!(everything.len(), 1000);
    assert!(everything.is_sorted());
    assert_eq!(own.len(), 100);
    assert!(own.iter().all(|identifier| everything.contains(identifier)));
    let first = TrackedQuery {
        limit: 2,
        ..TrackedQuery::default()
    };
    let first = world.store.tracked_identifiers(&first).await.unwrap();
    assert_eq!(
        (first[0].portals, first[0].cards, first[0].subscribers),
        (2, 2, 2)
    );
    assert_eq!((first[1].portals, first[1].state), (1, TrackedState::Quiet));
    world.end().await;
}

#[tokio::test]
async fn list_goes_both_ways_and_can_be_narrowed_to_a_beginning() {
    let world = World::create().await;
    two_portals(&world).await;
    let up = TrackedQuery {
        prefix: Some("77000005"),
        ..TrackedQuery::default()
    };
    let down = TrackedQuery {
        is_descending: true,
        ..up
    };

    let (up, down) = (all(&world.store, &up).await, all(&world.store, &down).await);

    assert_eq!(up.len(), 100, "from …500 to …599");
    assert_eq!(up, down.into_iter().rev().collect::<Vec<_>>());
    world.end().await;
}

#[tokio::test]
async fn archived_subscriptions_are_in_no_list_but_in_the_story() {
    let world = World::create().await;
    let (large, _) = two_portals(&world).await;
    world
        .execute(
            "UPDATE subscriptions SET state = 'archived', reason = 'unsubscribed', archived_at = now()
             WHERE entity_id = 2",
        )
        .await;

    let two = TrackedQuery {
        limit: 2,
        ..TrackedQuery::default()
    };
    let listed = world.store.tracked_identifiers(&two).await.unwrap();
    let later = Utc::now() + Duration::hours(1);
    let story = world
        .store
        .tracked_story(Some(&large), "7700000002", later, 10)
        .await
        .unwrap();

    let listed: Vec<_> = listed.iter().map(|tracked| tracked.identifier.as_str()).collect();
    assert_eq!(listed, ["7700000001", "7700000003"]);
    assert_eq!(story.len(), 2);
    let ended = story.iter().any(
        |moment| matches!(&moment.what, TrackedHappening::Ended { reason, .. } if reason == "unsubscribed"),
    );
    assert!(ended, "{story:?}");
    world.end().await;
}

/// News of these cards of both portals, in this order.
async fn found(world: &World, cards: &[i64]) {
    for card in cards {
        sqlx::query(
            "INSERT INTO news (subscription_id, member_id, kind, registry, document_key, identifiers, recount_id)
             SELECT subscription.id, subscription.member_id, 'new_document', 'kz',
                    (SELECT count(*) FROM news)::text, ARRAY[stated.identifier], 7
             FROM subscriptions AS subscription
             JOIN subscription_identifiers AS stated ON stated.subscription_id = subscription.id
             WHERE subscription.entity_id = $1",
        )
        .bind(card)
        .execute(world.pool())
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn by_news_each_comes_once_and_those_without_news_last_in_both_directions() {
    let world = World::create().await;
    let (large, small) = two_portals(&world).await;
    // 21 and 11 are tracked by both portals; 11 had news twice.
    found(&world, &[11, 21, 5, 11]).await;
    let of = |member_id, is_descending| TrackedQuery {
        member_id,
        order: TrackedOrder::News,
        is_descending,
        ..TrackedQuery::default()
    };

    let whole = all(&world.store, &of(None, true)).await;
    let of_small = all(&world.store, &of(Some(&small), true)).await;
    let oldest_first = all(&world.store, &of(Some(&large), false)).await;

    assert_eq!(whole.len(), 1_000);
    assert_eq!(
        whole[..4],
        ["7700000011", "7700000005", "7700000021", "7700000001"]
    );
    assert_eq!(of_small.len(), 100);
    assert_eq!(of_small[..3], ["7700000011", "7700000021", "7700000001"]);
    assert_eq!(oldest_first.len(), 1_000);
    assert_eq!(oldest_first[..3], ["7700000021", "7700000005", "7700000011"]);
    assert!(oldest_first[3..].is_sorted());
    world.end().await;
}

#[tokio::test]
async fn prefix_narrows_the_order_of_news_as_well() {
    let world = World::create().await;
    two_portals(&world).await;
    found(&world, &[11, 101, 105]).await;
    let query = TrackedQuery {
        order: TrackedOrder::News,
        is_descending: true,
        prefix: Some("770000010"),
        ..TrackedQuery::default()
    };

    let found = all(&world.store, &query).await;

    assert_eq!(found[..3], ["7700000105", "7700000101", "7700000100"]);
    assert_eq!(found.len(), 10);
    world.end().await;
}

#[tokio::test]
async fn waiting_news_and_dead_items_are_found_by_their_state_and_told_in_the_story_of_their_portal() {
    let world = World::create().await;
    let (large, small) = two_portals(&world).await;
    world
        .execute(
            "INSERT INTO news (subscription_id, member_id, kind, registry, document_key, identifiers, recount_id, settled_at)
             SELECT subscription.id, subscription.member_id, 'new_document', 'kz', 'a', ARRAY[stated.identifier], 7,
                    CASE WHEN subscription.entity_id = 11 THEN now() END
             FROM subscriptions AS subscription
             JOIN subscription_identifiers AS stated ON stated.subscription_id = subscription.id
             WHERE subscription.entity_id IN (5, 11)",
        )
        .await;
    world
        .execute(
            "WITH item AS (
                 INSERT INTO notification_items (id, member_id, entity_type, entity_id, kind, subscriber_ids, state, reason)
                 SELECT gen_random_uuid(), member_id, 'company', 11, 'todo', ARRAY[1], 'dead', 'the portal refused it'
                 FROM news WHERE settled_at IS NOT NULL AND member_id LIKE '%1'
                 RETURNING id, member_id
             )
             INSERT INTO item_news (
                 item_id, news_id, member_id, entity_type, entity_id, item_kind, kind, registry, document_key, occurrence
             )
             SELECT item.id, news.id, item.member_id, 'company', 11, 'todo', news.kind, news.registry, news.document_key, ''
             FROM item JOIN news ON news.member_id = item.member_id AND news.settled_at IS NOT NULL",
        )
        .await;
    let of = |state, member_id| TrackedQuery {
        state: Some(state),
        member_id,
        ..TrackedQuery::default()
    };

    let waiting = all(&world.store, &of(TrackedState::NewsWaiting, None)).await;
    let dead = all(&world.store, &of(TrackedState::ItemDead, Some(&large))).await;
    let others = all(&world.store, &of(TrackedState::ItemDead, Some(&small))).await;
    let later = Utc::now() + Duration::hours(1);
    let story = world
        .store
        .tracked_story(Some(&large), "7700000011", later, 10)
        .await
        .unwrap();

    assert_eq!(waiting, ["7700000005"]);
    assert_eq!(
        (dead.as_slice(), others.len()),
        (["7700000011".to_owned()].as_slice(), 0)
    );
    let told: Vec<_> = story.iter().map(|moment| &moment.what).collect();
    assert!(
        told.iter().any(
            |what| matches!(what, TrackedHappening::Item { state, reason: Some(_), .. } if state == "dead")
        ),
        "{told:?}"
    );
    assert!(told.iter().any(|what| matches!(
        what,
        TrackedHappening::Found {
            recount: 7,
            news: 1,
            ..
        }
    )));
    assert!(story.iter().all(|moment| moment.member_id == large));
    world.end().await;
}
