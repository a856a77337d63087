//! Faults of the REST interface, and what the journal says of requests.

use certlens_portal_sim::RestFault;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::support::{ADMINISTRATOR, MANAGER, ask, call, command, http, json_of, simulator};

#[rstest]
#[case(RestFault::RateLimited, 503, "QUERY_LIMIT_EXCEEDED")]
#[case(RestFault::Overload, 503, "OVERLOAD_LIMIT")]
#[case(RestFault::OperatingBlocked, 429, "OPERATION_TIME_LIMIT")]
#[case(RestFault::PortalDeleted, 500, "PORTAL_DELETED")]
#[case(RestFault::PaymentRequired, 401, "PAYMENT_REQUIRED")]
#[case(RestFault::AccessDeniedPlan, 403, "ACCESS_DENIED")]
#[case(RestFault::UserAccessError, 403, "user_access_error")]
#[case(RestFault::MethodConfirmWaiting, 401, "METHOD_CONFIRM_WAITING")]
#[case(RestFault::ScopeReduced, 403, "insufficient_scope")]
#[case(RestFault::MethodMissing, 404, "ERROR_METHOD_NOT_FOUND")]
#[tokio::test]
async fn switched_on_fault_is_answered_with_its_code(
    #[case] fault: RestFault,
    #[case] status: u16,
    #[case] error: &str,
) {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    let token = portal.issue_token(ADMINISTRATOR).access;
    let parameters = || json!({"entityTypeId": 4, "id": 101});

    portal.set_fault(fault);
    let (refused, body) = call(&http, &portal, &token, "crm.item.get", parameters()).await;
    portal.clear_faults();
    let (well, _) = call(&http, &portal, &token, "crm.item.get", parameters()).await;

    assert_eq!((refused.as_u16(), &body["error"]), (status, &json!(error)));
    assert_eq!(well, StatusCode::OK);
}

#[rstest]
#[case("html_502", 502, None)]
#[case("html_500", 500, None)]
#[case("html_200", 200, None)]
#[case("licence_redirect", 302, Some("/bitrix/coupon_activation.php"))]
#[tokio::test]
async fn page_in_place_of_json(#[case] fault: &str, #[case] status: u16, #[case] location: Option<&str>) {
    let (simulator, http) = (simulator().await, http());
    command(&http, &simulator, &format!("faults?set={fault}")).await;

    let response = http
        .get(format!("{}/rest/profile", simulator.portal_url()))
        .send()
        .await
        .unwrap();

    assert_eq!(response.status().as_u16(), status);
    let redirected = response
        .headers()
        .get("location")
        .map(|value| value.to_str().unwrap());
    assert_eq!(redirected, location);
}

#[tokio::test]
async fn write_executed_but_answered_with_500_is_there_and_the_next_one_is_answered() {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    let token = portal.issue_token(ADMINISTRATOR).access;
    command(&http, &simulator, "faults?set=write_executed_but_500:1").await;
    let url = format!("{}/rest/app.option.set", portal.portal_url());

    let response = http
        .post(&url)
        .json(&json!({"options": {"written": "yes"}, "auth": token}))
        .send()
        .await
        .unwrap();
    let (_, options) = call(&http, &portal, &token, "app.option.get", json!({})).await;
    let (next, _) = call(
        &http,
        &portal,
        &token,
        "app.option.set",
        json!({"options": {"a": 1}}),
    )
    .await;

    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(options["result"]["written"], json!("yes"));
    assert_eq!(next, StatusCode::OK);
}

#[tokio::test]
async fn write_executed_but_reset_is_there_too_also_inside_a_batch() {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    let token = portal.issue_token(ADMINISTRATOR).access;
    portal.set_fault_times(RestFault::WriteExecutedButReset, 1);

    let read = call(&http, &portal, &token, "app.option.get", json!({})).await;
    let cut = http
        .post(format!("{}/rest/batch", portal.portal_url()))
        .json(&json!({"cmd": {"a": "app.option.set?options[written]=yes"}, "auth": token}))
        .send()
        .await;
    let (_, options) = call(&http, &portal, &token, "app.option.get", json!({})).await;

    assert_eq!(read.0, StatusCode::OK, "a read is no write");
    assert!(cut.unwrap_err().status().is_none(), "no answer at all");
    assert_eq!(options["result"]["written"], json!("yes"));
    let statuses: Vec<u16> = portal
        .requests()
        .iter()
        .filter(|request| request.method == "batch")
        .map(|request| request.status)
        .collect();
    assert_eq!(statuses, [0], "the journal knows that the line was cut");
}

#[tokio::test]
async fn dismissed_user_is_not_authorized_any_more() {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    let token = portal.issue_token(MANAGER).access;

    command(&http, &simulator, "fire-user?user=7").await;
    let (status, body) = call(&http, &portal, &token, "profile", json!({})).await;
    command(&http, &simulator, "fire-user?user=7&active=1").await;
    let (back, _) = call(&http, &portal, &token, "profile", json!({})).await;

    assert_eq!(
        (status, &body["error"]),
        (StatusCode::UNAUTHORIZED, &json!("authorization_error"))
    );
    assert_eq!(back, StatusCode::OK);
}

#[tokio::test]
async fn unknown_fault_is_refused_with_a_sentence() {
    let (simulator, http) = (simulator().await, http());
    let (status, body) = command(&http, &simulator, "faults?set=html_502,no_such_fault").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body["error"].as_str().unwrap().contains("no_such_fault"));
    assert_eq!(
        ask(&http, &simulator, "state").await["faults"],
        json!([]),
        "nothing is switched"
    );
}

#[tokio::test]
async fn answers_without_counters_of_the_time_budget() {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    let token = portal.issue_token(MANAGER).access;
    let (_, with) = call(&http, &portal, &token, "profile", json!({})).await;
    portal.set_fault(RestFault::NoOperatingFields);
    let (_, without) = call(&http, &portal, &token, "profile", json!({})).await;
    assert!(with["time"]["operating"].is_number() && with["time"]["operating_reset_at"].is_number());
    assert!(without["time"].get("operating").is_none() && without["time"]["start"].is_number());
}

#[tokio::test]
async fn wiped_bindings_are_gone() {
    let (simulator, http) = (simulator().await, http());
    simulator.bind_tabs("http://app.localhost/bitrix/app", "Tab");
    command(&http, &simulator, "wipe-bindings").await;
    assert!(simulator.placements().is_empty());
}

#[tokio::test]
async fn journal_masks_tokens_and_can_be_asked_by_method_and_since() {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    let token = portal.issue_token(MANAGER);
    call(&http, &portal, &token.access, "profile", json!({})).await;
    call(&http, &portal, &token.access, "user.current", json!({"a": "b"})).await;
    super::support::renew(&http, &simulator, &portal, &token.refresh)
        .await
        .unwrap();

    let all = ask(&http, &simulator, "requests").await;
    let first = all[0]["sequence"].as_u64().unwrap();
    let later = ask(&http, &simulator, &format!("requests?since={first}")).await;
    let current = ask(&http, &simulator, "requests?portal=portal-a&method=user.current").await;

    let methods = |entries: &Value| -> Vec<String> {
        let entries = entries.as_array().unwrap().iter();
        entries
            .map(|entry| entry["method"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(methods(&all), ["profile", "user.current", "oauth/token"]);
    assert_eq!(methods(&later), ["user.current", "oauth/token"]);
    assert_eq!(current[0]["parameters"], json!({"a": "b", "auth": "***"}));
    assert_eq!(current[0]["user_id"], json!(MANAGER));
    let text = all.to_string();
    assert!(!text.contains(&token.access) && !text.contains(&token.refresh));
    assert!(!text.contains(&portal.client_secret()));
}

#[tokio::test]
async fn token_for_an_sdk_is_complete() {
    let (simulator, http) = (simulator().await, http());
    let (_, token) = command(&http, &simulator, "token?user=7").await;
    let url = format!("{}profile", token["client_endpoint"].as_str().unwrap());
    let (_, profile) = json_of(http.get(url).bearer_auth(token["access_token"].as_str().unwrap())).await;
    assert_eq!(profile["result"]["ID"], json!("7"));
}
