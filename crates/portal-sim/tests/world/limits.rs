//! Limits: the leaky bucket and the budget of time.

use certlens_portal_sim::{Plan, SimulatorOptions};
use reqwest::StatusCode;
use serde_json::json;

use super::support::{ADMINISTRATOR, ask, call, command, http, simulator, simulator_with, three_portals};

#[tokio::test]
async fn requests_over_the_limit_are_refused_and_other_portals_are_not_touched() {
    let (simulator, http) = (three_portals().await, http());
    let (first, second) = (simulator.portal("1").unwrap(), simulator.portal("2").unwrap());
    first.set_plan(Some(Plan {
        drain: 0.001,
        threshold: 20.0,
    }));
    let token = first.issue_token(ADMINISTRATOR).access;

    let mut statuses = Vec::new();
    for index in 0..25 {
        let response = http
            .post(format!("{}/rest/profile", first.portal_url()))
            .header("X-Forwarded-For", format!("10.0.0.{index}"))
            .form(&[("auth", &token)])
            .send()
            .await
            .unwrap();
        statuses.push(response.status());
    }
    let (elsewhere, _) = call(
        &http,
        &second,
        &second.issue_token(1).access,
        "profile",
        json!({}),
    )
    .await;

    assert_eq!(
        statuses
            .iter()
            .filter(|status| **status == StatusCode::OK)
            .count(),
        20
    );
    assert!(
        statuses[20..]
            .iter()
            .all(|status| *status == StatusCode::SERVICE_UNAVAILABLE)
    );
    assert_eq!(elsewhere, StatusCode::OK);
    let report = ask(&http, &simulator, "limits?portal=portal-a").await;
    assert_eq!((&report["admitted"], &report["refused"]), (&json!(20), &json!(5)));
    assert!(report["peak"].as_f64().unwrap() > 19.0 && report["peak"].as_f64().unwrap() <= 20.0);
}

#[tokio::test]
async fn refusal_names_its_code_and_the_bucket_drains_with_the_clock() {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    let token = portal.issue_token(ADMINISTRATOR).access;
    command(&http, &simulator, "limits?drain=0.01&threshold=1").await;

    let (first, _) = call(&http, &portal, &token, "profile", json!({})).await;
    let (second, refused) = call(&http, &portal, &token, "profile", json!({})).await;
    command(&http, &simulator, "clock?advance_seconds=100").await;
    let (third, _) = call(&http, &portal, &token, "profile", json!({})).await;

    assert_eq!(
        (first, second, third),
        (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE, StatusCode::OK)
    );
    assert_eq!(refused["error"], json!("QUERY_LIMIT_EXCEEDED"));
    let levels: Vec<_> = portal
        .journal()
        .iter()
        .map(|entry| entry.details.bucket_level)
        .collect();
    assert!(levels.iter().all(Option::is_some), "{levels:?}");
}

#[tokio::test]
async fn without_limits_requests_are_counted_only() {
    let simulator = simulator_with(SimulatorOptions {
        limits: false,
        ..SimulatorOptions::default()
    })
    .await;
    let (http, portal) = (http(), simulator.portal("1").unwrap());
    let token = portal.issue_token(ADMINISTRATOR).access;
    portal.set_plan(Some(Plan {
        drain: 0.001,
        threshold: 1.0,
    }));
    portal.set_plan(None);

    for _ in 0..5 {
        let (status, _) = call(&http, &portal, &token, "profile", json!({})).await;
        assert_eq!(status, StatusCode::OK);
    }

    let report = portal.limits();
    assert_eq!((report.admitted, report.refused, report.enforced), (5, 4, false));
}

#[tokio::test]
async fn exhausted_method_is_blocked_alone_until_its_time_is_freed() {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    command(&http, &simulator, "operating?method=user.current&seconds=481").await;
    let token = || portal.issue_token(ADMINISTRATOR).access;

    let (blocked, error) = call(&http, &portal, &token(), "user.current", json!({})).await;
    let (other, profile) = call(&http, &portal, &token(), "profile", json!({})).await;
    let batch = json!({"cmd": {"a": "user.current", "b": "profile"}});
    let (_, in_batch) = call(&http, &portal, &token(), "batch", batch).await;
    command(&http, &simulator, "clock?advance_seconds=601").await;
    let (freed, _) = call(&http, &portal, &token(), "user.current", json!({})).await;

    assert_eq!(
        (blocked, &error["error"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("OPERATION_TIME_LIMIT"))
    );
    assert!(error["time"]["operating_reset_at"].is_i64());
    assert!(error["time"]["operating"].as_f64().unwrap() > 480.0);
    assert_eq!((other, freed), (StatusCode::OK, StatusCode::OK));
    assert!(profile["time"]["operating"].as_f64().unwrap() < 1.0);
    assert_eq!(
        in_batch["result"]["result_error"]["a"]["error"],
        json!("OPERATION_TIME_LIMIT")
    );
}

#[tokio::test]
async fn batch_pays_for_its_commands_or_they_pay_themselves() {
    let (simulator, http) = (simulator().await, http());
    let portal = simulator.portal("1").unwrap();
    let token = portal.issue_token(ADMINISTRATOR).access;
    let batch = || json!({"cmd": {"a": "user.current"}});

    command(&http, &simulator, "operating?cost=10").await;
    call(&http, &portal, &token, "batch", batch()).await;
    let (_, usage) = command(&http, &simulator, "operating?method=user.current").await;
    command(&http, &simulator, "operating?batch=batch&reset=1").await;
    call(&http, &portal, &token, "batch", batch()).await;
    let (_, of_command) = command(&http, &simulator, "operating?method=user.current").await;
    let (_, of_batch) = command(&http, &simulator, "operating?method=batch").await;

    assert_eq!(usage["seconds"], json!(10.0));
    assert_eq!(
        (&of_command["seconds"], &of_batch["seconds"]),
        (&json!(0.0), &json!(10.0))
    );
}
