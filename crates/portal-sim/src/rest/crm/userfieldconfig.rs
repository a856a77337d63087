//! `userfieldconfig.*`: the newer way to settings of custom fields, in camel case.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::userfield::refusal;
use crate::parameter::Parameter;
use crate::rest::envelope::{Answer, Failure};
use crate::rest::method::{Caller, list, require_admin};
use crate::state::State;
use crate::state::crm::EntityKind;
use crate::state::crm::table::{Record, text};
use crate::state::crm::userfield::UserField;

/// Names of settings: ours, classic.
const NAMES: [(&str, &str); 15] = [
    ("entityId", "ENTITY_ID"),
    ("fieldName", "FIELD_NAME"),
    ("userTypeId", "USER_TYPE_ID"),
    ("xmlId", "XML_ID"),
    ("sort", "SORT"),
    ("multiple", "MULTIPLE"),
    ("mandatory", "MANDATORY"),
    ("showFilter", "SHOW_FILTER"),
    ("showInList", "SHOW_IN_LIST"),
    ("editInList", "EDIT_IN_LIST"),
    ("isSearchable", "IS_SEARCHABLE"),
    ("settings", "SETTINGS"),
    ("editFormLabel", "EDIT_FORM_LABEL"),
    ("listColumnLabel", "LIST_COLUMN_LABEL"),
    ("enum", "LIST"),
];

fn kind_of(entity: &str) -> Option<EntityKind> {
    EntityKind::EVERY
        .into_iter()
        .find(|kind| kind.user_field_entity().eq_ignore_ascii_case(entity))
}

fn module(parameters: &Parameter) -> Result<(), Failure> {
    match parameters.text_of("moduleId").as_deref() {
        Some("crm") => Ok(()),
        Some(_) => Err(Failure::bad_request("ACCESS_DENIED", "Access denied")),
        None => Err(Failure::bad_request(
            "100",
            "Could not find value for parameter {moduleId}",
        )),
    }
}

fn modern(field: UserField<'_>) -> Value {
    let row = field.row(None);
    let mut modern = Map::new();
    modern.insert("id".to_owned(), json!(field.id.to_string()));
    for (name, classic) in NAMES {
        let value = match classic {
            "LIST" if !row.contains_key("LIST") => continue,
            "LIST" => camel_items(&row["LIST"]),
            "EDIT_FORM_LABEL" | "LIST_COLUMN_LABEL" => field
                .record
                .get(classic)
                .cloned()
                .unwrap_or_else(|| json!({"ru": "", "en": ""})),
            _ => row.get(classic).cloned().unwrap_or(Value::Null),
        };
        modern.insert(name.to_owned(), value);
    }
    Value::Object(modern)
}

fn camel_items(items: &Value) -> Value {
    let items = items.as_array().into_iter().flatten();
    items
        .map(|item| json!({"id": item["ID"], "value": item["VALUE"], "sort": item["SORT"], "def": item["DEF"]}))
        .collect()
}

/// `userfieldconfig.add`.
pub(in crate::rest) fn add(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    module(parameters)?;
    require_admin(caller)?;
    let field = parameters
        .get("field")
        .ok_or_else(|| Failure::bad_request("100", "Could not find value for parameter {field}"))?;
    let mut record = Record::new();
    for (name, classic) in NAMES {
        let Some(value) = field.get(name) else { continue };
        let mut value = value.to_value();
        if classic == "LIST" {
            for item in value.as_array_mut().into_iter().flatten() {
                *item = json!({"VALUE": item["value"], "SORT": item["sort"], "DEF": item["def"]});
            }
        }
        record.insert(Cow::from(classic), value);
    }
    let name = text(&record, "FIELD_NAME");
    let kind = kind_of(&text(&record, "ENTITY_ID"))
        .ok_or_else(|| Failure::bad_request("0", "Field entityId is not allowed"))?;
    let added = state.crm.user_fields.add(kind, record);
    let id = added.map_err(|refused| refusal(refused, &name))?;
    let added = state.crm.user_fields.of(kind).find(|field| field.id == id);
    Ok(json!({"field": added.map(modern)}).into())
}

/// `userfieldconfig.list`.
pub(in crate::rest) fn list(state: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    module(parameters)?;
    let rename = |name: &str| {
        let known = NAMES
            .iter()
            .find(|(modern, classic)| *modern == name || *classic == name);
        Ok(match known {
            Some((_, classic)) => Some((*classic).to_owned()),
            None => name.eq_ignore_ascii_case("id").then(|| "ID".to_owned()),
        })
    };
    let table = state.crm.user_fields.table();
    let read = |id: u64, record: &Record, name: &str| {
        let row = UserField { id, record }.row(None);
        row.get(name)
            .map(crate::state::crm::table::texts)
            .unwrap_or_default()
    };
    let found = list::query(parameters, &rename)?.run(table, &read, &|_, _| true);
    let mut answer = list::answer(&found, |id| {
        Some(modern(UserField {
            id,
            record: table.get(id)?,
        }))
    });
    answer.result = json!({"fields": answer.result});
    Ok(answer)
}
