//! Custom fields of leads, deals, companies, contacts: their settings, and how names are normalised.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::EntityKind;
use super::table::{Record, Table, text};
use crate::seed::SeedUserField;

/// Types that a custom field may have.
pub(crate) const TYPES: [&str; 14] = [
    "string",
    "integer",
    "double",
    "boolean",
    "datetime",
    "date",
    "money",
    "url",
    "address",
    "enumeration",
    "file",
    "employee",
    "crm_status",
    "crm",
];
/// The longest name with its prefix.
const MAX_NAME: usize = 50;
const PREFIX: &str = "UF_CRM_";

/// Why a custom field is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// A field of that name exists.
    Taken,
    /// The name holds other characters than `A-Z0-9_`, or is too long.
    Name,
    /// There is no such type.
    Type,
}

/// Settings of all custom fields.
#[derive(Debug, Default)]
pub(crate) struct UserFields(Table);

impl UserFields {
    /// The table of settings: `ID`, `ENTITY_ID`, `FIELD_NAME`, ….
    pub(crate) fn table(&self) -> &Table {
        &self.0
    }

    /// The fields of an entity by name.
    pub(crate) fn of(&self, kind: EntityKind) -> impl Iterator<Item = UserField<'_>> {
        let entity = kind.user_field_entity();
        self.0
            .rows()
            .map(|(id, record)| UserField { id, record })
            .filter(move |field| text(field.record, "ENTITY_ID") == entity)
    }

    /// The field of an entity of that name.
    pub(crate) fn find(&self, kind: EntityKind, name: &str) -> Option<UserField<'_>> {
        self.of(kind)
            .find(|field| field.name().eq_ignore_ascii_case(name))
    }

    /// Adds a field.
    pub(crate) fn add(&mut self, kind: EntityKind, mut record: Record) -> Result<u64, Refused> {
        let name = normalized_name(&text(&record, "FIELD_NAME")).ok_or(Refused::Name)?;
        let type_name = text(&record, "USER_TYPE_ID");
        if !TYPES.contains(&type_name.as_str()) && !type_name.starts_with("rest_") {
            return Err(Refused::Type);
        }
        if self.find(kind, &name).is_some() {
            return Err(Refused::Taken);
        }
        record.insert(Cow::from("FIELD_NAME"), json!(name));
        record.insert(Cow::from("ENTITY_ID"), json!(kind.user_field_entity()));
        if let Some(Value::Array(items)) = record.get_mut("LIST") {
            for (index, item) in items.iter_mut().enumerate() {
                if let Value::Object(item) = item {
                    item.insert(
                        "ID".to_owned(),
                        json!((self.0.len() * 100 + index + 45).to_string()),
                    );
                    item.entry("SORT").or_insert_with(|| json!("500"));
                    item.entry("DEF").or_insert_with(|| json!("N"));
                }
            }
        }
        Ok(self.0.add(record))
    }

    /// Changes a field's settings; its name, entity and type stay.
    pub(crate) fn change(&mut self, id: u64, changes: Record) -> bool {
        self.0.change(id, |record| {
            let fixed = ["FIELD_NAME", "ENTITY_ID", "USER_TYPE_ID", "MULTIPLE", "ID"];
            record.extend(
                changes
                    .into_iter()
                    .filter(|(name, _)| !fixed.contains(&name.as_ref())),
            );
        })
    }

    /// Removes a field.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        self.0.remove(id).is_some()
    }

    /// Adds a text field unless there is one of that name: fields that a seed uses exist.
    pub(crate) fn ensure(&mut self, kind: EntityKind, name: &str, multiple: bool) {
        if self.find(kind, name).is_some() {
            return;
        }
        let label = match name.trim_start_matches(PREFIX) {
            "INN" => "ИНН",
            "OGRN" => "ОГРН",
            "BIN" => "БИН",
            "UNP" => "УНП",
            other => other,
        };
        self.add_seed(
            kind,
            &SeedUserField {
                entity: kind.path().to_owned(),
                name: name.to_owned(),
                label: label.to_owned(),
                user_type: "string".to_owned(),
                multiple,
            },
        );
    }

    /// Adds a field of a seed.
    pub(crate) fn add_seed(&mut self, kind: EntityKind, field: &SeedUserField) {
        let mut record = Record::from([
            (Cow::from("FIELD_NAME"), json!(field.name)),
            (Cow::from("USER_TYPE_ID"), json!(field.user_type)),
            (
                Cow::from("MULTIPLE"),
                json!(if field.multiple { "Y" } else { "N" }),
            ),
        ]);
        for place in ["EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL"] {
            record.insert(Cow::from(place), json!({"ru": field.label, "en": field.label}));
        }
        // Only a name that no portal would have is refused; the value then shows nowhere, as on a portal.
        if let Err(refused) = self.add(kind, record) {
            tracing::warn!(
                name = field.name,
                ?refused,
                "a seed's custom field is not possible"
            );
        }
    }
}

/// One custom field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UserField<'a> {
    /// Its number.
    pub id: u64,
    /// Its settings.
    pub record: &'a Record,
}

impl UserField<'_> {
    /// `UF_CRM_…`.
    pub(crate) fn name(&self) -> String {
        text(self.record, "FIELD_NAME")
    }

    /// Whether it holds several values.
    pub(crate) fn is_multiple(&self) -> bool {
        text(self.record, "MULTIPLE") == "Y"
    }

    /// Its type.
    pub(crate) fn type_name(&self) -> String {
        text(self.record, "USER_TYPE_ID")
    }

    /// The label in a language, else in any, else nothing.
    pub(crate) fn label(&self, language: &str) -> Option<String> {
        let labels = ["EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LABEL"];
        labels.iter().find_map(|place| match self.record.get(*place)? {
            Value::Object(texts) => texts
                .get(language)
                .or_else(|| texts.values().next())
                .and_then(Value::as_str)
                .filter(|label| !label.is_empty())
                .map(str::to_owned),
            Value::String(label) => (!label.is_empty()).then(|| label.clone()),
            _ => None,
        })
    }

    /// The row of `crm.*.userfield.list`; labels only in an asked language.
    pub(crate) fn row(&self, language: Option<&str>) -> Map<String, Value> {
        let mut row = Map::new();
        row.insert("ID".to_owned(), json!(self.id.to_string()));
        let defaults = [
            ("ENTITY_ID", ""),
            ("FIELD_NAME", ""),
            ("USER_TYPE_ID", "string"),
            ("XML_ID", ""),
            ("SORT", "100"),
            ("MULTIPLE", "N"),
            ("MANDATORY", "N"),
            ("SHOW_FILTER", "N"),
            ("SHOW_IN_LIST", "Y"),
            ("EDIT_IN_LIST", "Y"),
            ("IS_SEARCHABLE", "N"),
        ];
        for (name, default) in defaults {
            let value = Some(text(self.record, name)).filter(|value| !value.is_empty());
            let value = match (name, value) {
                ("XML_ID", None) => Value::Null,
                (_, value) => json!(value.unwrap_or_else(|| default.to_owned())),
            };
            row.insert(name.to_owned(), value);
        }
        let settings = self
            .record
            .get("SETTINGS")
            .cloned()
            .unwrap_or_else(|| self.default_settings());
        row.insert("SETTINGS".to_owned(), settings);
        if self.type_name() == "enumeration" {
            row.insert(
                "LIST".to_owned(),
                self.record.get("LIST").cloned().unwrap_or_else(|| json!([])),
            );
        }
        if let Some(language) = language {
            for place in ["EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL"] {
                row.insert(place.to_owned(), json!(self.label(language).unwrap_or_default()));
            }
            for place in ["ERROR_MESSAGE", "HELP_MESSAGE"] {
                row.insert(place.to_owned(), Value::Null);
            }
        }
        row
    }

    fn default_settings(&self) -> Value {
        match self.type_name().as_str() {
            "string" => {
                json!({"SIZE": 20, "ROWS": 1, "REGEXP": "", "MIN_LENGTH": 0, "MAX_LENGTH": 0, "DEFAULT_VALUE": ""})
            }
            "integer" => json!({"SIZE": 20, "MIN_VALUE": 0, "MAX_VALUE": 0, "DEFAULT_VALUE": null}),
            "crm" => json!({"LEAD": "N", "CONTACT": "N", "COMPANY": "Y", "DEAL": "N"}),
            _ => json!({"DEFAULT_VALUE": null}),
        }
    }
}

/// `MY_X` and `UF_MY_X` become `UF_CRM_MY_X`; nothing for a name that can't be.
pub(crate) fn normalized_name(name: &str) -> Option<String> {
    let name = name.trim().to_ascii_uppercase();
    let bare = name
        .strip_prefix(PREFIX)
        .or_else(|| name.strip_prefix("UF_"))
        .unwrap_or(&name);
    let fits = !bare.is_empty()
        && bare
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let full = format!("{PREFIX}{bare}");
    (fits && full.len() <= MAX_NAME).then_some(full)
}

/// The name in `crm.item.*`: `UF_CRM_1720` as `ufCrm_1720`, `UF_CRM_2_1639` as `ufCrm2_1639`, `UF_CRM_INN` as
/// `ufCrmInn`. The irregularity is the platform's.
pub(crate) fn modern_name(classic: &str) -> String {
    let segments: Vec<&str> = classic
        .strip_prefix("UF_")
        .unwrap_or(classic)
        .split('_')
        .collect();
    let mut name = "uf".to_owned();
    for (index, segment) in segments.iter().enumerate() {
        let is_number = segment.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && index + 1 == segments.len() {
            name.push('_');
        }
        let mut letters = segment.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(&letters.as_str().to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("MY_X", Some("UF_CRM_MY_X"))]
    #[case("UF_MY_X", Some("UF_CRM_MY_X"))]
    #[case("uf_crm_my_x", Some("UF_CRM_MY_X"))]
    #[case("С_ИНН", None)]
    #[case("", None)]
    fn name_of_a_custom_field_gets_its_prefix(#[case] given: &str, #[case] normalized: Option<&str>) {
        assert_eq!(normalized_name(given).as_deref(), normalized);
    }

    #[rstest]
    #[case("UF_CRM_1720019876534", "ufCrm_1720019876534")]
    #[case("UF_CRM_2_1639669411830", "ufCrm2_1639669411830")]
    #[case("UF_CRM_INN", "ufCrmInn")]
    fn modern_name_is_as_irregular_as_the_platforms(#[case] classic: &str, #[case] modern: &str) {
        assert_eq!(modern_name(classic), modern);
    }
}
