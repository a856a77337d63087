//! The conditions of pages and boards, in the SQL of ClickHouse.

use crate::search::conditions::{Conditions, Schemes};
use chrono::NaiveDate;
use clickhouse::query::Query;
use serde::Serialize;

/// The scheme as `certlens_domain::scheme::normalised` spells it; stored texts have single spaces already.
const NORMALISED_SCHEME: &str = "translateUTF8(lowerUTF8(scheme), 'cd', 'сд')";

/// A condition in words with placeholders, and what stands for them.
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
    /// Adds ` AND …` with as many placeholders as there are values.
    pub(super) fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.values.extend(values);
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

/// The status of the day, over the columns of `party_documents`. Only a day is written into it.
pub(super) fn status_of_day(today: NaiveDate) -> String {
    format!(
        "if(status IN ('active', 'renewed', 'extended') AND ifNull(valid_until < toDate32('{today}'), 0), \
         'expired', toString(status))"
    )
}

/// What must hold of rows of `party_documents`, besides party and role.
pub(super) fn clause(conditions: &Conditions) -> Clause {
    let filter = &conditions.filter;
    let mut clause = Clause::default();
    if !filter.registries.is_empty() {
        clause.and("registry IN ?", [Value::Texts(conditions.registries())]);
    }
    if let Some(kind) = filter.kind {
        clause.and("kind = ?", [Value::Text(kind.key().to_owned())]);
    }
    if !filter.statuses.is_empty() {
        let condition = format!("{} IN ?", status_of_day(conditions.today));
        clause.and(&condition, [Value::Texts(conditions.statuses())]);
    }
    if !filter.technical_regulations.is_empty() {
        let codes = filter.technical_regulations.clone();
        clause.and("hasAny(technical_regulations, ?)", [Value::Texts(codes)]);
    }
    let days = [
        ("days_back <= ?", filter.registered_from.map(days_back)),
        ("days_back >= ?", filter.registered_to.map(days_back)),
        // Whatever is compared with a missing end does not fit.
        ("toInt32(valid_until) >= ?", filter.ends_from.map(day_number)),
        ("toInt32(valid_until) <= ?", filter.ends_to.map(day_number)),
    ];
    for (condition, day) in days {
        if let Some(day) = day {
            clause.and(condition, [Value::Number(day)]);
        }
    }
    add_texts(&mut clause, conditions);
    if filter.not_valid_in_rf {
        clause.and("rf_status IN ('suspended', 'terminated')", []);
    }
    clause
}

fn add_texts(clause: &mut Clause, conditions: &Conditions) {
    let filter = &conditions.filter;
    if !filter.tn_ved.is_empty() {
        let begins = vec!["startsWith(code, ?)"; filter.tn_ved.len()].join(" OR ");
        clause.and(
            &format!("arrayExists(code -> ({begins}), tn_ved)"),
            filter.tn_ved.iter().cloned().map(Value::Text),
        );
    }
    if !filter.certification_bodies.is_empty() {
        let bodies = filter.certification_bodies.clone();
        clause.and("certification_body IN ?", [Value::Texts(bodies)]);
    }
    for schemes in conditions.schemes() {
        let (comparison, list) = match schemes {
            Schemes::OneOf(list) => ("IN", list),
            Schemes::NoneOf(list) => ("NOT IN", list),
        };
        clause.and(
            &format!("{NORMALISED_SCHEME} {comparison} ?"),
            [Value::Texts(list)],
        );
    }
    if !filter.origins.is_empty() {
        clause.and("origin IN ?", [Value::Texts(filter.origins.clone())]);
    }
    if let Some(text) = &conditions.text {
        let product = Value::Text(text.product.clone());
        if text.number_key.is_empty() {
            clause.and("position(product, ?) > 0", [product]);
        } else {
            clause.and(
                "(position(product, ?) > 0 OR position(number_key, ?) > 0)",
                [product, Value::Text(text.number_key.clone())],
            );
        }
    }
}
