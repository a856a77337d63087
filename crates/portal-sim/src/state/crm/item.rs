//! An item as both generations of methods show it: the classic ones write texts under upper-case names,
//! `crm.item.*` integers under camel case.

use serde_json::{Map, Value, json};

use super::schema::{self, Field, Shape};
use super::table::{self, Record, number, text};
use super::userfield::{UserField, UserFields, modern_name};
use super::{CREATED, EntityKind};

/// A company, lead, deal or contact.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'a> {
    /// Its type.
    pub kind: EntityKind,
    /// Its number.
    pub id: u64,
    /// Its set fields.
    pub record: &'a Record,
    /// Only administrators see it.
    pub restricted: bool,
}

impl Item<'_> {
    /// A field's text, empty when there is none.
    pub(crate) fn text(&self, name: &str) -> String {
        text(self.record, name)
    }

    /// What a person calls it.
    pub(crate) fn title(&self) -> String {
        let title = self.text("TITLE");
        if title.is_empty() {
            format!("{} {}", self.text("NAME"), self.text("LAST_NAME"))
                .trim()
                .to_owned()
        } else {
            title
        }
    }

    /// The company of a lead, deal or contact.
    pub(crate) fn company_id(&self) -> Option<u64> {
        number(self.record, "COMPANY_ID")
    }

    /// Who is responsible.
    pub(crate) fn assigned_by_id(&self) -> u64 {
        number(self.record, "ASSIGNED_BY_ID").unwrap_or(1)
    }

    /// The texts of a field for filters and order: defaults of unset fields included.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        field_texts(schema::fields(self.kind), self.id, self.record, name)
    }

    /// As `crm.<type>.get` shows it, custom fields and telephones included.
    pub(crate) fn classic(&self, user_fields: &UserFields) -> Map<String, Value> {
        let mut row = Map::new();
        for field in schema::fields(self.kind) {
            row.extend(
                self.classic_value(field)
                    .map(|value| (field.name.to_owned(), value)),
            );
        }
        for field in user_fields.of(self.kind) {
            row.insert(field.name(), self.classic_custom(field));
        }
        row
    }

    /// The classic row of the named fields only.
    pub(crate) fn classic_selected(&self, user_fields: &UserFields, select: &[String]) -> Map<String, Value> {
        let named = |name: &str| select.iter().any(|asked| asked.eq_ignore_ascii_case(name));
        let (all, custom) = (select.is_empty() || named("*"), named("UF_*"));
        let mut row = Map::new();
        for field in schema::fields(self.kind) {
            let special = matches!(field.shape, Shape::Multiple | Shape::Contacts);
            if field.shape == Shape::Id || named(field.name) || all && !special {
                row.extend(
                    self.classic_value(field)
                        .map(|value| (field.name.to_owned(), value)),
                );
            }
        }
        for field in user_fields
            .of(self.kind)
            .filter(|field| custom || named(&field.name()))
        {
            row.insert(field.name(), self.classic_custom(field));
        }
        row
    }

    fn classic_value(&self, field: &Field) -> Option<Value> {
        let value = self.record.get(field.name);
        Some(match field.shape {
            Shape::Id => json!(self.id.to_string()),
            Shape::Contacts => return None,
            Shape::Multiple => {
                return value
                    .filter(|value| value.as_array().is_some_and(|rows| !rows.is_empty()))
                    .cloned();
            }
            _ => match self.default_text(field) {
                Some(text) => json!(text),
                None => value.cloned().unwrap_or(Value::Null),
            },
        })
    }

    /// The text of a field that has one even when nobody set it.
    fn default_text(&self, field: &Field) -> Option<String> {
        let set = self.text(field.name);
        if !set.is_empty() && field.shape != Shape::Multiple {
            return Some(set);
        }
        default_text(field, self.record)
    }

    fn classic_custom(&self, field: UserField<'_>) -> Value {
        match self.record.get(field.name().as_str()) {
            Some(Value::Array(values)) if field.is_multiple() => json!(values),
            Some(value) if field.is_multiple() => json!([value]),
            Some(value) => value.clone(),
            None if field.is_multiple() => json!(false),
            None => Value::Null,
        }
    }

    /// As `crm.item.get` shows it; custom fields keep their names when asked to.
    pub(crate) fn modern(&self, user_fields: &UserFields, original_custom_names: bool) -> Map<String, Value> {
        let mut row = Map::new();
        row.insert("entityTypeId".to_owned(), json!(self.kind.type_id()));
        let mut multiple = Vec::new();
        for field in schema::fields(self.kind) {
            if field.shape == Shape::Multiple {
                multiple.extend(self.multiple(field.name));
            } else if !field.modern.is_empty() {
                row.insert(field.modern.to_owned(), self.modern_value(field));
            }
        }
        for field in user_fields.of(self.kind) {
            let name = field.name();
            let shown = if original_custom_names {
                name
            } else {
                modern_name(&name)
            };
            row.insert(shown, self.modern_custom(field));
        }
        if self.kind != EntityKind::Deal {
            row.extend(self.telephones());
            row.insert("fm".to_owned(), Value::Array(multiple));
        }
        row.insert("webformId".to_owned(), Value::Null);
        if matches!(self.kind, EntityKind::Lead | EntityKind::Deal) {
            row.insert("observers".to_owned(), json!([]));
        }
        row
    }

    fn modern_value(&self, field: &Field) -> Value {
        let text = self.default_text(field);
        let whole = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<i64>().ok());
        match field.shape {
            Shape::Id => json!(self.id),
            Shape::Company => json!(whole(&text).unwrap_or(0)),
            Shape::Link => whole(&text)
                .filter(|id| *id != 0)
                .map_or(Value::Null, |id| json!(id)),
            Shape::User | Shape::Integer => whole(&text).map_or(Value::Null, |number| json!(number)),
            Shape::Money => json!(text.and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0)),
            Shape::Contacts => {
                let listed = self.record.get(field.name).map(table::texts).unwrap_or_default();
                let ids: Vec<u64> = listed.iter().filter_map(|id| id.parse().ok()).collect();
                let one = number(self.record, "CONTACT_ID");
                json!(if ids.is_empty() {
                    one.into_iter().collect()
                } else {
                    ids
                })
            }
            _ => text.map_or_else(
                || {
                    if field.shape == Shape::Text {
                        json!("")
                    } else {
                        Value::Null
                    }
                },
                |text| json!(text),
            ),
        }
    }

    fn modern_custom(&self, field: UserField<'_>) -> Value {
        let type_name = field.type_name();
        let one = |value: &Value| -> Value {
            let text = table::texts(value).into_iter().next().unwrap_or_default();
            match type_name.as_str() {
                "integer" | "enumeration" | "employee" => {
                    text.parse::<i64>().map_or(Value::Null, |number| json!(number))
                }
                "double" => text.parse::<f64>().map_or(Value::Null, |number| json!(number)),
                "boolean" => json!(if text == "1" || text == "Y" { "Y" } else { "N" }),
                _ => json!(text),
            }
        };
        match self.record.get(field.name().as_str()) {
            Some(Value::Array(values)) if field.is_multiple() => values.iter().map(one).collect(),
            Some(value) if field.is_multiple() => json!([one(value)]),
            Some(value) => one(value),
            None if field.is_multiple() => json!([]),
            None if type_name == "string" => json!(""),
            None => Value::Null,
        }
    }

    fn multiple(&self, name: &str) -> Vec<Value> {
        let rows = self
            .record
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        rows.iter()
            .map(|row| {
                let id = row["ID"]
                    .as_str()
                    .and_then(|id| id.parse::<u64>().ok())
                    .unwrap_or(0);
                json!({"id": id, "typeId": name, "valueType": row["VALUE_TYPE"], "value": row["VALUE"]})
            })
            .collect()
    }

    /// `phone`, `phoneWork`, `emailHome`, …: the first of each kind.
    fn telephones(&self) -> Map<String, Value> {
        let mut row = Map::new();
        for (name, modern) in [("PHONE", "phone"), ("EMAIL", "email")] {
            let values = self.multiple(name);
            let first = values
                .first()
                .map_or_else(|| json!(""), |value| value["value"].clone());
            row.insert(modern.to_owned(), first);
            for (kind, suffix) in [("WORK", "Work"), ("MOBILE", "Mobile"), ("HOME", "Home")] {
                let value = values.iter().find(|value| value["valueType"] == kind);
                let value = value.map_or_else(|| json!(""), |value| value["value"].clone());
                row.insert(format!("{modern}{suffix}"), value);
            }
        }
        row
    }
}

/// The text of an unset field, where it has one.
fn default_text(field: &Field, record: &Record) -> Option<String> {
    let set = |name: &str| {
        record
            .get(name)
            .and_then(Value::as_array)
            .is_some_and(|rows| !rows.is_empty())
    };
    let flag = |flag: bool| Some(if flag { "Y" } else { "N" }.to_owned());
    match field.name {
        "HAS_PHONE" => flag(set("PHONE")),
        "HAS_EMAIL" => flag(set("EMAIL")),
        "OPENED" | "EXPORT" => flag(true),
        "DATE_CREATE" | "DATE_MODIFY" | "MOVED_TIME" | "LAST_ACTIVITY_TIME" => Some(
            Some(text(record, "DATE_CREATE"))
                .filter(|date| !date.is_empty())
                .unwrap_or_else(|| CREATED.to_owned()),
        ),
        "CREATED_BY_ID" | "MODIFY_BY_ID" | "ASSIGNED_BY_ID" | "MOVED_BY_ID" | "LAST_ACTIVITY_BY" => {
            Some("1".to_owned())
        }
        "STATUS_SEMANTIC_ID" | "STAGE_SEMANTIC_ID" => {
            let stage = format!("{}{}", text(record, "STATUS_ID"), text(record, "STAGE_ID"));
            Some(super::stage_semantic(&stage).to_owned())
        }
        "IS_NEW" => flag(matches!(text(record, "STAGE_ID").as_str(), "" | "NEW")),
        "STATUS_ID" | "STAGE_ID" => Some("NEW".to_owned()),
        "CATEGORY_ID" => Some("0".to_owned()),
        "TYPE_ID" if field.modern == "typeId" => None,
        "CURRENCY_ID" => Some("RUB".to_owned()),
        "OPPORTUNITY" | "REVENUE" => Some("0.00".to_owned()),
        _ => match field.shape {
            Shape::Flag => flag(false),
            Shape::Company => Some("0".to_owned()),
            _ => None,
        },
    }
}

/// The texts of a field of a row for filters and order.
pub(crate) fn field_texts(fields: &[Field], id: u64, record: &Record, name: &str) -> Vec<String> {
    if name == "ID" {
        return vec![id.to_string()];
    }
    if let Some(value) = record.get(name) {
        return table::texts(value);
    }
    let field = schema::find(fields, name);
    field
        .and_then(|field| default_text(field, record))
        .into_iter()
        .collect()
}
