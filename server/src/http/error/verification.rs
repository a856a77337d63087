//! What a frame that is not believed looks like to its user.
//!
//! The page says less than the log: which check failed is nobody's business outside.

use super::{Problem, ProblemKind};
use certlens_app::services::VerifyError;
use certlens_bitrix24::VerificationError;

impl From<VerifyError> for Problem {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Verification(error) => Self::from(error),
            VerifyError::Store(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a frame could not be verified without our memory"
                );
                Self::new(ProblemKind::NotReady)
            }
        }
    }
}

impl From<VerificationError> for Problem {
    fn from(error: VerificationError) -> Self {
        let kind = match &error {
            VerificationError::ExpiredToken => ProblemKind::FrameExpired,
            VerificationError::NotInstalled => ProblemKind::NotInstalled,
            VerificationError::PaymentRequired => ProblemKind::PaymentRequired,
            VerificationError::Unreachable(_) => ProblemKind::AuthorizationUnavailable,
            VerificationError::MissingToken
            | VerificationError::MissingMember
            | VerificationError::InvalidToken(_)
            | VerificationError::ForeignClient
            | VerificationError::ServerNotAllowed
            | VerificationError::MemberMismatch
            | VerificationError::EndpointRefused(_) => ProblemKind::FrameNotProved,
        };
        tracing::info!(
            error = &error as &dyn std::error::Error,
            "a frame was not believed"
        );
        Self::new(kind)
    }
}
