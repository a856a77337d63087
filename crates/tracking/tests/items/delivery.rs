//! What appears in a portal, and what by rule does not.

use std::time::Duration;

use certlens_domain::tracking::NotificationKind;
use certlens_tracking::notification::notify_at;
use rstest::rstest;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::world::{FIRST, World, eventually, stored, tempo};

#[rstest]
#[tokio::test]
async fn news_of_a_card_appear_once_as_what_was_chosen(
    #[values(
        NotificationKind::Todo,
        NotificationKind::Activity,
        NotificationKind::Task,
        NotificationKind::Comment
    )]
    kind: NotificationKind,
) {
    let world = World::start(5).await;
    let portal = world.portal();
    let subscription = world.subscribe(&portal, ("company", FIRST), kind).await;
    for document in ["a", "b", "c"] {
        world.find(&portal, subscription, document).await;
    }

    let summary = notify_at(
        &world.tracking,
        &tempo(),
        &CancellationToken::new(),
        Duration::from_mins(1),
    )
    .await
    .unwrap();

    assert_eq!((summary.planned, summary.sent, summary.waiting), (1, 1, 0));
    world.assert_each_once(&portal, kind).await;

    world.find(&portal, subscription, "d").await;
    world.store().plan_items(&stored(&portal)).await.unwrap();
    world.send_all().await;
    assert_eq!(
        world.states().await["sent"],
        2,
        "the next run has an item of its own"
    );
    world.assert_each_once(&portal, kind).await;
    world.close().await;
}

#[tokio::test]
async fn notification_goes_to_the_person_with_the_marker_as_its_tag() {
    let world = World::start(5).await;
    let portal = world.portal();
    world.plan(&portal, 3, NotificationKind::Im).await;

    world.send_all().await;

    assert_eq!(world.states().await["sent"], 3);
    assert_eq!(
        world
            .number("SELECT count(*) FROM notification_items WHERE responsible_id IS NOT NULL AND portal_object IS NOT NULL")
            .await,
        3
    );
    world.close().await;
}

#[tokio::test]
async fn items_of_closed_and_deleted_cards_are_skipped_with_the_reason() {
    let world = World::start(5).await;
    let portal = world.portal();
    let deal = |stage: &str| json!({"fields": {"TITLE": "Поставка", "STAGE_ID": stage}});
    let open = world
        .call(&portal, "crm.deal.add", deal("NEW"))
        .await
        .as_i64()
        .unwrap();
    let won = world
        .call(&portal, "crm.deal.add", deal("WON"))
        .await
        .as_i64()
        .unwrap();
    let lead = json!({"fields": {"TITLE": "Заявка", "STATUS_ID": "JUNK"}});
    let junk = world.call(&portal, "crm.lead.add", lead).await.as_i64().unwrap();
    for card in [
        ("deal", open),
        ("deal", won),
        ("lead", junk),
        ("company", 999_999),
    ] {
        let subscription = world.subscribe(&portal, card, NotificationKind::Todo).await;
        world.find(&portal, subscription, "document").await;
    }
    world.store().plan_items(&stored(&portal)).await.unwrap();

    world.send_all().await;

    let states = world.states().await;
    assert_eq!((states["sent"], states["skipped"]), (1, 3));
    assert_eq!(
        world
            .number("SELECT count(*) FROM notification_items WHERE reason = 'the lead or deal is closed'")
            .await,
        2
    );
    assert_eq!(world.objects(&portal, NotificationKind::Todo).await.len(), 1);
    world.close().await;
}

#[tokio::test]
async fn hundreds_of_items_cost_a_request_for_fifty_and_few_more() {
    let world = World::start(200).await;
    let portal = world.portal();
    world.plan(&portal, 200, NotificationKind::Todo).await;
    portal.clear_journal();

    world.send_all().await;

    let requests = portal
        .requests()
        .iter()
        .filter(|request| !request.in_batch && request.server == "portal")
        .count();
    // The cards, the items, and those again whose responsible person the portal refused.
    assert!(requests <= 1 + 4 + 1, "{requests} requests for 200 items");
    assert_eq!(world.states().await["sent"], 200);
    world.close().await;
}

#[tokio::test]
async fn one_portal_s_many_items_don_t_delay_another_s_single_one() {
    let world = World::start(400).await;
    let (large, small, third) = (
        world.portal(),
        world.another_portal(3).await,
        world.another_portal(3).await,
    );
    world.plan(&large, 400, NotificationKind::Todo).await;
    world.plan(&small, 1, NotificationKind::Todo).await;
    world.plan(&third, 1, NotificationKind::Todo).await;
    let mut slow = tempo();
    // One hand serves all portals, a small portion in each turn.
    slow.portals_at_once = 1;
    slow.items_in_a_turn = 50;

    let sender = world.sender(&slow);
    eventually("the small portals are served", async || {
        world
            .number(
                "SELECT count(*) FROM (SELECT member_id FROM notification_items WHERE state = 'sent'
                  GROUP BY member_id) AS served",
            )
            .await
            == 3
    })
    .await;

    let waiting = world
        .number("SELECT count(*) FROM notification_items WHERE state = 'waiting'")
        .await;
    assert!(
        waiting >= 200,
        "only {waiting} of the large portal's items still wait"
    );
    sender.stop().await;
    world.close().await;
}

#[tokio::test]
async fn portal_that_refuses_everything_keeps_its_items_and_is_left_alone() {
    let world = World::start(5).await;
    let portal = world.portal();
    world.plan(&portal, 3, NotificationKind::Todo).await;
    portal.set_fault("payment_required".parse().unwrap());

    let sender = world.sender(&tempo());
    eventually("the portal is paused", async || {
        world
            .number("SELECT count(*) FROM notification_senders WHERE paused_until > now()")
            .await
            == 1
    })
    .await;
    sender.stop().await;

    assert_eq!(world.states().await["waiting"], 3);
    assert_eq!(
        world
            .number("SELECT max(attempts)::bigint FROM notification_items")
            .await,
        0,
        "it says nothing of the items"
    );
    portal.clear_faults();
    world.store().resume_sending(&stored(&portal)).await.unwrap();
    world.send_all().await;
    world.assert_each_once(&portal, NotificationKind::Todo).await;
    world.close().await;
}
