//! The cells of one row by column name, and the document that they make.

use crate::days;
use ::parquet::record::{Field, Row};
use certlens_domain::document::{Document, Party};
use chrono::NaiveDate;
use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

/// Cells by lower-case column name; those of a structure under its name and theirs.
pub(super) struct Cells(HashMap<String, Field>);

impl Cells {
    pub(super) fn of(row: Row) -> Self {
        let mut cells = Self(HashMap::new());
        cells.add("", row);
        cells
    }

    fn add(&mut self, prefix: &str, row: Row) {
        for (name, field) in row.into_columns() {
            let name = format!("{prefix}{}", name.to_ascii_lowercase());
            match field {
                Field::Null => {}
                Field::Group(inner) if prefix.is_empty() => self.add(&format!("{name}_"), inner),
                field => {
                    self.0.insert(name, field);
                }
            }
        }
    }

    /// The row as it could stand in a text file, columns by name.
    pub(super) fn raw(&self) -> String {
        let mut cells: Vec<String> = self
            .0
            .iter()
            .map(|(name, field)| format!("{name}: {field}"))
            .collect();
        cells.sort();
        cells.join(", ")
    }

    /// The document, before it is brought into canonical spelling.
    pub(super) fn document(&self) -> Result<Document, String> {
        Ok(Document {
            registry: self.parsed("registry")?,
            source_id: self.text("source_id"),
            number: self.text("number").ok_or("column \"number\" is empty")?,
            kind: self.parsed("kind")?,
            status: self.parsed("status")?,
            status_label: self.text("status_label").unwrap_or_default(),
            registered_on: self
                .day("registered_on")?
                .ok_or("column \"registered_on\" is empty")?,
            valid_until: self.day("valid_until")?,
            applicant: self.party("applicant"),
            manufacturer: self.party("manufacturer"),
            technical_regulations: self.texts("technical_regulations"),
            product: self.text("product").unwrap_or_default(),
            tn_ved: self.texts("tn_ved"),
            scheme: self.text("scheme"),
            certification_body: self.text("certification_body"),
            url: self.text("url"),
        })
    }

    fn party(&self, role: &str) -> Party {
        let text = |field: &str| self.text(&format!("{role}_{field}"));
        Party {
            name: text("name").unwrap_or_default(),
            country: text("country"),
            inn: text("inn"),
            ogrn: text("ogrn"),
            bin: text("bin"),
            unp: text("unp"),
            in_text: matches!(
                self.0.get(&format!("{role}_in_text")),
                Some(Field::Bool(true) | Field::Byte(1) | Field::UByte(1) | Field::Int(1))
            ),
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        text(self.0.get(name)?)
    }

    fn texts(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Field::ListInternal(list)) => list.elements().iter().filter_map(text).collect(),
            Some(field) => text(field)
                .iter()
                .flat_map(|text| text.split(';'))
                .map(|part| part.trim().to_owned())
                .collect(),
            None => Vec::new(),
        }
    }

    fn parsed<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, String> {
        let text = self
            .text(name)
            .ok_or_else(|| format!("column \"{name}\" is empty"))?;
        text.trim()
            .parse()
            .map_err(|error: T::Err| format!("column \"{name}\": {error}"))
    }

    fn day(&self, name: &str) -> Result<Option<NaiveDate>, String> {
        let day = match self.0.get(name) {
            None => return Ok(None),
            Some(Field::Date(days)) => NaiveDate::from_epoch_days(*days),
            Some(Field::TimestampMillis(milliseconds)) => utc_day(*milliseconds),
            Some(Field::TimestampMicros(microseconds)) => utc_day(microseconds.div_euclid(1000)),
            Some(Field::Str(text)) => {
                return days::day(text).map_err(|error| format!("column \"{name}\": {error}"));
            }
            Some(other) => return Err(format!("column \"{name}\": `{other}` is no date")),
        };
        day.map(Some)
            .ok_or_else(|| format!("column \"{name}\": the date lies outside of the calendar"))
    }
}

/// The day of an instant that tools make of a date: midnight in universal time.
fn utc_day(milliseconds: i64) -> Option<NaiveDate> {
    chrono::DateTime::from_timestamp_millis(milliseconds).map(|instant| instant.date_naive())
}

/// Numbers are taken as their digits: identifiers are often exported so.
fn text(field: &Field) -> Option<String> {
    match field {
        Field::Str(text) => Some(text.clone()),
        Field::Bytes(bytes) => bytes.as_utf8().ok().map(str::to_owned),
        Field::Byte(number) => Some(number.to_string()),
        Field::Short(number) => Some(number.to_string()),
        Field::Int(number) => Some(number.to_string()),
        Field::Long(number) => Some(number.to_string()),
        Field::UByte(number) => Some(number.to_string()),
        Field::UShort(number) => Some(number.to_string()),
        Field::UInt(number) => Some(number.to_string()),
        Field::ULong(number) => Some(number.to_string()),
        _ => None,
    }
}
