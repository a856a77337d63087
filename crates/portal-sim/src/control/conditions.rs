//! The conditions under which a portal works: faults, limits, budgets, latency, tokens, users.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Command, Refusal, bad_request};
use crate::fault::{Faults, RestFault};
use crate::mutation::{Change, Mutation, Place, UnknownChange};
use crate::state::limits::Plan;
use crate::state::operating::BatchBilling;

/// `GET /__sim/faults`: the names of all faults.
pub(super) async fn known_faults() -> Json<Value> {
    let names: Vec<&str> = RestFault::ALL.iter().map(|fault| fault.name()).collect();
    Json(json!(names))
}

/// `POST /__sim/faults?set=html_502,write_executed_but_500:1`: switches faults on, all others off; a number says how
/// often.
pub(super) async fn faults(command: Command) -> Result<StatusCode, Refusal> {
    let faults = Faults::parse(&command.text("set").unwrap_or_default())
        .map_err(|error| bad_request(&error.to_string()))?;
    command.shared().lock().faults = faults;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /__sim/mutations`: the names of all changes.
pub(super) async fn known_changes() -> Json<Value> {
    let names: Vec<&str> = Change::ALL.iter().map(|change| change.name()).collect();
    Json(json!(names))
}

/// `POST /__sim/mutations?method=crm.item.get&field=item.id&change=retype`: a method's answers (`*`: all) come in another
/// shape; in place of `field`, `seed` chooses one. Those of before stay.
pub(super) async fn mutate(command: Command) -> Result<StatusCode, Refusal> {
    let change: Change = command
        .text("change")
        .unwrap_or_default()
        .parse()
        .map_err(|error: UnknownChange| bad_request(&error.to_string()))?;
    let place = match command.number("seed")? {
        Some(seed) => Place::Seeded(seed),
        None => Place::Path(command.text("field").unwrap_or_default()),
    };
    let method = command
        .text("method")
        .ok_or_else(|| bad_request("method is the name of a method, or * for all"))?;
    command.shared().lock().mutations.push(Mutation {
        method,
        place,
        change,
    });
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /__sim/mutations`: answers as documented again.
pub(super) async fn clear_mutations(command: Command) -> StatusCode {
    command.shared().lock().mutations.clear();
    StatusCode::NO_CONTENT
}

/// `POST /__sim/expire-tokens`: every access token's hour is over; with `refresh=1` every chain is dead.
pub(super) async fn expire_tokens(command: Command) -> StatusCode {
    let mut state = command.shared().lock();
    state.grants.expire_access();
    if command.switch("refresh") == Some(true) {
        state.grants.expire_refresh();
    }
    StatusCode::NO_CONTENT
}

/// `POST /__sim/limits?portal=…`: `plan` = `standard` or `enterprise`, or `drain` and `threshold`; `enforced` = `0`
/// counts only; `reset` = `1` empties the buckets.
pub(super) async fn limits(command: Command) -> Result<Json<Value>, Refusal> {
    let (drain, threshold) = (
        command.number::<f64>("drain")?,
        command.number::<f64>("threshold")?,
    );
    let mut state = command.shared().lock();
    match command.text("plan").as_deref() {
        None => {}
        Some("standard") => state.limits.plan = Plan::STANDARD,
        Some("enterprise") => state.limits.plan = Plan::ENTERPRISE,
        Some(_) => return Err(bad_request("plan is standard or enterprise")),
    }
    let plan = &mut state.limits.plan;
    plan.drain = drain.unwrap_or(plan.drain);
    plan.threshold = threshold.unwrap_or(plan.threshold);
    if let Some(enforced) = command.switch("enforced") {
        state.limits.enforced = enforced;
    }
    if command.switch("reset") == Some(true) {
        state.limits.reset();
    }
    let now = state.clock.now();
    Ok(Json(json!(state.limits.report(now))))
}

/// `POST /__sim/operating?portal=…`: `method` and `seconds` add execution time (for `credential` = `webhook` or the
/// application); `cost` is what one call takes from now on; `batch` = `commands` or `batch` says who pays for a batch;
/// `reset` = `1` forgets all that was used.
pub(super) async fn operating(command: Command) -> Result<Response, Refusal> {
    let (seconds, cost) = (command.number::<f64>("seconds")?, command.number::<f64>("cost")?);
    let mut state = command.shared().lock();
    if command.switch("reset") == Some(true) {
        state.operating.reset();
    }
    match command.text("batch").as_deref() {
        None => {}
        Some("commands") => state.operating.batch_billing = BatchBilling::Commands,
        Some("batch") => state.operating.batch_billing = BatchBilling::Batch,
        Some(_) => return Err(bad_request("batch is commands or batch")),
    }
    state.operating.cost = cost.unwrap_or(state.operating.cost);
    let now = state.clock.now();
    let credential = command
        .text("credential")
        .unwrap_or_else(|| state.application.client_id.clone());
    match (command.text("method"), seconds) {
        (Some(method), seconds) => {
            let seconds = seconds.unwrap_or_default();
            state.operating.bill(&credential, &method, seconds, now);
            let usage = state.operating.usage(&credential, &method, now);
            Ok(Json(json!(usage)).into_response())
        }
        (None, Some(_)) => Err(bad_request("seconds need a method")),
        (None, None) => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// `POST /__sim/latency?milliseconds=300`: how long each REST call takes.
pub(super) async fn latency(command: Command) -> Result<StatusCode, Refusal> {
    let milliseconds = command.number::<u64>("milliseconds")?.unwrap_or_default();
    command.shared().lock().latency = Duration::from_millis(milliseconds);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /__sim/fire-user?user=7`: dismisses a user; `active=1` takes one back.
pub(super) async fn fire_user(command: Command) -> Result<StatusCode, Refusal> {
    let active = command.switch("active").unwrap_or(false);
    let user_id = command
        .number::<u64>("user")?
        .ok_or_else(|| bad_request("user is the number of a user"))?;
    let mut state = command.shared().lock();
    let user = state
        .users
        .get_mut(&user_id)
        .ok_or_else(|| bad_request(&format!("there is no user {user_id}")))?;
    user.active = active;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /__sim/scope?add=department`: gives the application a scope besides the usual ones.
pub(super) async fn scope(command: Command) -> Result<StatusCode, Refusal> {
    let scope = command
        .text("add")
        .ok_or_else(|| bad_request("add is the name of a scope"))?;
    command.shared().lock().more_scopes.insert(scope);
    Ok(StatusCode::NO_CONTENT)
}
