//! Restoring: the whole database, in one transaction.

mod clearing;
mod loading;
pub(crate) mod portal;
mod remapping;
mod settling;
mod source;

use crate::BackupError;
use crate::catalogue::{quoted, tables};
use crate::file::head::{Contents, Head};
use crate::file::keys::Keys;
use crate::file::records::{Record, SequenceState};
use certlens_store::MIGRATIONS;
use loading::Loading;
use secrecy::SecretString;
use serde::Serialize;
use source::Source;
use sqlx::migrate::Migrate as _;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::path::Path;

/// Sequences go on so far behind the backup: a number that was given out after it is never given out again, so that what
/// still carries it outside (a button in a timeline, a session) means nothing, rather than something else.
const GAP: i64 = 100_000;

/// How many rows a table has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRows {
    /// The table.
    pub table: String,
    /// Its rows.
    pub rows: u64,
}

/// A portal as the backup has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackedUpPortal {
    /// Its stable name.
    pub member_id: String,
    /// Its host.
    pub domain: String,
    /// As the backup has it: `installed` …
    pub state: String,
}

/// What a backup holds. Its file was read to its end, so it is whole.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Its head.
    pub head: Head,
    /// Tables with rows.
    pub tables: Vec<TableRows>,
    /// The portals in it.
    pub portals: Vec<BackedUpPortal>,
}

/// What was restored.
#[derive(Debug, Clone)]
pub struct Restored {
    /// What the backup held.
    pub summary: Summary,
    /// Items of the queue that may have been sent after the backup: each is looked for in its portal before it is sent.
    pub doubtful_items: u64,
}

/// Reads the whole file.
pub async fn summary(path: &Path, keys: Keys) -> Result<Summary, BackupError> {
    let mut source = Source::open(path, keys).await?;
    let mut gathered = Gathered::default();
    while let Some(record) = source.next().await? {
        gathered.note(&record);
    }
    Ok(gathered.summary(source.head().clone()))
}

/// The secret key that the backup carries, when a passphrase opens it.
pub async fn secret_key_of(path: &Path, keys: Keys) -> Result<Option<SecretString>, BackupError> {
    let mut source = Source::open(path, keys).await?;
    let mut key = None;
    while let Some(record) = source.next().await? {
        if let Record::SecretKey(found) = record {
            key = Some(found);
        }
    }
    Ok(key)
}

/// Tables of this database with rows that a restoration would lose.
pub async fn what_is_there(connection: &mut PgConnection) -> Result<Vec<TableRows>, BackupError> {
    let mut there = Vec::new();
    for table in tables(connection).await? {
        if !table.is_worth_something() {
            continue;
        }
        // The name comes from the database's own catalogue, quoted.
        let query = format!("SELECT count(*) FROM {}", quoted(&table.name));
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(query))
            .fetch_one(&mut *connection)
            .await?;
        if rows > 0 {
            there.push(TableRows {
                table: table.name,
                rows: rows.unsigned_abs(),
            });
        }
    }
    Ok(there)
}

/// Restores the whole database. `replaces`: what is there may be lost.
pub async fn restore_all(
    connection: &mut PgConnection,
    path: &Path,
    keys: Keys,
    replaces: bool,
) -> Result<Restored, BackupError> {
    let mut source = Source::open(path, keys).await?;
    refuse_newer(source.head())?;
    // What starts meanwhile waits with its migrations until this is over.
    let target = source.head().migration;
    let failed = |error| BackupError::Migration(target, error);
    connection.lock().await.map_err(failed)?;
    let restored = in_transaction(connection, &mut source, replaces).await;
    connection.unlock().await.map_err(failed)?;
    let restored = restored?;
    sqlx::query!("ANALYZE").execute(&mut *connection).await?;
    Ok(restored)
}

async fn in_transaction(
    connection: &mut PgConnection,
    source: &mut Source,
    replaces: bool,
) -> Result<Restored, BackupError> {
    clearing::refuse_while_used(connection).await?;
    let there = what_is_there(connection).await?;
    if !replaces && !there.is_empty() {
        return Err(BackupError::NotEmpty {
            found: in_words(&there),
        });
    }
    let mut transaction = connection.begin().await?;
    clearing::drop_everything(&mut transaction).await?;
    let target = source.head().migration;
    migrate(&mut transaction, target).await?;
    let mut gathered = Gathered::default();
    let mut loading = Loading::whole(&mut transaction, target).await?;
    while let Some(record) = source.next().await? {
        gathered.note(&record);
        loading.take(&mut transaction, record).await?;
    }
    let sequences = loading.finish(&mut transaction).await?;
    set_sequences(&mut transaction, &sequences).await?;
    migrate(&mut transaction, newest()).await?;
    let contents = source.head().contents;
    if contents == Contents::Own {
        settling::documents_come_again(&mut transaction).await?;
    }
    settling::no_session_goes_on(&mut transaction, None).await?;
    let doubtful_items = settling::nothing_is_sent_twice(&mut transaction, None).await?;
    settling::look_at_what_happened(&mut transaction, None).await?;
    transaction.commit().await?;
    Ok(Restored {
        summary: gathered.summary(source.head().clone()),
        doubtful_items,
    })
}

async fn migrate(connection: &mut PgConnection, target: i64) -> Result<(), BackupError> {
    MIGRATIONS
        .run_direct(Some(target), connection, false)
        .await
        .map_err(|error| BackupError::Migration(target, error))
}

/// The newest migration of this program.
pub(crate) fn newest() -> i64 {
    MIGRATIONS
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

fn refuse_newer(head: &Head) -> Result<(), BackupError> {
    let known = newest();
    if head.migration > known {
        return Err(BackupError::NewerMigration {
            found: head.migration,
            known,
            program: head.program.clone(),
        });
    }
    Ok(())
}

async fn set_sequences(
    connection: &mut PgConnection,
    sequences: &[SequenceState],
) -> Result<(), BackupError> {
    for sequence in sequences {
        sqlx::query!(
            "SELECT setval(quote_ident($1)::regclass, $2)",
            sequence.name,
            sequence.last.saturating_add(GAP),
        )
        .fetch_one(&mut *connection)
        .await?;
    }
    Ok(())
}

fn in_words(there: &[TableRows]) -> String {
    let rows = |table: &str| {
        there
            .iter()
            .find(|rows| rows.table == table)
            .map_or(0, |rows| rows.rows)
    };
    let (portals, documents) = (rows("portals"), rows("documents"));
    format!(
        "{portals} portals, {documents} documents, rows in {} tables",
        there.len()
    )
}

/// What is noted of a file while it goes by.
#[derive(Debug, Default)]
struct Gathered {
    tables: Vec<TableRows>,
    portals: Vec<BackedUpPortal>,
    /// Where `portals` has member id, domain and state.
    places: Option<[usize; 3]>,
}

impl Gathered {
    fn note(&mut self, record: &Record) {
        match record {
            Record::Table(table) => {
                let place = |name: &str| table.columns.iter().position(|column| column == name);
                self.places = (table.name == "portals")
                    .then(|| Some([place("member_id")?, place("domain")?, place("state")?]))
                    .flatten();
                self.tables.push(TableRows {
                    table: table.name.clone(),
                    rows: 0,
                });
            }
            Record::Rows(rows) => {
                for row in rows.split_inclusive(|byte| *byte == b'\n') {
                    if let Some(table) = self.tables.last_mut() {
                        table.rows += 1;
                    }
                    if let Some(places) = self.places {
                        let values: Vec<&[u8]> = loading::values(row).collect();
                        let [member_id, domain, state] = places.map(|place| {
                            String::from_utf8_lossy(values.get(place).copied().unwrap_or_default())
                                .into_owned()
                        });
                        self.portals.push(BackedUpPortal {
                            member_id,
                            domain,
                            state,
                        });
                    }
                }
            }
            Record::Sequences(_) | Record::SecretKey(_) | Record::End(_) => {}
        }
    }

    fn summary(mut self, head: Head) -> Summary {
        self.tables.retain(|table| table.rows > 0);
        Summary {
            head,
            tables: self.tables,
            portals: self.portals,
        }
    }
}
