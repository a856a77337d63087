//! The list of methods that the simulator knows, and the way to each.

use axum::http::StatusCode;
use chrono::Utc;
use serde_json::{Value, json};

use super::envelope::{Answer, Failure};
use super::{application, crm, users};
use crate::fault::RestFault;
use crate::frame::SCOPE;
use crate::parameter::Parameter;
use crate::state::State;

/// Whose token calls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    /// The user.
    pub user_id: u64,
    /// Whether the user administers the portal.
    pub is_admin: bool,
}

/// What every method is: a function of memory, caller and parameters.
type Handler = fn(&mut State, Caller, &Parameter) -> Result<Answer, Failure>;

/// Names in lower case; the portal doesn't mind the case.
const METHODS: [(&str, Handler); 28] = [
    ("app.info", application::info),
    ("app.option.get", application::app_option_get),
    ("app.option.set", application::app_option_set),
    ("crm.company.get", crm::company_get),
    ("crm.deal.get", crm::deal_get),
    ("crm.item.get", crm::item_get),
    ("crm.item.list", crm::item_list),
    ("crm.lead.get", crm::lead_get),
    ("crm.requisite.list", crm::requisite_list),
    ("event.bind", application::event_bind),
    ("event.get", application::event_get),
    ("event.unbind", application::event_unbind),
    ("events", application::events),
    ("feature.get", feature_get),
    ("method.get", method_get),
    ("methods", methods),
    ("placement.bind", application::placement_bind),
    ("placement.get", application::placement_get),
    ("placement.list", application::placement_list),
    ("placement.unbind", application::placement_unbind),
    ("profile", users::profile),
    ("scope", scope),
    ("server.time", server_time),
    ("user.admin", users::admin),
    ("user.current", users::current),
    ("user.get", users::get),
    ("user.option.get", application::user_option_get),
    ("user.option.set", application::user_option_set),
];

/// Runs a method.
pub(super) fn dispatch(
    state: &mut State,
    caller: Caller,
    name: &str,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let name = name.to_ascii_lowercase();
    crate::admission::admit(state, &name)?;
    let hidden = state.faults.contains(&RestFault::MethodMissing) && name.starts_with("crm.item.");
    match METHODS.iter().find(|(known, _)| *known == name) {
        Some((_, handler)) if !hidden => handler(state, caller, parameters),
        _ => Err(Failure::new(
            StatusCode::NOT_FOUND,
            "ERROR_METHOD_NOT_FOUND",
            "Method not found!",
        )),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
fn methods(_: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    let names: Vec<&str> = METHODS.iter().map(|(name, _)| *name).chain(["batch"]).collect();
    Ok(json!(names).into())
}

fn method_get(_: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let name = parameters
        .text_of("name")
        .ok_or_else(|| Failure::bad_request("100", "Could not find value for parameter {name}"))?
        .to_ascii_lowercase();
    let known = name == "batch" || METHODS.iter().any(|(known, _)| *known == name);
    Ok(json!({"isExisting": known, "isAvailable": known}).into())
}

#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
fn scope(_: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    Ok(json!(SCOPE.split(',').collect::<Vec<_>>()).into())
}

#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
fn server_time(_: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    Ok(Value::String(Utc::now().format("%Y-%m-%dT%H:%M:%S+00:00").to_string()).into())
}

#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
fn feature_get(_: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    Ok(json!({"value": "Y"}).into())
}
