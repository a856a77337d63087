//! `crm.lead.*`, `crm.deal.*`, `crm.company.*`, `crm.contact.*`: texts, empty error codes.

use serde_json::{Map, Value, json};

use super::{is_visible, tell, visible_item, writer};
use crate::parameter::Parameter;
use crate::rest::envelope::{Answer, Failure};
use crate::rest::method::{Caller, list};
use crate::state::State;
use crate::state::crm::schema::{self, Shape};
use crate::state::crm::table::Record;
use crate::state::crm::write::{Names, changes};
use crate::state::crm::{EntityKind, userfield};

fn id_of(parameters: &Parameter) -> Result<u64, Failure> {
    parameters
        .id_of("id")
        .ok_or_else(|| Failure::unnamed("ID is not defined or invalid."))
}

/// `crm.<type>.get`.
pub(in crate::rest) fn get(
    state: &mut State,
    caller: Caller,
    kind: EntityKind,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let item = visible_item(state, caller, kind, id_of(parameters)?)?;
    Ok(Value::Object(item.classic(&state.crm.user_fields)).into())
}

/// `crm.<type>.list`.
pub(in crate::rest) fn list(
    state: &mut State,
    caller: Caller,
    kind: EntityKind,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let fields = schema::fields(kind);
    let known = |name: &str| {
        let name = name.to_ascii_uppercase();
        let custom = name.starts_with("UF_") && state.crm.user_fields.find(kind, &name).is_some();
        // A filter by a field that isn't there is no filter, as on a portal.
        Ok((custom || schema::find(fields, &name).is_some()).then_some(name))
    };
    let query = list::query(parameters, &known)?;
    let crm = &state.crm;
    let found = query.run(
        crm.table(kind),
        &|id, record: &Record, name: &str| crm.as_item(kind, id, record).texts(name),
        &|id, record: &Record| is_visible(state, caller, crm.as_item(kind, id, record)),
    );
    let select = list::select(parameters);
    Ok(list::answer(&found, |id| {
        let item = crm.item(kind, id)?;
        Some(Value::Object(item.classic_selected(&crm.user_fields, &select)))
    }))
}

/// `crm.<type>.add`: the new number.
pub(in crate::rest) fn add(
    state: &mut State,
    caller: Caller,
    kind: EntityKind,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let fields = parameters.get("fields");
    if fields.is_none() {
        return Err(Failure::unnamed("Parameter 'fields' must be array."));
    }
    let changes = changes(kind, &state.crm.user_fields, fields, Names::Classic);
    let missing = match kind {
        EntityKind::Company => !changes.contains_key("TITLE"),
        EntityKind::Contact => !changes.contains_key("NAME") && !changes.contains_key("LAST_NAME"),
        EntityKind::Lead | EntityKind::Deal => false,
    };
    if missing {
        return Err(Failure::unnamed(match kind {
            EntityKind::Company => "Не заполнено обязательное поле \"Название компании\".<br>",
            _ => "Поле \"Имя\" или \"Фамилия\" обязательно для заполнения.<br>",
        }));
    }
    let writer = writer(state, caller);
    let id = state.crm.add(kind, changes, &writer);
    tell(state, caller, &kind.code(), "ADD", id);
    Ok(json!(id).into())
}

/// `crm.<type>.update`.
pub(in crate::rest) fn update(
    state: &mut State,
    caller: Caller,
    kind: EntityKind,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let id = id_of(parameters)?;
    visible_item(state, caller, kind, id)?;
    let fields = parameters.get("fields");
    if fields.is_none() {
        return Err(Failure::unnamed("Parameter 'fields' must be array."));
    }
    let changes = changes(kind, &state.crm.user_fields, fields, Names::Classic);
    let writer = writer(state, caller);
    state.crm.update(kind, id, changes, &writer);
    tell(state, caller, &kind.code(), "UPDATE", id);
    Ok(json!(true).into())
}

/// `crm.<type>.delete`.
pub(in crate::rest) fn delete(
    state: &mut State,
    caller: Caller,
    kind: EntityKind,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let id = id_of(parameters)?;
    visible_item(state, caller, kind, id)?;
    for detail in state.crm.remove(kind, id).unwrap_or_default() {
        tell(state, caller, "REQUISITE", "DELETE", detail);
    }
    tell(state, caller, &kind.code(), "DELETE", id);
    Ok(json!(true).into())
}

/// `crm.<type>.fields`.
#[expect(clippy::unnecessary_wraps, reason = "every method answers so")]
pub(in crate::rest) fn fields(
    state: &mut State,
    _: Caller,
    kind: EntityKind,
    _: &Parameter,
) -> Result<Answer, Failure> {
    let mut described = Map::new();
    for field in schema::fields(kind) {
        described.insert(field.name.to_owned(), description(field, field.name));
    }
    for field in state.crm.user_fields.of(kind) {
        described.insert(
            field.name(),
            custom_description(field, &state.language, &field.name()),
        );
    }
    Ok(Value::Object(described).into())
}

/// How a field of the platform's own is described.
pub(super) fn description(field: &schema::Field, title: &str) -> Value {
    let mut description = json!({
        "type": field.shape.type_name(field.name),
        "isRequired": field.name == "TITLE" && field.modern == "title",
        "isReadOnly": field.read_only,
        "isImmutable": field.shape == Shape::Id,
        "isMultiple": matches!(field.shape, Shape::Multiple | Shape::Contacts),
        "isDynamic": false,
        "title": title,
    });
    if field.shape == Shape::Status {
        description["statusType"] = json!(match field.name {
            "STATUS_ID" => "STATUS",
            "STAGE_ID" => "DEAL_STAGE",
            "SOURCE_ID" => "SOURCE",
            "TYPE_ID" => "DEAL_TYPE",
            name => name,
        });
    }
    description
}

/// How a custom field is described.
pub(super) fn custom_description(field: userfield::UserField<'_>, language: &str, title: &str) -> Value {
    let label = field.label(language).unwrap_or_else(|| field.name());
    let row = field.row(None);
    let mut description = json!({
        "type": field.type_name(),
        "isRequired": row["MANDATORY"] == "Y",
        "isReadOnly": false,
        "isImmutable": false,
        "isMultiple": field.is_multiple(),
        "isDynamic": true,
        "title": title,
        "listLabel": label,
        "formLabel": label,
        "filterLabel": label,
        "settings": row["SETTINGS"],
    });
    if let Some(items) = row.get("LIST").and_then(Value::as_array) {
        let items: Vec<Value> = items
            .iter()
            .map(|item| json!({"ID": item["ID"], "VALUE": item["VALUE"]}))
            .collect();
        description["items"] = json!(items);
    }
    description
}
