//! `im.notify.*`: notifications to users. A repeated `TAG` replaces the earlier one.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::json;

use super::super::envelope::{Answer, Failure};
use super::Caller;
use crate::parameter::Parameter;
use crate::state::crm::portal_time;
use crate::state::crm::table::{Record, text};
use crate::state::{Credential, State};

/// The longest attachment.
const MAX_ATTACHMENT: usize = 60_000;

/// `im.notify.system.add`: from the application.
pub(super) fn system(state: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    if state.credential == Credential::Webhook && parameters.text_of("CLIENT_ID").is_none() {
        let sentence = "Current authorization type is denied for this method";
        return Err(Failure::new(StatusCode::FORBIDDEN, "WRONG_AUTH_TYPE", sentence));
    }
    add(state, "system", 0, parameters)
}

/// `im.notify.personal.add`: from the token's user.
pub(super) fn personal(state: &mut State, caller: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    add(state, "personal", caller.user_id, parameters)
}

fn add(state: &mut State, kind: &str, from: u64, parameters: &Parameter) -> Result<Answer, Failure> {
    let to = parameters
        .id_of("USER_ID")
        .or_else(|| parameters.id_of("TO"))
        .ok_or_else(|| Failure::bad_request("USER_ID_EMPTY", "User ID can't be empty"))?;
    let message = parameters
        .text_of("MESSAGE")
        .ok_or_else(|| Failure::bad_request("MESSAGE_EMPTY", "Message can't be empty"))?;
    if let Some(attachment) = parameters.get("ATTACH").map(Parameter::to_value) {
        if attachment.to_string().len() > MAX_ATTACHMENT {
            let sentence = "You have exceeded the maximum allowable size of attach";
            return Err(Failure::bad_request("ATTACH_OVERSIZE", sentence));
        }
        if !attachment.is_array() && !attachment.is_object() {
            return Err(Failure::bad_request("ATTACH_ERROR", "Incorrect attach params"));
        }
    }
    if !state.accepts_responsible(to) {
        return Ok(json!(false).into());
    }
    let tag = parameters.text_of("TAG").unwrap_or_default();
    if !tag.is_empty() {
        let same: Vec<u64> = state
            .crm
            .notifications
            .rows_with(&to.to_string())
            .filter(|(_, record)| text(record, "TAG") == tag)
            .map(|(id, _)| id)
            .collect();
        for id in same {
            state.crm.notifications.remove(id);
        }
    }
    let record: Record = [
        ("KIND", kind.to_owned()),
        ("USER_ID", to.to_string()),
        ("FROM", from.to_string()),
        ("MESSAGE", message),
        ("TAG", tag),
        ("SUB_TAG", parameters.text_of("SUB_TAG").unwrap_or_default()),
        ("CREATED", portal_time(&state.clock.now())),
    ]
    .into_iter()
    .map(|(name, text)| (Cow::from(name), json!(text)))
    .collect();
    Ok(json!(state.crm.notifications.add(record)).into())
}

/// `im.notify.delete`: by number or by tag.
pub(super) fn delete(state: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let tag = parameters.text_of("TAG");
    let chosen: Vec<u64> = match (parameters.id_of("ID"), tag) {
        (Some(id), _) => vec![id],
        (None, Some(tag)) => {
            let rows = state.crm.notifications.rows();
            rows.filter(|(_, record)| text(record, "TAG") == tag)
                .map(|(id, _)| id)
                .collect()
        }
        (None, None) => return Err(Failure::bad_request("PARAMS_ERROR", "Incorrect params")),
    };
    let removed = chosen
        .into_iter()
        .filter(|id| state.crm.notifications.remove(*id).is_some())
        .count();
    Ok(json!(removed > 0).into())
}
