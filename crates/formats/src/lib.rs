//! The registries' published formats: from bytes to canonical documents, row by row, in bounded memory.
//!
//! May know: archives, encodings, what columns, pages and lines mean. Must not know: databases, directories, progress. A
//! row that makes no sense is handed on as rejected with its line and reason; what makes the whole file unusable is a
//! [`FormatError`].
//!
//! | question | module |
//! |---|---|
//! | which formats are there? | [`ImportSource`] |
//! | what do Kyrgyz pages, Kazakh answers, the open JSON of Belarus and of the Union mean? | `kyrgyzstan`, `kazakhstan`, `belarus`, `eaeu` |
//! | documents as Parquet, read and written | [`parquet`] |
//! | which foreign documents are not valid in Russia? | `rf_territory` |
//! | how is an archive read? | `archive` |
//! | what does a cell of Rosaccreditation's dump mean? | `fsa` |
//! | canonical spelling, and what is implausible | [`canonical`] |

mod archive;
mod belarus;
pub mod canonical;
mod days;
mod eaeu;
mod fsa;
mod json_elements;
mod json_lines;
mod kazakhstan;
mod kyrgyzstan;
mod markup;
pub mod parquet;
mod rf_territory;
mod source;
mod text;

pub use archive::ArchiveProblem;
pub use source::{ImportSource, UnknownImportSource};

use archive::{Contents, Members};
use certlens_domain::document::Document;
use certlens_domain::registry::DocumentKind;
use certlens_domain::status::Status;
use chrono::NaiveDate;
use std::fmt;
use std::fs::File;
use std::io::Read;
use text::TextReader;

/// One row of a file.
#[derive(Debug)]
pub enum Row {
    /// A canonical document that passed every check.
    Document(Box<Document>),
    /// An entry of the list of foreign documents that are not valid on Russia's territory.
    RfTerritory(RfTerritoryStatus),
    /// A row that is left out.
    Rejected(RejectedRow),
}

/// A row that makes no sense, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Why it is left out, as a sentence.
    pub reason: String,
    /// The row as it stands in the file, in UTF-8, without personal data, cut off when it is very long.
    pub raw: String,
}

impl RejectedRow {
    /// The longest text of a row that is kept, in bytes.
    const LONGEST_RAW: usize = 64_000;

    /// A rejected row; a text longer than any real one is cut off, with a note that says so.
    pub(crate) fn new(reason: String, raw: &str) -> Self {
        let raw = if raw.len() <= Self::LONGEST_RAW {
            raw.to_owned()
        } else {
            let end = raw.floor_char_boundary(Self::LONGEST_RAW);
            format!("{}… [cut off: the row has {} bytes]", &raw[..end], raw.len())
        };
        Self { reason, raw }
    }
}

/// What Rosaccreditation says of a foreign document on Russia's territory: another status than the registry's own.
/// Source: the list kept under the decree 1669 of 27.10.2025 (`number, reg_date, id_status_in_rf`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RfTerritoryStatus {
    /// The document's number as the list writes it.
    pub number: String,
    /// Day of registration; `None` where the list has none, then the number alone decides.
    pub registered_on: Option<NaiveDate>,
    /// Terminated or suspended on Russia's territory; a renewed one is in force again there.
    pub status: Status,
    /// The status as the list writes it.
    pub status_label: String,
}

/// What is to be read.
pub enum Input {
    /// Something that can be read once, such as standard input. Archives are refused.
    Stream(Box<dyn Read + Send>),
    /// A file, in which archives can be opened.
    File(File),
}

/// A file being read.
pub trait RowReader {
    /// The next row with the number of its first line; `None` after the last.
    fn next_row(&mut self) -> Result<Option<(u64, Row)>, FormatError>;
    /// Bytes of the file consumed so far.
    fn bytes_read(&self) -> u64;
    /// Name of the archive's part that is being read; `None` when the file is no archive.
    fn part(&self) -> Option<&str> {
        None
    }
    /// The archive's parts that were left out so far, each with the reason.
    fn ignored_parts(&self) -> &[String] {
        &[]
    }
}

/// Recognises archive, encoding, delimiter and columns, and begins to read.
pub fn open(source: ImportSource, input: Input) -> Result<Box<dyn RowReader + Send>, FormatError> {
    match input {
        _ if source == ImportSource::Parquet => Ok(Box::new(parquet::ParquetRows::open(input)?)),
        Input::Stream(stream) => open_text(source, stream),
        Input::File(file) => match archive::contents(file)? {
            Contents::Archive(file) => Ok(Box::new(Members::open(source, file)?)),
            Contents::Plain(stream) => open_text(source, stream),
        },
    }
}

/// The same for what is no archive: a file, or one part of an archive.
fn open_text(
    source: ImportSource,
    input: Box<dyn Read + Send>,
) -> Result<Box<dyn RowReader + Send>, FormatError> {
    let text = TextReader::open;
    Ok(match source {
        ImportSource::KgCertificates | ImportSource::KgDeclarations | ImportSource::Kz => {
            return open_markup(source, input);
        }
        ImportSource::By => Box::new(belarus::open(text(input)?)),
        ImportSource::Eaeu => Box::new(eaeu::UnionRows::open(eaeu::Channel::Union, text(input)?)),
        ImportSource::Jsonl => Box::new(json_lines::JsonLines::open(text(input)?)?),
        ImportSource::FsaCertificates | ImportSource::FsaDeclarations => {
            Box::new(fsa::FsaDump::open(source, text(input)?)?)
        }
        ImportSource::RfTerritory => Box::new(rf_territory::RfTerritoryList::open(text(input)?)?),
        ImportSource::Parquet => Box::new(parquet::ParquetRows::open(Input::Stream(input))?),
    })
}

/// The same for what is published as pages of the web.
fn open_markup(
    source: ImportSource,
    input: Box<dyn Read + Send>,
) -> Result<Box<dyn RowReader + Send>, FormatError> {
    let text = TextReader::open_markup(input)?;
    Ok(match source {
        ImportSource::KgCertificates => {
            Box::new(kyrgyzstan::ResultPages::open(DocumentKind::Certificate, text))
        }
        ImportSource::KgDeclarations => {
            Box::new(kyrgyzstan::ResultPages::open(DocumentKind::Declaration, text))
        }
        _ => kazakhstan::open(text),
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

    /// The error as one of an archive's member; the line stays the member's.
    fn in_member(self, member: &str) -> Self {
        let problem = FormatProblem::InMember {
            member: member.to_owned(),
            problem: Box::new(self.problem),
        };
        Self { problem, ..self }
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
    /// An archive that cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveProblem),
    /// A problem of a member of an archive.
    #[error("in the archive's member {member}: {problem}")]
    InMember {
        /// The member's name.
        member: String,
        /// What is wrong with it.
        problem: Box<FormatProblem>,
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
    /// The text is no JSON at all.
    #[error("this is no JSON: {0}")]
    NotJson(&'static str),
    /// A page or an answer that holds something else than the source's documents.
    #[error("{0}")]
    Foreign(String),
    /// No Parquet file, or a damaged one.
    #[error("the Parquet file cannot be read: {0}; write or fetch it again and repeat")]
    Parquet(String),
    /// The file ends in the middle of a row.
    #[error(
        "the file ends in the middle of a row: it was cut off, or a quotation mark of that row is never closed; fetch \
         or copy it again and repeat"
    )]
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
