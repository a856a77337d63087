//! The custom fields of leads, deals and companies: names, labels, types.
//!
//! Portals show labels in one language at a time, and some methods not at all: everything that may tell is asked in
//! one batch and put together.

pub mod detection;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::batch::{Batch, BatchReply, Command, CommandOutcome};
use crate::client::{ApiError, CallError, PortalClient};
use crate::frame::placement::EntityType;
use crate::lenient;

/// The types whose fields are read.
const TYPES: [EntityType; 3] = [EntityType::Lead, EntityType::Deal, EntityType::Company];
/// The languages in which labels are asked for.
const LANGUAGES: [&str; 2] = ["ru", "en"];
/// The key of labels whose language the portal doesn't tell.
const PORTALS_OWN: &str = "";

/// A custom field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomField {
    /// Its original name, `UF_CRM_INN`.
    pub name: String,
    /// Its labels by language code; under `""` the label in the portal's own language.
    pub labels: BTreeMap<String, String>,
    /// Its type: `string`, `integer`, `crm`, …; empty when the portal doesn't say.
    pub kind: String,
    /// Whether it holds several values.
    pub multiple: bool,
    /// Of a field of type `crm`: the codes of the types that it may link to (`COMPANY`, `DEAL`, `DYNAMIC_177`).
    pub links_to: Vec<String>,
}

impl CustomField {
    /// The label in a language, else in English, else in any, else the name.
    pub fn label(&self, language: &str) -> &str {
        [language, PORTALS_OWN, "en"]
            .into_iter()
            .find_map(|language| self.labels.get(language))
            .or_else(|| self.labels.values().next())
            .unwrap_or(&self.name)
    }

    /// Whether plain numbers in this field are companies' numbers.
    pub fn holds_companies_only(&self) -> bool {
        self.kind == "crm" && self.links_to == ["COMPANY"]
    }
}

/// The custom fields of a portal, by name within each type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomFields {
    /// Of leads.
    pub lead: Vec<CustomField>,
    /// Of deals.
    pub deal: Vec<CustomField>,
    /// Of companies.
    pub company: Vec<CustomField>,
    /// Types of which the portal tells nothing, and its reason.
    pub refused: Vec<(EntityType, ApiError)>,
}

impl CustomFields {
    /// The fields of a type; none for types that aren't read.
    pub fn of(&self, entity_type: EntityType) -> &[CustomField] {
        match entity_type {
            EntityType::Lead => &self.lead,
            EntityType::Deal => &self.deal,
            EntityType::Company => &self.company,
            _ => &[],
        }
    }

    fn read(mut reply: BatchReply) -> Self {
        let mut fields = Self::default();
        for entity_type in TYPES {
            let (found, refusal) = of_type(&mut reply, entity_type);
            match entity_type {
                EntityType::Lead => fields.lead = found,
                EntityType::Deal => fields.deal = found,
                _ => fields.company = found,
            }
            fields.refused.extend(refusal.map(|error| (entity_type, error)));
        }
        fields
    }
}

/// Reads the custom fields of leads, deals and companies, in one request.
pub async fn custom_fields(client: &PortalClient) -> Result<CustomFields, CallError> {
    Ok(CustomFields::read(client.batch(&batch()).await?))
}

fn batch() -> Batch {
    TYPES
        .into_iter()
        .fold(Batch::independent(), |batch, entity_type| {
            let code = entity_type.code().to_ascii_lowercase();
            let list = || Command::new(format!("crm.{code}.userfield.list")).with("order[SORT]", "ASC");
            let batch = batch
                .command(
                    format!("{code}_fields"),
                    Command::new(format!("crm.{code}.fields")),
                )
                .command(format!("{code}_list"), list());
            LANGUAGES.into_iter().fold(batch, |batch, language| {
                batch.command(
                    format!("{code}_{language}"),
                    list().with("filter[LANG]", language),
                )
            })
        })
}

/// What all the answers about one type tell together; the refusal when every one of them was refused.
fn of_type(reply: &mut BatchReply, entity_type: EntityType) -> (Vec<CustomField>, Option<ApiError>) {
    let code = entity_type.code().to_ascii_lowercase();
    let mut found: BTreeMap<String, CustomField> = BTreeMap::new();
    let (mut refusal, mut is_answered) = (None, false);
    let sources = ["fields", "list"].into_iter().chain(LANGUAGES);
    for source in sources {
        let result = match reply.take(&format!("{code}_{source}")) {
            CommandOutcome::Done(result) => result,
            CommandOutcome::Failed(error) => {
                refusal = refusal.or(Some(error));
                continue;
            }
            CommandOutcome::NotExecuted => continue,
        };
        is_answered = true;
        let language = if LANGUAGES.contains(&source) {
            source
        } else {
            PORTALS_OWN
        };
        for (name, row) in described(result) {
            let field = found.entry(name.clone()).or_insert_with(|| CustomField {
                name,
                labels: BTreeMap::new(),
                kind: String::new(),
                multiple: false,
                links_to: Vec::new(),
            });
            complete(field, &row, language);
        }
    }
    (found.into_values().collect(), refusal.filter(|_| !is_answered))
}

/// The custom fields in an answer: of a list with `FIELD_NAME`, or of a map by name.
fn described(result: Value) -> Vec<(String, Map<String, Value>)> {
    let name_in = |row: &Map<String, Value>| {
        lenient::value_ignoring_case(row, "FIELD_NAME").and_then(lenient::non_empty_text)
    };
    let rows: Vec<(String, Map<String, Value>)> = match result {
        Value::Object(map) => map
            .into_iter()
            .map(|(key, row)| {
                let row = lenient::object(row);
                (name_in(&row).unwrap_or(key), row)
            })
            .collect(),
        list => lenient::rows(list)
            .into_iter()
            .map(lenient::object)
            .filter_map(|row| Some((name_in(&row)?, row)))
            .collect(),
    };
    rows.into_iter()
        .filter(|(name, _)| name.starts_with("UF_"))
        .collect()
}

fn complete(field: &mut CustomField, row: &Map<String, Value>, language: &str) {
    let value = |names: &[&str]| names.iter().find_map(|name| row.get(*name));
    if field.kind.is_empty() {
        field.kind = value(&["USER_TYPE_ID", "type"])
            .and_then(lenient::non_empty_text)
            .unwrap_or_default();
    }
    field.multiple |= value(&["MULTIPLE", "isMultiple"]).is_some_and(lenient::is_yes);
    if field.links_to.is_empty() && field.kind == "crm" {
        let settings = value(&["SETTINGS", "settings"])
            .cloned()
            .map(lenient::object)
            .unwrap_or_default();
        field.links_to = settings
            .into_iter()
            .filter(|(_, allowed)| lenient::is_yes(allowed))
            .map(|(code, _)| code.to_ascii_uppercase())
            .filter(|code| is_type_code(code))
            .collect();
    }
    for name in [
        "EDIT_FORM_LABEL",
        "LIST_COLUMN_LABEL",
        "LIST_FILTER_LABEL",
        "LABEL",
        "formLabel",
        "listLabel",
        "filterLabel",
        "title",
    ] {
        match row.get(name) {
            Some(Value::Object(labels)) => {
                for (language, label) in labels {
                    add_label(field, &language.to_ascii_lowercase(), label);
                }
            }
            Some(label) => add_label(field, language, label),
            None => {}
        }
    }
}

/// Settings beside the types are left out.
fn is_type_code(code: &str) -> bool {
    matches!(
        code,
        "LEAD" | "DEAL" | "CONTACT" | "COMPANY" | "QUOTE" | "ORDER" | "SMART_INVOICE"
    ) || code.starts_with("DYNAMIC_")
}

/// The first label of a language stays; a label that only repeats the name says nothing.
fn add_label(field: &mut CustomField, language: &str, label: &Value) {
    if let Some(label) = lenient::non_empty_text(label).filter(|label| *label != field.name) {
        field.labels.entry(language.to_owned()).or_insert(label);
    }
}

#[cfg(test)]
mod tests;
