//! Who changed which setting, from what to what.

use crate::world::World;
use certlens_domain::tracking::subscribers::WhoMaySubscribe;
use certlens_domain::tracking::{ItemLanguage, NotifyScope};
use certlens_store::{
    AvailableFields, FieldMapping, MappingChoice, MemberId, Setting, SettingsAuthor, SettingsChange,
    SettingsChangeId, SettingsChanged, TrackingChange, UserId,
};
use serde_json::json;

fn ann() -> SettingsAuthor {
    SettingsAuthor::User {
        id: UserId(7),
        name: Some("Анна Петрова".to_owned()),
    }
}

fn scope(scope: NotifyScope) -> SettingsChange {
    SettingsChange {
        tracking: TrackingChange {
            notify_scope: Some(scope),
            ..TrackingChange::default()
        },
        ..SettingsChange::default()
    }
}

async fn history(world: &World, portal: &MemberId) -> Vec<SettingsChanged> {
    world
        .store
        .settings_history(portal, None, None, 100)
        .await
        .unwrap()
}

#[tokio::test]
async fn each_setting_that_a_change_touches_gets_a_row_with_author_and_both_values() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let change = SettingsChange {
        lead_write_back: Some(false),
        tracking: TrackingChange {
            who_may_subscribe: Some(WhoMaySubscribe::Chosen { user_ids: vec![7, 9] }),
            item_language: Some(ItemLanguage::En),
            ..TrackingChange::default()
        },
        ..SettingsChange::default()
    };

    let after = world
        .store
        .change_settings(&portal, &ann(), &change, None)
        .await
        .unwrap();

    let changed = history(&world, &portal).await;
    let told: Vec<_> = changed
        .iter()
        .map(|one| (one.setting, one.before.clone(), one.after.clone()))
        .collect();
    assert_eq!(
        told,
        [
            (Setting::ItemLanguage, json!("portal"), json!("en")),
            (
                Setting::WhoMaySubscribe,
                json!({"who": "everybody"}),
                json!({"who": "chosen", "user_ids": [7, 9]})
            ),
            (Setting::LeadWriteBack, json!(true), json!(false)),
        ]
    );
    assert!(changed.iter().all(|one| one.by == ann() && one.reverts.is_none()));
    assert_eq!(world.store.settings(&portal).await.unwrap(), after);
    world.end().await;
}

#[tokio::test]
async fn what_is_as_it_was_is_no_change() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    for _ in 0..2 {
        world
            .store
            .change_settings(&portal, &ann(), &scope(NotifyScope::AllMatching), None)
            .await
            .unwrap();
    }
    world
        .store
        .change_settings(&portal, &ann(), &SettingsChange::default(), None)
        .await
        .unwrap();

    assert_eq!(history(&world, &portal).await.len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_detection_that_changes_the_mapping_is_a_change_by_the_service() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let found = FieldMapping {
        lead: vec!["UF_CRM_INN".to_owned()],
        ..FieldMapping::default()
    };
    let fields = AvailableFields::default();
    for _ in 0..2 {
        world
            .store
            .note_detected_fields(&portal, &fields, &found)
            .await
            .unwrap();
    }
    let chosen = SettingsChange {
        field_mapping: Some(MappingChoice::Chosen(found.clone())),
        ..SettingsChange::default()
    };
    world
        .store
        .change_settings(&portal, &SettingsAuthor::Operator, &chosen, None)
        .await
        .unwrap();

    let changed = history(&world, &portal).await;

    let [choice, detection] = changed.as_slice() else {
        panic!("two changes, not {changed:?}");
    };
    assert_eq!(detection.by, SettingsAuthor::Service);
    assert_eq!(detection.before["lead"], json!([]));
    assert_eq!(detection.after["lead"], json!(["UF_CRM_INN"]));
    assert_eq!(choice.by, SettingsAuthor::Operator);
    assert_eq!(
        (&choice.before["source"], &choice.after["source"]),
        (&json!("detected"), &json!("chosen")),
        "a mapping that stays is chosen from now on"
    );
    world.end().await;
}

#[tokio::test]
async fn history_is_read_page_by_page_of_one_setting_or_all_and_never_another_portals() {
    let world = World::create().await;
    let (portal, other) = (world.portal(1).await, world.portal(2).await);
    for number in 0..5 {
        let wanted = if number % 2 == 0 {
            NotifyScope::AllMatching
        } else {
            NotifyScope::Card
        };
        world
            .store
            .change_settings(&portal, &ann(), &scope(wanted), None)
            .await
            .unwrap();
    }
    let write_back = SettingsChange {
        lead_write_back: Some(false),
        ..SettingsChange::default()
    };
    world
        .store
        .change_settings(&portal, &ann(), &write_back, None)
        .await
        .unwrap();
    let page = async |before: Option<SettingsChangeId>| {
        world
            .store
            .settings_history(&portal, Some(Setting::NotifyScope), before, 3)
            .await
            .unwrap()
    };

    let first = page(None).await;
    let second = page(first.last().map(|one| one.id)).await;

    assert_eq!((first.len(), second.len()), (3, 2));
    assert!(
        first
            .iter()
            .chain(&second)
            .is_sorted_by(|one, next| one.id > next.id)
    );
    assert_eq!(history(&world, &portal).await.len(), 6);
    assert_eq!(history(&world, &other).await, []);
    let id = first[0].id;
    assert_eq!(
        world.store.settings_changed(&portal, id).await.unwrap(),
        Some(first[0].clone())
    );
    assert_eq!(world.store.settings_changed(&other, id).await.unwrap(), None);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_different_settings_at_once_all_hold_and_are_all_told() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let (other, other_pool) = world.other_process(3).await;
    let language = SettingsChange {
        tracking: TrackingChange {
            item_language: Some(ItemLanguage::Ru),
            ..TrackingChange::default()
        },
        ..SettingsChange::default()
    };

    let (one, two) = (ann(), SettingsAuthor::Operator);
    let scope = scope(NotifyScope::AllMatching);
    let (scoped, spoken) = tokio::join!(
        world.store.change_settings(&portal, &one, &scope, None),
        other.change_settings(&portal, &two, &language, None),
    );

    scoped.unwrap();
    spoken.unwrap();
    let settings = world.store.settings(&portal).await.unwrap();
    assert_eq!(settings.tracking.notify_scope, NotifyScope::AllMatching);
    assert_eq!(settings.tracking.item_language, ItemLanguage::Ru);
    assert_eq!(history(&world, &portal).await.len(), 2);
    other_pool.close().await;
    world.end().await;
}
