//! Files that are no text as they are: the archives in which dumps are published, which are unpacked on the way, and
//! everything else, which is recognised by its first bytes so that the message can say what to do.

mod admission;
mod members;
mod problem;
mod unpacking;

pub(crate) use members::Members;
pub use problem::ArchiveProblem;

use super::{FormatError, FormatProblem};
use std::fs::File;
use std::io::{Cursor, Read, Seek};

const SEVEN_ZIP: &[u8] = b"7z\xBC\xAF\x27\x1C";

/// A file as it is to be read.
pub(super) enum Contents {
    /// An archive that can be unpacked.
    Archive(File),
    /// Anything else, from its beginning.
    Plain(Box<dyn Read + Send>),
}

/// Looks at the beginning of a file.
pub(super) fn contents(mut file: File) -> Result<Contents, FormatError> {
    let mut beginning = Vec::with_capacity(SEVEN_ZIP.len());
    (&mut file)
        .take(SEVEN_ZIP.len() as u64)
        .read_to_end(&mut beginning)
        .map_err(FormatError::from_reading)?;
    if beginning != SEVEN_ZIP {
        // A pipe cannot be read from its beginning again, so the beginning is put before the rest.
        return Ok(Contents::Plain(Box::new(Cursor::new(beginning).chain(file))));
    }
    match file.rewind() {
        Ok(()) => Ok(Contents::Archive(file)),
        Err(error) => Err(FormatError::whole_file(ArchiveProblem::NotSeekable(error).into())),
    }
}

const SIGNATURES: [(&[u8], &str, &str); 9] = [
    (
        SEVEN_ZIP,
        "a 7z archive",
        "give the file itself: an archive is read from a file, not from a stream and not from another archive",
    ),
    (
        b"PK\x03\x04",
        "a ZIP archive or an Excel workbook",
        "unpack it, or save the sheet as CSV",
    ),
    (
        b"\x1F\x8B",
        "a gzip archive",
        "unpack it and import the file inside",
    ),
    (b"BZh", "a bzip2 archive", "unpack it and import the file inside"),
    (
        b"\xFD7zXZ",
        "an xz archive",
        "unpack it and import the file inside",
    ),
    (b"Rar!", "a RAR archive", "unpack it and import the CSV inside"),
    (b"%PDF", "a PDF document", "import the published CSV instead"),
    (b"\xFF\xFE", "a file in UTF-16", "save it as UTF-8"),
    (b"\xFE\xFF", "a file in UTF-16", "save it as UTF-8"),
];

/// What the first bytes give away; `None` when they look like text.
pub(super) fn not_text(beginning: &[u8]) -> Option<FormatProblem> {
    let found = |what, remedy| Some(FormatProblem::NotText { what, remedy });
    for (signature, what, remedy) in SIGNATURES {
        if beginning.starts_with(signature) {
            return found(what, remedy);
        }
    }
    let start: Vec<u8> = beginning
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace())
        .take(9)
        .map(u8::to_ascii_lowercase)
        .collect();
    if start.starts_with(b"<!doctype") || start.starts_with(b"<html") {
        return found(
            "a web page",
            "the server may have answered with an error page: download the data again",
        );
    }
    match memchr::memchr_iter(0, beginning).count() {
        // A stray one makes its row unusable, not the file.
        nuls if nuls * SHARE_OF_NULS < beginning.len() => None,
        nuls if nuls * 3 > beginning.len() => found("a file in UTF-16", "save it as UTF-8"),
        _ => found("a binary file", "import the published CSV or JSON lines"),
    }
}

/// Text has no NUL; where one byte of so many is one, it is no text.
const SHARE_OF_NULS: usize = 1000;

#[cfg(test)]
mod tests;
