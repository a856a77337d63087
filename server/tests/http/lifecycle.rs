//! The life of the application on a portal: installed, read, changed, renamed, removed, installed again.

use crate::living::{Living, member_id, rest_calls, session_of, until};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use certlens_portal_sim::{Clean, EntityKind, PortalHandle, Simulator, SimulatorOptions};
use certlens_store::PortalState;
use serde_json::{Value, json};

const ADMINISTRATOR: u64 = 1;
/// A company of the built-in portal.
const COMPANY: u64 = 101;

async fn simulator() -> Simulator {
    Simulator::start(SimulatorOptions::default()).await.unwrap()
}

/// Calls the portal as somebody else does, who changes the CRM.
async fn change(handle: &PortalHandle, simulator: &Simulator, method: &str, parameters: Value) -> Value {
    let mut body = parameters;
    body["auth"] = handle.issue_token(ADMINISTRATOR).access.into();
    let host = handle.portal_url().replace("http://", "");
    let answer = reqwest::Client::new()
        .post(format!("http://{}/rest/{method}", simulator.address()))
        .header(header::HOST.as_str(), host)
        .json(&body)
        .send()
        .await
        .unwrap();
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_card_that_was_read_opens_without_a_call_for_those_who_may_see_it() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    simulator.clear_journal();

    for kind in [EntityKind::Company, EntityKind::Deal, EntityKind::Lead] {
        let id = match kind {
            EntityKind::Company => COMPANY,
            EntityKind::Deal => 301,
            _ => 201,
        };
        let answer = living
            .post("/bitrix/app", &simulator.open_frame_form(kind, id))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }

    assert_eq!(rest_calls(&simulator), Vec::<String>::new());
    living.close().await;
}

#[tokio::test]
async fn a_manager_proves_his_right_once_by_one_batch() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    simulator.clear_journal();

    for _ in 0..2 {
        let form = simulator.open_frame_form_as(7, EntityKind::Company, COMPANY, None);
        let answer = living.post("/bitrix/app", &form).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }

    assert_eq!(rest_calls(&simulator), ["batch"]);
    living.close().await;
}

#[tokio::test]
async fn an_event_brings_a_changed_company_into_its_card() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let listed = change(
        &simulator,
        &simulator,
        "crm.requisite.list",
        json!({"filter": {"ENTITY_TYPE_ID": 4, "ENTITY_ID": COMPANY}}),
    )
    .await;
    let requisite = listed["result"][0]["ID"].clone();

    let changed = json!({"id": requisite, "fields": {"RQ_INN": "7736050003"}});
    let answer = change(&simulator, &simulator, "crm.requisite.update", changed).await;

    assert_eq!(answer["result"], json!(true), "{answer}");
    until("the card shows the new number", || async {
        let form = simulator.open_frame_form(EntityKind::Company, COMPANY);
        living
            .post("/bitrix/app", &form)
            .await
            .body
            .contains("7736050003")
    })
    .await;
    living.close().await;
}

#[tokio::test]
async fn removal_with_deletion_leaves_nothing_and_revokes_sessions() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let form = simulator.open_frame_form(EntityKind::Company, COMPANY);
    let session = session_of(&living.post("/bitrix/app", &form).await);
    assert_eq!(analytics(&living, &session).await, StatusCode::OK);

    simulator.uninstall_with_event(Clean::Delete);

    until("the portal is forgotten", || async {
        living.portal(&simulator).await.is_none()
    })
    .await;
    assert_eq!(
        living
            .store()
            .index_size(&member_id(&simulator))
            .await
            .unwrap()
            .companies,
        0
    );
    assert_eq!(analytics(&living, &session).await, StatusCode::UNAUTHORIZED);
    let answer = living.post("/bitrix/app", &form).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "an old token opens nothing");
    assert!(answer.body.contains("не завершена"), "{}", answer.body);
    assert!(
        living.portal(&simulator).await.is_none(),
        "nor does it bring the portal back"
    );
    living.close().await;
}

#[tokio::test]
async fn removal_that_keeps_data_archives_and_a_new_installation_restores() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let settings = json!({"lead_write_back": true});
    patch_settings(&living, &simulator, &settings).await;

    simulator.uninstall_with_event(Clean::Keep);
    until("the portal is uninstalled", || async {
        living
            .portal(&simulator)
            .await
            .is_some_and(|portal| portal.state == PortalState::Uninstalled)
    })
    .await;
    living.install(&simulator).await;

    let portal = living.portal(&simulator).await.unwrap();
    assert_eq!(portal.state, PortalState::Installed);
    assert_eq!(simulator.placements().len(), 3);
    let kept = living
        .server
        .get_as_operator(&format!("/api/v1/portals/{}/settings", simulator.member_id()))
        .await;
    assert_eq!(kept.json()["lead_write_back"], json!(true));
    let card = living
        .post(
            "/bitrix/app",
            &simulator.open_frame_form(EntityKind::Company, COMPANY),
        )
        .await;
    assert_eq!(card.status, StatusCode::OK);
    living.close().await;
}

#[tokio::test]
async fn bindings_that_an_outside_administrator_removed_come_back_when_one_opens_our_page() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let bound = simulator.events().len();
    assert!(bound > 0, "the installer bound events");

    simulator.wipe_bindings();
    let answer = living
        .post("/bitrix/app", &simulator.open_main_form_as(ADMINISTRATOR))
        .await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(simulator.placements().len(), 3);
    assert_eq!(simulator.events().len(), bound);
    living.close().await;
}

#[tokio::test]
async fn a_renamed_portal_is_followed_after_a_proof_and_frames_us_at_its_new_address() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let old = living.portal(&simulator).await.unwrap().address.domain;

    simulator.rename("renamed.localhost").unwrap();
    let answer = living
        .post(
            "/bitrix/app",
            &simulator.open_frame_form(EntityKind::Company, COMPANY),
        )
        .await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("frame-ancestors http://renamed.localhost:"),
        "{policy}"
    );
    let now = living.portal(&simulator).await.unwrap().address.domain;
    assert_ne!(now, old);
    assert!(now.starts_with("renamed.localhost:"), "{now}");
    living.close().await;
}

async fn analytics(living: &Living, session: &str) -> StatusCode {
    let request = Request::get("/api/v1/analytics?id=7707083893")
        .header(header::AUTHORIZATION, format!("Bearer {session}"))
        .body(Body::empty())
        .unwrap();
    living.server.send(request).await.status
}

async fn patch_settings(living: &Living, handle: &PortalHandle, change: &Value) {
    let uri = format!("/api/v1/portals/{}/settings", handle.member_id());
    let answer = living.server.patch_as_operator(&uri, change).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}
