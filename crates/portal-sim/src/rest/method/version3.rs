//! `/rest/api/<method>`, the third version of the interface: its own shape of errors, and the creation of tasks.

use serde_json::{Value, json};

use super::super::envelope::{Answer, Failure};
use super::{Caller, tasks};
use crate::parameter::Parameter;
use crate::state::State;

/// A refusal in the third version's shape.
fn refusal(status: axum::http::StatusCode, code: &str, message: &str, validation: Value) -> Failure {
    let mut error = json!({"code": format!("BITRIX_REST_V3_EXCEPTION_{code}"), "message": message});
    if validation.as_array().is_some_and(|fields| !fields.is_empty()) {
        error["validation"] = validation;
    }
    Failure {
        code: error,
        ..Failure::new(status, "", "")
    }
}

/// Runs a method of the third version.
pub(super) fn dispatch(
    state: &mut State,
    caller: Caller,
    name: &str,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    match name {
        "tasks.task.add" => add_task(state, caller, parameters),
        "tasks.task.get" => {
            let id = parameters.id_of("id").unwrap_or(0);
            let title = state
                .crm
                .tasks
                .get(id)
                .map(|record| crate::state::crm::table::text(record, "TITLE"));
            let title = title.ok_or_else(|| {
                let message = format!("Entity with id {id} not found");
                refusal(
                    axum::http::StatusCode::NOT_FOUND,
                    "ENTITYNOTFOUNDEXCEPTION",
                    &message,
                    Value::Null,
                )
            })?;
            Ok(json!({"item": {"id": id, "title": title}}).into())
        }
        _ => Err(refusal(
            axum::http::StatusCode::NOT_FOUND,
            "METHODNOTFOUNDEXCEPTION",
            &format!("Method {name} not found"),
            Value::Null,
        )),
    }
}

/// The third version's names are the classic ones in camel case.
fn add_task(state: &mut State, caller: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let fields = parameters.get("fields");
    let text = |name: &str| fields.and_then(|fields| fields.text_of(name));
    let mut classic = Vec::new();
    let mut missing = Vec::new();
    for (name, ours) in [
        ("title", "TITLE"),
        ("responsibleId", "RESPONSIBLE_ID"),
        ("creatorId", "CREATED_BY"),
    ] {
        match text(name) {
            Some(value) => classic.push((ours.to_owned(), Parameter::Text(value))),
            None if name == "creatorId" => {}
            None => {
                missing
                    .push(json!({"field": name, "message": format!("Required field `{name}` is missing")}));
            }
        }
    }
    for (name, ours) in [("description", "DESCRIPTION"), ("deadline", "DEADLINE")] {
        classic.extend(text(name).map(|value| (ours.to_owned(), Parameter::Text(value))));
    }
    if let Some(links) = fields.and_then(|fields| fields.get("crmItemIds")) {
        classic.push(("UF_CRM_TASK".to_owned(), links.clone()));
    }
    let bad_request = axum::http::StatusCode::BAD_REQUEST;
    if !missing.is_empty() {
        let message = "Request validation failed";
        return Err(refusal(
            bad_request,
            "VALIDATION_REQUESTVALIDATIONEXCEPTION",
            message,
            json!(missing),
        ));
    }
    let parameters = Parameter::Map(vec![("fields".to_owned(), Parameter::Map(classic))]);
    let (id, title) = tasks::create(state, caller, &parameters).map_err(|failure| {
        let message = failure.description.replace("<br>", "");
        refusal(
            bad_request,
            "VALIDATION_DTOVALIDATIONEXCEPTION",
            &message,
            Value::Null,
        )
    })?;
    Ok(json!({"item": {"id": id, "title": title}}).into())
}
