//! Codes of refusals that have no meaning of their own here and yet are known to come. Pure.

use std::borrow::Cow;

/// Known codes beside those of [`crate::ErrorCode`], in upper case.
const KNOWN: &[&str] = &[
    "100",
    "400",
    "BX_ERROR",
    "ERROR",
    "ERROR_CORE",
    "ERROR_ARGUMENT",
    "ERROR_ENTITY",
    "ERROR_WRONG_HANDLER_URL",
    "EMPTY_ERROR_HANDLER_URL",
    "ERROR_UNSUPPORTED_PROTOCOL",
    "ERROR_PLACEMENT_NOT_FOUND",
    "ERROR_PLACEMENT_MAX_COUNT",
    "ERROR_PLACEMENT_USER_MODE",
    "ERROR_PLACEMENT_LOADING_OVERTIME",
    "ERROR_EVENT_NOT_FOUND",
    "ERROR_PARENT_ACTIVITY_RESTRICT",
    "ATTACH_ERROR",
    "INVALID_ARG_VALUE",
    "REQUIRED_ARG_MISSING",
    "ENTITY_TYPE_NOT_SUPPORTED",
    "OWNER_NOT_FOUND",
    "ENTITY_NOT_FOUND",
    "ERROR_OWNER_NOT_FOUND",
    "FIELD_IS_REDUNDANT",
    "FIELD_IS_REQUIRED",
    "ERROR_EMPTY_LAYOUT",
    "ENUM_FIELD",
    "TOO_MANY_ITEMS",
    "KEY_CONTAIN_WRONG_SYMBOLS",
    "WRONG_LANG",
    "WRONG_FIELD_VALUE",
    "WRONG_RESPONSIBLE",
    "CRM_FIELD_ERROR_REQUIRED",
    "CAN_NOT_UPDATE_COMPLETED_TODO",
    "ERROR_NOT_FOUND",
    "WRONG_DATETIME_FORMAT",
    "ERROR_WRONG_CONTEXT",
    "ERROR_WRONG_APPLICATION",
    "INCOMING_ACTIVITY_CAN_NOT_BE_WITH_DEADLINE",
    "MESSAGE_EMPTY",
    "USER_ID_EMPTY",
    "PARAMS_ERROR",
];

/// Whether a code is known, though nothing more is done about it than to give up.
pub(super) fn is_known(code: &str) -> bool {
    let code = code.trim().to_ascii_uppercase();
    KNOWN.contains(&code.as_str()) || code.starts_with("BITRIX_REST_V3_")
}

/// The field of an unknown code: with the code, where it looks like one and not like a secret or a sentence.
pub(super) fn field(code: &str) -> Cow<'static, str> {
    let is_plain = code.len() <= 48
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.' | b'-'));
    if is_plain {
        Cow::Owned(format!("error {code}"))
    } else {
        Cow::Borrowed("error")
    }
}
