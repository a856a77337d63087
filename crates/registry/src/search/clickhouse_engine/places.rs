//! The places of a page's documents, in order of the key.

use super::conditions::{Clause, Value, condition, day_number, days_back};
use super::{ClickHouseEngine, ClickHouseFailure};
use crate::search::SearchError;
use crate::search::page::{AskedParty, PageQuestion};
use crate::search::state::{StoreVersion, parse_stored};
use certlens_domain::analytics::RoleFilter;
use certlens_domain::documents_page::{DocumentsOrder, PageCursor};
use chrono::{NaiveDate, TimeDelta};
use clickhouse::Row;
use serde::Deserialize;

/// A party with more documents is read by itself, in the order of the key, and no further than the page reaches.
const READ_ALONE_FROM: u64 = 5_000;

#[derive(Row, Deserialize)]
struct PlaceRow {
    days_back: i32,
    registry_key: String,
    document_key: String,
    #[serde(with = "clickhouse::serde::chrono::date32::option")]
    valid_until: Option<NaiveDate>,
}

/// The day of registration for which the column holds this.
pub(super) fn day_of(days_back: i32) -> Result<NaiveDate, SearchError> {
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
        let (clause, order) = (clause_of_page(asked), order_of_page(asked.order));
        let first: Vec<String> = sources
            .iter()
            .map(|(source, limit)| {
                format!(
                    "(SELECT days_back, registry, document_key, valid_until
                      FROM party_documents FINAL WHERE {source}{}
                      ORDER BY {order} LIMIT {limit})",
                    clause.sql
                )
            })
            .collect();
        let statement = format!(
            "SELECT days_back, toString(registry) AS registry_key, document_key, valid_until FROM ({})
             GROUP BY days_back, registry, document_key, valid_until
             ORDER BY {order}
             LIMIT {}",
            first.join(" UNION ALL "),
            asked.limit
        );
        let mut query = self.client.query(&statement);
        for (name, value) in settings(asked) {
            query = query.with_setting(name, value);
        }
        for _ in &sources {
            query = clause.bind(query);
        }
        let rows = self
            .checked(version, async { Ok(query.fetch_all::<PlaceRow>().await?) })
            .await?;
        let mut places = Vec::with_capacity(rows.len());
        for row in rows {
            places.push(PageCursor {
                order: asked.order,
                registered_on: day_of(row.days_back)?,
                valid_until: row.valid_until,
                registry: parse_stored("registry", &row.registry_key)?,
                document_key: row.document_key,
            });
        }
        Ok(places)
    }
}

/// How rows are read. A newest page without a filter takes the first rows of a party, so small blocks are read; a page
/// that looks for a text or sorts in another order reads nearly everything, so both cores read, in any order.
fn settings(asked: &PageQuestion) -> [(&'static str, &'static str); 3] {
    let (threads, in_order, block) = if asked.filter.text.is_some() || asked.order != DocumentsOrder::Newest {
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

const fn order_of_page(order: DocumentsOrder) -> &'static str {
    match order {
        DocumentsOrder::Newest => "days_back, registry, document_key",
        DocumentsOrder::Oldest => "days_back DESC, registry, document_key",
        DocumentsOrder::EndsFirst => "valid_until NULLS LAST, days_back, registry, document_key",
        DocumentsOrder::EndsLast => "valid_until DESC NULLS FIRST, days_back, registry, document_key",
    }
}

/// What must hold of the rows besides the party: ` AND …`, or nothing.
fn clause_of_page(asked: &PageQuestion) -> Clause {
    let mut clause = Clause::default();
    match asked.role {
        RoleFilter::Any => {}
        RoleFilter::Applicant => clause.push(" AND in_role <> 'manufacturer'"),
        RoleFilter::Manufacturer => clause.push(" AND in_role <> 'applicant'"),
    }
    for asked_condition in asked.filter.asked() {
        clause.and(condition(&asked.filter, asked_condition));
    }
    if let Some(cursor) = &asked.after {
        clause.and(after(asked.order, cursor));
    }
    clause
}

/// Only what comes after this place.
fn after(order: DocumentsOrder, cursor: &PageCursor) -> Clause {
    let same_day = "registry > ? OR (registry = ? AND document_key > ?)";
    let later = format!("(days_back >= ? AND (days_back > ? OR {same_day}))");
    let day = || Value::Number(days_back(cursor.registered_on));
    let registry = || Value::Text(cursor.registry.key().to_owned());
    let key = Value::Text(cursor.document_key.clone());
    let place = [day(), day(), registry(), registry(), key];
    match (order, cursor.valid_until) {
        (DocumentsOrder::Newest, _) => Clause::new(later, place),
        (DocumentsOrder::Oldest, _) => Clause::new(
            format!("(days_back <= ? AND (days_back < ? OR {same_day}))"),
            place,
        ),
        (DocumentsOrder::EndsFirst, None) => Clause::new(format!("valid_until IS NULL AND {later}"), place),
        (DocumentsOrder::EndsLast, None) => {
            Clause::new(format!("(valid_until IS NOT NULL OR {later})"), place)
        }
        (DocumentsOrder::EndsFirst | DocumentsOrder::EndsLast, Some(end)) => {
            let beyond = if order == DocumentsOrder::EndsFirst {
                "valid_until IS NULL OR toInt32(valid_until) > ?"
            } else {
                "toInt32(valid_until) < ?"
            };
            let end = || Value::Number(day_number(end));
            Clause::new(
                format!("({beyond} OR (toInt32(valid_until) = ? AND {later}))"),
                [end(), end()].into_iter().chain(place),
            )
        }
    }
}
