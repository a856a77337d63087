//! Subscriptions through the JSON interface: of programs, and of a card's page.

use crate::living::{Living, session_of};
use crate::running::{Answer, OPERATOR_TOKEN};
use axum::http::{Method, StatusCode};
use certlens_portal_sim::{EntityKind, Simulator, SimulatorOptions};
use serde_json::{Value, json};
use std::pin::Pin;

const INN: &str = "7707083893";
const OGRN: &str = "1027700132195";

struct Tracked {
    simulator: Simulator,
    living: Living,
}

impl Tracked {
    async fn start() -> Self {
        let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
        let living = Living::beside(&simulator).await;
        living.install(&simulator).await;
        Self { simulator, living }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.ask_as(OPERATOR_TOKEN, method, path, body).await
    }

    async fn ask_as(&self, token: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let uri = format!("/api/v1/subscriptions{path}");
        self.living.server.ask(token, method, &uri, body).await
    }

    fn wish(&self) -> Value {
        json!({
            "member_id": self.simulator.member_id(),
            "entity": {"type": "company", "id": 101},
            "user_id": 5,
            "identifiers": ["7707 083 893"],
            "news": ["new_document", "suspended"],
        })
    }

    async fn subscribed(&self) -> i64 {
        let answer = self.ask(Method::POST, "", Some(&self.wish())).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.json()["id"].as_i64().unwrap()
    }

    async fn list(&self, query: &str) -> Value {
        let member_id = self.simulator.member_id();
        let answer = self
            .ask(Method::GET, &format!("?member_id={member_id}{query}"), None)
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    /// On the heap: what ends here is large, and each test's future contains it.
    fn end(self) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(self.living.close())
    }
}

#[tokio::test]
async fn subscription_is_made_listed_and_ended_and_stays_in_the_archive_with_its_reason() {
    let tracked = Tracked::start().await;

    let id = tracked.subscribed().await;
    let active = tracked.list("&state=active").await;
    let first = tracked.ask(Method::DELETE, &format!("/{id}"), None).await;
    let again = tracked.ask(Method::DELETE, &format!("/{id}"), None).await;
    let archived = tracked.list("&state=archived").await;

    let item = &active["items"][0];
    assert_eq!(item["id"], id);
    assert_eq!(item["member_id"], tracked.simulator.member_id());
    assert_eq!(item["entity"], json!({"type": "company", "id": 101}));
    assert_eq!(item["user_id"], 5);
    assert_eq!(item["identifiers"], json!([INN]));
    assert_eq!(item["news"], json!(["new_document", "suspended"]));
    assert_eq!(
        (&item["state"], &item["reason"]),
        (&json!("active"), &json!(null))
    );
    assert_eq!(
        (&item["registries"], &item["scope"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(first.status, StatusCode::NO_CONTENT);
    assert_eq!(again.status, StatusCode::NO_CONTENT);
    assert_eq!(archived["items"][0]["reason"], "unsubscribed");
    assert_eq!(tracked.list("&state=active").await["items"], json!([]));
    tracked.end().await;
}

#[tokio::test]
async fn all_that_people_can_choose_programs_can_choose_and_change() {
    let tracked = Tracked::start().await;
    let mut wish = tracked.wish();
    wish["registries"] = json!(["kz", "by"]);
    wish["expiring_days"] = json!(60);
    wish["scope"] = json!("all_matching");
    wish["notification_kind"] = json!("task");
    wish["assignment"] = json!({"rules": ["subscriber", "fallback"], "fallback_user_id": 7});

    let id = tracked.ask(Method::POST, "", Some(&wish)).await.json()["id"].clone();
    let made = tracked.list("").await["items"][0].clone();
    let change = json!({
        "identifiers": [INN, OGRN],
        "registries": null,
        "scope": null,
        "muted_until": "forever",
    });
    let changed = tracked
        .ask(Method::PATCH, &format!("/{id}"), Some(&change))
        .await
        .json();
    let spoken = json!({"muted_until": null, "state": "archived"});
    let ended = tracked.ask(Method::PATCH, &format!("/{id}"), Some(&spoken)).await;
    let back = json!({"state": "active"});
    let back = tracked
        .ask(Method::PATCH, &format!("/{id}"), Some(&back))
        .await
        .json();

    assert_eq!(made["registries"], json!(["kz", "by"]));
    assert_eq!(made["assignment"], wish["assignment"]);
    assert_eq!(
        (&made["scope"], &made["notification_kind"]),
        (&json!("all_matching"), &json!("task"))
    );
    assert_eq!(changed["identifiers"], json!([OGRN, INN]));
    assert_eq!(
        (&changed["registries"], &changed["scope"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(changed["muted_until"], "forever");
    assert_eq!(
        (&changed["notification_kind"], &changed["expiring_days"]),
        (&json!("task"), &json!(60))
    );
    assert_eq!(ended.status, StatusCode::OK, "{}", ended.body);
    assert_eq!(
        (&back["state"], &back["muted_until"]),
        (&json!("active"), &json!(null))
    );
    tracked.end().await;
}

#[tokio::test]
async fn wish_that_cannot_be_met_is_refused_with_its_field_and_a_sentence() {
    let tracked = Tracked::start().await;

    for (field, value, says) in [
        ("identifiers", json!([]), "at least one identifier"),
        ("identifiers", json!([INN, "ромашка"]), "ромашка"),
        ("identifiers", json!("7707083893"), "identifiers"),
        ("news", json!([]), "at least one kind"),
        ("news", json!(["rumour"]), "new_document"),
        ("registries", json!(["usa"]), "registries"),
        ("expiring_days", json!(0), "1 to 365"),
        ("scope", json!("everywhere"), "card"),
        ("notification_kind", json!("pigeon"), "todo"),
        ("assignment", json!({"rules": []}), "at least one rule"),
        ("entity", json!({"type": "contact", "id": 1}), "entity"),
        ("entity", json!({"type": "deal", "id": 0}), "1 or more"),
        ("user_id", json!(0), "1 or more"),
        ("member_id", json!("portal"), "32 hexadecimal"),
        ("member_id", json!("0".repeat(32)), "not installed"),
    ] {
        let mut wish = tracked.wish();
        wish[field] = value;
        let answer = tracked.ask(Method::POST, "", Some(&wish)).await;
        let error = answer.json()["error"].clone();
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wish}");
        assert_eq!(error["field"], field, "{error}");
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
    let mut misspelt = tracked.wish();
    misspelt["registers"] = json!(["kz"]);
    let answer = tracked.ask(Method::POST, "", Some(&misspelt)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for path in ["/999", "/none"] {
        let answer = tracked.ask(Method::DELETE, path, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(tracked.list("").await["items"], json!([]));
    tracked.end().await;
}

#[tokio::test]
async fn thousand_are_made_at_once_and_read_page_by_page_or_none_is() {
    let tracked = Tracked::start().await;
    let wish = |number: u64| {
        json!({
            "entity": {"type": "deal", "id": number},
            "user_id": 5,
            "identifiers": [(7_700_000_000 + number).to_string()],
            "news": ["new_document"],
        })
    };
    let member_id = tracked.simulator.member_id();
    let all: Vec<Value> = (1..=1_000).map(wish).collect();
    let mut wrong = all.clone();
    wrong[3]["identifiers"] = json!(["ромашка"]);

    let refused = tracked
        .ask(
            Method::POST,
            "/bulk",
            Some(&json!({"member_id": member_id, "subscriptions": wrong})),
        )
        .await;
    let none = tracked.list("").await;
    let made = tracked
        .ask(
            Method::POST,
            "/bulk",
            Some(&json!({"member_id": member_id, "subscriptions": all})),
        )
        .await;
    let mut cursor = String::new();
    let mut read = Vec::new();
    loop {
        let page = tracked.list(&format!("&limit=200&cursor={cursor}")).await;
        read.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].clone()),
        );
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }

    let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("subscriptions[3]: "), "{message}");
    assert_eq!(none["items"], json!([]));
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(made.json()["ids"], Value::from(read));
    tracked.end().await;
}

#[tokio::test]
async fn page_of_a_card_acts_for_its_own_user_in_its_own_card() {
    let tracked = Tracked::start().await;
    let form = tracked.simulator.open_frame_form(EntityKind::Company, 101);
    let session = session_of(&tracked.living.post("/bitrix/app", &form).await);
    let others = tracked.subscribed().await;
    let wish = json!({"identifiers": [INN], "news": ["expiring"]});

    let own = tracked.ask_as(&session, Method::POST, "", Some(&wish)).await;
    let elsewhere =
        json!({"entity": {"type": "company", "id": 102}, "identifiers": [INN], "news": ["expiring"]});
    let elsewhere = tracked.ask_as(&session, Method::POST, "", Some(&elsewhere)).await;
    let somebody = json!({"user_id": 99, "identifiers": [INN], "news": ["expiring"]});
    let somebody = tracked.ask_as(&session, Method::POST, "", Some(&somebody)).await;
    let of_card = tracked
        .ask_as(&session, Method::GET, "?entity_type=company&entity_id=101", None)
        .await;
    let of_all = tracked.ask_as(&session, Method::GET, "", None).await;
    let foreign = tracked
        .ask_as(
            &session,
            Method::GET,
            &format!("?member_id={}", "0".repeat(32)),
            None,
        )
        .await;
    let not_hers = tracked
        .ask_as(&session, Method::DELETE, &format!("/{others}"), None)
        .await;

    assert_eq!(own.status, StatusCode::CREATED, "{}", own.body);
    assert_eq!(elsewhere.json()["error"]["field"], "entity");
    assert_eq!(somebody.json()["error"]["field"], "user_id");
    assert_eq!(of_card.json()["items"].as_array().unwrap().len(), 2);
    let mine = of_all.json()["items"].clone();
    assert_eq!(mine.as_array().unwrap().len(), 1);
    assert_eq!(mine[0]["id"], own.json()["id"]);
    assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(not_hers.status, StatusCode::NOT_FOUND);
    tracked.end().await;
}

#[tokio::test]
async fn nobody_is_told_anything_without_a_token() {
    let tracked = Tracked::start().await;
    for token in ["", "guess"] {
        let answer = tracked
            .ask_as(token, Method::POST, "", Some(&tracked.wish()))
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    tracked.end().await;
}

#[tokio::test]
async fn page_subscribes_only_whom_the_portal_lets_subscribe() {
    let tracked = Tracked::start().await;
    let settings = format!("/api/v1/portals/{}/settings", tracked.simulator.member_id());
    let let_subscribe = async |who: Value| {
        let change = json!({"who_may_subscribe": who});
        let answer = tracked.living.server.patch_as_operator(&settings, &change).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    };
    let session = async |user: u64| {
        let form = tracked
            .simulator
            .open_frame_form_as(user, EntityKind::Company, 101, None);
        session_of(&tracked.living.post("/bitrix/app", &form).await)
    };
    let (administrator, manager) = (session(1).await, session(7).await);
    let wish = json!({"identifiers": [INN], "news": ["new_document"]});
    let ask = async |token: &str| tracked.ask_as(token, Method::POST, "", Some(&wish)).await;

    let_subscribe(json!({"who": "administrators"})).await;
    let refused = ask(&manager).await;
    let of_administrator = ask(&administrator).await;
    let by_operator = tracked.ask(Method::POST, "", Some(&tracked.wish())).await;
    let_subscribe(json!({"who": "chosen", "user_ids": [7]})).await;
    let chosen = ask(&manager).await;
    let id = chosen.json()["id"].as_i64().unwrap();
    let_subscribe(json!({"who": "chosen", "user_ids": [5]})).await;
    let path = format!("/{id}");
    let ended = tracked.ask_as(&manager, Method::DELETE, &path, None).await;
    let again = json!({"state": "active"});
    let back = tracked.ask_as(&manager, Method::PATCH, &path, Some(&again)).await;

    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.json()["error"]["code"], "subscribing_forbidden");
    assert_eq!(
        refused.json()["error"]["message"],
        "only administrators of this portal may subscribe; ask one of them to subscribe you"
    );
    assert_eq!(of_administrator.status, StatusCode::CREATED);
    assert_eq!(
        by_operator.status,
        StatusCode::CREATED,
        "the operator is above it"
    );
    assert_eq!(chosen.status, StatusCode::CREATED);
    assert_eq!(
        ended.status,
        StatusCode::NO_CONTENT,
        "whoever subscribed may end it"
    );
    assert_eq!(back.status, StatusCode::FORBIDDEN, "but not come back");
    tracked.end().await;
}
