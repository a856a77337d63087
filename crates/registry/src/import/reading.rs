//! Reads and encodes a file on a thread of its own, in chunks that the database takes one after the other.

use super::copy_text::CopyText;
use super::error::ImportError;
use super::input::ImportInput;
use super::rejects::RejectsFile;
use certlens_formats::{FormatError, ImportSource, Input, RejectedRow, Row};
use std::path::PathBuf;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Chunks are sent when they have this many bytes.
const CHUNK: usize = 1024 * 1024;
/// Chunks that may wait for the database.
const WAITING: usize = 4;
/// After this many rows it is decided whether the file is what it was said to be.
const TRIAL_ROWS: u64 = 1000;

/// Rows ready for the database, and how far the file is read.
pub(super) struct Chunk {
    pub(super) text: Vec<u8>,
    pub(super) bytes_read: u64,
    pub(super) read: u64,
    pub(super) rejected: u64,
}

/// What was read when the file ended.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) bytes_read: u64,
    pub(super) read: u64,
    pub(super) rejected: u64,
    pub(super) rejects_file: Option<PathBuf>,
    first_rejected: Option<(u64, String)>,
}

impl Outcome {
    /// A file of which no row makes sense is not what it was said to be.
    pub(super) fn refuse_if_all_rejected(&self, file: &str) -> Result<(), ImportError> {
        if self.rejected > 0 && self.rejected == self.read {
            return Err(self.mostly_rejected(file));
        }
        Ok(())
    }

    fn mostly_rejected(&self, file: &str) -> ImportError {
        let (line, reason) = self.first_rejected.clone().unwrap_or_default();
        ImportError::MostlyRejected {
            file: file.to_owned(),
            read: self.read,
            rejected: self.rejected,
            line,
            reason,
            rejects_file: self.rejects_file.clone(),
        }
    }
}

/// A file being read.
pub(super) struct Reading {
    pub(super) chunks: mpsc::Receiver<Chunk>,
    thread: JoinHandle<Result<Outcome, ImportError>>,
}

impl Reading {
    /// How the reading ended; to be asked when there are no more chunks.
    pub(super) async fn outcome(self) -> Result<Outcome, ImportError> {
        self.thread.await.map_err(|_| ImportError::ReadingStopped)?
    }
}

/// Begins to read. When the chunks' receiver is dropped, the thread ends with the next chunk.
pub(super) fn start(
    source: ImportSource,
    input: ImportInput,
    rejects_directory: PathBuf,
    import: Uuid,
) -> Reading {
    let (sender, chunks) = mpsc::channel(WAITING);
    let thread = tokio::task::spawn_blocking(move || {
        let rejects = RejectsFile::new(&rejects_directory, source, import);
        read_all(source, input, rejects, &sender)
    });
    Reading { chunks, thread }
}

fn read_all(
    source: ImportSource,
    input: ImportInput,
    mut rejects: RejectsFile,
    chunks: &mpsc::Sender<Chunk>,
) -> Result<Outcome, ImportError> {
    let ImportInput { name, reader, .. } = input;
    let unreadable = |error: FormatError| ImportError::Format {
        file: name.clone(),
        error,
    };
    let mut rows = certlens_formats::open(source, Input::Stream(reader)).map_err(unreadable)?;
    let mut outcome = Outcome::default();
    let mut text = CopyText::with_capacity(CHUNK + CHUNK / 8);
    while let Some((line, row)) = rows.next_row().map_err(unreadable)? {
        outcome.read += 1;
        match row {
            Row::Document(document) => text.push(line, &document),
            Row::Rejected(row) => {
                rejects.write(line, &row)?;
                outcome.note_rejected(line, &row);
            }
        }
        if outcome.read == TRIAL_ROWS && outcome.rejected * 2 > TRIAL_ROWS {
            outcome.rejects_file = rejects.finish()?;
            return Err(outcome.mostly_rejected(&name));
        }
        if text.len() >= CHUNK {
            let chunk = outcome.chunk(text.take(), rows.bytes_read());
            if chunks.blocking_send(chunk).is_err() {
                return Err(ImportError::ReadingStopped);
            }
        }
    }
    outcome.bytes_read = rows.bytes_read();
    outcome.rejects_file = rejects.finish()?;
    let chunk = outcome.chunk(text.take(), outcome.bytes_read);
    // Nobody to take it means that the import failed; its own error tells why.
    let _ = chunks.blocking_send(chunk);
    Ok(outcome)
}

impl Outcome {
    fn note_rejected(&mut self, line: u64, row: &RejectedRow) {
        self.rejected += 1;
        self.first_rejected
            .get_or_insert_with(|| (line, row.reason.clone()));
    }

    fn chunk(&self, text: Vec<u8>, bytes_read: u64) -> Chunk {
        Chunk {
            text,
            bytes_read,
            read: self.read,
            rejected: self.rejected,
        }
    }
}
