//! Secrets show themselves nowhere: not in logs, however much is logged, not in answers, figures or rows.

use crate::living::{Living, member_id, session_of, until};
use crate::running::OPERATOR_TOKEN;
use axum::http::Method;
use certlens_portal_sim::{Clean, EntityKind, RestFault, Simulator, SimulatorOptions, TOKEN_MARK};
use serde_json::json;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// Lines of a log, kept.
#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'writer> MakeWriter<'writer> for Kept {
    type Writer = Self;

    fn make_writer(&'writer self) -> Self {
        self.clone()
    }
}

/// The first line with a secret, the secret masked.
fn telltale(text: &str, secrets: &[(&str, String)]) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, secret) = secrets
            .iter()
            .find(|(_, secret)| line.contains(secret.as_str()))?;
        let masked: String = line
            .replace(secret.as_str(), "<secret>")
            .chars()
            .take(600)
            .collect();
        Some(format!("{name}: {masked}"))
    })
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a portal's whole life")]
async fn no_secret_is_in_a_log_of_everything_in_an_answer_in_figures_or_in_a_row() {
    let log = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    // Everything runs on this thread.
    let _logging = tracing::subscriber::set_default(subscriber);
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let living = Living::beside(&simulator).await;
    living.install(&simulator).await;
    let application_token = simulator.application_token().unwrap();
    let mut answers = Vec::new();
    let server = &living.server;

    // What goes well.
    let card = living
        .post(
            "/bitrix/app",
            &simulator.open_frame_form(EntityKind::Company, 101),
        )
        .await;
    let session = session_of(&card);
    let manager = simulator.open_frame_form_as(7, EntityKind::Deal, 301, None);
    answers.push(living.post("/bitrix/app", &manager).await);
    answers.push(living.post("/bitrix/app", &simulator.open_main_form_as(1)).await);
    let fresh = simulator.issue_token(1).access;
    answers.push(
        server
            .ask(
                &session,
                Method::POST,
                "/fn/session",
                Some(&json!({"access_token": fresh})),
            )
            .await,
    );
    let keys = json!({"portals": {"set_keys": {
        "member_id": simulator.member_id(), "client_id": "local.1", "client_secret": format!("entered-{TOKEN_MARK}")}}});
    answers.push(
        server
            .ask(
                OPERATOR_TOKEN,
                Method::POST,
                "/api/v1/actions?reason=x",
                Some(&keys),
            )
            .await,
    );
    for screen in certlens_monitor::ScreenName::ALL {
        answers.push(
            server
                .get_as_operator(&format!("/api/v1/monitor/{}", screen.key()))
                .await,
        );
    }
    answers.push(
        server
            .get_as_operator(&format!("/api/v1/portals/{}/export", simulator.member_id()))
            .await,
    );
    let sign_on = format!("name=Anna&token={OPERATOR_TOKEN}&next=");
    answers.push(server.post_form("/monitor/sign-on", sign_on).await);

    // What does not.
    answers.push(
        server
            .ask(&format!("{session}x"), Method::GET, "/api/v1/subscriptions", None)
            .await,
    );
    answers.push(
        server
            .ask(
                &format!("{OPERATOR_TOKEN}x"),
                Method::GET,
                "/api/v1/imports",
                None,
            )
            .await,
    );
    answers.push(
        server
            .post_form("/monitor/sign-on", format!("name=Anna&token={OPERATOR_TOKEN}x"))
            .await,
    );
    let mut garbled = simulator.open_frame_form(EntityKind::Company, 101);
    garbled.fields.retain(|(name, _)| name != "member_id");
    answers.push(living.post("/bitrix/app", &garbled).await);
    answers.push(living.post("/bitrix/install", &garbled).await);
    let login = format!(
        "/bitrix/login?code={}&state=x.y.z&domain=x",
        simulator.issue_token(1).access
    );
    answers.push(server.get(&login).await);
    for clean in ["1", "0"] {
        let event = format!(
            "event=ONAPPUNINSTALL&data[CLEAN]={clean}&auth[member_id]={}&auth[application_token]={application_token}x",
            simulator.member_id()
        );
        answers.push(server.post_form("/bitrix/events", event).await);
    }
    // Tokens are renewed, and a portal that refuses says so.
    simulator.expire_tokens();
    let platform = certlens_bitrix24::MemberId::parse(&simulator.member_id()).unwrap();
    let client = living
        .state
        .services
        .portals
        .background_client(&platform)
        .await
        .unwrap();
    client.call("profile", serde_json::Value::Null).await.unwrap();
    simulator.set_fault(RestFault::Html500);
    let refused = client
        .call("profile", json!({"auth": simulator.issue_token(1).access}))
        .await
        .unwrap_err();
    simulator.clear_faults();
    simulator.expire_tokens();
    simulator.expire_refresh_tokens();
    let ended = living.state.services.portals.background_client(&platform).await;
    let ended = match ended {
        Ok(client) => client
            .call("profile", serde_json::Value::Null)
            .await
            .unwrap_err()
            .to_string(),
        Err(error) => error.to_string(),
    };
    answers.push(server.get("/metrics").await);
    let rows = server.all_rows_as_text().await;
    simulator.uninstall_with_event(Clean::Keep);
    until("the portal is archived", || async {
        living
            .store()
            .portal(&member_id(&simulator))
            .await
            .unwrap()
            .is_some_and(|portal| portal.uninstalled_at.is_some())
    })
    .await;

    let secrets = [
        ("a token or secret of the portal", TOKEN_MARK.to_owned()),
        ("the operator token", OPERATOR_TOKEN.to_owned()),
        ("the market application's secret", simulator.client_secret()),
        (
            "the secret key",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".to_owned(),
        ),
    ];
    let of_sessions = [("a session", session.clone())];
    let own = without_the_simulators(&log.text());
    assert!(own.lines().count() > 200, "too little was logged to say anything");
    assert_eq!(telltale(&own, &secrets), None);
    assert_eq!(telltale(&own, &of_sessions), None);
    assert_eq!(telltale(&rows, &secrets), None);
    assert_eq!(telltale(&rows, &of_sessions), None);
    for answer in &answers {
        assert_eq!(telltale(&answer.body, &secrets), None);
        assert_eq!(telltale(&format!("{:?}", answer.headers), &secrets), None);
    }
    assert_eq!(
        telltale(&format!("{refused} {refused:?} {ended}"), &secrets),
        None
    );
    living.close().await;
}

/// The simulator stands on the other side of the wire, in this process only for the test's sake.
fn without_the_simulators(log: &str) -> String {
    log.lines()
        .filter(|line| !line.contains("certlens_portal_sim"))
        .collect::<Vec<_>>()
        .join("\n")
}
