//! Canonical JSON lines: one document a line, the format of `certlens export`.

use super::canonical::canonical;
use super::text::TextReader;
use super::{FormatError, FormatProblem, RejectedRow, Row, RowReader};
use certlens_domain::document::Document;
use std::io::{BufRead, BufReader};

/// Reads one document from each line that is not blank.
pub(super) struct JsonLines {
    text: BufReader<TextReader>,
    line_number: u64,
    line: String,
}

impl JsonLines {
    pub(super) fn open(text: TextReader) -> Result<Self, FormatError> {
        match text.peek().iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'[') => Err(FormatError::at_line(
                1,
                FormatProblem::NotJsonLines("it begins with `[`; write one object a line, without the array"),
            )),
            Some(b'"') => Err(FormatError::at_line(
                1,
                FormatProblem::NotJsonLines(
                    "it begins with a quoted text, like a CSV; use the source fsa-certificates or fsa-declarations",
                ),
            )),
            _ => Ok(Self {
                text: BufReader::new(text),
                line_number: 0,
                line: String::new(),
            }),
        }
    }

    fn parse(&self) -> Result<Row, FormatError> {
        let line = self.line.trim();
        let reason = match serde_json::from_str::<Document>(line) {
            Ok(document) => match canonical(document) {
                Ok(document) => return Ok(Row::Document(Box::new(document))),
                Err(implausible) => implausible.to_string(),
            },
            Err(error) if error.is_eof() && !self.line.ends_with('\n') => {
                return Err(FormatError::at_line(self.line_number, FormatProblem::Truncated));
            }
            Err(error) => without_place(&error),
        };
        Ok(Row::Rejected(RejectedRow::new(reason, line)))
    }
}

/// The message with the column; the "line 1" of the parser would contradict the file's own line.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rsplit_once(" at line ") {
        Some((message, _)) => format!("column {}: {message}", error.column()),
        None => message,
    }
}

impl RowReader for JsonLines {
    fn next_row(&mut self) -> Result<Option<(u64, Row)>, FormatError> {
        loop {
            self.line.clear();
            let count = self
                .text
                .read_line(&mut self.line)
                .map_err(FormatError::from_reading)
                .map_err(|error| FormatError {
                    line: error.line.or(Some(self.line_number + 1)),
                    ..error
                })?;
            if count == 0 {
                return Ok(None);
            }
            self.text.get_mut().row_ended();
            self.line_number += 1;
            if !self.line.trim().is_empty() {
                return Ok(Some((self.line_number, self.parse()?)));
            }
        }
    }

    fn bytes_read(&self) -> u64 {
        self.text.get_ref().bytes_read()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ImportSource, Input, open};
    use std::io::Cursor;

    const LINE: &str = r#"{"registry":"kz","number":"ЕАЭС KZ 1","kind":"certificate","status":"active","registered_on":"2025-01-02","applicant":{"name":"ТОО","bin":"971240001315"}}"#;

    fn rows(text: &str) -> Result<Vec<(u64, Row)>, FormatError> {
        let mut reader = open(
            ImportSource::Jsonl,
            Input::Stream(Box::new(Cursor::new(text.as_bytes().to_vec()))),
        )?;
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row()? {
            rows.push(row);
        }
        Ok(rows)
    }

    fn reason(row: &Row) -> &str {
        match row {
            Row::Rejected(rejected) => &rejected.reason,
            Row::Document(_) | Row::RfTerritory(_) => "",
        }
    }

    #[test]
    fn each_line_is_a_document_and_blank_lines_are_none() {
        let rows = rows(&format!("{LINE}\n\n{LINE}")).unwrap();
        let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 3]);
        assert!(rows.iter().all(|(_, row)| matches!(row, Row::Document(_))));
    }

    #[test]
    fn bad_line_is_rejected_with_its_reason_and_the_rest_goes_on() {
        let wrong_kind = LINE.replace("\"kz\"", "\"rf_declarations\"");
        let rows = rows(&format!("{{\"number\": 5}}\n{wrong_kind}\nnonsense\n{LINE}\n")).unwrap();
        assert!(
            reason(&rows[0].1).starts_with("column 12: invalid type"),
            "{}",
            reason(&rows[0].1)
        );
        assert!(reason(&rows[1].1).contains("rf_declarations"));
        assert!(reason(&rows[2].1).contains("expected"), "{}", reason(&rows[2].1));
        assert!(matches!(rows[3], (4, Row::Document(_))));
    }

    #[test]
    fn line_that_breaks_off_at_the_end_of_the_file_is_a_truncated_file() {
        let error = rows(&format!("{LINE}\n{}", &LINE[..60])).unwrap_err();
        assert_eq!(error.line, Some(2));
        assert!(matches!(error.problem, FormatProblem::Truncated));
    }

    #[test]
    fn array_or_csv_is_refused_with_a_hint() {
        assert!(
            rows(&format!("[{LINE}]"))
                .unwrap_err()
                .to_string()
                .contains("array")
        );
        assert!(
            rows("\"id\",\"Статус\"\n")
                .unwrap_err()
                .to_string()
                .contains("fsa-certificates")
        );
    }
}
