//! One ClickHouse server or a cluster of them: how tables are made, emptied and joined on either.
//!
//! Pure: statements in, statements out. The migrations are written for one server; on a cluster each table becomes a
//! replicated table `…_local` on every shard and a `Distributed` table under the plain name, so that whoever inserts
//! and asks writes the same SQL. Rows go to shards by the first column of the ordering key: all rows of a party are on
//! one shard, where `FINAL` sees them together. Must not know: what the tables mean.

use std::fmt;
use std::str::FromStr;

/// On what the tables are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ClickHouseTopology {
    /// One server, embedded or not.
    #[default]
    Single,
    /// A cluster of this name. Its servers define the macros `{shard}` and `{replica}` and have a Keeper.
    Cluster(ClusterName),
}

/// Name of a cluster, as the servers' `remote_servers` has it; safe to stand in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterName(String);

/// A name that no cluster can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no name for a ClickHouse cluster: expected letters, digits, `_`, `-` and `.`, such as the servers' \
     remote_servers names it"
)]
pub struct ClusterNameError(String);

impl FromStr for ClusterName {
    type Err = ClusterNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let named_well = !text.is_empty()
            && text
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.'));
        if named_well {
            Ok(Self(text.to_owned()))
        } else {
            Err(ClusterNameError(text.to_owned()))
        }
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What every statement on a cluster is run with.
const CLUSTER_SETTINGS: [(&str, &str); 5] = [
    // An insert that was acknowledged is on its shard, not in a queue of the server that took it.
    ("distributed_foreground_insert", "1"),
    // The staging tables get the same rows again after an interruption; versions make them one, not the blocks' hashes.
    ("insert_deduplicate", "0"),
    // An ALTER is done when all replicas have done it.
    ("alter_sync", "2"),
    // Shards that can't hold an asked party are not asked.
    ("optimize_skip_unused_shards", "1"),
    // An error makes Postgres answer; a stale replica would answer wrongly.
    ("fallback_to_stale_replicas_for_distributed_queries", "0"),
];

impl ClickHouseTopology {
    /// The settings that statements need here.
    pub(crate) const fn settings(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Single => &[],
            Self::Cluster(_) => &CLUSTER_SETTINGS,
        }
    }

    /// Makes the database when there is none.
    pub(crate) fn create_database(&self, database: &str) -> String {
        format!("CREATE DATABASE IF NOT EXISTS {database}{}", self.on_cluster())
    }

    /// Takes all rows out of a table.
    pub(crate) fn empty(&self, table: &str) -> Vec<String> {
        let local = self.local(table);
        vec![format!("TRUNCATE TABLE IF EXISTS {local}{}", self.on_cluster())]
    }

    /// Merges all parts of a table into one.
    pub(crate) fn merge(&self, table: &str) -> Vec<String> {
        let local = self.local(table);
        vec![format!("OPTIMIZE TABLE {local}{} FINAL", self.on_cluster())]
    }

    /// Makes the rows of `staging` rows of `table` too: in one step on each server, complete or not at all. Both
    /// tables have the same columns and order.
    pub(crate) fn join(&self, staging: &str, table: &str) -> Vec<String> {
        let (from, into, cluster) = (self.local(staging), self.local(table), self.on_cluster());
        let attach = format!("ALTER TABLE {into}{cluster} ATTACH PARTITION tuple() FROM {from}");
        match self {
            Self::Single => vec![attach],
            // The replica that attaches must have all rows first; and nobody may be told of the rows before every
            // replica has them.
            Self::Cluster(_) => vec![
                format!("SYSTEM SYNC REPLICA{cluster} {from}"),
                attach,
                format!("SYSTEM SYNC REPLICA{cluster} {into}"),
            ],
        }
    }

    /// The statements of a migration that is written for one server, or of any text like it.
    pub(crate) fn migration(&self, database: &str, text: &str) -> Result<Vec<String>, MigrationTextError> {
        let statements = statements(text);
        let Self::Cluster(cluster) = self else {
            return Ok(statements.into_iter().map(str::to_owned).collect());
        };
        let mut rendered = Vec::new();
        let mut made: Vec<TableText<'_>> = Vec::new();
        for statement in statements {
            let bare = without_comments(statement);
            if let Some(table) = TableText::parse(statement, &bare, &made) {
                rendered.extend(table.on(cluster, database));
                made.push(table);
            } else if let Some(table) = bare.strip_prefix("DROP TABLE IF EXISTS ") {
                // SYNC: the name, and its path in Keeper, can be used again at once.
                rendered.push(format!(
                    "DROP TABLE IF EXISTS {table} ON CLUSTER `{cluster}` SYNC"
                ));
                rendered.push(format!(
                    "DROP TABLE IF EXISTS {table}_local ON CLUSTER `{cluster}` SYNC"
                ));
            } else if let Some(table) = bare.strip_prefix("TRUNCATE TABLE IF EXISTS ") {
                rendered.extend(self.empty(table));
            } else if let Some((table, settings)) = setting_of_a_table(&bare) {
                let local = self.local(table);
                rendered.push(format!(
                    "ALTER TABLE {local} ON CLUSTER `{cluster}` MODIFY SETTING {settings}"
                ));
            } else {
                return Err(MigrationTextError(bare));
            }
        }
        Ok(rendered)
    }

    pub(crate) fn local(&self, table: &str) -> String {
        match self {
            Self::Single => table.to_owned(),
            Self::Cluster(_) => format!("{table}_local"),
        }
    }

    fn on_cluster(&self) -> String {
        match self {
            Self::Single => String::new(),
            Self::Cluster(cluster) => format!(" ON CLUSTER `{cluster}`"),
        }
    }
}

/// A statement of a migration for which nobody has written how it runs on a cluster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this statement of a migration can't be run on a cluster: `{0}`; migrations create MergeTree tables, also `AS` a \
     table of the same file, drop tables, empty them and change their settings"
)]
pub struct MigrationTextError(String);

/// A table that a migration makes, in pieces of its text.
#[derive(Clone)]
struct TableText<'text> {
    name: String,
    /// From the opening to the closing parenthesis.
    columns: &'text str,
    /// Such as `ReplacingMergeTree`.
    family: &'text str,
    /// What stands in the engine's parentheses, if anything.
    arguments: &'text str,
    /// The first column of the ordering key.
    first_key: &'text str,
    /// `ORDER BY` and all after it.
    rest: &'text str,
}

impl<'text> TableText<'text> {
    fn parse(statement: &'text str, bare: &str, made: &[Self]) -> Option<Self> {
        let named = bare.strip_prefix("CREATE TABLE IF NOT EXISTS ")?;
        let name = named
            .split(|letter: char| letter.is_whitespace())
            .next()?
            .to_owned();
        if let Some(original) = named.strip_prefix(&name)?.trim().strip_prefix("AS ") {
            let original = made.iter().find(|table| table.name == original.trim())?;
            return Some(Self {
                name,
                ..original.clone()
            });
        }
        // Comments before the statement may hold parentheses too.
        let create = statement.get(statement.find("CREATE TABLE")?..)?;
        let (columns, engine) = create.get(create.find('(')?..)?.rsplit_once("ENGINE = ")?;
        let (engine, rest) = engine.split_once("ORDER BY ")?;
        let (family, arguments) = match engine.trim().split_once('(') {
            Some((family, arguments)) => (family, arguments.trim_end_matches(')')),
            None => (engine.trim(), ""),
        };
        let first_key = rest
            .trim_start_matches('(')
            .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .next()?;
        Some(Self {
            name,
            columns: columns.trim_end(),
            family,
            arguments,
            first_key,
            rest,
        })
    }

    fn on(&self, cluster: &ClusterName, database: &str) -> [String; 2] {
        let Self {
            name,
            columns,
            family,
            first_key,
            rest,
            ..
        } = self;
        let arguments = if self.arguments.is_empty() {
            String::new()
        } else {
            format!(", {}", self.arguments)
        };
        [
            format!(
                "CREATE TABLE IF NOT EXISTS {name}_local ON CLUSTER `{cluster}`\n{columns}\n\
                 ENGINE = Replicated{family}('/clickhouse/tables/{{shard}}/{database}/{name}_local', '{{replica}}'{arguments})\n\
                 ORDER BY {rest}"
            ),
            format!(
                "CREATE TABLE IF NOT EXISTS {name} ON CLUSTER `{cluster}` AS {name}_local\n\
                 ENGINE = Distributed('{cluster}', '{database}', '{name}_local', cityHash64({first_key}))"
            ),
        ]
    }
}

/// The table and the settings of `ALTER TABLE … MODIFY SETTING …`.
fn setting_of_a_table(statement: &str) -> Option<(&str, &str)> {
    statement
        .strip_prefix("ALTER TABLE ")?
        .split_once(" MODIFY SETTING ")
}

/// The statements of a migration: separated by a semicolon at the end of a line.
fn statements(text: &str) -> Vec<&str> {
    text.split(";\n")
        .map(|statement| statement.trim().trim_end_matches(';'))
        .filter(|statement| !without_comments(statement).is_empty())
        .collect()
}

/// The statement without lines that are comments.
fn without_comments(statement: &str) -> String {
    statement
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests;
