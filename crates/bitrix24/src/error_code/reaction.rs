//! What a client does about each error code. Pure: a table, no state.

use super::ErrorCode;
use crate::credentials::SuspensionReason;

/// The one right answer to an error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reaction {
    /// Renew the chain of tokens and repeat once.
    Renew,
    /// The chain is probably dead: renew it at most once, else take the next.
    Revalidate,
    /// The chain's user is gone: end it and take the next.
    DropUser,
    /// This user may not; another chain's user may.
    AnotherUser,
    /// Not executed: repeat, reads and writes, after a pause of the whole portal.
    Wait,
    /// Not executed: leave this one method alone until the portal frees its budget.
    Park,
    /// All calls are refused for now: stop, and look again slowly.
    Suspend(SuspensionReason),
    /// The application is gone from the portal; confirm that before believing.
    ConfirmUninstallation,
    /// It may have been executed: repeat reads, look for the object before repeating writes.
    LookBeforeRepeating,
    /// It will fail again.
    GiveUp,
}

impl ErrorCode {
    /// The reaction of a client to this code.
    pub fn reaction(&self) -> Reaction {
        match self {
            Self::ExpiredToken => Reaction::Renew,
            Self::InvalidToken | Self::NoAuthorizationFound => Reaction::Revalidate,
            Self::AuthorizationError => Reaction::DropUser,
            Self::UserAccessError | Self::IntranetUsersOnly => Reaction::AnotherUser,
            Self::QueryLimitExceeded => Reaction::Wait,
            Self::OperationTimeLimit => Reaction::Park,
            Self::PaymentRequired => Reaction::Suspend(SuspensionReason::PaymentRequired),
            Self::PlanDenied => Reaction::Suspend(SuspensionReason::PlanDenied),
            Self::OverloadLimit => Reaction::Suspend(SuspensionReason::Overload),
            Self::PortalDeleted => Reaction::Suspend(SuspensionReason::PortalDeleted),
            Self::NotInstalled | Self::InvalidClient => Reaction::ConfirmUninstallation,
            Self::Internal => Reaction::LookBeforeRepeating,
            Self::InvalidGrant
            | Self::InvalidRequest
            | Self::WrongClient
            | Self::AccessDenied
            | Self::InsufficientScope
            | Self::WrongAuthorizationType
            | Self::ConfirmationAwaited
            | Self::ConfirmationDenied
            | Self::MethodNotFound
            | Self::NotFound
            | Self::BatchMethodNotAllowed
            | Self::BatchLengthExceeded
            | Self::Unnamed
            | Self::Other(_) => Reaction::GiveUp,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    /// The error catalogue of the platform: code, description, reaction.
    #[rstest]
    #[case("expired_token", "The access token has expired", Reaction::Renew)]
    #[case("invalid_token", "Unable to get application by token", Reaction::Revalidate)]
    #[case("NO_AUTH_FOUND", "Wrong authorization data", Reaction::Revalidate)]
    #[case("authorization_error", "Unable to authorize user", Reaction::DropUser)]
    #[case("APPLICATION_NOT_FOUND", "", Reaction::ConfirmUninstallation)]
    #[case("ERROR_OAUTH", "Application not installed", Reaction::ConfirmUninstallation)]
    #[case("NOT_INSTALLED", "", Reaction::ConfirmUninstallation)]
    #[case("invalid_client", "", Reaction::ConfirmUninstallation)]
    #[case("wrong_client", "", Reaction::GiveUp)]
    #[case(
        "PAYMENT_REQUIRED",
        "Subscription has been ended",
        Reaction::Suspend(SuspensionReason::PaymentRequired)
    )]
    #[case("METHOD_CONFIRM_WAITING", "Waiting for confirmation", Reaction::GiveUp)]
    #[case("METHOD_CONFIRM_DENIED", "", Reaction::GiveUp)]
    #[case(
        "ACCESS_DENIED",
        "REST is available only on commercial plans",
        Reaction::Suspend(SuspensionReason::PlanDenied)
    )]
    #[case("ACCESS_DENIED", "Access denied!", Reaction::GiveUp)]
    #[case("INVALID_CREDENTIALS", "Invalid request credentials", Reaction::GiveUp)]
    #[case("insufficient_scope", "", Reaction::GiveUp)]
    #[case("user_access_error", "", Reaction::AnotherUser)]
    #[case("allowed_only_intranet_user", "", Reaction::AnotherUser)]
    #[case("WRONG_AUTH_TYPE", "", Reaction::GiveUp)]
    #[case("ERROR_METHOD_NOT_FOUND", "Method not found!", Reaction::GiveUp)]
    #[case("NOT_FOUND", "", Reaction::GiveUp)]
    #[case("ERROR_MANIFEST_IS_NOT_AVAILABLE", "", Reaction::GiveUp)]
    #[case("ERROR_BATCH_METHOD_NOT_ALLOWED", "", Reaction::GiveUp)]
    #[case("ERROR_BATCH_LENGTH_EXCEEDED", "", Reaction::GiveUp)]
    #[case("INVALID_REQUEST", "Https required.", Reaction::GiveUp)]
    #[case("ERROR_CORE", "Title missing.<br>", Reaction::GiveUp)]
    #[case("ERROR_ARGUMENT", "", Reaction::GiveUp)]
    #[case("100", "", Reaction::GiveUp)]
    #[case("", "Something odd", Reaction::GiveUp)]
    #[case("", "Access denied.", Reaction::GiveUp)]
    #[case("QUERY_LIMIT_EXCEEDED", "Too many requests", Reaction::Wait)]
    #[case(
        "OVERLOAD_LIMIT",
        "REST API is blocked due to overload.",
        Reaction::Suspend(SuspensionReason::Overload)
    )]
    #[case(
        "OPERATION_TIME_LIMIT",
        "Method is blocked due to operation time limit.",
        Reaction::Park
    )]
    #[case("INTERNAL_SERVER_ERROR", "", Reaction::LookBeforeRepeating)]
    #[case("ERROR_UNEXPECTED_ANSWER", "", Reaction::LookBeforeRepeating)]
    #[case(
        "PORTAL_DELETED",
        "Portal was deleted",
        Reaction::Suspend(SuspensionReason::PortalDeleted)
    )]
    fn reaction_to_each_code_of_the_catalogue(
        #[case] code: &str,
        #[case] description: &str,
        #[case] expected: Reaction,
    ) {
        let read = |code: &str| ErrorCode::from_code_and_description(&json!(code), description).reaction();

        assert_eq!(read(code), expected);
        assert_eq!(read(&code.to_ascii_lowercase()), expected);
        assert_eq!(read(&code.to_ascii_uppercase()), expected);
    }
}
