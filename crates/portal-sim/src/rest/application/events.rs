//! `event.*`: handlers of events, and the queue of offline events.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::missing_argument;
use crate::parameter::Parameter;
use crate::rest::envelope::{Answer, Failure};
use crate::rest::method::{Caller, list, require_admin, require_application};
use crate::state::{EventBinding, State};

/// Events of the application and of users.
const GENERAL: [&str; 8] = [
    "ONAPPINSTALL",
    "ONAPPUNINSTALL",
    "ONAPPUPDATE",
    "ONAPPPAYMENT",
    "ONAPPMETHODCONFIRM",
    "ONOFFLINEEVENT",
    "ONUSERADD",
    "ONCRMTIMELINEITEMACTION",
];
/// What of the CRM and of tasks is told with `ADD`, `UPDATE`, `DELETE`.
const SUBJECTS: [&str; 8] = [
    "ONCRMLEAD",
    "ONCRMDEAL",
    "ONCRMCOMPANY",
    "ONCRMCONTACT",
    "ONCRMREQUISITE",
    "ONCRMACTIVITY",
    "ONCRMTIMELINECOMMENT",
    "ONTASK",
];

fn names() -> impl Iterator<Item = String> {
    let subjects = SUBJECTS
        .into_iter()
        .flat_map(|subject| ["ADD", "UPDATE", "DELETE"].map(|verb| format!("{subject}{verb}")));
    GENERAL.into_iter().map(str::to_owned).chain(subjects)
}

/// `events`: the names, all or of a scope.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(in crate::rest) fn events(_: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let scope = parameters.text_of("SCOPE");
    let within = |name: &String| match scope.as_deref() {
        Some("crm") => name.starts_with("ONCRM"),
        Some("task") => name.starts_with("ONTASK"),
        _ => true,
    };
    Ok(json!(names().filter(within).collect::<Vec<_>>()).into())
}

fn binding(state: &State, caller: Caller, parameters: &Parameter) -> Result<EventBinding, Failure> {
    require_application(state)?;
    let event = parameters
        .text_of("event")
        .ok_or_else(|| missing_argument("EVENT"))?
        .to_ascii_uppercase();
    if !names().any(|known| known == event) {
        return Err(Failure::bad_request("ERROR_EVENT_NOT_FOUND", "Event not found"));
    }
    let offline = parameters
        .text_of("event_type")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("offline"));
    let auth_type = parameters.id_of("auth_type").unwrap_or(0);
    if offline || auth_type != 0 && auth_type != caller.user_id {
        require_admin(caller)?;
    }
    let handler = parameters.text_of("handler").unwrap_or_default();
    if handler.is_empty() && !offline {
        return Err(missing_argument("HANDLER"));
    }
    Ok(EventBinding {
        event,
        handler: if offline { String::new() } else { handler },
        auth_type,
        offline,
        connector: parameters.text_of("auth_connector").unwrap_or_default(),
    })
}

/// `event.bind`.
pub(in crate::rest) fn bind(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let binding = binding(state, caller, parameters)?;
    if state.events.contains(&binding) {
        let sentence = "Unable to set event handler: Handler already binded";
        return Err(Failure::bad_request("ERROR_CORE", sentence));
    }
    state.events.push(binding);
    Ok(json!(true).into())
}

/// `event.unbind`: of one address; without `auth_type` of any user.
pub(in crate::rest) fn unbind(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let binding = binding(state, caller, parameters)?;
    let any_user = parameters.text_of("auth_type").is_none();
    let before = state.events.len();
    state.events.retain(|bound| {
        bound.event != binding.event
            || bound.handler != binding.handler
            || bound.offline != binding.offline
            || !(any_user || bound.auth_type == binding.auth_type)
    });
    Ok(json!({"count": before - state.events.len()}).into())
}

/// `event.get`: what the application bound.
pub(in crate::rest) fn get(state: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    require_application(state)?;
    let rows: Vec<Value> = state
        .events
        .iter()
        .map(|bound| {
            let mut row = json!({"event": bound.event, "auth_type": bound.auth_type.to_string()});
            if bound.offline {
                row["offline"] = json!(1);
                row["connector_id"] = json!(bound.connector);
            } else {
                row["handler"] = json!(bound.handler);
                row["offline"] = json!(0);
            }
            row
        })
        .collect();
    Ok(Value::Array(rows).into())
}

fn require_offline(state: &State, caller: Caller) -> Result<(), Failure> {
    require_application(state)?;
    require_admin(caller)
}

/// `event.offline.get`: deletes what it gives, or reserves it under a process.
pub(in crate::rest) fn offline_get(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    require_offline(state, caller)?;
    let limit = parameters
        .text_of("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(50);
    let clear = parameters
        .text_of("clear")
        .is_none_or(|clear| !matches!(clear.as_str(), "0" | "N"));
    let connector = parameters.text_of("auth_connector").unwrap_or_default();
    let wanted = parameters
        .get("filter")
        .map(|filter| [filter.texts_of("EVENT_NAME"), filter.texts_of("=EVENT_NAME")].concat())
        .unwrap_or_default();
    let (process, events) = match parameters.text_of("process_id") {
        Some(process) => {
            let reserved = state.offline.reserved(&process);
            (Some(process), reserved)
        }
        None => state.offline.take(limit, clear, |event| {
            (connector.is_empty() || event.connector == connector)
                && (wanted.is_empty() || wanted.iter().any(|name| name.eq_ignore_ascii_case(&event.event)))
        }),
    };
    let events: Vec<Value> = events.iter().map(|event| event.to_value(false)).collect();
    Ok(json!({"process_id": process, "events": events}).into())
}

fn process(parameters: &Parameter) -> Result<String, Failure> {
    parameters.text_of("process_id").ok_or_else(|| {
        let sentence = "Process ID is required";
        Failure::new(StatusCode::BAD_REQUEST, "ERROR_ARGUMENT", sentence)
    })
}

/// `event.offline.clear`.
pub(in crate::rest) fn offline_clear(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    require_offline(state, caller)?;
    let ids: Vec<u64> = parameters
        .texts_of("id")
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    state
        .offline
        .clear(&process(parameters)?, &ids, &parameters.texts_of("message_id"));
    Ok(json!(true).into())
}

/// `event.offline.error`.
pub(in crate::rest) fn offline_error(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    require_offline(state, caller)?;
    state
        .offline
        .fail(&process(parameters)?, &parameters.texts_of("message_id"));
    Ok(json!(true).into())
}

/// `event.offline.list`: looks without taking.
pub(in crate::rest) fn offline_list(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    require_offline(state, caller)?;
    let offset = usize::try_from(list::start(parameters)).unwrap_or(0);
    let total = state.offline.events().len();
    let rows: Vec<Value> = state
        .offline
        .events()
        .iter()
        .skip(offset)
        .take(50)
        .map(|event| event.to_value(true))
        .collect();
    Ok(Answer {
        result: Value::Array(rows),
        total: Some(total),
        next: (offset + 50 < total).then_some(offset + 50),
    })
}
