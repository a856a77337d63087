//! The background: shared by processes, brought in order again, stopped in time.

use certlens_portal_sim::EntityKind;
use certlens_portals::{BindingOutcome, CrawlPhase};
use serde_json::json;

use crate::world::{ADMINISTRATOR, World, company, eventually, member_id, stored};

#[tokio::test]
async fn bindings_that_an_outside_administrator_removed_come_back() {
    let mut world = World::start().await;
    world.install().await;
    let portal = world.portal();
    portal.wipe_bindings();
    assert!(portal.placements().is_empty());
    world.work(&world.portals.clone());

    sqlx::query("UPDATE portal_jobs SET due_at = now() WHERE kind = 'reconcile'")
        .execute(world.pool())
        .await
        .unwrap();

    let member = member_id(&portal);
    eventually("a report is kept", || async {
        world
            .portals
            .last_reconciliation(&member)
            .await
            .unwrap()
            .is_some()
    })
    .await;
    assert_eq!(portal.placements().len(), 3);
    assert_eq!(portal.events().len(), 18);
    let report = world.portals.last_reconciliation(&member).await.unwrap().unwrap();
    assert!(report.is_complete() && report.is_changed());
    assert!(
        report
            .bindings
            .iter()
            .all(|binding| binding.outcome == BindingOutcome::Bound)
    );
    world.close().await;
}

#[tokio::test]
async fn reconcile_by_an_administrators_page_brings_removed_bindings_back_at_once() {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();
    portal.wipe_bindings();
    let frame = world.open(ADMINISTRATOR, EntityKind::Company, 101).await;

    let client = world.portals.viewer_client(&frame);
    let report = world
        .portals
        .reconcile(&member_id(&portal), &client)
        .await
        .unwrap();

    assert!(report.is_complete() && report.is_changed());
    assert_eq!(portal.placements().len(), 3);
    world.close().await;
}

#[tokio::test]
async fn two_workers_on_one_database_do_each_thing_once() {
    let mut world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let member = stored(&portal);
    let other = world.another_process();
    world.work(&world.portals.clone());
    world.work(&other);

    for number in 0..20 {
        let fields = json!({"title": format!("Round {number}")});
        world
            .change(
                "crm.item.update",
                json!({"entityTypeId": 4, "id": 101 + number % 5, "fields": fields}),
            )
            .await;
    }

    eventually("everything is worked off", || async {
        let crawl = world.portals.progress(&member_id(&portal)).await.unwrap();
        let card = world.store().indexed_card(&member, company(105)).await.unwrap();
        crawl.phase == CrawlPhase::Finished
            && world.store().pending_events(&member).await.unwrap() == 0
            && card.is_some_and(|card| card.item.title == "Round 19")
    })
    .await;
    assert!(world.store().failed_events(&member).await.unwrap().is_empty());
    let crawl = world.store().job(&member, "crawl").await.unwrap().unwrap();
    assert_eq!((crawl.attempts, crawl.last_error), (0, None));
    world.close().await;
}

#[tokio::test]
async fn a_worker_asked_to_stop_gives_back_what_it_holds() {
    let mut world = World::start().await;
    world.install().await;
    world.work(&world.portals.clone());

    world.stop_workers().await;

    let held: i64 = sqlx::query_scalar("SELECT count(*) FROM portal_jobs WHERE lease_id IS NOT NULL")
        .fetch_one(world.pool())
        .await
        .unwrap();
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM event_leases")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert_eq!((held, events), (0, 0));
    world.close().await;
}
