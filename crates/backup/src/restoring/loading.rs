//! Rows from the file into tables: all, or those of one portal into tables beside the real ones.

use crate::BackupError;
use crate::catalogue::{Table, listed, quoted, tables};
use crate::file::records::{Record, SequenceState, TableHead};
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::HashMap;

/// Rows are sent to the database in pieces of at most this.
const PIECE: usize = 1024 * 1024;

/// The values of a row as COPY writes it in text.
pub(super) fn values(row: &[u8]) -> impl Iterator<Item = &[u8]> {
    let row = row.strip_suffix(b"\n").unwrap_or(row);
    row.split(|byte| *byte == b'\t')
}

/// Which rows, and where to.
enum Target {
    /// All, into the tables themselves.
    Whole,
    /// One portal's, into temporary tables of the name that [`beside`] gives.
    Portal { member_id: String },
}

/// The temporary table for rows of one portal.
pub(super) fn beside(table: &str) -> String {
    quoted(&format!("restoring_{table}"))
}

/// Loads records as they come.
pub(super) struct Loading {
    target: Target,
    /// Of this database.
    known: HashMap<String, Table>,
    migration: i64,
    /// The table whose rows come now; `None`: they are passed over.
    current: Option<Current>,
    loaded: Vec<TableHead>,
    sequences: Vec<SequenceState>,
}

struct Current {
    statement: String,
    /// Where the portal stands in a row.
    place: Option<usize>,
    waiting: Vec<u8>,
}

impl Loading {
    pub(super) async fn whole(connection: &mut PgConnection, migration: i64) -> Result<Self, BackupError> {
        Self::new(connection, migration, Target::Whole).await
    }

    pub(super) async fn of_portal(
        connection: &mut PgConnection,
        migration: i64,
        member_id: &str,
    ) -> Result<Self, BackupError> {
        let member_id = member_id.to_owned();
        Self::new(connection, migration, Target::Portal { member_id }).await
    }

    async fn new(connection: &mut PgConnection, migration: i64, target: Target) -> Result<Self, BackupError> {
        let known = tables(connection).await?;
        Ok(Self {
            target,
            known: known
                .into_iter()
                .map(|table| (table.name.clone(), table))
                .collect(),
            migration,
            current: None,
            loaded: Vec::new(),
            sequences: Vec::new(),
        })
    }

    pub(super) async fn take(
        &mut self,
        connection: &mut PgConnection,
        record: Record,
    ) -> Result<(), BackupError> {
        match record {
            Record::Table(head) => {
                self.flush(connection).await?;
                self.begin(connection, head).await
            }
            Record::Rows(rows) => self.rows(connection, &rows).await,
            Record::Sequences(sequences) => {
                self.sequences = sequences;
                Ok(())
            }
            Record::SecretKey(_) | Record::End(_) => Ok(()),
        }
    }

    /// Where the sequences stood.
    pub(super) async fn finish(
        mut self,
        connection: &mut PgConnection,
    ) -> Result<Vec<SequenceState>, BackupError> {
        self.flush(connection).await?;
        Ok(self.sequences)
    }

    /// The tables that were loaded, in the order of the file: parents first.
    pub(super) async fn finish_tables(
        mut self,
        connection: &mut PgConnection,
    ) -> Result<Vec<TableHead>, BackupError> {
        self.flush(connection).await?;
        Ok(self.loaded)
    }

    async fn begin(&mut self, connection: &mut PgConnection, head: TableHead) -> Result<(), BackupError> {
        let changed = || BackupError::TableChanged {
            table: head.name.clone(),
            found: self.migration,
        };
        let known = self.known.get(&head.name);
        let fits =
            known.is_some_and(|known| head.columns.iter().all(|column| known.columns.contains(column)));
        let place = head.columns.iter().position(|column| column == "member_id");
        let destination = match &self.target {
            Target::Whole => {
                if !fits {
                    return Err(changed());
                }
                // What migrations put there by themselves.
                let statement = format!("DELETE FROM {}", quoted(&head.name));
                sqlx::raw_sql(AssertSqlSafe(statement))
                    .execute(&mut *connection)
                    .await?;
                quoted(&head.name)
            }
            Target::Portal { .. } => {
                let is_told_by_portal = known.is_some_and(Table::names_portals);
                if place.is_none() && !is_told_by_portal {
                    // The installation's own.
                    self.current = None;
                    return Ok(());
                }
                if place.is_none() || !fits {
                    return Err(changed());
                }
                let statement = format!(
                    "CREATE TEMPORARY TABLE {} (LIKE {} INCLUDING DEFAULTS) ON COMMIT DROP",
                    beside(&head.name),
                    quoted(&head.name)
                );
                sqlx::raw_sql(AssertSqlSafe(statement))
                    .execute(&mut *connection)
                    .await?;
                beside(&head.name)
            }
        };
        self.current = Some(Current {
            statement: format!("COPY {destination} ({}) FROM STDIN", listed(&head.columns)),
            place,
            waiting: Vec::new(),
        });
        self.loaded.push(head);
        Ok(())
    }

    async fn rows(&mut self, connection: &mut PgConnection, rows: &[u8]) -> Result<(), BackupError> {
        let Some(current) = &mut self.current else {
            return Ok(());
        };
        match &self.target {
            Target::Whole => current.waiting.extend_from_slice(rows),
            Target::Portal { member_id } => {
                for row in rows.split_inclusive(|byte| *byte == b'\n') {
                    let owner = current.place.and_then(|place| values(row).nth(place));
                    if owner == Some(member_id.as_bytes()) {
                        current.waiting.extend_from_slice(row);
                    }
                }
            }
        }
        if current.waiting.len() >= PIECE {
            send(connection, current).await?;
        }
        Ok(())
    }

    async fn flush(&mut self, connection: &mut PgConnection) -> Result<(), BackupError> {
        if let Some(current) = &mut self.current {
            send(connection, current).await?;
        }
        Ok(())
    }
}

async fn send(connection: &mut PgConnection, current: &mut Current) -> Result<(), BackupError> {
    if current.waiting.is_empty() {
        return Ok(());
    }
    let mut copy = connection.copy_in_raw(&current.statement).await?;
    copy.send(current.waiting.as_slice()).await?;
    copy.finish().await?;
    current.waiting.clear();
    Ok(())
}
