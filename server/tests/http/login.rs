//! Signing on outside a portal's frame.

use crate::living::Living;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use certlens_portal_sim::{Simulator, SimulatorOptions};
use url::Url;

async fn simulator() -> Simulator {
    Simulator::start(SimulatorOptions::default()).await.unwrap()
}

fn get(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).unwrap()
}

/// What the portal's consent page sends the browser to.
async fn consent(simulator: &Simulator, address: &str) -> String {
    let address = Url::parse(address).unwrap();
    let host = address[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
    let here = format!(
        "http://{}{}",
        simulator.address(),
        &address[url::Position::BeforePath..]
    );
    let answer = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
        .get(here)
        .header("host", host)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_redirection(), "{}", answer.status());
    answer.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_signs_on_by_his_portals_page_and_gets_ours() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;

    let wish = format!("domain={}", simulator.portal_url());
    let sent = living.server.post_form("/bitrix/login", wish).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let address = sent.header("location").to_owned();
    assert!(
        address.starts_with(&format!("{}/oauth/authorize/?client_id=", simulator.portal_url())),
        "{address}"
    );
    let back = Url::parse(&consent(&simulator, &address).await).unwrap();
    let uri = format!("/bitrix/login?{}", back.query().unwrap());
    let page = living.server.send(get(&uri)).await;
    let again = living.server.send(get(&uri)).await;

    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("data-page=\"monitor\""), "{}", page.body);
    assert!(
        page.header("content-security-policy")
            .contains("frame-ancestors 'none'")
    );
    assert_eq!(page.header("set-cookie"), "");
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "a code works once");
    living.close().await;
}

#[tokio::test]
async fn a_portal_without_the_application_is_not_asked() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;

    for domain in ["evil.example", "", "http://", "javascript:alert(1)"] {
        let answer = living
            .server
            .post_form("/bitrix/login", format!("domain={domain}"))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{domain}");
        assert_eq!(answer.header("location"), "");
    }
    living.close().await;
}

#[tokio::test]
async fn a_way_back_that_we_did_not_begin_is_refused() {
    let simulator = simulator().await;
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;

    for state in ["", "x", "c0ffee.1.abc"] {
        let uri = format!("/bitrix/login?code=0123456789abcdef&state={state}&domain=x&member_id=y");
        let answer = living.server.send(get(&uri)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{state}");
    }
    living.close().await;
}
