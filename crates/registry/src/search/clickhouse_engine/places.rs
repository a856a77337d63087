//! The places of a page's documents, in order of the key.

use super::{ClickHouseEngine, ClickHouseFailure};
use crate::search::SearchError;
use crate::search::page::{AskedParty, PageQuestion};
use crate::search::state::{StoreVersion, parse_stored};
use certlens_domain::analytics::RoleFilter;
use certlens_domain::documents_page::PageCursor;
use chrono::{NaiveDate, TimeDelta};
use clickhouse::Row;
use clickhouse::query::Query;
use serde::Deserialize;

/// A party with more documents is read by itself, in the order of the key, and no further than the page reaches.
const READ_ALONE_FROM: u64 = 5_000;

#[derive(Row, Deserialize)]
struct PlaceRow {
    days_back: i32,
    registry_key: String,
    document_key: String,
}

/// What the column `days_back` holds for a day of registration.
fn days_back(day: NaiveDate) -> i64 {
    -day.signed_duration_since(NaiveDate::default()).num_days()
}

/// The day of registration for which the column holds this.
fn day_of(days_back: i32) -> Result<NaiveDate, SearchError> {
    NaiveDate::default()
        .checked_add_signed(TimeDelta::days(-i64::from(days_back)))
        .ok_or_else(|| SearchError::Stored {
            what: "day of registration",
            value: days_back.to_string(),
        })
}

impl ClickHouseEngine {
    /// The places of a page's documents, in data of at least this version.
    pub(in crate::search) async fn places(
        &self,
        asked: &PageQuestion,
        version: StoreVersion,
    ) -> Result<Vec<PageCursor>, ClickHouseFailure> {
        let (alone, together): (Vec<&AskedParty>, Vec<&AskedParty>) = asked
            .parties
            .iter()
            .partition(|party| party.documents >= READ_ALONE_FROM);
        let mut sources: Vec<(String, u32)> = alone
            .iter()
            .map(|party| (format!("party = {}", party.id.number()), asked.limit))
            .collect();
        if !together.is_empty() {
            let numbers: Vec<String> = together
                .iter()
                .map(|party| party.id.number().to_string())
                .collect();
            // A document of two of these parties is met twice.
            sources.push((format!("party IN ({})", numbers.join(",")), asked.limit * 2));
        }
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let condition = conditions(asked);
        let newest: Vec<String> = sources
            .iter()
            .map(|(source, limit)| {
                format!(
                    "(SELECT days_back, registry, document_key FROM party_documents FINAL WHERE {source}{condition}
                      ORDER BY days_back, registry, document_key LIMIT {limit})"
                )
            })
            .collect();
        let statement = format!(
            "SELECT days_back, toString(registry) AS registry_key, document_key FROM ({})
             GROUP BY days_back, registry, document_key
             ORDER BY days_back, registry, document_key
             LIMIT {}",
            newest.join(" UNION ALL "),
            asked.limit
        );
        let mut query = self.client.query(&statement);
        for (name, value) in settings(asked) {
            query = query.with_setting(name, value);
        }
        for _ in &sources {
            query = bind_conditions(query, asked);
        }
        let rows = self
            .checked(version, async { Ok(query.fetch_all::<PlaceRow>().await?) })
            .await?;
        let mut places = Vec::with_capacity(rows.len());
        for row in rows {
            places.push(PageCursor {
                registered_on: day_of(row.days_back)?,
                registry: parse_stored("registry", &row.registry_key)?,
                document_key: row.document_key,
            });
        }
        Ok(places)
    }
}

/// How rows are read. A page without a filter takes the first rows of a party, so small blocks are read; a page that
/// looks for a text reads nearly everything, so both cores read, in any order.
fn settings(asked: &PageQuestion) -> [(&'static str, &'static str); 3] {
    let (threads, in_order, block) = if asked.text.is_some() {
        ("2", "0", "8192")
    } else if asked.takes_everything() {
        ("1", "1", "512")
    } else {
        ("1", "1", "4096")
    };
    [
        ("max_threads", threads),
        ("optimize_read_in_order", in_order),
        ("max_block_size", block),
    ]
}

/// What must hold of the rows besides the party; placeholders in the order of [`bind_conditions`].
fn conditions(asked: &PageQuestion) -> String {
    let filter = &asked.filter;
    let mut conditions = String::new();
    match asked.role {
        RoleFilter::Any => {}
        RoleFilter::Applicant => conditions.push_str(" AND in_role <> 'manufacturer'"),
        RoleFilter::Manufacturer => conditions.push_str(" AND in_role <> 'applicant'"),
    }
    let asks = [
        (!filter.registries.is_empty(), " AND registry IN ?"),
        (filter.kind.is_some(), " AND kind = ?"),
        (
            !filter.statuses.is_empty(),
            " AND if(status IN ('active', 'renewed', 'extended') AND ifNull(valid_until < toDate32(?), 0),
                     'expired', toString(status)) IN ?",
        ),
        (
            !filter.technical_regulations.is_empty(),
            " AND hasAny(technical_regulations, ?)",
        ),
        (filter.registered_from.is_some(), " AND days_back <= ?"),
        (filter.registered_to.is_some(), " AND days_back >= ?"),
        (
            asked.text.is_some(),
            " AND (position(product, ?) > 0 OR (? <> '' AND position(number_key, ?) > 0))",
        ),
        (
            asked.after.is_some(),
            " AND days_back >= ? AND (days_back > ? OR registry > ? OR (registry = ? AND document_key > ?))",
        ),
    ];
    for (is_asked, condition) in asks {
        if is_asked {
            conditions.push_str(condition);
        }
    }
    conditions
}

fn bind_conditions(mut query: Query, asked: &PageQuestion) -> Query {
    let filter = &asked.filter;
    if !filter.registries.is_empty() {
        query = query.bind(asked.registries());
    }
    if let Some(kind) = filter.kind {
        query = query.bind(kind.key());
    }
    if !filter.statuses.is_empty() {
        query = query.bind(asked.today.to_string()).bind(asked.statuses());
    }
    if !filter.technical_regulations.is_empty() {
        query = query.bind(&filter.technical_regulations);
    }
    if let Some(first) = filter.registered_from {
        query = query.bind(days_back(first));
    }
    if let Some(last) = filter.registered_to {
        query = query.bind(days_back(last));
    }
    if let Some(text) = &asked.text {
        query = query
            .bind(&text.product)
            .bind(&text.number_key)
            .bind(&text.number_key);
    }
    if let Some(cursor) = &asked.after {
        query = query
            .bind(days_back(cursor.registered_on))
            .bind(days_back(cursor.registered_on))
            .bind(cursor.registry.key())
            .bind(cursor.registry.key())
            .bind(&cursor.document_key);
    }
    query
}
