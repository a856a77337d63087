//! What counts as unknown, and what does not.

use http::StatusCode;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Map, json};

use super::answer::Body;
use super::*;
use crate::client::batch::{Batch, Command};
use crate::client::exchange::{Parameters, Request};
use crate::event::Event;
use crate::frame::FrameOpen;
use crate::lenient::tests::any_json;

/// `method field: expected → found` for each deviation.
fn told(deviations: &[Deviation]) -> Vec<String> {
    deviations
        .iter()
        .map(|one| format!("{} {}: {} → {}", one.method, one.field, one.expected, one.found))
        .collect()
}

fn answered(method: &str, parameters: &Value, status: u16, bytes: &[u8]) -> Vec<Deviation> {
    let parameters = parameters.as_object().cloned().unwrap_or_default();
    let request = Request::new(method, Parameters::Object(&parameters), vec![method]).unwrap();
    let json = serde_json::from_slice(bytes).ok();
    let body = Body {
        bytes,
        json: json.as_ref(),
    };
    of_answer(&request, StatusCode::from_u16(status).unwrap(), &body)
}

fn of_result(method: &str, parameters: &Value, result: &Value) -> Vec<String> {
    let body = json!({"result": result, "time": {"operating": 0.1}});
    told(&answered(method, parameters, 200, body.to_string().as_bytes()))
}

#[rstest]
#[case::empty_map_as_list("profile", json!([]))]
#[case::classic_number_as_text("profile", json!({"ID": "17", "ADMIN": true, "NAME": ""}))]
#[case::yes_as_letter("user.admin", json!("Y"))]
#[case::no_rows("placement.get", json!([]))]
#[case::titles_without_languages("placement.get", json!([{"placement": "A", "handler": "b", "langAll": []}]))]
#[case::empty_time("crm.item.get", json!({"item": {"id": 5, "title": "", "assignedById": 1, "updatedTime": {}, "companyId": 0}}))]
#[case::empty_links("crm.item.get", json!({"item": {"id": 5, "title": null, "assignedById": null, "updatedTime": "", "companyId": null}}))]
#[case::departments_as_false("user.get", json!([{"ID": "1", "UF_DEPARTMENT": false}]))]
#[case::departments_as_texts("user.get", json!([{"ID": "1", "UF_DEPARTMENT": ["3", 5]}]))]
#[case::created_alone("crm.timeline.comment.add", json!(17))]
#[case::created_within("tasks.task.add", json!({"task": {"id": "17"}}))]
#[case::not_for_this_person("im.notify.system.add", json!(false))]
#[case::method_of_which_nothing_is_read("placement.bind", json!({"anything": [1]}))]
#[case::newcomer("profile", json!({"ID": "17", "ADMIN": false, "NEW_FIELD": {"a": 1}}))]
fn what_the_platform_is_known_to_do_is_no_deviation(#[case] method: &str, #[case] result: Value) {
    assert_eq!(of_result(method, &json!({}), &result), Vec::<String>::new());
}

#[rstest]
#[case::number_as_text("crm.item.list", json!({"items": [{"id": "5"}]}), "crm.item.list items[].id: number → text")]
#[case::text_as_number("user.get", json!([{"ID": 5}]), "user.get [].ID: digits → number")]
#[case::list_as_map("crm.item.list", json!({"items": {"0": {"id": 5}}}), "crm.item.list items: list → map")]
#[case::map_as_list("crm.item.list", json!([{"id": 5}]), "crm.item.list result: map → list")]
#[case::missing("crm.item.list", json!({"items": [{"ID_": 5}]}), "crm.item.list items[].id: number → missing")]
#[case::null("user.admin", json!(null), "user.admin result: yes_or_no → null")]
#[case::no_yes_and_no_no("user.admin", json!("MAYBE"), "user.admin result: yes_or_no → unknown_word")]
#[case::no_number_of_the_created("tasks.task.add", json!({"task": {}}), "tasks.task.add result: created_id → map")]
#[case::text_for_all("crm.item.list", json!("none"), "crm.item.list result: map → text")]
fn what_is_unknown_is_told_by_field(#[case] method: &str, #[case] result: Value, #[case] expected: &str) {
    assert_eq!(of_result(method, &json!({}), &result), [expected]);
}

#[test]
fn a_field_is_missed_where_it_was_asked_for() {
    let result = json!({"items": [{"id": 5, "stageSemanticId": "X"}]});
    assert_eq!(
        of_result(
            "crm.item.list",
            &json!({"select": ["id", "assignedById", "stageSemanticId"]}),
            &result
        ),
        [
            "crm.item.list items[].assignedById: number → missing",
            "crm.item.list items[].stageSemanticId: known_word → unknown_word"
        ]
    );
}

#[test]
fn a_company_has_no_company_and_a_deal_has() {
    let item = json!({"item": {"id": 5, "title": "t", "assignedById": 1, "updatedTime": "2026-09-21T15:33:20+00:00"}});
    assert_eq!(
        of_result("crm.item.get", &json!({"entityTypeId": 4}), &item),
        Vec::<String>::new()
    );
    assert_eq!(
        of_result("crm.item.get", &json!({"entityTypeId": 2}), &item),
        ["crm.item.get item.companyId: number → missing"]
    );
}

#[rstest]
#[case::page(200, "<html>Maintenance</html>", &["profile (answer): json_map → html"])]
#[case::proxy_that_is_down(502, "<html>502</html>", &[])]
#[case::cut_off(200, "{\"result\": {\"ID\": \"1", &["profile (answer): json_map → broken_json"])]
#[case::nothing(200, "", &["profile (answer): json_map → empty"])]
#[case::list(200, "[1]", &["profile (answer): json_map → list"])]
#[case::words(200, "ok", &["profile (answer): json_map → text"])]
#[case::no_result(200, "{\"time\": {}}", &["profile result: result → missing"])]
#[case::known_refusal(400, "{\"error\": \"ERROR_CORE\", \"error_description\": \"no\"}", &[])]
#[case::refusal_under_200(200, "{\"error\": \"expired_token\"}", &[])]
#[case::unknown_refusal(400, "{\"error\": \"BRAND_NEW\"}", &["profile error BRAND_NEW: known_word → unknown_word"])]
#[case::error_of_another_type(400, "{\"error\": true}", &["profile error: known_word → yes_or_no"])]
#[case::result_under_500(500, "{\"result\": {\"ID\": \"1\", \"ADMIN\": true}}", &["profile (status): status_200 → error_status"])]
fn a_body_that_is_no_answer_is_told_as_a_whole(
    #[case] status: u16,
    #[case] body: &str,
    #[case] expected: &[&str],
) {
    assert_eq!(
        told(&answered("profile", &json!({}), status, body.as_bytes())),
        expected
    );
}

#[test]
fn a_body_in_another_encoding_is_told() {
    let body = [
        b"{\"result\": {\"ID\": \"1\", \"ADMIN\": true, \"NAME\": \"".as_slice(),
        &[0xc8, 0xe2],
        b"\"}}",
    ]
    .concat();
    let text = String::from_utf8_lossy(&body).into_owned();
    let json: Value = serde_json::from_str(&text).unwrap();
    let parameters = Map::new();
    let request = Request::new("profile", Parameters::Object(&parameters), vec![]).unwrap();
    let body = Body {
        bytes: &body,
        json: Some(&json),
    };
    assert_eq!(
        told(&of_answer(&request, StatusCode::OK, &body)),
        ["profile (answer): utf8 → other_encoding"]
    );
}

fn of_batch(batch: &Batch, result: &Value) -> Vec<String> {
    let request = Request::new("batch", Parameters::Batch(batch.parameters().unwrap()), vec![]).unwrap();
    let answer = json!({"result": result});
    let body = Body {
        bytes: b"{}",
        json: Some(&answer),
    };
    told(&of_answer(&request, StatusCode::OK, &body))
}

#[test]
fn commands_of_a_batch_are_told_by_their_own_methods() {
    let batch = Batch::independent()
        .command("a", Command::new("profile"))
        .command("b", Command::new("crm.item.list").with("select[0]", "title"))
        .command("c", Command::new("user.admin"));

    let result = json!({
        "result": {"a": {"ID": 17, "ADMIN": true}, "b": {"items": [{"id": 1}]}},
        "result_error": {"c": {"error": "STRANGE_NEWS"}},
    });

    assert_eq!(
        of_batch(&batch, &result),
        [
            "profile ID: digits → number",
            "crm.item.list items[].title: text → missing",
            "user.admin error STRANGE_NEWS: known_word → unknown_word"
        ]
    );
}

#[test]
fn commands_that_the_portals_minute_was_too_short_for_are_no_deviation() {
    let batch = Batch::independent()
        .command("a", Command::new("user.admin"))
        .command("b", Command::new("user.admin"));
    let cut = json!({"result": {"a": true}, "result_error": []});
    assert_eq!(of_batch(&batch, &cut), Vec::<String>::new());
    let gap = json!({"result": {"b": true}, "result_error": []});
    assert_eq!(of_batch(&batch, &gap), ["user.admin result: result → missing"]);
}

#[test]
fn deviations_of_many_rows_are_one_with_their_number() {
    let rows: Vec<Value> = (0..50).map(|id| json!({"id": id.to_string()})).collect();
    let body = json!({"result": {"items": rows}});

    let told = answered("crm.item.list", &json!({}), 200, body.to_string().as_bytes());

    assert_eq!((told.len(), told[0].times), (1, 50));
}

#[rstest]
#[case(json!("Иванов Пётр, 12"), "\"xxxxxx xxxx, 00\"")]
#[case(json!({"EMAIL": "anna@acme.example", "PHONE": 79_001_234_567_u64}), "{\"EMAIL\":\"xxxx@xxxx.xxxxxxx\",\"PHONE\":00000000000}")]
#[case(json!([true, null, "a\"b"]), "[true,null,\"x_x\"]")]
#[case(json!({"Счёт Анны": 1}), "{\"xxxx xxxx\":0}")]
fn a_sample_shows_shapes_and_no_letters(#[case] value: Value, #[case] expected: &str) {
    assert_eq!(mask::sample(&value), expected);
}

const MEMBER: &str = "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49";

#[rstest]
#[case::good("PLACEMENT=CRM_DEAL_DETAIL_TAB&PLACEMENT_OPTIONS=%7B%22ID%22%3A%225%22%7D", &[])]
#[case::no_options("PLACEMENT=CRM_DEAL_DETAIL_TAB&PLACEMENT_OPTIONS=%5B%5D", &[])]
#[case::unsaved("PLACEMENT=CRM_DEAL_DETAIL_TAB&PLACEMENT_OPTIONS=%7B%22ID%22%3A0%7D", &[])]
#[case::old("PLACEMENT=DEFAULT", &[])]
#[case::options_as_a_sentence("PLACEMENT=DEFAULT&PLACEMENT_OPTIONS=none", &["frame PLACEMENT_OPTIONS: map → text"])]
#[case::no_number("PLACEMENT=CRM_DEAL_DETAIL_TAB&PLACEMENT_OPTIONS=%7B%22KEY%22%3A%225%22%7D", &["frame PLACEMENT_OPTIONS.ID: id → missing"])]
#[case::no_number_but_words("PLACEMENT=CRM_DEAL_DETAIL_TAB&PLACEMENT_OPTIONS=%7B%22ID%22%3A%22five%22%7D", &["frame PLACEMENT_OPTIONS.ID: id → text"])]
#[case::unknown_place("PLACEMENT=MOON_BASE", &["frame PLACEMENT: known_word → unknown_word"])]
#[case::no_place("PLACEMENT=moon+base!", &["frame PLACEMENT: known_form → text"])]
fn the_opening_of_a_page_is_told_by_field(#[case] form: &str, #[case] expected: &[&str]) {
    let frame = FrameOpen::parse("DOMAIN=acme.bitrix24.com&LANG=ru", form.as_bytes());
    assert_eq!(told(&frame.deviations), expected);
}

#[rstest]
#[case::good("event=ONCRMDEALUPDATE&data[FIELDS][ID]=7&ts=1790000456", &[])]
#[case::no_data_of_the_applications_own("event=ONAPPUNINSTALL&ts=1790000456", &[])]
#[case::no_number("event=ONCRMDEALUPDATE&data[ITEM]=7&ts=1790000456", &["event ONCRMDEALUPDATE data.FIELDS.ID: id → missing"])]
#[case::no_time("event=ONCRMDEALUPDATE&data[FIELDS][ID]=7&ts=soon", &["event ONCRMDEALUPDATE ts: time → text"])]
#[case::unknown("event=ONMOONRISE&ts=1790000456", &["event event: known_word → unknown_word"])]
fn an_event_is_told_by_field(#[case] form: &str, #[case] expected: &[&str]) {
    let body = format!("{form}&auth[member_id]={MEMBER}");
    let event = Event::parse(body.as_bytes()).unwrap();
    assert_eq!(told(&event.deviations), expected);
}

#[test]
fn answers_of_the_authorization_server_are_told() {
    let introspected = |answer: &Value| {
        let body = Body {
            bytes: b"{}",
            json: Some(answer),
        };
        told(&of_introspection(StatusCode::OK, &body))
    };
    let mut answer = json!({"result": {"client_id": "app.1", "scope": "crm", "expires": "2026-11-01T13:05:00+00:00",
        "user_id": 17, "install": {"installed": true, "status": "F", "client_endpoint": "https://a/", "member_id": MEMBER}}});
    assert_eq!(introspected(&answer), Vec::<String>::new());
    answer["result"]["install"]["status"] = json!("Z");
    answer["result"]["user_id"] = json!(null);
    assert_eq!(
        introspected(&answer),
        [
            "oauth app.info user_id: id → null",
            "oauth app.info install.status: known_word → unknown_word"
        ]
    );

    let tokens = json!({"access_token": "secret", "expires_in": "soon", "member_id": MEMBER});
    let body = Body {
        bytes: b"{}",
        json: Some(&tokens),
    };
    let deviations = of_grant(StatusCode::OK, &body);
    assert_eq!(
        told(&deviations),
        [
            "oauth token refresh_token: text → missing",
            "oauth token expires_in: id → text"
        ]
    );
    assert!(
        deviations
            .iter()
            .all(|one| !one.sample.contains("secret") && !one.sample.contains(MEMBER))
    );
}

proptest! {
    #[test]
    fn any_answer_to_any_method_is_compared_without_a_panic_and_within_bounds(
        result in any_json(),
        position in 0..catalogue::KNOWN.len(),
        status in 200_u16..600,
    ) {
        let method = catalogue::KNOWN[position];
        for body in [json!({"result": result}), result.clone(), json!({"error": result})] {
            let told = answered(method, &json!({"select": ["id", "title"]}), status, body.to_string().as_bytes());
            prop_assert!(told.len() <= MOST_OF_AN_ANSWER);
            for one in &told {
                prop_assert!(one.sample.len() <= LONGEST_SAMPLE);
                prop_assert!(one.field.len() <= LONGEST_FIELD + 3);
            }
        }
        let batch = Batch::independent().command("a", Command::new(method)).command("b", Command::new(method));
        of_batch(&batch, &result);
        of_batch(&batch, &json!({"result": result, "result_error": result}));
    }

    #[test]
    fn samples_have_no_letters_or_digits_of_texts(text in "\\PC{0,80}") {
        let sample = mask::sample(&json!(text));
        prop_assert!(
            sample.chars().all(|letter| !letter.is_alphanumeric() || letter == 'x' || letter == '0'),
            "{}", sample
        );
    }
}
