//! The file of rejected rows: one JSON object a line, made when the first row is rejected.

use super::ImportError;
use certlens_formats::{ImportSource, RejectedRow};
use chrono::Utc;
use serde::Serialize;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Writes rejected rows; makes no file while there are none.
pub(super) struct RejectsFile {
    path: PathBuf,
    writer: Option<BufWriter<File>>,
}

#[derive(Serialize)]
struct Entry<'row> {
    /// The archive's part in which the line is; left out where there is no archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'row str>,
    line: u64,
    reason: &'row str,
    raw: &'row str,
}

impl RejectsFile {
    /// `<source>-<time>-<import>.jsonl` in the directory.
    pub(super) fn new(directory: &Path, source: ImportSource, import: Uuid) -> Self {
        let time = Utc::now().format("%Y%m%dT%H%M%SZ");
        Self {
            path: directory.join(format!("{source}-{time}-{import}.jsonl")),
            writer: None,
        }
    }

    pub(super) fn write(
        &mut self,
        part: Option<&str>,
        line: u64,
        row: &RejectedRow,
    ) -> Result<(), ImportError> {
        self.try_write(part, line, row)
            .map_err(|source| ImportError::Rejects {
                path: self.path.clone(),
                source,
            })
    }

    fn try_write(&mut self, part: Option<&str>, line: u64, row: &RejectedRow) -> std::io::Result<()> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(BufWriter::new(create(&self.path)?)),
        };
        let entry = Entry {
            part,
            line,
            reason: &row.reason,
            raw: &row.raw,
        };
        serde_json::to_writer(&mut *writer, &entry)?;
        writer.write_all(b"\n")
    }

    /// Writes out what is buffered; the path when there is a file.
    pub(super) fn finish(&mut self) -> Result<Option<PathBuf>, ImportError> {
        let Some(writer) = &mut self.writer else {
            return Ok(None);
        };
        writer.flush().map_err(|source| ImportError::Rejects {
            path: self.path.clone(),
            source,
        })?;
        Ok(Some(self.path.clone()))
    }
}

/// Rejected rows may hold personal data: the file is its owner's only.
fn create(path: &Path) -> std::io::Result<File> {
    if let Some(directory) = path.parent() {
        DirBuilder::new().recursive(true).create(directory)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
