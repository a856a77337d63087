//! How a batch's outcomes become a card, and what a portal is asked for it.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::lenient::tests::any_json;
use crate::test_portal::{Answer, TestPortal};

fn id(number: u64) -> EntityId {
    EntityId::new(number).unwrap()
}

fn deal(result: &Value, errors: &Value) -> Result<Card, CardError> {
    let query = CardQuery::new(EntityType::Deal, id(5)).company_fields(["UF_CRM_COMPANIES"]);
    let batch = query.batch(Methods::Items, true);
    let reply = BatchReply::read(&batch, json!({"result": result, "result_error": errors}));
    query
        .interpret(Methods::Items, reply)
        .map_err(|refusal| match refusal {
            Refusal::OfCard(error) | Refusal::OfViewer(error) => error.into(),
            Refusal::Absent => CardError::NotFound,
        })
}

#[test]
fn interpret_of_a_deal_with_a_company_gives_the_companys_details() {
    let card = deal(
        &json!({
            "card": {"item": {"id": 5, "title": "Supply", "companyId": 17, "UF_CRM_INN": "7707083893"}},
            "company": {"item": {"id": 17, "title": "Acme"}},
            "requisites": [{"ENTITY_TYPE_ID": "4", "ENTITY_ID": "17", "RQ_INN": "7707083893", "SORT": "500"}],
        }),
        &json!([]),
    )
    .unwrap();

    assert_eq!(card.title, "Supply");
    assert_eq!(card.custom_fields.get("UF_CRM_INN"), Some(&json!("7707083893")));
    let company = card.known_company().unwrap();
    assert_eq!((company.id, company.title.as_str()), (id(17), "Acme"));
    assert_eq!(company.requisites[0].inn.as_deref(), Some("7707083893"));
}

#[test]
fn interpret_of_a_deal_without_a_company_ignores_the_failed_rest() {
    let card = deal(
        &json!({"card": {"item": {"id": 5, "title": "Supply", "companyId": 0}}}),
        &json!({"company": {"error": "NOT_FOUND", "error_description": "x"}}),
    )
    .unwrap();
    assert_eq!(card.company, LinkedCompany::None);
}

#[test]
fn interpret_of_a_company_hidden_from_the_user_keeps_the_deal() {
    let card = deal(
        &json!({"card": {"item": {"id": 5, "title": "Supply", "companyId": 17}}}),
        &json!({"company": {"error": "ACCESS_DENIED", "error_description": "Access denied"}}),
    )
    .unwrap();
    assert!(matches!(card.company, LinkedCompany::Unreadable(company, _) if company == id(17)));
}

#[test]
fn interpret_of_refused_details_tells_them_from_no_details() {
    let result = json!({
        "card": {"item": {"id": 5, "companyId": 17}},
        "company": {"item": {"id": 17, "title": "Acme"}},
    });
    let refused = json!({"requisites": {"error": "OPERATION_TIME_LIMIT", "error_description": ""}});
    let empty = json!({
        "card": {"item": {"id": 5, "companyId": 17}},
        "company": {"item": {"id": 17, "title": "Acme"}},
        "requisites": [],
    });

    let refused = deal(&result, &refused).unwrap();
    let empty = deal(&empty, &json!([])).unwrap();

    let reason = |card: &Card| card.known_company().unwrap().requisites_refused.clone();
    assert_eq!(
        reason(&refused).map(|error| error.code),
        Some(ErrorCode::OperationTimeLimit)
    );
    assert_eq!(reason(&empty), None);
}

#[test]
fn interpret_of_a_deal_hidden_from_the_user_is_access_denied() {
    let card = deal(
        &json!([]),
        &json!({"card": {"error": "", "error_description": "Access denied."}}),
    );
    assert!(matches!(card, Err(CardError::AccessDenied)));
}

#[test]
fn interpret_of_a_deal_with_several_companies_tells_all_of_them() {
    let card = deal(
        &json!({
            "viewer": {"ID": "7", "ADMIN": false},
            "card": {"item": {
                "id": 5, "title": "Supply", "companyId": 17, "assignedById": 7,
                "updatedTime": "2026-09-21T15:33:20+03:00",
                "UF_CRM_PARTNERS": ["CO_18", "C_3"], "UF_CRM_COMPANIES": ["19"],
            }},
            "company": {"item": {"id": 17, "title": "Acme"}},
            "requisites": [],
        }),
        &json!([]),
    )
    .unwrap();

    assert_eq!(card.linked_companies, [id(17), id(19), id(18)]);
    assert_eq!(card.responsible, Some(UserId(7)));
    assert_eq!(card.updated_at.unwrap().to_rfc3339(), "2026-09-21T12:33:20+00:00");
    let viewer = card.viewer.unwrap();
    assert_eq!((viewer.id, viewer.is_administrator), (UserId(7), false));
    assert_eq!(card.item().linked_companies, card.linked_companies);
}

#[test]
fn interpret_of_another_company_than_the_linked_one_does_not_take_it() {
    let card = deal(
        &json!({
            "card": {"item": {"id": 5, "companyId": 17}},
            "company": {"item": {"id": 18, "title": "Another"}},
        }),
        &json!([]),
    )
    .unwrap();
    assert!(matches!(card.company, LinkedCompany::Unreadable(company, _) if company == id(17)));
}

#[test]
fn interpret_of_another_item_than_the_wanted_one_is_not_found() {
    let card = deal(
        &json!({"card": {"item": {"id": 6, "title": "Another"}}}),
        &json!([]),
    );
    assert!(matches!(card, Err(CardError::NotFound)));
}

#[rstest]
#[case::deactivated_user(json!([]), None)]
#[case::administrator(json!({"ID": 1, "ADMIN": "Y"}), Some(true))]
#[case::silent_about_rights(json!({"ID": "1"}), Some(false))]
fn viewer_of_a_profile_in_each_shape_is_read(#[case] profile: Value, #[case] expected: Option<bool>) {
    assert_eq!(viewer(profile).map(|viewer| viewer.is_administrator), expected);
}

#[rstest]
#[case::both(json!({"ID": "1", "NAME": "Анна", "LAST_NAME": "Петрова"}), "Анна Петрова")]
#[case::one(json!({"ID": "1", "NAME": "", "LAST_NAME": "Петрова"}), "Петрова")]
#[case::none(json!({"ID": "1", "NAME": null}), "")]
fn viewer_of_a_profile_has_the_names_that_it_tells(#[case] profile: Value, #[case] expected: &str) {
    assert_eq!(viewer(profile).unwrap().name, expected);
}

/// A portal with one deal of one company.
#[expect(clippy::unnecessary_wraps, reason = "other portals of the tests refuse")]
fn answer(method: &str, parameters: &Map<String, Value>) -> Answer {
    match (method, parameters.get("entityTypeId").and_then(Value::as_str)) {
        ("profile", _) => Ok(json!({"ID": "1", "ADMIN": true})),
        ("crm.item.get", Some("2")) => Ok(json!({"item": {"id": 5, "title": "Supply", "companyId": 17}})),
        ("crm.item.get", Some("4")) if parameters["id"] == 17 => {
            Ok(json!({"item": {"id": 17, "title": "Acme", "assignedById": 7}}))
        }
        ("crm.requisite.list", _) if parameters["filter"]["ENTITY_ID"] == 17 => Ok(
            json!([{"ID": "31", "ENTITY_TYPE_ID": "4", "ENTITY_ID": "17", "RQ_INN": "7707083893", "UF_CRM_X": "x"}]),
        ),
        other => panic!("the test's portal has no {other:?}"),
    }
}

#[tokio::test]
async fn read_of_a_card_takes_one_request() {
    let portal = TestPortal::start(answer).await;

    let card = read_card(&portal.client(), EntityType::Deal, id(5))
        .await
        .unwrap();

    assert_eq!(portal.requests(), ["batch"]);
    let company = card.known_company().unwrap();
    assert_eq!(
        (company.title.as_str(), company.responsible),
        ("Acme", Some(UserId(7)))
    );
    assert_eq!(company.requisites[0].id, Some(31));
    assert_eq!(company.requisites[0].texts("UF_CRM_X"), ["x"]);
    assert!(card.viewer.unwrap().is_administrator);
}

#[tokio::test]
async fn read_of_a_card_where_the_viewer_is_unknown_goes_on_without_him() {
    let portal = TestPortal::start(|method, parameters| match method {
        "profile" => Err(("ERROR_METHOD_NOT_FOUND", "Method not found!")),
        _ => answer(method, parameters),
    })
    .await;

    let card = read_card(&portal.client(), EntityType::Deal, id(5))
        .await
        .unwrap();

    assert_eq!((card.viewer, portal.requests().len()), (None, 2));
    assert!(card.known_company().is_some());
}

#[rstest]
#[case("ERROR_METHOD_NOT_FOUND")]
#[case("insufficient_scope")]
#[tokio::test]
async fn read_of_a_card_on_an_older_portal_uses_its_methods(#[case] code: &'static str) {
    let portal = TestPortal::start(move |method, parameters| match method {
        "crm.item.get" => Err((code, "Method not found!")),
        "crm.deal.get" => {
            Ok(json!({"ID": "5", "TITLE": "Supply", "COMPANY_ID": "17", "ASSIGNED_BY_ID": "7"}))
        }
        "crm.company.get" if parameters["id"] == "17" => Ok(json!({"ID": "17", "TITLE": "Acme"})),
        "crm.requisite.list" if parameters["filter"]["ENTITY_ID"] == "17" => Ok(json!([])),
        _ => answer(method, parameters),
    })
    .await;

    let card = read_card(&portal.client(), EntityType::Deal, id(5))
        .await
        .unwrap();

    assert_eq!(
        (card.title.as_str(), card.responsible),
        ("Supply", Some(UserId(7)))
    );
    assert_eq!(card.known_company().unwrap().title, "Acme");
}

#[tokio::test]
async fn read_of_a_hidden_card_asks_for_nothing_behind_it() {
    let portal = TestPortal::start(|method, parameters| match method {
        "crm.item.get" => Err(("ACCESS_DENIED", "Access denied")),
        _ => answer(method, parameters),
    })
    .await;

    let error = read_card(&portal.client(), EntityType::Deal, id(5))
        .await
        .unwrap_err();

    assert!(matches!(error, CardError::AccessDenied));
    assert_eq!(portal.count("crm.requisite.list"), 0);
}

#[tokio::test]
async fn read_of_a_card_of_another_type_asks_nothing() {
    let portal = TestPortal::start(answer).await;
    let error = read_card(&portal.client(), EntityType::Dynamic(177), id(5))
        .await
        .unwrap_err();
    assert!(matches!(error, CardError::UnsupportedType));
    assert!(portal.requests().is_empty());
}

proptest! {
    #[test]
    fn interpret_of_any_answers_gives_a_card_or_a_reason(
        viewer in any_json(),
        card in any_json(),
        company in any_json(),
        requisites in any_json(),
        errors in any_json(),
    ) {
        for item in [card.clone(), json!({"item": card})] {
            let result = json!({"viewer": viewer, "card": item, "company": company, "requisites": requisites});
            if let Ok(card) = deal(&result, &errors) {
                prop_assert_eq!(card.item().id, id(5));
            }
        }
    }

    #[test]
    fn interpret_of_any_fields_keeps_what_it_promises(
        title in any_json(),
        company in prop_oneof![any_json(), Just(json!(1)), Just(json!("1"))],
        custom in any_json(),
        owner in any_json(),
    ) {
        let fields = json!({"item": {"id": 5, "title": title, "companyId": company, "UF_CRM_COMPANIES": custom}});
        let rows = json!([{"ENTITY_TYPE_ID": owner, "ENTITY_ID": owner, "RQ_INN": custom, "SORT": title}]);

        let card = deal(&json!({"card": fields, "company": {"item": {"id": 1}}, "requisites": rows}), &json!([])).unwrap();

        let mut distinct = card.linked_companies.clone();
        distinct.dedup();
        prop_assert_eq!(&distinct, &card.linked_companies);
        if let Some(company) = card.known_company() {
            prop_assert_eq!(company.id, id(1), "the company that the portal answered with");
            prop_assert_eq!(Some(&company.id), card.linked_companies.first());
        }
    }
}
