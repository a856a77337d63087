//! What a failed request says about the portal and about what was in it. Pure.

use std::error::Error;
use std::time::Duration;

use certlens_bitrix24::{CallError, ErrorCode};

use crate::notification::tempo::Tempo;

/// What is done about a failed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// Why, in words for people.
    pub(super) reason: String,
    /// Whether its commands may have run.
    pub(super) doubt: Option<Doubt>,
    /// How long the portal itself asks to be left alone.
    pub(super) pause: Option<Duration>,
}

/// Commands may have run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Doubt {
    /// When the portal can't be at work on them any more.
    pub(super) look_after: Duration,
}

impl Trouble {
    /// Reads a failure.
    pub(super) fn of(error: &CallError, tempo: &Tempo) -> Self {
        let look_after = match error {
            // Nobody answered, or a proxy in the portal's place: it may work on, as long as it lets any request run.
            CallError::Unreachable(_)
            | CallError::TimedOut
            | CallError::Unreadable {
                status: 408 | 429 | 502..=504,
            } => tempo.portal_works_for,
            _ => tempo.settled_after,
        };
        Self {
            reason: in_words(error),
            doubt: (error.may_have_run() || is_of_unknown_meaning(error)).then_some(Doubt { look_after }),
            pause: match error {
                CallError::Throttled(throttled) => Some(throttled.retry_after),
                _ => None,
            },
        }
    }
}

/// Whether a whole request was refused with a code that nobody has described. Portals refuse commands of a batch one by
/// one; what a refusal of all of them says of those that ran already isn't known, and a look costs less than a second item.
fn is_of_unknown_meaning(error: &CallError) -> bool {
    matches!(error.code(), Some(ErrorCode::Other(_) | ErrorCode::Unnamed))
}

/// The error with its causes, in one line.
pub(super) fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use certlens_bitrix24::{ApiError, Throttled};
    use rstest::rstest;

    use super::*;

    fn refused(code: ErrorCode, status: u16) -> CallError {
        CallError::Refused(ApiError {
            code,
            description: "words".to_owned(),
            status: Some(status),
        })
    }

    #[rstest]
    #[case::answer_lost(CallError::TimedOut, Some(60))]
    #[case::proxy_gave_up(CallError::Unreadable { status: 504 }, Some(60))]
    #[case::portal_failed(CallError::Unreadable { status: 500 }, Some(10))]
    #[case::page_instead_of_an_answer(CallError::Unreadable { status: 200 }, Some(10))]
    #[case::portal_failed_with_a_code(refused(ErrorCode::Internal, 500), Some(10))]
    #[case::refused_with_a_code_that_nobody_described(refused(ErrorCode::Other("SOMETHING_NEW".to_owned()), 400), Some(10))]
    #[case::refused_without_a_code(refused(ErrorCode::Unnamed, 400), Some(10))]
    #[case::page_not_found(CallError::Unreadable { status: 404 }, None)]
    #[case::too_many_requests(refused(ErrorCode::QueryLimitExceeded, 503), None)]
    #[case::not_paid(refused(ErrorCode::PaymentRequired, 401), None)]
    #[case::no_tokens(CallError::NoCredentials, None)]
    fn request_without_a_definite_answer_leaves_a_doubt(
        #[case] error: CallError,
        #[case] look_after_seconds: Option<u64>,
    ) {
        let trouble = Trouble::of(&error, &Tempo::default());
        assert_eq!(
            trouble.doubt.map(|doubt| doubt.look_after.as_secs()),
            look_after_seconds
        );
    }

    #[test]
    fn portal_that_names_a_time_is_left_alone_for_it() {
        let error = CallError::Throttled(Throttled {
            retry_after: Duration::from_secs(90),
            method: None,
        });
        let trouble = Trouble::of(&error, &Tempo::default());
        assert_eq!(trouble.pause, Some(Duration::from_secs(90)));
        assert_eq!(trouble.doubt, None);
    }
}
