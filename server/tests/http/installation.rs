//! The installer against the simulated portal.

use crate::running::Server;
use axum::http::StatusCode;
use certlens_portal_sim::{EntityKind, FrameFault, FrameForm, Simulator, SimulatorOptions};
use certlens_store::{MemberId, PortalState};

/// A user of the built-in portal who is no administrator.
const MANAGER: u64 = 7;

async fn simulator() -> Simulator {
    Simulator::start(SimulatorOptions::default()).await.unwrap()
}

fn installer(form: &FrameForm) -> String {
    format!("/bitrix/install?{}", form.query)
}

fn member_id(simulator: &Simulator) -> MemberId {
    MemberId::parse(&simulator.member_id()).unwrap()
}

#[tokio::test]
async fn install_by_an_administrator_binds_three_tabs_and_remembers_the_portal() {
    let simulator = simulator().await;
    let server = Server::beside(&simulator).await;
    let form = simulator.open_installer_form();

    let answer = server.post_form(&installer(&form), form.body()).await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let mut placements = simulator.placements();
    placements.sort();
    assert_eq!(
        placements,
        [
            "CRM_COMPANY_DETAIL_TAB",
            "CRM_DEAL_DETAIL_TAB",
            "CRM_LEAD_DETAIL_TAB"
        ]
    );
    let portal = server
        .data
        .store()
        .portal(&member_id(&simulator))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(portal.state, PortalState::Installed);
    assert_eq!(portal.address.origin, simulator.portal_url());
    server.close().await;
}

#[tokio::test]
async fn install_answers_a_page_that_only_the_proved_portal_may_frame_and_that_finishes_the_installation() {
    let simulator = simulator().await;
    let server = Server::beside(&simulator).await;
    let form = simulator.open_installer_form();

    let answer = server.post_form(&installer(&form), form.body()).await;

    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains(&format!("frame-ancestors {}", simulator.portal_url())),
        "{policy}"
    );
    assert!(
        answer
            .body
            .contains(&format!("src=\"{}/api/v1/\"", simulator.portal_url())),
        "{}",
        answer.body
    );
    assert!(answer.body.contains("BX24.installFinish()"), "{}", answer.body);
    assert!(answer.body.contains("<html lang=\"ru\">"), "{}", answer.body);
    server.close().await;
}

#[tokio::test]
async fn install_a_second_time_leaves_one_binding_for_each_card() {
    let simulator = simulator().await;
    let server = Server::beside(&simulator).await;

    for _ in 0..2 {
        let form = simulator.open_installer_form();
        let answer = server.post_form(&installer(&form), form.body()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }

    assert_eq!(simulator.placements().len(), 3);
    server.close().await;
}

#[tokio::test]
async fn install_over_tabs_of_an_older_address_replaces_them() {
    let simulator = simulator().await;
    simulator.bind_tabs("http://old.localhost:3000/bitrix/app", "Old");
    let server = Server::beside(&simulator).await;
    let form = simulator.open_installer_form();

    let answer = server.post_form(&installer(&form), form.body()).await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(simulator.placements().len(), 3);
    let tab = simulator.open_frame_form(EntityKind::Company, 1);
    assert!(
        tab.action.starts_with("http://app.localhost:3000/bitrix/app?"),
        "{}",
        tab.action
    );
    server.close().await;
}

#[tokio::test]
async fn install_by_another_user_than_an_administrator_is_refused_and_binds_nothing() {
    let simulator = simulator().await;
    let server = Server::beside(&simulator).await;
    let form = simulator.open_frame_form_as(MANAGER, EntityKind::Company, 1, None);

    let answer = server.post_form(&installer(&form), form.body()).await;

    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("администратор"), "{}", answer.body);
    assert!(simulator.placements().is_empty());
    assert_eq!(server.data.store().portals().await.unwrap(), []);
    server.close().await;
}

#[tokio::test]
async fn install_without_a_believable_token_is_a_page_in_the_users_language_without_internals() {
    let simulator = simulator().await;
    let server = Server::beside(&simulator).await;
    let faults = [
        FrameFault::WithoutAuthorization,
        FrameFault::GarbledToken,
        FrameFault::ForeignClient,
        FrameFault::ExpiredToken,
    ];

    for fault in faults {
        let form = simulator.open_frame_form_as(1, EntityKind::Company, 1, Some(fault));
        let answer = server.post_form(&installer(&form), form.body()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{fault:?}");
        assert!(
            answer.body.contains("<html lang=\"ru\">"),
            "{fault:?}: {}",
            answer.body
        );
        assert!(answer.body.contains("Битрикс24"), "{fault:?}: {}", answer.body);
        assert!(!answer.body.contains("Error"), "{fault:?}: {}", answer.body);
    }
    assert_eq!(server.data.store().portals().await.unwrap(), []);
    server.close().await;
}

#[tokio::test]
async fn install_with_a_forged_domain_keeps_to_the_proved_portal() {
    let simulator = simulator().await;
    let server = Server::beside(&simulator).await;
    let form = simulator.open_frame_form_as(1, EntityKind::Company, 1, Some(FrameFault::ForgedDomain));

    let answer = server.post_form(&installer(&form), form.body()).await;

    assert!(!answer.body.contains("evil.example"), "{}", answer.body);
    assert!(!answer.header("content-security-policy").contains("evil.example"));
    server.close().await;
}
