//! The conditions of pages and boards, in the SQL of Postgres.
//!
//! Only those that are asked are written: the planner sees a short statement, and picks the index by it.

use crate::search::filter::{Condition, FilterOfDay, Schemes};
use certlens_domain::registry::DocumentKind;
use chrono::NaiveDate;
use sqlx::{Postgres, QueryBuilder};

/// The scheme as `certlens_domain::scheme::normalised` spells it; stored texts have single spaces already.
const NORMALISED_SCHEME: &str = "translate(lower(coalesce(scheme, '') COLLATE \"und-x-icu\"), 'cd', 'сд')";

/// Whether a document is suspended or terminated on Russia's territory.
pub(super) const NOT_VALID_IN_RF: &str = "rf_status IN ('suspended', 'terminated')";

/// Writes the status of the day.
pub(super) fn push_status(builder: &mut QueryBuilder<Postgres>, today: NaiveDate) {
    builder.push("CASE WHEN status IN ('active', 'renewed', 'extended') AND valid_until < ");
    builder.push_bind(today);
    builder.push(" THEN 'expired' ELSE status END");
}

/// Writes a condition over the columns of `documents`; it may come out as NULL, which means that it does not hold.
pub(super) fn push_condition(
    builder: &mut QueryBuilder<Postgres>,
    asked: &FilterOfDay,
    condition: Condition,
) {
    let filter = &asked.filter;
    match condition {
        Condition::Registry => {
            builder.push("registry = ANY(");
            builder.push_bind(asked.registries());
            builder.push("::text[]::registry[])");
        }
        Condition::Kind => {
            builder.push("kind = ");
            builder.push_bind(filter.kind.map(DocumentKind::key));
            builder.push("::text::document_kind");
        }
        Condition::Status => {
            push_status(builder, asked.today);
            builder.push(" = ANY(");
            builder.push_bind(asked.statuses());
            builder.push("::text[]::document_status[])");
        }
        Condition::TechnicalRegulation => {
            builder.push("technical_regulations && ");
            builder.push_bind(filter.technical_regulations.clone());
            builder.push("::text[]");
        }
        Condition::TnVed => {
            builder.push("EXISTS (SELECT FROM unnest(tn_ved) AS code CROSS JOIN unnest(");
            builder.push_bind(filter.tn_ved.clone());
            builder.push("::text[]) AS asked_code (first_digits) WHERE starts_with(code, first_digits))");
        }
        Condition::CertificationBody => {
            push_list(
                builder,
                "coalesce(certification_body, '')",
                &filter.certification_bodies,
            );
        }
        Condition::Scheme => push_schemes(builder, Some(asked.named())),
        Condition::Production => push_schemes(builder, asked.produced()),
        Condition::Origin => push_list(builder, "coalesce(manufacturer_country, '')", &filter.origins),
        Condition::Registered => {
            let days = (filter.registered_from, filter.registered_to);
            push_days(builder, "registered_on", days);
        }
        Condition::Ends => push_days(builder, "valid_until", (filter.ends_from, filter.ends_to)),
        Condition::Other => push_other(builder, asked),
    }
}

fn push_list(builder: &mut QueryBuilder<Postgres>, value: &str, list: &[String]) {
    builder.push(value);
    builder.push(" = ANY(");
    builder.push_bind(list.to_vec());
    builder.push("::text[])");
}

fn push_schemes(builder: &mut QueryBuilder<Postgres>, schemes: Option<Schemes>) {
    let (comparison, list) = match schemes {
        Some(Schemes::OneOf(list)) => (" = ANY(", list),
        Some(Schemes::NoneOf(list)) => (" <> ALL(", list),
        None => (" <> ALL(", Vec::new()),
    };
    builder.push(NORMALISED_SCHEME);
    builder.push(comparison);
    builder.push_bind(list);
    builder.push("::text[])");
}

fn push_days(
    builder: &mut QueryBuilder<Postgres>,
    column: &str,
    (from, to): (Option<NaiveDate>, Option<NaiveDate>),
) {
    builder.push("true");
    for (comparison, day) in [(" >= ", from), (" <= ", to)] {
        if let Some(day) = day {
            builder.push(" AND ").push(column).push(comparison);
            builder.push_bind(day);
        }
    }
}

fn push_other(builder: &mut QueryBuilder<Postgres>, asked: &FilterOfDay) {
    builder.push("true");
    if let Some(text) = &asked.text {
        builder.push(" AND (strpos(lower(product COLLATE \"und-x-icu\"), ");
        builder.push_bind(text.product.clone());
        builder.push(") > 0");
        if !text.number_key.is_empty() {
            builder.push(" OR strpos(number_key, ");
            builder.push_bind(text.number_key.clone());
            builder.push(") > 0");
        }
        builder.push(")");
    }
    if asked.filter.not_valid_in_rf {
        builder.push(" AND ").push(NOT_VALID_IN_RF);
    }
}
