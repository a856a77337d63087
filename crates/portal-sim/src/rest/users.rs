//! `profile` and the `user` family.
#![expect(
    clippy::unnecessary_wraps,
    reason = "every method has the signature of the dispatcher"
)]

use serde_json::{Value, json};

use super::envelope::{Answer, Failure};
use super::method::Caller;
use crate::parameter::Parameter;
use crate::seed::SeedUser;
use crate::state::State;

/// `profile`: the token's user, without scopes.
pub(super) fn profile(state: &mut State, caller: Caller, _: &Parameter) -> Result<Answer, Failure> {
    let profile = state.user(caller.user_id).map(|user| {
        json!({
            "ID": user.id.to_string(), "ADMIN": user.admin, "NAME": user.name, "LAST_NAME": user.last_name,
            "PERSONAL_GENDER": "", "TIME_ZONE": "Europe/Moscow",
        })
    });
    Ok(profile.unwrap_or_else(|| json!([])).into())
}

/// `user.admin`: whether the token's user administers the portal.
pub(super) fn admin(_: &mut State, caller: Caller, _: &Parameter) -> Result<Answer, Failure> {
    Ok(json!(caller.is_admin).into())
}

/// `user.current`: the full record of the token's user.
pub(super) fn current(state: &mut State, caller: Caller, _: &Parameter) -> Result<Answer, Failure> {
    Ok(state
        .user(caller.user_id)
        .map_or_else(|| json!([]), record)
        .into())
}

/// `user.get`: users by `ID` or `FILTER[ID]`, all without a filter.
pub(super) fn get(state: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let mut wanted = parameters.texts_of("ID");
    if let Some(filter) = parameters.get("FILTER") {
        wanted.extend(filter.texts_of("ID"));
    }
    let rows: Vec<Value> = state
        .users
        .values()
        .filter(|user| wanted.is_empty() || wanted.contains(&user.id.to_string()))
        .map(record)
        .collect();
    Ok(Answer {
        total: Some(rows.len()),
        next: None,
        result: Value::Array(rows),
    })
}

fn record(user: &SeedUser) -> Value {
    json!({
        "ID": user.id.to_string(), "XML_ID": null, "ACTIVE": user.active, "NAME": user.name,
        "LAST_NAME": user.last_name, "SECOND_NAME": "", "EMAIL": format!("user{}@example.com", user.id),
        "LAST_LOGIN": "2026-09-01T09:00:00+03:00", "DATE_REGISTER": "2024-02-01T00:00:00+03:00",
        "TIME_ZONE": "", "IS_ONLINE": "Y", "TIMESTAMP_X": {}, "LAST_ACTIVITY_DATE": {},
        "PERSONAL_GENDER": "", "WORK_POSITION": "", "UF_DEPARTMENT": [1], "USER_TYPE": "employee",
    })
}
