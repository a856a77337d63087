//! Why a call gave no result, and what a caller may do about it.

use crate::credentials::CredentialError;
use crate::error_code::{ErrorCode, Reaction};
use crate::pacing::Throttled;

/// A portal's or authorization server's refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the portal refused: {code:?} {description}")]
pub struct ApiError {
    /// What the body's `error` key means.
    pub code: ErrorCode,
    /// The portal's own words as plain text, perhaps empty.
    pub description: String,
    /// The HTTP status; `None` inside a batch.
    pub status: Option<u16>,
}

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The portal answered with an error.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// The portal now lives under another host; verify that host before using it.
    #[error("the portal moved to {host}; open the application there once more")]
    Moved {
        /// The new host, unproved.
        host: String,
    },
    /// The portal redirects to a page of its own: an expired licence, maintenance.
    #[error("the portal is not operational: it redirects calls to a page of its own (status {status})")]
    NotOperational {
        /// The HTTP status.
        status: u16,
    },
    /// No connection, or it broke. The request may have been executed.
    #[error("the portal can't be reached")]
    Unreachable(#[source] reqwest::Error),
    /// No answer in time. The request may have been executed.
    #[error("the portal did not answer in time")]
    TimedOut,
    /// An answer that is no JSON object, such as a proxy's page. The request may have been executed.
    #[error("the portal's answer (status {status}) is not what a REST method answers")]
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
    /// An answer beyond 9 MiB (a batch's: up to 32 MiB); it was not read. The request was executed.
    #[error("the portal's answer is too large to be read; ask for less at once")]
    TooLarge,
    /// The portal's budget doesn't allow the call soon enough; it was not sent.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// No living chain of tokens: a user has to open the application in Bitrix24.
    #[error("no valid token of the portal is left; open the application in Bitrix24 once")]
    NoCredentials,
    /// A token could not be had or renewed.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    /// A result of another shape than the method promises.
    #[error("the result of {method} has an unexpected shape")]
    UnexpectedResult {
        /// The method.
        method: String,
        /// What didn't fit.
        #[source]
        source: serde_json::Error,
    },
    /// A result that lacks what the method promises.
    #[error("the result of {method} lacks {expected}")]
    Unexpected {
        /// The method.
        method: String,
        /// What is missing.
        expected: &'static str,
    },
    /// The method's name or parameters can't be sent.
    #[error("the call of {method} can't be sent: {reason}")]
    Unsendable {
        /// The method.
        method: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl CallError {
    /// The portal's code, when it answered with one.
    pub fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Refused(error) => Some(&error.code),
            _ => None,
        }
    }

    /// Whether the same *reading* call may well succeed later. A writing call is another matter: see
    /// [`Self::may_have_run`].
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused(error) => {
                error.code == ErrorCode::QueryLimitExceeded
                    || error.code == ErrorCode::OperationTimeLimit
                    || error.code == ErrorCode::Internal
            }
            Self::Unreachable(_) | Self::TimedOut | Self::Throttled(_) => true,
            Self::Unreadable { status } => *status >= 500 || *status == 429,
            Self::Credentials(error) => {
                matches!(
                    error,
                    CredentialError::Unreachable
                        | CredentialError::TooOften
                        | CredentialError::Store(_)
                        | CredentialError::Interrupted
                )
            }
            _ => false,
        }
    }

    /// Whether the portal may have executed the request although it gave no usable answer: look for a created
    /// object before creating it again.
    pub fn may_have_run(&self) -> bool {
        match self {
            Self::Refused(error) => error.reaction() == Reaction::LookBeforeRepeating,
            Self::Unreachable(error) => !error.is_connect(),
            Self::TimedOut | Self::TooLarge | Self::UnexpectedResult { .. } => true,
            // A proxy's page under any other status of the 400s says that the request got nowhere.
            Self::Unreadable { status } => !(400..500).contains(status) || matches!(status, 408 | 429),
            _ => false,
        }
    }
}

impl ApiError {
    /// The reaction of a client: that of the code, but a failure (status 500 and above) without a known code is as
    /// doubtful as one with the code of a failure.
    pub fn reaction(&self) -> Reaction {
        let failed = self.status.is_some_and(|status| status >= 500);
        match self.code {
            ErrorCode::Unnamed | ErrorCode::Other(_) if failed => Reaction::LookBeforeRepeating,
            _ => self.code.reaction(),
        }
    }

    /// Takes out what was sent in confidence: a portal may repeat it in its words, which end in logs.
    pub(crate) fn without(mut self, secrets: &[&str]) -> Self {
        self.description = hide(&self.description, secrets);
        if let ErrorCode::Other(text) = &self.code {
            self.code = ErrorCode::Other(hide(text, secrets));
        }
        self
    }
}

/// The text with each secret replaced, compared without regard to case.
pub(crate) fn hide(text: &str, secrets: &[&str]) -> String {
    let mut shown = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        // ASCII lower case keeps every position; secrets are ASCII.
        while let Some(start) = shown.to_ascii_lowercase().find(&secret.to_ascii_lowercase()) {
            shown.replace_range(start..start + secret.len(), "\u{2026}");
        }
    }
    shown
}
