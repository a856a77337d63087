//! Thirteen thousand items into one portal: how long, how many requests. Run by hand, with `--run-ignored all`.

use std::time::{Duration, Instant};

use certlens_domain::tracking::NotificationKind;
use rstest::rstest;

use crate::world::{World, stored};

const ITEMS: u64 = 13_000;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; prints what it measures"]
async fn thirteen_thousand_items_cost_three_hundred_requests(#[values(true, false)] keeps_the_pace: bool) {
    let world = World::start(ITEMS).await;
    let portal = world.portal();
    sqlx::query(
        "WITH subscribed AS (
            INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, notification_kind,
                                       since_version, since_day)
            SELECT $1, 'company', 1000 + number, 7, '{new_document}', 'todo', 0, '2026-01-01'
            FROM generate_series(1, $2) AS number
            RETURNING id
         )
         INSERT INTO news (subscription_id, member_id, kind, registry, document_key, identifiers, recount_id)
         SELECT id, $1, 'new_document', 'rf_declarations', 'document', '{7707083893}', 1 FROM subscribed",
    )
    .bind(stored(&portal).as_str())
    .bind(i64::try_from(ITEMS).unwrap())
    .execute(world.pool())
    .await
    .unwrap();
    let began = Instant::now();
    let planned = world.store().plan_items(&stored(&portal)).await.unwrap();
    let planning = began.elapsed();
    assert_eq!(planned.items.unsigned_abs(), ITEMS);
    portal.clear_journal();
    if !keeps_the_pace {
        portal.set_plan(None);
    }

    let began = Instant::now();
    let sender = world.sender(&certlens_tracking::notification::Tempo::default());
    while world
        .number("SELECT count(*) FROM notification_items WHERE state IN ('waiting', 'sending')")
        .await
        > 0
    {
        if !keeps_the_pace {
            world.execute("DELETE FROM portal_budgets").await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let sending = began.elapsed();
    sender.stop().await;

    let requests = portal
        .requests()
        .iter()
        .filter(|request| !request.in_batch && request.server == "portal")
        .count();
    eprintln!(
        "at the portal's pace: {keeps_the_pace}; planned in {planning:?}, sent in {sending:?} with {requests} requests"
    );
    // 260 batches and the cards; and once more for a fifth of the items, whose responsible person has left.
    assert!(requests < 345, "{requests} requests");
    world.assert_each_once(&portal, NotificationKind::Todo).await;
    world.close().await;
}
