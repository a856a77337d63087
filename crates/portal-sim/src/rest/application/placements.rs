//! `placement.*`: places in the portal where the application shows itself. For administrators, not for webhooks.

use axum::http::StatusCode;
use serde_json::{Value, json};
use url::Url;

use super::missing_argument;
use crate::parameter::Parameter;
use crate::rest::envelope::{Answer, Failure};
use crate::rest::method::{Caller, require_admin, require_application};
use crate::state::crm::EntityKind;
use crate::state::{Binding, State};

/// Kinds of places in a card or list.
const CRM_PLACES: [&str; 5] = [
    "DETAIL_TAB",
    "DETAIL_TOOLBAR",
    "DETAIL_ACTIVITY",
    "LIST_MENU",
    "ACTIVITY_TIMELINE_MENU",
];
/// Other places.
const OTHER_PLACES: [&str; 5] = [
    "LEFT_MENU",
    "REST_APP_URI",
    "PAGE_BACKGROUND_WORKER",
    "CRM_REQUISITE_AUTOCOMPLETE",
    "USERFIELD_TYPE",
];
/// Places that take one handler.
const SINGLE: [&str; 2] = ["REST_APP_URI", "PAGE_BACKGROUND_WORKER"];

fn dynamic(code: &str) -> bool {
    code.strip_prefix("CRM_DYNAMIC_")
        .and_then(|rest| rest.split_once('_'))
        .is_some_and(|(digits, place)| {
            !digits.is_empty()
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && CRM_PLACES.contains(&place)
        })
}

fn is_known(code: &str) -> bool {
    dynamic(code) || codes().any(|known| known == code)
}

fn codes() -> impl Iterator<Item = String> {
    let cards = EntityKind::EVERY
        .into_iter()
        .flat_map(|kind| CRM_PLACES.map(|place| format!("CRM_{}_{place}", kind.code())));
    let others = [
        "CRM_QUOTE_DETAIL_TAB",
        "CRM_SMART_INVOICE_DETAIL_TAB",
        "CRM_ORDER_DETAIL_TAB",
    ];
    cards
        .chain(others.map(str::to_owned))
        .chain(OTHER_PLACES.map(str::to_owned))
}

/// `placement.bind`.
pub(in crate::rest) fn bind(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    require_application(state)?;
    require_admin(caller)?;
    let placement = parameters
        .text_of("PLACEMENT")
        .ok_or_else(|| missing_argument("PLACEMENT"))?
        .to_ascii_uppercase();
    let handler = parameters
        .text_of("HANDLER")
        .ok_or_else(|| missing_argument("HANDLER"))?;
    if !is_known(&placement) {
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
    if SINGLE.contains(&placement.as_str())
        && state.placements.iter().any(|bound| bound.placement == placement)
    {
        return Err(Failure::new(
            StatusCode::OK,
            "ERROR_PLACEMENT_MAX_COUNT",
            "Placement max count was reached",
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
pub(in crate::rest) fn get(state: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    require_application(state)?;
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
pub(in crate::rest) fn unbind(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    require_application(state)?;
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
pub(in crate::rest) fn list(_: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    Ok(json!(codes().collect::<Vec<_>>()).into())
}
