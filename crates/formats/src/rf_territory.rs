//! The list of foreign documents that are not valid on Russia's territory: delimited text or JSON lines with a number,
//! a day of registration and a status.
//!
//! Source: facts on registries, "RF-territory overlay". The list is known by its three fields only; its published form
//! is not settled, so titles in either language, any delimiter and codes or labels are taken. Must not know which
//! documents are loaded.

use super::canonical::folded;
use super::text::TextReader;
use super::text::day::day;
use super::text::delimited::Delimited;
use super::{FormatError, FormatProblem, RejectedRow, RfTerritoryStatus, Row, RowReader};
use certlens_domain::status::Status;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::io::{BufRead, BufReader};

/// Reads one entry from each row.
pub(super) enum RfTerritoryList {
    Delimited {
        rows: Delimited,
        fields: Fields<Option<usize>>,
    },
    JsonLines {
        text: BufReader<TextReader>,
        line_number: u64,
        line: String,
    },
}

/// The three fields of an entry.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Fields<T> {
    number: T,
    registered_on: T,
    status: T,
}

/// What a title or key names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Number,
    RegisteredOn,
    Status,
}

impl Field {
    /// Of titles such as `id_status_in_rf`, "Номер документа", "Дата регистрации"; letters and digits decide.
    fn of_title(title: &str) -> Option<Self> {
        let title: String = title
            .chars()
            .flat_map(char::to_lowercase)
            .filter(|letter| letter.is_alphanumeric())
            .collect();
        let has = |parts: &[&str]| parts.iter().any(|part| title.contains(part));
        // The order itself, a decision, a body: their numbers and days are not the document's.
        if has(&[
            "решени",
            "приказ",
            "протокол",
            "аттестат",
            "бланк",
            "строк",
            "порядк",
        ]) || title.ends_with("пп")
        {
            return None;
        }
        if has(&["status", "статус"]) && !has(&["date", "дат"]) {
            Some(Self::Status)
        } else if matches!(title.as_str(), "date" | "дата")
            || (has(&["date", "дат"]) && has(&["reg", "рег", "выдач", "документ"]))
        {
            Some(Self::RegisteredOn)
        } else if has(&["number", "номер"]) {
            Some(Self::Number)
        } else {
            None
        }
    }
}

impl RfTerritoryList {
    /// Recognises JSON lines by their first brace; everything else is delimited text with titles.
    pub(super) fn open(text: TextReader) -> Result<Self, FormatError> {
        match text.peek().iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => Ok(Self::JsonLines {
                text: BufReader::new(text),
                line_number: 0,
                line: String::new(),
            }),
            Some(b'[') => Err(FormatError::at_line(
                1,
                FormatProblem::NotJsonLines("it begins with `[`; write one object a line, without the array"),
            )),
            _ => {
                let rows = Delimited::open(text)?;
                let fields = places(rows.titles())?;
                Ok(Self::Delimited { rows, fields })
            }
        }
    }
}

/// Where the fields stand; of several columns with such a title the first counts.
fn places(titles: &[String]) -> Result<Fields<Option<usize>>, FormatError> {
    let place = |field| {
        titles
            .iter()
            .position(|title| Field::of_title(title) == Some(field))
    };
    let fields = Fields {
        number: place(Field::Number),
        registered_on: place(Field::RegisteredOn),
        status: place(Field::Status),
    };
    let wanted = [("number", fields.number), ("id_status_in_rf", fields.status)];
    let missing: Vec<&'static str> = wanted
        .iter()
        .filter(|(_, place)| place.is_none())
        .map(|(title, _)| *title)
        .collect();
    if missing.is_empty() {
        return Ok(fields);
    }
    let hint = "give the list with the titles number, reg_date, id_status_in_rf (or Номер документа, Дата регистрации, \
                Статус) in its first line"
        .to_owned();
    Err(FormatError::at_line(1, FormatProblem::Columns { missing, hint }))
}

fn entry(fields: Fields<&str>) -> Result<RfTerritoryStatus, String> {
    let number = folded(fields.number);
    if number.is_empty() {
        return Err("the document number is empty".to_owned());
    }
    let registered_on = day(fields.registered_on).map_err(|error| format!("registration date: {error}"))?;
    let status_label = folded(fields.status);
    let status = status(&status_label).ok_or_else(|| {
        let shown: String = status_label.chars().take(40).collect();
        format!(
            "the status `{shown}` is none of this list; it knows 14 (Прекращён), 15 (Приостановлен) and, to take an \
             entry back, 3 (Возобновлён) or 6 (Действует)"
        )
    })?;
    Ok(RfTerritoryStatus {
        number,
        registered_on,
        status,
        status_label,
    })
}

/// Terminated, suspended, or active for an entry that is taken back; `None` for what the list does not say.
fn status(label: &str) -> Option<Status> {
    let known = match label.parse() {
        Ok(code) => Status::of_fsa_code(code),
        Err(_) => of_words(label),
    };
    match known {
        Status::Terminated | Status::Suspended => Some(known),
        // Void everywhere is void in Russia.
        Status::Invalid => Some(Status::Terminated),
        known if known.is_active() => Some(Status::Active),
        _ => None,
    }
}

/// The status that a label names anywhere: "Действие прекращено на территории РФ" is no label of a registry.
fn of_words(label: &str) -> Status {
    let lower = label.to_lowercase().replace('ё', "е");
    let has = |part| lower.contains(part);
    if has("прекращ") || has("terminat") || lower.starts_with("не действ") {
        Status::Terminated
    } else if has("приостанов") || has("suspend") {
        Status::Suspended
    } else if has("возобнов") || lower == "active" {
        Status::Active
    } else {
        Status::of_label(label)
    }
}

fn row(entry: Result<RfTerritoryStatus, String>, raw: impl FnOnce() -> String) -> Row {
    match entry {
        Ok(entry) => Row::RfTerritory(entry),
        Err(reason) => Row::Rejected(RejectedRow::new(reason, &raw())),
    }
}

fn delimited_row(rows: &Delimited, fields: Fields<Option<usize>>) -> Row {
    let record = rows.record();
    let cell = |place: Option<usize>| place.and_then(|place| record.get(place)).unwrap_or_default();
    let entry = if record.len() == rows.titles().len() {
        entry(Fields {
            number: cell(fields.number),
            registered_on: cell(fields.registered_on),
            status: cell(fields.status),
        })
    } else {
        let (cells, titles) = (record.len(), rows.titles().len());
        Err(format!("the row has {cells} cells, the header {titles}"))
    };
    row(entry, || rows.written(record.iter().map(Cow::Borrowed)))
}

/// A line as a row; the parser's error when it is no JSON object.
fn json_row(line: &str) -> Result<Row, serde_json::Error> {
    let object: Map<String, Value> = serde_json::from_str(line)?;
    let value = |field| {
        let value = object.iter().find(|(key, _)| Field::of_title(key) == Some(field));
        match value {
            Some((_, Value::String(text))) => text.clone(),
            Some((_, Value::Null)) | None => String::new(),
            Some((_, other)) => other.to_string(),
        }
    };
    let (number, registered_on, status) = (
        value(Field::Number),
        value(Field::RegisteredOn),
        value(Field::Status),
    );
    let entry = entry(Fields {
        number: &number,
        registered_on: &registered_on,
        status: &status,
    });
    Ok(row(entry, || line.to_owned()))
}

impl RowReader for RfTerritoryList {
    fn next_row(&mut self) -> Result<Option<(u64, Row)>, FormatError> {
        let (text, line_number, line) = match self {
            Self::Delimited { rows, fields } => {
                let line = rows.read_next()?;
                return Ok(line.map(|line| (line, delimited_row(rows, *fields))));
            }
            Self::JsonLines {
                text,
                line_number,
                line,
            } => (text, line_number, line),
        };
        loop {
            line.clear();
            *line_number += 1;
            let count = text.read_line(line).map_err(FormatError::from_reading)?;
            if count == 0 {
                return Ok(None);
            }
            text.get_mut().row_ended();
            let content = line.trim();
            if content.is_empty() {
                continue;
            }
            return match json_row(content) {
                Ok(row) => Ok(Some((*line_number, row))),
                Err(error) if error.is_eof() && !line.ends_with('\n') => {
                    Err(FormatError::at_line(*line_number, FormatProblem::Truncated))
                }
                Err(error) => {
                    let row = RejectedRow::new(format!("this is no JSON object: {error}"), content);
                    Ok(Some((*line_number, Row::Rejected(row))))
                }
            };
        }
    }

    fn bytes_read(&self) -> u64 {
        match self {
            Self::Delimited { rows, .. } => rows.bytes_read(),
            Self::JsonLines { text, .. } => text.get_ref().bytes_read(),
        }
    }
}

#[cfg(test)]
mod tests;
