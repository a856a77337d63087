//! What the answers of a portal tell about custom fields.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::ErrorCode;
use crate::lenient::tests::any_json;
use crate::test_portal::TestPortal;

#[tokio::test]
async fn custom_fields_of_all_types_are_put_together_from_one_request() {
    let portal = TestPortal::start(|method, parameters| {
        let language = parameters
            .get("filter")
            .and_then(|filter| filter["LANG"].as_str());
        match (method, language) {
            ("crm.lead.userfield.list", language) => {
                let mut field =
                    json!({"ID": "3", "FIELD_NAME": "UF_CRM_INN", "USER_TYPE_ID": "string", "MULTIPLE": "Y"});
                if let Some(language) = language {
                    field["EDIT_FORM_LABEL"] = json!(if language == "ru" { "ИНН" } else { "Tax number" });
                }
                Ok(json!([field]))
            }
            ("crm.deal.fields", _) => Ok(json!({
                "TITLE": {"type": "string", "title": "Name"},
                "UF_CRM_CO": {
                    "type": "crm", "isMultiple": true, "title": "UF_CRM_CO", "formLabel": "Партнёры",
                    "settings": {"COMPANY": "Y", "CONTACT": "N", "LEAD": "N"},
                },
            })),
            ("crm.deal.userfield.list", _) => Ok(json!([])),
            ("crm.company.fields" | "crm.company.userfield.list", _) => {
                Err(("ACCESS_DENIED", "Access denied"))
            }
            _ => Ok(json!(false)),
        }
    })
    .await;

    let fields = custom_fields(&portal.client()).await.unwrap();

    assert_eq!(portal.requests(), ["batch"]);
    let inn = &fields.of(EntityType::Lead)[0];
    assert_eq!(
        (inn.name.as_str(), inn.kind.as_str(), inn.multiple),
        ("UF_CRM_INN", "string", true)
    );
    assert_eq!(
        (inn.label("ru"), inn.label("en"), inn.label("de")),
        ("ИНН", "Tax number", "Tax number")
    );
    let partners = &fields.of(EntityType::Deal)[0];
    assert!(partners.holds_companies_only() && partners.multiple);
    assert_eq!(partners.label("en"), "Партнёры", "the name is no label");
    assert_eq!(fields.deal.len(), 1, "only custom fields");
    let (refused, error) = &fields.refused[0];
    assert_eq!(
        (*refused, &error.code, fields.refused.len()),
        (EntityType::Company, &ErrorCode::AccessDenied, 1)
    );
}

#[test]
fn field_that_links_to_other_types_as_well_does_not_hold_companies_only() {
    let mut field = CustomField {
        name: "UF_CRM_1".to_owned(),
        labels: BTreeMap::new(),
        kind: String::new(),
        multiple: false,
        links_to: Vec::new(),
    };
    let row = json!({
        "USER_TYPE_ID": "crm", "SETTINGS": {"COMPANY": "Y", "CONTACT": "Y", "DYNAMIC_177": "N"},
        "EDIT_FORM_LABEL": {"RU": "Клиент", "en": ""},
    });

    complete(&mut field, row.as_object().unwrap(), PORTALS_OWN);

    assert_eq!(field.links_to, ["COMPANY", "CONTACT"]);
    assert!(!field.holds_companies_only());
    assert_eq!(field.label("en"), "Клиент");
}

proptest! {
    #[test]
    fn read_of_any_answers_describes_custom_fields_only(fields in any_json(), row in any_json(), label in any_json()) {
        let list = json!([row, {"FIELD_NAME": "UF_CRM_INN", "USER_TYPE_ID": label, "EDIT_FORM_LABEL": label, "SETTINGS": row}]);
        let answers = json!({"result": {"lead_fields": fields, "lead_list": list, "lead_ru": list, "deal_list": row}});

        let found = CustomFields::read(BatchReply::read(&batch(), answers));

        prop_assert!(found.lead.iter().any(|field| field.name == "UF_CRM_INN"));
        prop_assert!(found.lead.iter().chain(&found.deal).all(|field| field.name.starts_with("UF_")));
        let _ = detection::detect(&found.lead);
    }
}
