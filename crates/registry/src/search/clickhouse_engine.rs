//! Searching in ClickHouse: the engine that answers while it holds what Postgres holds.

use super::answer::Bucket;
use super::postgres_engine::{found_role, stored_month};
use super::state::{StoreVersion, parse_stored};
use super::{Place, Question, SearchError};
use crate::clickhouse_store::ClickHouseAddress;
use certlens_domain::documents_page::{DocumentsQuery, PageCursor};
use chrono::NaiveDate;
use clickhouse::{Client, Row};
use serde::Deserialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why Postgres must answer instead.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClickHouseFailure {
    /// The latest imports have not been published to ClickHouse yet.
    #[error("ClickHouse holds version {published} of the data, Postgres {wanted}")]
    Behind { published: u64, wanted: u64 },
    /// The server failed or is unreachable.
    #[error(transparent)]
    Server(#[from] clickhouse::error::Error),
    /// A row that makes no sense.
    #[error("{0}")]
    Stored(String),
}

impl From<SearchError> for ClickHouseFailure {
    fn from(error: SearchError) -> Self {
        Self::Stored(error.to_string())
    }
}

/// A client of the search tables.
#[derive(Clone)]
pub(super) struct ClickHouseEngine {
    client: Client,
    /// A version that ClickHouse was seen to hold: it only grows, so it need not be asked for on every search.
    seen_version: Arc<AtomicU64>,
}

impl std::fmt::Debug for ClickHouseEngine {
    // The client's own Debug would show the password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ClickHouseEngine")
            .field("database", &self.client.database())
            .finish_non_exhaustive()
    }
}

#[derive(Row, Deserialize)]
struct BucketRow {
    registry: String,
    kind: String,
    status: String,
    #[serde(with = "clickhouse::serde::chrono::date32::option")]
    earliest_end: Option<NaiveDate>,
    month: u32,
    technical_regulations: Vec<String>,
    found_as_applicant: bool,
    found_as_manufacturer: bool,
    documents: u64,
}

#[derive(Row, Deserialize)]
struct PlaceRow {
    #[serde(with = "clickhouse::serde::chrono::date32")]
    registered_on: NaiveDate,
    registry_key: String,
    document_key: String,
    found_as_applicant: bool,
}

impl ClickHouseEngine {
    pub(super) fn new(address: &ClickHouseAddress) -> Self {
        Self {
            client: address.client(),
            seen_version: Arc::new(AtomicU64::new(0)),
        }
    }

    /// The found documents in groups.
    pub(super) async fn buckets(
        &self,
        question: &Question,
        version: StoreVersion,
    ) -> Result<Vec<Bucket>, ClickHouseFailure> {
        self.expect_version(version).await?;
        let rows = self
            .client
            .query(
                "SELECT toString(found.registry) AS registry, toString(found.kind) AS kind,
                        toString(found.status) AS status, min(found.valid_until) AS earliest_end,
                        toYYYYMM(found.registered_on) AS month, found.technical_regulations AS technical_regulations,
                        found_as_applicant, found_as_manufacturer, count() AS documents
                 FROM (
                     SELECT registry, document_key, kind, status, valid_until, registered_on, technical_regulations,
                            max(as_applicant) AS found_as_applicant, max(as_manufacturer) AS found_as_manufacturer
                     FROM document_identifiers FINAL
                     WHERE identifier IN ?
                     GROUP BY registry, document_key, kind, status, valid_until, registered_on, technical_regulations
                 ) AS found
                 WHERE (found_as_applicant OR NOT ?) AND (found_as_manufacturer OR NOT ?)
                 GROUP BY found.registry, found.kind, found.status, isNull(found.valid_until),
                          found.valid_until < toDate32(?), found.valid_until <= toDate32(?), month,
                          found.technical_regulations, found_as_applicant, found_as_manufacturer",
            )
            .bind(&question.identifiers)
            .bind(question.only_applicant)
            .bind(question.only_manufacturer)
            .bind(question.today.to_string())
            .bind(question.soon.to_string())
            .fetch_all::<BucketRow>()
            .await;
        self.noticing_loss(rows)?
            .into_iter()
            .map(|row| {
                Ok(Bucket {
                    registry: parse_stored("registry", &row.registry)?,
                    kind: parse_stored("document kind", &row.kind)?,
                    status: parse_stored("status", &row.status)?,
                    valid_until: row.earliest_end,
                    month: stored_month(row.month)?,
                    technical_regulations: row.technical_regulations,
                    as_applicant: row.found_as_applicant,
                    as_manufacturer: row.found_as_manufacturer,
                    documents: row.documents,
                })
            })
            .collect()
    }

    /// The places of the page's documents, in order.
    pub(super) async fn places(
        &self,
        question: &Question,
        query: &DocumentsQuery,
        limit: u32,
        version: StoreVersion,
    ) -> Result<Vec<Place>, ClickHouseFailure> {
        self.expect_version(version).await?;
        let mut conditions = String::new();
        if query.registry.is_some() {
            conditions.push_str(" AND registry = ?");
        }
        if query.status.is_some() {
            conditions.push_str(
                " AND if(status IN ('active', 'renewed', 'extended') AND ifNull(valid_until < toDate32(?), 0),
                         'expired', toString(status)) = ?",
            );
        }
        if query.technical_regulation.is_some() {
            conditions.push_str(" AND has(technical_regulations, ?)");
        }
        if query.after.is_some() {
            conditions.push_str(
                " AND (registered_on < toDate32(?)
                       OR (registered_on = toDate32(?)
                           AND (registry > ? OR (registry = ? AND document_key > ?))))",
            );
        }
        let mut statement = self
            .client
            .query(&format!(
                "SELECT registered_on, toString(registry) AS registry_key, document_key,
                        max(as_applicant) AS found_as_applicant
                 FROM document_identifiers FINAL
                 WHERE identifier IN ? AND (as_applicant OR NOT ?) AND (as_manufacturer OR NOT ?){conditions}
                 GROUP BY registered_on, registry, document_key
                 ORDER BY registered_on DESC, registry, document_key
                 LIMIT ?"
            ))
            .bind(&question.identifiers)
            .bind(question.only_applicant)
            .bind(question.only_manufacturer);
        if let Some(registry) = query.registry {
            statement = statement.bind(registry.key());
        }
        if let Some(status) = query.status {
            statement = statement.bind(question.today.to_string()).bind(status.key());
        }
        if let Some(code) = &query.technical_regulation {
            statement = statement.bind(code);
        }
        if let Some(cursor) = &query.after {
            let day = cursor.registered_on.to_string();
            statement = statement
                .bind(&day)
                .bind(&day)
                .bind(cursor.registry.key())
                .bind(cursor.registry.key())
                .bind(&cursor.document_key);
        }
        let rows = statement.bind(limit).fetch_all::<PlaceRow>().await;
        self.noticing_loss(rows)?
            .into_iter()
            .map(|row| {
                Ok(Place {
                    cursor: PageCursor {
                        registered_on: row.registered_on,
                        registry: parse_stored("registry", &row.registry_key)?,
                        document_key: row.document_key,
                    },
                    role: found_role(question, row.found_as_applicant),
                })
            })
            .collect()
    }

    /// Refuses to answer for data that ClickHouse has not got. Asked before the search: what is published between
    /// the two only makes the answer newer.
    async fn expect_version(&self, version: StoreVersion) -> Result<(), ClickHouseFailure> {
        let wanted = version.number.unsigned_abs();
        if self.seen_version.load(Ordering::Relaxed) >= wanted && wanted > 0 {
            return Ok(());
        }
        let published = self
            .client
            .query("SELECT max(version) FROM publications WHERE store = toUUID(?)")
            .bind(version.store.to_string())
            .fetch_one::<u64>()
            .await;
        let published = self.noticing_loss(published)?;
        self.seen_version.fetch_max(published, Ordering::Relaxed);
        if published < wanted {
            return Err(ClickHouseFailure::Behind { published, wanted });
        }
        Ok(())
    }

    /// After an error nothing is known about what ClickHouse holds: it may have been replaced by an empty one.
    fn noticing_loss<T>(&self, result: Result<T, clickhouse::error::Error>) -> Result<T, ClickHouseFailure> {
        result.map_err(|error| {
            self.seen_version.store(0, Ordering::Relaxed);
            ClickHouseFailure::Server(error)
        })
    }
}
