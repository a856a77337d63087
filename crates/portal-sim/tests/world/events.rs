//! Events: delivered once, as forms, to bound handlers of a finished installation.

use std::collections::BTreeMap;

use certlens_portal_sim::{Clean, PortalHandle, RestFault, Simulator, SimulatorOptions};
use reqwest::Client;
use serde_json::json;

use super::support::{ADMINISTRATOR, Listener, MANAGER, call, command, http, settled, simulator};

async fn bind(http: &Client, portal: &PortalHandle, event: &str, handler: &str) {
    let token = portal.issue_token(ADMINISTRATOR).access;
    let (status, body) = call(
        http,
        portal,
        &token,
        "event.bind",
        json!({"event": event, "handler": handler}),
    )
    .await;
    assert!(status.is_success(), "{body}");
}

fn change(portal: &PortalHandle) {
    portal.raise(
        "onCrmCompanyUpdate",
        json!({"FIELDS": {"ID": "101"}}),
        Some(MANAGER),
    );
}

async fn bound() -> (Simulator, PortalHandle, Listener) {
    let simulator = simulator().await;
    let (portal, listener) = (simulator.portal("1").unwrap(), Listener::start().await);
    bind(&http(), &portal, "ONCRMCOMPANYUPDATE", &listener.url).await;
    (simulator, portal, listener)
}

fn value<'a>(fields: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    fields.get(name).map(String::as_str)
}

#[tokio::test]
async fn change_arrives_with_the_secret_of_the_installation_and_a_token_of_its_user() {
    let (_simulator, portal, mut listener) = bound().await;

    change(&portal);
    let told = listener.told(1).await;

    let event = &told[0];
    assert_eq!(value(event, "event"), Some("ONCRMCOMPANYUPDATE"));
    assert_eq!(value(event, "data[FIELDS][ID]"), Some("101"));
    assert_eq!(value(event, "auth[member_id]"), Some(portal.member_id().as_str()));
    assert_eq!(value(event, "auth[user_id]"), Some("7"));
    assert_eq!(
        event.get("auth[application_token]").cloned(),
        portal.application_token()
    );
    assert!(!event.contains_key("auth[refresh_token]"));
    let token = event["auth[access_token]"].clone();
    let (status, _) = call(&http(), &portal, &token, "profile", json!({})).await;
    assert!(status.is_success());
}

#[tokio::test]
async fn nothing_is_told_before_the_installation_is_finished() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let (portal, listener) = (simulator.portal("1").unwrap(), Listener::start().await);
    bind(&http(), &portal, "ONCRMCOMPANYUPDATE", &listener.url).await;

    change(&portal);

    assert!(portal.outbox().is_empty());
    assert!(listener.so_far().is_empty());
}

#[tokio::test]
async fn handler_that_is_not_there_gets_no_second_try() {
    let simulator = simulator().await;
    let portal = simulator.portal("1").unwrap();
    bind(
        &http(),
        &portal,
        "ONCRMCOMPANYUPDATE",
        "http://app.localhost:9/events",
    )
    .await;

    change(&portal);
    let outbox = settled(&portal).await;

    assert_eq!(outbox.len(), 1);
    assert_eq!(outbox[0]["status"], json!("failed"));
}

#[tokio::test]
async fn duplicated_event_comes_twice_and_a_lost_one_never() {
    let (_simulator, portal, mut listener) = bound().await;

    portal.set_fault_times(RestFault::EventLost, 1);
    change(&portal);
    portal.set_fault_times(RestFault::EventDuplicated, 1);
    change(&portal);
    listener.told(2).await;
    let outbox = settled(&portal).await;

    let statuses: Vec<_> = outbox.iter().map(|delivery| delivery["status"].clone()).collect();
    assert_eq!(statuses, [json!("lost"), json!("answered"), json!("answered")]);
    assert_eq!(listener.so_far().len(), 2);
}

#[tokio::test]
async fn event_of_a_robot_has_no_tokens_and_a_forged_one_another_secret() {
    let (_simulator, portal, mut listener) = bound().await;
    portal.set_fault_times(RestFault::EventWithoutTokens, 1);
    change(&portal);
    let robot = listener.told(1).await[0].clone();
    portal.set_fault_times(RestFault::EventForged, 1);
    change(&portal);
    let forged = listener.told(2).await[1].clone();

    assert!(!robot.contains_key("auth[access_token]"));
    assert_eq!(
        robot.get("auth[application_token]").cloned(),
        portal.application_token()
    );
    assert_ne!(
        forged.get("auth[application_token]").cloned(),
        portal.application_token()
    );
}

#[tokio::test]
async fn installation_is_told_with_a_chain_of_tokens_when_it_is_finished() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let (portal, mut listener) = (simulator.portal("1").unwrap(), Listener::start().await);
    bind(&http(), &portal, "ONAPPINSTALL", &listener.url).await;

    portal.finish_installation();
    portal.finish_installation();
    let told = listener.told(1).await;
    let outbox = settled(&portal).await;

    assert_eq!(outbox.len(), 1, "once");
    assert_eq!(value(&told[0], "data[INSTALLED]"), Some("Y"));
    let refresh = &told[0]["auth[refresh_token]"];
    let renewed = super::support::renew(&http(), &simulator, &portal, refresh)
        .await
        .unwrap();
    assert!(renewed.0.is_success());
}

#[tokio::test]
async fn uninstallation_is_told_without_tokens_and_removes_the_bindings() {
    let (_simulator, portal, mut listener) = bound().await;
    bind(&http(), &portal, "ONAPPUNINSTALL", &listener.url).await;
    let secret = portal.application_token().unwrap();

    portal.uninstall_with_event(Clean::Delete);
    let told = listener.told(1).await;

    assert_eq!(value(&told[0], "event"), Some("ONAPPUNINSTALL"));
    assert_eq!(value(&told[0], "data[CLEAN]"), Some("1"));
    assert_eq!(value(&told[0], "auth[application_token]"), Some(secret.as_str()));
    assert!(!told[0].contains_key("auth[access_token]"));
    assert!(portal.events().is_empty() && portal.application_token().is_none());
}

#[tokio::test]
async fn silent_uninstallation_tells_nobody() {
    let (simulator, portal, listener) = bound().await;
    bind(&http(), &portal, "ONAPPUNINSTALL", &listener.url).await;
    command(&http(), &simulator, "uninstall?silent=1").await;
    assert!(portal.outbox().is_empty());
}

#[tokio::test]
async fn event_by_hand_goes_to_any_address_with_any_secret() {
    let (simulator, portal, mut listener) = bound().await;
    let query = format!(
        "event?event=ONAPPPAYMENT&data[STATUS]=P&application_token=forged&handler={}",
        listener.url
    );

    let (_, sent) = command(&http(), &simulator, &query).await;
    let told = listener.told(1).await;

    assert_eq!(sent["deliveries"], json!(1));
    assert_eq!(value(&told[0], "data[STATUS]"), Some("P"));
    assert_eq!(value(&told[0], "auth[application_token]"), Some("forged"));
    assert_eq!(portal.outbox().len(), 1);
}

#[tokio::test]
async fn application_without_pages_is_installed_by_an_event_to_its_installer() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let (portal, mut listener) = (simulator.portal("1").unwrap(), Listener::start().await);
    let query = format!("local-application?api_only=1&installer={}", listener.url);

    command(&http(), &simulator, &query).await;
    let told = listener.told(1).await;

    assert_eq!(value(&told[0], "event"), Some("ONAPPINSTALL"));
    let token = told[0]["auth[access_token]"].clone();
    let (status, _) = call(&http(), &portal, &token, "profile", json!({})).await;
    assert!(status.is_success());
}
