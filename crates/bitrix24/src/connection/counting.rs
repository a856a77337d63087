//! What is counted of calls, for whoever records metrics: refusals by code and renewals of tokens. No portal is named, and a
//! label takes few values, whatever a portal answers.

use crate::client::CallError;
use crate::credentials::CredentialError;
use crate::error_code::ErrorCode;

/// A request that got no usable answer.
pub(super) fn refused(error: &CallError) {
    metrics::counter!("certlens_rest_errors_total", "code" => code(error)).increment(1);
}

/// A renewal that came to its end.
pub(super) fn renewed<T>(outcome: &Result<T, CredentialError>) {
    let outcome = match outcome {
        Ok(_) => "renewed",
        Err(CredentialError::Ended(_) | CredentialError::Gone) => "ended",
        Err(_) => "failed",
    };
    metrics::counter!("certlens_token_renewals_total", "outcome" => outcome).increment(1);
}

fn code(error: &CallError) -> String {
    match error {
        CallError::Refused(refused) => match &refused.code {
            ErrorCode::Other(_) => "other".to_owned(),
            code => snake_case(&format!("{code:?}")),
        },
        CallError::Moved { .. } => "moved".to_owned(),
        CallError::NotOperational { .. } => "not_operational".to_owned(),
        CallError::Unreachable(_) => "unreachable".to_owned(),
        CallError::TimedOut => "timed_out".to_owned(),
        CallError::Unreadable { .. } => "unreadable".to_owned(),
        CallError::TooLarge => "too_large".to_owned(),
        _ => "other".to_owned(),
    }
}

fn snake_case(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (place, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && place > 0 {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ApiError;
    use rstest::rstest;

    #[rstest]
    #[case(ErrorCode::ExpiredToken, "expired_token")]
    #[case(ErrorCode::QueryLimitExceeded, "query_limit_exceeded")]
    #[case(ErrorCode::Other("whatever a portal invents".to_owned()), "other")]
    fn label_of_a_refusal_is_one_of_few(#[case] refusal: ErrorCode, #[case] expected: &str) {
        let error = CallError::Refused(ApiError {
            status: Some(400),
            code: refusal,
            description: "secret".to_owned(),
        });
        assert_eq!(code(&error), expected);
    }
}
