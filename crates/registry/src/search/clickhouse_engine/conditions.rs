//! The conditions of pages and boards, in the SQL of ClickHouse.

use crate::search::filter::{Condition, FilterOfDay, Schemes};
use chrono::NaiveDate;
use clickhouse::query::Query;
use serde::Serialize;

/// The scheme as `certlens_domain::scheme::normalised` spells it; stored texts have single spaces already.
const NORMALISED_SCHEME: &str = "translateUTF8(lowerUTF8(scheme), 'cd', 'сд')";

/// What must hold: SQL with placeholders, and what stands for them.
#[derive(Debug, Clone, Default)]
pub(super) struct Clause {
    pub(super) sql: String,
    values: Vec<Value>,
}

/// What stands for a placeholder.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(super) enum Value {
    Text(String),
    Texts(Vec<String>),
    Number(i64),
}

impl Clause {
    /// SQL with as many placeholders as there are values.
    pub(super) fn new(sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self {
            sql: sql.into(),
            values: values.into_iter().collect(),
        }
    }

    /// Writes on.
    pub(super) fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// Writes another clause, with its values.
    pub(super) fn push_clause(&mut self, other: Self) {
        self.sql.push_str(&other.sql);
        self.values.extend(other.values);
    }

    /// Writes ` AND …`.
    pub(super) fn and(&mut self, other: Self) {
        self.push(" AND ");
        self.push_clause(other);
    }

    /// Puts the values in the place of the clause's placeholders, which must be the next ones of the query.
    pub(super) fn bind(&self, query: Query) -> Query {
        self.values.iter().fold(query, |query, value| query.bind(value))
    }
}

/// What the column `days_back` holds for a day of registration.
pub(super) fn days_back(day: NaiveDate) -> i64 {
    -day_number(day)
}

/// A day as a number, which ClickHouse compares without a limit; its own dates end with the year 2299.
pub(super) fn day_number(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days()
}

/// Whether a row of `party_documents` is of a document that is active by its label and whose term ended before the day.
/// Only a day is written into it.
pub(super) fn expired_by_day(today: NaiveDate) -> String {
    format!("status IN ('active', 'renewed', 'extended') AND ifNull(valid_until < toDate32('{today}'), 0)")
}

/// A condition over the columns of `party_documents`; it may come out as NULL, which means that it does not hold.
pub(super) fn condition(asked: &FilterOfDay, condition: Condition) -> Clause {
    let filter = &asked.filter;
    let list = |sql: &str, values: &[String]| Clause::new(sql, [Value::Texts(values.to_vec())]);
    match condition {
        Condition::Registry => list("registry IN ?", &asked.registries()),
        Condition::Kind => {
            let kind = filter.kind.map(|kind| Value::Text(kind.key().to_owned()));
            Clause::new("kind = ?", kind)
        }
        Condition::Status => list(
            &format!(
                "if({}, 'expired', toString(status)) IN ?",
                expired_by_day(asked.today)
            ),
            &asked.statuses(),
        ),
        Condition::TechnicalRegulation => {
            list("hasAny(technical_regulations, ?)", &filter.technical_regulations)
        }
        Condition::TnVed => {
            let begins = vec!["startsWith(code, ?)"; filter.tn_ved.len()].join(" OR ");
            Clause::new(
                format!("arrayExists(code -> ({begins}), tn_ved)"),
                filter.tn_ved.iter().cloned().map(Value::Text),
            )
        }
        Condition::CertificationBody => list("certification_body IN ?", &filter.certification_bodies),
        Condition::Scheme => scheme(asked.named()),
        Condition::Production => asked.produced().map_or_else(always, scheme),
        Condition::Origin => list("origin IN ?", &filter.origins),
        Condition::Registered => all(&[
            ("days_back <= ?", filter.registered_from.map(days_back)),
            ("days_back >= ?", filter.registered_to.map(days_back)),
        ]),
        Condition::Ends => all(&[
            ("toInt32(valid_until) >= ?", filter.ends_from.map(day_number)),
            ("toInt32(valid_until) <= ?", filter.ends_to.map(day_number)),
        ]),
        Condition::Other => other(asked),
    }
}

/// What always holds.
fn always() -> Clause {
    Clause::new("1", [])
}

fn scheme(schemes: Schemes) -> Clause {
    let (comparison, list) = match schemes {
        Schemes::OneOf(list) => ("IN", list),
        Schemes::NoneOf(list) => ("NOT IN", list),
    };
    Clause::new(
        format!("{NORMALISED_SCHEME} {comparison} ?"),
        [Value::Texts(list)],
    )
}

/// Those of the comparisons that are asked.
fn all(comparisons: &[(&str, Option<i64>)]) -> Clause {
    let mut clause = always();
    for (comparison, number) in comparisons {
        if let Some(number) = number {
            clause.and(Clause::new(*comparison, [Value::Number(*number)]));
        }
    }
    clause
}

fn other(asked: &FilterOfDay) -> Clause {
    let mut clause = always();
    if let Some(text) = &asked.text {
        let product = Value::Text(text.product.clone());
        clause.and(if text.number_key.is_empty() {
            Clause::new("position(product, ?) > 0", [product])
        } else {
            let number = Value::Text(text.number_key.clone());
            Clause::new(
                "(position(product, ?) > 0 OR position(number_key, ?) > 0)",
                [product, number],
            )
        });
    }
    if asked.filter.not_valid_in_rf {
        clause.and(Clause::new(NOT_VALID_IN_RF, []));
    }
    clause
}

/// Whether a document is suspended or terminated on Russia's territory.
pub(super) const NOT_VALID_IN_RF: &str = "rf_status IN ('suspended', 'terminated')";
