//! What the portal tells of itself: methods, scopes, features, time.

use serde_json::{Value, json};

use super::super::envelope::{Answer, Failure};
use super::{Caller, METHODS, is_known};
use crate::frame::SCOPE;
use crate::parameter::Parameter;
use crate::state::State;
use crate::state::crm::portal_time;

/// Features by code that an application may ask for; others are off.
const FEATURES: [&str; 3] = [
    "rest_offline_extended",
    "rest_auth_connector",
    "rest_import_access",
];

/// `methods`: all, or those of a scope.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(super) fn methods(_: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let scope = parameters.text_of("scope");
    let within = |name: &&str| match scope.as_deref() {
        None => true,
        Some("task") => name.starts_with("tasks."),
        Some("user_basic" | "user_brief" | "user") => name.starts_with("user."),
        Some(scope) => name.starts_with(&format!("{scope}.")),
    };
    let names: Vec<&str> = METHODS
        .iter()
        .map(|(name, _)| *name)
        .chain(["batch"])
        .filter(within)
        .collect();
    Ok(json!(names).into())
}

/// `method.get`.
pub(super) fn method_get(_: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let name = parameters
        .text_of("name")
        .ok_or_else(|| Failure::bad_request("100", "Could not find value for parameter {name}"))?;
    let known = is_known(&name);
    Ok(json!({"isExisting": known, "isAvailable": known}).into())
}

/// `scope`: granted ones, or with `full` all that exist.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(super) fn scope(_: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let full = parameters
        .text_of("full")
        .is_some_and(|full| !matches!(full.as_str(), "0" | "false"));
    let others: &[&str] = if full {
        &[
            "bizproc",
            "calendar",
            "department",
            "disk",
            "entity",
            "log",
            "lists",
            "sonet_group",
            "telephony",
            "user",
            "user_brief",
        ]
    } else {
        &[]
    };
    let scopes: Vec<&str> = SCOPE.split(',').chain(others.iter().copied()).collect();
    Ok(json!(scopes).into())
}

/// `server.time`.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(super) fn server_time(state: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    Ok(Value::String(portal_time(&state.clock.now())).into())
}

/// `feature.get`.
pub(super) fn feature_get(_: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let code = parameters
        .text_of("CODE")
        .ok_or_else(|| Failure::bad_request("ERROR_ARGUMENT", "Argument 'CODE' is null or empty"))?;
    Ok(json!({"value": if FEATURES.contains(&code.as_str()) { "Y" } else { "N" }}).into())
}
