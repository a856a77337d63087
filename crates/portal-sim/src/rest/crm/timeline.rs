//! `crm.timeline.*`: comments and log messages of cards.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::activity::is_owner_visible;
use super::writer;
use crate::parameter::Parameter;
use crate::rest::envelope::{Answer, Failure};
use crate::rest::method::{Caller, list};
use crate::state::State;
use crate::state::crm::EntityKind;
use crate::state::crm::table::{Record, number, text, texts};

fn entry(state: &State, caller: Caller, sort: &str, kind: EntityKind, id: u64) -> Record {
    let writer = writer(state, caller);
    [
        ("SORT", sort.to_owned()),
        ("ENTITY_ID", id.to_string()),
        ("ENTITY_TYPE", kind.path().to_owned()),
        ("CREATED", writer.now),
        ("AUTHOR_ID", writer.user_id.to_string()),
    ]
    .into_iter()
    .map(|(name, text)| (Cow::from(name), json!(text)))
    .collect()
}

/// `crm.timeline.comment.add`: only the key `fields` in lower case is accepted.
pub(in crate::rest) fn comment_add(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let named = parameters.entries().iter().find(|(name, _)| name == "fields");
    let fields = named.map(|(_, fields)| fields);
    let fields =
        fields.ok_or_else(|| Failure::bad_request("100", "Could not find value for parameter {fields}"))?;
    let id = fields
        .id_of("ENTITY_ID")
        .ok_or_else(|| Failure::unnamed("Entity ID is not set or invalid."))?;
    let kind = fields
        .text_of("ENTITY_TYPE")
        .as_deref()
        .and_then(EntityKind::from_path);
    let kind = kind.ok_or_else(|| Failure::unnamed("Entity type is not set or invalid."))?;
    let comment = fields
        .text_of("COMMENT")
        .ok_or_else(|| Failure::unnamed("Comment message is not set."))?;
    if !is_owner_visible(state, caller, kind.type_id(), id) {
        return Err(Failure::unnamed("Access denied."));
    }
    let mut record = entry(state, caller, "comment", kind, id);
    record.insert(Cow::from("COMMENT"), json!(comment));
    let id = state.crm.timeline.add(record);
    state.raise(
        "ONCRMTIMELINECOMMENTADD",
        json!({"FIELDS": {"ID": id.to_string()}}),
        Some(caller.user_id),
    );
    Ok(json!(id).into())
}

/// `crm.timeline.comment.list`: the filter needs the card.
pub(in crate::rest) fn comment_list(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let filter = parameters.get("filter");
    let id = filter.and_then(|filter| filter.id_of("ENTITY_ID"));
    let kind = filter.and_then(|filter| filter.text_of("ENTITY_TYPE"));
    let (Some(id), Some(kind)) = (id, kind.as_deref().and_then(EntityKind::from_path)) else {
        return Err(Failure::unnamed("Filter must contain ENTITY_ID and ENTITY_TYPE."));
    };
    if !is_owner_visible(state, caller, kind.type_id(), id) {
        return Err(Failure::unnamed("Access denied."));
    }
    let table = &state.crm.timeline;
    let read = |id: u64, record: &Record, name: &str| match name {
        "ID" => vec![id.to_string()],
        _ => record.get(name).map(texts).unwrap_or_default(),
    };
    let visible = |_: u64, record: &Record| text(record, "SORT") == "comment";
    let found = list::query(parameters, &list::upper)?.run(table, &read, &visible);
    let select = list::select(parameters);
    Ok(list::answer(&found, |id| {
        let record = table.get(id)?;
        let row: Map<String, Value> = [
            "ID",
            "ENTITY_ID",
            "ENTITY_TYPE",
            "CREATED",
            "COMMENT",
            "AUTHOR_ID",
        ]
        .into_iter()
        .filter(|name| select.is_empty() || *name == "ID" || select.iter().any(|asked| asked == name))
        .map(|name| {
            let value = if name == "ID" {
                id.to_string()
            } else {
                text(record, name)
            };
            (name.to_owned(), json!(value))
        })
        .collect();
        Some(Value::Object(row))
    }))
}

/// `crm.timeline.logmessage.add`.
pub(in crate::rest) fn log_message_add(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let missing =
        |name: &str| Failure::bad_request("100", &format!("Could not find value for parameter {{{name}}}"));
    let fields = parameters.get("fields").ok_or_else(|| missing("fields"))?;
    let required = |name: &str| fields.text_of(name).ok_or_else(|| missing(name));
    let kind = fields.id_of("entityTypeId").and_then(EntityKind::from_type_id);
    let kind = kind.ok_or_else(|| Failure::bad_request("OWNER_NOT_FOUND", "Элемент CRM не найден"))?;
    let id = fields.id_of("entityId").ok_or_else(|| missing("entityId"))?;
    let (title, message) = (required("title")?, required("text")?);
    let icon = fields.text_of("iconCode").unwrap_or_else(|| "info".to_owned());
    if state.crm.item(kind, id).is_none() {
        return Err(Failure::bad_request("OWNER_NOT_FOUND", "Элемент CRM не найден"));
    }
    if !is_owner_visible(state, caller, kind.type_id(), id) {
        return Err(Failure::bad_request("ACCESS_DENIED", "Доступ запрещен"));
    }
    let mut record = entry(state, caller, "log", kind, id);
    for (name, value) in [("TITLE", &title), ("TEXT", &message), ("ICON", &icon)] {
        record.insert(Cow::from(name), json!(value));
    }
    let (created, author) = (text(&record, "CREATED"), number(&record, "AUTHOR_ID"));
    let id = state.crm.timeline.add(record);
    Ok(json!({"logMessage": {
        "id": id, "created": created, "authorId": author, "title": title, "text": message, "iconCode": icon,
    }})
    .into())
}
