//! Many portals, several processes: nobody's budget is exceeded, no token is lost.

use certlens_bitrix24::{EntityType, Priority, connection::Portal};
use certlens_portal_sim::{EntityKind, Plan, PortalHandle, Seed, SimulatorOptions};
use certlens_portals::{Portals, Viewer};
use futures::future::join_all;
use serde_json::Value;

use crate::world::{ADMINISTRATOR, MANAGER, World, entity, member_id, stored, verified};

/// Requests to the authorization server's token endpoint.
fn renewals(portal: &PortalHandle) -> usize {
    let journal = portal.journal();
    journal
        .iter()
        .filter(|entry| entry.request.method == "oauth/token")
        .count()
}

/// A client of the portal with its stored tokens.
async fn call(portals: &Portals, portal: &PortalHandle, priority: Priority) -> bool {
    let known = portals.store().portal(&stored(portal)).await.unwrap().unwrap();
    let server = certlens_bitrix24::AuthorizationServer::parse(
        &known.address.authorization_server,
        certlens_bitrix24::NetworkPolicy::AllowInsecure,
    )
    .unwrap();
    let endpoint = certlens_bitrix24::PortalEndpoint::parse(
        &known.address.client_endpoint,
        certlens_bitrix24::NetworkPolicy::AllowInsecure,
    )
    .unwrap();
    let target = Portal {
        member_id: member_id(portal),
        endpoint,
        server,
    };
    let client = portals.connections().of_portal(&target, priority);
    client.call("server.time", Value::Null).await.is_ok()
}

#[tokio::test]
async fn fifty_cards_opened_at_once_with_an_expired_token_renew_it_once() {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let frame = world.open(MANAGER, EntityKind::Company, 101).await;
    world.portals.note_page(&frame, Some(false)).await;
    world.let_tokens_expire().await;
    portal.clear_journal();

    let viewer = Viewer::of(&frame);
    let (kind, id) = entity(EntityType::Company, 101);
    let opens = (0..50).map(|_| async {
        let client = world
            .portals
            .client_of(&viewer.member_id, viewer.user_id)
            .await
            .unwrap();
        world.portals.resolve(&viewer, &client, kind, id).await
    });
    let cards = join_all(opens).await;

    assert!(
        cards
            .iter()
            .all(|card| card.as_ref().is_ok_and(|card| card.notice.is_none())),
        "{cards:?}"
    );
    assert_eq!(renewals(&portal), 1);
    world.close().await;
}

#[tokio::test]
async fn two_processes_that_renew_the_same_chain_at_once_both_go_on() {
    let world = World::start().await;
    world.install().await;
    let portal = world.portal();
    let other = world.another_process();
    for _ in 0..3 {
        world.let_tokens_expire().await;
        portal.clear_journal();

        let calls = (0..20).map(|number| {
            let portals = if number % 2 == 0 { &world.portals } else { &other };
            call(portals, &portal, Priority::Interactive)
        });
        let answers = join_all(calls).await;

        assert!(answers.into_iter().all(|answered| answered));
        assert_eq!(renewals(&portal), 1);
    }
    world.close().await;
}

#[tokio::test]
async fn two_processes_before_two_hundred_portals_exceed_no_budget() {
    let world = World::with(SimulatorOptions {
        portals: 200,
        seed: Some(Seed::sample().unwrap()),
        plan: Plan::STANDARD,
        limits: true,
        ..SimulatorOptions::default()
    })
    .await;
    let portals = world.simulator.portals();
    assert_eq!(portals.len(), 200);
    let other = world.another_process();
    for portal in &portals {
        portal.finish_installation();
        let form = portal.open_main_form_as(ADMINISTRATOR);
        let frame = verified(&world.portals, &form, false).await;
        world.portals.note_page(&frame, Some(true)).await;
    }

    let mut calls = Vec::new();
    for (number, portal) in portals.iter().enumerate() {
        // One busy portal among many.
        let (times, is_busy) = if number == 0 { (55, true) } else { (4, false) };
        for time in 0..times {
            let process = if time % 2 == 0 { &world.portals } else { &other };
            let priority = if is_busy || time % 3 == 0 {
                Priority::Interactive
            } else {
                Priority::Background
            };
            calls.push(call(process, portal, priority));
        }
    }
    let answers = join_all(calls).await;

    assert!(answers.into_iter().all(|answered| answered));
    for portal in &portals {
        let limits = portal.limits();
        assert_eq!(limits.refused, 0, "{}", portal.portal_url());
        assert!(
            limits.peak <= limits.plan.threshold,
            "{}: {}",
            portal.portal_url(),
            limits.peak
        );
    }
    world.close().await;
}
