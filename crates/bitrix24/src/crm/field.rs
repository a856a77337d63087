//! Writing one custom field of a lead, a deal or a company: an identifier, or a text made of several.

use serde_json::{Value, json};

use super::methods::is_call_of_unknown_method;
use crate::client::{CallError, PortalClient};
use crate::error_code::ErrorCode;
use crate::frame::placement::EntityType;
use crate::identity::EntityId;
use crate::lenient;

/// Why a field was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The user may not change the item.
    #[error("the user may not change this item in Bitrix24")]
    AccessDenied,
    /// The item doesn't exist.
    #[error("the item does not exist in Bitrix24; perhaps it was deleted")]
    NotFound,
    /// The name is none of a custom field.
    #[error("{0} is not the name of a custom field (UF_…)")]
    NoCustomField(String),
    /// The portal said yes and kept another value: the field doesn't exist, or doesn't take such a text.
    #[error("the portal did not keep the value in the field {0}")]
    NotKept(String),
    /// The call failed. Without an answer the value may have been written; writing it once more does no harm.
    #[error(transparent)]
    Call(CallError),
}

impl From<CallError> for WriteError {
    fn from(error: CallError) -> Self {
        match error.code() {
            Some(ErrorCode::AccessDenied | ErrorCode::IntranetUsersOnly) => Self::AccessDenied,
            Some(ErrorCode::NotFound) => Self::NotFound,
            _ => Self::Call(error),
        }
    }
}

/// Writes a text into a custom field of an item; into a `multiple` field as its only value. An empty text empties it.
///
/// The same event that anybody else's change causes will follow.
pub async fn write_field(
    client: &PortalClient,
    (entity_type, id): (EntityType, EntityId),
    field: &str,
    text: &str,
    multiple: bool,
) -> Result<(), WriteError> {
    let is_custom = field.starts_with("UF_")
        && field.len() <= 50
        && field
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_custom {
        return Err(WriteError::NoCustomField(field.to_owned()));
    }
    let value = if multiple { json!([text]) } else { json!(text) };
    let parameters = json!({
        "entityTypeId": entity_type.type_id(),
        "id": id.get(),
        "useOriginalUfNames": "Y",
        "fields": {field: value},
    });
    match client.call("crm.item.update", parameters).await {
        Ok(reply) => kept(&reply.result, field, text),
        Err(error) if is_call_of_unknown_method(&error) => {
            let method = format!("crm.{}.update", entity_type.code().to_ascii_lowercase());
            let parameters = json!({"id": id.get(), "fields": {field: value}});
            let reply = client.call(&method, parameters).await?;
            if lenient::is_yes(&reply.result) {
                Ok(())
            } else {
                Err(WriteError::NotKept(field.to_owned()))
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// The answer has the item as it is now. A field that isn't among its fields doesn't exist.
fn kept(result: &Value, field: &str, text: &str) -> Result<(), WriteError> {
    let item = lenient::object(result.get("item").cloned().unwrap_or_default());
    // Some versions answer without custom fields at all: then there is nothing to compare.
    let shows_custom_fields = item.keys().any(|name| name.starts_with("UF_"));
    let is_kept = match item.get(field) {
        Some(value) if text.trim().is_empty() => lenient::texts(value).iter().all(String::is_empty),
        Some(value) => lenient::texts(value).iter().any(|kept| kept == text.trim()),
        None => !shows_custom_fields,
    };
    if is_kept {
        Ok(())
    } else {
        Err(WriteError::NotKept(field.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::test_portal::TestPortal;

    const INN: &str = "7707083893";

    fn lead() -> (EntityType, EntityId) {
        (EntityType::Lead, EntityId::new(5).unwrap())
    }

    #[tokio::test]
    async fn write_field_sends_the_original_name_and_checks_the_answer() {
        let portal = TestPortal::start(|_, parameters| {
            Ok(json!({"item": {"id": 5, "UF_CRM_INN": parameters["fields"]["UF_CRM_INN"]}}))
        })
        .await;

        write_field(&portal.client(), lead(), "UF_CRM_INN", INN, true)
            .await
            .unwrap();

        let (method, parameters) = portal.calls().remove(0);
        assert_eq!(method, "crm.item.update");
        assert_eq!(
            Value::Object(parameters).get("fields"),
            Some(&json!({"UF_CRM_INN": [INN]}))
        );
    }

    #[tokio::test]
    async fn write_field_that_the_portal_drops_is_not_kept() {
        let portal = TestPortal::start(|_, _| Ok(json!({"item": {"id": 5, "UF_CRM_INN": null}}))).await;
        let error = write_field(&portal.client(), lead(), "UF_CRM_INN", INN, false)
            .await
            .unwrap_err();
        assert!(matches!(error, WriteError::NotKept(field) if field == "UF_CRM_INN"));
    }

    #[tokio::test]
    async fn write_field_on_an_older_portal_uses_its_method() {
        let portal = TestPortal::start(|method, _| match method {
            "crm.item.update" => Err(("ERROR_METHOD_NOT_FOUND", "Method not found!")),
            _ => Ok(json!(true)),
        })
        .await;
        write_field(&portal.client(), lead(), "UF_CRM_INN", INN, false)
            .await
            .unwrap();
        assert_eq!(portal.count("crm.lead.update"), 1);
    }

    #[tokio::test]
    async fn write_field_without_the_right_to_it_says_so() {
        let portal = TestPortal::start(|_, _| Err(("ACCESS_DENIED", "Access denied"))).await;
        let error = write_field(&portal.client(), lead(), "UF_CRM_INN", INN, false)
            .await
            .unwrap_err();
        assert!(matches!(error, WriteError::AccessDenied));
    }

    #[tokio::test]
    async fn write_field_of_a_company_on_an_older_portal_uses_the_companies_method() {
        let portal = TestPortal::start(|method, _| match method {
            "crm.item.update" => Err(("ERROR_METHOD_NOT_FOUND", "Method not found!")),
            _ => Ok(json!(true)),
        })
        .await;
        let company = (EntityType::Company, EntityId::new(5).unwrap());
        write_field(&portal.client(), company, "UF_CRM_INN", INN, false)
            .await
            .unwrap();
        assert_eq!(portal.count("crm.company.update"), 1);
    }

    #[rstest]
    #[case::emptied(json!({"item": {"UF_CRM_INN": ""}}), true)]
    #[case::emptied_to_nothing(json!({"item": {"UF_CRM_INN": null}}), true)]
    #[case::still_full(json!({"item": {"UF_CRM_INN": "7707083893"}}), false)]
    fn kept_of_an_empty_text_wants_the_field_empty(#[case] result: Value, #[case] expected: bool) {
        assert_eq!(kept(&result, "UF_CRM_INN", "").is_ok(), expected);
    }

    #[rstest]
    #[case("TITLE")]
    #[case("UF_CRM_INN]")]
    #[case("")]
    #[tokio::test]
    async fn write_field_of_what_is_no_custom_field_sends_nothing(#[case] field: &str) {
        let portal = TestPortal::start(|_, _| Ok(json!(true))).await;
        let error = write_field(&portal.client(), lead(), field, INN, false)
            .await
            .unwrap_err();
        assert!(matches!(error, WriteError::NoCustomField(_)));
        assert!(portal.requests().is_empty());
    }

    #[rstest]
    #[case::kept(json!({"item": {"id": 5, "UF_CRM_INN": "7707083893"}}), true)]
    #[case::kept_as_number(json!({"item": {"id": 5, "UF_CRM_INN": 7_707_083_893_u64}}), true)]
    #[case::kept_as_list(json!({"item": {"UF_CRM_INN": ["7707083893"]}}), true)]
    #[case::without_custom_fields(json!({"item": {"id": 5}}), true)]
    #[case::empty(json!({"item": {"UF_CRM_INN": ""}}), false)]
    #[case::another_value(json!({"item": {"UF_CRM_INN": "1"}}), false)]
    #[case::no_such_field(json!({"item": {"UF_CRM_OTHER": null}}), false)]
    fn kept_of_an_answer_compares_the_field(#[case] result: Value, #[case] expected: bool) {
        assert_eq!(kept(&result, "UF_CRM_INN", INN).is_ok(), expected);
    }
}
