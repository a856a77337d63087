//! The log of imports as people read it: what ran, what runs and how far it is, what waits, what can be undone.
//!
//! May know: the table `imports` and what belongs to it. Must not know: how an import is done.

use super::Importer;
use super::pulse::DEAD_AFTER;
use super::undo::Obstacle;
use certlens_domain::registry::Registry;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use uuid::Uuid;

/// Imports that one page of the list has at most.
pub const MOST_ON_A_PAGE: u32 = 200;

/// How an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// A server does it when its turn has come.
    Waiting,
    /// Somebody works at it.
    Running,
    /// Whoever worked at it died. Nothing of it is visible; the next import enters it as failed.
    Interrupted,
    /// It came to its end.
    Done,
    /// It did not; nothing of it is visible.
    Failed,
    /// It was done, and somebody undid it.
    Undone,
}

impl ImportState {
    /// All states, in the order in which an import has them.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Running,
        Self::Interrupted,
        Self::Done,
        Self::Failed,
        Self::Undone,
    ];

    /// The key in answers and addresses.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Undone => "undone",
        }
    }
}

impl fmt::Display for ImportState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.key())
    }
}

/// No state has this key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no state of an import; there are waiting, running, interrupted, done, failed and undone")]
pub struct UnknownState(String);

impl FromStr for ImportState {
    type Err = UnknownState;

    fn from_str(key: &str) -> Result<Self, UnknownState> {
        Self::ALL
            .into_iter()
            .find(|state| state.key() == key)
            .ok_or_else(|| UnknownState(key.to_owned()))
    }
}

/// Whether an import can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Undoing {
    /// It can.
    Possible,
    /// It is being undone now.
    UnderWay,
    /// It did not come to its end, or was undone, or changed nothing: there is nothing to undo.
    Nothing,
    /// What it replaced is not kept any more.
    NotKept,
    /// A later import has to be undone first.
    InTheWay {
        /// The newest of those that do.
        obstacle: Obstacle,
    },
}

/// What an import was for one registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegistryShare {
    /// Which registry.
    pub registry: Registry,
    /// Documents that were not known before.
    pub new: u64,
    /// Documents that differed from what was stored.
    pub changed: u64,
    /// The latest registration among its rows.
    pub latest: NaiveDate,
}

/// An import in the list. Counts of one that runs are what it did so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportEntry {
    /// Its number. Later ones are greater.
    pub id: Uuid,
    /// The source's name on the command line, `fsa-declarations`.
    pub source: String,
    /// The file, as it was named.
    pub input: String,
    /// How it stands.
    pub state: ImportState,
    /// What is being done now: `reading`, `merging`, `publishing`, `undoing`.
    pub stage: Option<String>,
    /// When it began; of one that waits: since when.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When whoever works at it last said that it lives.
    pub heartbeat_at: Option<DateTime<Utc>>,
    /// Machine and process that work at it.
    pub node: Option<String>,
    /// Size of the file, when known.
    pub bytes: Option<u64>,
    /// Bytes read so far.
    pub bytes_read: Option<u64>,
    /// Rows read.
    pub read: u64,
    /// Documents that were not known before.
    pub new: u64,
    /// Documents that differed from what was stored.
    pub changed: u64,
    /// Rows that made no difference.
    pub unchanged: u64,
    /// Rows that made no sense.
    pub rejected: u64,
    /// Whether the rejected rows are in a file.
    pub has_rejects: bool,
    /// Why it failed.
    pub error: Option<String>,
    /// Who asked a server for it; `None` on the command line.
    pub queued_by: Option<String>,
    /// Documents taken back so far, while it is being undone and afterwards.
    pub taken_back: Option<u64>,
    /// When it was undone.
    pub undone_at: Option<DateTime<Utc>>,
    /// By whom.
    pub undone_by: Option<String>,
    /// Whether it can be undone.
    pub undoing: Undoing,
    /// What it was for each registry of which it brought rows; entered at its end.
    pub registries: Vec<RegistryShare>,
    /// Where the rejected rows are on the machine that imported.
    #[serde(skip)]
    pub rejects_file: Option<PathBuf>,
}

/// Which imports are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportFilter {
    /// Only of this state.
    pub state: Option<ImportState>,
    /// Only of this source.
    pub source: Option<String>,
    /// Only those whose file's name contains this, in any case.
    pub text: Option<String>,
}

/// A page of the list, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imports {
    /// The imports.
    pub items: Vec<ImportEntry>,
    /// Give this as the cursor to go on; `None` on the last page.
    pub next: Option<Uuid>,
}

/// The log can't be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// Postgres failed.
    #[error("the list of imports can't be read: {0}")]
    Postgres(#[from] sqlx::Error),
    /// A row holds what the program never writes.
    #[error("{table}.{column} holds `{value}`, which this version of Certlens does not know")]
    Stored {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
}

impl Importer {
    /// Imports, the newest first, after the one that `before` names; at most `limit` and [`MOST_ON_A_PAGE`] of them.
    pub async fn imports(
        &self,
        filter: &ImportFilter,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Imports, HistoryError> {
        let limit = limit.clamp(1, MOST_ON_A_PAGE);
        let mut items = self.entries(filter, None, before, limit + 1).await?;
        let is_more = items.len() > limit as usize;
        items.truncate(limit as usize);
        Ok(Imports {
            next: items.last().map(|last| last.id).filter(|_| is_more),
            items,
        })
    }

    /// One import; `None` when there is none with this number.
    pub async fn import_entry(&self, id: Uuid) -> Result<Option<ImportEntry>, HistoryError> {
        let found = self.entries(&ImportFilter::default(), Some(id), None, 1).await?;
        Ok(found.into_iter().next())
    }

    /// How many imports pass the filter.
    pub async fn number_of_imports(&self, filter: &ImportFilter) -> Result<u64, HistoryError> {
        let number = sqlx::query_scalar!(
            r#"SELECT count(*) AS "number!" FROM imports
               WHERE ($1::text IS NULL OR source = $1)
                 AND ($2::text IS NULL OR strpos(lower(input), lower($2)) > 0)
                 AND ($3::text IS NULL OR $3 = CASE
                     WHEN state = 'running' AND coalesce(heartbeat_at, started_at) < now() - make_interval(secs => $4)
                     THEN 'interrupted' ELSE state END)"#,
            filter.source,
            filter.text,
            filter.state.map(ImportState::key),
            DEAD_AFTER.as_secs_f64(),
        )
        .fetch_one(&self.postgres)
        .await?;
        Ok(number.unsigned_abs())
    }

    async fn entries(
        &self,
        filter: &ImportFilter,
        only: Option<Uuid>,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<ImportEntry>, HistoryError> {
        let rows = sqlx::query!(
            r#"SELECT imports.id, imports.source, imports.input, imports.started_at, imports.finished_at, heartbeat_at, node,
                      bytes, bytes_read, read, new, changed, unchanged, rejected, rejects_file, error, queued_by, taken_back,
                      undone_at, undone_by, is_kept, live.state AS "live_state!", live.stage AS "live_stage?",
                      obstacle.id AS "obstacle_id?", obstacle.input AS "obstacle_input?",
                      obstacle.finished_at AS "obstacle_finished_at?", obstacle.documents AS "obstacle_documents?"
               FROM imports
               CROSS JOIN LATERAL (
                   SELECT coalesce(heartbeat_at, started_at) < now() - make_interval(secs => $6) AS is_dead
               ) AS pulse
               CROSS JOIN LATERAL (
                   SELECT CASE WHEN imports.state = 'running' AND is_dead THEN 'interrupted' ELSE imports.state END AS state,
                          CASE WHEN is_dead THEN NULL ELSE imports.stage END AS stage
               ) AS live
               LEFT JOIN LATERAL (
                   SELECT later.id, later.input, later.finished_at, found.documents
                   FROM import_obstacles AS found JOIN imports AS later ON later.id = found.later
                   WHERE found.import_id = imports.id AND imports.is_kept
                   ORDER BY later.started_at DESC LIMIT 1
               ) AS obstacle ON true
               WHERE ($1::uuid IS NULL OR imports.id = $1) AND ($2::uuid IS NULL OR imports.id < $2)
                 AND ($3::text IS NULL OR live.state = $3) AND ($4::text IS NULL OR imports.source = $4)
                 AND ($5::text IS NULL OR strpos(lower(imports.input), lower($5)) > 0)
               ORDER BY imports.id DESC LIMIT $7"#,
            only,
            before,
            filter.state.map(ImportState::key),
            filter.source,
            filter.text,
            DEAD_AFTER.as_secs_f64(),
            i64::from(limit),
        )
        .fetch_all(&self.postgres)
        .await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut shares = self.shares(&ids).await?;
        let count = |number: Option<i64>| number.unwrap_or(0).unsigned_abs();
        rows.into_iter()
            .map(|row| {
                let state = parse("imports", "state", &row.live_state)?;
                let obstacle = row.obstacle_id.map(|import| Obstacle {
                    import,
                    input: row.obstacle_input.unwrap_or_default(),
                    finished_at: row.obstacle_finished_at,
                    documents: count(row.obstacle_documents),
                });
                let differs = count(row.new) + count(row.changed) > 0;
                let undoing = match (state, obstacle) {
                    _ if row.live_stage.as_deref() == Some("undoing") => Undoing::UnderWay,
                    (ImportState::Done, _) if differs && !row.is_kept => Undoing::NotKept,
                    (ImportState::Done, Some(obstacle)) if differs => Undoing::InTheWay { obstacle },
                    (ImportState::Done, None) if differs => Undoing::Possible,
                    _ => Undoing::Nothing,
                };
                let registries = shares
                    .extract_if(.., |(import, _)| *import == row.id)
                    .map(|(_, share)| share)
                    .collect();
                Ok(ImportEntry {
                    id: row.id,
                    source: row.source,
                    input: row.input,
                    state,
                    stage: row.live_stage,
                    started_at: row.started_at,
                    finished_at: row.finished_at,
                    heartbeat_at: row.heartbeat_at,
                    node: row.node,
                    bytes: row.bytes.map(i64::unsigned_abs),
                    bytes_read: row.bytes_read.map(i64::unsigned_abs),
                    read: count(row.read),
                    new: count(row.new),
                    changed: count(row.changed),
                    unchanged: count(row.unchanged),
                    rejected: count(row.rejected),
                    has_rejects: row.rejects_file.is_some(),
                    error: row.error,
                    queued_by: row.queued_by,
                    taken_back: row.taken_back.map(i64::unsigned_abs),
                    undone_at: row.undone_at,
                    undone_by: row.undone_by,
                    undoing,
                    registries,
                    rejects_file: row.rejects_file.map(PathBuf::from),
                })
            })
            .collect()
    }

    async fn shares(&self, imports: &[Uuid]) -> Result<Vec<(Uuid, RegistryShare)>, HistoryError> {
        let rows = sqlx::query!(
            r#"SELECT import_id, registry::text AS "registry!", new, changed, latest FROM import_registries
               WHERE import_id = ANY($1) ORDER BY import_id, import_registries.registry"#,
            imports,
        )
        .fetch_all(&self.postgres)
        .await?;
        rows.into_iter()
            .map(|row| {
                let share = RegistryShare {
                    registry: parse("import_registries", "registry", &row.registry)?,
                    new: row.new.unsigned_abs(),
                    changed: row.changed.unsigned_abs(),
                    latest: row.latest,
                };
                Ok((row.import_id, share))
            })
            .collect()
    }
}

/// A stored key, which a newer program may have written.
pub(super) fn parse<T: FromStr>(
    table: &'static str,
    column: &'static str,
    value: &str,
) -> Result<T, HistoryError> {
    value.parse().map_err(|_| HistoryError::Stored {
        table,
        column,
        value: value.to_owned(),
    })
}
