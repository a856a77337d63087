//! The simulated CRM over REST: writes, rights, lists over thousands of items, custom fields.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't set itself up should fail where it stands"
)]

use std::collections::BTreeSet;

use certlens_portal_sim::{GeneratedSeed, Seed, Simulator, SimulatorOptions};
use reqwest::Client;
use serde_json::{Value, json};

const ADMINISTRATOR: u64 = 1;
const OWN_ITEMS_ONLY: u64 = 8;
const GUEST: u64 = 12;

struct Portal {
    simulator: Simulator,
    http: Client,
}

impl Portal {
    async fn with(companies: u64) -> Self {
        let size = GeneratedSeed {
            companies,
            leads: 120,
            deals: 120,
            random: 7,
        };
        let simulator = Simulator::start(SimulatorOptions {
            seed: Some(Seed::generated(size).unwrap()),
            limits: false,
            ..SimulatorOptions::default()
        })
        .await
        .unwrap();
        simulator.finish_installation();
        let http = Client::builder()
            .no_proxy()
            .resolve("portal-a.localhost", simulator.address())
            .build()
            .unwrap();
        Self { simulator, http }
    }

    async fn call_as(&self, user: u64, method: &str, mut parameters: Value) -> Value {
        parameters["auth"] = json!(self.simulator.issue_token(user).access);
        let url = format!("{}/rest/{method}", self.simulator.portal_url());
        let response = self.http.post(url).json(&parameters).send().await.unwrap();
        response.json().await.unwrap()
    }

    async fn call(&self, method: &str, parameters: Value) -> Value {
        self.call_as(ADMINISTRATOR, method, parameters).await
    }
}

#[tokio::test]
async fn crawl_by_number_over_ten_thousand_companies_sees_each_once() {
    let portal = Portal::with(10_000).await;
    let (mut last, mut seen) = (0, BTreeSet::new());

    loop {
        let parameters = json!({
            "entityTypeId": 4, "start": -1, "order": {"id": "ASC"}, "filter": {">id": last}, "select": ["id", "title"],
        });
        let answer = portal.call("crm.item.list", parameters).await;
        assert_eq!((&answer["total"], answer.get("next")), (&json!(0), None));
        let rows = answer["result"]["items"].as_array().unwrap().clone();
        for row in &rows {
            assert!(seen.insert(row["id"].as_u64().unwrap()));
        }
        last = rows.last().map_or(last, |row| row["id"].as_u64().unwrap());
        if rows.len() < 50 {
            break;
        }
    }

    let total = portal.call("crm.company.list", json!({"select": ["ID"]})).await;
    assert_eq!(Some(seen.len() as u64), total["total"].as_u64());
    assert!(seen.len() > 10_000);
}

#[tokio::test]
async fn company_is_made_changed_and_removed_in_both_generations() {
    let portal = Portal::with(10).await;
    let fields = json!({"TITLE": "Acme", "PHONE": [{"VALUE": "+7 1", "VALUE_TYPE": "MOBILE"}], "UF_CRM_1700000000001": "180940013564"});

    let id = portal.call("crm.company.add", json!({"fields": fields})).await["result"].clone();
    let item = portal
        .call("crm.item.update", json!({"entityTypeId": 4, "id": id, "fields": {"title": "Acme Group"}, "useOriginalUfNames": "Y"}))
        .await["result"]["item"]
        .clone();
    let row = portal.call("crm.company.get", json!({"id": id})).await["result"].clone();
    let deleted = portal
        .call("crm.item.delete", json!({"entityTypeId": 4, "id": id}))
        .await;
    let gone = portal.call("crm.company.get", json!({"id": id})).await;

    assert!(id.is_u64());
    assert_eq!(
        (&item["title"], &item["phoneMobile"]),
        (&json!("Acme Group"), &json!("+7 1"))
    );
    assert_eq!(item["UF_CRM_1700000000001"], json!("180940013564"));
    assert_eq!(
        (&row["TITLE"], &row["HAS_PHONE"]),
        (&json!("Acme Group"), &json!("Y"))
    );
    assert_eq!(deleted["result"], json!([]));
    assert_eq!(
        (&gone["error"], &gone["error_description"]),
        (&json!(""), &json!("Not found"))
    );
}

#[tokio::test]
async fn rights_hide_items_of_others_and_guests_see_nothing() {
    let portal = Portal::with(60).await;

    let all = portal
        .call("crm.company.list", json!({"select": ["ID", "ASSIGNED_BY_ID"]}))
        .await;
    let own = portal
        .call_as(
            OWN_ITEMS_ONLY,
            "crm.company.list",
            json!({"select": ["ID", "ASSIGNED_BY_ID"]}),
        )
        .await;
    let foreign = portal
        .call_as(
            OWN_ITEMS_ONLY,
            "crm.item.get",
            json!({"entityTypeId": 4, "id": 101}),
        )
        .await;
    let foreign_details = portal
        .call_as(
            OWN_ITEMS_ONLY,
            "crm.requisite.list",
            json!({"filter": {"ENTITY_ID": 101}}),
        )
        .await;
    let guest = portal
        .call_as(GUEST, "crm.item.get", json!({"entityTypeId": 4, "id": 101}))
        .await;

    assert!(own["total"].as_u64().unwrap() < all["total"].as_u64().unwrap());
    assert!(
        own["result"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["ASSIGNED_BY_ID"] == "8")
    );
    assert_eq!(foreign["error"], json!("ACCESS_DENIED"));
    assert_eq!(
        (&foreign_details["error"], &foreign_details["error_description"]),
        (&json!(0), &json!("Access denied."))
    );
    assert_eq!(guest["error"], json!("allowed_only_intranet_user"));
}

#[tokio::test]
async fn custom_field_gets_its_prefix_once_and_labels_come_with_a_language() {
    let portal = Portal::with(1).await;
    let field = json!({"fields": {"FIELD_NAME": "MY_INN", "USER_TYPE_ID": "string", "EDIT_FORM_LABEL": {"ru": "Мой ИНН", "en": "My INN"}}});

    let id = portal.call("crm.lead.userfield.add", field.clone()).await["result"].clone();
    let again = portal.call("crm.lead.userfield.add", field.clone()).await;
    let forbidden = portal.call_as(7, "crm.lead.userfield.add", field).await;
    let filter = |language: Value| json!({"filter": {"FIELD_NAME": "UF_CRM_MY_INN", "LANG": language}});
    let plain = portal.call("crm.lead.userfield.list", filter(Value::Null)).await;
    let russian = portal.call("crm.lead.userfield.list", filter(json!("ru"))).await;

    assert!(id.is_u64());
    assert_eq!(again["error"], json!("ERROR_CORE"));
    assert_eq!(forbidden["error"], json!("ACCESS_DENIED"));
    assert!(plain["result"][0].get("EDIT_FORM_LABEL").is_none());
    assert_eq!(russian["result"][0]["EDIT_FORM_LABEL"], json!("Мой ИНН"));
}

#[tokio::test]
async fn unknown_field_in_a_filter_is_refused_by_the_newer_methods_only() {
    let portal = Portal::with(1).await;

    let newer = portal
        .call(
            "crm.item.list",
            json!({"entityTypeId": 4, "filter": {"nothing": 1}}),
        )
        .await;
    let classic = portal
        .call("crm.company.list", json!({"filter": {"NOTHING": 1}}))
        .await;

    assert_eq!(newer["error"], json!("INVALID_ARG_VALUE"));
    assert!(classic["total"].as_u64().unwrap() > 1);
}
