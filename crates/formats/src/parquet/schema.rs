//! The columns of a document: their names, their types, and where in a document each value stands.

use ::parquet::errors::ParquetError;
use ::parquet::schema::parser::parse_message_type;
use ::parquet::schema::types::Type;
use certlens_domain::document::Document;
use chrono::NaiveDate;

/// Values of a column.
#[derive(Clone, Copy)]
pub(super) enum Values {
    /// A text in every row.
    Text(fn(&Document) -> &str),
    /// A text or nothing.
    OptionalText(fn(&Document) -> Option<&str>),
    /// A day in every row.
    Day(fn(&Document) -> NaiveDate),
    /// A day or nothing.
    OptionalDay(fn(&Document) -> Option<NaiveDate>),
    /// True or false.
    Flag(fn(&Document) -> bool),
    /// Any number of texts.
    List(fn(&Document) -> &[String]),
}

/// A column: its name and its values.
pub(super) type Column = (&'static str, Values);

/// Columns without which no document can be made.
pub(super) const REQUIRED: [&str; 5] = ["registry", "number", "kind", "status", "registered_on"];

/// All columns in the order of the canonical JSON.
pub(super) const COLUMNS: [Column; 28] = [
    ("registry", Values::Text(|document| document.registry.key())),
    (
        "source_id",
        Values::OptionalText(|document| document.source_id.as_deref()),
    ),
    ("number", Values::Text(|document| &document.number)),
    ("kind", Values::Text(|document| document.kind.key())),
    ("status", Values::Text(|document| document.status.key())),
    ("status_label", Values::Text(|document| &document.status_label)),
    ("registered_on", Values::Day(|document| document.registered_on)),
    (
        "valid_until",
        Values::OptionalDay(|document| document.valid_until),
    ),
    (
        "applicant_name",
        Values::Text(|document| &document.applicant.name),
    ),
    (
        "applicant_country",
        Values::OptionalText(|document| document.applicant.country.as_deref()),
    ),
    (
        "applicant_inn",
        Values::OptionalText(|document| document.applicant.inn.as_deref()),
    ),
    (
        "applicant_ogrn",
        Values::OptionalText(|document| document.applicant.ogrn.as_deref()),
    ),
    (
        "applicant_bin",
        Values::OptionalText(|document| document.applicant.bin.as_deref()),
    ),
    (
        "applicant_unp",
        Values::OptionalText(|document| document.applicant.unp.as_deref()),
    ),
    (
        "applicant_in_text",
        Values::Flag(|document| document.applicant.in_text),
    ),
    (
        "manufacturer_name",
        Values::Text(|document| &document.manufacturer.name),
    ),
    (
        "manufacturer_country",
        Values::OptionalText(|document| document.manufacturer.country.as_deref()),
    ),
    (
        "manufacturer_inn",
        Values::OptionalText(|document| document.manufacturer.inn.as_deref()),
    ),
    (
        "manufacturer_ogrn",
        Values::OptionalText(|document| document.manufacturer.ogrn.as_deref()),
    ),
    (
        "manufacturer_bin",
        Values::OptionalText(|document| document.manufacturer.bin.as_deref()),
    ),
    (
        "manufacturer_unp",
        Values::OptionalText(|document| document.manufacturer.unp.as_deref()),
    ),
    (
        "manufacturer_in_text",
        Values::Flag(|document| document.manufacturer.in_text),
    ),
    (
        "technical_regulations",
        Values::List(|document| &document.technical_regulations),
    ),
    ("product", Values::Text(|document| &document.product)),
    ("tn_ved", Values::List(|document| &document.tn_ved)),
    (
        "scheme",
        Values::OptionalText(|document| document.scheme.as_deref()),
    ),
    (
        "certification_body",
        Values::OptionalText(|document| document.certification_body.as_deref()),
    ),
    ("url", Values::OptionalText(|document| document.url.as_deref())),
];

/// The schema of the file.
pub(super) fn schema() -> Result<Type, ParquetError> {
    let mut message = String::from("message certlens_document {");
    for (name, values) in COLUMNS {
        let column = match values {
            Values::Text(_) => format!("required binary {name} (string);"),
            Values::OptionalText(_) => format!("optional binary {name} (string);"),
            Values::Day(_) => format!("required int32 {name} (date);"),
            Values::OptionalDay(_) => format!("optional int32 {name} (date);"),
            Values::Flag(_) => format!("required boolean {name};"),
            Values::List(_) => {
                format!(
                    "required group {name} (list) {{ repeated group list {{ required binary element (string); }} }}"
                )
            }
        };
        message.push_str(&column);
    }
    message.push('}');
    parse_message_type(&message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_canonical_json_has_a_column() {
        let line = r#"{"registry":"kz","number":"1","kind":"certificate","status":"active","registered_on":"2025-01-02",
            "applicant":{}}"#;
        let mut document: Document = serde_json::from_str(line).unwrap();
        (document.applicant.in_text, document.manufacturer.in_text) = (true, true);
        let json = serde_json::to_value(&document).unwrap();
        let names = json
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(name, value)| match value.as_object() {
                Some(party) => party.keys().map(|field| format!("{name}_{field}")).collect(),
                None => vec![name.clone()],
            });
        let mut names: Vec<String> = names.collect();
        let mut columns: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
        names.sort();
        columns.sort_unstable();
        assert_eq!(columns, names);
        assert_eq!(schema().unwrap().get_fields().len(), COLUMNS.len());
        assert!(REQUIRED.iter().all(|name| columns.contains(name)));
    }
}
