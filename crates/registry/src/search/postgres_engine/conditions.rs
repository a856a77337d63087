//! The conditions of pages and boards, in the SQL of Postgres.
//!
//! Only those that are asked are written: the planner sees a short statement, and picks the index by it.

use crate::search::conditions::{Conditions, Schemes};
use certlens_domain::registry::DocumentKind;
use sqlx::{Postgres, QueryBuilder};

/// The status of the day, over the columns of `documents`; ends where the day follows.
const STATUS_BEFORE_DAY: &str = "CASE WHEN status IN ('active', 'renewed', 'extended') AND valid_until < ";
/// Ends the status of the day.
const STATUS_AFTER_DAY: &str = " THEN 'expired' ELSE status END";

/// The scheme as `certlens_domain::scheme::normalised` spells it; stored texts have single spaces already.
const NORMALISED_SCHEME: &str =
    "translate(lower(coalesce(scheme, '') COLLATE \"und-x-icu\"), 'cd', 'сд')";

/// Writes ` AND …` for each condition over the columns of `documents`.
pub(super) fn push(builder: &mut QueryBuilder<Postgres>, conditions: &Conditions) {
    let filter = &conditions.filter;
    if !filter.registries.is_empty() {
        builder.push(" AND registry = ANY(");
        builder.push_bind(conditions.registries());
        builder.push("::text[]::registry[])");
    }
    if let Some(kind) = filter.kind {
        builder.push(" AND kind = ");
        builder.push_bind(DocumentKind::key(kind));
        builder.push("::text::document_kind");
    }
    if !filter.statuses.is_empty() {
        builder.push(" AND ");
        builder.push(STATUS_BEFORE_DAY);
        builder.push_bind(conditions.today);
        builder.push(STATUS_AFTER_DAY);
        builder.push(" = ANY(");
        builder.push_bind(conditions.statuses());
        builder.push("::text[]::document_status[])");
    }
    if !filter.technical_regulations.is_empty() {
        builder.push(" AND technical_regulations && ");
        builder.push_bind(filter.technical_regulations.clone());
        builder.push("::text[]");
    }
    push_days(builder, conditions);
    push_texts(builder, conditions);
    if filter.not_valid_in_rf {
        builder.push(" AND rf_status IN ('suspended', 'terminated')");
    }
}

fn push_days(builder: &mut QueryBuilder<Postgres>, conditions: &Conditions) {
    let filter = &conditions.filter;
    let days = [
        (" AND registered_on >= ", filter.registered_from),
        (" AND registered_on <= ", filter.registered_to),
        // Whatever is compared with a missing end does not fit.
        (" AND valid_until >= ", filter.ends_from),
        (" AND valid_until <= ", filter.ends_to),
    ];
    for (condition, day) in days {
        if let Some(day) = day {
            builder.push(condition);
            builder.push_bind(day);
        }
    }
}

fn push_texts(builder: &mut QueryBuilder<Postgres>, conditions: &Conditions) {
    let filter = &conditions.filter;
    if !filter.tn_ved.is_empty() {
        builder.push(" AND EXISTS (SELECT FROM unnest(tn_ved) AS code CROSS JOIN unnest(");
        builder.push_bind(filter.tn_ved.clone());
        builder.push("::text[]) AS asked_code (first_digits) WHERE starts_with(code, first_digits))");
    }
    if !filter.certification_bodies.is_empty() {
        builder.push(" AND coalesce(certification_body, '') = ANY(");
        builder.push_bind(filter.certification_bodies.clone());
        builder.push("::text[])");
    }
    for schemes in conditions.schemes() {
        let (comparison, list) = match schemes {
            Schemes::OneOf(list) => (" = ANY(", list),
            Schemes::NoneOf(list) => (" <> ALL(", list),
        };
        builder.push(" AND ");
        builder.push(NORMALISED_SCHEME);
        builder.push(comparison);
        builder.push_bind(list);
        builder.push("::text[])");
    }
    if !filter.origins.is_empty() {
        builder.push(" AND coalesce(manufacturer_country, '') = ANY(");
        builder.push_bind(filter.origins.clone());
        builder.push("::text[])");
    }
    if let Some(text) = &conditions.text {
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
}
