//! The authorization server: renewal, codes, refusals; and inbound webhooks.

use std::sync::Arc;

use certlens_portal_sim::RestFault;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use url::Url;

use super::support::{ADMINISTRATOR, MANAGER, call, command, http, json_of, renew, simulator};

#[tokio::test]
async fn of_fifty_renewals_of_one_token_exactly_one_succeeds() {
    let (simulator, http) = (Arc::new(simulator().await), http());
    let portal = simulator.portal("1").unwrap();
    let pair = portal.issue_token(MANAGER);

    let mut renewals = JoinSet::new();
    for _ in 0..50 {
        let (simulator, http) = (Arc::clone(&simulator), http.clone());
        let (portal, refresh) = (portal.clone(), pair.refresh.clone());
        renewals.spawn(async move { renew(&http, &simulator, &portal, &refresh).await.unwrap() });
    }
    let (good, bad): (Vec<_>, Vec<_>) = renewals
        .join_all()
        .await
        .into_iter()
        .partition(|(status, _)| *status == StatusCode::OK);

    assert_eq!((good.len(), bad.len()), (1, 49));
    assert!(
        bad.iter()
            .all(|(_, body)| body["error"] == json!("invalid_grant"))
    );
    let new = good[0].1["access_token"].as_str().unwrap();
    let (by_new, _) = call(&http, &portal, new, "profile", json!({})).await;
    let (by_old, _) = call(&http, &portal, &pair.access, "profile", json!({})).await;
    assert_eq!((by_new, by_old), (StatusCode::OK, StatusCode::UNAUTHORIZED));
}

#[rstest]
#[case::nothing(json!({}), 400, "invalid_request")]
#[case::no_token(json!({"grant_type": "refresh_token"}), 400, "invalid_request")]
#[case::unknown_client(json!({"client_id": "app.x", "grant_type": "refresh_token"}), 200, "wrong_client")]
#[case::wrong_secret(json!({"client_secret": "x", "grant_type": "refresh_token"}), 400, "invalid_client")]
#[case::other_grant(json!({"grant_type": "client_credentials"}), 400, "invalid_request")]
#[case::invented_token(json!({"grant_type": "refresh_token", "refresh_token": "x"}), 400, "invalid_grant")]
#[case::invented_code(json!({"grant_type": "authorization_code", "code": "x"}), 400, "invalid_grant")]
#[tokio::test]
async fn token_endpoint_refuses(#[case] given: Value, #[case] status: u16, #[case] error: &str) {
    let (simulator, http) = (simulator().await, http());
    let mut body = json!({"client_id": simulator.client_id(), "client_secret": simulator.client_secret()});
    body.as_object_mut()
        .unwrap()
        .extend(given.as_object().unwrap().clone());
    let url = format!("{}/oauth/token/", simulator.auth_url());

    let by_json = json_of(http.post(&url).json(&body)).await;
    let by_form = json_of(http.post(&url).form(&body)).await;
    let by_query = json_of(http.get(&url).query(&body)).await;

    assert_eq!((by_json.0.as_u16(), &by_json.1["error"]), (status, &json!(error)));
    assert_eq!(by_json, by_form);
    assert_eq!(by_json, by_query);
}

#[tokio::test]
async fn renewal_tells_the_authorization_servers_host_and_the_portals_endpoint() {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    let pair = portal.issue_token(MANAGER);

    let (_, new) = renew(&http, &simulator, &portal, &pair.refresh).await.unwrap();

    let mut names: Vec<&String> = new.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(
        names,
        [
            "access_token",
            "client_endpoint",
            "domain",
            "expires",
            "expires_in",
            "member_id",
            "refresh_token",
            "scope",
            "server_endpoint",
            "status",
            "user_id"
        ]
    );
    assert_eq!(
        new["domain"],
        json!(simulator.auth_url().trim_start_matches("http://"))
    );
    assert_eq!(
        new["client_endpoint"],
        json!(format!("{}/rest/", portal.portal_url()))
    );
    assert_eq!(new["expires_in"], json!(3600));
}

#[rstest]
#[case(RestFault::PaymentRequired, 401, "PAYMENT_REQUIRED")]
#[case(RestFault::RefreshRefused, 400, "invalid_grant")]
#[tokio::test]
async fn renewal_with_a_fault_is_refused_and_works_afterwards(
    #[case] fault: RestFault,
    #[case] status: u16,
    #[case] error: &str,
) {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    let pair = portal.issue_token(MANAGER);
    portal.set_fault_times(fault, 1);

    let refused = renew(&http, &simulator, &portal, &pair.refresh).await.unwrap();
    let renewed = renew(&http, &simulator, &portal, &pair.refresh).await.unwrap();

    assert_eq!((refused.0.as_u16(), &refused.1["error"]), (status, &json!(error)));
    assert_eq!(renewed.0, StatusCode::OK);
}

#[tokio::test]
async fn renewal_whose_answer_is_lost_spends_the_token() {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    let pair = portal.issue_token(MANAGER);
    portal.set_fault_times(RestFault::RefreshResponseLost, 1);

    let lost = renew(&http, &simulator, &portal, &pair.refresh).await;
    let again = renew(&http, &simulator, &portal, &pair.refresh).await.unwrap();

    assert!(lost.unwrap_err().status().is_none(), "no answer at all");
    assert_eq!(again.1["error"], json!("invalid_grant"));
}

#[tokio::test]
async fn renewal_of_an_uninstalled_application_and_of_a_deleted_portal() {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    let pair = portal.issue_token(MANAGER);

    portal.set_fault(RestFault::PortalDeleted);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &portal.client_id()),
        ("client_secret", &portal.client_secret()),
        ("refresh_token", &pair.refresh),
    ];
    let url = format!("{}/oauth/token/", simulator.auth_url());
    let deleted = http.post(url).form(&form).send().await.unwrap();
    portal.clear_faults();
    portal.uninstall();
    let gone = renew(&http, &simulator, &portal, &pair.refresh).await.unwrap();

    assert_eq!(deleted.status(), StatusCode::NOT_FOUND);
    assert!(deleted.text().await.unwrap().starts_with('<'), "not JSON");
    assert_eq!(
        (gone.0.as_u16(), &gone.1["error"]),
        (401, &json!("NOT_INSTALLED"))
    );
}

#[tokio::test]
async fn portal_passes_renewals_on_unless_it_is_a_box_that_does_not() {
    let (simulator, http) = (simulator().await, http());
    let pair = simulator.issue_token(MANAGER);
    let form = [
        ("grant_type", "refresh_token".to_owned()),
        ("client_id", simulator.client_id()),
        ("client_secret", simulator.client_secret()),
        ("refresh_token", pair.refresh),
    ];
    let url = format!("{}/oauth/token/", simulator.portal_url());

    command(&http, &simulator, "portal?token_proxy=0").await;
    let refused = http.post(&url).form(&form).send().await.unwrap();
    command(&http, &simulator, "portal?token_proxy=1").await;
    let passed = http.post(&url).form(&form).send().await.unwrap();

    assert_eq!(
        (refused.status(), passed.status()),
        (StatusCode::NOT_FOUND, StatusCode::OK)
    );
}

async fn authorized(simulator: &certlens_portal_sim::Simulator, user: u64) -> Url {
    let url = format!(
        "{}/oauth/authorize/?client_id={}&state=opaque&user={user}",
        simulator.portal_url(),
        simulator.client_id()
    );
    let response = http().get(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FOUND);
    Url::parse(response.headers()["location"].to_str().unwrap()).unwrap()
}

async fn redeemed(simulator: &certlens_portal_sim::Simulator, target: &Url) -> (StatusCode, Value) {
    let code = target.query_pairs().find(|(name, _)| name == "code").unwrap().1;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &simulator.client_id()),
        ("client_secret", &simulator.client_secret()),
        ("code", &code),
    ];
    json_of(
        http()
            .post(format!("{}/oauth/token/", simulator.auth_url()))
            .form(&form),
    )
    .await
}

#[tokio::test]
async fn code_flow_leads_to_the_application_and_its_code_works_once() {
    let simulator = simulator().await;

    let target = authorized(&simulator, MANAGER).await;
    let (status, pair) = redeemed(&simulator, &target).await;
    let (again, _) = redeemed(&simulator, &target).await;

    assert_eq!(target.path(), "/bitrix/login");
    let names: Vec<String> = target.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(
        names,
        ["code", "state", "domain", "member_id", "scope", "server_domain"]
    );
    assert_eq!((status, &pair["user_id"]), (StatusCode::OK, &json!(MANAGER)));
    assert_eq!(again, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn code_is_worth_nothing_after_thirty_seconds() {
    let (simulator, http) = (simulator().await, http());
    let target = authorized(&simulator, MANAGER).await;

    command(&http, &simulator, "clock?advance_seconds=31").await;
    let (status, body) = redeemed(&simulator, &target).await;

    assert_eq!(
        (status, &body["error"]),
        (StatusCode::BAD_REQUEST, &json!("invalid_grant"))
    );
}

#[tokio::test]
async fn code_flow_of_an_unknown_application_ends_on_a_page_of_the_portal() {
    let simulator = simulator().await;
    let url = format!(
        "{}/oauth/authorize/?client_id=app.unknown",
        simulator.portal_url()
    );
    let response = http().get(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(response.text().await.unwrap().contains("<h1>"));
}

#[tokio::test]
async fn webhook_calls_methods_but_not_those_of_an_application() {
    let (simulator, http) = (simulator().await, http());
    let base = simulator.webhook_url();

    let (well, profile) = json_of(http.get(format!("{base}profile.json"))).await;
    let (refused, error) = json_of(http.post(format!("{base}event.get"))).await;
    let batch = json!({"cmd": {"a": "placement.get", "b": "profile"}});
    let (_, in_batch) = json_of(http.post(format!("{base}batch")).json(&batch)).await;
    let wrong = base.replace("simulatorwebhook", "guess");
    let (unknown, _) = json_of(http.get(format!("{wrong}profile"))).await;

    assert_eq!(
        base,
        format!("{}/rest/1/simulatorwebhook/", simulator.portal_url())
    );
    assert_eq!(
        (well, &profile["result"]["ID"]),
        (StatusCode::OK, &json!(ADMINISTRATOR.to_string()))
    );
    assert_eq!(
        (refused, &error["error"]),
        (StatusCode::FORBIDDEN, &json!("WRONG_AUTH_TYPE"))
    );
    assert_eq!(
        in_batch["result"]["result_error"]["a"]["error"],
        json!("WRONG_AUTH_TYPE")
    );
    assert!(in_batch["result"]["result"]["b"].is_object());
    assert_eq!(unknown, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn webhook_made_at_run_time_acts_as_its_user() {
    let (simulator, http) = (simulator().await, http());
    let (_, made) = command(&http, &simulator, "webhook?user=7&secret=abc").await;
    let (_, profile) = json_of(http.get(format!("{}profile", made["url"].as_str().unwrap()))).await;
    assert_eq!(profile["result"]["ID"], json!("7"));
}

#[tokio::test]
async fn reinstallation_changes_the_application_token_and_kills_old_tokens() {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    let (secret, old) = (
        portal.application_token().unwrap(),
        portal.issue_token(ADMINISTRATOR),
    );
    let member_id = portal.member_id();

    portal.uninstall();
    portal.finish_installation();
    let (_, by_old) = call(&http, &portal, &old.access, "profile", json!({})).await;
    let renewed = renew(&http, &simulator, &portal, &old.refresh).await.unwrap();

    assert_ne!(portal.application_token().unwrap(), secret);
    assert_eq!(by_old["error"], json!("invalid_token"));
    assert_eq!(renewed.1["error"], json!("invalid_grant"));
    assert_eq!(portal.member_id(), member_id);
}
