//! Which companies an item names, in all the places where it can name one. Pure.

use serde_json::{Map, Value};

use super::methods;
use crate::identity::EntityId;
use crate::lenient;

/// The short prefix of companies in fields that link to the CRM: `CO_12`.
const PREFIX: &str = "CO_";

/// The companies that an item names, each once: its own company first, then a parent company, then companies in its
/// custom fields in the order of the fields' names.
///
/// A custom field names a company as `CO_12`; a field that may hold companies only may name it as `12`, so plain
/// numbers count in `company_fields` alone.
pub(super) fn companies(fields: &Map<String, Value>, company_fields: &[String]) -> Vec<EntityId> {
    let mut found: Vec<EntityId> = Vec::new();
    let own = methods::link(fields, &["companyId", "COMPANY_ID"]);
    let parent = methods::link(fields, &["parentId4", "PARENT_ID_4"]);
    let custom = fields
        .iter()
        .filter(|(name, _)| name.starts_with("UF_"))
        .flat_map(|(name, value)| in_field(value, company_fields.contains(name)));
    for company in own.into_iter().chain(parent).chain(custom) {
        if !found.contains(&company) {
            found.push(company);
        }
    }
    found
}

fn in_field(value: &Value, numbers_count: bool) -> Vec<EntityId> {
    let company = |text: &String| {
        let digits = match text.strip_prefix(PREFIX) {
            Some(digits) => digits,
            None if numbers_count => text,
            None => return None,
        };
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number
            .then(|| digits.parse().ok().and_then(EntityId::new))
            .flatten()
    };
    lenient::texts(value).iter().filter_map(company).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::own(json!({"companyId": 17}), &[17])]
    #[case::own_of_a_classic_method(json!({"COMPANY_ID": "17"}), &[17])]
    #[case::none(json!({"companyId": 0, "parentId4": null}), &[])]
    #[case::own_before_parent_before_field(
        json!({"UF_CRM_A": "CO_3", "parentId4": 2, "companyId": 1}),
        &[1, 2, 3]
    )]
    #[case::several_in_a_field(json!({"UF_CRM_A": ["CO_1", "C_3", "CO_5"]}), &[1, 5])]
    #[case::each_once(json!({"companyId": 1, "UF_CRM_A": ["CO_1"], "UF_CRM_B": "CO_1"}), &[1])]
    #[case::number_in_a_company_field(json!({"UF_CRM_COMPANY": "12"}), &[12])]
    #[case::numbers_in_a_company_field(json!({"UF_CRM_COMPANY": [12, "13"]}), &[12, 13])]
    #[case::number_in_another_field(json!({"UF_CRM_INN": "7707083893"}), &[])]
    #[case::prefix_elsewhere(json!({"UF_CRM_A": "CO_12 and CO_13", "UF_CRM_B": "CO_", "UF_CRM_C": "CO_0"}), &[])]
    #[case::empty_fields(json!({"UF_CRM_A": false, "UF_CRM_B": [], "UF_CRM_C": null}), &[])]
    fn companies_of_an_item_are_found(#[case] fields: Value, #[case] expected: &[u64]) {
        let fields = lenient::object(fields);
        let found: Vec<u64> = companies(&fields, &["UF_CRM_COMPANY".to_owned()])
            .into_iter()
            .map(EntityId::get)
            .collect();
        assert_eq!(found, expected);
    }
}
