//! Methods about the application itself: `app.*`, options, placements, event handlers.

use axum::http::StatusCode;
use serde_json::{Value, json};
use url::Url;

use super::envelope::{Answer, Failure};
use super::method::Caller;
use crate::parameter::Parameter;
use crate::state::crm::EntityKind;
use crate::state::{Binding, EventBinding, State};

/// Placements beside the tabs of cards that can be bound.
const OTHER_PLACEMENTS: [&str; 6] = [
    "LEFT_MENU",
    "REST_APP_URI",
    "CRM_DEAL_LIST_MENU",
    "CRM_LEAD_LIST_MENU",
    "CRM_COMPANY_LIST_MENU",
    "CRM_REQUISITE_AUTOCOMPLETE",
];

fn require_admin(caller: Caller) -> Result<(), Failure> {
    if caller.is_admin {
        Ok(())
    } else {
        Err(Failure::new(
            StatusCode::FORBIDDEN,
            "ACCESS_DENIED",
            "Access denied!",
        ))
    }
}

/// `app.info` of the portal.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(super) fn info(state: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    Ok(json!({
        "ID": 41, "CODE": state.application.client_id, "VERSION": 1, "STATUS": "F",
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

fn is_known_placement(code: &str) -> bool {
    let dynamic = code
        .strip_prefix("CRM_DYNAMIC_")
        .and_then(|rest| rest.strip_suffix("_DETAIL_TAB"))
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    dynamic
        || code == "CRM_CONTACT_DETAIL_TAB"
        || OTHER_PLACEMENTS.contains(&code)
        || EntityKind::ALL.iter().any(|kind| kind.tab_placement() == code)
}

fn missing_argument(argument: &'static str) -> Failure {
    Failure {
        argument: Some(argument),
        ..Failure::bad_request(
            "ERROR_ARGUMENT",
            &format!("Argument '{argument}' is null or empty"),
        )
    }
}

/// `placement.bind`.
pub(super) fn placement_bind(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    require_admin(caller)?;
    let placement = parameters
        .text_of("PLACEMENT")
        .ok_or_else(|| missing_argument("PLACEMENT"))?
        .to_ascii_uppercase();
    let handler = parameters
        .text_of("HANDLER")
        .ok_or_else(|| missing_argument("HANDLER"))?;
    if !is_known_placement(&placement) {
        return Err(Failure::bad_request(
            "ERROR_PLACEMENT_NOT_FOUND",
            "Placement not found",
        ));
    }
    match Url::parse(&handler) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {}
        Ok(_) => {
            return Err(Failure::bad_request(
                "ERROR_UNSUPPORTED_PROTOCOL",
                "Unsupported protocol",
            ));
        }
        Err(_) => {
            return Err(Failure::bad_request(
                "ERROR_WRONG_HANDLER_URL",
                "Wrong handler URL",
            ));
        }
    }
    if state
        .placements
        .iter()
        .any(|bound| bound.placement == placement && bound.handler == handler)
    {
        return Err(Failure::bad_request(
            "ERROR_CORE",
            "Unable to set placement handler: Handler already binded<br>",
        ));
    }
    state.placements.push(Binding {
        placement,
        handler,
        title: parameters.text_of("TITLE").unwrap_or_default(),
        description: parameters.text_of("DESCRIPTION").unwrap_or_default(),
        languages: parameters
            .get("LANG_ALL")
            .map_or_else(|| json!([]), Parameter::to_value),
    });
    Ok(json!(true).into())
}

/// `placement.get`: what the application bound.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(super) fn placement_get(state: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    let rows: Vec<Value> = state
        .placements
        .iter()
        .map(|bound| {
            json!({
                "placement": bound.placement, "userId": 0, "handler": bound.handler, "options": [],
                "title": bound.title, "description": bound.description, "langAll": bound.languages,
            })
        })
        .collect();
    Ok(Value::Array(rows).into())
}

/// `placement.unbind`: one handler, or all of a place.
pub(super) fn placement_unbind(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    require_admin(caller)?;
    let placement = parameters
        .text_of("PLACEMENT")
        .ok_or_else(|| missing_argument("PLACEMENT"))?;
    let handler = parameters.text_of("HANDLER");
    let before = state.placements.len();
    state.placements.retain(|bound| {
        !(bound.placement.eq_ignore_ascii_case(&placement)
            && handler.as_ref().is_none_or(|handler| bound.handler == *handler))
    });
    Ok(json!({"count": before - state.placements.len()}).into())
}

/// `placement.list`: codes that can be bound.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(super) fn placement_list(_: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    let tabs = EntityKind::ALL.iter().map(|kind| kind.tab_placement());
    let codes: Vec<String> = tabs
        .chain(OTHER_PLACEMENTS.iter().map(|code| (*code).to_owned()))
        .collect();
    Ok(json!(codes).into())
}

/// Events that can be bound; none is delivered yet.
const EVENTS: [&str; 12] = [
    "ONAPPINSTALL",
    "ONAPPUNINSTALL",
    "ONAPPUPDATE",
    "ONCRMLEADADD",
    "ONCRMLEADUPDATE",
    "ONCRMLEADDELETE",
    "ONCRMDEALADD",
    "ONCRMDEALUPDATE",
    "ONCRMDEALDELETE",
    "ONCRMCOMPANYADD",
    "ONCRMCOMPANYUPDATE",
    "ONCRMCOMPANYDELETE",
];

/// `events`: the names.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(super) fn events(_: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    Ok(json!(EVENTS).into())
}

fn event_binding(parameters: &Parameter) -> Result<EventBinding, Failure> {
    let event = parameters
        .text_of("event")
        .unwrap_or_default()
        .to_ascii_uppercase();
    if !EVENTS.contains(&event.as_str()) && event != "ONCRMREQUISITEUPDATE" {
        return Err(Failure::bad_request("ERROR_EVENT_NOT_FOUND", "Event not found"));
    }
    let handler = parameters
        .text_of("handler")
        .ok_or_else(|| missing_argument("handler"))?;
    Ok(EventBinding {
        event,
        handler,
        ..EventBinding::default()
    })
}

/// `event.bind`.
pub(super) fn event_bind(state: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let binding = event_binding(parameters)?;
    if state.events.contains(&binding) {
        return Err(Failure::bad_request(
            "ERROR_CORE",
            "Unable to set event handler: Handler already binded",
        ));
    }
    state.events.push(binding);
    Ok(json!(true).into())
}

/// `event.unbind`.
pub(super) fn event_unbind(state: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let binding = event_binding(parameters)?;
    let before = state.events.len();
    state.events.retain(|bound| *bound != binding);
    Ok(json!({"count": before - state.events.len()}).into())
}

/// `event.get`: what the application bound.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(super) fn event_get(state: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    let rows: Vec<Value> = state
        .events
        .iter()
        .map(|bound| json!({"event": bound.event, "handler": bound.handler, "auth_type": "0", "offline": 0}))
        .collect();
    Ok(Value::Array(rows).into())
}
