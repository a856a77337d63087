//! `crm.requisite.*`: company details, their presets, and the links of deals to them.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{is_visible, tell, writer};
use crate::parameter::Parameter;
use crate::rest::envelope::{Answer, Failure};
use crate::rest::method::{Caller, list};
use crate::state::State;
use crate::state::crm::EntityKind;
use crate::state::crm::requisite::{names, row, value};
use crate::state::crm::table::{Record, number, text, texts};

fn denied() -> Failure {
    Failure {
        code: json!(0),
        ..Failure::new(StatusCode::BAD_REQUEST, "", "Access denied.")
    }
}

/// Details are seen with their company or contact.
fn is_owner_visible(state: &State, caller: Caller, record: &Record) -> bool {
    let kind = number(record, "ENTITY_TYPE_ID").and_then(EntityKind::from_type_id);
    let item = kind
        .zip(number(record, "ENTITY_ID"))
        .and_then(|(kind, id)| state.crm.item(kind, id));
    item.is_none_or(|item| is_visible(state, caller, item))
}

/// `crm.requisite.list`.
pub(in crate::rest) fn list(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let filter = parameters.get("filter");
    let asked = filter
        .map(|filter| filter.texts_of("ENTITY_ID"))
        .unwrap_or_default();
    let hidden = asked.iter().filter_map(|id| id.parse().ok()).any(|id| {
        let company = state.crm.item(EntityKind::Company, id);
        company.is_some_and(|company| !is_visible(state, caller, company))
    });
    if hidden {
        return Err(denied());
    }
    let crm = &state.crm;
    let read = |id: u64, record: &Record, name: &str| texts(&value(id, record, name));
    let found = list::query(parameters, &list::upper)?.run(&crm.requisites, &read, &|_, record: &Record| {
        is_owner_visible(state, caller, record)
    });
    let select = list::select(parameters);
    Ok(list::answer(&found, |id| {
        Some(Value::Object(row(id, crm.requisites.get(id)?, &select)))
    }))
}

fn found(state: &State, caller: Caller, parameters: &Parameter) -> Result<u64, Failure> {
    let id = parameters
        .id_of("id")
        .ok_or_else(|| Failure::unnamed("ID is not defined or invalid."))?;
    let record = state
        .crm
        .requisites
        .get(id)
        .ok_or_else(|| Failure::unnamed(&format!("The Requisite with ID '{id}' is not found")))?;
    if is_owner_visible(state, caller, record) {
        Ok(id)
    } else {
        Err(denied())
    }
}

/// `crm.requisite.get`.
pub(in crate::rest) fn get(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let id = found(state, caller, parameters)?;
    let record = state.crm.requisites.get(id).ok_or_else(denied)?;
    Ok(Value::Object(row(id, record, &[])).into())
}

fn given(parameters: &Parameter) -> Record {
    let fields = parameters
        .get("fields")
        .map(Parameter::entries)
        .unwrap_or_default();
    fields
        .iter()
        .map(|(name, value)| {
            (
                Cow::from(name.to_ascii_uppercase()),
                json!(value.text().unwrap_or_default()),
            )
        })
        .filter(|(name, _)| !matches!(name.as_ref(), "ID" | "DATE_CREATE" | "DATE_MODIFY"))
        .collect()
}

/// `crm.requisite.add`.
pub(in crate::rest) fn add(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let mut record = given(parameters);
    for required in ["ENTITY_TYPE_ID", "ENTITY_ID", "PRESET_ID", "NAME"] {
        if text(&record, required).is_empty() {
            return Err(Failure::unnamed(&format!(
                "{required} is not defined or invalid."
            )));
        }
    }
    let kind = number(&record, "ENTITY_TYPE_ID")
        .and_then(EntityKind::from_type_id)
        .filter(|kind| matches!(kind, EntityKind::Company | EntityKind::Contact))
        .ok_or_else(|| Failure::unnamed("ENTITY_TYPE_ID is not defined or invalid."))?;
    let owner = number(&record, "ENTITY_ID").and_then(|id| state.crm.item(kind, id));
    if !owner.is_some_and(|owner| is_visible(state, caller, owner)) {
        return Err(denied());
    }
    let writer = writer(state, caller);
    record.insert(Cow::from("DATE_CREATE"), json!(writer.now));
    record.insert(Cow::from("CREATED_BY_ID"), json!(writer.user_id.to_string()));
    let id = state.crm.requisites.add(record);
    tell(state, caller, "REQUISITE", "ADD", id);
    Ok(json!(id).into())
}

/// `crm.requisite.update`.
pub(in crate::rest) fn update(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let id = found(state, caller, parameters)?;
    let (changes, writer) = (given(parameters), writer(state, caller));
    state.crm.requisites.change(id, |record| {
        let owner = |name: &str| matches!(name, "ENTITY_TYPE_ID" | "ENTITY_ID");
        record.extend(changes.into_iter().filter(|(name, _)| !owner(name)));
        record.insert(Cow::from("DATE_MODIFY"), json!(writer.now));
        record.insert(Cow::from("MODIFY_BY_ID"), json!(writer.user_id.to_string()));
    });
    tell(state, caller, "REQUISITE", "UPDATE", id);
    Ok(json!(true).into())
}

/// `crm.requisite.delete`.
pub(in crate::rest) fn delete(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let id = found(state, caller, parameters)?;
    state.crm.requisites.remove(id);
    tell(state, caller, "REQUISITE", "DELETE", id);
    Ok(json!(true).into())
}

/// `crm.requisite.fields`.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(in crate::rest) fn fields(_: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    let described: Map<String, Value> = names()
        .map(|name| {
            let type_name = match name {
                "ID" | "ENTITY_TYPE_ID" | "ENTITY_ID" | "PRESET_ID" | "SORT" => "integer",
                "DATE_CREATE" | "DATE_MODIFY" => "datetime",
                "CREATED_BY_ID" | "MODIFY_BY_ID" => "user",
                "ACTIVE" | "ADDRESS_ONLY" | "RQ_VAT_PAYER" => "char",
                _ => "string",
            };
            let own = matches!(
                name,
                "ID" | "DATE_CREATE" | "DATE_MODIFY" | "CREATED_BY_ID" | "MODIFY_BY_ID"
            );
            let description = json!({
                "type": type_name,
                "isRequired": matches!(name, "ENTITY_TYPE_ID" | "ENTITY_ID" | "PRESET_ID" | "NAME"),
                "isReadOnly": own,
                "isImmutable": matches!(name, "ENTITY_TYPE_ID" | "ENTITY_ID" | "PRESET_ID"),
                "isMultiple": false,
                "isDynamic": false,
                "title": name,
            });
            (name.to_owned(), description)
        })
        .collect();
    Ok(Value::Object(described).into())
}

/// Presets: number, country, name.
const PRESETS: [(u64, u64, &str); 5] = [
    (1, 1, "Организация"),
    (2, 1, "Индивидуальный предприниматель"),
    (3, 1, "Физическое лицо"),
    (4, 6, "Организация (Казахстан)"),
    (5, 4, "Организация (Беларусь)"),
];

/// `crm.requisite.preset.list`.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(in crate::rest) fn preset_list(
    _: &mut State,
    _: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let select = list::select(parameters);
    let wanted = parameters.get("filter").and_then(|filter| filter.text_of("ID"));
    let rows: Vec<Value> = PRESETS
        .iter()
        .filter(|(id, _, _)| wanted.as_ref().is_none_or(|wanted| *wanted == id.to_string()))
        .map(|(id, country, name)| {
            let row = json!({
                "ID": id.to_string(), "ENTITY_TYPE_ID": "8", "COUNTRY_ID": country.to_string(),
                "DATE_CREATE": "2024-02-01T00:00:00+03:00", "DATE_MODIFY": "", "CREATED_BY_ID": "1",
                "MODIFY_BY_ID": "0", "NAME": name, "XML_ID": format!("#CRM_REQUISITE_PRESET_{id}#"), "ACTIVE": "Y",
                "SORT": (id * 100 + 400).to_string(),
            });
            let fields = row.as_object().cloned().unwrap_or_default();
            let asked = |name: &String| select.is_empty() || select.iter().any(|one| one == "*" || one == name);
            Value::Object(fields.into_iter().filter(|(name, _)| asked(name)).collect())
        })
        .collect();
    Ok(Answer {
        total: Some(rows.len()),
        next: None,
        result: Value::Array(rows),
    })
}

fn link_row((entity_type, entity): (u64, u64), link: [u64; 4]) -> Value {
    json!({
        "ENTITY_TYPE_ID": entity_type.to_string(), "ENTITY_ID": entity.to_string(),
        "REQUISITE_ID": link[0].to_string(), "BANK_DETAIL_ID": link[1].to_string(),
        "MC_REQUISITE_ID": link[2].to_string(), "MC_BANK_DETAIL_ID": link[3].to_string(),
    })
}

/// `crm.requisite.link.list`.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(in crate::rest) fn link_list(
    state: &mut State,
    _: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let filter = parameters
        .get("filter")
        .map(Parameter::entries)
        .unwrap_or_default();
    let passes = |row: &Value| {
        filter.iter().all(|(name, wanted)| {
            let name = name.trim_start_matches(['=', '@']).to_ascii_uppercase();
            let wanted = crate::state::crm::write::texts_of(wanted);
            row.get(&name)
                .is_none_or(|value| texts(value).iter().any(|text| wanted.contains(text)))
        })
    };
    let rows: Vec<Value> = state
        .crm
        .requisite_links
        .iter()
        .map(|(owner, link)| link_row(*owner, *link))
        .filter(passes)
        .collect();
    let (start, total) = (list::start(parameters), rows.len());
    let offset = usize::try_from(start).unwrap_or(0);
    let page: Vec<Value> = rows.into_iter().skip(offset).take(50).collect();
    Ok(Answer {
        result: Value::Array(page),
        total: Some(if start < 0 { 0 } else { total }),
        next: (start >= 0 && offset + 50 < total).then_some(offset + 50),
    })
}

/// `crm.requisite.link.get`.
pub(in crate::rest) fn link_get(
    state: &mut State,
    _: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let number = |name: &str| {
        let missing = format!("{name} is not defined or invalid.");
        parameters.id_of(name).ok_or_else(|| Failure::unnamed(&missing))
    };
    let owner = (number("entityTypeId")?, number("entityId")?);
    let link = state.crm.requisite_links.get(&owner);
    let link = link.ok_or_else(|| {
        let sentence = format!(
            "RequisiteLink with ENTITY_TYPE_ID {} ENTITY_ID {} is not found",
            owner.0, owner.1
        );
        Failure::unnamed(&sentence)
    })?;
    Ok(link_row(owner, *link).into())
}

/// `crm.requisite.link.register`.
pub(in crate::rest) fn link_register(
    state: &mut State,
    _: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let fields = parameters
        .get("fields")
        .ok_or_else(|| Failure::unnamed("Parameter 'fields' must be array."))?;
    let number = |name: &str| fields.id_of(name).unwrap_or(0);
    let owner = (number("ENTITY_TYPE_ID"), number("ENTITY_ID"));
    if owner.0 == 0 || owner.1 == 0 {
        return Err(Failure::unnamed(
            "ENTITY_TYPE_ID or ENTITY_ID is not defined or invalid.",
        ));
    }
    let link = [
        "REQUISITE_ID",
        "BANK_DETAIL_ID",
        "MC_REQUISITE_ID",
        "MC_BANK_DETAIL_ID",
    ]
    .map(number);
    state.crm.requisite_links.insert(owner, link);
    Ok(json!(true).into())
}
