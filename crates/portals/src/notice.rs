//! What is wrong with a portal or its viewer, in the terms of whoever looks at a card.

use certlens_bitrix24::{CallError, ChainEnd, CredentialError, ErrorCode};

/// Why the portal gave less than the page could show. The page still works; each has a sentence of its own there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortalNotice {
    /// No answer, or none that can be read: try again later.
    Silent,
    /// The portal's budget of calls is used up for the moment.
    Throttled,
    /// The paid period of the application or of the market is over.
    PaymentRequired,
    /// The viewer's account is deactivated.
    UserDeactivated,
    /// No valid token is left: somebody has to open the application once more.
    NeedsReauth,
    /// The administrator opened the application to some users only, or the plan or scopes don't allow the call.
    AppRestricted,
    /// The portal answers with a page of its own: an expired licence, maintenance, a block, deletion.
    NotOperational,
    /// The portal moved to another address that isn't proved yet: open the application there once more.
    Moved,
}

impl PortalNotice {
    /// The stable key, for texts and logs.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Throttled => "throttled",
            Self::PaymentRequired => "payment_required",
            Self::UserDeactivated => "user_deactivated",
            Self::NeedsReauth => "needs_reauth",
            Self::AppRestricted => "app_restricted",
            Self::NotOperational => "not_operational",
            Self::Moved => "moved",
        }
    }

    /// The notice of a key.
    pub fn of_key(key: &str) -> Option<Self> {
        [
            Self::Silent,
            Self::Throttled,
            Self::PaymentRequired,
            Self::UserDeactivated,
            Self::NeedsReauth,
            Self::AppRestricted,
            Self::NotOperational,
            Self::Moved,
        ]
        .into_iter()
        .find(|notice| notice.key() == key)
    }

    /// What a failed call means for the viewer.
    pub fn of(error: &CallError) -> Self {
        match error {
            CallError::Refused(refused) => Self::of_code(&refused.code),
            CallError::Moved { .. } => Self::Moved,
            CallError::NotOperational { .. } => Self::NotOperational,
            CallError::Throttled(_) => Self::Throttled,
            CallError::NoCredentials => Self::NeedsReauth,
            CallError::Credentials(error) => Self::of_credentials(error),
            _ => Self::Silent,
        }
    }

    fn of_credentials(error: &CredentialError) -> Self {
        match error {
            CredentialError::Ended(ChainEnd::UserDeactivated) => Self::UserDeactivated,
            CredentialError::Ended(_) | CredentialError::Gone | CredentialError::SecretUnknown { .. } => {
                Self::NeedsReauth
            }
            CredentialError::Refused(refused) => Self::of_code(&refused.code),
            CredentialError::PortalDeleted => Self::NotOperational,
            _ => Self::Silent,
        }
    }

    fn of_code(code: &ErrorCode) -> Self {
        match code {
            ErrorCode::PaymentRequired => Self::PaymentRequired,
            ErrorCode::AuthorizationError => Self::UserDeactivated,
            ErrorCode::ExpiredToken
            | ErrorCode::InvalidToken
            | ErrorCode::NoAuthorizationFound
            | ErrorCode::NotInstalled
            | ErrorCode::InvalidClient
            | ErrorCode::InvalidGrant => Self::NeedsReauth,
            ErrorCode::AccessDenied
            | ErrorCode::PlanDenied
            | ErrorCode::InsufficientScope
            | ErrorCode::UserAccessError
            | ErrorCode::IntranetUsersOnly => Self::AppRestricted,
            ErrorCode::QueryLimitExceeded | ErrorCode::OperationTimeLimit => Self::Throttled,
            ErrorCode::OverloadLimit | ErrorCode::PortalDeleted => Self::NotOperational,
            _ => Self::Silent,
        }
    }
}
