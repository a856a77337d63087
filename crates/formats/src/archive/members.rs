//! The rows of an archive: those of its members, one member after another.

use super::ArchiveProblem;
use super::unpacking::{Event, MemberText, Unpacking};
use crate::{FormatError, FormatProblem, ImportSource, Input, Row, RowReader, open};
use std::fs::File;
use std::io::{Cursor, Read};

/// Reads every member that the source reads. Line numbers are the member's.
pub(crate) struct Members {
    source: ImportSource,
    unpacking: Unpacking,
    current: Option<Member>,
    ignored: Vec<String>,
    /// Whether a member was what the source reads.
    found: bool,
    /// The first line of the dump's last part that had one: a dump that was cut into parts has it in the first only.
    header: Option<Vec<u8>>,
}

struct Member {
    name: String,
    rows: Box<dyn RowReader + Send>,
    /// Lines that were put before the member's own.
    lines_before: u64,
}

impl Member {
    fn next_row(&mut self) -> Result<Option<(u64, Row)>, FormatError> {
        match self.rows.next_row() {
            Ok(row) => Ok(row.map(|(line, row)| (line.saturating_sub(self.lines_before), row))),
            Err(error) => Err(FormatError {
                line: error.line.map(|line| line.saturating_sub(self.lines_before)),
                ..error.in_member(&self.name)
            }),
        }
    }
}

impl Members {
    /// Opens the archive and its first member.
    pub(crate) fn open(source: ImportSource, file: File) -> Result<Self, FormatError> {
        let unpacking = Unpacking::start(source, file).map_err(FormatError::from_reading)?;
        let mut members = Self {
            source,
            unpacking,
            current: None,
            ignored: Vec::new(),
            found: false,
            header: None,
        };
        members.current = members.next_member()?;
        Ok(members)
    }

    fn next_member(&mut self) -> Result<Option<Member>, FormatError> {
        loop {
            match self.unpacking.next() {
                Event::Member { name, must_fit, text } => {
                    let Beginning {
                        text,
                        lines_before,
                        header,
                    } = self.with_header(text).map_err(|error| error.in_member(&name))?;
                    match open(self.source, Input::Stream(text)) {
                        Ok(rows) => {
                            self.found = true;
                            self.header = header.or(self.header.take());
                            return Ok(Some(Member {
                                name,
                                rows,
                                lines_before,
                            }));
                        }
                        Err(error) if is_other_text(&error.problem, must_fit) => {
                            self.ignored.push(format!("{name}: {error}"));
                        }
                        Err(error) => return Err(error.in_member(&name)),
                    }
                }
                Event::Ignored { name, reason } => self.ignored.push(format!("{name}: {reason}")),
                Event::End if self.found => return Ok(None),
                Event::End => {
                    let nothing = ArchiveProblem::NothingToRead(std::mem::take(&mut self.ignored));
                    return Err(FormatError::whole_file(nothing.into()));
                }
                Event::Failed(problem) => return Err(FormatError::whole_file(problem)),
            }
        }
    }

    /// The text of a member, with the header of the part before it when it has none itself. A header of a dump begins
    /// with a letter, a row with the number that is its id.
    fn with_header(&self, mut text: MemberText) -> Result<Beginning, FormatError> {
        let plain = |text, header| Beginning {
            text: Box::new(text),
            lines_before: 0,
            header,
        };
        if !matches!(
            self.source,
            ImportSource::FsaCertificates | ImportSource::FsaDeclarations
        ) {
            return Ok(plain(text, None));
        }
        let beginning = text.beginning().map_err(FormatError::from_reading)?;
        let marked = beginning.starts_with(BYTE_ORDER_MARK);
        let beginning = beginning.strip_prefix(BYTE_ORDER_MARK).unwrap_or(beginning);
        let first = beginning.iter().find(|byte| !matches!(byte, b'"' | b' '));
        if !first.is_some_and(u8::is_ascii_digit) {
            let line = beginning.split_inclusive(|byte| *byte == b'\n').next();
            let header = line.filter(|line| line.ends_with(b"\n")).map(<[u8]>::to_vec);
            return Ok(plain(text, header));
        }
        let Some(header) = self.header.clone() else {
            return Ok(plain(text, None));
        };
        if marked {
            let mut mark = [0; BYTE_ORDER_MARK.len()];
            text.read_exact(&mut mark).map_err(FormatError::from_reading)?;
        }
        Ok(Beginning {
            text: Box::new(Cursor::new(header).chain(text)),
            lines_before: 1,
            header: None,
        })
    }
}

/// A member as it is to be opened.
struct Beginning {
    text: Box<dyn Read + Send>,
    /// Lines that were put before the member's own.
    lines_before: u64,
    /// The member's own header, when it is a dump's part that has one.
    header: Option<Vec<u8>>,
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Whether a member that cannot be opened is merely something else than data: an empty one always, a readme when its
/// name promises no data.
fn is_other_text(problem: &FormatProblem, must_fit: bool) -> bool {
    match problem {
        FormatProblem::Empty => true,
        FormatProblem::Reading(_) | FormatProblem::Archive(_) => false,
        _ => !must_fit,
    }
}

impl RowReader for Members {
    fn next_row(&mut self) -> Result<Option<(u64, Row)>, FormatError> {
        while let Some(member) = &mut self.current {
            if let Some(row) = member.next_row()? {
                return Ok(Some(row));
            }
            // Left before the next is waited for: what it did not read must not hold up the unpacking.
            self.current = None;
            self.current = self.next_member()?;
        }
        Ok(None)
    }

    fn bytes_read(&self) -> u64 {
        self.unpacking.bytes_read()
    }

    fn part(&self) -> Option<&str> {
        self.current.as_ref().map(|member| member.name.as_str())
    }

    fn ignored_parts(&self) -> &[String] {
        &self.ignored
    }
}
