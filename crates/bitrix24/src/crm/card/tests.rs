//! How a batch's outcomes become a card.

use serde_json::json;

use super::*;

fn id(number: u64) -> EntityId {
    EntityId::new(number).unwrap()
}

fn deal(result: &Value, errors: &Value) -> Result<Card, CardError> {
    let batch = Methods::Items.batch(EntityType::Deal, id(5));
    let reply = BatchReply::read(&batch, json!({"result": result, "result_error": errors}));
    interpret(Methods::Items, EntityType::Deal, id(5), reply)
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
fn interpret_of_a_deal_hidden_from_the_user_is_access_denied() {
    let card = deal(
        &json!([]),
        &json!({"card": {"error": "", "error_description": "Access denied."}}),
    );
    assert!(matches!(card, Err(CardError::AccessDenied)));
}

#[test]
fn interpret_of_classic_answers_reads_upper_case_fields() {
    let batch = Methods::Classic.batch(EntityType::Lead, id(5));
    let reply = BatchReply::read(
        &batch,
        json!({"result": {
            "card": {"ID": "5", "TITLE": "Request", "COMPANY_ID": "17"},
            "company": {"ID": "17", "TITLE": "Acme"},
            "requisites": [],
        }, "result_error": []}),
    );
    let card = interpret(Methods::Classic, EntityType::Lead, id(5), reply).unwrap();
    assert_eq!(card.title, "Request");
    assert_eq!(card.known_company().unwrap().title, "Acme");
}
