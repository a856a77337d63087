//! `crm.activity.*` and `crm.activity.todo.*`: activities of cards.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::{is_visible, writer};
use crate::parameter::Parameter;
use crate::rest::envelope::{Answer, Failure};
use crate::rest::method::{Caller, list};
use crate::state::State;
use crate::state::crm::table::{Record, number, text, texts};
use crate::state::crm::{EntityKind, filter, portal_time};

/// The provider of plain to-dos.
pub(super) const TODO: &str = "CRM_TODO";
/// The provider of activities whose look the application makes.
pub(super) const CONFIGURABLE: &str = "CONFIGURABLE_REST_APP";

/// Fields of an activity with what an unset one holds.
const FIELDS: [(&str, Option<&str>); 38] = [
    ("OWNER_ID", Some("0")),
    ("OWNER_TYPE_ID", Some("0")),
    ("TYPE_ID", Some("6")),
    ("PROVIDER_ID", None),
    ("PROVIDER_TYPE_ID", None),
    ("PROVIDER_GROUP_ID", None),
    ("ASSOCIATED_ENTITY_ID", Some("0")),
    ("SUBJECT", Some("")),
    ("CREATED", None),
    ("LAST_UPDATED", None),
    ("START_TIME", Some("")),
    ("END_TIME", Some("")),
    ("DEADLINE", Some("")),
    ("COMPLETED", Some("N")),
    ("STATUS", Some("1")),
    ("RESPONSIBLE_ID", Some("1")),
    ("PRIORITY", Some("1")),
    ("NOTIFY_TYPE", Some("0")),
    ("NOTIFY_VALUE", Some("0")),
    ("DESCRIPTION", Some("")),
    ("DESCRIPTION_TYPE", Some("1")),
    ("DIRECTION", Some("0")),
    ("LOCATION", Some("")),
    ("SETTINGS", None),
    ("ORIGINATOR_ID", None),
    ("ORIGIN_ID", None),
    ("AUTHOR_ID", Some("1")),
    ("EDITOR_ID", Some("1")),
    ("PROVIDER_PARAMS", None),
    ("PROVIDER_DATA", None),
    ("RESULT_MARK", Some("0")),
    ("RESULT_VALUE", None),
    ("RESULT_SUM", None),
    ("RESULT_CURRENCY_ID", None),
    ("RESULT_STATUS", Some("0")),
    ("RESULT_STREAM", Some("0")),
    ("RESULT_SOURCE_ID", None),
    ("AUTOCOMPLETE_RULE", Some("0")),
];

fn value(id: u64, record: &Record, name: &str) -> Value {
    if name == "ID" {
        return json!(id.to_string());
    }
    if matches!(name, "SETTINGS" | "PROVIDER_PARAMS") {
        return record.get(name).cloned().unwrap_or_else(|| json!([]));
    }
    let set = text(record, name);
    if !set.is_empty() {
        return json!(set);
    }
    let default = FIELDS.iter().find(|(known, _)| *known == name);
    default
        .and_then(|(_, default)| *default)
        .map_or(Value::Null, |text| json!(text))
}

fn row(id: u64, record: &Record, select: &[String]) -> Value {
    let all = select.is_empty() || select.iter().any(|name| name == "*");
    let names = std::iter::once("ID").chain(FIELDS.iter().map(|(name, _)| *name));
    let row: Map<String, Value> = names
        .filter(|name| all || *name == "ID" || select.iter().any(|asked| asked.eq_ignore_ascii_case(name)))
        .map(|name| (name.to_owned(), value(id, record, name)))
        .collect();
    Value::Object(row)
}

/// Whether the caller sees the card that an activity belongs to.
pub(super) fn is_owner_visible(state: &State, caller: Caller, type_id: u64, id: u64) -> bool {
    let item = EntityKind::from_type_id(type_id).and_then(|kind| state.crm.item(kind, id));
    item.is_some_and(|item| is_visible(state, caller, item))
}

/// `crm.activity.list`.
pub(in crate::rest) fn list(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let table = &state.crm.activities;
    let read = |id: u64, record: &Record, name: &str| texts(&value(id, record, name));
    let visible = |_: u64, record: &Record| {
        let owner = number(record, "OWNER_TYPE_ID").zip(number(record, "OWNER_ID"));
        owner.is_none_or(|(type_id, id)| is_owner_visible(state, caller, type_id, id))
    };
    let found = list::query(parameters, &list::upper)?.run(table, &read, &visible);
    let select = list::select(parameters);
    Ok(list::answer(&found, |id| Some(row(id, table.get(id)?, &select))))
}

fn number_of(state: &State, parameters: &Parameter) -> Result<u64, Failure> {
    let id = parameters
        .id_of("id")
        .ok_or_else(|| Failure::unnamed("ID is not defined or invalid."))?;
    let known = state.crm.activities.get(id).is_some();
    known
        .then_some(id)
        .ok_or_else(|| Failure::unnamed("Activity is not found."))
}

/// `crm.activity.get`.
pub(in crate::rest) fn get(state: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let id = number_of(state, parameters)?;
    let record = state.crm.activities.get(id);
    Ok(record.map_or(Value::Null, |record| row(id, record, &[])).into())
}

fn given(parameters: &Parameter) -> Record {
    let fields = parameters
        .get("fields")
        .map(Parameter::entries)
        .unwrap_or_default();
    let mut record = Record::new();
    for (name, value) in fields {
        let name = name.to_ascii_uppercase();
        let known = FIELDS.iter().find(|(known, _)| *known == name);
        let Some((name, _)) = known else { continue };
        let value = match (*name, value) {
            ("SETTINGS" | "PROVIDER_PARAMS", value) => value.to_value(),
            ("START_TIME" | "END_TIME" | "DEADLINE", value) => {
                let moment = value.text().as_deref().and_then(filter::moment);
                json!(moment.map_or_else(String::new, |moment| portal_time(&moment)))
            }
            (_, value) => json!(value.text().unwrap_or_default()),
        };
        record.insert(Cow::from(*name), value);
    }
    record
}

/// Stamps and stores a new activity.
pub(super) fn store(state: &mut State, caller: Caller, mut record: Record) -> u64 {
    let writer = writer(state, caller);
    let user = json!(writer.user_id.to_string());
    for (name, value) in [
        ("CREATED", json!(writer.now)),
        ("LAST_UPDATED", json!(writer.now)),
        ("AUTHOR_ID", user.clone()),
        ("EDITOR_ID", user.clone()),
    ] {
        record.insert(Cow::from(name), value);
    }
    record.entry(Cow::from("RESPONSIBLE_ID")).or_insert(user);
    let id = state.crm.activities.add(record);
    state.raise(
        "ONCRMACTIVITYADD",
        json!({"FIELDS": {"ID": id.to_string()}}),
        Some(caller.user_id),
    );
    id
}

/// Applies changes to an activity.
pub(super) fn change(state: &mut State, caller: Caller, id: u64, changes: Record) {
    let writer = writer(state, caller);
    state.crm.activities.change(id, |record| {
        record.extend(changes);
        record.insert(Cow::from("LAST_UPDATED"), json!(writer.now));
        record.insert(Cow::from("EDITOR_ID"), json!(writer.user_id.to_string()));
        let completed = text(record, "COMPLETED") == "Y";
        record.insert(Cow::from("STATUS"), json!(if completed { "2" } else { "1" }));
    });
    state.raise(
        "ONCRMACTIVITYUPDATE",
        json!({"FIELDS": {"ID": id.to_string()}}),
        Some(caller.user_id),
    );
}

/// `crm.activity.add`.
pub(in crate::rest) fn add(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let record = given(parameters);
    for (name, sentence) in [
        ("OWNER_TYPE_ID", "The field OWNER_TYPE_ID is required."),
        ("OWNER_ID", "The field OWNER_ID is required."),
        ("TYPE_ID", "The field TYPE_ID is not defined or invalid."),
    ] {
        if number(&record, name).is_none() {
            return Err(Failure::unnamed(sentence));
        }
    }
    let owner = (number(&record, "OWNER_TYPE_ID"), number(&record, "OWNER_ID"));
    let (Some(type_id), Some(owner)) = owner else {
        return Err(Failure::unnamed("Could not find CRM entity."));
    };
    if !is_owner_visible(state, caller, type_id, owner) {
        return Err(Failure::unnamed("Access denied."));
    }
    Ok(json!(store(state, caller, record)).into())
}

/// `crm.activity.update`.
pub(in crate::rest) fn update(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let id = number_of(state, parameters)?;
    change(state, caller, id, given(parameters));
    Ok(json!(true).into())
}

/// `crm.activity.delete`.
pub(in crate::rest) fn delete(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let id = number_of(state, parameters)?;
    state.crm.activities.remove(id);
    state.raise(
        "ONCRMACTIVITYDELETE",
        json!({"FIELDS": {"ID": id.to_string()}}),
        Some(caller.user_id),
    );
    Ok(json!(true).into())
}

/// The card that a call of the newer methods is about.
pub(super) fn owner(state: &State, caller: Caller, parameters: &Parameter) -> Result<(u64, u64), Failure> {
    let required = |name: &str| {
        let missing = format!("Could not find value for parameter {{{name}}}");
        parameters
            .id_of(name)
            .ok_or_else(|| Failure::bad_request("100", &missing))
    };
    let (type_id, id) = (required("ownerTypeId")?, required("ownerId")?);
    let item = EntityKind::from_type_id(type_id).and_then(|kind| state.crm.item(kind, id));
    let item = item.ok_or_else(|| Failure::bad_request("OWNER_NOT_FOUND", "Элемент CRM не найден"))?;
    if is_visible(state, caller, item) {
        Ok((type_id, id))
    } else {
        Err(Failure::bad_request("ACCESS_DENIED", "Доступ запрещен"))
    }
}

/// Refuses a responsible person who is not there any more.
pub(super) fn check_responsible(state: &State, record: &Record) -> Result<(), Failure> {
    let named = record.get("RESPONSIBLE_ID").is_some();
    if !named || number(record, "RESPONSIBLE_ID").is_some_and(|id| state.accepts_responsible(id)) {
        return Ok(());
    }
    let sentence = "Неверное значение поля \"Ответственный\"";
    Err(Failure::bad_request("WRONG_RESPONSIBLE", sentence))
}

fn todo_changes(parameters: &Parameter) -> Result<Record, Failure> {
    let mut record = Record::new();
    if let Some(deadline) = parameters.text_of("deadline") {
        let moment = filter::moment(&deadline)
            .ok_or_else(|| Failure::bad_request("WRONG_DATETIME_FORMAT", "Неверный формат даты"))?;
        for name in ["DEADLINE", "END_TIME", "START_TIME"] {
            record.insert(Cow::from(name), json!(portal_time(&moment)));
        }
    }
    for (name, classic) in [
        ("title", "SUBJECT"),
        ("description", "DESCRIPTION"),
        ("responsibleId", "RESPONSIBLE_ID"),
    ] {
        if let Some(text) = parameters.text_of(name) {
            record.insert(Cow::from(classic), json!(text));
        }
    }
    Ok(record)
}

/// `crm.activity.todo.add`.
pub(in crate::rest) fn todo_add(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let (type_id, owner) = owner(state, caller, parameters)?;
    if parameters.text_of("deadline").is_none() {
        return Err(Failure::bad_request(
            "100",
            "Could not find value for parameter {deadline}",
        ));
    }
    let mut record = todo_changes(parameters)?;
    check_responsible(state, &record)?;
    for (name, text) in [
        ("OWNER_TYPE_ID", type_id.to_string()),
        ("OWNER_ID", owner.to_string()),
        ("PROVIDER_ID", TODO.to_owned()),
        ("PROVIDER_TYPE_ID", "TODO".to_owned()),
    ] {
        record.insert(Cow::from(name), json!(text));
    }
    record
        .entry(Cow::from("SUBJECT"))
        .or_insert_with(|| json!("Дело"));
    Ok(json!({"id": store(state, caller, record)}).into())
}

/// `crm.activity.todo.update` and its narrower kin.
pub(in crate::rest) fn todo_update(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let (type_id, owner) = owner(state, caller, parameters)?;
    let id = parameters
        .id_of("id")
        .ok_or_else(|| Failure::bad_request("100", "Could not find value for parameter {id}"))?;
    let record = state.crm.activities.get(id).filter(|record| {
        text(record, "PROVIDER_ID") == TODO
            && number(record, "OWNER_TYPE_ID") == Some(type_id)
            && number(record, "OWNER_ID") == Some(owner)
    });
    let record = record.ok_or_else(|| Failure::bad_request("NOT_FOUND", "Дело не найдено"))?;
    if text(record, "COMPLETED") == "Y" {
        let sentence = "Нельзя изменить завершенное дело";
        return Err(Failure::bad_request("CAN_NOT_UPDATE_COMPLETED_TODO", sentence));
    }
    change(state, caller, id, todo_changes(parameters)?);
    Ok(json!({"id": id}).into())
}
