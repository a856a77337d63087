//! What a portal gets to do, and what the report says.

mod registry;

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::client::batch::BatchReply;
use crate::event::Change;
use crate::frame::placement::EntityType;
use crate::lenient::tests::any_json;
use crate::test_portal::TestPortal;
use registry::Registry;

const APP: &str = "https://certlens.example/bitrix/app";
const EVENTS: &str = "https://certlens.example/bitrix/events";
const OLD: &str = "https://old-address.example/bitrix/app";

fn tab(entity_type: EntityType) -> PlacementBinding {
    PlacementBinding {
        placement: Placement::DetailTab(entity_type),
        handler: APP.to_owned(),
        titles: vec![
            ("en".to_owned(), "Conformity".to_owned()),
            ("ru".to_owned(), "Соответствие".to_owned()),
        ],
    }
}

fn event(name: EventName) -> EventBinding {
    EventBinding {
        event: name,
        handler: EVENTS.to_owned(),
    }
}

fn deal_added() -> EventName {
    EventName::Crm {
        entity: EntityType::Deal,
        change: Change::Added,
    }
}

fn wanted() -> Wanted {
    Wanted {
        placements: vec![
            tab(EntityType::Lead),
            tab(EntityType::Deal),
            tab(EntityType::Company),
        ],
        events: vec![event(EventName::AppUninstall), event(deal_added())],
    }
}

fn everything() -> Vec<(String, String)> {
    let tab = |code: &str| (code.to_owned(), APP.to_owned());
    let event = |code: &str| (code.to_owned(), EVENTS.to_owned());
    vec![
        tab("CRM_COMPANY_DETAIL_TAB"),
        tab("CRM_DEAL_DETAIL_TAB"),
        tab("CRM_LEAD_DETAIL_TAB"),
        event("ONAPPUNINSTALL"),
        event("ONCRMDEALADD"),
    ]
}

#[tokio::test]
async fn reconcile_of_an_empty_portal_binds_everything_with_two_requests() {
    let registry = Registry::default();
    let portal = registry.portal().await;

    let report = reconcile(&portal.client(), &wanted()).await.unwrap();

    assert!(report.is_complete() && report.is_changed());
    assert_eq!(
        (report.is_administrator, report.is_installed),
        (Some(true), Some(false))
    );
    assert_eq!(registry.contents(), everything());
    assert_eq!(portal.requests(), ["batch", "batch"]);
    let rows = registry.placements.lock().unwrap();
    assert_eq!(rows[0]["title"], "Conformity");
    assert_eq!(rows[0]["langAll"]["ru"]["TITLE"], "Соответствие");
}

#[tokio::test]
async fn reconcile_of_a_right_portal_writes_nothing() {
    let registry = Registry::default();
    let portal = registry.portal().await;
    reconcile(&portal.client(), &wanted()).await.unwrap();

    let report = reconcile(&portal.client(), &wanted()).await.unwrap();

    assert!(report.is_complete() && !report.is_changed());
    assert!(
        report
            .placements
            .iter()
            .all(|(_, outcome)| *outcome == Outcome::Kept)
    );
    assert_eq!(portal.requests().len(), 3, "one batch to look");
}

#[tokio::test]
async fn reconcile_brings_back_what_somebody_removed() {
    let registry = Registry::default();
    let portal = registry.portal().await;
    reconcile(&portal.client(), &wanted()).await.unwrap();
    registry.placements.lock().unwrap().remove(1);
    registry.events.lock().unwrap().clear();

    let report = reconcile(&portal.client(), &wanted()).await.unwrap();

    assert_eq!(
        report
            .placements
            .iter()
            .map(|(_, outcome)| outcome)
            .collect::<Vec<_>>(),
        [&Outcome::Kept, &Outcome::Bound, &Outcome::Kept]
    );
    assert_eq!(registry.contents(), everything());
}

#[tokio::test]
async fn reconcile_removes_left_overs_of_other_addresses_and_versions() {
    let registry = Registry::default();
    *registry.placements.lock().unwrap() = vec![
        json!({"placement": "CRM_DEAL_DETAIL_TAB", "handler": OLD, "options": []}),
        json!({"placement": "CRM_DEAL_LIST_MENU", "handler": APP, "options": []}),
    ];
    *registry.events.lock().unwrap() = vec![
        json!({"event": "ONCRMDEALADD", "handler": OLD, "auth_type": "0", "offline": 0}),
        json!({"event": "ONCRMCONTACTADD", "handler": EVENTS, "auth_type": "7", "offline": 0}),
        json!({"event": "ONCRMCONTACTADD", "handler": "", "auth_type": "0", "offline": 1}),
    ];
    let portal = registry.portal().await;

    let report = reconcile(&portal.client(), &wanted()).await.unwrap();

    assert_eq!((report.removed, report.remaining.len()), (4, 0));
    let mut expected = everything();
    // What waits in the offline queue is nobody's left-over.
    expected.push(("ONCRMCONTACTADD".to_owned(), String::new()));
    expected.sort();
    assert_eq!(registry.contents(), expected);
}

#[tokio::test]
async fn reconcile_of_doubled_registrations_leaves_one_of_each() {
    let registry = Registry::default();
    let row =
        json!({"placement": "CRM_DEAL_DETAIL_TAB", "handler": APP, "title": "Conformity", "langAll": []});
    *registry.placements.lock().unwrap() = vec![row.clone(), row];
    let row =
        |user: &str| json!({"event": "ONCRMDEALADD", "handler": EVENTS, "auth_type": user, "offline": 0});
    *registry.events.lock().unwrap() = vec![row("0"), row("0"), row("7")];
    let portal = registry.portal().await;

    let report = reconcile(&portal.client(), &wanted()).await.unwrap();

    assert_eq!(report.placements[1].1, Outcome::Rebound);
    assert_eq!(report.events[1].1, Outcome::Rebound);
    assert_eq!(registry.contents(), everything());
}

#[tokio::test]
async fn reconcile_of_a_wrong_title_binds_anew() {
    let registry = Registry::default();
    let portal = registry.portal().await;
    reconcile(&portal.client(), &wanted()).await.unwrap();
    registry.placements.lock().unwrap()[2]["langAll"]["ru"]["TITLE"] = json!("Сертификаты");

    let report = reconcile(&portal.client(), &wanted()).await.unwrap();

    assert_eq!(report.placements[2].1, Outcome::Rebound);
    let rows = registry.placements.lock().unwrap();
    assert!(
        rows.iter()
            .all(|row| row["langAll"]["ru"]["TITLE"] == "Соответствие")
    );
}

#[rstest]
#[case::no_titles_shown(json!({}))]
#[case::empty_languages(json!({"title": "Соответствие", "langAll": []}))]
#[case::some_languages(json!({"title": "whatever", "langAll": {"EN": {"title": "Conformity"}}}))]
#[case::upper_case_keys(json!({"TITLE": "Conformity", "LANG_ALL": {"ru": {"TITLE": "Соответствие"}}}))]
#[tokio::test]
async fn reconcile_of_titles_that_the_portal_hides_writes_nothing(#[case] shown: Value) {
    let registry = Registry::default();
    let mut row = lenient::object(shown);
    row.insert("PLACEMENT".to_owned(), json!("crm_deal_detail_tab"));
    row.insert(
        "HANDLER".to_owned(),
        json!("https://CERTLENS.example:443/bitrix/app"),
    );
    registry.placements.lock().unwrap().push(Value::Object(row));
    let portal = registry.portal().await;
    let wanted = Wanted {
        placements: vec![tab(EntityType::Deal)],
        events: Vec::new(),
    };

    let report = reconcile(&portal.client(), &wanted).await.unwrap();

    assert_eq!(report.placements[0].1, Outcome::Kept);
    assert_eq!(portal.requests().len(), 1);
}

#[tokio::test]
async fn reconcile_of_a_place_and_an_event_that_the_portal_lacks_reports_them_and_binds_the_rest() {
    let registry = Registry::default();
    let portal = registry.portal().await;
    let mut wanted = wanted();
    wanted.placements.insert(0, tab(EntityType::Quote));
    wanted
        .events
        .insert(0, event(EventName::Requisite(Change::Added)));

    let report = reconcile(&portal.client(), &wanted).await.unwrap();

    let failures: Vec<String> = report.failures().map(|(code, _)| code).collect();
    assert_eq!(failures, ["CRM_QUOTE_DETAIL_TAB", "ONCRMREQUISITEADD"]);
    assert_eq!(registry.contents(), everything());
}

#[tokio::test]
async fn reconcile_without_the_scope_of_placements_still_binds_events() {
    let registry = Registry::default();
    let inner = registry.clone();
    let portal = TestPortal::start(move |method, parameters| {
        if method.starts_with("placement.") {
            return Err(("insufficient_scope", "The request requires higher privileges"));
        }
        inner.answer(method, parameters)
    })
    .await;

    let report = reconcile(&portal.client(), &wanted()).await.unwrap();

    assert_eq!(report.failures().count(), 3);
    assert!(
        report
            .events
            .iter()
            .all(|(_, outcome)| *outcome == Outcome::Bound)
    );
    assert_eq!(
        portal.count("placement.bind"),
        0,
        "what the portal has is unknown"
    );
}

#[tokio::test]
async fn reconcile_by_an_ordinary_user_tries_nothing_and_says_why() {
    let registry = Registry::default();
    let inner = registry.clone();
    let portal = TestPortal::start(move |method, parameters| match method {
        "user.admin" => Ok(json!(false)),
        _ => inner.answer(method, parameters),
    })
    .await;

    let report = reconcile(&portal.client(), &wanted()).await.unwrap();

    assert!(
        report
            .failures()
            .all(|(_, failure)| *failure == Failure::NotAdministrator)
    );
    assert_eq!((report.failures().count(), portal.requests().len()), (5, 1));
}

#[tokio::test]
async fn reconcile_of_what_another_run_has_just_bound_counts_as_bound() {
    let registry = Registry::default();
    let inner = registry.clone();
    let portal = TestPortal::start(move |method, parameters| match method {
        // The other run was quicker between our look and our write.
        "placement.get" => Ok(json!([])),
        _ => inner.answer(method, parameters),
    })
    .await;
    reconcile(&portal.client(), &wanted()).await.unwrap();

    let report = reconcile(&portal.client(), &wanted()).await.unwrap();

    assert!(report.is_complete(), "{report:?}");
}

#[tokio::test]
async fn reconcile_of_more_writes_than_a_batch_holds_sends_several() {
    let registry = Registry::default();
    let portal = registry.portal().await;
    let wanted = Wanted {
        placements: Vec::new(),
        events: (0..120)
            .map(|number| event(EventName::Other(format!("ONTEST{number}"))))
            .collect(),
    };

    let report = reconcile(&portal.client(), &wanted).await.unwrap();

    assert!(report.is_complete());
    assert_eq!(portal.requests().len(), 1 + 3);
    assert_eq!(registry.events.lock().unwrap().len(), 120);
}

#[rstest]
#[case::empty_lists_in_all_shapes(json!([]))]
#[case::nothing(json!(null))]
#[case::false_for_nothing(json!(false))]
#[case::rows_that_are_none(json!([null, 5, {"handler": "x"}]))]
#[case::positions_as_keys(json!({"1": {"event": "onCrmDealAdd", "handler": EVENTS, "placement": "x"}}))]
#[tokio::test]
async fn inspect_of_odd_answers_never_fails(#[case] rows: Value) {
    let portal = TestPortal::start(move |method, _| match method {
        "placement.get" | "event.get" => Ok(rows.clone()),
        _ => Ok(json!([])),
    })
    .await;

    let inspection = inspect(&portal.client()).await.unwrap();

    assert_eq!(
        (inspection.is_administrator, inspection.is_installed),
        (None, None)
    );
    assert!(inspection.placements.is_ok() && inspection.events.unwrap().len() <= 1);
}

proptest! {
    #[test]
    fn plan_for_any_answers_wants_at_most_what_is_missing(row in any_json(), rows in any_json(), titles in any_json()) {
        let row = json!([row, {"placement": "CRM_DEAL_DETAIL_TAB", "handler": APP, "langAll": titles, "title": titles}]);
        let answers = json!({"result": {"administrator": rows, "application": rows, "placements": row, "events": rows}});
        let batch = Batch::independent()
            .command("administrator", Command::new("user.admin"))
            .command("application", Command::new("app.info"))
            .command("placements", Command::new("placement.get"))
            .command("events", Command::new("event.get"));

        let inspection = Inspection::read(BatchReply::read(&batch, answers));
        let report = Plan::of(&inspection, &wanted()).report(&inspection, |_| Ok(()));

        prop_assert!(report.is_complete());
        prop_assert!(matches!(report.placements[1].1, Outcome::Kept | Outcome::Rebound), "the deal's tab is there");
    }
}
