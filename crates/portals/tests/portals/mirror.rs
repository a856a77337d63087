//! A card's chosen identifiers repeated in a field of the CRM.

use certlens_bitrix24::EntityType;
use certlens_domain::selection::{CardChange, CardSelection, MirrorState, SelectionOrigin};
use certlens_portal_sim::{EntityKind, RestFault};
use certlens_portals::settings::{ByCardType, SettingsChange};
use certlens_portals::{CrawlPhase, Viewer};
use certlens_store::SettingsAuthor;
use serde_json::json;

use crate::world::{ADMINISTRATOR, MANAGER, World, entity, eventually, member_id, stored};

const COMPANY: u64 = 101;
const FIELD: &str = "UF_CRM_CERTLENS";
/// What the field says after the addition below.
const TEXT: &str = "ИНН 7701999489; ОГРН 1077743591815; ИНН 7707083893 (завод)";

fn addition() -> CardChange {
    CardChange::Add {
        value: "7707083893".to_owned(),
        label: Some("завод".to_owned()),
        origin: SelectionOrigin::Typed,
        note: None,
    }
}

/// An installed and crawled portal whose companies have a field for the chosen identifiers; workers run.
async fn mirroring() -> World {
    let mut world = World::start().await;
    world.install().await;
    let field =
        json!({"fields": {"FIELD_NAME": "CERTLENS", "USER_TYPE_ID": "string", "LABEL": "Номера Certlens"}});
    world.change("crm.company.userfield.add", field).await;
    world.work(&world.portals.clone());
    let member = member_id(&world.portal());
    eventually("the field is known and the crawl complete", || async {
        let settings = world.portals.settings(&member).await.unwrap();
        let crawl = world.portals.progress(&member).await.unwrap();
        let known = settings
            .available
            .company
            .iter()
            .any(|field| field.name == FIELD && field.takes_mirror);
        known && crawl.phase == CrawlPhase::Finished
    })
    .await;
    mirror_into(&world, FIELD).await;
    world
}

/// The administrator chooses the companies' field.
async fn mirror_into(world: &World, field: &str) {
    let change = SettingsChange {
        mirror_field: ByCardType {
            company: Some(field.to_owned()),
            ..ByCardType::default()
        },
        ..SettingsChange::default()
    };
    let member = member_id(&world.portal());
    world
        .portals
        .change_settings(&member, &SettingsAuthor::Operator, &change)
        .await
        .unwrap();
}

async fn change(world: &World, viewer: &Viewer, change: CardChange) -> CardSelection {
    let (entity_type, id) = entity(EntityType::Company, COMPANY);
    world
        .portals
        .change_selection(viewer, entity_type, id, &[change])
        .await
        .unwrap()
}

/// How the card's mirror stands.
async fn state(world: &World) -> Option<MirrorState> {
    let company = crate::world::company(i64::try_from(COMPANY).unwrap());
    let memory = world
        .store()
        .card_identifiers(&stored(&world.portal()), company)
        .await
        .unwrap();
    memory.mirror
}

async fn becomes(world: &World, expected: MirrorState) {
    eventually("the mirror stands as it should", || async {
        state(world).await == Some(expected)
    })
    .await;
}

/// What the field says in the CRM.
async fn field(world: &World) -> String {
    text_in(world, FIELD).await
}

async fn text_in(world: &World, field: &str) -> String {
    let item = world
        .change(
            "crm.item.get",
            json!({"entityTypeId": 4, "id": COMPANY, "useOriginalUfNames": "Y"}),
        )
        .await;
    item["item"][field].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_change_is_written_into_the_field_and_an_empty_selection_empties_it() {
    let world = mirroring().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;

    let changed = change(&world, &manager, addition()).await;
    becomes(&world, MirrorState::Written).await;
    let written = field(&world).await;
    for value in ["7701999489", "1077743591815", "7707083893"] {
        let value = value.to_owned();
        change(&world, &manager, CardChange::Choose { value, chosen: false }).await;
    }
    // From the change on its text waits: what is written after it is the latest.
    becomes(&world, MirrorState::Written).await;

    let mirror = changed.mirror.unwrap();
    assert_eq!(
        (mirror.field.as_str(), mirror.state),
        ("Номера Certlens", MirrorState::Waiting)
    );
    assert_eq!(written, TEXT);
    assert_eq!(field(&world).await, "");
    world.close().await;
}

#[tokio::test]
async fn another_field_that_the_administrator_chooses_gets_what_the_first_one_got() {
    let world = mirroring().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    change(&world, &manager, addition()).await;
    becomes(&world, MirrorState::Written).await;
    let another = json!({"fields": {"FIELD_NAME": "ANOTHER", "USER_TYPE_ID": "string"}});
    world.change("crm.company.userfield.add", another).await;
    let member = member_id(&world.portal());
    sqlx::query("UPDATE portal_jobs SET due_at = now() WHERE kind = 'detect_fields'")
        .execute(world.pool())
        .await
        .unwrap();
    eventually("the new field is known", || async {
        let settings = world.portals.settings(&member).await.unwrap();
        let company = settings.available.company;
        company.iter().any(|field| field.name == "UF_CRM_ANOTHER")
    })
    .await;

    mirror_into(&world, "UF_CRM_ANOTHER").await;

    becomes(&world, MirrorState::Written).await;
    assert_eq!(text_in(&world, "UF_CRM_ANOTHER").await, TEXT);
    world.close().await;
}

#[tokio::test]
async fn what_we_wrote_ourselves_is_not_read_as_an_identifier() {
    let world = mirroring().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    change(&world, &manager, addition()).await;
    becomes(&world, MirrorState::Written).await;
    sqlx::query("DELETE FROM crm_items")
        .execute(world.pool())
        .await
        .unwrap();

    let card = world.card(MANAGER, EntityKind::Company, COMPANY).await.unwrap();

    assert_eq!(card.identifiers().len(), 2);
    assert!(card.unreadable.is_empty());
    world.close().await;
}

#[tokio::test]
async fn a_detected_field_that_becomes_a_mirror_is_no_source_any_more() {
    let mut world = World::start().await;
    world.install().await;
    world.work(&world.portals.clone());
    let member = member_id(&world.portal());
    let mapped = async || world.portals.settings(&member).await.unwrap().field_mapping.lead;
    eventually("the lead's field is detected", || async {
        mapped().await == ["UF_CRM_INN"]
    })
    .await;
    let mirror = |name: &str| SettingsChange {
        mirror_field: ByCardType {
            lead: Some(name.to_owned()),
            ..ByCardType::default()
        },
        ..SettingsChange::default()
    };

    let view = world
        .portals
        .change_settings(&member, &SettingsAuthor::Operator, &mirror("UF_CRM_INN"))
        .await
        .unwrap();
    sqlx::query("UPDATE portal_jobs SET due_at = now() WHERE kind = 'detect_fields'")
        .execute(world.pool())
        .await
        .unwrap();

    assert_eq!(view.field_mapping.lead, Vec::<String>::new());
    eventually("the fields are detected anew", || async {
        let job = world.store().job(&stored(&world.portal()), "detect_fields").await;
        let job = job.unwrap().unwrap();
        job.due_at.is_some_and(|due| due > chrono::Utc::now()) && !job.is_running
    })
    .await;
    assert_eq!(mapped().await, Vec::<String>::new());
    world.close().await;
}

#[tokio::test]
async fn a_portal_in_trouble_delays_the_text_and_not_the_change() {
    let world = mirroring().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    world.portal().set_fault(RestFault::Html502);

    change(&world, &manager, addition()).await;
    becomes(&world, MirrorState::Delayed).await;
    let told = {
        let (entity_type, id) = entity(EntityType::Company, COMPANY);
        world.portals.selection(&manager, entity_type, id).await.unwrap()
    };
    let job = world
        .store()
        .job(&stored(&world.portal()), "mirror")
        .await
        .unwrap();
    world.portal().clear_faults();
    sqlx::query("UPDATE portal_jobs SET due_at = now() WHERE kind = 'mirror'")
        .execute(world.pool())
        .await
        .unwrap();
    becomes(&world, MirrorState::Written).await;

    assert!(told.find("7707083893").is_some());
    assert_eq!(told.mirror.unwrap().state, MirrorState::Delayed);
    assert!(job.unwrap().last_error.is_some());
    assert_eq!(field(&world).await, TEXT);
    world.close().await;
}

#[tokio::test]
async fn what_a_dismissed_user_changed_the_application_writes() {
    let mut world = mirroring().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    world.viewer(ADMINISTRATOR, EntityKind::Company, COMPANY).await;
    world.stop_workers().await;
    change(&world, &manager, addition()).await;
    world.portal().set_user_active(MANAGER, false);

    world.work(&world.portals.clone());

    becomes(&world, MirrorState::Written).await;
    assert_eq!(field(&world).await, TEXT);
    world.close().await;
}

#[tokio::test]
async fn a_field_that_the_portal_lost_is_told_and_not_tried_again() {
    let mut world = mirroring().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    world.stop_workers().await;
    // The answer to a write shows the custom fields that there are: without any it could not be told what is missing.
    let another = json!({"fields": {"FIELD_NAME": "ANOTHER", "USER_TYPE_ID": "string"}});
    world.change("crm.company.userfield.add", another).await;
    let fields = world
        .change(
            "crm.company.userfield.list",
            json!({"filter": {"FIELD_NAME": FIELD}}),
        )
        .await;
    world
        .change("crm.company.userfield.delete", json!({"id": fields[0]["ID"]}))
        .await;
    change(&world, &manager, addition()).await;

    world.work(&world.portals.clone());

    becomes(&world, MirrorState::Refused).await;
    let waiting = world
        .store()
        .wanted_mirrors(&stored(&world.portal()), 10)
        .await
        .unwrap();
    assert!(waiting.is_empty());
    world.close().await;
}
