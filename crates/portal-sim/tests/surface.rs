//! The simulator's own surface: bodies, tolerance, pages, control interface.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't set itself up should fail where it stands"
)]

use certlens_portal_sim::{EntityKind, Simulator, SimulatorOptions};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// A client that reaches the simulator under its invented names.
fn http(simulator: &Simulator) -> Client {
    let port_free = |url: String| {
        url.trim_start_matches("http://")
            .split(':')
            .next()
            .unwrap()
            .to_owned()
    };
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .resolve(&port_free(simulator.portal_url()), simulator.address())
        .resolve(&port_free(simulator.auth_url()), simulator.address())
        .build()
        .unwrap()
}

async fn started() -> (Simulator, Client) {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    simulator.finish_installation();
    let http = http(&simulator);
    (simulator, http)
}

async fn json_of(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn rest_of_each_body_form_answers_the_same() {
    let (simulator, http) = started().await;
    let auth = simulator.issue_token(1).access;
    let base = simulator.portal_url();
    let filter =
        json!({"filter": {"ENTITY_TYPE_ID": 4, "ENTITY_ID": 101}, "select": ["RQ_INN"], "auth": auth});

    let (_, by_json) = json_of(http.post(format!("{base}/rest/crm.requisite.list")).json(&filter)).await;
    let form = [
        ("filter[ENTITY_TYPE_ID]", "4"),
        ("filter[ENTITY_ID]", "101"),
        ("select[]", "RQ_INN"),
        ("auth", &auth),
    ];
    let (_, by_form) = json_of(
        http.post(format!("{base}/rest//crm.requisite.list.json"))
            .form(&form),
    )
    .await;
    let (_, by_query) = json_of(http.get(format!("{base}/rest/crm.requisite.list")).query(&form)).await;

    assert_eq!(by_json["result"], by_form["result"]);
    assert_eq!(by_json["result"], by_query["result"]);
    assert_eq!(by_json["result"].as_array().unwrap().len(), 1);
    assert!(by_json["time"]["date_start"].is_string());
}

#[tokio::test]
async fn rest_asked_by_a_browser_allows_other_origins() {
    let (simulator, http) = started().await;
    let url = format!("{}/rest/profile", simulator.portal_url());
    let response = http.request(reqwest::Method::OPTIONS, url).send().await.unwrap();
    assert!(response.status().is_success());
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert_eq!(response.headers()["access-control-allow-headers"], "content-type");
}

#[tokio::test]
async fn rest_without_a_token_is_unauthorized() {
    let (simulator, http) = started().await;
    let (status, body) = json_of(http.get(format!("{}/rest/profile", simulator.portal_url()))).await;
    assert_eq!(
        (status, &body["error"]),
        (StatusCode::UNAUTHORIZED, &json!("NO_AUTH_FOUND"))
    );
}

#[tokio::test]
async fn classic_getter_of_a_missing_item_has_an_empty_code() {
    let (simulator, http) = started().await;
    let parameters = json!({"id": 9999, "auth": simulator.issue_token(1).access});
    let url = format!("{}/rest/crm.company.get", simulator.portal_url());
    let (status, body) = json_of(http.post(url).json(&parameters)).await;
    assert_eq!((status, &body["error"]), (StatusCode::BAD_REQUEST, &json!("")));
}

#[tokio::test]
async fn batch_without_results_has_lists_for_maps() {
    let (simulator, http) = started().await;
    let parameters = json!({"cmd": {"a": "no.such.method"}, "auth": simulator.issue_token(1).access});
    let url = format!("{}/rest/batch", simulator.portal_url());
    let (status, body) = json_of(http.post(url).json(&parameters)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["result"]["result"], json!([]));
    assert_eq!(
        body["result"]["result_error"]["a"]["error"],
        json!("ERROR_METHOD_NOT_FOUND")
    );
}

#[tokio::test]
async fn token_renewal_rotates_the_pair() {
    let (simulator, http) = started().await;
    let old = simulator.issue_token(7);
    let secret = SimulatorOptions::default().client_secret;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &simulator.client_id()),
        ("client_secret", &secret),
        ("refresh_token", &old.refresh),
    ];
    let url = format!("{}/oauth/token/", simulator.auth_url());

    let (_, first) = json_of(http.post(&url).form(&form)).await;
    let (status, second) = json_of(http.get(&url).query(&form)).await;

    assert_eq!(first["user_id"], json!(7));
    assert_eq!(
        first["client_endpoint"],
        json!(format!("{}/rest/", simulator.portal_url()))
    );
    assert!(
        simulator.auth_url().ends_with(first["domain"].as_str().unwrap()),
        "the auth server's host"
    );
    assert_eq!(
        (status, &second["error"]),
        (StatusCode::BAD_REQUEST, &json!("invalid_grant"))
    );
}

#[tokio::test]
async fn token_renewal_of_an_unknown_client_fails_under_status_200() {
    let (simulator, http) = started().await;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "app.x"),
        ("client_secret", "y"),
    ];
    let (status, body) = json_of(
        http.post(format!("{}/oauth/token/", simulator.auth_url()))
            .form(&form),
    )
    .await;
    assert_eq!((status, &body["error"]), (StatusCode::OK, &json!("wrong_client")));
}

#[tokio::test]
async fn card_page_shows_the_applications_tab_after_the_installation_only() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let http = http(&simulator);
    simulator.bind_tabs("http://app.localhost:3000/bitrix/app", "Certlens");
    let url = format!(
        "{}/crm/company/details/101/?tab=app&lang=en",
        simulator.portal_url()
    );
    let page = || async { http.get(&url).send().await.unwrap().text().await.unwrap() };

    let before = page().await;
    simulator.finish_installation();
    let after = page().await;

    assert!(!before.contains("tab-app"));
    assert!(after.contains(r#"id="tab-app""#) && after.contains("Certlens") && after.contains("General"));
}

#[tokio::test]
async fn card_page_of_a_restricted_item_is_closed_to_employees() {
    let (simulator, http) = started().await;
    let page = |user: u64| {
        let url = format!(
            "{}/crm/deal/details/314/?lang=en&user={user}",
            simulator.portal_url()
        );
        let http = http.clone();
        async move { http.get(url).send().await.unwrap().text().await.unwrap() }
    };
    assert!(page(7).await.contains("You have no access"));
    assert!(page(1).await.contains("Закрытый тендер"));
}

#[tokio::test]
async fn page_under_another_name_redirects_to_the_portal() {
    let (simulator, http) = started().await;
    let response = http
        .get(format!("http://{}/", simulator.address()))
        .send()
        .await
        .unwrap();
    assert!(response.status().is_redirection());
    assert_eq!(
        response.headers()["location"],
        format!("{}/", simulator.portal_url())
    );
}

#[tokio::test]
async fn frame_over_the_control_interface_is_that_of_the_library() {
    let (simulator, http) = started().await;
    let url = format!("{}/__sim/frame?entity=deal&id=305", simulator.portal_url());
    let (_, form) = json_of(http.get(url)).await;
    let ours = simulator.open_frame_form(EntityKind::Deal, 305);
    let names = |fields: &Value| -> Vec<String> {
        fields
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| pair[0].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        names(&form["fields"]),
        ours.fields
            .iter()
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
    );
    let options = ours
        .fields
        .iter()
        .find(|(name, _)| name == "PLACEMENT_OPTIONS")
        .map(|(_, value)| value.as_str());
    assert_eq!(
        options,
        Some(r#"{"ID":"305","URI":"\/crm\/deal\/details\/305\/"}"#)
    );
}

#[tokio::test]
async fn installation_of_an_absent_application_tells_its_address() {
    let simulator = Simulator::start(SimulatorOptions {
        app_url: "http://app.localhost:9".to_owned(),
        ..SimulatorOptions::default()
    })
    .await
    .unwrap();
    let (status, body) =
        json_of(http(&simulator).post(format!("{}/__sim/install", simulator.portal_url()))).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert!(
        body["error"]
            .as_str()
            .unwrap()
            .contains("http://app.localhost:9/bitrix/install")
    );
}

#[tokio::test]
async fn applications_page_installs_and_removes_for_administrators_only() {
    let (simulator, http) = started().await;
    let base = simulator.portal_url();
    let post = |path: &str, user: u64| {
        let request = http.post(format!("{base}{path}"));
        request.header("cookie", format!("sim_user={user}")).send()
    };
    let page = || async {
        let url = format!("{base}/marketplace/?lang=en&user=1");
        http.get(url).send().await.unwrap().text().await.unwrap()
    };

    let refused = post("/marketplace/uninstall/?clean=1", 7).await.unwrap();
    let installed = page().await;
    let removed = post("/marketplace/uninstall/?clean=1", 1).await.unwrap();
    let gone = page().await;
    let begun = post("/marketplace/install/", 1).await.unwrap();

    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(installed.contains("Reinstall") && installed.contains("Uninstall and delete data"));
    assert!(removed.status().is_redirection() && gone.contains("Not installed"));
    assert_eq!(begun.headers()["location"], "/marketplace/app/certlens/");
}

#[tokio::test]
async fn list_page_finds_by_a_piece_of_the_title() {
    let (simulator, http) = started().await;
    let url = format!("{}/crm/company/", simulator.portal_url());
    let query = [("search", "ткани"), ("lang", "en")];

    let page = http
        .get(url)
        .query(&query)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();

    assert!(page.contains("Ткани Востока") && !page.contains("Северный свет"));
}
