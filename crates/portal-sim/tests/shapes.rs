//! Answers have the shape of the documented ones: the same keys, the same JSON types. Values are of no interest here.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't set itself up should fail where it stands"
)]

use certlens_portal_sim::{Simulator, SimulatorOptions};
use reqwest::Client;
use rstest::rstest;
use serde_json::{Value, json};

/// A portal and a token of its administrator.
struct Portal {
    simulator: Simulator,
    http: Client,
    auth: String,
}

impl Portal {
    async fn start() -> Self {
        let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
        simulator.finish_installation();
        let http = Client::builder()
            .no_proxy()
            .resolve("portal-a.localhost", simulator.address())
            .build()
            .unwrap();
        let auth = simulator.issue_token(1).access;
        Self {
            simulator,
            http,
            auth,
        }
    }

    async fn call(&self, method: &str, mut parameters: Value) -> Value {
        parameters["auth"] = json!(self.auth);
        let url = format!("{}/rest/{method}", self.simulator.portal_url());
        let response = self.http.post(url).json(&parameters).send().await.unwrap();
        response.json().await.unwrap()
    }
}

/// Where an answer differs from the sample: a path and what is wrong there.
///
/// `null` in the sample stands for anything; an empty list in the sample for a list of anything.
fn differences(path: &str, answer: &Value, sample: &Value) -> Vec<String> {
    match (answer, sample) {
        (_, Value::Null) => Vec::new(),
        (Value::Object(answer), Value::Object(sample)) => {
            let missing = sample
                .keys()
                .filter(|key| !answer.contains_key(*key))
                .map(|key| format!("{path}.{key} is missing"));
            let surplus = answer
                .keys()
                .filter(|key| !sample.contains_key(*key))
                .map(|key| format!("{path}.{key} is too much"));
            let within = sample
                .iter()
                .filter_map(|(key, sample)| Some((key, answer.get(key)?, sample)));
            let within = within
                .flat_map(|(key, answer, sample)| differences(&format!("{path}.{key}"), answer, sample));
            missing.chain(surplus).chain(within).collect()
        }
        (Value::Array(answer), Value::Array(sample)) => match (answer.first(), sample.first()) {
            (Some(answer), Some(sample)) => differences(&format!("{path}[0]"), answer, sample),
            (None, Some(_)) => vec![format!("{path} is empty")],
            _ => Vec::new(),
        },
        _ if std::mem::discriminant(answer) == std::mem::discriminant(sample) => Vec::new(),
        _ => vec![format!("{path} is {answer}, the documented one is like {sample}")],
    }
}

fn time() -> Value {
    json!({"start": 1.1, "finish": 1.2, "duration": 0.1, "processing": 0.05, "date_start": "2026-09-21T15:33:20+00:00",
        "date_finish": "2026-09-21T15:33:20+00:00", "operating_reset_at": 1, "operating": 0.2})
}

#[rstest]
#[case::lead("crm.lead.get", json!({"id": 213}), json!({
    "ID": "1", "TITLE": "", "HONORIFIC": null, "NAME": "", "SECOND_NAME": null, "LAST_NAME": "", "COMPANY_TITLE": null,
    "COMPANY_ID": "0", "CONTACT_ID": null, "IS_RETURN_CUSTOMER": "N", "BIRTHDATE": null, "SOURCE_ID": "WEB",
    "SOURCE_DESCRIPTION": null, "STATUS_ID": "NEW", "STATUS_DESCRIPTION": null, "POST": null, "COMMENTS": null,
    "CURRENCY_ID": "RUB", "OPPORTUNITY": "0.00", "IS_MANUAL_OPPORTUNITY": "N", "HAS_PHONE": "N", "HAS_EMAIL": "N",
    "HAS_IMOL": "N", "ASSIGNED_BY_ID": "1", "CREATED_BY_ID": "1", "MODIFY_BY_ID": "1", "DATE_CREATE": "",
    "DATE_MODIFY": "", "DATE_CLOSED": null, "STATUS_SEMANTIC_ID": "P", "OPENED": "Y", "ORIGINATOR_ID": null,
    "ORIGIN_ID": null, "MOVED_BY_ID": "1", "MOVED_TIME": "", "ADDRESS": null, "ADDRESS_2": null, "ADDRESS_CITY": null,
    "ADDRESS_POSTAL_CODE": null, "ADDRESS_REGION": null, "ADDRESS_PROVINCE": null, "ADDRESS_COUNTRY": null,
    "ADDRESS_COUNTRY_CODE": null, "ADDRESS_LOC_ADDR_ID": null, "UTM_SOURCE": null, "UTM_MEDIUM": null,
    "UTM_CAMPAIGN": null, "UTM_CONTENT": null, "UTM_TERM": null, "LAST_ACTIVITY_BY": "1", "LAST_ACTIVITY_TIME": "",
    "UF_CRM_INN": "7701999489",
}))]
#[case::requisite_link("crm.requisite.link.list", json!({}), json!([]))]
#[case::company_item("crm.item.get", json!({"entityTypeId": 4, "id": 101, "useOriginalUfNames": "Y"}), json!({"item": {
    "id": 1, "entityTypeId": 4, "title": "", "typeId": null, "logo": null, "leadId": null, "hasPhone": "Y",
    "hasEmail": "Y", "hasImol": "N", "assignedById": 1, "createdBy": 1, "updatedBy": 1, "bankingDetails": "",
    "industry": "", "revenue": 0.0, "currencyId": "RUB", "employees": null, "comments": "", "createdTime": "",
    "updatedTime": "", "opened": "Y", "isMyCompany": "N", "originatorId": "", "originId": "", "originVersion": "",
    "contactIds": [], "utmSource": "", "utmMedium": "", "utmCampaign": "", "utmContent": "", "utmTerm": "",
    "lastActivityBy": 1, "lastActivityTime": "", "lastCommunicationTime": null, "webformId": null,
    "phone": "", "phoneWork": "", "phoneMobile": "", "phoneHome": "", "email": "", "emailWork": "", "emailMobile": "",
    "emailHome": "", "fm": [{"id": 101, "typeId": "PHONE", "valueType": "WORK", "value": "+1"}],
}}))]
#[case::user("user.current", json!({}), json!({
    "ID": "1", "XML_ID": null, "ACTIVE": true, "NAME": "", "LAST_NAME": "", "SECOND_NAME": "", "TITLE": null, "EMAIL": "",
    "LAST_LOGIN": "", "DATE_REGISTER": "", "TIME_ZONE": "", "IS_ONLINE": "Y", "TIME_ZONE_OFFSET": "10800",
    "TIMESTAMP_X": {}, "LAST_ACTIVITY_DATE": {}, "PERSONAL_GENDER": "", "PERSONAL_WWW": "", "PERSONAL_BIRTHDAY": "",
    "PERSONAL_PHOTO": "", "PERSONAL_MOBILE": "", "PERSONAL_CITY": "", "WORK_PHONE": "", "WORK_POSITION": "",
    "UF_EMPLOYMENT_DATE": "", "UF_DEPARTMENT": [1], "USER_TYPE": "employee",
}))]
#[case::profile("profile", json!({}), json!({
    "ID": "17", "ADMIN": true, "NAME": "", "LAST_NAME": "", "PERSONAL_GENDER": "", "TIME_ZONE": "",
}))]
#[case::application("app.info", json!({}), json!({
    "ID": 1, "CODE": "", "VERSION": 1, "STATUS": "F", "INSTALLED": true, "PAYMENT_EXPIRED": "N", "DAYS": null,
    "LANGUAGE_ID": "en", "LICENSE": "", "LICENSE_TYPE": "", "LICENSE_FAMILY": "",
}))]
#[case::notification("im.notify.system.add", json!({"USER_ID": 7, "MESSAGE": "x"}), json!(1))]
#[case::todo("crm.activity.todo.add", json!({"ownerTypeId": 2, "ownerId": 301, "deadline": "2026-12-01T10:00:00"}),
    json!({"id": 1}))]
#[case::log_message("crm.timeline.logmessage.add",
    json!({"fields": {"entityTypeId": 4, "entityId": 101, "title": "a", "text": "b", "iconCode": "info"}}),
    json!({"logMessage": {"id": 1, "created": "", "authorId": 1, "title": "", "text": "", "iconCode": ""}}))]
#[case::comment("crm.timeline.comment.add",
    json!({"fields": {"ENTITY_ID": 101, "ENTITY_TYPE": "company", "COMMENT": "x"}}), json!(1))]
#[case::custom_field("crm.lead.userfield.list", json!({}), json!([{
    "ID": "1", "ENTITY_ID": "CRM_LEAD", "FIELD_NAME": "UF_CRM_INN", "USER_TYPE_ID": "string", "XML_ID": null, "SORT": "100",
    "MULTIPLE": "N", "MANDATORY": "N", "SHOW_FILTER": "N", "SHOW_IN_LIST": "Y", "EDIT_IN_LIST": "Y",
    "IS_SEARCHABLE": "N", "SETTINGS": {"SIZE": 20, "ROWS": 1, "REGEXP": "", "MIN_LENGTH": 0, "MAX_LENGTH": 0, "DEFAULT_VALUE": ""},
}]))]
#[case::currency("crm.currency.base.get", json!({}), json!("RUB"))]
#[case::method("method.get", json!({"name": "crm.item.get"}), json!({"isExisting": true, "isAvailable": true}))]
#[case::feature("feature.get", json!({"CODE": "rest_offline_extended"}), json!({"value": "Y"}))]
#[case::offline("event.offline.get", json!({}), json!({"process_id": null, "events": []}))]
#[tokio::test]
async fn answer_has_the_documented_shape(
    #[case] method: &str,
    #[case] parameters: Value,
    #[case] sample: Value,
) {
    let portal = Portal::start().await;

    let answer = portal.call(method, parameters).await;

    assert_eq!(
        differences("result", &answer["result"], &sample),
        Vec::<String>::new(),
        "{answer}"
    );
    assert_eq!(
        differences("time", &answer["time"], &time()),
        Vec::<String>::new()
    );
}

#[rstest]
#[case("crm.company.list", "ID", json!(["*"]))]
#[case("crm.deal.list", "ID", json!(["ID", "TITLE"]))]
#[case("crm.requisite.list", "ID", json!(["ID", "RQ_INN"]))]
#[tokio::test]
async fn classic_list_has_texts_a_total_and_no_unasked_fields(
    #[case] method: &str,
    #[case] id: &str,
    #[case] select: Value,
) {
    let portal = Portal::start().await;

    let answer = portal
        .call(method, json!({"select": select, "order": {"ID": "ASC"}}))
        .await;

    let row = answer["result"][0].as_object().unwrap();
    assert!(row[id].is_string() && answer["total"].is_u64() && answer.get("next").is_none());
    assert!(!row.keys().any(|name| name.starts_with("UF_") || name == "PHONE"));
    assert!(
        row.values().all(|value| value.is_string() || value.is_null()),
        "{row:?}"
    );
}

#[tokio::test]
async fn task_keeps_its_cards_and_shows_them_only_when_asked() {
    let portal = Portal::start().await;
    let fields = json!({"TITLE": "Check", "RESPONSIBLE_ID": 7, "UF_CRM_TASK": ["CO_101"], "DEADLINE": "2026-12-01T10:00:00+03:00"});

    let made = portal.call("tasks.task.add", json!({"fields": fields})).await;
    let id = &made["result"]["task"]["id"];
    let plain = portal.call("tasks.task.get", json!({"taskId": id})).await;
    let asked = portal
        .call(
            "tasks.task.get",
            json!({"taskId": id, "select": ["ID", "UF_CRM_TASK"]}),
        )
        .await;
    let listed = portal
        .call(
            "tasks.task.list",
            json!({"filter": {">ID": 0}, "order": {"ID": "asc"}}),
        )
        .await;

    assert!(id.is_string() && made["result"]["task"]["group"] == json!([]));
    assert!(plain["result"]["task"].get("ufCrmTask").is_none());
    assert_eq!(asked["result"]["task"]["ufCrmTask"], json!(["CO_101"]));
    assert_eq!(listed["result"]["tasks"][0]["responsibleId"], json!("7"));
}

#[tokio::test]
async fn notification_with_the_same_tag_replaces_the_earlier_one() {
    let portal = Portal::start().await;
    for message in ["first", "second"] {
        let parameters = json!({"USER_ID": 7, "MESSAGE": message, "TAG": "CERTLENS|1"});
        portal.call("im.notify.system.add", parameters).await;
    }

    let url = format!("{}/notifications/?user=7&lang=en", portal.simulator.portal_url());
    let page = portal.http.get(url).send().await.unwrap().text().await.unwrap();

    assert!(page.contains("second") && !page.contains("first"));
}

#[tokio::test]
async fn configurable_activity_is_found_by_its_origin_and_refuses_a_bad_layout() {
    let portal = Portal::start().await;
    let layout = json!({
        "icon": {"code": "info"}, "header": {"title": "Checked"},
        "body": {"logo": {"code": "notification"}, "blocks": {"a": {"type": "text", "properties": {"value": "2 warnings"}}}},
    });
    let add = |layout: Value| {
        let fields = json!({"typeId": "CONFIGURABLE", "originatorId": "certlens", "originId": "job-1"});
        portal.call(
            "crm.activity.configurable.add",
            json!({"ownerTypeId": 2, "ownerId": 301, "fields": fields, "layout": layout}),
        )
    };

    let made = add(layout).await;
    let refused = add(json!({"icon": {"code": "info"}})).await;
    let filter = json!({"PROVIDER_ID": "CONFIGURABLE_REST_APP", "ORIGIN_ID": "job-1"});
    let found = portal.call("crm.activity.list", json!({"filter": filter})).await;

    assert_eq!(refused["error"], json!("FIELD_IS_REQUIRED"));
    let id = made["result"]["activity"]["id"].as_u64().unwrap();
    assert_eq!(found["result"][0]["ID"], json!(id.to_string()));
}

#[tokio::test]
async fn third_version_puts_errors_into_an_object() {
    let portal = Portal::start().await;

    let answer = portal
        .call("api/tasks.task.add", json!({"fields": {"title": "x"}}))
        .await;

    assert_eq!(answer["error"]["validation"][0]["field"], json!("responsibleId"));
    assert!(
        answer["error"]["code"]
            .as_str()
            .unwrap()
            .starts_with("BITRIX_REST_V3_EXCEPTION_")
    );
}
