//! `crm.*`: items in both generations of methods, and company details.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::envelope::{Answer, Failure};
use super::method::Caller;
use crate::parameter::Parameter;
use crate::state::State;
use crate::state::crm::{EntityKind, Item};

/// Rows of a page; the portal doesn't let anyone choose.
const PAGE: usize = 50;

/// `crm.lead.get`.
pub(super) fn lead_get(state: &mut State, caller: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    classic_get(state, caller, EntityKind::Lead, parameters)
}

/// `crm.deal.get`.
pub(super) fn deal_get(state: &mut State, caller: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    classic_get(state, caller, EntityKind::Deal, parameters)
}

/// `crm.company.get`.
pub(super) fn company_get(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    classic_get(state, caller, EntityKind::Company, parameters)
}

fn classic_get(
    state: &State,
    caller: Caller,
    kind: EntityKind,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let id = parameters
        .id_of("id")
        .ok_or_else(|| Failure::unnamed("ID is not defined or invalid."))?;
    let item = state
        .crm
        .item(kind, id)
        .ok_or_else(|| Failure::unnamed("Not found"))?;
    if !is_visible(item, caller) {
        return Err(Failure::unnamed("Access denied."));
    }
    Ok(Value::Object(item.classic()).into())
}

fn is_visible(item: &Item, caller: Caller) -> bool {
    caller.is_admin || !item.restricted
}

fn kind_of(parameters: &Parameter) -> Result<EntityKind, Failure> {
    parameters
        .id_of("entityTypeId")
        .and_then(EntityKind::from_type_id)
        .ok_or_else(|| Failure::bad_request("NOT_FOUND", "Entity type not found"))
}

fn keeps_names(parameters: &Parameter) -> bool {
    parameters
        .text_of("useOriginalUfNames")
        .is_some_and(|flag| flag.eq_ignore_ascii_case("y"))
}

/// `crm.item.get`.
pub(super) fn item_get(state: &mut State, caller: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    let kind = kind_of(parameters)?;
    let item = parameters
        .id_of("id")
        .and_then(|id| state.crm.item(kind, id))
        .ok_or_else(|| Failure::bad_request("NOT_FOUND", "Element not found"))?;
    if !is_visible(item, caller) {
        return Err(Failure::bad_request("ACCESS_DENIED", "Access denied"));
    }
    Ok(json!({"item": item.modern(keeps_names(parameters))}).into())
}

/// `crm.item.list`: filter by equality, lists, and `>id`, `<id` with their variants.
pub(super) fn item_list(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let kind = kind_of(parameters)?;
    let keeps_names = keeps_names(parameters);
    let rows: Vec<Map<String, Value>> = state
        .crm
        .items(kind)
        .filter(|item| is_visible(item, caller))
        .map(|item| item.modern(keeps_names))
        .filter(|row| passes(row, parameters.get("filter")))
        .collect();
    let mut answer = page(rows, parameters);
    answer.result = json!({"items": answer.result});
    Ok(answer)
}

/// `crm.requisite.list`.
pub(super) fn requisite_list(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let hidden: Vec<String> = state
        .crm
        .items(EntityKind::Company)
        .filter(|company| !is_visible(company, caller))
        .map(|company| company.id.to_string())
        .collect();
    let is_hidden = |id: &str| hidden.iter().any(|company| company == id);
    let asked = parameters
        .get("filter")
        .map(|filter| filter.texts_of("ENTITY_ID"))
        .unwrap_or_default();
    if asked.iter().any(|id| is_hidden(id)) {
        return Err(Failure {
            code: json!(0),
            ..Failure::new(StatusCode::BAD_REQUEST, "", "Access denied.")
        });
    }
    let select = parameters.texts_of("select");
    let rows = state
        .crm
        .requisites
        .iter()
        .filter(|row| {
            !row.get("ENTITY_ID")
                .and_then(Value::as_str)
                .is_some_and(is_hidden)
        })
        .filter(|row| passes(row, parameters.get("filter")))
        .map(|row| selected(row, &select))
        .collect();
    Ok(page(rows, parameters))
}

fn selected(row: &Map<String, Value>, select: &[String]) -> Map<String, Value> {
    let all = select.is_empty() || select.iter().any(|name| name == "*");
    row.iter()
        .filter(|(name, _)| all || select.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// One page from `start`; `-1` switches the count off.
fn page(rows: Vec<Map<String, Value>>, parameters: &Parameter) -> Answer {
    let start: i64 = parameters
        .text_of("start")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let counted = start >= 0;
    let offset = usize::try_from(start).unwrap_or(0);
    let total = rows.len();
    let items: Vec<Value> = rows
        .into_iter()
        .skip(offset)
        .take(PAGE)
        .map(Value::Object)
        .collect();
    let next = (counted && offset + PAGE < total).then_some(offset + PAGE);
    Answer {
        result: Value::Array(items),
        total: Some(if counted { total } else { 0 }),
        next,
    }
}

/// Whether a row passes every condition of a filter.
fn passes(row: &Map<String, Value>, filter: Option<&Parameter>) -> bool {
    let conditions = filter.map(Parameter::entries).unwrap_or_default();
    conditions.iter().all(|(key, wanted)| {
        let name = key.trim_start_matches(['>', '<', '=', '@', '!', '%']);
        let operator = &key[..key.len() - name.len()];
        let actual = row
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value);
        let actual = actual.map(scalar_text).unwrap_or_default();
        let wanted: Vec<String> = match wanted {
            Parameter::Map(entries) => entries.iter().filter_map(|(_, value)| value.text()).collect(),
            scalar => vec![scalar.text().unwrap_or_default()],
        };
        holds(operator, &actual, &wanted)
    })
}

fn holds(operator: &str, actual: &str, wanted: &[String]) -> bool {
    let compared = || {
        let (actual, wanted) = (actual.parse::<i64>().ok()?, wanted.first()?.parse::<i64>().ok()?);
        Some(actual.cmp(&wanted))
    };
    match operator {
        ">" => compared().is_some_and(std::cmp::Ordering::is_gt),
        ">=" => compared().is_some_and(std::cmp::Ordering::is_ge),
        "<" => compared().is_some_and(std::cmp::Ordering::is_lt),
        "<=" => compared().is_some_and(std::cmp::Ordering::is_le),
        "%" => wanted.iter().any(|part| actual.contains(part.as_str())),
        "!" | "!=" | "!@" => !wanted.iter().any(|value| value == actual),
        _ => wanted.iter().any(|value| value == actual),
    }
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}
