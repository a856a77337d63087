//! A delimited text (CSV and its relatives) read record by record, with the line where each begins.
//!
//! Recognises delimiter and quoting, and tells a file that was cut off from one that merely has odd records. Must not
//! know what the columns mean.

use super::TextReader;
use super::dialect::Dialect;
use crate::{FormatError, FormatProblem};
use csv::StringRecord;
use std::borrow::Cow;

/// How much text the record splitter takes at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// Reads one record after another.
pub(crate) struct Delimited {
    csv: csv::Reader<TextReader>,
    dialect: Dialect,
    titles: Vec<String>,
    record: StringRecord,
    /// Line and number of cells of the last record.
    last_line: u64,
    last_cells: usize,
}

impl Delimited {
    /// Recognises how the text is written and reads its header.
    pub(crate) fn open(text: TextReader) -> Result<Self, FormatError> {
        let dialect = Dialect::of(text.peek());
        let mut csv = csv::ReaderBuilder::new()
            .delimiter(dialect.delimiter)
            .quoting(dialect.quoting)
            .flexible(true)
            .buffer_capacity(PIECE)
            .from_reader(text);
        let titles: Vec<String> = csv
            .headers()
            .map_err(|error| csv_error(error, 1))?
            .iter()
            .map(|title| title.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        csv.get_mut().row_ended();
        Ok(Self {
            csv,
            dialect,
            last_line: 1,
            last_cells: titles.len(),
            titles,
            record: StringRecord::new(),
        })
    }

    /// The titles of the columns, white space folded.
    pub(crate) fn titles(&self) -> &[String] {
        &self.titles
    }

    /// Reads the next record and tells the line where it begins; `None` after the last.
    pub(crate) fn read_next(&mut self) -> Result<Option<u64>, FormatError> {
        let line = self.csv.position().line();
        let read = self.csv.read_record(&mut self.record);
        if !read.map_err(|error| csv_error(error, line))? {
            self.expect_whole_file()?;
            return Ok(None);
        }
        self.csv.get_mut().row_ended();
        self.last_line = self.record.position().map_or(line, csv::Position::line);
        self.last_cells = self.record.len();
        Ok(Some(self.last_line))
    }

    /// The record read last.
    pub(crate) fn record(&self) -> &StringRecord {
        &self.record
    }

    /// Bytes of the file consumed so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.csv.get_ref().bytes_read()
    }

    /// These cells as a record of this file.
    pub(crate) fn written<'cell>(&self, cells: impl Iterator<Item = Cow<'cell, str>>) -> String {
        let style = if self.dialect.quoting {
            csv::QuoteStyle::Necessary
        } else {
            csv::QuoteStyle::Never
        };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.dialect.delimiter)
            .quote_style(style)
            .from_writer(Vec::new());
        // Writing into memory does not fail; if it did, the reason alone must do.
        let written = writer.write_record(cells.map(|cell| cell.into_owned().into_bytes()));
        let bytes = writer.into_inner().unwrap_or_default();
        let text = written.map_or_else(
            |_| String::new(),
            |()| String::from_utf8(bytes).unwrap_or_default(),
        );
        text.trim_end_matches(['\r', '\n']).to_owned()
    }

    /// After the last record: the error when the file was cut off inside it. Records that merely have a wrong number
    /// of cells are the format's business, but an open quotation mark or a missing line end beside it is a cut.
    fn expect_whole_file(&self) -> Result<(), FormatError> {
        let text = self.csv.get_ref();
        let wrong = self.last_cells != self.titles.len();
        let open = self.dialect.quoting && text.has_open_quote();
        let ended = text.ended_with_a_line();
        if !((wrong && (open || !ended)) || (open && !ended)) {
            return Ok(());
        }
        let column = self.titles.get(self.last_cells.saturating_sub(1));
        Err(FormatError {
            line: Some(self.last_line),
            column: column.map(|title| format!("\"{title}\"")),
            problem: FormatProblem::Truncated,
        })
    }
}

fn csv_error(error: csv::Error, line: u64) -> FormatError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => {
            let error = FormatError::from_reading(error);
            FormatError {
                line: error.line.or(Some(line)),
                ..error
            }
        }
        // The reader takes rows of any length and sees valid UTF-8 only, so nothing else can happen.
        other => FormatError::at_line(
            line,
            FormatProblem::Reading(std::io::Error::other(format!("{other:?}"))),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn delimited(text: &str) -> Delimited {
        let text = TextReader::open(Box::new(Cursor::new(text.as_bytes().to_vec()))).unwrap();
        Delimited::open(text).unwrap()
    }

    fn records(text: &str) -> Result<Vec<(u64, Vec<String>)>, FormatError> {
        let mut delimited = delimited(text);
        let mut records = Vec::new();
        while let Some(line) = delimited.read_next()? {
            records.push((line, delimited.record().iter().map(str::to_owned).collect()));
        }
        Ok(records)
    }

    #[test]
    fn lone_mark_in_an_unquoted_file_stays_in_its_cell() {
        let records = records("id|name\n1|\"Ромашка\n2|Труба 12\"\n3|x\n").unwrap();
        assert_eq!(records.len(), 3);
        assert_eq!(records[0].1, ["1", "\"Ромашка"]);
        assert_eq!(records[1].1, ["2", "Труба 12\""]);
    }

    #[test]
    fn record_over_several_lines_bears_the_number_of_its_first() {
        let records = records("id,name\n1,\"a\nb\"\n2,c\n").unwrap();
        let lines: Vec<u64> = records.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 4]);
    }

    #[test]
    fn unquoted_file_cut_inside_its_last_row_is_a_truncated_one() {
        let error = records("id|name|date\n1|a|b\n2|\"c").unwrap_err();
        assert!(matches!(error.problem, FormatProblem::Truncated), "{error}");
        assert_eq!((error.line, error.column.as_deref()), (Some(3), Some("\"name\"")));
    }

    #[test]
    fn record_is_written_as_the_file_writes_it() {
        let cells = || ["1", "ООО \"А, Б\""].map(Cow::Borrowed).into_iter();
        assert_eq!(
            delimited("id,name\n1,a\n").written(cells()),
            "1,\"ООО \"\"А, Б\"\"\""
        );
        assert_eq!(delimited("id|name\n1|a\n").written(cells()), "1|ООО \"А, Б\"");
    }
}
