//! Which imports touched the documents of an identifier, and which statuses they changed: for the story of the identifier.
//!
//! May know: documents, the log of imports. Must not know: who tracks the identifier.

use super::Importer;
use super::history::{HistoryError, parse};
use certlens_domain::registry::Registry;
use certlens_domain::status::Status;
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// Documents of an identifier that are looked at, the newest by registration. The largest companies have a million, and a
/// story is no count.
pub const DOCUMENTS_LOOKED_AT: i64 = 20_000;

/// What an import did to an identifier's documents in one registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Touch {
    /// The import.
    pub import: Uuid,
    /// What was imported.
    pub input: String,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// The registry.
    pub registry: Registry,
    /// Documents that it brought.
    pub new: u64,
    /// Documents that it was the last to change.
    pub changed: u64,
}

/// A document of the identifier got another status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusTouch {
    /// When the import saw it.
    pub at: DateTime<Utc>,
    /// The registry.
    pub registry: Registry,
    /// The document's number.
    pub number: String,
    /// Before.
    pub from: Status,
    /// After.
    pub to: Status,
}

impl Importer {
    /// Imports that touched documents of the identifier, newest first, before this moment.
    pub async fn touches(
        &self,
        identifier: &str,
        before: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Touch>, HistoryError> {
        let rows = sqlx::query!(
            r#"WITH party AS MATERIALIZED (
                   SELECT party FROM party_identifiers WHERE identifier = $1
               ), held AS MATERIALIZED (
                   SELECT registry, first_version, import_id
                   FROM (
                       (SELECT registry, first_version, import_id, registered_on FROM documents
                        WHERE applicant_party IN (SELECT party FROM party) AND applicant_party <> 0
                        ORDER BY registered_on DESC LIMIT $4)
                       UNION ALL
                       (SELECT registry, first_version, import_id, registered_on FROM documents
                        WHERE manufacturer_party IN (SELECT party FROM party) AND manufacturer_party <> 0
                              AND manufacturer_party <> applicant_party
                        ORDER BY registered_on DESC LIMIT $4)
                   ) AS standing
                   ORDER BY registered_on DESC LIMIT $4
               ), touched AS (
                   SELECT imports.id, held.registry, count(*) AS new, 0::bigint AS changed
                   FROM held JOIN imports ON imports.version = held.first_version
                   GROUP BY 1, 2
                   UNION ALL
                   SELECT imports.id, held.registry, 0, count(*)
                   FROM held JOIN imports ON imports.id = held.import_id
                   WHERE imports.version IS DISTINCT FROM held.first_version
                   GROUP BY 1, 2
               )
               SELECT imports.id, imports.input, coalesce(imports.finished_at, imports.started_at) AS "at!",
                      touched.registry::text AS "registry!", sum(touched.new)::bigint AS "new!",
                      sum(touched.changed)::bigint AS "changed!"
               FROM touched JOIN imports ON imports.id = touched.id
               WHERE coalesce(imports.finished_at, imports.started_at) < $2
               GROUP BY imports.id, touched.registry
               ORDER BY 3 DESC, touched.registry LIMIT $3"#,
            identifier,
            before,
            limit,
            DOCUMENTS_LOOKED_AT,
        )
        .fetch_all(&self.postgres)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Touch {
                    import: row.id,
                    input: row.input,
                    at: row.at,
                    registry: parse("documents", "registry", &row.registry)?,
                    new: row.new.unsigned_abs(),
                    changed: row.changed.unsigned_abs(),
                })
            })
            .collect()
    }

    /// Status changes of the identifier's documents, newest first, before this moment.
    pub async fn status_touches(
        &self,
        identifier: &str,
        before: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<StatusTouch>, HistoryError> {
        let rows = sqlx::query!(
            r#"WITH party AS MATERIALIZED (
                   SELECT party FROM party_identifiers WHERE identifier = $1
               ), held AS MATERIALIZED (
                   (SELECT registry, document_key, number FROM documents
                    WHERE applicant_party IN (SELECT party FROM party) AND applicant_party <> 0
                    ORDER BY registered_on DESC LIMIT $4)
                   UNION ALL
                   (SELECT registry, document_key, number FROM documents
                    WHERE manufacturer_party IN (SELECT party FROM party) AND manufacturer_party <> 0
                          AND manufacturer_party <> applicant_party
                    ORDER BY registered_on DESC LIMIT $4)
               )
               SELECT change.seen_at, held.registry::text AS "registry!", held.number AS "number!",
                      change.from_status::text AS "from!", change.to_status::text AS "to!"
               FROM held
               JOIN document_status_changes AS change
                    ON change.registry = held.registry AND change.document_key = held.document_key
               WHERE change.seen_at < $2 AND change.from_status <> change.to_status
               ORDER BY change.seen_at DESC, held.registry, held.document_key LIMIT $3"#,
            identifier,
            before,
            limit,
            DOCUMENTS_LOOKED_AT,
        )
        .fetch_all(&self.postgres)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(StatusTouch {
                    at: row.seen_at,
                    registry: parse("documents", "registry", &row.registry)?,
                    number: row.number,
                    from: parse("document_status_changes", "from_status", &row.from)?,
                    to: parse("document_status_changes", "to_status", &row.to)?,
                })
            })
            .collect()
    }
}
