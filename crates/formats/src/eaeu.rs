//! JSON in the Union's data model: the unified register's OData answers and those of its own search.
//!
//! The Belarusian register publishes the same model under other spellings, so it is read here as well. All rows go
//! without a registry's own id: a document that comes both from its national register and from the Union's then has
//! one key, its number and day of registration, whatever channel brought it; the official record stays in `url`.
//! Names of persons, phones, e-mails and addresses are not taken over.

mod fields;
mod model;
mod party;

use super::canonical::canonical;
use super::json_elements::JsonElements;
use super::kazakhstan::flat_document;
use super::text::TextReader;
use super::{FormatError, FormatProblem, RejectedRow, Row, RowReader};
pub(crate) use fields::Fields;
use serde_json::Value;
use std::collections::VecDeque;

/// Which service a file was fetched from: it decides which registers' rows it may hold and where records are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// The Union's unified register, for Kyrgyzstan, Kazakhstan and Belarus.
    Union,
    /// The open interface of the Belarusian register.
    Belarus,
    /// A Kazakh answer in JSON.
    Kazakhstan,
}

/// Reads one document from each element of the file.
pub(crate) struct UnionRows {
    elements: JsonElements,
    channel: Channel,
    /// Elements of an answer that stands as a whole inside an array.
    waiting: VecDeque<(u64, Value)>,
}

impl UnionRows {
    pub(crate) fn open(channel: Channel, text: TextReader) -> Self {
        Self {
            elements: JsonElements::open(text),
            channel,
            waiting: VecDeque::new(),
        }
    }

    fn row(&self, line: u64, value: &Value) -> Result<Row, FormatError> {
        if let Some(message) = error_answer(value) {
            return Err(FormatError::at_line(line, FormatProblem::Foreign(message)));
        }
        let flat = match self.channel {
            Channel::Kazakhstan => Fields::of(value).and_then(flat_document),
            Channel::Union | Channel::Belarus => None,
        };
        let document = flat
            .unwrap_or_else(|| model::document(self.channel, value))
            .and_then(|document| canonical(document).map_err(|implausible| implausible.to_string()));
        Ok(match document {
            Ok(document) => Row::Document(Box::new(document)),
            Err(reason) => rejected(reason, value),
        })
    }
}

impl RowReader for UnionRows {
    fn next_row(&mut self) -> Result<Option<(u64, Row)>, FormatError> {
        loop {
            if let Some((line, value)) = self.waiting.pop_front() {
                return Ok(Some((line, self.row(line, &value)?)));
            }
            let Some((line, text)) = self.elements.next_element()? else {
                return Ok(None);
            };
            match serde_json::from_str::<Value>(&text) {
                Ok(value) => match wrapped(&value) {
                    Some(documents) => {
                        let lines = std::iter::repeat(line);
                        self.waiting.extend(lines.zip(documents.iter().cloned()));
                    }
                    None => return Ok(Some((line, self.row(line, &value)?))),
                },
                Err(error) => {
                    let reason = format!("the element is no sound JSON: {error}");
                    return Ok(Some((line, Row::Rejected(RejectedRow::new(reason, &text)))));
                }
            }
        }
    }

    fn bytes_read(&self) -> u64 {
        self.elements.bytes_read()
    }
}

/// The documents of an answer that stands inside an array of answers.
fn wrapped(value: &Value) -> Option<&Vec<Value>> {
    let fields = Fields::of(value)?;
    let unwrapped = fields.get(&["docid", "conformitydocdetails"]).is_some();
    let array = fields.get(&["items", "value", "result"])?.as_array()?;
    (!unwrapped).then_some(array)
}

/// What a service said instead of giving documents, as when it is asked too fast.
fn error_answer(value: &Value) -> Option<String> {
    let fields = Fields::of(value)?;
    if fields.get(&["docid", "conformitydocdetails", "number"]).is_some() {
        return None;
    }
    let error = fields.get(&["error"]);
    let told = error.and_then(Fields::of).unwrap_or(fields);
    let message = told
        .text(&["message"])
        .or_else(|| error?.as_str().map(str::to_owned))?;
    let shown: String = message.chars().take(200).collect();
    Some(format!(
        "the service answered with an error instead of documents (`{shown}`); fetch the answer again and repeat"
    ))
}

/// Fields with personal data, which do not go to the file of rejected rows either.
const PERSONAL: [&str; 7] = [
    "communicationdetails",
    "fullnamedetails",
    "officerdetails",
    "declaringofficerdetails",
    "subjectaddressdetails",
    "addressv4details",
    "addressdetails",
];

fn rejected(reason: String, value: &Value) -> Row {
    let mut value = value.clone();
    fields::remove(&mut value, &PERSONAL);
    Row::Rejected(RejectedRow::new(reason, &value.to_string()))
}

#[cfg(test)]
mod tests;
