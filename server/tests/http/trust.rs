//! Nothing that a browser or a stranger sends is believed, and nothing leaves for a host that was not proved.

use crate::living::{Living, session_of, until};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use certlens_bitrix24::UserId;
use certlens_portal_sim::{EntityKind, FrameFault, FrameForm, Simulator, SimulatorOptions};
use certlens_store::{MemberId, PortalState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

const COMPANY: u64 = 101;

async fn simulator() -> Simulator {
    Simulator::start(SimulatorOptions::default()).await.unwrap()
}

/// Counts connections to a host of an attacker.
async fn attacker() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("evil.localhost:{}", listener.local_addr().unwrap().port());
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    (host, seen)
}

fn with_field(form: &FrameForm, name: &str, value: &str) -> FrameForm {
    let mut form = form.clone();
    form.fields.retain(|(field, _)| field != name);
    form.fields.push((name.to_owned(), value.to_owned()));
    form
}

#[tokio::test]
async fn no_request_leaves_for_the_host_of_an_attacker() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let (host, seen) = attacker().await;
    let good = simulator.open_frame_form_as(7, EntityKind::Company, COMPANY, None);

    let mut forged_domain = good.clone();
    let portal_host = simulator.portal_url().replace("http://", "");
    forged_domain.query = forged_domain
        .query
        .replace(&portal_host.replace(':', "%3A"), &host.replace(':', "%3A"));
    assert!(forged_domain.query.contains("evil"), "{}", forged_domain.query);
    let forged_server = with_field(&good, "SERVER_ENDPOINT", &format!("http://{host}/rest/"));
    for form in [&forged_domain, &forged_server] {
        let answer = living.post("/bitrix/app", form).await;
        assert!(!answer.body.contains("evil"), "{}", answer.body);
        assert!(!answer.header("content-security-policy").contains("evil"));
    }
    let event = format!(
        "event=ONAPPINSTALL&auth[member_id]={}&auth[access_token]=0123456789abcdef0123456789abcdef&\
         auth[server_endpoint]=http://{host}/rest/&auth[client_endpoint]=http://{host}/rest/&auth[domain]={host}",
        "0".repeat(32)
    );
    let answer = living.server.post_form("/bitrix/events", event).await;
    assert_eq!(answer.status, StatusCode::OK);

    let forged = MemberId::parse(&"0".repeat(32)).unwrap();
    until("the forged event was looked at", || async {
        living.store().pending_events(&forged).await.unwrap() == 0
    })
    .await;
    assert_eq!(seen.load(Ordering::SeqCst), 0, "the attacker was called");
    assert_eq!(living.store().portals().await.unwrap().len(), 1);
    living.close().await;
}

#[tokio::test]
async fn events_with_a_wrong_application_token_change_nothing_and_are_answered_alike() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let event = |name: &str, token: &str| {
        format!(
            "event={name}&data[CLEAN]=1&ts=1790000000&auth[member_id]={}&auth[application_token]={token}",
            simulator.member_id()
        )
    };
    let wrong = "00000000000000000000000000000000";

    let mut answers = Vec::new();
    for form in [
        event("ONAPPUNINSTALL", wrong),
        event("ONAPPUNINSTALL", ""),
        event("ONAPPUNINSTALL", wrong).replace(&simulator.member_id(), &"0".repeat(32)),
        "event=ONAPPUNINSTALL".to_owned(),
        "no event at all".to_owned(),
    ] {
        for path in ["/bitrix/uninstall", "/bitrix/events"] {
            answers.push(living.server.post_form(path, form.clone()).await);
        }
    }

    let portal = living.portal(&simulator).await.unwrap();
    assert_eq!(portal.state, PortalState::Installed);
    for answer in &answers {
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "ok\n"));
    }
    living.close().await;
}

#[tokio::test]
async fn an_application_token_of_one_portal_removes_nothing_from_another() {
    let simulator = Simulator::start(SimulatorOptions {
        portals: 2,
        ..SimulatorOptions::default()
    })
    .await
    .unwrap();
    let living = Living::beside(&simulator).await;
    let portals = simulator.portals();
    for portal in &portals {
        living.install(portal).await;
    }
    let token = portals[0].application_token().unwrap();

    let form = format!(
        "event=ONAPPUNINSTALL&data[CLEAN]=1&auth[member_id]={}&auth[application_token]={token}",
        portals[1].member_id()
    );
    living.server.post_form("/bitrix/uninstall", form).await;

    assert_eq!(
        living.portal(&portals[1]).await.unwrap().state,
        PortalState::Installed
    );
    living.close().await;
}

#[tokio::test]
async fn a_session_opens_its_own_portal_only() {
    let simulator = Simulator::start(SimulatorOptions {
        portals: 2,
        ..SimulatorOptions::default()
    })
    .await
    .unwrap();
    let living = Living::beside(&simulator).await;
    let portals = simulator.portals();
    for portal in &portals {
        living.install(portal).await;
    }
    let card = living
        .post(
            "/bitrix/app",
            &portals[0].open_frame_form(EntityKind::Company, COMPANY),
        )
        .await;
    let read = |member_id: String| {
        Request::get(format!("/api/v1/portals/{member_id}/settings"))
            .header(header::AUTHORIZATION, format!("Bearer {}", session_of(&card)))
            .body(Body::empty())
            .unwrap()
    };

    let own = living.server.send(read(portals[0].member_id())).await;
    let foreign = living.server.send(read(portals[1].member_id())).await;

    assert_eq!(own.status, StatusCode::OK, "{}", own.body);
    assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{}", foreign.body);
    living.close().await;
}

#[tokio::test]
async fn a_card_that_the_index_knows_stays_closed_to_those_who_may_not_see_it() {
    let mut seed = certlens_portal_sim::Seed::sample().unwrap();
    seed.companies[0].restricted = true;
    let simulator = Simulator::start(SimulatorOptions {
        seed: Some(seed),
        ..SimulatorOptions::default()
    })
    .await
    .unwrap();
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;

    let form = simulator.open_frame_form_as(7, EntityKind::Company, COMPANY, None);
    let answer = living.post("/bitrix/app", &form).await;

    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    living.close().await;
}

#[tokio::test]
async fn handlers_answer_get_and_head_with_a_neutral_page() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;

    for path in [
        "/bitrix/install",
        "/bitrix/uninstall",
        "/bitrix/events",
        "/bitrix/login",
        "/bitrix/app",
    ] {
        for method in ["GET", "HEAD"] {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .body(Body::empty())
                .unwrap();
            let answer = living.server.send(request).await;
            assert_eq!(answer.status, StatusCode::OK, "{method} {path}");
            assert_eq!(answer.header("set-cookie"), "", "{method} {path}");
        }
    }
    living.close().await;
}

#[tokio::test]
async fn a_frame_with_a_good_token_for_another_portals_name_is_refused() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;

    for fault in [
        FrameFault::ForeignMember,
        FrameFault::ForeignClient,
        FrameFault::GarbledToken,
    ] {
        let form = simulator.open_frame_form_as(1, EntityKind::Company, COMPANY, Some(fault));
        let answer = living.post("/bitrix/app", &form).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{fault:?}");
    }
    living.close().await;
}

#[tokio::test]
async fn tokens_are_not_readable_in_the_database() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let form = simulator.open_frame_form(EntityKind::Company, COMPANY);
    living.post("/bitrix/app", &form).await;

    let dump = living.server.all_rows_as_text().await;

    for (name, value) in &form.fields {
        if ["AUTH_ID", "REFRESH_ID", "APPLICATION_TOKEN"].contains(&name.as_str()) {
            assert!(!dump.contains(value.as_str()), "{name} stands in the database");
        }
    }
    let member_id = certlens_bitrix24::MemberId::parse(&simulator.member_id()).unwrap();
    let portals = &living.state.services.portals;
    let client = portals.client_of(&member_id, UserId(1)).await.unwrap();
    client
        .call("profile", serde_json::Value::Null)
        .await
        .expect("but they can be used");
    living.close().await;
}
