//! Events: what reaches the index, in whatever order and number, and what is dropped.

use certlens_portal_sim::{EntityKind, PortalHandle, RestFault};
use certlens_portals::{Received, STAFF_JOB};
use certlens_store::{CrmEntity, EntityType, IndexedCard, TokenCheck};
use serde_json::json;

use crate::world::{ADMINISTRATOR, MANAGER, World, company, eventually, stored};

/// The event's form, as the portal's queue sends it.
fn form(portal: &PortalHandle, name: &str, id: u64, application_token: &str) -> String {
    format!(
        "event={name}&data[FIELDS][ID]={id}&ts=1790000456&auth[member_id]={}\
         &auth[application_token]={application_token}",
        portal.member_id()
    )
}

async fn indexed(world: &World, entity: CrmEntity) -> Option<IndexedCard> {
    let member = stored(&world.portal());
    world.store().indexed_card(&member, entity).await.unwrap()
}

async fn identifiers(world: &World, id: i64) -> Vec<String> {
    let card = indexed(world, company(id)).await;
    card.map(|card| {
        card.item
            .identifiers
            .into_iter()
            .map(|found| found.value)
            .collect()
    })
    .unwrap_or_default()
}

#[tokio::test]
async fn a_changed_company_reaches_the_index_by_its_event() {
    let mut world = World::start().await;
    world.install().await;
    world.card(ADMINISTRATOR, EntityKind::Company, 101).await.unwrap();
    world.work(&world.portals.clone());

    world
        .change(
            "crm.item.update",
            json!({"entityTypeId": 4, "id": 101, "fields": {"title": "Renamed"}}),
        )
        .await;

    eventually("the new title is in the index", || async {
        indexed(&world, company(101))
            .await
            .is_some_and(|card| card.item.title == "Renamed")
    })
    .await;
    world.close().await;
}

#[tokio::test]
async fn a_change_of_company_details_reaches_their_company_and_so_does_their_deletion() {
    let mut world = World::start().await;
    world.install().await;
    world.work(&world.portals.clone());

    let fields =
        json!({"ENTITY_TYPE_ID": 4, "ENTITY_ID": 102, "PRESET_ID": 1, "NAME": "New", "RQ_INN": "7707083893"});
    let id = world.change("crm.requisite.add", json!({"fields": fields})).await;
    eventually("the new details are in the index", || async {
        identifiers(&world, 102).await.contains(&"7707083893".to_owned())
    })
    .await;
    world.change("crm.requisite.delete", json!({"id": id})).await;

    eventually("the deleted details are not", || async {
        !identifiers(&world, 102).await.contains(&"7707083893".to_owned())
    })
    .await;
    assert!(
        !identifiers(&world, 102).await.is_empty(),
        "the other details stay"
    );
    world.close().await;
}

#[tokio::test]
async fn a_deleted_item_leaves_the_index_even_when_its_events_come_twice_and_in_disorder() {
    let mut world = World::start().await;
    world.install().await;
    world.card(ADMINISTRATOR, EntityKind::Deal, 301).await.unwrap();
    let portal = world.portal();
    portal.set_fault(RestFault::EventDuplicated);
    portal.set_fault(RestFault::EventReordered);
    world.work(&world.portals.clone());

    let update = json!({"entityTypeId": 2, "id": 301, "fields": {"title": "Soon gone"}});
    world.change("crm.item.update", update).await;
    world
        .change("crm.item.delete", json!({"entityTypeId": 2, "id": 301}))
        .await;

    eventually("the deal has left the index", || async {
        indexed(&world, CrmEntity::new(EntityType::Deal, 301))
            .await
            .is_none()
            && world.store().pending_events(&stored(&portal)).await.unwrap() == 0
    })
    .await;
    world.close().await;
}

#[tokio::test]
async fn a_change_takes_proved_access_back() {
    let mut world = World::start().await;
    world.install().await;
    world.card(MANAGER, EntityKind::Company, 103).await.unwrap();
    let member = stored(&world.portal());
    let user = certlens_store::UserId(MANAGER.cast_signed());
    assert!(
        world
            .store()
            .has_access(&member, user, company(103))
            .await
            .unwrap()
    );
    world.work(&world.portals.clone());

    world
        .change(
            "crm.item.update",
            json!({"entityTypeId": 4, "id": 103, "fields": {"title": "Other"}}),
        )
        .await;

    eventually("the portal decides anew", || async {
        !world
            .store()
            .has_access(&member, user, company(103))
            .await
            .unwrap()
    })
    .await;
    world.close().await;
}

#[tokio::test]
async fn receive_drops_what_nothing_proves() {
    let world = World::start().await;
    let portal = world.portal();
    // Not even the installation's own.
    portal.set_fault(RestFault::EventLost);
    world.install().await;
    let wrong = "0".repeat(32);
    let forms = [
        form(&portal, "ONCRMCOMPANYUPDATE", 101, &wrong),
        format!(
            "event=ONCRMCOMPANYUPDATE&data[FIELDS][ID]=101&auth[member_id]={}",
            portal.member_id()
        ),
        form(&portal, "ONAPPINSTALL", 0, &wrong),
        format!(
            "event=ONAPPPAYMENT&data[PAYMENT_EXPIRED]=Y&auth[member_id]={}",
            portal.member_id()
        ),
        "event=ONCRMLEADADD&data[FIELDS][ID]=1&auth[member_id]=5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49".to_owned(),
        "no event at all".to_owned(),
        String::new(),
    ];

    for form in forms {
        assert_eq!(
            world.portals.receive(form.as_bytes()).await.unwrap(),
            Received::Dropped,
            "{form}"
        );
    }

    assert_eq!(world.store().pending_events(&stored(&portal)).await.unwrap(), 0);
    world.close().await;
}

#[tokio::test]
async fn receive_of_a_thousand_reports_of_one_company_ends_in_a_few_calls() {
    let mut world = World::start().await;
    let portal = world.portal();
    // Not even the installation's own.
    portal.set_fault(RestFault::EventLost);
    world.install().await;
    let form = form(
        &portal,
        "ONCRMCOMPANYUPDATE",
        104,
        &portal.application_token().unwrap(),
    );
    for _ in 0..1_000 {
        assert_eq!(
            world.portals.receive(form.as_bytes()).await.unwrap(),
            Received::Stored
        );
    }
    sqlx::query("UPDATE portal_jobs SET due_at = NULL")
        .execute(world.pool())
        .await
        .unwrap();
    portal.clear_journal();

    world.work(&world.portals.clone());

    eventually("all are worked off", || async {
        world.store().pending_events(&stored(&portal)).await.unwrap() == 0
    })
    .await;
    let requests = portal
        .requests()
        .iter()
        .filter(|entry| !entry.in_batch && entry.server == "portal")
        .count();
    assert!(requests <= 4, "{requests} requests for two claims of one company");
    world.close().await;
}

#[tokio::test]
async fn the_event_of_an_installation_brings_the_application_token_of_an_older_portals_installer() {
    let mut world = World::start().await;
    world.install().await;
    let portal = world.portal();
    sqlx::query("UPDATE portals SET application_token_hash = NULL")
        .execute(world.pool())
        .await
        .unwrap();
    world.work(&world.portals.clone());
    let pair = portal.issue_token(ADMINISTRATOR);
    let token = portal.application_token().unwrap();

    let form = format!(
        "event=ONAPPINSTALL&data[INSTALLED]=Y&auth[member_id]={}&auth[access_token]={}&auth[refresh_token]={}\
         &auth[application_token]={token}",
        portal.member_id(),
        pair.access,
        pair.refresh
    );
    assert_eq!(
        world.portals.receive(form.as_bytes()).await.unwrap(),
        Received::Stored
    );

    eventually("the application token is known", || async {
        let check = world
            .store()
            .check_application_token(&stored(&portal), &token)
            .await
            .unwrap();
        check == TokenCheck::Matches
    })
    .await;
    world.close().await;
}

#[tokio::test]
async fn the_event_of_an_installation_by_an_ordinary_users_token_plants_nothing() {
    let mut world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let member = stored(&portal);
    world.work(&world.portals.clone());
    let pair = portal.issue_token(MANAGER);
    let planted = "5".repeat(32);

    for access in [pair.access.as_str(), "nobody-issued-this-token"] {
        let form = format!(
            "event=ONAPPINSTALL&data[INSTALLED]=Y&auth[member_id]={}&auth[access_token]={access}\
             &auth[refresh_token]={}&auth[application_token]={planted}",
            portal.member_id(),
            pair.refresh
        );
        world.portals.receive(form.as_bytes()).await.unwrap();
    }

    eventually("both were looked at", || async {
        world.store().pending_events(&member).await.unwrap() == 0
    })
    .await;
    let check = world
        .store()
        .check_application_token(&member, &planted)
        .await
        .unwrap();
    assert_eq!(check, TokenCheck::Differs);
    world.close().await;
}

#[tokio::test]
async fn somebody_who_joins_the_portal_has_its_users_read_anew() {
    let mut world = World::start().await;
    world.install().await;
    world.work(&world.portals.clone());
    let member = stored(&world.portal());
    assert!(world.store().job(&member, STAFF_JOB).await.unwrap().is_none());

    let data = json!({"ID": "8", "ACTIVE": "Y", "NAME": "Anna"});
    world.portal().raise("ONUSERADD", data, Some(ADMINISTRATOR));

    eventually("a reading of the users is due", || async {
        let job = world.store().job(&member, STAFF_JOB).await.unwrap();
        job.is_some_and(|job| job.due_at.is_some())
    })
    .await;
    world.close().await;
}
