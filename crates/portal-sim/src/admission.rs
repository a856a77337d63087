//! What lets a call of one method through, alone or in a batch: the context, the scope, the budget of time. Pure.

use axum::http::StatusCode;

use crate::fault::RestFault;
use crate::rest::envelope::Failure;
use crate::state::operating::BatchBilling;
use crate::state::{Credential, State};

/// Families of methods that need the context of an application: webhooks are refused.
const APPLICATION_ONLY: [&str; 6] = [
    "app.",
    "event.",
    "placement.",
    "user.option.",
    "userfieldtype.",
    "bizproc.robot.",
];

/// Lets a call through or refuses it, and bills its time. `method` is the name in any case.
pub(crate) fn admit(state: &mut State, method: &str) -> Result<(), Failure> {
    let method = method.to_ascii_lowercase();
    if state.credential == Credential::Webhook
        && APPLICATION_ONLY.iter().any(|family| method.starts_with(family))
    {
        return Err(Failure::new(
            StatusCode::FORBIDDEN,
            "WRONG_AUTH_TYPE",
            "Current authorization type is denied for this method",
        ));
    }
    let lacks_scope = match method.split('.').next() {
        Some("crm") => state.faults.contains(&RestFault::ScopeReduced),
        Some("department") => !state.more_scopes.contains("department"),
        _ => false,
    };
    if lacks_scope {
        return Err(Failure::new(
            StatusCode::FORBIDDEN,
            "insufficient_scope",
            "The request requires higher privileges than provided by the access token",
        ));
    }
    if matches!(method.as_str(), "placement.bind" | "event.bind")
        && state.suffers(RestFault::HandlerAlreadyBinded)
    {
        return Err(Failure::bad_request(
            "ERROR_CORE",
            "Unable to set placement handler: Handler already binded<br>",
        ));
    }
    let (now, credential) = (state.clock.now(), state.credential_name());
    let pays_for_batch = state.operating.batch_billing == BatchBilling::Batch;
    if state.in_batch && method != "batch" && pays_for_batch {
        return Ok(());
    }
    if state.operating.is_exhausted(&credential, &method, now) {
        return Err(over_budget());
    }
    // The batch itself costs nothing when its commands pay.
    if method != "batch" || pays_for_batch {
        let cost = state.operating.cost;
        state.operating.bill(&credential, &method, cost, now);
    }
    Ok(())
}

/// The method has used its budget of time.
pub(crate) fn over_budget() -> Failure {
    Failure::new(
        StatusCode::TOO_MANY_REQUESTS,
        "OPERATION_TIME_LIMIT",
        "Method is blocked due to operation time limit.",
    )
}
