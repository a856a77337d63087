//! How fresh the loaded data are, and what happened to a document's status.

use super::SearchError;
use super::state::parse_stored;
use certlens_domain::documents_page::StatusChange;
use certlens_domain::freshness::{ImportRecord, RegistryFreshness};
use certlens_domain::registry::Registry;
use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};

/// The latest import of a source, as it stands or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatestImport {
    /// The source's name.
    pub source: String,
    /// The file.
    pub input: String,
    /// `running`, `done` or `failed`.
    pub state: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Rows of the file, as far as they were read.
    pub read: i64,
    /// Rows of them that were no documents.
    pub rejected: i64,
    /// Why it failed.
    pub error: Option<String>,
}

/// The latest import of each source.
pub(super) async fn latest_imports(postgres: &PgPool) -> Result<Vec<LatestImport>, SearchError> {
    Ok(sqlx::query_as!(
        LatestImport,
        r#"
        SELECT DISTINCT ON (source) source, input,
               CASE WHEN state = 'running' AND coalesce(heartbeat_at, started_at) < now() - make_interval(secs => $1)
                    THEN 'interrupted' ELSE state END AS "state!", started_at, finished_at, coalesce(read, 0) AS "read!",
               coalesce(rejected, 0) AS "rejected!", error
        FROM imports ORDER BY source, started_at DESC
        "#,
        crate::import::DEAD_AFTER.as_secs_f64(),
    )
    .fetch_all(postgres)
    .await?)
}

/// The six registries in their usual order, loaded or not.
pub(super) async fn freshness(postgres: &PgPool) -> Result<Vec<RegistryFreshness>, SearchError> {
    let rows = sqlx::query!(
        r#"
        SELECT registry_state.registry::text AS "registry!", loaded, data_date, documents,
               imports.source AS "source?", imports.input AS "input?", imports.started_at AS "started_at?",
               imports.finished_at, imports.read, imports.new, imports.changed, imports.unchanged, imports.rejected,
               imports.rejects_file
        FROM registry_state LEFT JOIN imports ON imports.id = registry_state.import_id
        "#
    )
    .fetch_all(postgres)
    .await?;
    let mut freshness: Vec<RegistryFreshness> = Registry::ALL
        .into_iter()
        .map(|registry| RegistryFreshness {
            registry,
            loaded: false,
            data_date: None,
            documents: 0,
            last_import: None,
        })
        .collect();
    let number = |number: Option<i64>| number.unwrap_or(0).unsigned_abs();
    for row in rows {
        let registry: Registry = parse_stored("registry", &row.registry)?;
        let last_import = match (row.source, row.input, row.started_at) {
            (Some(source), Some(input), Some(started_at)) => Some(ImportRecord {
                source,
                input,
                started_at,
                finished_at: row.finished_at,
                read: number(row.read),
                new: number(row.new),
                changed: number(row.changed),
                unchanged: number(row.unchanged),
                rejected: number(row.rejected),
                rejects_file: row.rejects_file,
            }),
            _ => None,
        };
        for fresh in freshness.iter_mut().filter(|fresh| fresh.registry == registry) {
            *fresh = RegistryFreshness {
                registry,
                loaded: row.loaded,
                data_date: row.data_date,
                documents: row.documents.unsigned_abs(),
                last_import: last_import.clone(),
            };
        }
    }
    Ok(freshness)
}

/// The changes of a document's status, oldest first; none when its status never changed or it is not known.
pub(super) async fn history(
    postgres: impl PgExecutor<'_>,
    registry: Registry,
    document_key: &str,
) -> Result<Vec<StatusChange>, SearchError> {
    let rows = sqlx::query!(
        r#"
        SELECT seen_at, from_status::text AS "from_status!", from_label, to_status::text AS "to_status!", to_label
        FROM document_status_changes
        WHERE registry = $1::text::registry AND document_key = $2
        ORDER BY seen_at
        "#,
        registry.key(),
        document_key,
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(StatusChange {
                seen_at: row.seen_at,
                from_status: parse_stored("status", &row.from_status)?,
                from_label: row.from_label,
                to_status: parse_stored("status", &row.to_status)?,
                to_label: row.to_label,
            })
        })
        .collect()
}
