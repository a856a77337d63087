//! `profile`, the `user` family, and departments.
#![expect(
    clippy::unnecessary_wraps,
    reason = "every method has the signature of the dispatcher"
)]

use serde_json::{Value, json};

use super::envelope::{Answer, Failure};
use super::method::{Caller, list};
use crate::parameter::Parameter;
use crate::seed::{SeedDepartment, SeedUser};
use crate::state::State;
use crate::state::crm::query::PAGE;

/// `profile`: the token's user, without scopes; empty for somebody who left.
pub(super) fn profile(state: &mut State, caller: Caller, _: &Parameter) -> Result<Answer, Failure> {
    let profile = state.user(caller.user_id).filter(|user| user.active).map(|user| {
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

/// `user.get`: by `ID` or a filter, all without one; departed users too, technical ones never.
pub(super) fn get(state: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    Ok(found(state, parameters, |_| true))
}

/// `user.search`: by a piece of a name, active users unless asked otherwise.
pub(super) fn search(state: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let of = |name: &str| {
        let filter = parameters.get("FILTER");
        parameters
            .text_of(name)
            .or_else(|| filter.and_then(|filter| filter.text_of(name)))
    };
    let (anywhere, name, last_name) = (of("FIND"), of("NAME"), of("LAST_NAME"));
    let starts = |wanted: &Option<String>, text: &str| {
        wanted
            .as_ref()
            .is_none_or(|wanted| text.to_lowercase().starts_with(&wanted.to_lowercase()))
    };
    Ok(found(state, parameters, |user| {
        let name_and_position = format!("{} {} {}", user.name, user.last_name, user.position).to_lowercase();
        anywhere
            .as_ref()
            .is_none_or(|wanted| name_and_position.contains(&wanted.to_lowercase()))
            && starts(&name, &user.name)
            && starts(&last_name, &user.last_name)
    }))
}

fn found(state: &State, parameters: &Parameter, also: impl Fn(&SeedUser) -> bool) -> Answer {
    let filter = parameters.get("FILTER");
    // Both `FILTER[ID]` and a bare `ID` are understood.
    let texts = |name: &str| {
        let bare = parameters.texts_of(name);
        let prefixed = ["", "=", "@"].map(|prefix| format!("{prefix}{name}"));
        let nested = prefixed
            .iter()
            .flat_map(|name| filter.map(|filter| filter.texts_of(name)).unwrap_or_default());
        nested.chain(bare).collect::<Vec<String>>()
    };
    let (ids, emails, types) = (texts("ID"), texts("EMAIL"), texts("USER_TYPE"));
    let more_than = filter
        .and_then(|filter| filter.text_of(">ID"))
        .and_then(|id| id.parse::<u64>().ok());
    let active = texts("ACTIVE")
        .first()
        .map(|flag| matches!(flag.as_str(), "1" | "true" | "Y"));
    let downwards = parameters
        .text_of("order")
        .is_some_and(|order| order.eq_ignore_ascii_case("desc"));
    let among = |wanted: &[String], text: &str| wanted.is_empty() || wanted.iter().any(|one| one == text);
    let mut users: Vec<&SeedUser> = state
        .users
        .values()
        .filter(|user| among(&ids, &user.id.to_string()) && among(&emails, &user.mail()))
        .filter(|user| among(&types, user.user_type()) && active.is_none_or(|active| user.active == active))
        .filter(|user| more_than.is_none_or(|id| user.id > id) && also(user))
        .collect();
    match parameters.text_of("sort").as_deref() {
        Some("NAME") => users.sort_by_key(|user| user.name.clone()),
        Some("LAST_NAME") => users.sort_by_key(|user| user.last_name.clone()),
        _ => {}
    }
    if downwards {
        users.reverse();
    }
    let start = list::start(parameters);
    let offset = usize::try_from(start).unwrap_or(0);
    let total = users.len();
    let rows: Vec<Value> = users.into_iter().skip(offset).take(PAGE).map(record).collect();
    Answer {
        result: Value::Array(rows),
        total: Some(if start < 0 { 0 } else { total }),
        next: (start >= 0 && offset + PAGE < total).then_some(offset + PAGE),
    }
}

/// `department.get`: by `ID`, all without one.
pub(super) fn departments(state: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let ids = parameters.texts_of("ID");
    let found: Vec<&SeedDepartment> = state
        .departments
        .values()
        .filter(|department| ids.is_empty() || ids.contains(&department.id.to_string()))
        .collect();
    let offset = usize::try_from(list::start(parameters)).unwrap_or(0);
    let total = found.len();
    let rows = found.into_iter().skip(offset).take(PAGE).map(|department| {
        let mut row = json!({"ID": department.id.to_string(), "NAME": department.name, "SORT": 500});
        // The topmost one comes without these.
        if let Some(parent) = department.parent {
            row["PARENT"] = json!(parent.to_string());
        }
        if let Some(head) = department.head {
            row["UF_HEAD"] = json!(head.to_string());
        }
        row
    });
    Ok(Answer {
        result: rows.collect(),
        total: Some(total),
        next: (offset + PAGE < total).then_some(offset + PAGE),
    })
}

fn record(user: &SeedUser) -> Value {
    json!({
        "ID": user.id.to_string(), "XML_ID": null, "ACTIVE": user.active, "NAME": user.name,
        "LAST_NAME": user.last_name, "SECOND_NAME": "", "TITLE": null, "EMAIL": user.mail(),
        "LAST_LOGIN": "2026-09-01T09:00:00+03:00", "DATE_REGISTER": "2024-02-01T00:00:00+03:00",
        "TIME_ZONE": "", "IS_ONLINE": if user.active { "Y" } else { "N" }, "TIME_ZONE_OFFSET": "10800",
        "TIMESTAMP_X": {}, "LAST_ACTIVITY_DATE": {}, "PERSONAL_GENDER": "", "PERSONAL_WWW": "",
        "PERSONAL_BIRTHDAY": "", "PERSONAL_PHOTO": "", "PERSONAL_MOBILE": "", "PERSONAL_CITY": "",
        "WORK_PHONE": "", "WORK_POSITION": user.position,
        "UF_EMPLOYMENT_DATE": "", "UF_DEPARTMENT": if user.extranet { json!([]) } else { json!(user.departments) },
        "USER_TYPE": user.user_type(),
    })
}
