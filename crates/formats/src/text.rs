//! Bytes of a file as valid UTF-8: encoding recognised, byte-order mark removed, code page 1251 converted, every
//! byte checked, so that the formats above see text only.

pub(crate) mod day;
pub(crate) mod delimited;
mod dialect;

use super::archive::not_text;
use super::{FormatError, FormatProblem};
use encoding_rs::WINDOWS_1251;
use std::io::{self, Read};

/// The longest row that is read, in bytes; the longest real ones have some hundred kilobytes.
pub(super) const LONGEST_ROW: u64 = 16_000_000;
/// How much of the file decides on its encoding, and how much is read at a time.
const BLOCK: usize = 256 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Windows1251,
}

/// Reads a file as UTF-8 text.
pub(super) struct TextReader {
    input: Box<dyn Read + Send>,
    encoding: Encoding,
    /// Bytes as read; the first `held` of them wait, the rest is free.
    raw: Vec<u8>,
    held: usize,
    /// Checked text that was not handed out yet begins at `start`.
    ready: Vec<u8>,
    start: usize,
    bytes_read: u64,
    /// Bytes of the file before `raw`.
    checked: u64,
    lines: u64,
    line_characters: u64,
    since_row: u64,
    quotes: u64,
    last_byte: u8,
}

impl TextReader {
    /// Reads the beginning and recognises the encoding.
    pub(super) fn open(input: Box<dyn Read + Send>) -> Result<Self, FormatError> {
        Self::begin(input, not_text)
    }

    /// The same for a source that is published as web pages.
    pub(super) fn open_markup(input: Box<dyn Read + Send>) -> Result<Self, FormatError> {
        Self::begin(input, super::markup::not_markup)
    }

    fn begin(
        input: Box<dyn Read + Send>,
        refused: fn(&[u8]) -> Option<FormatProblem>,
    ) -> Result<Self, FormatError> {
        let mut reader = Self {
            input,
            encoding: Encoding::Utf8,
            raw: vec![0; BLOCK],
            held: 0,
            ready: Vec::with_capacity(2 * BLOCK),
            start: 0,
            bytes_read: 0,
            checked: 0,
            lines: 0,
            line_characters: 0,
            since_row: 0,
            quotes: 0,
            last_byte: b'\n',
        };
        while reader.held < BLOCK {
            let count = reader.fill().map_err(FormatError::from_reading)?;
            if count == 0 {
                break;
            }
        }
        let beginning = &reader.raw[..reader.held];
        if beginning.is_empty() {
            return Err(FormatError::whole_file(FormatProblem::Empty));
        }
        if let Some(problem) = refused(beginning) {
            return Err(FormatError::whole_file(problem));
        }
        if beginning.starts_with("\u{feff}".as_bytes()) {
            reader.raw.copy_within(3..reader.held, 0);
            reader.held -= 3;
            reader.checked = 3;
        } else {
            reader.encoding = recognise(beginning);
        }
        reader.check_held().map_err(FormatError::from_reading)?;
        Ok(reader)
    }

    /// Bytes of the file read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The text that lies ready: the first quarter megabyte or the whole file directly after opening.
    pub(super) fn peek(&self) -> &[u8] {
        &self.ready[self.start..]
    }

    /// A row ended: the limit of its length begins anew.
    pub(super) fn row_ended(&mut self) {
        self.since_row = 0;
    }

    /// Whether the text handed out so far has an odd number of quotation marks: one of them is open.
    pub(super) fn has_open_quote(&self) -> bool {
        self.quotes % 2 == 1
    }

    /// Whether the last byte handed out ended a line.
    pub(super) fn ended_with_a_line(&self) -> bool {
        self.last_byte == b'\n'
    }

    fn fill(&mut self) -> io::Result<usize> {
        loop {
            match self.input.read(&mut self.raw[self.held..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(count) => {
                    self.held += count;
                    self.bytes_read += count as u64;
                    return Ok(count);
                }
            }
        }
    }

    /// Moves the held bytes to `ready` as UTF-8; up to three bytes of a cut character stay held.
    fn check_held(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.start = 0;
        let complete = match self.encoding {
            Encoding::Windows1251 => {
                let (text, _) = WINDOWS_1251.decode_without_bom_handling(&self.raw[..self.held]);
                self.ready.extend_from_slice(text.as_bytes());
                self.held
            }
            Encoding::Utf8 => {
                let complete = match std::str::from_utf8(&self.raw[..self.held]) {
                    Ok(_) => self.held,
                    Err(cut) if cut.error_len().is_none() && self.held - cut.valid_up_to() < 4 => {
                        cut.valid_up_to()
                    }
                    Err(wrong) => {
                        let byte = self.checked + wrong.valid_up_to() as u64;
                        return Err(self.fault(wrong.valid_up_to(), FormatProblem::Encoding { byte }));
                    }
                };
                self.ready.extend_from_slice(&self.raw[..complete]);
                complete
            }
        };
        self.count_places();
        self.raw.copy_within(complete..self.held, 0);
        self.held -= complete;
        self.checked += complete as u64;
        Ok(())
    }

    fn count_places(&mut self) {
        self.lines += occurrences(&self.ready, b'\n');
        let last_line = memchr::memrchr(b'\n', &self.ready);
        if last_line.is_some() {
            self.line_characters = 0;
        }
        let tail = &self.ready[last_line.map_or(0, |newline| newline + 1)..];
        self.line_characters += characters(tail);
    }

    /// The error for what is wrong `valid` bytes after the last checked one.
    fn fault(&mut self, valid: usize, problem: FormatProblem) -> io::Error {
        self.ready.extend_from_slice(&self.raw[..valid]);
        self.count_places();
        io::Error::new(
            io::ErrorKind::InvalidData,
            FormatError {
                line: Some(self.lines + 1),
                column: Some((self.line_characters + 1).to_string()),
                problem,
            },
        )
    }
}

fn occurrences(text: &[u8], byte: u8) -> u64 {
    memchr::memchr_iter(byte, text).count() as u64
}

/// Number of characters of valid UTF-8.
fn characters(text: &[u8]) -> u64 {
    text.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64
}

impl Read for TextReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.start == self.ready.len() {
            let count = self.fill()?;
            if count == 0 && self.held > 0 {
                self.ready.clear();
                self.start = 0;
                // The last character lacks bytes: the file was cut inside of it.
                return Err(self.fault(0, FormatProblem::Truncated));
            }
            if count == 0 {
                return Ok(0);
            }
            self.check_held()?;
        }
        let count = buffer.len().min(self.ready.len() - self.start);
        let text = &self.ready[self.start..self.start + count];
        buffer[..count].copy_from_slice(text);
        self.quotes += occurrences(text, b'"');
        self.last_byte = text.last().copied().unwrap_or(self.last_byte);
        self.start += count;
        self.since_row += count as u64;
        if self.since_row > LONGEST_ROW {
            let error = FormatError::whole_file(FormatProblem::RowTooLong);
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        Ok(count)
    }
}

/// UTF-8 unless it is not, and nearly all bytes beyond ASCII are Cyrillic letters of the code page 1251. In UTF-8 only
/// every second byte of a Russian text would look so.
fn recognise(beginning: &[u8]) -> Encoding {
    if std::str::from_utf8(beginning).is_ok() {
        return Encoding::Utf8;
    }
    let beyond = beginning.iter().filter(|byte| **byte >= 0x80).count();
    let letters = beginning
        .iter()
        .filter(|byte| matches!(**byte, 0xC0..=0xFF | 0xA8 | 0xB8))
        .count();
    if letters * 10 > beyond * 8 {
        Encoding::Windows1251
    } else {
        Encoding::Utf8
    }
}

impl FormatError {
    /// The error that a [`TextReader`] put into an I/O error, or the I/O error itself.
    pub(super) fn from_reading(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => own,
            Err(other) => Self::whole_file(FormatProblem::Reading(other)),
        }
    }
}

#[cfg(test)]
mod tests;
