//! Settings: what was detected, what was chosen.

use crate::world::{World, member};
use certlens_domain::tracking::settings::{NotificationSettings, NotifyEvery, TrackingSettings};
use certlens_domain::tracking::{NotificationKind, NotifyScope};
use certlens_store::{
    AvailableFields, CustomField, FieldMapping, FieldMappingSource, MappingChoice, MemberId, MirrorFields,
    PortalSettings, SettingsAuthor, SettingsChange, StoreError, TrackingChange,
};

async fn change_by_operator(world: &World, portal: &MemberId, change: &SettingsChange) {
    world
        .store
        .change_settings(portal, &SettingsAuthor::Operator, change, None)
        .await
        .unwrap();
}

fn mapping(lead: &str) -> FieldMapping {
    FieldMapping {
        lead: vec![lead.to_owned()],
        ..FieldMapping::default()
    }
}

fn fields() -> AvailableFields {
    AvailableFields {
        lead: vec![CustomField {
            name: "ufCrmInn".to_owned(),
            label: "ИНН".to_owned(),
            field_type: "string".to_owned(),
        }],
        ..AvailableFields::default()
    }
}

#[tokio::test]
async fn settings_of_a_new_portal_are_the_defaults() {
    let world = World::create().await;
    let portal = world.portal(1).await;

    assert_eq!(
        world.store.settings(&portal).await.unwrap(),
        PortalSettings::default()
    );
    world.end().await;
}

#[tokio::test]
async fn a_detection_replaces_an_earlier_one_and_says_whether_the_mapping_changed() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let detect = async |lead: &str| {
        world
            .store
            .note_detected_fields(&portal, &fields(), &mapping(lead))
            .await
            .unwrap()
    };

    assert!(detect("ufCrmInn").await);
    assert!(!detect("ufCrmInn").await);
    assert!(detect("ufCrmUnp").await);

    let settings = world.store.settings(&portal).await.unwrap();
    assert_eq!(settings.field_mapping, mapping("ufCrmUnp"));
    assert_eq!(settings.field_mapping_source, FieldMappingSource::Detected);
    assert_eq!(settings.available_fields, fields());
    world.end().await;
}

fn mirror() -> MirrorFields {
    MirrorFields {
        deal: Some("UF_CRM_CERTLENS".to_owned()),
        ..MirrorFields::default()
    }
}

#[tokio::test]
async fn a_detection_leaves_a_chosen_mapping_alone_until_it_is_left_to_detection_again() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let choose = async |field_mapping| {
        let change = SettingsChange {
            field_mapping: Some(field_mapping),
            lead_write_back: Some(false),
            mirror_field: Some(mirror()),
            ..SettingsChange::default()
        };
        change_by_operator(&world, &portal, &change).await;
    };
    choose(MappingChoice::Chosen(mapping("ufCrmMine"))).await;

    let changed = world
        .store
        .note_detected_fields(&portal, &fields(), &mapping("ufCrmInn"))
        .await
        .unwrap();
    let chosen = world.store.settings(&portal).await.unwrap();
    choose(MappingChoice::Detected).await;
    world
        .store
        .note_detected_fields(&portal, &fields(), &mapping("ufCrmInn"))
        .await
        .unwrap();

    assert!(!changed);
    assert_eq!(chosen.field_mapping, mapping("ufCrmMine"));
    assert_eq!(chosen.field_mapping_source, FieldMappingSource::Chosen);
    assert_eq!(chosen.available_fields, fields());
    assert!(!chosen.lead_write_back);
    assert_eq!(chosen.mirror_field, mirror());
    let detected = world.store.settings(&portal).await.unwrap();
    assert_eq!(detected.field_mapping, mapping("ufCrmInn"));
    assert!(!detected.lead_write_back, "a detection does not touch it");
    assert_eq!(detected.mirror_field, mirror());
    world.end().await;
}

#[tokio::test]
async fn settings_that_somebody_spoilt_by_hand_are_called_inconsistent() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    world
        .store
        .note_detected_fields(&portal, &fields(), &mapping("ufCrmInn"))
        .await
        .unwrap();
    world
        .execute("UPDATE portal_settings SET field_mapping = '{\"lead\": 5}'")
        .await;

    let error = world.store.settings(&portal).await.unwrap_err();

    assert!(error.to_string().contains("portal_settings"), "{error}");
    world.end().await;
}

#[tokio::test]
async fn what_is_chosen_about_tracking_stays_when_other_things_change() {
    let world = World::create().await;
    let portal = world.portal(1).await;
    let notification = NotificationSettings {
        kind: NotificationKind::Task,
        every: NotifyEvery::AtOnce,
    };
    let choose = async |tracking: TrackingChange| {
        let change = SettingsChange {
            tracking,
            ..SettingsChange::default()
        };
        change_by_operator(&world, &portal, &change).await;
    };
    choose(TrackingChange {
        notification: Some(notification),
        ..TrackingChange::default()
    })
    .await;
    choose(TrackingChange {
        notify_scope: Some(NotifyScope::AllMatching),
        ..TrackingChange::default()
    })
    .await;
    world
        .store
        .note_detected_fields(&portal, &fields(), &mapping("ufCrmInn"))
        .await
        .unwrap();

    let expected = TrackingSettings {
        notification,
        notify_scope: NotifyScope::AllMatching,
        ..TrackingSettings::default()
    };
    assert_eq!(world.store.tracking_settings(&portal).await.unwrap(), expected);
    let settings = world.store.settings(&portal).await.unwrap();
    assert_eq!(settings.tracking, expected);
    assert_eq!(settings.field_mapping, mapping("ufCrmInn"));
    world.end().await;
}

#[tokio::test]
async fn changing_settings_of_an_unknown_portal_says_so() {
    let world = World::create().await;
    let by = SettingsAuthor::Operator;
    let change = SettingsChange::default();

    let error = world
        .store
        .change_settings(&member(9), &by, &change, None)
        .await
        .unwrap_err();

    assert!(matches!(error, StoreError::UnknownPortal(_)), "{error:?}");
    world.end().await;
}
