//! Reads and prepares a file on a thread of its own, in batches that the writer takes one after the other.

use super::batch::{Batch, BatchBuilder, Reached};
use super::error::ImportError;
use super::input::ImportInput;
use super::rejects::RejectsFile;
use certlens_formats::{FormatError, ImportSource, RejectedRow, Row};
use std::path::PathBuf;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Batches that may wait for the writer.
const WAITING: usize = 2;
/// After this many rows it is decided whether the file is what it was said to be.
const TRIAL_ROWS: u64 = 1000;

/// What was read when the file ended.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) reached: Reached,
    pub(super) rejects_file: Option<PathBuf>,
    first_rejected: Option<(u64, String)>,
}

impl Outcome {
    /// A file of which no row makes sense is not what it was said to be.
    pub(super) fn refuse_if_all_rejected(&self, file: &str) -> Result<(), ImportError> {
        if self.reached.rejected > 0 && self.reached.rejected == self.reached.read {
            return Err(self.mostly_rejected(file));
        }
        Ok(())
    }

    fn mostly_rejected(&self, file: &str) -> ImportError {
        let (line, reason) = self.first_rejected.clone().unwrap_or_default();
        ImportError::MostlyRejected {
            file: file.to_owned(),
            read: self.reached.read,
            rejected: self.reached.rejected,
            line,
            reason,
            rejects_file: self.rejects_file.clone(),
        }
    }

    fn note_rejected(&mut self, line: u64, row: &RejectedRow) {
        self.reached.rejected += 1;
        self.first_rejected
            .get_or_insert_with(|| (line, row.reason.clone()));
    }
}

/// A file being read.
pub(super) struct Reading {
    pub(super) batches: mpsc::Receiver<Batch>,
    thread: JoinHandle<Result<Outcome, ImportError>>,
}

impl Reading {
    /// How the reading ended; to be asked when there are no more batches.
    pub(super) async fn outcome(&mut self) -> Result<Outcome, ImportError> {
        (&mut self.thread)
            .await
            .map_err(|_| ImportError::ReadingStopped)?
    }
}

/// Begins to read. When the batches' receiver is dropped, the thread ends with the next batch.
pub(super) fn start(
    source: ImportSource,
    input: ImportInput,
    rejects_directory: PathBuf,
    import: Uuid,
    rows_a_batch: usize,
) -> Reading {
    let (sender, batches) = mpsc::channel(WAITING);
    let thread = tokio::task::spawn_blocking(move || {
        let rejects = RejectsFile::new(&rejects_directory, source, import);
        read_all(source, input, rejects, BatchBuilder::new(rows_a_batch), &sender)
    });
    Reading { batches, thread }
}

fn read_all(
    source: ImportSource,
    input: ImportInput,
    mut rejects: RejectsFile,
    mut batch: BatchBuilder,
    batches: &mpsc::Sender<Batch>,
) -> Result<Outcome, ImportError> {
    let ImportInput { name, content, .. } = input;
    let unreadable = |error: FormatError| ImportError::Format {
        file: name.clone(),
        error,
    };
    let mut rows = certlens_formats::open(source, content).map_err(unreadable)?;
    let mut outcome = Outcome::default();
    while let Some((line, row)) = rows.next_row().map_err(unreadable)? {
        outcome.reached.read += 1;
        match row {
            Row::Document(document) => batch.document(*document),
            Row::RfTerritory(entry) => batch.territory(entry),
            Row::Rejected(row) => {
                rejects.write(rows.part(), line, &row)?;
                outcome.note_rejected(line, &row);
            }
        }
        if outcome.reached.read == TRIAL_ROWS && outcome.reached.rejected * 2 > TRIAL_ROWS {
            outcome.rejects_file = rejects.finish()?;
            return Err(outcome.mostly_rejected(&name));
        }
        if batch.is_full() {
            outcome.reached.bytes_read = rows.bytes_read();
            if batches.blocking_send(batch.take(outcome.reached)).is_err() {
                return Err(ImportError::ReadingStopped);
            }
        }
    }
    for part in rows.ignored_parts() {
        tracing::warn!(file = name, "left out of the archive: {part}");
    }
    outcome.reached.bytes_read = rows.bytes_read();
    outcome.rejects_file = rejects.finish()?;
    // Nobody to take it means that the import failed; its own error tells why.
    let _ = batches.blocking_send(batch.take(outcome.reached));
    Ok(outcome)
}
