//! What is too much is shed in words, at once, and nothing that is right is locked out.

use crate::living::Living;
use crate::running::{OPERATOR_TOKEN, Server};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use certlens_portal_sim::{EntityKind, RestFault, Simulator, SimulatorOptions};
use futures::stream;
use std::convert::Infallible;

/// A server with one place, and four that wait.
async fn with_one_place() -> Server {
    Server::with(|settings| settings.max_requests = Some("1".to_owned())).await
}

/// A request whose body never ends.
fn endless(uri: &str) -> Request<Body> {
    let body = Body::from_stream(stream::pending::<Result<Vec<u8>, Infallible>>());
    Request::post(uri).body(body).unwrap()
}

#[tokio::test]
async fn flood_is_shed_with_a_time_to_come_back_in_json_and_as_a_page_that_comes_back_by_itself() {
    let server = with_one_place().await;
    // The first holds the place while the database answers it.
    let programs = (0..20).map(|_| server.get_as_operator("/api/v1/registries"));
    let people = (0..20).map(|_| server.get("/bitrix/login"));
    let (mut taken, of_people) = futures::join!(
        futures::future::join_all(programs),
        futures::future::join_all(people)
    );
    taken.extend(of_people);

    let shed: Vec<_> = taken
        .iter()
        .filter(|answer| answer.status == StatusCode::SERVICE_UNAVAILABLE)
        .collect();
    assert!(
        !shed.is_empty(),
        "forty at once find one place and a line of four"
    );
    assert!(taken.len() > shed.len(), "those in the line are answered");
    for answer in shed {
        let seconds: u16 = answer.header("retry-after").parse().unwrap();
        assert!((2..=6).contains(&seconds), "{seconds}");
        if answer.header("content-type").starts_with("application/json") {
            assert_eq!(answer.json()["error"]["code"], "overloaded");
        } else {
            assert!(answer.body.contains("id=\"again\""), "{}", answer.body);
            assert!(
                answer
                    .body
                    .contains(&format!("location.reload();}},{seconds}000)")),
                "{}",
                answer.body
            );
            assert!(
                answer
                    .header("content-security-policy")
                    .contains("script-src 'nonce-")
            );
        }
    }
    server.close().await;
}

#[tokio::test]
async fn slow_senders_take_no_place() {
    let server = with_one_place().await;
    let mut slow: Vec<_> = (0..20)
        .map(|_| Box::pin(server.send(endless("/bitrix/app"))))
        .collect();
    for request in &mut slow {
        assert!(futures::poll!(request.as_mut()).is_pending());
    }

    let answer = server.get_as_operator("/api/v1/registries").await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    drop(slow);
    server.close().await;
}

#[tokio::test]
async fn signs_of_life_and_figures_are_answered_when_there_is_too_much_to_do() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let server = Server::sharing_with(&living.server, &simulator, |settings| {
        settings.max_requests = Some("1".to_owned());
    })
    .await;
    // Opens that wait for their portal.
    simulator.set_fault(RestFault::Slow60s);
    let mut waiting = Vec::new();
    for id in 0..5 {
        let form = simulator.open_frame_form_as(7, EntityKind::Company, 101 + id, None);
        let mut open = Box::pin(async { server.post_frame("/bitrix/app", &form).await.status });
        assert!(futures::poll!(open.as_mut()).is_pending());
        drop(open);
        waiting.push(form);
    }
    let mut opens: Vec<_> = waiting
        .iter()
        .map(|form| Box::pin(server.post_frame("/bitrix/app", form)))
        .collect();
    for open in &mut opens {
        assert!(futures::poll!(open.as_mut()).is_pending());
    }

    let shed = server.get("/bitrix/login").await;
    let alive = server.get("/healthz").await;
    let ready = server.get("/readyz").await;
    let figures = server.get("/metrics").await;

    assert_eq!(shed.status, StatusCode::SERVICE_UNAVAILABLE, "{}", shed.body);
    for answer in [alive, ready, figures] {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
    drop(opens);
    simulator.clear_faults();
    server.close().await;
    living.close().await;
}

#[tokio::test]
async fn wrong_tokens_are_told_to_wait_and_the_right_one_never_is() {
    let server = Server::start().await;
    let mut statuses = Vec::new();
    for number in 0..70 {
        let answer = server
            .ask(&format!("wrong-{number}"), Method::GET, "/api/v1/imports", None)
            .await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.header("retry-after"), "60");
            assert_eq!(answer.json()["error"]["code"], "too_many_attempts");
        }
        statuses.push(answer.status);
    }

    let right = server
        .ask(OPERATOR_TOKEN, Method::GET, "/api/v1/imports", None)
        .await;

    assert_eq!(statuses[0], StatusCode::UNAUTHORIZED);
    assert_eq!(statuses.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(right.status, StatusCode::OK, "{}", right.body);
    server.close().await;
}

#[tokio::test]
async fn operators_token_may_be_tried_ten_times_a_minute() {
    let server = Server::start().await;
    for attempt in 0..10 {
        let answer = server
            .post_form("/monitor/sign-on", format!("name=Anna&token=wrong-{attempt}"))
            .await;
        assert!(
            !answer.body.contains("Too many") && !answer.body.contains("Слишком много"),
            "{attempt}"
        );
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }

    let right = server
        .post_form("/monitor/sign-on", format!("name=Anna&token={OPERATOR_TOKEN}"))
        .await;

    assert_eq!(right.status, StatusCode::FORBIDDEN, "whoever tries, waits");
    assert!(
        right.body.contains("Too many") || right.body.contains("Слишком много"),
        "{}",
        right.body
    );
    assert_eq!(right.header("set-cookie"), "");
    server.close().await;
}
