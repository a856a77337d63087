//! The codes by which portals and authorization servers say no.
//!
//! The HTTP status is no guide: some errors come with 200, and two different 503 need opposite reactions. Only the
//! body's `error` key counts. Pure: reads JSON, makes no request.

mod reaction;

use serde_json::Value;

use crate::lenient;

pub use reaction::Reaction;

/// What the `error` key of a body means. Codes are compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The access token's hour is over: refresh, repeat once.
    ExpiredToken,
    /// The token belongs to no installed application (uninstalled, or installed anew).
    InvalidToken,
    /// The token's user is deactivated.
    AuthorizationError,
    /// The token is missing or garbled.
    NoAuthorizationFound,
    /// The application isn't installed on this portal.
    NotInstalled,
    /// Wrong client secret, or the application isn't installed on the portal.
    InvalidClient,
    /// The authorization server knows no such application: a fault of our configuration.
    WrongClient,
    /// A code or refresh token was used, has expired or was revoked.
    InvalidGrant,
    /// A parameter is missing: a fault of ours.
    InvalidRequest,
    /// The application's paid period ended.
    PaymentRequired,
    /// The user's rights don't allow it.
    AccessDenied,
    /// The portal's plan has no REST: `ACCESS_DENIED` with a text about plans.
    PlanDenied,
    /// The application lacks a scope, or the portal lacks the method.
    InsufficientScope,
    /// The administrator didn't open the application to this user.
    UserAccessError,
    /// A user from outside the company.
    IntranetUsersOnly,
    /// The method needs another kind of authorization.
    WrongAuthorizationType,
    /// A sensitive method waits for the administrator's consent.
    ConfirmationAwaited,
    /// The administrator refused a sensitive method.
    ConfirmationDenied,
    /// The portal has no such method.
    MethodNotFound,
    /// The item doesn't exist.
    NotFound,
    /// Too many requests; this one was not executed.
    QueryLimitExceeded,
    /// The method's time budget is used up; this request was not executed.
    OperationTimeLimit,
    /// Bitrix24 blocked the application's calls.
    OverloadLimit,
    /// The portal was deleted, or a self-hosted one is closed for now.
    PortalDeleted,
    /// A method that may not stand in a batch.
    BatchMethodNotAllowed,
    /// More than 50 commands, or too long ones.
    BatchLengthExceeded,
    /// A failure inside the portal; the request may have been executed.
    Internal,
    /// The code is empty or zero: only the description tells.
    Unnamed,
    /// A code without a name here, as it came.
    Other(String),
}

impl ErrorCode {
    /// Reads the `error` key: text, number, or the object of the newer interface.
    pub fn from_value(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::from_text(text),
            Value::Number(number) => Self::from_text(&number.to_string()),
            Value::Object(map) => map.get("code").map_or(Self::Unnamed, Self::from_value),
            _ => Self::Unnamed,
        }
    }

    /// Reads a code, and its description where the code alone says nothing or two things.
    pub fn from_code_and_description(code: &Value, description: &str) -> Self {
        let code = Self::from_value(code);
        let description = description.to_ascii_lowercase();
        if code == Self::AccessDenied && is_about_the_plan(&description) {
            return Self::PlanDenied;
        }
        if code != Self::Unnamed {
            return code;
        }
        if is_about_the_plan(&description) {
            Self::PlanDenied
        } else if description.contains("access denied") {
            Self::AccessDenied
        } else if description.contains("not found") {
            Self::NotFound
        } else {
            Self::Unnamed
        }
    }

    fn from_text(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "expired_token" => Self::ExpiredToken,
            "invalid_token" => Self::InvalidToken,
            "authorization_error" => Self::AuthorizationError,
            "no_auth_found" => Self::NoAuthorizationFound,
            "not_installed" | "application_not_found" | "error_oauth" => Self::NotInstalled,
            "invalid_client" => Self::InvalidClient,
            "wrong_client" => Self::WrongClient,
            "invalid_grant" | "bad_verification_code" => Self::InvalidGrant,
            "invalid_request" => Self::InvalidRequest,
            "payment_required" => Self::PaymentRequired,
            "access_denied" | "invalid_credentials" | "accessexception" => Self::AccessDenied,
            "insufficient_scope" | "invalid_scope" => Self::InsufficientScope,
            "user_access_error" => Self::UserAccessError,
            "allowed_only_intranet_user" => Self::IntranetUsersOnly,
            "method_confirm_waiting" => Self::ConfirmationAwaited,
            "method_confirm_denied" => Self::ConfirmationDenied,
            "wrong_auth_type" => Self::WrongAuthorizationType,
            "error_method_not_found" => Self::MethodNotFound,
            "not_found" | "error_manifest_is_not_available" => Self::NotFound,
            "query_limit_exceeded" => Self::QueryLimitExceeded,
            "operation_time_limit" => Self::OperationTimeLimit,
            "overload_limit" => Self::OverloadLimit,
            "portal_deleted" => Self::PortalDeleted,
            "error_batch_method_not_allowed" => Self::BatchMethodNotAllowed,
            "error_batch_length_exceeded" => Self::BatchLengthExceeded,
            "internal_server_error" | "error_unexpected_answer" => Self::Internal,
            "" | "0" => Self::Unnamed,
            _ => Self::Other(text.trim().chars().take(100).collect()),
        }
    }

    /// The server refused before executing: repeating can do no harm.
    pub fn was_not_executed(&self) -> bool {
        matches!(
            self,
            Self::QueryLimitExceeded | Self::OperationTimeLimit | Self::ExpiredToken
        )
    }
}

fn is_about_the_plan(description: &str) -> bool {
    description.contains("commercial plan") || description.contains("extended plan")
}

/// Reads `{"error", "error_description"}` out of a body, if there is an error in it.
pub(crate) fn error_in(body: &serde_json::Map<String, Value>) -> Option<(ErrorCode, String)> {
    let error = body.get("error")?;
    let description = body
        .get("error_description")
        .or_else(|| error.get("message"))
        .and_then(lenient::non_empty_text)
        .map(|text| plain(&text))
        .unwrap_or_default();
    Some((
        ErrorCode::from_code_and_description(error, &description),
        description,
    ))
}

/// A description without HTML tags (old kernels write `<br>`), cut to 300 characters.
fn plain(text: &str) -> String {
    let mut inside_tag = false;
    text.chars()
        .filter_map(|character| match character {
            '<' => {
                inside_tag = true;
                Some(' ')
            }
            '>' if inside_tag => {
                inside_tag = false;
                None
            }
            _ if inside_tag => None,
            _ => Some(character),
        })
        .take(300)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!({"error": "expired_token", "error_description": "The access token has expired"}), ErrorCode::ExpiredToken)]
    #[case(json!({"error": "EXPIRED_TOKEN"}), ErrorCode::ExpiredToken)]
    #[case(json!({"error": "", "error_description": "Access denied."}), ErrorCode::AccessDenied)]
    #[case(json!({"error": 0, "error_description": "Not found"}), ErrorCode::NotFound)]
    #[case(json!({"error": "0", "error_description": "odd"}), ErrorCode::Unnamed)]
    #[case(json!({"error": {"code": "BITRIX_REST_V3_EXCEPTION_X", "message": "m"}}), ErrorCode::Other("BITRIX_REST_V3_EXCEPTION_X".into()))]
    #[case(json!({"error": "100", "error_description": "bad"}), ErrorCode::Other("100".into()))]
    fn error_in_a_body_of_each_shape_is_read(#[case] body: Value, #[case] expected: ErrorCode) {
        let (code, _) = error_in(body.as_object().unwrap()).unwrap();
        assert_eq!(code, expected);
    }

    #[test]
    fn error_in_a_good_answer_is_nothing() {
        assert_eq!(error_in(json!({"result": true}).as_object().unwrap()), None);
    }

    #[test]
    fn description_with_tags_becomes_plain_text() {
        let body = json!({"error": "ERROR_CORE", "error_description": "Title missing.<br>"});
        assert_eq!(error_in(body.as_object().unwrap()).unwrap().1, "Title missing.");
    }
}
