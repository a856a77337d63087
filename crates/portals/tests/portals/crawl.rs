//! The crawl: complete, resumable, forgetful of what is gone.

use certlens_bitrix24::EntityType;
use certlens_portal_sim::{GeneratedSeed, RestFault, Seed, SimulatorOptions};
use certlens_portals::CrawlPhase;
use serde_json::json;

use crate::world::{World, company, eventually, member_id, stored};

async fn with_items(companies: u64) -> World {
    World::with(SimulatorOptions {
        seed: Some(
            Seed::generated(GeneratedSeed {
                companies,
                leads: 60,
                deals: 70,
                random: 7,
            })
            .unwrap(),
        ),
        event_delay_ms: (0, 5),
        ..SimulatorOptions::default()
    })
    .await
}

async fn until_crawled(world: &World) {
    let member_id = member_id(&world.portal());
    eventually("the crawl is complete", || async {
        world.portals.progress(&member_id).await.unwrap().phase == CrawlPhase::Finished
    })
    .await;
}

#[tokio::test]
async fn a_crawl_brings_all_items_with_their_identifiers_in_few_requests() {
    let mut world = with_items(1_200).await;
    world.install().await;
    let portal = world.portal();
    portal.clear_journal();

    world.work(&world.portals.clone());
    until_crawled(&world).await;

    let size = world.store().index_size(&stored(&portal)).await.unwrap();
    assert_eq!((size.companies, size.leads, size.deals), (1_213, 73, 84));
    assert!(size.identifiers > 1_000, "{size:?}");
    let card = world
        .store()
        .indexed_card(&stored(&portal), company(101))
        .await
        .unwrap()
        .unwrap();
    let values: Vec<_> = card
        .item
        .identifiers
        .iter()
        .map(|found| found.value.as_str())
        .collect();
    assert_eq!(values, ["7701999489", "1077743591815"]);
    let progress = world.portals.progress(&member_id(&portal)).await.unwrap();
    assert_eq!(progress.done, 1_213 + 73 + 84);
    assert_eq!(progress.expected, Some(progress.done));
    assert!(progress.finished_at.is_some() && progress.last_error.is_none());
    let requests = portal
        .requests()
        .iter()
        .filter(|entry| !entry.in_batch && entry.server == "portal")
        .count();
    assert!(requests < 25, "{requests} requests");
    world.close().await;
}

#[tokio::test]
async fn a_crawl_detects_the_fields_that_hold_identifiers_before_it_reads_them() {
    let mut world = World::start().await;
    world.install().await;

    world.work(&world.portals.clone());
    until_crawled(&world).await;

    let portal = world.portal();
    let settings = world.portals.settings(&member_id(&portal)).await.unwrap();
    assert!(settings.is_detected);
    assert!(
        settings.field_mapping.lead.contains(&"UF_CRM_INN".to_owned()),
        "{settings:?}"
    );
    let lead = certlens_store::CrmEntity::new(certlens_store::EntityType::Lead, 213);
    let card = world
        .store()
        .indexed_card(&stored(&portal), lead)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(card.item.identifiers[0].identifier.as_deref(), Some("7701999489"));
    world.close().await;
}

#[tokio::test]
async fn a_crawl_that_was_stopped_goes_on_where_it_was() {
    let mut world = with_items(2_600).await;
    world.install().await;
    let portal = world.portal();
    let member = member_id(&portal);
    world.work(&world.portals.clone());
    eventually("the crawl is under way", || async {
        world.portals.progress(&member).await.unwrap().done > 0
    })
    .await;

    world.stop_workers().await;
    let half = world.portals.progress(&member).await.unwrap();
    portal.clear_journal();
    let other = world.another_process();
    world.work(&other);
    until_crawled(&world).await;

    let whole = world.portals.progress(&member).await.unwrap();
    assert_eq!(whole.started_at, half.started_at, "the same crawl");
    assert_eq!(whole.done, 2_613 + 73 + 84, "nothing was read twice");
    world.close().await;
}

#[tokio::test]
async fn a_crawl_whose_worker_died_is_taken_over_where_it_was() {
    let mut world = with_items(2_600).await;
    world.install().await;
    let member = member_id(&world.portal());
    world.work(&world.portals.clone());
    eventually("the crawl is under way", || async {
        world.portals.progress(&member).await.unwrap().done > 0
    })
    .await;

    world.kill_workers().await;
    let half = world.portals.progress(&member).await.unwrap();
    // As if the minutes had passed that a dead worker's lease and the pause after it last.
    sqlx::query("UPDATE portal_jobs SET lease_until = now() - interval '1 hour' WHERE lease_id IS NOT NULL")
        .execute(world.pool())
        .await
        .unwrap();
    let other = world.another_process();
    world.work(&other);
    until_crawled(&world).await;

    let whole = world.portals.progress(&member).await.unwrap();
    assert_eq!(whole.started_at, half.started_at, "the same crawl");
    assert_eq!(whole.done, 2_613 + 73 + 84, "nothing was read twice");
    world.close().await;
}

#[tokio::test]
async fn a_crawl_goes_on_after_the_portals_trouble_and_says_why_it_waited() {
    let mut world = with_items(60).await;
    world.install().await;
    let portal = world.portal();
    let member = member_id(&portal);
    portal.set_fault(RestFault::AccessDeniedPlan);
    world.work(&world.portals.clone());
    eventually("the failure is written down", || async {
        world
            .portals
            .progress(&member)
            .await
            .unwrap()
            .last_error
            .is_some()
    })
    .await;

    portal.clear_faults();
    sqlx::query("UPDATE portal_jobs SET due_at = now() WHERE kind = 'crawl'")
        .execute(world.pool())
        .await
        .unwrap();

    until_crawled(&world).await;
    assert_eq!(world.portals.progress(&member).await.unwrap().last_error, None);
    world.close().await;
}

#[tokio::test]
async fn a_repeated_crawl_forgets_what_is_gone() {
    let mut world = World::start().await;
    world.install().await;
    let portal = world.portal();
    world.work(&world.portals.clone());
    until_crawled(&world).await;
    portal.set_fault(RestFault::EventLost);
    let (entity_type, id) = (EntityType::Company.type_id(), 109);
    world
        .change("crm.item.delete", json!({"entityTypeId": entity_type, "id": id}))
        .await;

    sqlx::query("UPDATE portal_jobs SET due_at = now() WHERE kind = 'crawl'")
        .execute(world.pool())
        .await
        .unwrap();

    eventually("the deleted company is forgotten", || async {
        world
            .store()
            .indexed_card(&stored(&portal), company(109))
            .await
            .unwrap()
            .is_none()
    })
    .await;
    world.close().await;
}

#[tokio::test]
async fn a_look_at_what_changed_makes_good_for_lost_events() {
    let mut world = World::start().await;
    world.install().await;
    let portal = world.portal();
    world.work(&world.portals.clone());
    until_crawled(&world).await;
    portal.set_fault(RestFault::EventLost);
    world
        .change(
            "crm.item.update",
            json!({"entityTypeId": 4, "id": 105, "fields": {"title": "Changed unseen"}}),
        )
        .await;
    let fields =
        json!({"ENTITY_TYPE_ID": 4, "ENTITY_ID": 106, "PRESET_ID": 1, "NAME": "New", "RQ_INN": "7707083893"});
    world.change("crm.requisite.add", json!({"fields": fields})).await;

    sqlx::query("UPDATE portal_jobs SET due_at = now() WHERE kind = 'catch_up'")
        .execute(world.pool())
        .await
        .unwrap();

    eventually("both changes are in the index", || async {
        let member = stored(&portal);
        let (changed, detailed) = (
            world
                .store()
                .indexed_card(&member, company(105))
                .await
                .unwrap()
                .unwrap(),
            world
                .store()
                .indexed_card(&member, company(106))
                .await
                .unwrap()
                .unwrap(),
        );
        changed.item.title == "Changed unseen"
            && detailed
                .item
                .identifiers
                .iter()
                .any(|found| found.value == "7707083893")
    })
    .await;
    world.close().await;
}
