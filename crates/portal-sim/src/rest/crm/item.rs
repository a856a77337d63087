//! `crm.item.*`: integers, camel case, named error codes, one set of methods for every type.

use serde_json::{Map, Value, json};

use super::classic::{custom_description, description};
use super::{is_visible, tell, writer};
use crate::parameter::Parameter;
use crate::rest::envelope::{Answer, Failure};
use crate::rest::method::{Caller, list};
use crate::state::State;
use crate::state::crm::schema::{self, Shape};
use crate::state::crm::table::Record;
use crate::state::crm::userfield::modern_name;
use crate::state::crm::write::{Names, changes};
use crate::state::crm::{EntityKind, Item};

fn kind_of(parameters: &Parameter) -> Result<EntityKind, Failure> {
    if parameters.text_of("entityTypeId").is_none() {
        let missing = "Could not find value for parameter {entityTypeId}";
        return Err(Failure::bad_request("100", missing));
    }
    parameters
        .id_of("entityTypeId")
        .and_then(EntityKind::from_type_id)
        .ok_or_else(|| Failure::bad_request("NOT_FOUND", "Смарт-процесс не найден"))
}

fn keeps_names(parameters: &Parameter) -> bool {
    parameters
        .text_of("useOriginalUfNames")
        .is_some_and(|flag| flag.eq_ignore_ascii_case("y") || flag == "1")
}

fn item_of<'a>(
    state: &'a State,
    caller: Caller,
    kind: EntityKind,
    parameters: &Parameter,
) -> Result<Item<'a>, Failure> {
    if parameters.text_of("id").is_none() {
        return Err(Failure::bad_request(
            "100",
            "Could not find value for parameter {id}",
        ));
    }
    let item = parameters
        .id_of("id")
        .and_then(|id| state.crm.item(kind, id))
        .ok_or_else(|| Failure::bad_request("NOT_FOUND", "Элемент не найден"))?;
    if is_visible(state, caller, item) {
        Ok(item)
    } else {
        Err(Failure::bad_request("ACCESS_DENIED", "Доступ запрещен"))
    }
}

/// `crm.item.get`.
pub(in crate::rest) fn get(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let item = item_of(state, caller, kind_of(parameters)?, parameters)?;
    Ok(json!({"item": item.modern(&state.crm.user_fields, keeps_names(parameters))}).into())
}

/// The classic name of a field that a filter or an order has in either spelling.
fn classic_name(state: &State, kind: EntityKind, name: &str, place: &str) -> Result<Option<String>, Failure> {
    let fields = schema::fields(kind);
    let known = schema::find_modern(fields, name)
        .or_else(|| schema::find(fields, name))
        .map(|field| field.name.to_owned());
    let custom = || {
        let mut custom = state.crm.user_fields.of(kind);
        custom
            .find(|field| field.name().eq_ignore_ascii_case(name) || modern_name(&field.name()) == name)
            .map(|field| field.name())
    };
    known.or_else(custom).map(Some).ok_or_else(|| {
        let sentence = format!("Invalid {place}: field '{name}' is not allowed in {place}");
        Failure::bad_request("INVALID_ARG_VALUE", &sentence)
    })
}

/// `crm.item.list`.
pub(in crate::rest) fn list(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let kind = kind_of(parameters)?;
    let rename = |name: &str| classic_name(state, kind, name, "filter");
    let query = list::query(parameters, &rename)?;
    let crm = &state.crm;
    let found = query.run(
        crm.table(kind),
        &|id, record: &Record, name: &str| crm.as_item(kind, id, record).texts(name),
        &|id, record: &Record| is_visible(state, caller, crm.as_item(kind, id, record)),
    );
    let (keeps_names, select) = (keeps_names(parameters), list::select(parameters));
    let mut answer = list::answer(&found, |id| {
        let row = crm.item(kind, id)?.modern(&crm.user_fields, keeps_names);
        Some(Value::Object(selected(row, &select)))
    });
    answer.result = json!({"items": answer.result});
    Ok(answer)
}

fn selected(row: Map<String, Value>, select: &[String]) -> Map<String, Value> {
    let named = |name: &str| select.iter().any(|asked| asked.eq_ignore_ascii_case(name));
    if select.is_empty() || named("*") {
        return row;
    }
    let custom = named("UF_*") || named("ufCrm*");
    let is_custom = |name: &str| name.starts_with("ufCrm") || name.starts_with("UF_");
    let asked_classic = |name: &str| {
        select
            .iter()
            .any(|asked| asked.starts_with("UF_") && modern_name(asked) == name)
    };
    row.into_iter()
        .filter(|(name, _)| {
            matches!(name.as_str(), "id" | "entityTypeId")
                || named(name)
                || is_custom(name) && (custom || asked_classic(name))
        })
        .collect()
}

/// `crm.item.add`.
pub(in crate::rest) fn add(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let kind = kind_of(parameters)?;
    let fields = fields_of(parameters)?;
    let changes = changes(kind, &state.crm.user_fields, Some(fields), Names::Modern);
    if kind == EntityKind::Company && !changes.contains_key("TITLE") {
        let sentence = "Поле \"Название компании\" обязательно для заполнения";
        return Err(Failure::bad_request("CRM_FIELD_ERROR_REQUIRED", sentence));
    }
    let writer = writer(state, caller);
    let id = state.crm.add(kind, changes, &writer);
    tell(state, caller, &kind.code(), "ADD", id);
    written(state, kind, id, parameters)
}

fn fields_of(parameters: &Parameter) -> Result<&Parameter, Failure> {
    parameters
        .get("fields")
        .ok_or_else(|| Failure::bad_request("100", "Could not find value for parameter {fields}"))
}

fn written(state: &State, kind: EntityKind, id: u64, parameters: &Parameter) -> Result<Answer, Failure> {
    let item = state
        .crm
        .item(kind, id)
        .ok_or_else(|| Failure::bad_request("NOT_FOUND", "Элемент не найден"))?;
    Ok(json!({"item": item.modern(&state.crm.user_fields, keeps_names(parameters))}).into())
}

/// `crm.item.update`.
pub(in crate::rest) fn update(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let kind = kind_of(parameters)?;
    let id = item_of(state, caller, kind, parameters)?.id;
    let changes = changes(
        kind,
        &state.crm.user_fields,
        Some(fields_of(parameters)?),
        Names::Modern,
    );
    let writer = writer(state, caller);
    state.crm.update(kind, id, changes, &writer);
    tell(state, caller, &kind.code(), "UPDATE", id);
    written(state, kind, id, parameters)
}

/// `crm.item.delete`: an empty list.
pub(in crate::rest) fn delete(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let kind = kind_of(parameters)?;
    let id = item_of(state, caller, kind, parameters)?.id;
    for detail in state.crm.remove(kind, id).unwrap_or_default() {
        tell(state, caller, "REQUISITE", "DELETE", detail);
    }
    tell(state, caller, &kind.code(), "DELETE", id);
    Ok(json!([]).into())
}

/// `crm.item.fields`.
pub(in crate::rest) fn fields(
    state: &mut State,
    _: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let kind = kind_of(parameters)?;
    let keeps_names = keeps_names(parameters);
    let mut described = Map::new();
    let own = schema::fields(kind)
        .iter()
        .filter(|field| !field.modern.is_empty() && field.shape != Shape::Multiple);
    for field in own {
        let mut entry = description(field, field.name);
        entry["upperName"] = json!(field.name);
        described.insert(field.modern.to_owned(), entry);
    }
    for field in state.crm.user_fields.of(kind) {
        let name = field.name();
        let label = field.label(&state.language).unwrap_or_else(|| name.clone());
        let mut entry = custom_description(field, &state.language, &label);
        entry["upperName"] = json!(name);
        described.insert(if keeps_names { name } else { modern_name(&name) }, entry);
    }
    Ok(json!({"fields": described}).into())
}
