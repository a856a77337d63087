//! What a portal's items become in the index.

use certlens_bitrix24::UserId;
use certlens_bitrix24::lenient;
use serde_json::{Value, json};

use super::*;

fn rules() -> Rules {
    let field = |name: &str, field_type: &str| CustomField {
        name: name.to_owned(),
        label: "ИНН".to_owned(),
        field_type: field_type.to_owned(),
    };
    Rules {
        mapping: FieldMapping {
            lead: vec!["UF_CRM_INN".to_owned()],
            deal: vec!["UF_CRM_LINKS".to_owned()],
            company: vec!["UF_CRM_BIN".to_owned()],
        },
        available: AvailableFields {
            lead: vec![field("UF_CRM_INN", "string")],
            deal: vec![
                field("UF_CRM_LINKS", LINK_TYPE),
                field("UF_CRM_MAKER", COMPANY_LINK_TYPE),
            ],
            company: Vec::new(),
        },
    }
}

fn platform_item(entity_type: certlens_bitrix24::EntityType, row: Value) -> Item {
    Item::read(
        entity_type,
        &lenient::object(row),
        &rules().company_fields(EntityType::Deal),
    )
    .unwrap()
}

#[test]
fn a_company_has_the_identifiers_of_its_details_and_then_of_its_mapped_fields() {
    let row = json!({"id": 17, "title": "Acme", "assignedById": "3", "UF_CRM_BIN": "971240001315",
        "updatedTime": "2026-11-01T10:00:00+03:00"});
    let details =
        json!({"ID": "8", "ENTITY_TYPE_ID": "4", "ENTITY_ID": "17", "NAME": "main", "RQ_INN": "7707083893"});
    let company = platform_item(certlens_bitrix24::EntityType::Company, row);

    let indexed = item(
        &company,
        &[Requisite::read(details).unwrap()],
        &rules(),
        Utc::now(),
    )
    .unwrap();

    let values: Vec<_> = indexed
        .identifiers
        .iter()
        .map(|found| (found.value.as_str(), found.source_name.as_str()))
        .collect();
    assert_eq!(values, [("7707083893", "main"), ("971240001315", "UF_CRM_BIN")]);
    assert_eq!(indexed.requisite_ids, [8]);
    assert_eq!(indexed.responsible_id, Some(stored_user(UserId(3))));
    assert_eq!(indexed.modified_at, company.updated_at);
}

#[test]
fn a_deal_keeps_the_companies_that_it_names() {
    let row = json!({"id": "5", "title": "Deal", "companyId": 12, "UF_CRM_LINKS": ["CO_12", "C_3", "CO_14"],
        "UF_CRM_MAKER": "15"});

    let indexed = item(
        &platform_item(certlens_bitrix24::EntityType::Deal, row),
        &[],
        &rules(),
        Utc::now(),
    )
    .unwrap();

    assert_eq!(indexed.company_ids, [12, 14, 15]);
}

#[test]
fn fields_to_ask_for_are_the_mapped_and_the_linking_ones_each_once() {
    assert_eq!(rules().custom_fields(EntityType::Deal), ["UF_CRM_LINKS"]);
    assert_eq!(rules().company_fields(EntityType::Deal), ["UF_CRM_MAKER"]);
    assert_eq!(rules().custom_fields(EntityType::Company), ["UF_CRM_BIN"]);
    assert!(rules().company_fields(EntityType::Company).is_empty());
}

#[test]
fn an_item_of_a_type_without_a_card_is_not_indexed() {
    let contact = platform_item(certlens_bitrix24::EntityType::Contact, json!({"id": 1}));
    assert!(item(&contact, &[], &rules(), Utc::now()).is_none());
}
