//! Stuck work of all kinds in one list, what people do about it, and what they stop.

use std::time::Duration;

use certlens_store::queue::{EVENTS, EVERYTHING, ITEMS};
use certlens_store::{MemberId, NewEvent, StuckOrder, StuckQuery, StuckState, StuckWork, Subject, WorkId};

use crate::world::World;

const LEASE: Duration = Duration::from_mins(1);

fn query() -> StuckQuery<'static> {
    StuckQuery {
        limit: 100,
        ..StuckQuery::default()
    }
}

/// An item that was given up so many minutes ago.
async fn dead_item(world: &World, portal: &MemberId, card: i64, minutes: i32, reason: &str) {
    sqlx::query(
        "INSERT INTO notification_items (
            id, member_id, entity_type, entity_id, kind, subscriber_ids, state, reason, created_at, is_open)
         VALUES (gen_random_uuid(), $1, 'company', $2, 'todo', '{7}', 'dead', $4, now() - make_interval(mins => $3), false)",
    )
    .bind(portal.as_str())
    .bind(card)
    .bind(minutes)
    .bind(reason)
    .execute(world.pool())
    .await
    .unwrap();
}

async fn event(world: &World, portal: &MemberId) {
    world
        .store
        .receive_event(&NewEvent {
            member_id: portal.clone(),
            event: "ONCRMCOMPANYUPDATE".to_owned(),
            subject: Some(Subject {
                kind: "company".to_owned(),
                id: 17,
            }),
            body: Vec::from(*b"body").into(),
            proved: true,
        })
        .await
        .unwrap();
}

fn cards(work: &[StuckWork]) -> Vec<i64> {
    work.iter()
        .filter_map(|one| one.entity.map(|entity| entity.id))
        .collect()
}

#[tokio::test]
async fn list_goes_over_all_portals_newest_first_and_page_by_page() {
    let world = World::create().await;
    let (one, two) = (world.portal(1).await, world.portal(2).await);
    for card in 1..=7 {
        let portal = if card % 2 == 0 { &one } else { &two };
        dead_item(&world, portal, card, i32::try_from(card).unwrap(), "refused").await;
    }

    let mut seen = Vec::new();
    let mut page = StuckQuery { limit: 3, ..query() };
    loop {
        let work = world.store.stuck_work(&page).await.unwrap();
        let Some(last) = work.last() else { break };
        page.after = Some(last.place());
        seen.extend(cards(&work));
    }
    let oldest = StuckQuery {
        order: StuckOrder::EarliestFirst,
        ..query()
    };

    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);
    let oldest = world.store.stuck_work(&oldest).await.unwrap();
    assert_eq!(cards(&oldest), [7, 6, 5, 4, 3, 2, 1]);
    assert!(oldest[0].domain.is_some());
    world.end().await;
}

#[tokio::test]
async fn list_is_narrowed_by_portal_kind_state_and_text() {
    let world = World::create().await;
    let (one, two) = (world.portal(1).await, world.portal(2).await);
    dead_item(&world, &one, 1, 1, "Access denied 50%").await;
    dead_item(&world, &two, 2, 2, "the portal is busy").await;
    event(&world, &one).await;
    world
        .execute("UPDATE portal_events SET attempts = 2, last_error = 'no answer'")
        .await;
    let number = async |query: StuckQuery<'_>| world.store.stuck_work(&query).await.unwrap().len();

    assert_eq!(number(query()).await, 3);
    assert_eq!(
        number(StuckQuery {
            member_id: Some(&one),
            ..query()
        })
        .await,
        2
    );
    assert_eq!(
        number(StuckQuery {
            kind: Some(EVENTS),
            ..query()
        })
        .await,
        1
    );
    assert_eq!(
        number(StuckQuery {
            state: Some(StuckState::Dead),
            ..query()
        })
        .await,
        2
    );
    assert_eq!(
        number(StuckQuery {
            state: Some(StuckState::Late),
            ..query()
        })
        .await,
        1
    );
    assert_eq!(
        number(StuckQuery {
            text: Some("denied 50%"),
            ..query()
        })
        .await,
        1
    );
    assert_eq!(
        number(StuckQuery {
            text: Some("%"),
            ..query()
        })
        .await,
        1
    );
    assert_eq!(
        number(StuckQuery {
            text: Some("COMPANYUPDATE"),
            ..query()
        })
        .await,
        1
    );
    world.end().await;
}

#[tokio::test]
async fn another_portals_work_is_neither_tried_again_nor_discarded() {
    let world = World::create().await;
    let (one, two) = (world.portal(1).await, world.portal(2).await);
    dead_item(&world, &one, 1, 1, "refused").await;
    let ids: Vec<WorkId> = vec![world.store.stuck_work(&query()).await.unwrap()[0].id.clone()];

    let retried = world.store.retry_work(Some(&two), &ids).await.unwrap();
    let discarded = world.store.discard_work(Some(&two), &ids, "mine").await.unwrap();
    let all = world.store.retry_all_work(Some(&two), None).await.unwrap();

    assert_eq!((retried, discarded, all), (0, 0, 0));
    assert_eq!(world.store.retry_all_work(None, Some(ITEMS)).await.unwrap(), 1);
    world.end().await;
}

#[tokio::test]
async fn what_is_paused_nobody_begins_until_it_is_resumed() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let store = &world.store;
    event(&world, &portal).await;
    store.schedule(&portal, "crawl", Duration::ZERO).await.unwrap();

    for (pause, kind) in [(None, EVENTS), (Some(&portal), EVERYTHING), (None, EVERYTHING)] {
        store
            .pause_work(pause, kind, "maintenance", "Anna")
            .await
            .unwrap();
        assert!(store.claim_events(10, LEASE).await.unwrap().is_none(), "{kind}");
        assert_eq!(
            store.work_pauses(Some(&portal)).await.unwrap()[0].reason,
            "maintenance"
        );
        assert!(store.resume_work(pause, kind).await.unwrap());
    }
    store
        .pause_work(Some(&portal), "crawl", "maintenance", "Anna")
        .await
        .unwrap();
    let paused = store.claim_job(&["crawl"], LEASE).await.unwrap();
    store.resume_work(Some(&portal), "crawl").await.unwrap();

    assert!(paused.is_none());
    assert!(store.claim_job(&["crawl"], LEASE).await.unwrap().is_some());
    assert!(store.claim_events(10, LEASE).await.unwrap().is_some());
    assert!(
        !store.resume_work(Some(&portal), "crawl").await.unwrap(),
        "there is none any more"
    );
    world.end().await;
}

#[tokio::test]
async fn pause_of_one_portal_leaves_the_others_alone() {
    let world = World::create().await;
    let (one, two) = (world.portal(1).await, world.portal(2).await);
    event(&world, &one).await;
    event(&world, &two).await;

    world
        .store
        .pause_work(Some(&one), EVENTS, "x", "Anna")
        .await
        .unwrap();
    let claimed = world.store.claim_events(10, LEASE).await.unwrap().unwrap();

    assert_eq!(claimed.lease.member_id(), &two);
    assert!(world.store.claim_events(10, LEASE).await.unwrap().is_none());
    world.end().await;
}

#[tokio::test]
async fn depth_tells_portals_apart() {
    let world = World::create().await;
    let (one, two) = (world.portal(1).await, world.portal(2).await);
    for card in 1..=3 {
        dead_item(&world, &one, card, 1, "refused").await;
    }
    event(&world, &two).await;

    let depths = world.store.queue_depths_by_portal(None, 10).await.unwrap();

    let found: Vec<(&MemberId, &str, &str, i64)> = depths
        .iter()
        .map(|one| {
            (
                &one.member_id,
                one.depth.kind.as_str(),
                one.depth.state.as_str(),
                one.depth.pieces,
            )
        })
        .collect();
    assert_eq!(found, [(&one, ITEMS, "dead", 3), (&two, EVENTS, "waiting", 1)]);
    assert_eq!(
        world
            .store
            .queue_depths_by_portal(Some(&two), 10)
            .await
            .unwrap()
            .len(),
        1
    );
    world.end().await;
}

#[tokio::test]
async fn inspection_of_an_item_tells_card_people_and_news() {
    let world = World::create().await;
    let (one, two) = (world.portal(1).await, world.portal(2).await);
    dead_item(&world, &one, 5, 1, "refused").await;
    world
        .execute(
            "INSERT INTO assignment_refusals (item_id, member_id, rule, user_id, reason, words)
             SELECT id, member_id, 'responsible', 7, 'refused', 'Access denied' FROM notification_items",
        )
        .await;
    let WorkId::Item(id) = world.store.stuck_work(&query()).await.unwrap()[0].id else {
        unreachable!("an item was made");
    };

    let details = world.store.item_details(Some(&one), id).await.unwrap().unwrap();

    assert_eq!((details.entity.id, details.state.as_str()), (5, "dead"));
    assert_eq!(details.refusals[0].words.as_deref(), Some("Access denied"));
    assert!(world.store.item_details(Some(&two), id).await.unwrap().is_none());
    world.end().await;
}
