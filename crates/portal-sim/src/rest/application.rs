//! Methods about the application itself: `app.info` and options; places and events in the modules below.

pub(super) mod events;
pub(super) mod placements;

use serde_json::{Value, json};

use super::envelope::{Answer, Failure};
use super::method::Caller;
use crate::frame::SCOPE;
use crate::parameter::Parameter;
use crate::state::{Credential, State};

/// A refusal for want of an argument, with the extra key that these methods have.
fn missing_argument(argument: &'static str) -> Failure {
    Failure {
        argument: Some(argument),
        ..Failure::bad_request(
            "ERROR_ARGUMENT",
            &format!("Argument '{argument}' is null or empty"),
        )
    }
}

/// `app.info` of the portal.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(super) fn info(state: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    if state.credential == Credential::Webhook {
        let scopes: Vec<&str> = SCOPE.split(',').collect();
        return Ok(json!({"SCOPE": scopes, "LICENSE": "ru_basic"}).into());
    }
    Ok(json!({
        "ID": 41, "CODE": state.application.client_id, "VERSION": 1, "STATUS": state.status(),
        "INSTALLED": state.is_installed(), "PAYMENT_EXPIRED": "N", "DAYS": null,
        "LANGUAGE_ID": state.language, "LICENSE": "ru_basic", "LICENSE_TYPE": "basic", "LICENSE_FAMILY": "basic",
    })
    .into())
}

/// `app.option.get`: one value, all, or null.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(super) fn app_option_get(
    state: &mut State,
    _: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let value = match parameters.text_of("option") {
        Some(name) => state.app_options.get(&name).cloned().unwrap_or(Value::Null),
        None if state.app_options.is_empty() => json!([]),
        None => json!(state.app_options),
    };
    Ok(value.into())
}

/// `app.option.set`: administrators only.
pub(super) fn app_option_set(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    if !caller.is_admin {
        return Err(Failure::bad_request(
            "AccessException",
            "Administrator authorization required",
        ));
    }
    let options = parameters.get("options").ok_or_else(|| {
        Failure::bad_request("ArgumentNullException", "Argument 'options' is null or empty")
    })?;
    for (name, value) in options.entries() {
        state.app_options.insert(name.clone(), value.to_value());
    }
    Ok(json!(true).into())
}

/// `user.option.get`: the same of the token's user.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(super) fn user_option_get(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let of_user = |name: &str| {
        state
            .user_options
            .get(&(caller.user_id, name.to_owned()))
            .cloned()
    };
    let value = match parameters.text_of("option") {
        Some(name) => of_user(&name).unwrap_or(Value::Null),
        None => Value::Object(
            state
                .user_options
                .iter()
                .filter(|((user, _), _)| *user == caller.user_id)
                .map(|((_, name), value)| (name.clone(), value.clone()))
                .collect(),
        ),
    };
    Ok(value.into())
}

/// `user.option.set`.
pub(super) fn user_option_set(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let options = parameters.get("options").ok_or_else(|| {
        Failure::bad_request("ArgumentNullException", "Argument 'options' is null or empty")
    })?;
    for (name, value) in options.entries() {
        state
            .user_options
            .insert((caller.user_id, name.clone()), value.to_value());
    }
    Ok(json!(true).into())
}
