//! The published formats: from bytes to canonical documents, row by row, in constant memory.
//!
//! May know: what columns and lines mean. Must not know: databases, directories, progress. A row that makes no sense
//! is handed on as rejected with its line and reason; what makes the whole file unusable is a [`FormatError`].

mod archive;
pub(crate) mod canonical;
mod fsa;
mod json_lines;
mod text;

use crate::import::ImportSource;
use certlens_domain::document::Document;
use std::fmt;
use std::io::Read;
use text::TextReader;

/// One row of a file.
#[derive(Debug)]
pub(crate) enum Row {
    /// A canonical document that passed every check.
    Document(Box<Document>),
    /// A row that is left out.
    Rejected(RejectedRow),
}

/// A row that makes no sense, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RejectedRow {
    pub(crate) reason: String,
    /// The row as it stands in the file, in UTF-8.
    pub(crate) raw: String,
}

/// A file being read.
pub(crate) trait RowReader {
    /// The next row with the number of its first line; `None` after the last.
    fn next_row(&mut self) -> Result<Option<(u64, Row)>, FormatError>;
    /// Bytes of the file consumed so far.
    fn bytes_read(&self) -> u64;
}

/// Recognises encoding, delimiter and columns, and begins to read.
pub(crate) fn open(
    source: ImportSource,
    input: Box<dyn Read + Send>,
) -> Result<Box<dyn RowReader>, FormatError> {
    let text = TextReader::open(input)?;
    Ok(match source {
        ImportSource::Jsonl => Box::new(json_lines::JsonLines::open(text)?),
        ImportSource::FsaCertificates | ImportSource::FsaDeclarations => {
            Box::new(fsa::FsaDump::open(source, text)?)
        }
    })
}

/// Why a file cannot be read to its end, and where.
#[derive(Debug, thiserror::Error)]
pub struct FormatError {
    /// Line of the file, from 1, when the problem has a place.
    pub line: Option<u64>,
    /// Column of the line: a character's number or a column's title.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: FormatProblem,
}

impl FormatError {
    fn whole_file(problem: FormatProblem) -> Self {
        Self {
            line: None,
            column: None,
            problem,
        }
    }

    fn at_line(line: u64, problem: FormatProblem) -> Self {
        Self {
            line: Some(line),
            column: None,
            problem,
        }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(formatter, "line {line}")?;
            if let Some(column) = &self.column {
                write!(formatter, ", column {column}")?;
            }
            formatter.write_str(": ")?;
        }
        write!(formatter, "{}", self.problem)
    }
}

/// What makes a file unusable as a whole.
#[derive(Debug, thiserror::Error)]
pub enum FormatProblem {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// An archive or another binary file.
    #[error("this is {what}, no plain text; {remedy}")]
    NotText {
        /// What it seems to be.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A byte that neither UTF-8 nor the Cyrillic code page explains.
    #[error(
        "byte {byte} of the file is not valid UTF-8; save the file as UTF-8 (or as Windows-1251) and repeat"
    )]
    Encoding {
        /// Offset of the byte in the file, from 0.
        byte: u64,
    },
    /// Columns that the source must have are not there.
    #[error(
        "the header has no column {}; {hint}",
        missing.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    )]
    Columns {
        /// Titles of the missing columns.
        missing: Vec<&'static str>,
        /// What the file seems to be instead, and what to do.
        hint: String,
    },
    /// The text is no JSON lines.
    #[error("this is no file of JSON lines: {0}")]
    NotJsonLines(&'static str),
    /// The file ends in the middle of a row.
    #[error("the file ends in the middle of a row: it was cut off; fetch or copy it again and repeat")]
    Truncated,
    /// A row is longer than any real one: a quotation mark that is never closed, as a rule.
    #[error(
        "a row is longer than {} MB; a quotation mark before it is probably never closed",
        text::LONGEST_ROW / 1_000_000
    )]
    RowTooLong,
    /// Reading failed.
    #[error("reading failed: {0}; repeat the import, nothing of it was stored")]
    Reading(#[from] std::io::Error),
}
