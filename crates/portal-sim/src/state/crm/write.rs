//! What a caller's `fields` change in an item: names of either generation, multi-fields row by row, custom fields by
//! the portal's settings. Unknown and read-only fields are ignored in silence, as a portal does.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::EntityKind;
use super::schema::{self, Shape};
use super::table::Record;
use super::userfield::{UserFields, modern_name};
use crate::parameter::Parameter;

/// Which names the caller uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// `COMPANY_ID`.
    Classic,
    /// `companyId`.
    Modern,
}

/// The classic name and value of every field that may be written.
pub(crate) fn changes(
    kind: EntityKind,
    user_fields: &UserFields,
    fields: Option<&Parameter>,
    names: Names,
) -> Record {
    let mut changes = Record::new();
    let known = schema::fields(kind);
    for (name, value) in fields.map(Parameter::entries).unwrap_or_default() {
        if names == Names::Modern && name.eq_ignore_ascii_case("fm") {
            changes.extend(modern_multiple(value));
            continue;
        }
        let field = match names {
            Names::Classic => schema::find(known, name),
            Names::Modern => schema::find_modern(known, name),
        };
        if let Some(field) = field {
            if !field.read_only {
                let value = match field.shape {
                    Shape::Multiple => multiple_rows(value),
                    Shape::Contacts => json!(texts_of(value)),
                    shape => scalar(shape, value),
                };
                changes.insert(Cow::from(field.name), value);
            }
            continue;
        }
        let custom = user_fields
            .of(kind)
            .find(|field| field.name().eq_ignore_ascii_case(name) || modern_name(&field.name()) == *name);
        if let Some(field) = custom {
            let value = match value {
                Parameter::Map(_) if field.is_multiple() => json!(texts_of(value)),
                Parameter::Map(_) => json!(texts_of(value).into_iter().next().unwrap_or_default()),
                _ if field.is_multiple() => json!(texts_of(value)),
                _ => custom_scalar(&field.type_name(), value),
            };
            changes.insert(Cow::from(field.name()), value);
        }
    }
    changes
}

/// Applies changes to a record. `next` numbers new rows of multi-fields.
pub(crate) fn apply(record: &mut Record, changes: Record, next: &mut u64) {
    for (name, value) in changes {
        let is_multiple = matches!(name.as_ref(), "PHONE" | "EMAIL" | "WEB" | "IM" | "LINK");
        let value = if is_multiple {
            merge_multiple(record.get(&name), &name, &value, next)
        } else {
            value
        };
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        if is_empty {
            record.remove(&name);
        } else {
            record.insert(name, value);
        }
    }
}

/// The texts of a parameter: of a list all of them, of a scalar the one.
pub(crate) fn texts_of(value: &Parameter) -> Vec<String> {
    match value {
        Parameter::Map(entries) => entries.iter().filter_map(|(_, value)| value.text()).collect(),
        scalar => scalar.text().into_iter().collect(),
    }
}

fn scalar(shape: Shape, value: &Parameter) -> Value {
    let text = texts_of(value).into_iter().next().unwrap_or_default();
    match (shape, value) {
        (Shape::Flag, Parameter::Scalar(Value::Bool(flag))) => json!(if *flag { "Y" } else { "N" }),
        (Shape::Flag, _) => json!(match text.as_str() {
            "Y" | "y" | "1" | "true" => "Y",
            "" => "",
            _ => "N",
        }),
        (Shape::Link | Shape::Company | Shape::User, _) if text == "0" => json!(""),
        (Shape::Money, _) if text.parse::<f64>().is_ok() => {
            json!(format!("{:.2}", text.parse::<f64>().unwrap_or_default()))
        }
        (Shape::DateTime | Shape::Date, _) => {
            json!(super::filter::moment(&text).map_or_else(String::new, |moment| super::portal_time(&moment)))
        }
        _ => json!(text),
    }
}

fn custom_scalar(type_name: &str, value: &Parameter) -> Value {
    let text = value.text().unwrap_or_default();
    match type_name {
        "boolean" => json!(if matches!(text.as_str(), "1" | "Y" | "y" | "true") {
            "1"
        } else {
            "0"
        }),
        "date" | "datetime" => {
            json!(super::filter::moment(&text).map_or_else(String::new, |moment| super::portal_time(&moment)))
        }
        _ => json!(text),
    }
}

/// Rows as they were given: a list of maps, or one text.
fn multiple_rows(value: &Parameter) -> Value {
    match value {
        Parameter::Map(entries) => entries
            .iter()
            .map(|(_, row)| match row {
                Parameter::Map(members) => {
                    let members = members.iter().map(|(name, value)| {
                        (name.to_ascii_uppercase(), json!(value.text().unwrap_or_default()))
                    });
                    Value::Object(members.collect())
                }
                scalar => json!({"VALUE": scalar.text().unwrap_or_default()}),
            })
            .collect(),
        scalar => json!([{"VALUE": scalar.text().unwrap_or_default()}]),
    }
}

/// `fm` of `crm.item.*`: rows of all kinds together.
fn modern_multiple(value: &Parameter) -> Record {
    let mut changes: std::collections::BTreeMap<String, Vec<Value>> = std::collections::BTreeMap::new();
    for (_, row) in value.entries() {
        let text = |name: &str| row.text_of(name).unwrap_or_default();
        let mut given = Map::new();
        for (name, ours) in [("id", "ID"), ("valueType", "VALUE_TYPE"), ("value", "VALUE")] {
            if row.get(name).is_some() {
                given.insert(ours.to_owned(), json!(text(name)));
            }
        }
        changes
            .entry(text("typeId").to_ascii_uppercase())
            .or_default()
            .push(Value::Object(given));
    }
    changes
        .into_iter()
        .map(|(name, rows)| (Cow::from(name), Value::Array(rows)))
        .collect()
}

/// Rows with a number change that row, an empty value or `DELETE` removes it, others are added.
fn merge_multiple(known: Option<&Value>, name: &str, given: &Value, next: &mut u64) -> Value {
    let mut rows = known.and_then(Value::as_array).cloned().unwrap_or_default();
    for row in given.as_array().into_iter().flatten() {
        let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
        let (id, value) = (text("ID"), text("VALUE"));
        let position = rows.iter().position(|known| !id.is_empty() && known["ID"] == id);
        match position {
            Some(position) if value.is_empty() || text("DELETE") == "Y" => {
                rows.remove(position);
            }
            Some(position) => {
                rows[position]["VALUE"] = json!(value);
                if !text("VALUE_TYPE").is_empty() {
                    rows[position]["VALUE_TYPE"] = json!(text("VALUE_TYPE"));
                }
            }
            None if value.is_empty() => {}
            None => {
                *next += 1;
                let kind = Some(text("VALUE_TYPE"))
                    .filter(|kind| !kind.is_empty())
                    .unwrap_or("WORK");
                rows.push(
                    json!({"ID": next.to_string(), "VALUE_TYPE": kind, "VALUE": value, "TYPE_ID": name}),
                );
            }
        }
    }
    Value::Array(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(form: &str, names: Names) -> Record {
        let mut user_fields = UserFields::default();
        user_fields.ensure(EntityKind::Lead, "UF_CRM_INN", false);
        changes(
            EntityKind::Lead,
            &user_fields,
            Some(&Parameter::from_form(form.as_bytes())),
            names,
        )
    }

    #[test]
    fn changes_of_both_generations_are_the_same() {
        let classic = changed("TITLE=Call&COMPANY_ID=5&OPENED=N&UF_CRM_INN=77", Names::Classic);
        let modern = changed("title=Call&companyId=5&opened=N&ufCrmInn=77", Names::Modern);
        assert_eq!(classic, modern);
        assert_eq!(classic["COMPANY_ID"], json!("5"));
    }

    #[test]
    fn changes_of_unknown_and_read_only_fields_are_none() {
        assert!(
            changed(
                "ID=5&DATE_CREATE=2020-01-01&NOTHING=1&UF_CRM_OTHER=2",
                Names::Classic
            )
            .is_empty()
        );
    }

    #[test]
    fn apply_to_telephones_adds_changes_and_removes_rows() {
        let (mut record, mut next) = (Record::new(), 0);
        apply(
            &mut record,
            changed("PHONE[0][VALUE]=1&PHONE[1][VALUE]=2", Names::Classic),
            &mut next,
        );

        let form = "PHONE[0][ID]=1&PHONE[0][VALUE]=&PHONE[1][ID]=2&PHONE[1][VALUE]=3";
        apply(&mut record, changed(form, Names::Classic), &mut next);

        assert_eq!(
            record["PHONE"],
            json!([{"ID": "2", "VALUE_TYPE": "WORK", "VALUE": "3", "TYPE_ID": "PHONE"}])
        );
    }
}
