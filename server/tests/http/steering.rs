//! Work, assignments, subscriptions and people steered through the monitor's interface: what is stuck is found, mended with
//! the order of its button, and written down; whoever may not, gets nothing.

pub(crate) mod world;

use crate::living::member_id;
use crate::running::OPERATOR_TOKEN;
use axum::http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;
use world::{ADMINISTRATOR, ANOTHER_PORTAL, DISMISSED, MANAGER, Steered, rows};

#[rstest]
#[case::queue("queue")]
#[case::queue_narrowed("queue?kind=items&state=dead&text=denied&sort=since")]
#[case::assignments("assignments")]
#[case::assignments_of_a_month("assignments?span=30d&reason=refused&user=7")]
#[case::subscriptions("subscriptions")]
#[case::subscriptions_narrowed(
    "subscriptions?state=active&user=7&entity=company&entity_id=101&identifier=7707083893&news=new_document"
)]
#[case::people("people")]
#[case::people_narrowed("people?state=active&text=а&with_subscriptions=yes")]
#[tokio::test]
async fn screen_opens_for_the_operator_and_for_the_portals_administrator_and_for_nobody_else(
    #[case] path: &str,
) {
    let steered = Steered::start().await;
    steered.item("dead").await;
    steered.item("unassignable").await;
    steered.subscribe(MANAGER).await;
    let join = if path.contains('?') { '&' } else { '?' };
    let of_portal = format!("{path}{join}portal={}", steered.portal());
    let of_another = format!("{path}{join}portal={ANOTHER_PORTAL}");

    let administrator = steered.page_of(ADMINISTRATOR).await;
    let manager = steered.page_of(MANAGER).await;

    for language in ["ru", "en"] {
        steered.screen(&format!("{path}{join}LANG={language}")).await;
    }
    steered.screen(&of_portal).await;
    let own = steered.screen_as(&administrator, path).await;
    assert_eq!(own.status, StatusCode::OK, "{}", own.body);
    assert_eq!(
        steered.screen_as(&administrator, &of_portal).await.status,
        StatusCode::OK
    );
    let another = steered.screen_as(&administrator, &of_another).await;
    assert_eq!(another.status, StatusCode::FORBIDDEN, "{}", another.body);
    assert_eq!(
        steered.screen_as(&manager, path).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        steered.screen_as("nobody", path).await.status,
        StatusCode::UNAUTHORIZED
    );
    steered.end().await;
}

#[tokio::test]
async fn work_that_was_given_up_is_found_with_the_portals_words_and_tried_again_by_its_button() {
    let steered = Steered::start().await;
    steered.item("dead").await;

    let found = rows(&steered.screen("queue?state=dead").await, "work");
    let order = found[0]["buttons"][0]["order"].clone();
    let details = steered
        .screen(&format!("queue/{}", found[0]["key"].as_str().unwrap()))
        .await;
    let preview = steered.act("?preview=1", &order).await;
    let untouched = steered.text("SELECT state FROM notification_items").await;
    let done = steered.act("", &order).await;
    let again = steered.act("", &order).await;

    assert_eq!(found.len(), 1);
    assert!(found[0].to_string().contains("Access denied"), "{}", found[0]);
    assert!(
        details.to_string().contains("/crm/company/details/101/"),
        "{details}"
    );
    assert!(preview.json()["question"].is_string(), "{}", preview.body);
    assert_eq!(untouched, "dead");
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert_eq!(
        again.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "nothing is stuck any more"
    );
    let log = steered.screen("audit?action=queue").await.to_string();
    assert!(log.contains("queue.retry"), "{log}");
    steered.end().await;
}

#[tokio::test]
async fn work_is_discarded_with_a_reason_only_and_the_log_has_it() {
    let steered = Steered::start().await;
    steered.item("dead").await;
    let found = rows(&steered.screen("queue?state=dead").await, "work");
    let order = json!({"queue": {"discard": {"member_id": null, "ids": [found[0]["key"]]}}});

    let preview = steered.act("?preview=1", &order).await.json();
    let without = steered.act("", &order).await;
    let with = steered.act("?reason=nobody%20needs%20it", &order).await;

    assert_eq!(
        (&preview["needs_reason"], &preview["is_destructive"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        without.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        without.body
    );
    assert_eq!(with.status, StatusCode::OK, "{}", with.body);
    assert_eq!(
        steered.text("SELECT state FROM notification_items").await,
        "discarded"
    );
    let log = steered.screen("audit").await.to_string();
    assert!(log.contains("nobody needs it"), "{log}");
    steered.end().await;
}

#[tokio::test]
async fn kind_that_is_paused_stands_still_and_is_shown_until_it_is_resumed() {
    let steered = Steered::start().await;
    let pause = json!({"queue": {"pause": {"member_id": steered.portal(), "kind": "items"}}});

    let paused = steered.act("?reason=maintenance", &pause).await;
    let shown = rows(&steered.screen("queue").await, "pauses");
    let (store, portal) = (steered.living.store(), member_id(&steered.simulator));
    let claimed = store
        .claim_sender_of(&portal, Duration::from_secs(5))
        .await
        .unwrap();
    let resume = shown[0]["buttons"][0]["order"].clone();
    let resumed = steered.act("", &resume).await;

    assert_eq!(paused.status, StatusCode::OK, "{}", paused.body);
    assert!(shown[0].to_string().contains("maintenance"), "{shown:?}");
    assert!(claimed.is_none(), "nobody sends there");
    assert_eq!(resumed.status, StatusCode::OK, "{}", resumed.body);
    assert!(rows(&steered.screen("queue").await, "pauses").is_empty());
    steered.end().await;
}

#[tokio::test]
async fn what_nobody_can_take_goes_to_the_person_whom_an_administrator_names() {
    let steered = Steered::start().await;
    steered.item("unassignable").await;
    let order = |user: u64| json!({"assignments": {"assign": {"member_id": steered.portal(), "items": null, "user": user}}});

    let shown = rows(&steered.screen("assignments").await, "unassignable");
    let to_one_who_left = steered.act("", &order(DISMISSED)).await;
    let preview = steered.act("?preview=1", &order(ADMINISTRATOR)).await;
    let done = steered.act("", &order(ADMINISTRATOR)).await;

    assert_eq!(shown.len(), 1);
    assert_eq!(to_one_who_left.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(preview.body.contains("Соколова"), "{}", preview.body);
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert_eq!(
        steered
            .text("SELECT state || ' ' || (assignment ->> 'fallback_user_id') FROM notification_items")
            .await,
        "waiting 1"
    );
    steered.end().await;
}

#[tokio::test]
async fn subscriptions_are_archived_restored_and_moved_with_the_effect_shown_before() {
    let steered = Steered::start().await;
    let ids = [steered.subscribe(MANAGER).await, steered.subscribe(MANAGER).await];
    let ids = ids.map(|id| id.to_string());
    let order = |what: &str| json!({"subscriptions": {what: {"member_id": steered.portal(), "ids": ids}}});
    let states = async || {
        steered
            .text("SELECT string_agg(user_id || state, ' ' ORDER BY id) FROM subscriptions")
            .await
    };

    let preview = steered.act("?preview=1", &order("archive")).await.json();
    let archived = steered.act("", &order("archive")).await;
    let after_archive = states().await;
    let restored = steered.act("", &order("restore")).await;
    let moved = json!({"subscriptions": {"move": {
        "member_id": steered.portal(), "from": MANAGER, "to": ADMINISTRATOR, "ids": [ids[0]]}}});
    let moved = steered.act("", &moved).await;
    let nobody = json!({"subscriptions": {"move": {
        "member_id": steered.portal(), "from": MANAGER, "to": DISMISSED, "ids": null}}});
    let nobody = steered.act("", &nobody).await;

    assert_eq!(preview["is_destructive"], true);
    let effects = preview["effects"].to_string();
    assert!(
        effects.contains("(#7): 2") && effects.contains("#101"),
        "{effects}"
    );
    assert_eq!(archived.status, StatusCode::OK, "{}", archived.body);
    assert_eq!(after_archive, "7archived 7archived");
    assert_eq!(restored.status, StatusCode::OK, "{}", restored.body);
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.body);
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(states().await, "7archived 7active 1active");
    steered.end().await;
}

#[tokio::test]
async fn absence_is_noted_and_the_list_is_read_anew_on_demand() {
    let steered = Steered::start().await;
    let absence = |until: Value| json!({"people": {"set_absence": {"member_id": steered.portal(), "user": MANAGER, "until": until}}});
    steered
        .execute("UPDATE portal_jobs SET due_at = now() + interval '1 day' WHERE kind = 'staff'")
        .await;
    steered
        .execute(
            "INSERT INTO portal_jobs (member_id, kind, due_at) SELECT member_id, 'staff', now() + interval '1 day'
             FROM portals ON CONFLICT DO NOTHING",
        )
        .await;

    let past = steered.act("", &absence(json!("2020-01-01"))).await;
    let noted = steered.act("", &absence(json!("2099-01-15"))).await;
    let person = steered
        .screen(&format!("people/{MANAGER}?portal={}", steered.portal()))
        .await;
    let read = json!({"people": {"read_list": {"member_id": steered.portal()}}});
    let read = steered.act("", &read).await;

    assert_eq!(past.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(noted.status, StatusCode::OK, "{}", noted.body);
    assert!(person.to_string().contains("2099-01-15"), "{person}");
    assert_eq!(read.status, StatusCode::OK, "{}", read.body);
    assert_eq!(
        steered
            .text("SELECT (due_at <= now())::text FROM portal_jobs WHERE kind = 'staff'")
            .await,
        "true"
    );
    steered.end().await;
}

#[rstest]
#[case::retry(json!({"queue": {"retry": {"member_id": "P", "ids": []}}}))]
#[case::pause(json!({"queue": {"pause": {"member_id": "P", "kind": "*"}}}))]
#[case::assign(json!({"assignments": {"assign": {"member_id": "P", "items": null, "user": 1}}}))]
#[case::archive(json!({"subscriptions": {"archive": {"member_id": "P", "ids": []}}}))]
#[case::moving(json!({"subscriptions": {"move": {"member_id": "P", "from": 7, "to": 1, "ids": null}}}))]
#[case::absence(json!({"people": {"set_absence": {"member_id": "P", "user": 7, "until": null}}}))]
#[tokio::test]
async fn action_on_another_portal_or_on_all_is_refused_to_an_administrator_and_every_one_to_a_manager(
    #[case] order: Value,
) {
    let steered = Steered::start().await;
    let of = |portal: Value| {
        let text = order.to_string().replace("\"P\"", &portal.to_string());
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let administrator = steered.page_of(ADMINISTRATOR).await;
    let manager = steered.page_of(MANAGER).await;

    let another = steered
        .act_as(&administrator, "?reason=x", &of(json!(ANOTHER_PORTAL)))
        .await;
    let all = steered
        .act_as(&administrator, "?reason=x", &of(Value::Null))
        .await;
    let managers = steered
        .act_as(&manager, "?reason=x", &of(json!(steered.portal())))
        .await;

    assert_eq!(another.status, StatusCode::FORBIDDEN, "{}", another.body);
    assert!(all.status.is_client_error(), "{}", all.body);
    assert_eq!(managers.status, StatusCode::FORBIDDEN, "{}", managers.body);
    assert_eq!(steered.text("SELECT count(*)::text FROM work_pauses").await, "0");
    steered.end().await;
}

#[tokio::test]
async fn table_is_written_to_a_file_page_by_page_with_the_filters_of_its_screen() {
    let steered = Steered::start().await;
    sqlx::query(
        "INSERT INTO subscriptions (member_id, entity_type, entity_id, user_id, news, since_version, since_day)
         SELECT $1, 'company', number, 7 + number % 2, '{new_document}', 0, '2026-01-01'
         FROM generate_series(1, 2400) AS number",
    )
    .bind(steered.portal())
    .execute(steered.living.server.postgres())
    .await
    .unwrap();

    let file = steered
        .screen_as(OPERATOR_TOKEN, "subscriptions?user=7&export=subscriptions")
        .await;
    let queue = steered.screen_as(OPERATOR_TOKEN, "queue?export=work").await;
    let people = steered.screen_as(OPERATOR_TOKEN, "people?export=people").await;
    let refusals = steered
        .screen_as(OPERATOR_TOKEN, "assignments?export=refusals")
        .await;

    assert_eq!(file.status, StatusCode::OK, "{}", file.body);
    assert_eq!(file.body.lines().count(), 1 + 1_200);
    for other in [queue, people, refusals] {
        assert_eq!(other.status, StatusCode::OK, "{}", other.body);
    }
    steered.end().await;
}
