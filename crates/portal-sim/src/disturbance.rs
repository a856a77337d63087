//! How a portal's faults show in answers: in place of one, or after a write that was executed.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::admission;
use crate::fault::RestFault;
use crate::parameter::Parameter;
use crate::rest::envelope::{Failure, failure_response};
use crate::state::State;

/// Last parts of the names of methods that change something.
const WRITES: [&str; 12] = [
    "add",
    "update",
    "delete",
    "set",
    "bind",
    "unbind",
    "register",
    "unregister",
    "complete",
    "import",
    "clear",
    "error",
];

/// What comes in place of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Disturbance {
    /// A page of HTML.
    Page(StatusCode, &'static str),
    /// A redirection within the portal's host.
    Coupon,
    /// Nothing: the connection is reset.
    Cut,
    /// A refusal.
    Refusal(Failure),
}

impl Disturbance {
    /// The answer with the status and error that the journal shows; status 0 stands for a cut connection.
    pub(crate) fn into_response(self) -> (Response, u16, Option<String>) {
        match self {
            Self::Page(status, page) => ((status, Html(page)).into_response(), status.as_u16(), None),
            Self::Coupon => {
                let location = [(header::LOCATION, "/bitrix/coupon_activation.php")];
                let status = StatusCode::FOUND;
                ((status, location).into_response(), status.as_u16(), None)
            }
            Self::Cut => (StatusCode::INTERNAL_SERVER_ERROR.into_response(), 0, None),
            Self::Refusal(failure) => (
                failure_response(&failure),
                failure.status.as_u16(),
                failure.code.as_str().map(str::to_owned),
            ),
        }
    }
}

/// What comes before anything is looked at, if something is switched on or the request is over the limit.
pub(crate) fn before(state: &mut State, is_admitted: bool) -> Option<Disturbance> {
    use RestFault as Fault;

    let page = |fault, status, page| (fault, Disturbance::Page(status, page));
    let refusal = |fault, status, code: &str, text: &str| {
        (fault, Disturbance::Refusal(Failure::new(status, code, text)))
    };
    let possible = [
        (Fault::ConnectionReset, Disturbance::Cut),
        page(
            Fault::Html502,
            StatusCode::BAD_GATEWAY,
            "<h1>502 Bad Gateway</h1>",
        ),
        page(Fault::Html500, StatusCode::INTERNAL_SERVER_ERROR, "<h1>500</h1>"),
        page(Fault::Html200, StatusCode::OK, "<h1>Maintenance</h1>"),
        (Fault::LicenceRedirect, Disturbance::Coupon),
        refusal(
            Fault::PortalDeleted,
            StatusCode::INTERNAL_SERVER_ERROR,
            "PORTAL_DELETED",
            "Portal was deleted",
        ),
        refusal(
            Fault::Overload,
            StatusCode::SERVICE_UNAVAILABLE,
            "OVERLOAD_LIMIT",
            "REST API is blocked due to overload.",
        ),
        (Fault::RateLimited, Disturbance::Refusal(too_many_requests())),
        refusal(
            Fault::AccessDeniedPlan,
            StatusCode::FORBIDDEN,
            "ACCESS_DENIED",
            "REST is available only on commercial plans.",
        ),
        refusal(
            Fault::PaymentRequired,
            StatusCode::UNAUTHORIZED,
            "PAYMENT_REQUIRED",
            "Subscription has been ended",
        ),
        refusal(
            Fault::UserAccessError,
            StatusCode::FORBIDDEN,
            "user_access_error",
            "The user does not have access to the application.",
        ),
        refusal(
            Fault::MethodConfirmWaiting,
            StatusCode::UNAUTHORIZED,
            "METHOD_CONFIRM_WAITING",
            "Waiting for confirmation",
        ),
        (
            Fault::OperatingBlocked,
            Disturbance::Refusal(admission::over_budget()),
        ),
    ];
    for (fault, disturbance) in possible {
        if state.suffers(fault) {
            return Some(disturbance);
        }
    }
    (!is_admitted).then(|| Disturbance::Refusal(too_many_requests()))
}

/// What comes in place of the answer to a write that was executed.
pub(crate) fn after_write(state: &mut State) -> Option<Disturbance> {
    if state.suffers(RestFault::WriteExecutedButReset) {
        Some(Disturbance::Cut)
    } else if state.suffers(RestFault::WriteExecutedBut500) {
        Some(Disturbance::Page(StatusCode::INTERNAL_SERVER_ERROR, ""))
    } else {
        None
    }
}

/// Whether a call changes something: by its name, in a batch by any command's.
pub(crate) fn is_write(method: &str, parameters: &Parameter) -> bool {
    if method.eq_ignore_ascii_case("batch") {
        let commands = parameters.get("cmd").map(Parameter::entries).unwrap_or_default();
        return commands.iter().any(|(_, command)| {
            let command = command.text().unwrap_or_default();
            let name = command.split('?').next().unwrap_or_default();
            !name.eq_ignore_ascii_case("batch") && is_write(name, parameters)
        });
    }
    let last = method.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    WRITES.contains(&last.as_str())
}

fn too_many_requests() -> Failure {
    Failure::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "QUERY_LIMIT_EXCEEDED",
        "Too many requests",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_write_looks_into_a_batch() {
        let batch =
            |command: &str| Parameter::from_form(format!("cmd[a]=profile&cmd[b]={command}").as_bytes());
        assert!(is_write("crm.activity.todo.add", &Parameter::default()));
        assert!(!is_write("crm.item.list", &Parameter::default()));
        assert!(is_write("batch", &batch("crm.lead.add%3Fid%3D1")));
        assert!(!is_write("batch", &batch("crm.lead.get%3Fid%3D1")));
    }
}
