//! `crm.{lead,deal,company,contact}.userfield.*`: settings of custom fields, for administrators to change.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::parameter::Parameter;
use crate::rest::envelope::{Answer, Failure};
use crate::rest::method::{Caller, list, require_admin};
use crate::state::State;
use crate::state::crm::EntityKind;
use crate::state::crm::record_of;
use crate::state::crm::table::{Record, text};
use crate::state::crm::userfield::{Refused, UserField, normalized_name};

/// A refusal of a field's settings.
pub(super) fn refusal(refused: Refused, name: &str) -> Failure {
    let sentence = match refused {
        Refused::Taken => format!("Поле {name} для этого объекта уже существует.<br>"),
        Refused::Name => {
            "Код поля содержит недопустимые символы или слишком длинный. Максимум 50.<br>".to_owned()
        }
        Refused::Type => "Неверный тип пользовательского поля.<br>".to_owned(),
    };
    Failure::bad_request("ERROR_CORE", &sentence)
}

/// The settings in a parameter, by upper-case names.
pub(super) fn settings(fields: &Parameter) -> Record {
    match fields.to_value() {
        Value::Object(map) => record_of(map),
        _ => Record::new(),
    }
}

/// `crm.<type>.userfield.add`.
pub(in crate::rest) fn add(
    state: &mut State,
    caller: Caller,
    kind: EntityKind,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    require_admin(caller)?;
    let record = settings(parameters.get("fields").unwrap_or(&Parameter::default()));
    for required in ["USER_TYPE_ID", "FIELD_NAME"] {
        if text(&record, required).is_empty() {
            return Err(Failure::unnamed(&format!("The '{required}' field is not found.")));
        }
    }
    let name = text(&record, "FIELD_NAME");
    let added = state.crm.user_fields.add(kind, record);
    let id = added.map_err(|refused| refusal(refused, &normalized_name(&name).unwrap_or(name)))?;
    Ok(json!(id).into())
}

/// `crm.<type>.userfield.list`: labels only when the filter names a language.
pub(in crate::rest) fn list(
    state: &mut State,
    _: Caller,
    kind: EntityKind,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let language = parameters.get("filter").and_then(|filter| filter.text_of("LANG"));
    let entity = kind.user_field_entity();
    let known = |name: &str| {
        let name = name.to_ascii_uppercase();
        Ok((name != "LANG").then_some(name))
    };
    let fields = &state.crm.user_fields;
    let read = |id: u64, record: &Record, name: &str| {
        let row = UserField { id, record }.row(None);
        row.get(name)
            .map(crate::state::crm::table::texts)
            .unwrap_or_default()
    };
    let found = list::query(parameters, &known)?.run(fields.table(), &read, &|_, record: &Record| {
        text(record, "ENTITY_ID") == entity
    });
    Ok(list::answer(&found, |id| {
        let record = fields.table().get(id)?;
        Some(Value::Object(UserField { id, record }.row(language.as_deref())))
    }))
}

fn number_of(state: &State, kind: EntityKind, parameters: &Parameter) -> Result<u64, Failure> {
    let id = parameters
        .id_of("id")
        .ok_or_else(|| Failure::unnamed("ID is not defined or invalid."))?;
    let known = state.crm.user_fields.of(kind).any(|field| field.id == id);
    known.then_some(id).ok_or_else(|| {
        let sentence = format!("The entity with ID '{id}' is not found.");
        Failure::new(StatusCode::BAD_REQUEST, "ERROR_NOT_FOUND", &sentence)
    })
}

/// `crm.<type>.userfield.get`: with all labels, by language.
pub(in crate::rest) fn get(
    state: &mut State,
    _: Caller,
    kind: EntityKind,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let id = number_of(state, kind, parameters)?;
    let fields = &state.crm.user_fields;
    let record = fields.table().get(id);
    let mut row = record.map_or_else(Map::new, |record| UserField { id, record }.row(None));
    for place in ["EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL"] {
        let labels = record.and_then(|record| record.get(place)).cloned();
        row.insert(
            place.to_owned(),
            labels.unwrap_or_else(|| json!({"ru": "", "en": ""})),
        );
    }
    Ok(Value::Object(row).into())
}

/// `crm.<type>.userfield.update`.
pub(in crate::rest) fn update(
    state: &mut State,
    caller: Caller,
    kind: EntityKind,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    require_admin(caller)?;
    let id = number_of(state, kind, parameters)?;
    let changes = settings(parameters.get("fields").unwrap_or(&Parameter::default()));
    Ok(json!(state.crm.user_fields.change(id, changes)).into())
}

/// `crm.<type>.userfield.delete`.
pub(in crate::rest) fn delete(
    state: &mut State,
    caller: Caller,
    kind: EntityKind,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    require_admin(caller)?;
    let id = number_of(state, kind, parameters)?;
    Ok(json!(state.crm.user_fields.remove(id)).into())
}
