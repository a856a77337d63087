//! From a registry's file to documents in both stores.
//!
//! A file is read to its end into a staging table and merged by one transaction of Postgres: all of it becomes
//! visible, or nothing. ClickHouse then gets what it has not got yet (module `publish`); until it has it, searches are
//! answered by Postgres. Whatever interrupts an import, repeating it completes it. May know: formats, both stores'
//! tables. Must not know: terminals, HTTP, portals.

mod copy_text;
mod error;
mod input;
mod journal;
mod merge;
mod publish;
mod reading;
mod rejects;

pub use error::{ImportError, PublishError};
pub use input::ImportInput;

use crate::clickhouse_store::ClickHouseAddress;
use certlens_formats::ImportSource;
use journal::Journal;
use serde::Serialize;
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Key of the advisory lock that one import holds on the database, so that there are never two.
const IMPORT_LOCK: i64 = 0x0063_6572_746c_656e;
/// What Postgres says when a lock was not free in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Puts files into both stores.
#[derive(Debug, Clone)]
pub struct Importer {
    postgres: PgPool,
    clickhouse: Option<ClickHouseAddress>,
    rejects_directory: PathBuf,
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
        let mut connection = self.lock().await?;
        self.complete_earlier_import(&mut connection).await;
        let id = Uuid::now_v7();
        let journal = Journal::new(&self.postgres, id);
        journal.begin(source, &input.name).await?;
        let stored = self.store(&mut connection, id, source, input, &progress).await;
        journal.end(&stored).await;
        let (summary, last) = stored?;
        progress(Progress {
            stage: Stage::Publishing,
            ..last
        });
        self.publish(&mut connection).await?;
        release(connection).await;
        Ok(summary)
    }

    /// Publishes what an interrupted import left unpublished; for the start of a server. Does nothing when ClickHouse
    /// has everything. Gives [`ImportError::Busy`] while an import runs, which will do the same.
    pub async fn catch_up(&self) -> Result<(), ImportError> {
        let mut connection = self.lock().await?;
        self.publish(&mut connection).await?;
        release(connection).await;
        Ok(())
    }

    /// A connection that holds the import lock until it closes, however that happens.
    async fn lock(&self) -> Result<PgConnection, ImportError> {
        // The statements of an import are slow by nature: no warnings about each.
        let options = self.postgres.connect_options().as_ref().clone();
        let mut connection = PgConnection::connect_with(&options.disable_statement_logging()).await?;
        // The lock of an import that was just interrupted is free as soon as the server notices: wait a little.
        sqlx::query!("SELECT set_config('lock_timeout', '5s', false)")
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
        Ok(connection)
    }

    /// A ClickHouse that is still lost must not stop the import: Postgres takes it and answers.
    async fn complete_earlier_import(&self, connection: &mut PgConnection) {
        if let Err(error) = self.publish(connection).await {
            tracing::warn!(%error, "an earlier import is still not in ClickHouse");
        }
    }

    async fn publish(&self, connection: &mut PgConnection) -> Result<(), ImportError> {
        match &self.clickhouse {
            Some(address) => Ok(publish::publish(connection, address).await?),
            None => Ok(()),
        }
    }

    /// Reads and merges in one transaction. Also gives the last progress.
    async fn store(
        &self,
        connection: &mut PgConnection,
        id: Uuid,
        source: ImportSource,
        input: ImportInput,
        progress: &impl Fn(Progress),
    ) -> Result<(ImportSummary, Progress), ImportError> {
        let file = input.name.clone();
        let bytes_total = input.size;
        let mut last = Progress {
            stage: Stage::Reading,
            bytes_read: 0,
            bytes_total,
            read: 0,
            rejected: 0,
        };
        progress(last);
        let mut transaction = connection.begin().await?;
        merge::prepare(&mut transaction).await?;
        let mut reading = reading::start(source, input, self.rejects_directory.clone(), id);
        let mut copy = transaction.copy_in_raw(copy_text::STATEMENT).await?;
        while let Some(chunk) = reading.chunks.recv().await {
            copy.send(chunk.text).await?;
            last = Progress {
                bytes_read: chunk.bytes_read,
                read: chunk.read,
                rejected: chunk.rejected,
                ..last
            };
            progress(last);
        }
        let outcome = match reading.outcome().await {
            Ok(outcome) => outcome,
            Err(error) => {
                copy.abort("the file could not be read").await?;
                return Err(error);
            }
        };
        copy.finish().await?;
        outcome.refuse_if_all_rejected(&file)?;
        last = Progress {
            stage: Stage::Merging,
            read: outcome.read,
            rejected: outcome.rejected,
            bytes_read: outcome.bytes_read,
            ..last
        };
        progress(last);
        let merged = merge::merge(&mut transaction, id).await?;
        transaction.commit().await?;
        merge::refresh_statistics(connection, merged).await;
        let summary = ImportSummary {
            read: outcome.read,
            new: merged.new,
            changed: merged.changed,
            unchanged: outcome
                .read
                .saturating_sub(outcome.rejected + merged.new + merged.changed),
            rejected: outcome.rejected,
            rejects_file: outcome.rejects_file,
        };
        Ok((summary, last))
    }
}

/// Closes the connection, and with it frees the import lock. The server does the same when closing fails.
async fn release(connection: PgConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the connection of an import was not closed in good order");
    }
}
