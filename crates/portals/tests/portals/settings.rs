//! Settings: a change is taken back by another, a mapping is tried before it is saved.

use certlens_domain::tracking::NotifyScope;
use certlens_domain::tracking::subscribers::WhoMaySubscribe;
use certlens_portals::settings::SettingsChange;
use certlens_portals::{
    CardRefusal, NamedCard, SettingsRefused, TrackingWish, TrialRefused, TriedValue, Viewer,
};
use certlens_store::{Setting, SettingsAuthor, SettingsChangeId, UserId};
use serde_json::json;

use crate::world::{ADMINISTRATOR, MANAGER, World, eventually, member_id, stored};

fn ann() -> SettingsAuthor {
    SettingsAuthor::User {
        id: UserId(1),
        name: Some("Анна".to_owned()),
    }
}

fn scope(notify_scope: NotifyScope) -> SettingsChange {
    SettingsChange {
        tracking: TrackingWish {
            notify_scope: Some(notify_scope),
            ..TrackingWish::default()
        },
        ..SettingsChange::default()
    }
}

#[tokio::test]
async fn a_change_is_taken_back_by_another_change_that_names_it() {
    let world = World::start().await;
    world.install().await;
    let member = member_id(&world.portal());
    let settings = world
        .portals
        .change_settings(&member, &ann(), &scope(NotifyScope::AllMatching))
        .await
        .unwrap();
    let history = async || {
        world
            .portals
            .settings_history(&member, None, None, 10)
            .await
            .unwrap()
    };
    let change = history().await[0].clone();

    let reverted = world
        .portals
        .revert_settings(&member, &SettingsAuthor::Operator, change.id)
        .await
        .unwrap();

    assert_eq!(settings.tracking.notify_scope, NotifyScope::AllMatching);
    assert_eq!(reverted.tracking.notify_scope, NotifyScope::Card);
    let history = history().await;
    assert_eq!(history.len(), 2);
    assert_eq!(history[0].setting, Setting::NotifyScope);
    assert_eq!(history[0].by, SettingsAuthor::Operator);
    assert_eq!(history[0].reverts, Some(change.id));
    assert_eq!(
        (&history[0].before, &history[0].after),
        (&change.after, &change.before)
    );
    let unknown = SettingsChangeId(change.id.0 + 1_000);
    let refused = world.portals.revert_settings(&member, &ann(), unknown).await;
    assert!(
        matches!(refused, Err(SettingsRefused::UnknownChange(_))),
        "{refused:?}"
    );
    world.close().await;
}

#[tokio::test]
async fn what_can_no_more_be_is_not_brought_back() {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let (member, stored) = (member_id(&portal), stored(&portal));
    let subscribers = |who: WhoMaySubscribe| SettingsChange {
        tracking: TrackingWish {
            who_may_subscribe: Some(who),
            ..TrackingWish::default()
        },
        ..SettingsChange::default()
    };
    let chosen = subscribers(WhoMaySubscribe::Chosen {
        user_ids: vec![MANAGER],
    });
    for change in [chosen, subscribers(WhoMaySubscribe::Administrators)] {
        world
            .portals
            .change_settings(&member, &ann(), &change)
            .await
            .unwrap();
    }
    sqlx::query(
        "INSERT INTO portal_users AS known (member_id, user_id, is_active) VALUES ($1, $2, false)
         ON CONFLICT (member_id, user_id) DO UPDATE SET is_active = false",
    )
    .bind(stored.as_str())
    .bind(i64::try_from(MANAGER).unwrap())
    .execute(world.pool())
    .await
    .unwrap();
    let latest = world
        .portals
        .settings_history(&member, None, None, 1)
        .await
        .unwrap();

    let refused = world.portals.revert_settings(&member, &ann(), latest[0].id).await;

    let refused = refused.unwrap_err();
    assert_eq!(refused.field(), Some("who_may_subscribe"));
    assert_eq!(
        refused.to_string(),
        "user 7 has left the portal and can't subscribe; choose somebody else"
    );
    world.close().await;
}

#[tokio::test]
async fn a_mapping_is_left_to_detection_again_when_its_choice_is_taken_back() {
    let mut world = World::start().await;
    world.install().await;
    let member = member_id(&world.portal());
    world.work(&world.portals.clone());
    let lead = async || world.portals.settings(&member).await.unwrap().field_mapping.lead;
    eventually("the field is detected", || async { !lead().await.is_empty() }).await;
    let detected = lead().await;
    let nothing = SettingsChange {
        lead: Some(Vec::new()),
        ..SettingsChange::default()
    };
    let chosen = world
        .portals
        .change_settings(&member, &ann(), &nothing)
        .await
        .unwrap();
    let history = world
        .portals
        .settings_history(&member, Some(Setting::FieldMapping), None, 1)
        .await
        .unwrap();

    let reverted = world
        .portals
        .revert_settings(&member, &ann(), history[0].id)
        .await
        .unwrap();

    assert!(!chosen.is_detected);
    assert!(reverted.is_detected);
    eventually("the field is detected again", || async {
        lead().await == detected
    })
    .await;
    world.close().await;
}

#[tokio::test]
async fn a_mapping_is_tried_on_a_card_without_being_saved() {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let member = member_id(&portal);
    for name in ["REG_NUMBER", "NOTE"] {
        let field = json!({"fields": {"FIELD_NAME": name, "USER_TYPE_ID": "string", "LABEL": name}});
        world.change("crm.company.userfield.add", field).await;
    }
    world
        .change(
            "crm.company.update",
            json!({"id": 104, "fields": {"UF_CRM_REG_NUMBER": "7707083893, 12345"}}),
        )
        .await;
    let viewer: Viewer = world
        .viewer(ADMINISTRATOR, certlens_portal_sim::EntityKind::Company, 104)
        .await;
    let client = world.portals.client_of(&member, viewer.user_id).await.unwrap();
    let wished = SettingsChange {
        company: Some(
            ["UF_CRM_REG_NUMBER", "UF_CRM_NOTE", "UF_CRM_NOWHERE"]
                .map(str::to_owned)
                .to_vec(),
        ),
        ..SettingsChange::default()
    };
    let before = world.portals.settings(&member).await.unwrap();
    let card: NamedCard = format!("{}/crm/company/details/104/", portal.portal_url())
        .parse()
        .unwrap();

    let trial = world
        .portals
        .try_mapping(&member, &client, card, &wished)
        .await
        .unwrap();

    let [number, note, nowhere] = trial.fields.as_slice() else {
        panic!("three fields, not {:?}", trial.fields);
    };
    let TriedValue::Text {
        shown,
        identifiers,
        unreadable,
    } = &number.value
    else {
        panic!("{number:?}");
    };
    assert_eq!(shown, "7707083893, 12345");
    assert_eq!(identifiers[0].value(), "7707083893");
    assert_eq!(unreadable.len(), 1);
    assert_eq!(note.value, TriedValue::Empty);
    assert_eq!(nowhere.value, TriedValue::NoField);
    assert!(!trial.of_requisites.is_empty());
    let searched: Vec<&str> = trial
        .searched
        .iter()
        .map(|found| found.identifier.value())
        .collect();
    assert!(searched.contains(&"7707083893"), "{searched:?}");
    assert_eq!(
        world.portals.settings(&member).await.unwrap(),
        before,
        "nothing is saved"
    );
    let gone = "company 999999".parse().unwrap();
    let refused = world.portals.try_mapping(&member, &client, gone, &wished).await;
    assert!(
        matches!(refused, Err(TrialRefused::Card(CardRefusal::NotFound))),
        "{refused:?}"
    );
    world.close().await;
}
