//! A portal's users through the JSON interface: who is there, who is away, whose subscriptions go to whom.

use crate::living::{Living, session_of};
use crate::running::{Answer, OPERATOR_TOKEN};
use crate::steering::world::{ADMINISTRATOR, DISMISSED, MANAGER, Steered};
use axum::http::{Method, StatusCode};
use certlens_portal_sim::{EntityKind, Simulator};
use rstest::rstest;
use serde_json::{Value, json};

struct Staffed {
    simulator: Simulator,
    living: Living,
}

impl Staffed {
    /// A portal whose list of users was read.
    async fn start() -> Self {
        let Steered { simulator, living } = Steered::start().await;
        Self { simulator, living }
    }

    async fn ask_as(&self, token: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let uri = format!("/api/v1/portals/{}/users{path}", self.simulator.member_id());
        self.living.server.ask(token, method, &uri, body).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.ask_as(OPERATOR_TOKEN, method, path, body).await
    }

    async fn user(&self, id: u64) -> Value {
        let list = self.ask(Method::GET, "", None).await;
        assert_eq!(list.status, StatusCode::OK, "{}", list.body);
        let items = list.json()["items"].as_array().unwrap().clone();
        let user = items.into_iter().find(|user| user["id"] == id);
        user.unwrap_or_default()
    }

    /// The token of a company's page, opened by this user.
    async fn page_of(&self, user: u64) -> String {
        let form = self
            .simulator
            .open_frame_form_as(user, EntityKind::Company, 101, None);
        session_of(&self.living.post("/bitrix/app", &form).await)
    }

    /// Numbers of this user's subscriptions in this state.
    async fn subscriptions(&self, user: u64, state: &str) -> usize {
        let uri = format!(
            "/api/v1/subscriptions?member_id={}&user_id={user}&state={state}",
            self.simulator.member_id()
        );
        let list = self.living.server.get_as_operator(&uri).await.json();
        list["items"].as_array().unwrap().len()
    }

    async fn subscribe(&self, user: u64) {
        let wish = json!({
            "member_id": self.simulator.member_id(), "entity": {"type": "company", "id": 101}, "user_id": user,
            "identifiers": ["7707083893"], "news": ["new_document"],
        });
        let server = &self.living.server;
        let answer = server
            .ask(OPERATOR_TOKEN, Method::POST, "/api/v1/subscriptions", Some(&wish))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    }

    async fn end(self) {
        // The whole service is within.
        Box::pin(self.living.close()).await;
    }
}

#[tokio::test]
async fn the_list_names_who_is_there_and_those_who_left_with_subscriptions() {
    let staffed = Staffed::start().await;

    let before = staffed.user(DISMISSED).await;
    staffed.subscribe(DISMISSED).await;

    let manager = staffed.user(MANAGER).await;
    assert_eq!(
        (&manager["active"], &manager["absent_until"]),
        (&json!(true), &json!(null))
    );
    assert!(manager["name"].as_str().is_some_and(|name| !name.is_empty()));
    assert_eq!(before, Value::Null, "who left with nothing is of no interest");
    assert_eq!(staffed.user(DISMISSED).await["active"], false);
    staffed.end().await;
}

#[tokio::test]
async fn absence_is_noted_and_taken_back() {
    let staffed = Staffed::start().await;
    let path = format!("/{MANAGER}");

    let noted = json!({"absent_until": "2027-01-15"});
    let noted = staffed.ask(Method::PATCH, &path, Some(&noted)).await;
    let away = staffed.user(MANAGER).await;
    let taken_back = staffed
        .ask(Method::PATCH, &path, Some(&json!({"absent_until": null})))
        .await;

    assert_eq!(
        (noted.status, taken_back.status),
        (StatusCode::NO_CONTENT, StatusCode::NO_CONTENT)
    );
    assert_eq!(away["absent_until"], "2027-01-15");
    assert_eq!(staffed.user(MANAGER).await["absent_until"], json!(null));
    staffed.end().await;
}

#[rstest]
#[case::unknown_user("/4711", json!({"absent_until": "2027-01-15"}), StatusCode::NOT_FOUND)]
#[case::name_for_a_number("/boris", json!({"absent_until": "2027-01-15"}), StatusCode::NOT_FOUND)]
#[case::no_day("/7", json!({"absent_until": "soon"}), StatusCode::UNPROCESSABLE_ENTITY)]
#[case::another_field("/7", json!({"dismissed": true}), StatusCode::UNPROCESSABLE_ENTITY)]
#[tokio::test]
async fn absence_that_makes_no_sense_is_refused(
    #[case] path: &str,
    #[case] change: Value,
    #[case] expected: StatusCode,
) {
    let staffed = Staffed::start().await;

    let answer = staffed.ask(Method::PATCH, path, Some(&change)).await;

    assert_eq!(answer.status, expected, "{}", answer.body);
    assert!(answer.json()["error"]["message"].is_string());
    staffed.end().await;
}

#[tokio::test]
async fn subscriptions_move_to_somebody_who_is_there_and_to_nobody_else() {
    let staffed = Staffed::start().await;
    staffed.subscribe(MANAGER).await;
    staffed.subscribe(MANAGER).await;
    let path = "/move-subscriptions";

    let to_one_who_left = json!({"from": MANAGER, "to": DISMISSED});
    let to_one_who_left = staffed.ask(Method::POST, path, Some(&to_one_who_left)).await;
    let to_himself = json!({"from": MANAGER, "to": MANAGER});
    let to_himself = staffed.ask(Method::POST, path, Some(&to_himself)).await;
    let moved = json!({"from": MANAGER, "to": ADMINISTRATOR});
    let moved = staffed.ask(Method::POST, path, Some(&moved)).await;

    assert_eq!(to_one_who_left.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(to_one_who_left.json()["error"]["field"], "to");
    assert_eq!(to_himself.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        (moved.status, &moved.json()["moved"]),
        (StatusCode::OK, &json!(2))
    );
    assert_eq!(staffed.subscriptions(MANAGER, "active").await, 0);
    assert_eq!(staffed.subscriptions(MANAGER, "archived").await, 2);
    assert_eq!(staffed.subscriptions(ADMINISTRATOR, "active").await, 2);
    staffed.end().await;
}

#[rstest]
#[case::list(Method::GET, "", None)]
#[case::absence(Method::PATCH, "/1", Some(json!({"absent_until": "2027-01-15"})))]
#[case::moving(Method::POST, "/move-subscriptions", Some(json!({"from": 1, "to": 7})))]
#[tokio::test]
async fn a_portals_user_who_is_no_administrator_gets_nothing(
    #[case] method: Method,
    #[case] path: &str,
    #[case] body: Option<Value>,
) {
    let staffed = Staffed::start().await;
    let token = staffed.page_of(MANAGER).await;

    let answer = staffed.ask_as(&token, method.clone(), path, body.as_ref()).await;
    let stranger = staffed.ask_as("nobody", method, path, body.as_ref()).await;

    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    staffed.end().await;
}

#[tokio::test]
async fn a_portal_that_nobody_knows_has_no_users() {
    let staffed = Staffed::start().await;

    let unknown = "0".repeat(32);
    let answer = staffed
        .living
        .server
        .get_as_operator(&format!("/api/v1/portals/{unknown}/users"))
        .await;

    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    staffed.end().await;
}
