//! From a registry's file to documents in both stores.
//!
//! A file is read to its end and written by one transaction of Postgres: all of it becomes visible, or nothing.
//! ClickHouse then gets what it has not got yet (module `publish`); until it has it, searches are answered by Postgres.
//! Whatever interrupts an import, repeating it completes it. May know: formats, both stores' tables. Must not know:
//! terminals, HTTP, portals.

mod batch;
mod copy_text;
mod dry_run;
mod error;
mod history;
mod input;
mod journal;
mod limits;
mod options;
mod publish;
mod pulse;
mod queue;
mod reading;
mod rejects;
mod touching;
mod undo;
mod writing;

pub use error::{ImportError, PublishError};
pub use history::{
    HistoryError, ImportEntry, ImportFilter, ImportState, Imports, MOST_ON_A_PAGE, RegistryShare, Undoing,
    UnknownState,
};
pub use input::ImportInput;
pub use limits::UndoLimits;
pub use options::ImportOptions;
pub(crate) use pulse::DEAD_AFTER;
pub use queue::{QueueError, QueuedImport, Turn};
pub use touching::{DOCUMENTS_LOOKED_AT, StatusTouch, Touch};
pub use undo::{Obstacle, Undo, UndoError, UndoSummary};

use crate::clickhouse_store::{ClickHouseAddress, migrate_clickhouse};
use crate::party::COUNTED_FROM;
use batch::{Batch, Reached};
use certlens_formats::ImportSource;
use dry_run::DryRun;
use input::FileMark;
use journal::Journal;
use pulse::Pulse;
use reading::{Outcome, Reading};
use serde::Serialize;
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use uuid::Uuid;
use writing::{Merged, Writer};

/// Key of the advisory lock that one import holds on the database, so that there are never two.
const IMPORT_LOCK: i64 = 0x0063_6572_746c_656e;
/// What Postgres says when a lock was not free in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";
/// So many differences that the planner's statistics are worth a refresh at once.
const MANY: u64 = 10_000;

/// Puts files into both stores.
#[derive(Debug, Clone)]
pub struct Importer {
    postgres: PgPool,
    clickhouse: Option<ClickHouseAddress>,
    rejects_directory: PathBuf,
    counted_from: i64,
    rows_a_batch: usize,
    undo_limits: UndoLimits,
    beat: Duration,
}

/// What an import did. Every row read is in exactly one of the other counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportSummary {
    /// Rows of the file.
    pub read: u64,
    /// Documents that were not known before.
    pub new: u64,
    /// Documents that differed from what was stored.
    pub changed: u64,
    /// Rows that made no difference: equal to what was stored, or followed by a later row of the same document.
    pub unchanged: u64,
    /// Rows that make no sense; they are in the rejects file.
    pub rejected: u64,
    /// Where the rejected rows are, with line numbers and reasons; `None` when there are none.
    pub rejects_file: Option<PathBuf>,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// Bytes of the file read so far.
    pub bytes_read: u64,
    /// Size of the file in bytes, when known.
    pub bytes_total: Option<u64>,
    /// Rows read so far, rejected ones included.
    pub read: u64,
    /// Rows rejected so far.
    pub rejected: u64,
}

/// The stages of an import, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The file is read. Nothing is visible; an interruption leaves nothing behind.
    Reading,
    /// Postgres compares and stores. Nothing is visible until it is done.
    Merging,
    /// The documents are visible through Postgres; ClickHouse is being filled.
    Publishing,
}

impl Stage {
    /// The key in the table `imports` and in answers.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Merging => "merging",
            Self::Publishing => "publishing",
        }
    }
}

/// Counts what an import did, for whoever records metrics.
fn count(source: ImportSource, summary: &ImportSummary, elapsed: Duration) {
    metrics::histogram!("certlens_import_seconds").record(elapsed);
    for (outcome, rows) in [
        ("new", summary.new),
        ("changed", summary.changed),
        ("unchanged", summary.unchanged),
        ("rejected", summary.rejected),
    ] {
        metrics::counter!("certlens_import_rows_total", "source" => source.name(), "outcome" => outcome)
            .increment(rows);
    }
}

impl Importer {
    /// An importer into these stores. Rejected rows are written below `rejects_directory`, which is created when
    /// needed.
    pub fn new(
        postgres: PgPool,
        clickhouse: Option<ClickHouseAddress>,
        rejects_directory: impl AsRef<Path>,
    ) -> Self {
        Self {
            postgres,
            clickhouse,
            rejects_directory: rejects_directory.as_ref().to_owned(),
            counted_from: COUNTED_FROM,
            rows_a_batch: batch::ROWS,
            undo_limits: UndoLimits::default(),
            beat: pulse::BEAT,
        }
    }

    /// Keeps what imports replace within these limits.
    #[must_use]
    pub fn keeping(self, undo_limits: UndoLimits) -> Self {
        Self { undo_limits, ..self }
    }

    /// Says so often that an import lives; for tests, which don't wait.
    #[must_use]
    pub fn beating_every(self, beat: Duration) -> Self {
        Self { beat, ..self }
    }

    /// Keeps the numbers of parties from this many documents on; for tests, which have few documents.
    #[must_use]
    pub fn counting_from(self, documents: i64) -> Self {
        Self {
            counted_from: documents,
            ..self
        }
    }

    /// Compares and writes so many rows at a time; for tests, which have few rows.
    #[must_use]
    pub fn in_batches_of(self, rows: usize) -> Self {
        Self {
            rows_a_batch: rows,
            ..self
        }
    }

    /// Imports one file: reads it to its end, stores it, publishes it. `progress` is called now and then, and once at
    /// the beginning of each stage.
    pub async fn import(
        &self,
        source: ImportSource,
        input: ImportInput,
        progress: impl Fn(Progress),
    ) -> Result<ImportSummary, ImportError> {
        self.import_with(&ImportOptions::default(), source, input, progress)
            .await
    }

    /// Imports one file as the options say.
    pub async fn import_with(
        &self,
        options: &ImportOptions,
        source: ImportSource,
        input: ImportInput,
        progress: impl Fn(Progress),
    ) -> Result<ImportSummary, ImportError> {
        let (name, mark) = (input.name.clone(), input.mark);
        if !options.again
            && let Some(mark) = mark
            && journal::is_known(&self.postgres, source, &name, mark).await?
        {
            return Err(ImportError::Known { file: name });
        }
        if options.dry_run {
            return self.compare(source, input, &progress).await;
        }
        self.perform(Uuid::now_v7(), options.patience, source, input, &progress)
            .await
    }

    /// Imports a file under this number.
    async fn perform<P: Fn(Progress)>(
        &self,
        id: Uuid,
        patience: Duration,
        source: ImportSource,
        input: ImportInput,
        progress: &P,
    ) -> Result<ImportSummary, ImportError> {
        let mut connection = self.lock(patience).await?;
        self.complete_earlier_import(&mut connection).await;
        let journal = Journal::new(&self.postgres, id);
        journal.begin(source, &input.name, input.mark).await?;
        let began = Instant::now();
        let pulse = Pulse::start(self.postgres.clone(), id, self.beat);
        let run = self.start(source, input, id, progress);
        let stored = self.store(&mut connection, &journal, id, run, &pulse).await;
        if let Err(error) = &stored {
            metrics::counter!("certlens_import_failures_total").increment(1);
            journal.failed(error).await;
        }
        let (summary, last) = stored?;
        count(source, &summary, began.elapsed());
        progress(Progress {
            stage: Stage::Publishing,
            ..last
        });
        self.publish(&mut connection).await?;
        if let Err(error) = self.forget_old(&mut connection).await {
            tracing::warn!(%error, "what old imports replaced is still kept; the next import deletes it");
        }
        release(connection).await;
        Ok(summary)
    }

    /// Whether this very file (by source, name, size and time of its last change) was imported to its end; for folders
    /// of which only what is new is to be imported. A file that cannot be looked at was not: importing it tells why.
    pub async fn was_imported(&self, source: ImportSource, path: &Path) -> Result<bool, ImportError> {
        let mark = std::fs::metadata(path).ok().as_ref().and_then(FileMark::of);
        match mark {
            Some(mark) => {
                let name = path.display().to_string();
                Ok(journal::is_known(&self.postgres, source, &name, mark).await?)
            }
            None => Ok(false),
        }
    }

    /// Makes ClickHouse whole again, whatever became of it: makes its tables if they are gone, then publishes all that it
    /// lacks. Gives [`ImportError::Busy`] while an import runs. Does nothing without ClickHouse.
    pub async fn restore_clickhouse(&self) -> Result<(), ImportError> {
        if let Some(address) = &self.clickhouse {
            migrate_clickhouse(address).await.map_err(PublishError::from)?;
        }
        self.catch_up().await
    }

    /// Publishes what an interrupted import left unpublished; for the start of a server. Does nothing when ClickHouse
    /// has everything. Gives [`ImportError::Busy`] while an import runs, which will do the same.
    pub async fn catch_up(&self) -> Result<(), ImportError> {
        let mut connection = self.lock(ImportOptions::default().patience).await?;
        journal::bury_the_dead(&self.postgres).await?;
        self.publish(&mut connection).await?;
        self.forget_old(&mut connection).await?;
        release(connection).await;
        Ok(())
    }

    async fn connect(&self) -> Result<PgConnection, ImportError> {
        // The statements of an import are slow by nature: no warnings about each.
        let options = self.postgres.connect_options().as_ref().clone();
        Ok(PgConnection::connect_with(&options.disable_statement_logging()).await?)
    }

    /// A connection that holds the import lock until it closes, however that happens.
    async fn lock(&self, patience: Duration) -> Result<PgConnection, ImportError> {
        let mut connection = self.connect().await?;
        // Zero would mean to wait without end.
        let patience = patience.as_millis().clamp(1, i32::MAX.unsigned_abs().into());
        sqlx::query!(
            "SELECT set_config('lock_timeout', $1, false)",
            format!("{patience}ms")
        )
        .fetch_one(&mut connection)
        .await?;
        let locked = sqlx::query!("SELECT pg_advisory_lock($1)", IMPORT_LOCK)
            .fetch_one(&mut connection)
            .await;
        match locked {
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(LOCK_NOT_AVAILABLE) => {
                return Err(ImportError::Busy);
            }
            other => other?,
        };
        sqlx::query!("SELECT set_config('lock_timeout', '0', false)")
            .fetch_one(&mut connection)
            .await?;
        crate::identity::settle_identity(&mut connection).await?;
        Ok(connection)
    }

    /// A ClickHouse that is still lost must not stop the import: Postgres takes it and answers.
    async fn complete_earlier_import(&self, connection: &mut PgConnection) {
        if let Err(error) = self.publish(connection).await {
            tracing::warn!(%error, "an earlier import is still not in ClickHouse");
        }
    }

    async fn publish(&self, connection: &mut PgConnection) -> Result<(), ImportError> {
        if let Some(address) = &self.clickhouse {
            publish::publish(connection, address).await?;
        }
        Ok(journal::published(connection).await?)
    }

    /// Begins to read.
    fn start<'progress, P: Fn(Progress)>(
        &self,
        source: ImportSource,
        input: ImportInput,
        id: Uuid,
        progress: &'progress P,
    ) -> Run<'progress, P> {
        let last = Progress {
            stage: Stage::Reading,
            bytes_read: 0,
            bytes_total: input.mark.map(|mark| mark.bytes),
            read: 0,
            rejected: 0,
        };
        progress(last);
        Run {
            file: input.name.clone(),
            reading: reading::start(
                source,
                input,
                self.rejects_directory.clone(),
                id,
                self.rows_a_batch,
            ),
            progress,
            last,
        }
    }

    /// Reads and writes in one transaction. Also gives the last progress.
    async fn store<P: Fn(Progress)>(
        &self,
        connection: &mut PgConnection,
        journal: &Journal<'_>,
        id: Uuid,
        mut run: Run<'_, P>,
        pulse: &Pulse,
    ) -> Result<(ImportSummary, Progress), ImportError> {
        let mut transaction = connection.begin().await?;
        let most_kept = self.undo_limits.most_documents();
        let mut writer = Writer::begin(&mut transaction, id, self.counted_from, most_kept).await?;
        while let Some(batch) = run.batch().await {
            writer.write(&batch).await?;
            run.reached(batch.reached);
            pulse.reached(run.last, writer.merged());
        }
        let (outcome, last) = run.end().await?;
        pulse.reached(last, writer.merged());
        let written = writer.finish().await?;
        let merged = written.merged;
        let summary = summary(outcome, merged);
        journal.done(&mut transaction, &summary, &written).await?;
        transaction.commit().await?;
        refresh_statistics(connection, merged).await;
        Ok((summary, last))
    }

    /// Reads and compares, and stores nothing. Needs no import lock: it sees one state of the store from its beginning
    /// to its end.
    async fn compare<P: Fn(Progress)>(
        &self,
        source: ImportSource,
        input: ImportInput,
        progress: &P,
    ) -> Result<ImportSummary, ImportError> {
        let id = Uuid::now_v7();
        let mut run = self.start(source, input, id, progress);
        let mut connection = self.connect().await?;
        let mut transaction = connection
            .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ")
            .await?;
        let mut dry_run = DryRun::begin(&mut transaction, id).await?;
        while let Some(batch) = run.batch().await {
            dry_run.compare(&batch).await?;
            run.reached(batch.reached);
        }
        let (outcome, _) = run.end().await?;
        let merged = dry_run.merged();
        transaction.rollback().await?;
        release(connection).await;
        Ok(summary(outcome, merged))
    }
}

/// One file on its way, and how far it is.
struct Run<'progress, P> {
    file: String,
    reading: Reading,
    progress: &'progress P,
    last: Progress,
}

impl<P: Fn(Progress)> Run<'_, P> {
    /// The next batch; `None` when the file was read to its end, or cannot be.
    async fn batch(&mut self) -> Option<Batch> {
        self.reading.batches.recv().await
    }

    /// A batch was taken.
    fn reached(&mut self, reached: Reached) {
        self.last = Progress {
            bytes_read: reached.bytes_read,
            read: reached.read,
            rejected: reached.rejected,
            ..self.last
        };
        (self.progress)(self.last);
    }

    /// How the reading ended, and the last progress, which begins the next stage.
    async fn end(mut self) -> Result<(Outcome, Progress), ImportError> {
        let outcome = self.reading.outcome().await?;
        outcome.refuse_if_all_rejected(&self.file)?;
        self.last.stage = Stage::Merging;
        (self.progress)(self.last);
        Ok((outcome, self.last))
    }
}

fn summary(outcome: Outcome, merged: Merged) -> ImportSummary {
    let Reached { read, rejected, .. } = outcome.reached;
    ImportSummary {
        read,
        new: merged.new,
        changed: merged.changed,
        unchanged: read.saturating_sub(rejected + merged.new + merged.changed),
        rejected,
        rejects_file: outcome.rejects_file,
    }
}

/// Without statistics the first searches after a big import would be planned badly. The documents are stored already:
/// failing here is no failure of the import.
async fn refresh_statistics(connection: &mut PgConnection, merged: Merged) {
    if merged.new + merged.changed < MANY {
        return;
    }
    let refreshed = sqlx::query!("ANALYZE documents, parties, party_identifiers, party_counts")
        .execute(connection)
        .await;
    if let Err(error) = refreshed {
        tracing::warn!(%error, "the statistics of the documents were not refreshed");
    }
}

/// Closes the connection, and with it frees the import lock. The server does the same when closing fails.
async fn release(connection: PgConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the connection of an import was not closed in good order");
    }
}
