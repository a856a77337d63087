//! Installing, installing again, and what a page open teaches.

use certlens_bitrix24::FrameOpen;
use certlens_portal_sim::EntityKind;
use certlens_portals::settings::SettingsChange;
use certlens_portals::{StepFailure, StepName, StepOutcome};
use certlens_store::{PortalState, SettingsAuthor, TokenCheck};

use crate::world::{ADMINISTRATOR, MANAGER, World, eventually, member_id, stored, verified};

#[tokio::test]
async fn install_binds_tabs_and_events_and_reports_every_step() {
    let world = World::start().await;
    let portal = world.portal();

    let report = world.install().await;

    assert!(report.complete, "{report:?}");
    let outcomes: Vec<_> = report
        .steps
        .iter()
        .map(|step| (step.name, &step.outcome))
        .collect();
    assert!(
        outcomes.iter().all(|(_, outcome)| **outcome == StepOutcome::Done),
        "{outcomes:?}"
    );
    assert_eq!(outcomes.len(), StepName::ALL.len());
    let mut tabs = portal.placements();
    tabs.sort();
    assert_eq!(
        tabs,
        [
            "CRM_COMPANY_DETAIL_TAB",
            "CRM_DEAL_DETAIL_TAB",
            "CRM_LEAD_DETAIL_TAB"
        ]
    );
    let events = portal.events();
    assert_eq!(events.len(), 18, "{events:?}");
    let (_, address) = events.iter().find(|(name, _)| name == "ONAPPUNINSTALL").unwrap();
    assert!(address.ends_with("/bitrix/uninstall"));
    let known = world.store().portal(&stored(&portal)).await.unwrap().unwrap();
    assert_eq!(known.state, PortalState::Installed);
    assert!(known.has_application_token);
    assert_eq!(
        world.store().chains(&stored(&portal), None).await.unwrap().len(),
        1
    );
    world.close().await;
}

#[tokio::test]
async fn install_repeated_changes_nothing_and_says_so() {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let before = (portal.placements(), portal.events());

    let report = world.install().await;

    assert!(report.complete);
    for name in [StepName::Storage, StepName::Tabs, StepName::Events] {
        let step = report.steps.iter().find(|step| step.name == name).unwrap();
        assert_eq!(step.outcome, StepOutcome::AlreadyDone, "{name:?}");
    }
    assert_eq!((portal.placements(), portal.events()), before);
    world.close().await;
}

#[tokio::test]
async fn install_by_someone_else_than_an_administrator_stores_and_binds_nothing() {
    let world = World::start().await;
    let portal = world.portal();
    let form = portal.open_main_form_as(MANAGER);
    let frame = verified(&world.portals, &form, true).await;

    let report = world.portals.install(&frame).await;

    assert!(!report.complete);
    assert_eq!(
        report.first_failure(),
        Some((StepName::Administrator, &StepFailure::NotAdministrator))
    );
    let tabs = report
        .steps
        .iter()
        .find(|step| step.name == StepName::Tabs)
        .unwrap();
    assert_eq!(tabs.outcome, StepOutcome::Skipped);
    assert!(portal.placements().is_empty());
    assert!(world.store().portal(&stored(&portal)).await.unwrap().is_none());
    world.close().await;
}

#[tokio::test]
async fn install_after_a_removal_that_nobody_told_replaces_the_tokens_and_keeps_the_settings() {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let member = stored(&portal);
    let change = SettingsChange {
        lead_write_back: Some(false),
        ..SettingsChange::default()
    };
    world
        .portals
        .change_settings(&member_id(&portal), &SettingsAuthor::Operator, &change)
        .await
        .unwrap();
    let old_token = portal.application_token().unwrap();
    portal.uninstall();

    let report = world.install().await;

    assert!(report.complete, "{report:?}");
    let new_token = portal.application_token().unwrap();
    assert_ne!(old_token, new_token);
    let store = world.store();
    assert_eq!(
        store.check_application_token(&member, &new_token).await.unwrap(),
        TokenCheck::Matches
    );
    assert_eq!(
        store.check_application_token(&member, &old_token).await.unwrap(),
        TokenCheck::Differs
    );
    assert!(
        !world
            .portals
            .settings(&member_id(&portal))
            .await
            .unwrap()
            .lead_write_back
    );
    assert_eq!(store.chains(&member, None).await.unwrap().len(), 1);
    assert_eq!(portal.placements().len(), 3);
    world.close().await;
}

#[tokio::test]
async fn a_page_of_a_portal_that_we_forgot_brings_it_back() {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();
    world.store().erase(&stored(&portal)).await.unwrap();

    let frame = world.open(ADMINISTRATOR, EntityKind::Company, 101).await;
    // As a card does: first without knowing who looks, then with the portal's word.
    world.portals.note_page(&frame, None).await;
    world.portals.note_page(&frame, Some(true)).await;

    let known = world.store().portal(&stored(&portal)).await.unwrap().unwrap();
    assert_eq!(known.state, PortalState::Installed);
    assert!(known.has_application_token);
    let chains = world.store().chains(&stored(&portal), None).await.unwrap();
    assert!(chains[0].is_administrator, "the portal's jobs go first by it");
    assert_eq!(
        world.store().chains(&stored(&portal), None).await.unwrap().len(),
        1
    );
    world.close().await;
}

#[tokio::test]
async fn a_page_opened_before_a_removal_does_not_bring_the_portal_back_by_its_old_proof() {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let form = portal.open_frame_form(EntityKind::Company, 101);
    verified(&world.portals, &form, false).await;
    portal.uninstall();
    world.store().archive(&stored(&portal)).await.unwrap();

    let open = FrameOpen::parse(&form.query, form.body().as_bytes());
    let expectation = world.portals.expectation(&open, false).await.unwrap();
    let proof = world.portals.verifier().verify(open, &expectation).await;

    assert!(proof.is_err(), "a remembered proof is of the time before");
    world.close().await;
}

#[tokio::test]
async fn a_page_of_an_ordinary_user_plants_no_application_token() {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();
    world.store().erase(&stored(&portal)).await.unwrap();

    let frame = world.open(MANAGER, EntityKind::Company, 101).await;
    world.portals.note_page(&frame, Some(false)).await;

    let known = world.store().portal(&stored(&portal)).await.unwrap().unwrap();
    assert!(!known.has_application_token);
    world.close().await;
}

#[tokio::test]
async fn a_local_application_is_installed_with_its_own_keys() {
    let world = World::start().await;
    let portal = world.portal();
    let (client_id, secret) = portal.use_local_application(certlens_portal_sim::LocalApplication::default());
    world
        .store()
        .add_application(&client_id, &secret.into(), None)
        .await
        .unwrap();

    let report = world.install().await;

    assert!(report.complete, "{report:?}");
    let known = world.store().portal(&stored(&portal)).await.unwrap().unwrap();
    assert_eq!(known.client_id.as_deref(), Some(client_id.as_str()));
    let applications = world.store().applications().await.unwrap();
    assert_eq!(applications[0].member_id, Some(stored(&portal)));
    world.close().await;
}

#[tokio::test]
async fn a_local_applications_corrected_secret_counts_at_once_and_a_wrong_one_costs_no_portal() {
    let mut world = World::start().await;
    let portal = world.portal();
    let member = stored(&portal);
    let (client_id, secret) = portal.use_local_application(certlens_portal_sim::LocalApplication::default());
    let wrong = "not-the-secret-of-this-application";
    world
        .store()
        .add_application(&client_id, &wrong.into(), None)
        .await
        .unwrap();
    world.install().await;
    world.let_tokens_expire().await;
    world.work(&world.portals.clone());
    eventually("the wrong secret is refused", || async {
        let job = world.store().job(&member, "confirm_departure").await.unwrap();
        job.is_some_and(|job| job.last_error.is_some())
    })
    .await;
    let known = world.store().portal(&member).await.unwrap().unwrap();
    assert_eq!(known.state, PortalState::Installed);

    world
        .store()
        .add_application(&client_id, &secret.into(), Some(&member))
        .await
        .unwrap();

    let client = world
        .portals
        .background_client(&member_id(&portal))
        .await
        .unwrap();
    let answer = client.call("server.time", serde_json::Value::Null).await;
    assert!(answer.is_ok(), "{answer:?}");
    world.close().await;
}
