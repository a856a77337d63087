//! Looking after a portal that does not work: what is seen, what repair mends, what is left to people.

use certlens_portal_sim::Clean;
use certlens_portals::inspection::ApplicationKeys;
use certlens_portals::repair::Finding;
use certlens_portals::{BindingPresence, Need, RepairOutcome, RepairReport, RepairStepName};
use certlens_store::{ChainEnd, PortalState};

use crate::world::{World, eventually, member_id, stored};

fn outcomes(report: &RepairReport) -> Vec<(RepairStepName, RepairOutcome)> {
    report
        .steps
        .iter()
        .map(|step| (step.name, step.outcome))
        .collect()
}

fn outcome(report: &RepairReport, name: RepairStepName) -> RepairOutcome {
    let step = report.steps.iter().find(|step| step.name == name);
    step.unwrap().outcome
}

fn findings(report: &RepairReport) -> Vec<&Finding> {
    report.steps.iter().flat_map(|step| &step.findings).collect()
}

/// An installed portal whose first work is done.
async fn installed() -> World {
    let mut world = World::start().await;
    world.install().await;
    world.work(&world.portals.clone());
    let member = member_id(&world.portal());
    eventually("the CRM is read", || async {
        let crawl = world.portals.progress(&member).await.unwrap();
        crawl.finished_at.is_some()
    })
    .await;
    world.stop_workers().await;
    world
}

#[tokio::test]
async fn a_portal_that_works_is_seen_to_work_and_repair_finds_nothing_to_mend() {
    let world = installed().await;
    let member = member_id(&world.portal());

    let inspection = world.portals.inspect(&member).await.unwrap();
    let report = world.portals.repair(&member).await.unwrap();

    assert_eq!(inspection.portal.state, PortalState::Installed);
    assert!(
        matches!(inspection.keys, ApplicationKeys::Market { has_secret: true, .. }),
        "{:?}",
        inspection.keys
    );
    assert!(
        inspection.living_chains().count() >= 1,
        "of the installer, and of its event"
    );
    assert!(inspection.chains[0].began_at.is_some());
    assert_eq!(
        inspection.figures.application_number,
        Some(41),
        "as the portal says"
    );
    assert!(inspection.index.companies > 0);
    assert_eq!(inspection.needs, []);
    assert!(report.is_healthy(), "{report:#?}");
    assert!(
        report
            .steps
            .iter()
            .all(|step| step.outcome == RepairOutcome::Fine),
        "{report:#?}"
    );
    world.close().await;
}

#[tokio::test]
async fn what_is_missing_on_the_portal_is_seen_by_a_look_and_bound_by_repair() {
    let world = installed().await;
    let portal = world.portal();
    let member = member_id(&portal);
    let (tabs, events) = (portal.placements().len(), portal.events().len());
    portal.wipe_bindings();
    portal.bind_tabs("https://former.example/bitrix/app", "Former");

    let look = world.portals.look_at_bindings(&member).await.unwrap();
    let report = world.portals.repair(&member).await.unwrap();

    assert!(
        look.bindings
            .iter()
            .all(|(_, _, presence)| *presence == BindingPresence::Missing),
        "{look:?}"
    );
    assert!(!look.left_overs.is_empty(), "those of the former address");
    assert_eq!(outcome(&report, RepairStepName::Bindings), RepairOutcome::Mended);
    assert!(report.is_healthy(), "{report:#?}");
    assert_eq!((portal.placements().len(), portal.events().len()), (tabs, events));
    let again = world.portals.repair(&member).await.unwrap();
    assert_eq!(outcome(&again, RepairStepName::Bindings), RepairOutcome::Fine);
    world.close().await;
}

#[tokio::test]
async fn a_portal_that_was_given_up_is_taken_up_again_when_a_call_succeeds() {
    let world = installed().await;
    let portal = world.portal();
    let (member, stored) = (member_id(&portal), stored(&portal));
    world.let_tokens_expire().await;
    world
        .store()
        .set_standing(&stored, certlens_store::Standing::NeedsReauth)
        .await
        .unwrap();

    let report = world.portals.repair(&member).await.unwrap();

    assert_eq!(
        outcome(&report, RepairStepName::Tokens),
        RepairOutcome::Mended,
        "renewed"
    );
    assert!(
        findings(&report)
            .iter()
            .any(|finding| matches!(finding, Finding::ChainLives { is_renewed: true, .. })),
        "{report:#?}"
    );
    assert!(report.is_healthy(), "{report:#?}");
    let state = world.store().portal(&stored).await.unwrap().unwrap().state;
    assert_eq!(state, PortalState::Installed);
    world.close().await;
}

#[tokio::test]
async fn dead_tokens_end_with_the_very_page_that_an_administrator_has_to_open() {
    let world = installed().await;
    let portal = world.portal();
    let member = member_id(&portal);
    portal.expire_refresh_tokens();
    world.let_tokens_expire().await;

    let report = world.portals.repair(&member).await.unwrap();

    assert_eq!(outcome(&report, RepairStepName::Tokens), RepairOutcome::Failed);
    assert!(
        findings(&report).iter().any(|finding| matches!(
            finding,
            Finding::ChainEnded {
                end: ChainEnd::Spent,
                ..
            }
        )),
        "{report:#?}"
    );
    assert_eq!(outcome(&report, RepairStepName::Bindings), RepairOutcome::Skipped);
    let link = format!("{}/marketplace/app/41/", portal.portal_url());
    assert_eq!(report.needs, [Need::OpenApplication { link }], "{report:#?}");
    world.close().await;
}

#[tokio::test]
async fn a_portal_that_removed_the_application_asks_for_its_installation() {
    use RepairOutcome::{Failed, Fine, Skipped};
    let world = installed().await;
    let portal = world.portal();
    let (member, stored) = (member_id(&portal), stored(&portal));
    portal.uninstall_with_event(Clean::Keep);
    eventually("the portal is archived", || async {
        let portal = world.store().portal(&stored).await.unwrap().unwrap();
        portal.state == PortalState::Uninstalled
    })
    .await;

    let report = world.portals.repair(&member).await.unwrap();

    assert_eq!(
        outcomes(&report),
        [
            (RepairStepName::Keys, Fine),
            (RepairStepName::Tokens, Failed),
            (RepairStepName::State, Failed),
            (RepairStepName::Bindings, Skipped),
            (RepairStepName::Events, Skipped),
            (RepairStepName::Work, Skipped),
        ]
    );
    let keys: Vec<&str> = report.needs.iter().map(Need::key).collect();
    assert_eq!(keys, ["install"]);
    world.close().await;
}

#[tokio::test]
async fn work_that_failed_is_due_now() {
    let world = installed().await;
    let portal = world.portal();
    let (member, stored) = (member_id(&portal), stored(&portal));
    sqlx::query(
        "UPDATE portal_jobs SET last_error = 'the portal is silent', due_at = now() + interval '6 hours'
         WHERE kind = 'detect_fields'",
    )
    .execute(world.pool())
    .await
    .unwrap();
    let needs = world.portals.inspect(&member).await.unwrap().needs;

    let report = world.portals.repair(&member).await.unwrap();

    assert_eq!(needs.iter().map(Need::key).collect::<Vec<_>>(), ["repair"]);
    assert_eq!(outcome(&report, RepairStepName::Work), RepairOutcome::Mended);
    assert!(report.is_healthy(), "{report:#?}");
    let job = world
        .store()
        .job(&stored, "detect_fields")
        .await
        .unwrap()
        .unwrap();
    assert!(job.due_at.unwrap() <= world.store().clock().await.unwrap());
    world.close().await;
}

#[tokio::test]
async fn a_portal_that_moved_is_known_by_both_addresses() {
    let world = installed().await;
    let portal = world.portal();
    let member = member_id(&portal);
    let before = world.portals.inspect(&member).await.unwrap();
    portal.rename("moved.localhost").unwrap();

    let report = world.portals.repair(&member).await.unwrap();
    let after = world.portals.inspect(&member).await.unwrap();

    assert_eq!(
        outcome(&report, RepairStepName::State),
        RepairOutcome::Mended,
        "{report:#?}"
    );
    assert!(
        findings(&report)
            .iter()
            .any(|finding| matches!(finding, Finding::Moved { .. })),
        "{report:#?}"
    );
    let (former, _) = after.figures.former_domain.unwrap();
    assert_eq!(former, before.portal.address.domain);
    assert_ne!(after.portal.address.domain, former);
    world.close().await;
}
