//! A portal whose people were read, and its monitor over the interface.

use crate::living::{Living, member_id, session_of};
use crate::running::{Answer, OPERATOR_TOKEN};
use axum::http::{Method, StatusCode};
use certlens_portal_sim::{EntityKind, SeedRights, SeedUser, Simulator, SimulatorOptions};
use serde_json::{Value, json};

pub(crate) const ADMINISTRATOR: u64 = 1;
pub(crate) const MANAGER: u64 = 7;
/// Leaves before the list is read.
pub(crate) const DISMISSED: u64 = 8;
pub(crate) const ANOTHER_PORTAL: &str = "ffffffffffffffffffffffffffffffff";

pub(crate) struct Steered {
    pub(crate) simulator: Simulator,
    pub(crate) living: Living,
}

impl Steered {
    pub(crate) async fn start() -> Self {
        let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
        let living = Living::beside(&simulator).await;
        living.install(&simulator).await;
        simulator.put_user(SeedUser {
            id: DISMISSED,
            name: "Марина".to_owned(),
            last_name: "Ветрова".to_owned(),
            admin: false,
            active: false,
            rights: SeedRights::All,
            extranet: false,
            position: String::new(),
            email: None,
            departments: vec![1],
        });
        let tracking = &living.state.services.tracking;
        tracking.read_staff(&member_id(&simulator)).await.unwrap();
        Self { simulator, living }
    }

    pub(crate) fn portal(&self) -> String {
        self.simulator.member_id()
    }

    pub(crate) async fn execute(&self, statement: &'static str) {
        sqlx::query(statement)
            .execute(self.living.server.postgres())
            .await
            .unwrap();
    }

    pub(crate) async fn text(&self, query: &'static str) -> String {
        sqlx::query_scalar(query)
            .fetch_one(self.living.server.postgres())
            .await
            .unwrap()
    }

    /// An item in this state in the card of company 101.
    pub(crate) async fn item(&self, state: &str) {
        sqlx::query(
            "INSERT INTO notification_items (
                id, member_id, entity_type, entity_id, kind, subscriber_ids, state, reason, is_open, due_at)
             VALUES (gen_random_uuid(), $1, 'company', 101, 'todo', '{7}', $2, 'Access denied', false,
                     now() + interval '6 hours')",
        )
        .bind(self.portal())
        .bind(state)
        .execute(self.living.server.postgres())
        .await
        .unwrap();
    }

    pub(crate) async fn subscribe(&self, user: u64) -> i64 {
        let wish = json!({
            "member_id": self.portal(), "entity": {"type": "company", "id": 101}, "user_id": user,
            "identifiers": ["7707083893"], "news": ["new_document"],
        });
        let server = &self.living.server;
        let made = server
            .ask(OPERATOR_TOKEN, Method::POST, "/api/v1/subscriptions", Some(&wish))
            .await;
        made.json()["id"].as_i64().unwrap()
    }

    pub(crate) async fn screen_as(&self, token: &str, path: &str) -> Answer {
        let uri = format!("/api/v1/monitor/{path}");
        self.living.server.ask(token, Method::GET, &uri, None).await
    }

    pub(crate) async fn screen(&self, path: &str) -> Value {
        let answer = self.screen_as(OPERATOR_TOKEN, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.json()
    }

    pub(crate) async fn act_as(&self, token: &str, query: &str, order: &Value) -> Answer {
        let uri = format!("/api/v1/actions{query}");
        self.living
            .server
            .ask(token, Method::POST, &uri, Some(order))
            .await
    }

    pub(crate) async fn act(&self, query: &str, order: &Value) -> Answer {
        self.act_as(OPERATOR_TOKEN, query, order).await
    }

    /// The token of a company's page, opened by this user.
    pub(crate) async fn page_of(&self, user: u64) -> String {
        let form = self
            .simulator
            .open_frame_form_as(user, EntityKind::Company, 101, None);
        session_of(&self.living.post("/bitrix/app", &form).await)
    }

    pub(crate) async fn end(self) {
        // The whole service is within.
        Box::pin(self.living.close()).await;
    }
}

/// The rows of a screen's table.
pub(crate) fn rows(screen: &Value, table: &str) -> Vec<Value> {
    screen["parts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|part| part.get("table"))
        .find(|found| found["key"] == table)
        .and_then(|found| found["rows"].as_array().cloned())
        .unwrap_or_default()
}
