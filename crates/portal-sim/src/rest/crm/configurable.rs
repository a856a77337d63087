//! `crm.activity.configurable.*`: activities whose look the application makes. Application context only.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::activity::{CONFIGURABLE, change, check_responsible, owner, store};
use super::layout;
use crate::parameter::Parameter;
use crate::rest::envelope::{Answer, Failure};
use crate::rest::method::Caller;
use crate::state::crm::table::{Record, number, text};
use crate::state::crm::{filter, portal_time};
use crate::state::{Credential, State};

fn require_application(state: &State) -> Result<(), Failure> {
    if state.credential == Credential::Application {
        Ok(())
    } else {
        let sentence = "Метод доступен только в контексте приложения";
        Err(Failure::bad_request("ERROR_WRONG_CONTEXT", sentence))
    }
}

fn changes(fields: Option<&Parameter>) -> Result<Record, Failure> {
    let mut record = Record::new();
    let Some(fields) = fields else {
        return Ok(record);
    };
    let flag = |name: &str| {
        fields
            .text_of(name)
            .map(|flag| matches!(flag.as_str(), "Y" | "1" | "true"))
    };
    if let Some(deadline) = fields.text_of("deadline") {
        let moment = filter::moment(&deadline).ok_or_else(|| {
            Failure::bad_request("WRONG_FIELD_VALUE", "Недопустимое значение поля deadline")
        })?;
        if flag("isIncomingChannel") == Some(true) {
            let sentence = "У входящего дела не может быть крайнего срока";
            return Err(Failure::bad_request(
                "INCOMING_ACTIVITY_CAN_NOT_BE_WITH_DEADLINE",
                sentence,
            ));
        }
        for name in ["DEADLINE", "END_TIME"] {
            record.insert(Cow::from(name), json!(portal_time(&moment)));
        }
    }
    if let Some(completed) = flag("completed") {
        record.insert(Cow::from("COMPLETED"), json!(if completed { "Y" } else { "N" }));
    }
    if let Some(incoming) = flag("isIncomingChannel") {
        record.insert(
            Cow::from("IS_INCOMING_CHANNEL"),
            json!(if incoming { "Y" } else { "N" }),
        );
    }
    for (name, classic) in [
        ("responsibleId", "RESPONSIBLE_ID"),
        ("originatorId", "ORIGINATOR_ID"),
        ("originId", "ORIGIN_ID"),
        ("typeId", "PROVIDER_TYPE_ID"),
        ("badgeCode", "BADGE_CODE"),
    ] {
        if let Some(text) = fields.text_of(name) {
            record.insert(Cow::from(classic), json!(text));
        }
    }
    Ok(record)
}

fn title(layout: &Value) -> String {
    match &layout["header"]["title"] {
        Value::String(title) => title.clone(),
        Value::Object(titles) => titles
            .values()
            .find_map(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        _ => String::new(),
    }
}

/// `crm.activity.configurable.add`.
pub(in crate::rest) fn add(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    require_application(state)?;
    let (type_id, owner) = owner(state, caller, parameters)?;
    let layout = parameters.get("layout").map(Parameter::to_value);
    layout::check(layout.as_ref())?;
    let mut record = changes(parameters.get("fields"))?;
    check_responsible(state, &record)?;
    let layout = layout.unwrap_or_default();
    for (name, value) in [
        ("OWNER_TYPE_ID", json!(type_id.to_string())),
        ("OWNER_ID", json!(owner.to_string())),
        ("PROVIDER_ID", json!(CONFIGURABLE)),
        ("SUBJECT", json!(title(&layout))),
        ("LAYOUT", layout),
    ] {
        record.insert(Cow::from(name), value);
    }
    record
        .entry(Cow::from("PROVIDER_TYPE_ID"))
        .or_insert_with(|| json!("CONFIGURABLE"));
    let id = store(state, caller, record);
    Ok(json!({"activity": {"id": id}}).into())
}

fn number_of(state: &State, parameters: &Parameter) -> Result<u64, Failure> {
    let id = parameters
        .id_of("id")
        .ok_or_else(|| Failure::bad_request("100", "Could not find value for parameter {id}"))?;
    let record = state.crm.activities.get(id);
    record
        .filter(|record| text(record, "PROVIDER_ID") == CONFIGURABLE)
        .map(|_| id)
        .ok_or_else(|| Failure::bad_request("NOT_FOUND", "Дело не найдено"))
}

/// `crm.activity.configurable.update`.
pub(in crate::rest) fn update(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    require_application(state)?;
    let id = number_of(state, parameters)?;
    let mut changes = changes(parameters.get("fields"))?;
    if let Some(layout) = parameters.get("layout").map(Parameter::to_value) {
        layout::check(Some(&layout))?;
        changes.insert(Cow::from("SUBJECT"), json!(title(&layout)));
        changes.insert(Cow::from("LAYOUT"), layout);
    }
    change(state, caller, id, changes);
    Ok(json!({"activity": {"id": id}}).into())
}

/// `crm.activity.configurable.get`.
pub(in crate::rest) fn get(state: &mut State, _: Caller, parameters: &Parameter) -> Result<Answer, Failure> {
    require_application(state)?;
    let id = number_of(state, parameters)?;
    let empty = Record::new();
    let record = state.crm.activities.get(id).unwrap_or(&empty);
    let optional = |name: &str| Some(text(record, name)).filter(|text| !text.is_empty());
    Ok(json!({"activity": {
        "id": id,
        "ownerTypeId": number(record, "OWNER_TYPE_ID"),
        "ownerId": number(record, "OWNER_ID"),
        "fields": {
            "typeId": text(record, "PROVIDER_TYPE_ID"),
            "completed": text(record, "COMPLETED") == "Y",
            "deadline": optional("DEADLINE"),
            "pingOffsets": [],
            "isIncomingChannel": if text(record, "IS_INCOMING_CHANNEL") == "Y" { "Y" } else { "N" },
            "responsibleId": number(record, "RESPONSIBLE_ID"),
            "badgeCode": optional("BADGE_CODE"),
            "originatorId": optional("ORIGINATOR_ID"),
            "originId": optional("ORIGIN_ID"),
        },
        "layout": record.get("LAYOUT"),
    }})
    .into())
}
