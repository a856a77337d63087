//! Events by hand: as a change in the portal raises them, or forged.

use axum::Json;
use serde_json::{Value, json};

use super::{Command, Refusal, bad_request};
use crate::parameter::Parameter;
use crate::state::events::{EventAuthorization, EventNotice};

/// `POST /__sim/event`: `event`, `data` (nested), `user`.
///
/// Without `handler` and `application_token` it goes where it is bound, as a change would send it. `handler` sends it
/// to that address, bound or not; `application_token` forges that; `tokens` = `none`, `access` or `refreshable`.
pub(super) async fn fire(command: Command) -> Result<Json<Value>, Refusal> {
    let event = command
        .text("event")
        .ok_or_else(|| bad_request("event is a name such as ONCRMDEALUPDATE"))?
        .to_ascii_uppercase();
    let data = command
        .parameters
        .get("data")
        .map_or_else(|| json!({}), Parameter::to_value);
    let user_id = command.number::<u64>("user")?;
    let (handler, application_token) = (command.text("handler"), command.text("application_token"));
    let tokens = command.text("tokens");
    let mut state = command.shared().lock();
    if handler.is_none() && application_token.is_none() && tokens.is_none() && !event.starts_with("ONAPP") {
        let before = state.outbox.deliveries().count();
        state.raise(&event, data, user_id);
        return Ok(sent(state.outbox.deliveries().count() - before));
    }
    let user = user_id.unwrap_or_else(|| state.administrator());
    let authorization = match tokens.as_deref() {
        None if event == "ONAPPINSTALL" || event == "ONAPPUPDATE" => {
            EventAuthorization::RefreshableTokens(user)
        }
        None if event.starts_with("ONAPP") => EventAuthorization::None,
        None | Some("access") => EventAuthorization::Tokens(user),
        Some("refreshable") => EventAuthorization::RefreshableTokens(user),
        Some("none") => EventAuthorization::None,
        Some(_) => return Err(bad_request("tokens is none, access or refreshable")),
    };
    let handlers = match handler {
        Some(handler) => vec![handler],
        None => state.handlers_of(&event),
    };
    let mut count = 0;
    for handler in handlers {
        let notice = EventNotice {
            event: &event,
            data: &data,
            authorization: authorization.clone(),
            application_token: application_token.clone(),
        };
        count += state.send_event(&handler, &notice).len();
    }
    Ok(sent(count))
}

fn sent(count: usize) -> Json<Value> {
    Json(json!({"deliveries": count}))
}
