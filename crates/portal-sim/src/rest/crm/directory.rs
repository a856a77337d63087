//! Small parts of the CRM: reference lists, contacts of cards, search by telephone, currencies.

use serde_json::{Map, Value, json};

use super::{is_visible, visible_item};
use crate::parameter::Parameter;
use crate::rest::envelope::{Answer, Failure};
use crate::rest::method::{Caller, list};
use crate::state::State;
use crate::state::crm::EntityKind;
use crate::state::crm::table::texts;

/// Reference lists: list, code, name.
const STATUSES: [(&str, &str, &str); 22] = [
    ("STATUS", "NEW", "Новый"),
    ("STATUS", "IN_PROCESS", "В работе"),
    ("STATUS", "PROCESSED", "Обработан"),
    ("STATUS", "JUNK", "Некачественный лид"),
    ("STATUS", "CONVERTED", "Качественный лид"),
    ("DEAL_STAGE", "NEW", "Новая"),
    ("DEAL_STAGE", "PREPARATION", "Подготовка документов"),
    ("DEAL_STAGE", "EXECUTING", "В работе"),
    ("DEAL_STAGE", "FINAL_INVOICE", "Финальный счёт"),
    ("DEAL_STAGE", "WON", "Сделка успешна"),
    ("DEAL_STAGE", "LOSE", "Сделка провалена"),
    ("SOURCE", "CALL", "Звонок"),
    ("SOURCE", "EMAIL", "Электронная почта"),
    ("SOURCE", "WEB", "Веб-сайт"),
    ("SOURCE", "TRADE_SHOW", "Выставка"),
    ("COMPANY_TYPE", "CUSTOMER", "Клиент"),
    ("COMPANY_TYPE", "SUPPLIER", "Поставщик"),
    ("COMPANY_TYPE", "PARTNER", "Партнёр"),
    ("INDUSTRY", "MANUFACTURING", "Производство"),
    ("INDUSTRY", "TRADE", "Торговля"),
    ("CONTACT_TYPE", "CLIENT", "Клиент"),
    ("DEAL_TYPE", "SALE", "Продажа"),
];

/// `crm.status.list`.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(in crate::rest) fn status_list(
    _: &mut State,
    _: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let filter = parameters.get("filter");
    let wanted = |name: &str| filter.map(|filter| filter.texts_of(name)).unwrap_or_default();
    let (entities, codes) = (wanted("ENTITY_ID"), wanted("STATUS_ID"));
    let among = |wanted: &[String], value: &str| wanted.is_empty() || wanted.iter().any(|one| one == value);
    let rows: Vec<Value> = STATUSES
        .iter()
        .enumerate()
        .filter(|(_, (entity, code, _))| among(&entities, entity) && among(&codes, code))
        .map(|(index, (entity, code, name))| {
            let semantics = match crate::state::crm::stage_semantic(code) {
                "P" => Value::Null,
                semantics => json!(semantics),
            };
            json!({
                "ID": (index + 1).to_string(), "ENTITY_ID": entity, "STATUS_ID": code, "NAME": name,
                "NAME_INIT": name, "SORT": ((index + 1) * 10).to_string(), "SYSTEM": "Y", "CATEGORY_ID": null,
                "COLOR": null, "SEMANTICS": semantics, "EXTRA": {"SEMANTICS": "process", "COLOR": "#39A8EF"},
            })
        })
        .collect();
    Ok(Answer {
        total: Some(rows.len()),
        next: None,
        result: Value::Array(rows),
    })
}

/// `crm.deal.contact.items.get` and `crm.company.contact.items.get`.
pub(in crate::rest) fn contact_items(
    state: &mut State,
    caller: Caller,
    kind: EntityKind,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let id = parameters
        .id_of("id")
        .ok_or_else(|| Failure::unnamed("The parameter ID is invalid or not defined."))?;
    let item = visible_item(state, caller, kind, id)?;
    let mut contacts: Vec<String> = item.record.get("CONTACT_IDS").map(texts).unwrap_or_default();
    if contacts.is_empty() {
        contacts.extend(Some(item.text("CONTACT_ID")).filter(|id| !id.is_empty()));
    }
    if kind == EntityKind::Company {
        let linked = state.crm.items_of_company(EntityKind::Contact, id);
        contacts.extend(linked.iter().map(|contact| contact.id.to_string()));
    }
    let rows: Vec<Value> = contacts
        .iter()
        .filter_map(|contact| contact.parse::<u64>().ok())
        .enumerate()
        .map(|(index, contact)| {
            let primary = if index == 0 { "Y" } else { "N" };
            json!({"CONTACT_ID": contact, "SORT": (index + 1) * 10, "ROLE_ID": 0, "IS_PRIMARY": primary})
        })
        .collect();
    Ok(Value::Array(rows).into())
}

/// `crm.duplicate.findbycomm`: numbers by type, an empty list when there are none.
pub(in crate::rest) fn find_by_communication(
    state: &mut State,
    caller: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let name = parameters
        .text_of("type")
        .unwrap_or_default()
        .to_ascii_uppercase();
    if name != "PHONE" && name != "EMAIL" {
        return Err(Failure::unnamed("Communication type is not defined or invalid."));
    }
    let values = parameters.texts_of("values");
    if values.is_empty() {
        return Err(Failure::unnamed("Communication values is not defined."));
    }
    let canonical = |text: &str| -> String {
        if name == "PHONE" {
            text.chars().filter(char::is_ascii_digit).collect()
        } else {
            text.to_lowercase()
        }
    };
    let wanted: Vec<String> = values.iter().map(|value| canonical(value)).collect();
    let only = parameters
        .text_of("entity_type")
        .as_deref()
        .and_then(EntityKind::from_path);
    let mut found = Map::new();
    for kind in [EntityKind::Lead, EntityKind::Contact, EntityKind::Company] {
        if only.is_some_and(|only| only != kind) {
            continue;
        }
        let items = state
            .crm
            .items(kind)
            .filter(|item| is_visible(state, caller, *item));
        let ids: Vec<u64> = items
            .filter(|item| {
                item.texts(&name)
                    .iter()
                    .any(|value| wanted.contains(&canonical(value)))
            })
            .map(|item| item.id)
            .take(20)
            .collect();
        if !ids.is_empty() {
            found.insert(kind.code(), json!(ids));
        }
    }
    Ok(if found.is_empty() {
        json!([])
    } else {
        Value::Object(found)
    }
    .into())
}

/// Currencies: code, name, rate, whether it is the base.
const CURRENCIES: [(&str, &str, &str, bool); 4] = [
    ("RUB", "Российский рубль", "1.0000", true),
    ("KZT", "Тенге", "0.1900", false),
    ("BYN", "Белорусский рубль", "29.1000", false),
    ("USD", "Доллар США", "92.4000", false),
];

/// `crm.currency.list`.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(in crate::rest) fn currency_list(_: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    let rows: Vec<Value> = CURRENCIES
        .iter()
        .enumerate()
        .map(|(index, one)| currency(index, one))
        .collect();
    Ok(Answer {
        total: Some(rows.len()),
        next: None,
        result: Value::Array(rows),
    })
}

fn currency(index: usize, (code, name, rate, base): &(&str, &str, &str, bool)) -> Value {
    json!({
        "CURRENCY": code, "AMOUNT_CNT": "1", "AMOUNT": rate, "SORT": ((index + 1) * 100).to_string(),
        "BASE": if *base { "Y" } else { "N" }, "FULL_NAME": name, "LID": "ru", "FORMAT_STRING": "# &#8381;",
        "DEC_POINT": ".", "THOUSANDS_SEP": " ", "DECIMALS": "2",
        "DATE_UPDATE": "2026-09-01T10:00:00+03:00",
    })
}

/// `crm.currency.base.get`.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(in crate::rest) fn currency_base(_: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    Ok(json!("RUB").into())
}

/// `crm.currency.get`.
pub(in crate::rest) fn currency_get(
    _: &mut State,
    _: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let code = parameters.text_of("id").unwrap_or_default();
    let found = CURRENCIES
        .iter()
        .enumerate()
        .find(|(_, (known, ..))| *known == code);
    found
        .map(|(index, one)| currency(index, one).into())
        .ok_or_else(|| Failure::unnamed("Currency is not found."))
}

/// `crm.enum.ownertype`.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(in crate::rest) fn owner_types(_: &mut State, _: Caller, _: &Parameter) -> Result<Answer, Failure> {
    let rows: Vec<Value> = [
        EntityKind::Lead,
        EntityKind::Deal,
        EntityKind::Contact,
        EntityKind::Company,
    ]
    .into_iter()
    .map(|kind| {
        json!({
            "ID": kind.type_id(), "NAME": kind.code(), "SYMBOL_CODE": kind.code(),
            "SYMBOL_CODE_SHORT": kind.short_prefix(),
        })
    })
    .collect();
    Ok(Value::Array(rows).into())
}

/// `crm.dealcategory.list`: the funnels beside the general one.
#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
pub(in crate::rest) fn deal_categories(
    _: &mut State,
    _: Caller,
    parameters: &Parameter,
) -> Result<Answer, Failure> {
    let total = if list::start(parameters) < 0 {
        None
    } else {
        Some(0)
    };
    Ok(Answer {
        result: json!([]),
        total,
        next: None,
    })
}
