//! Many portals, two servers on one database: each portal keeps its budget, no chain is lost.

use crate::living::{Living, member_id};
use axum::http::StatusCode;
use certlens_portal_sim::{EntityKind, GeneratedSeed, Seed, Simulator, SimulatorOptions};
use certlens_store::PortalState;
use futures::StreamExt as _;

const MANAGER: u64 = 7;

#[tokio::test]
async fn two_servers_that_renew_the_same_chain_at_once_lose_neither() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let first = Living::beside(&simulator).await;
    first.install(&simulator).await;
    let second = first.second(&simulator).await;
    simulator.expire_tokens();
    simulator.clear_journal();

    let member_id = certlens_bitrix24::MemberId::parse(&simulator.member_id()).unwrap();
    let calls = [&first, &second, &first, &second, &first, &second].map(|living| {
        let portals = living.state.services.portals.clone();
        let member_id = member_id.clone();
        async move {
            let client = portals.background_client(&member_id).await.unwrap();
            client.call("profile", serde_json::Value::Null).await
        }
    });
    let answers = futures::future::join_all(calls).await;

    for answer in answers {
        answer.unwrap();
    }
    let renewals = simulator
        .journal()
        .into_iter()
        .filter(|entry| entry.request.method.contains("oauth/token"))
        .count();
    assert_eq!(renewals, 1);
    second.close().await;
    first.close().await;
}

#[tokio::test]
async fn two_servers_and_many_portals_keep_every_budget() {
    const PORTALS: u32 = 24;
    let seed = Seed::generated(GeneratedSeed {
        companies: 300,
        leads: 100,
        deals: 100,
        ..GeneratedSeed::default()
    })
    .unwrap();
    let simulator = Simulator::start(SimulatorOptions {
        portals: PORTALS,
        seed: Some(seed),
        ..SimulatorOptions::default()
    })
    .await
    .unwrap();
    let first = Living::beside(&simulator).await;
    let second = first.second(&simulator).await;
    let portals = simulator.portals();

    // Everything at once: installations, the crawls that follow them, and managers who open cards on both servers.
    let opens = futures::stream::iter(portals.iter().enumerate()).map(|(index, portal)| {
        let (installer, other) = if index % 2 == 0 {
            (&first, &second)
        } else {
            (&second, &first)
        };
        async move {
            let answer = installer
                .post("/bitrix/install", &portal.open_installer_form())
                .await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            portal.finish_installation();
            let companies = (1..=30).map(|id| async move {
                let form = portal.open_frame_form_as(MANAGER, EntityKind::Company, id, None);
                let living = if id % 2 == 0 { installer } else { other };
                living.post("/bitrix/app", &form).await.status
            });
            futures::future::join_all(companies).await
        }
    });
    let statuses: Vec<_> = opens.buffer_unordered(8).collect().await;
    for portal in &portals {
        first.until_crawled(portal).await;
    }

    assert!(
        statuses.iter().flatten().all(|status| !status.is_server_error()),
        "{statuses:?}"
    );
    for portal in &portals {
        let limits = portal.limits();
        assert_eq!(limits.refused, 0, "{}: {limits:?}", portal.portal_url());
        assert!(limits.peak <= 50.0, "{}: {limits:?}", portal.portal_url());
        let stored = first.store().portal(&member_id(portal)).await.unwrap().unwrap();
        assert_eq!(stored.state, PortalState::Installed);
    }
    second.close().await;
    first.close().await;
}
