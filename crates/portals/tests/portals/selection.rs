//! A card's identifiers: shared, remembered, undone.

use certlens_bitrix24::{EntityId, EntityType, UserId};
use certlens_domain::selection::{CardChange, CardSelection, SelectionOrigin};
use certlens_portal_sim::{EntityKind, RestFault};
use certlens_portals::{CardRefusal, CardSource, SelectionRefused, Viewer};
use serde_json::json;

use crate::world::{ADMINISTRATOR, MANAGER, World, entity, eventually, member_id};

/// The identifiers of the sample's first company.
const INN: &str = "7701999489";
const OGRN: &str = "1077743591815";
/// An identifier that no card of the sample holds.
const OTHER: &str = "7707083893";

const COMPANY: u64 = 101;

fn company() -> (EntityType, EntityId) {
    entity(EntityType::Company, COMPANY)
}

fn add(value: &str) -> CardChange {
    CardChange::Add {
        value: value.to_owned(),
        label: None,
        origin: SelectionOrigin::Typed,
        note: None,
    }
}

fn label(value: &str, label: &str) -> CardChange {
    CardChange::Label {
        value: value.to_owned(),
        label: Some(label.to_owned()),
    }
}

fn remove(value: &str) -> CardChange {
    CardChange::Remove {
        value: value.to_owned(),
    }
}

fn chosen(selection: &CardSelection) -> Vec<&str> {
    selection
        .chosen()
        .map(|identifier| identifier.value.as_str())
        .collect()
}

async fn change(world: &World, viewer: &Viewer, changes: &[CardChange]) -> CardSelection {
    let (entity_type, id) = company();
    world
        .portals
        .change_selection(viewer, entity_type, id, changes)
        .await
        .unwrap()
}

async fn selection(world: &World, viewer: &Viewer) -> CardSelection {
    let (entity_type, id) = company();
    world.portals.selection(viewer, entity_type, id).await.unwrap()
}

#[tokio::test]
async fn what_a_manager_adds_his_colleague_sees_with_name_and_time() {
    let world = World::start().await;
    world.install().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    let colleague = world.viewer(ADMINISTRATOR, EntityKind::Company, COMPANY).await;
    let (entity_type, id) = company();
    let revision = async || {
        world
            .portals
            .selection_revision(&colleague.member_id, entity_type, id)
            .await
            .unwrap()
    };
    let before = revision().await;

    let changed = change(&world, &manager, &[add("7707 083 893")]).await;

    assert_eq!((before, revision().await), (0, changed.revision));
    assert_eq!(chosen(&changed), [INN, OGRN, OTHER]);
    let seen = selection(&world, &colleague).await;
    assert_eq!(seen, changed);
    let added = seen.find(OTHER).unwrap();
    assert_eq!(added.added_by.as_deref(), Some("Тимур Ахметов"));
    assert!(added.added_at.is_some() && !added.in_crm);
    assert_eq!(seen.find(INN).unwrap().origin, SelectionOrigin::Requisite);
    world.close().await;
}

#[tokio::test]
async fn a_change_of_a_card_that_the_index_knows_costs_no_call() {
    let world = World::start().await;
    world.install().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    world.portal().clear_journal();

    change(&world, &manager, &[add(OTHER)]).await;
    selection(&world, &manager).await;

    assert!(world.portal().requests().is_empty());
    world.close().await;
}

#[tokio::test]
async fn what_the_crm_proposes_stays_removed_until_the_removal_is_undone() {
    let world = World::start().await;
    world.install().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    let labelled = change(&world, &manager, &[label(INN, "Головная организация")]).await;
    let removal = remove(INN);
    let undoing = labelled.undoing(&removal).unwrap();

    let removed = change(&world, &manager, &[removal]).await;
    // The CRM says it again, to another viewer as well.
    let colleague = world.viewer(ADMINISTRATOR, EntityKind::Company, COMPANY).await;
    let seen = selection(&world, &colleague).await;
    let undone = change(&world, &colleague, &[undoing]).await;

    assert_eq!(chosen(&removed), [OGRN]);
    assert_eq!(seen, removed);
    assert_eq!(seen.removed[0].identifier.value, INN);
    assert_eq!(seen.removed[0].removed_by.as_deref(), Some("Тимур Ахметов"));
    assert_eq!(undone.identifiers, labelled.identifiers);
    assert!(undone.removed.is_empty());
    world.close().await;
}

#[tokio::test]
async fn what_somebody_labelled_outlives_its_deletion_in_the_crm() {
    let world = World::start().await;
    world.install().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    change(&world, &manager, &[label(INN, "Головная организация")]).await;
    let sets = world
        .change(
            "crm.requisite.list",
            json!({"filter": {"ENTITY_TYPE_ID": 4, "ENTITY_ID": COMPANY}}),
        )
        .await;
    world
        .change("crm.requisite.delete", json!({"id": sets[0]["ID"]}))
        .await;
    // What an event of that deletion would do.
    sqlx::query("DELETE FROM crm_items")
        .execute(world.pool())
        .await
        .unwrap();

    let after = selection(&world, &manager).await;

    assert_eq!(chosen(&after), [INN], "nobody had touched the other one");
    let kept = after.find(INN).unwrap();
    assert!(!kept.in_crm);
    assert_eq!(
        (kept.origin, kept.origin_note.as_deref()),
        (SelectionOrigin::Requisite, Some("Основные реквизиты"))
    );
    world.close().await;
}

#[tokio::test]
async fn colleagues_in_two_processes_who_change_different_identifiers_at_once_both_win() {
    let world = World::start().await;
    world.install().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    let colleague = world.viewer(ADMINISTRATOR, EntityKind::Company, COMPANY).await;
    let other = world.another_process();
    let (entity_type, id) = company();
    let [of_manager, of_colleague] = [[add(OTHER)], [label(OGRN, "Головная организация")]];

    let (one, two) = tokio::join!(
        world
            .portals
            .change_selection(&manager, entity_type, id, &of_manager),
        other.change_selection(&colleague, entity_type, id, &of_colleague),
    );

    let revisions = [one.unwrap().revision, two.unwrap().revision];
    assert!(revisions == [1, 2] || revisions == [2, 1], "{revisions:?}");
    let after = selection(&world, &manager).await;
    assert!(after.find(OTHER).is_some());
    assert_eq!(
        after.find(OGRN).unwrap().label.as_deref(),
        Some("Головная организация")
    );
    drop(other);
    world.close().await;
}

#[tokio::test]
async fn who_may_not_see_a_card_neither_changes_nor_sees_its_selection() {
    let world = World::start().await;
    world.install().await;
    let administrator = world.viewer(ADMINISTRATOR, EntityKind::Deal, 314).await;
    // The manager's tokens are kept from another card; his session names this one.
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    let (entity_type, id) = entity(EntityType::Deal, 314);
    let portals = &world.portals;
    portals
        .change_selection(&administrator, entity_type, id, &[add(OTHER)])
        .await
        .unwrap();

    let changed = portals
        .change_selection(&manager, entity_type, id, &[remove(OTHER)])
        .await;
    let seen = portals.selection(&manager, entity_type, id).await;

    for refused in [changed, seen] {
        assert!(
            matches!(refused, Err(SelectionRefused::Card(CardRefusal::AccessDenied))),
            "{refused:?}"
        );
    }
    let kept = portals.selection(&administrator, entity_type, id).await.unwrap();
    assert!(kept.find(OTHER).is_some());
    world.close().await;
}

#[tokio::test]
async fn of_a_card_that_nobody_proved_nothing_is_told_and_nothing_changed() {
    let world = World::start().await;
    world.install().await;
    let administrator = world.viewer(ADMINISTRATOR, EntityKind::Company, COMPANY).await;
    change(&world, &administrator, &[add(OTHER)]).await;
    let frame = world.open(MANAGER, EntityKind::Company, COMPANY).await;
    world.portal().set_fault(RestFault::Html200);
    let manager = Viewer::of(&frame);
    let (entity_type, id) = company();

    let card = world.resolve(&frame).await.unwrap();
    let told = world.portals.card_selection(&manager.member_id, &card).await;
    let changed = world
        .portals
        .change_selection(&manager, entity_type, id, &[remove(OTHER)])
        .await;

    assert_eq!(card.source, CardSource::Nothing);
    assert_eq!(told, CardSelection::default());
    assert!(matches!(changed, Err(SelectionRefused::Portal(_))), "{changed:?}");
    world.close().await;
}

#[tokio::test]
async fn a_card_is_shown_with_what_the_crm_says_while_our_memory_is_away() {
    let world = World::start().await;
    world.install().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    let frame = world.open(MANAGER, EntityKind::Company, COMPANY).await;
    world.pool().close().await;

    let card = world.resolve(&frame).await.unwrap();
    let told = world.portals.card_selection(&manager.member_id, &card).await;

    assert_eq!((chosen(&told), told.revision), (vec![INN, OGRN], 0));
    world.close().await;
}

#[tokio::test]
async fn a_name_that_is_not_known_yet_is_learnt_without_holding_up_the_change() {
    let world = World::start().await;
    world.install().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    sqlx::query("UPDATE portal_users SET name = NULL")
        .execute(world.pool())
        .await
        .unwrap();

    let changed = change(&world, &manager, &[add(OTHER)]).await;

    assert_eq!(
        changed.find(OTHER).unwrap().added_by,
        Some(UserId(MANAGER).to_string())
    );
    eventually("the name is known", || async {
        let seen = selection(&world, &manager).await;
        seen.find(OTHER).unwrap().added_by.as_deref() == Some("Тимур Ахметов")
    })
    .await;
    world.close().await;
}

#[tokio::test]
async fn a_deals_selection_is_its_own_and_names_the_company_of_each_identifier() {
    let world = World::start().await;
    world.install().await;
    let manager = world.viewer(MANAGER, EntityKind::Deal, 301).await;
    let (entity_type, id) = entity(EntityType::Deal, 301);
    let portals = &world.portals;

    let of_deal = portals
        .change_selection(&manager, entity_type, id, &[remove(OGRN)])
        .await
        .unwrap();
    let of_company = selection(&world, &manager).await;

    assert_eq!(chosen(&of_deal), [INN]);
    assert_eq!(
        of_deal.identifiers[0].company.as_deref(),
        Some("ООО «Северный свет»")
    );
    assert_eq!(chosen(&of_company), [INN, OGRN]);
    assert_eq!(of_company.revision, 0);
    world.close().await;
}

#[tokio::test]
async fn portals_with_cards_of_the_same_number_share_nothing() {
    let world = World::start().await;
    world.install().await;
    let manager = world.viewer(MANAGER, EntityKind::Company, COMPANY).await;
    change(&world, &manager, &[add(OTHER)]).await;
    let other = certlens_bitrix24::MemberId::parse(&"0".repeat(32)).unwrap();
    let frame = world.open(MANAGER, EntityKind::Company, COMPANY).await;
    let card = world.resolve(&frame).await.unwrap();
    let (entity_type, id) = company();

    let foreign = world.portals.card_selection(&other, &card).await;
    let revision = world.portals.selection_revision(&other, entity_type, id).await;
    let viewer = Viewer {
        member_id: other,
        user_id: manager.user_id,
    };
    let changed = world
        .portals
        .change_selection(&viewer, entity_type, id, &[remove(OTHER)])
        .await;

    assert_eq!(foreign.find(OTHER), None);
    assert_eq!(revision.unwrap(), 0);
    assert!(
        matches!(changed, Err(SelectionRefused::Portals(_))),
        "{changed:?}"
    );
    let kept = selection(&world, &manager).await;
    assert_eq!(kept.revision, 1);
    assert_eq!(member_id(&world.portal()), manager.member_id);
    world.close().await;
}
