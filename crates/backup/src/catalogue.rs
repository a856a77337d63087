//! The tables of the database, asked of its catalogue, and which of them a backup has.
//!
//! A table is in every backup unless it is listed here, with the reason: so a table that a migration adds is not forgotten.

use crate::BackupError;
use crate::file::head::Contents;
use sqlx::PgConnection;
use std::collections::HashSet;

/// In which backups a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// In all: nobody else has it.
    Own,
    /// In those with documents only: large, and it comes again by imports or in time.
    Voluminous,
    /// In none: true of the running installation only.
    Passing,
}

/// What imports bring, and figures over time.
const VOLUMINOUS: [&str; 16] = [
    "counted_pairs",
    "document_status_changes",
    "document_territory_changes",
    "documents",
    "import_overlaps",
    "import_registries",
    "imports",
    "parties",
    "party_counts",
    "party_identifiers",
    "portal_telemetry",
    "removed_places",
    "replaced_documents",
    "replaced_territory_statuses",
    "rf_territory_statuses",
    "telemetry",
];

/// What is of now: who is at work, what was backed up here, who this database is, what the hourly looks at portals find again.
/// What the database keeps by itself of other rows as they come (`latest_news`). Unlogged tables are, too: a crash empties them.
const PASSING: [&str; 7] = [
    "answer_deviations",
    "backups",
    "event_leases",
    "latest_news",
    "portal_canaries",
    "processes",
    "store_identity",
];

/// Made by the migrations themselves.
const MIGRATIONS: &str = "_sqlx_migrations";

/// Rows that every running installation makes by itself: a database with nothing else is as good as empty.
const BY_THEMSELVES: [&str; 4] = ["recount_mark", "recount_schedule", "recounts", "telemetry"];

/// A table as the catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns that are stored, in their order.
    pub columns: Vec<String>,
    /// In which backups it is.
    pub share: Share,
    /// The tables whose rows its rows name.
    parents: Vec<String>,
}

impl Table {
    /// Whether a backup with these contents has it.
    pub fn is_in(&self, contents: Contents) -> bool {
        match self.share {
            Share::Own => true,
            Share::Voluminous => contents == Contents::Everything,
            Share::Passing => false,
        }
    }

    /// Whether rows of it are lost when the database is replaced.
    pub(crate) fn is_worth_something(&self) -> bool {
        self.share != Share::Passing && !BY_THEMSELVES.contains(&self.name.as_str())
    }

    /// Its rows can be told by their portal.
    pub(crate) fn names_portals(&self) -> bool {
        self.columns.iter().any(|column| column == "member_id")
    }
}

/// A name as SQL writes it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Names as a list of columns.
pub(crate) fn listed(columns: &[String]) -> String {
    columns
        .iter()
        .map(|column| quoted(column))
        .collect::<Vec<_>>()
        .join(", ")
}

fn share_of(name: &str, is_unlogged: bool) -> Share {
    if is_unlogged || PASSING.contains(&name) {
        Share::Passing
    } else if VOLUMINOUS.contains(&name) {
        Share::Voluminous
    } else {
        Share::Own
    }
}

/// All tables, those whose rows others name before those others.
pub async fn tables(connection: &mut PgConnection) -> Result<Vec<Table>, BackupError> {
    let rows = sqlx::query!(
        r#"SELECT class.relname::text AS "name!", class.relpersistence = 'u' AS "is_unlogged!",
                  array(SELECT stored.attname::text FROM pg_attribute AS stored
                        WHERE stored.attrelid = class.oid AND stored.attnum > 0 AND NOT stored.attisdropped
                          AND stored.attgenerated = ''
                        ORDER BY stored.attnum) AS "columns!",
                  array(SELECT DISTINCT parent.relname::text FROM pg_constraint AS reference
                        JOIN pg_class AS parent ON parent.oid = reference.confrelid
                        WHERE reference.conrelid = class.oid AND reference.contype = 'f'
                          AND reference.confrelid <> class.oid) AS "parents!"
           FROM pg_class AS class
           WHERE class.relkind = 'r' AND class.relnamespace = current_schema()::regnamespace AND class.relname <> $1
           ORDER BY class.relname"#,
        MIGRATIONS,
    )
    .fetch_all(connection)
    .await?;
    let tables = rows.into_iter().map(|row| Table {
        share: share_of(&row.name, row.is_unlogged),
        name: row.name,
        columns: row.columns,
        parents: row.parents,
    });
    Ok(parents_first(tables.collect()))
}

/// Tables that name each other in a circle keep their order, and would have to be loaded with deferred constraints.
fn parents_first(mut waiting: Vec<Table>) -> Vec<Table> {
    let mut placed: HashSet<String> = HashSet::new();
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let (ready, rest): (Vec<Table>, Vec<Table>) = waiting
            .into_iter()
            .partition(|table| table.parents.iter().all(|parent| placed.contains(parent)));
        waiting = rest;
        if ready.is_empty() {
            ordered.append(&mut waiting);
        }
        placed.extend(ready.iter().map(|table| table.name.clone()));
        ordered.extend(ready);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, parents: &[&str]) -> Table {
        Table {
            name: name.to_owned(),
            columns: Vec::new(),
            share: Share::Own,
            parents: parents.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn tables_stand_after_those_that_they_name_and_a_circle_ends_nothing() {
        let ordered = parents_first(vec![
            table("items", &["portals", "cards"]),
            table("cards", &["portals"]),
            table("portals", &[]),
            table("hen", &["egg"]),
            table("egg", &["hen"]),
        ]);
        let names: Vec<&str> = ordered.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["portals", "cards", "items", "hen", "egg"]);
    }

    #[test]
    fn unknown_table_is_in_every_backup_and_an_unlogged_one_in_none() {
        assert_eq!(share_of("something_new", false), Share::Own);
        assert_eq!(share_of("something_new", true), Share::Passing);
        assert_eq!(share_of("documents", false), Share::Voluminous);
    }
}
