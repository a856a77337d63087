//! Several portals in one process: apart in everything, renamed and made at run time.

use certlens_portal_sim::{PortalHandle, RestFault, SimulatorOptions};
use reqwest::StatusCode;
use serde_json::json;

use super::support::{
    ADMINISTRATOR, MANAGER, ask, call, command, http, json_of, simulator, simulator_with, three_portals,
};

#[tokio::test]
async fn portals_have_names_and_numbers_of_their_own() {
    let simulator = three_portals().await;
    let port = simulator.address().port();

    let urls: Vec<String> = simulator.portals().iter().map(PortalHandle::portal_url).collect();
    let mut members: Vec<String> = simulator.portals().iter().map(PortalHandle::member_id).collect();
    members.sort();
    members.dedup();

    assert_eq!(
        urls,
        ["a", "b", "c"].map(|letter| format!("http://portal-{letter}.localhost:{port}"))
    );
    assert_eq!(members.len(), 3);
    let second = simulator.portal("portal-b").unwrap();
    assert_eq!(
        simulator.portal(&second.member_id()).unwrap().portal_url(),
        second.portal_url()
    );
    assert!(simulator.portal("portal-z").is_none());
}

#[tokio::test]
async fn token_of_one_portal_is_worth_nothing_on_another() {
    let (simulator, http) = (three_portals().await, http());
    let (first, second) = (simulator.portal("1").unwrap(), simulator.portal("2").unwrap());
    let token = first.issue_token(ADMINISTRATOR).access;

    let (at_home, profile) = call(&http, &first, &token, "profile", json!({})).await;
    let (abroad, refused) = call(&http, &second, &token, "profile", json!({})).await;

    assert_eq!((at_home, &profile["result"]["ID"]), (StatusCode::OK, &json!("1")));
    assert_eq!(
        (abroad, &refused["error"]),
        (StatusCode::UNAUTHORIZED, &json!("NO_AUTH_FOUND"))
    );
}

#[tokio::test]
async fn authorization_server_knows_the_tokens_of_all_portals() {
    let (simulator, http) = (three_portals().await, http());
    for portal in simulator.portals() {
        let token = portal.issue_token(MANAGER).access;
        let url = format!("{}/rest/app.info", simulator.auth_url());
        let (_, by_get) = json_of(http.get(&url).query(&[("auth", &token)])).await;
        let (_, by_post) = json_of(http.post(&url).json(&json!({"auth": token}))).await;

        assert_eq!(
            by_get["result"]["install"]["member_id"],
            json!(portal.member_id())
        );
        assert_eq!(by_get["result"]["user_id"], json!(MANAGER));
        assert_eq!(by_get["result"]["install"]["uri"], json!(portal.portal_url()));
        assert_eq!(by_get["result"], by_post["result"]);
    }
}

#[tokio::test]
async fn portal_made_at_run_time_works_at_once() {
    let (simulator, http) = (simulator().await, http());

    let (status, made) = json_of(
        http.post(format!("http://{}/__sim/portals", simulator.address()))
            .json(&json!({"host": "acme.localhost", "kind": "box", "companies": [{"id": 5, "title": "Only one"}]})),
    )
    .await;
    let portal = simulator.portal("acme").unwrap();
    let (answered, company) = call(
        &http,
        &portal,
        &portal.issue_token(ADMINISTRATOR).access,
        "crm.company.get",
        json!({"id": 5}),
    )
    .await;
    let (again, _) = command(&http, &simulator, "portals?host=acme.localhost").await;

    assert_eq!((status, &made["kind"]), (StatusCode::CREATED, &json!("box")));
    assert_eq!(
        (answered, &company["result"]["TITLE"]),
        (StatusCode::OK, &json!("Only one"))
    );
    assert_eq!(again, StatusCode::CONFLICT);
}

#[tokio::test]
async fn renamed_portal_redirects_from_its_former_host_and_tells_the_new_one() {
    let (simulator, http) = (three_portals().await, http());
    let portal = simulator.portal("portal-b").unwrap();
    let (token, former) = (portal.issue_token(ADMINISTRATOR).access, portal.portal_url());

    let (status, _) = command(&http, &simulator, "rename?portal=portal-b&host=renamed.localhost").await;
    let redirected = http
        .post(format!("{former}/rest/profile?x=1"))
        .form(&[("auth", &token)])
        .send()
        .await
        .unwrap();
    let (at_new, _) = call(&http, &portal, &token, "profile", json!({})).await;
    let url = format!("{}/rest/app.info?auth={token}", simulator.auth_url());
    let (_, info) = json_of(http.get(url)).await;

    assert_eq!(status, StatusCode::OK);
    assert_eq!(redirected.status(), StatusCode::FOUND);
    let port = simulator.address().port();
    assert_eq!(
        redirected.headers()["location"],
        format!("http://renamed.localhost:{port}/rest/profile?x=1")
    );
    assert_eq!(at_new, StatusCode::OK);
    assert_eq!(
        info["result"]["install"]["client_endpoint"],
        json!(format!("http://renamed.localhost:{port}/rest/"))
    );
}

#[tokio::test]
async fn fault_of_one_portal_leaves_the_others_alone() {
    let (simulator, http) = (three_portals().await, http());
    let (first, second) = (simulator.portal("1").unwrap(), simulator.portal("2").unwrap());
    second.set_fault(RestFault::Html502);

    let (well, _) = call(&http, &first, &first.issue_token(1).access, "profile", json!({})).await;
    let response = http
        .get(format!("{}/rest/profile", second.portal_url()))
        .send()
        .await
        .unwrap();

    assert_eq!(
        (well, response.status()),
        (StatusCode::OK, StatusCode::BAD_GATEWAY)
    );
}

#[tokio::test]
async fn local_application_replaces_the_market_one_with_keys_of_its_own() {
    let (simulator, http) = (three_portals().await, http());
    let portal = simulator.portal("portal-c").unwrap();
    let old = portal.issue_token(ADMINISTRATOR);
    let market = portal.client_id();

    let (status, made) = command(&http, &simulator, "local-application?portal=portal-c").await;
    portal.finish_installation();
    let token = portal.issue_token(ADMINISTRATOR);
    let (_, by_old) = call(&http, &portal, &old.access, "profile", json!({})).await;
    let (by_new, _) = call(&http, &portal, &token.access, "profile", json!({})).await;
    let (renewed, pair) = super::support::renew(&http, &simulator, &portal, &token.refresh)
        .await
        .unwrap();

    assert_eq!(status, StatusCode::CREATED);
    assert!(made["client_id"].as_str().unwrap().starts_with("local."));
    assert_ne!(portal.client_id(), market);
    assert_eq!(
        (&by_old["error"], by_new),
        (&json!("invalid_token"), StatusCode::OK)
    );
    assert_eq!((renewed, &pair["status"]), (StatusCode::OK, &json!("L")));
}

#[tokio::test]
async fn two_hundred_portals_answer_two_thousand_requests_and_none_is_over_its_limit() {
    let simulator = simulator_with(SimulatorOptions {
        portals: 200,
        ..SimulatorOptions::default()
    })
    .await;
    let http = http();
    let calls = simulator.portals().into_iter().map(|portal| {
        let http = http.clone();
        tokio::spawn(async move {
            let token = portal.issue_token(ADMINISTRATOR).access;
            for _ in 0..10 {
                let (status, body) = call(&http, &portal, &token, "profile", json!({})).await;
                assert_eq!(status, StatusCode::OK, "{body}");
            }
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }

    let limits = ask(&http, &simulator, "limits").await;

    let limits = limits.as_object().unwrap();
    assert_eq!(limits.len(), 200);
    assert!(
        limits
            .values()
            .all(|of| of["refused"] == json!(0) && of["admitted"] == json!(10))
    );
}
