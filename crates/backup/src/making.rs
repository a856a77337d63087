//! Making a backup: every table in one snapshot, into one file.

use crate::BackupError;
use crate::catalogue::{Table, listed, quoted, tables};
use crate::file::BackupWriter;
use crate::file::head::Contents;
use crate::file::keys::Keys;
use crate::file::records::{End, GATHERED, Record, SequenceState, TableHead};
use futures::TryStreamExt as _;
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Records that wait to be written: some megabytes at most.
const AT_ONCE: usize = 16;

/// What stands in place of documents that are left out: those that subscriptions are about, so that after a restoration their
/// coming again is no news. Each as it was when news were last looked for: what came later is news still, and after the
/// restoration only its coming again tells it. In the order of the table's columns.
const KNOWN_DOCUMENTS: [(&str, &str); 1] = [(
    "known_documents",
    "WITH tracked AS MATERIALIZED (
         SELECT DISTINCT party_identifiers.party
         FROM subscriptions
         JOIN subscription_identifiers ON subscription_identifiers.subscription_id = subscriptions.id
         JOIN party_identifiers ON party_identifiers.identifier = subscription_identifiers.identifier
         WHERE subscriptions.state = 'active'
     ), looked_at AS (
         SELECT document.registry, document.document_key, document.status, document.rf_status
         FROM tracked JOIN documents AS document ON document.applicant_party = tracked.party
         WHERE document.applicant_party <> 0 AND document.first_version <= (SELECT version FROM recount_mark)
         UNION
         SELECT document.registry, document.document_key, document.status, document.rf_status
         FROM tracked JOIN documents AS document ON document.manufacturer_party = tracked.party
         WHERE document.manufacturer_party <> 0 AND document.manufacturer_party <> document.applicant_party
               AND document.first_version <= (SELECT version FROM recount_mark)
     ), former_status AS MATERIALIZED (
         -- From what the first of the changes led that nobody has looked at. By the index of versions: they are few.
         SELECT DISTINCT ON (registry, document_key) registry, document_key, from_status
         FROM document_status_changes
         WHERE data_version > (SELECT version FROM recount_mark)
         ORDER BY registry, document_key, data_version, seen_at
     ), former_rf_status AS MATERIALIZED (
         SELECT DISTINCT ON (registry, document_key) registry, document_key, from_status
         FROM document_territory_changes
         WHERE data_version > (SELECT version FROM recount_mark)
         ORDER BY registry, document_key, data_version
     )
     SELECT looked_at.registry, looked_at.document_key, coalesce(former_status.from_status, looked_at.status),
            -- NULL is a status here: not listed.
            CASE WHEN former_rf_status.document_key IS NULL THEN looked_at.rf_status ELSE former_rf_status.from_status END
     FROM looked_at
     LEFT JOIN former_status ON former_status.registry = looked_at.registry
                                AND former_status.document_key = looked_at.document_key
     LEFT JOIN former_rf_status ON former_rf_status.registry = looked_at.registry
                                   AND former_rf_status.document_key = looked_at.document_key
     UNION ALL
     -- What a backup before this one knew, and no import has brought again yet, or nobody has looked at since.
     SELECT known.registry, known.document_key, known.status, known.rf_status FROM known_documents AS known
     WHERE NOT EXISTS (SELECT FROM documents AS document
                       WHERE document.registry = known.registry AND document.document_key = known.document_key
                             AND document.first_version <= (SELECT version FROM recount_mark))",
)];

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MadeBackup {
    /// Where it is.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Tables in it.
    pub tables: u64,
    /// Rows of all of them.
    pub rows: u64,
    /// The database's migration.
    pub migration: i64,
}

/// Backs the database up into this file, which is there only when it is complete.
pub async fn make(
    pool: &PgPool,
    path: &Path,
    contents: Contents,
    keys: Keys,
) -> Result<MadeBackup, BackupError> {
    let mut transaction = pool.begin().await?;
    sqlx::query!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .execute(&mut *transaction)
        .await?;
    let migration = migration(&mut transaction).await?;
    let (records, taken) = mpsc::channel(AT_ONCE);
    let file = path.to_owned();
    let writing = tokio::task::spawn_blocking(move || write(&file, contents, migration, &keys, taken));
    let read = read(&mut transaction, contents, records).await;
    let written = match writing.await {
        Ok(written) => written,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    };
    let end = match read {
        Ok(end) => end,
        // The writer went away: it knows why.
        Err(Stopped::Unwritten) => return Err(written.err().unwrap_or(BackupError::Truncated)),
        Err(Stopped::Failed(error)) => return Err(error),
    };
    Ok(MadeBackup {
        file: path.to_owned(),
        bytes: written?,
        tables: end.tables,
        rows: end.rows,
        migration,
    })
}

/// The last migration that was run.
pub(crate) async fn migration(connection: &mut PgConnection) -> Result<i64, BackupError> {
    // The table is the migrator's own, which compile-time checks know nothing of.
    Ok(
        sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success")
            .fetch_one(connection)
            .await?,
    )
}

enum Stopped {
    Unwritten,
    Failed(BackupError),
}

impl<E: Into<BackupError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

async fn read(
    connection: &mut PgConnection,
    contents: Contents,
    records: mpsc::Sender<Record>,
) -> Result<End, Stopped> {
    let mut end = End::default();
    for table in tables(connection).await? {
        if table.is_in(contents) {
            end.rows += copy(connection, table, contents, &records).await?;
            end.tables += 1;
        }
    }
    // After the rows: a number that was given out meanwhile is behind what they say, never before it.
    send(&records, Record::Sequences(sequences(connection).await?)).await?;
    send(&records, Record::End(end)).await?;
    Ok(end)
}

async fn send(records: &mpsc::Sender<Record>, record: Record) -> Result<(), Stopped> {
    records.send(record).await.map_err(|_| Stopped::Unwritten)
}

async fn copy(
    connection: &mut PgConnection,
    table: Table,
    contents: Contents,
    records: &mpsc::Sender<Record>,
) -> Result<u64, Stopped> {
    let statement = match KNOWN_DOCUMENTS
        .iter()
        .find(|(name, _)| contents == Contents::Own && *name == table.name)
    {
        Some((_, query)) => format!("COPY ({query}) TO STDOUT"),
        None => format!(
            "COPY {} ({}) TO STDOUT",
            quoted(&table.name),
            listed(&table.columns)
        ),
    };
    let head = TableHead {
        name: table.name,
        columns: table.columns,
    };
    send(records, Record::Table(head)).await?;
    let mut rows = connection.copy_out_raw(&statement).await?;
    let mut gathered = Vec::with_capacity(GATHERED);
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        // Line ends within values are written as two letters.
        count += memchr::memchr_iter(b'\n', &row).count() as u64;
        gathered.extend_from_slice(&row);
        if gathered.len() >= GATHERED && gathered.ends_with(b"\n") {
            send(records, Record::Rows(std::mem::take(&mut gathered))).await?;
        }
    }
    if !gathered.is_empty() {
        send(records, Record::Rows(gathered)).await?;
    }
    Ok(count)
}

async fn sequences(connection: &mut PgConnection) -> Result<Vec<SequenceState>, BackupError> {
    let rows = sqlx::query!(
        r#"SELECT sequencename::text AS "name!", coalesce(last_value, 0) AS "last!"
           FROM pg_sequences WHERE schemaname = current_schema() ORDER BY sequencename"#
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SequenceState {
            name: row.name,
            last: row.last,
        })
        .collect())
}

/// Writes what comes until its end; what never comes to an end leaves no file.
fn write(
    path: &Path,
    contents: Contents,
    migration: i64,
    keys: &Keys,
    mut records: mpsc::Receiver<Record>,
) -> Result<u64, BackupError> {
    let mut writer = BackupWriter::create(path, contents, migration, keys)?;
    if let (Some(key), Some(_)) = (&keys.secret_key, &keys.passphrase) {
        writer.write(&Record::SecretKey(key.to_base64()))?;
    }
    while let Some(record) = records.blocking_recv() {
        let is_end = matches!(record, Record::End(_));
        writer.write(&record)?;
        if is_end {
            return writer.complete();
        }
    }
    Err(BackupError::Truncated)
}
