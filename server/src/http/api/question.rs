//! From a query string to a question: whose documents are asked for.
//!
//! Unknown parameters are ignored, so that a newer client can talk to an older server.

use crate::http::error::{Problem, ProblemKind};
use axum_extra::extract::QueryRejection;
use certlens_domain::analytics::{AnalyticsQuery, MOST_IDENTIFIERS, RoleFilter};
use certlens_domain::identifier::Identifier;
use certlens_registry::SearchError;
use chrono::{Datelike as _, NaiveDate};
use serde::Deserialize;
use std::fmt::Display;
use std::str::FromStr;

/// The parameters that say whose documents are asked for.
#[derive(Debug, Deserialize)]
pub(super) struct About {
    /// Repeated: `id=…&id=…`.
    #[serde(default)]
    id: Vec<String>,
    role: Option<String>,
    bridge: Option<String>,
}

impl About {
    /// Checks the parameters.
    pub(super) fn question(&self) -> Result<AnalyticsQuery, Problem> {
        let given: Vec<&str> = self
            .id
            .iter()
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
            .collect();
        if given.is_empty() {
            return Err(Problem::new(ProblemKind::IdentifierMissing).field("id"));
        }
        if given.len() > MOST_IDENTIFIERS {
            let sentence = format!(
                "{} identifiers are too many for one request; {MOST_IDENTIFIERS} are allowed",
                given.len()
            );
            return Err(Problem::new(ProblemKind::TooManyIdentifiers)
                .field("id")
                .detail(sentence));
        }
        let identifiers = given
            .into_iter()
            .map(Identifier::parse)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| {
                Problem::new(ProblemKind::IdentifierInvalid)
                    .field("id")
                    .detail(error.to_string())
            })?;
        Ok(AnalyticsQuery {
            role: optional::<RoleFilter>("role", self.role.as_deref())?.unwrap_or_default(),
            bridge: switch("bridge", self.bridge.as_deref())?,
            ..AnalyticsQuery::about(identifiers)
        })
    }
}

/// Reads an optional parameter; an empty one counts as missing.
pub(super) fn optional<T>(field: &'static str, text: Option<&str>) -> Result<Option<T>, Problem>
where
    T: FromStr,
    T::Err: Display,
{
    text.map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| {
            text.parse()
                .map_err(|error: T::Err| invalid(field, error.to_string()))
        })
        .transpose()
}

/// Reads a repeatable parameter; empty values count as missing.
pub(super) fn several<T>(field: &'static str, texts: &[String]) -> Result<Vec<T>, Problem>
where
    T: FromStr,
    T::Err: Display,
{
    texts
        .iter()
        .filter_map(|text| optional(field, Some(text)).transpose())
        .collect()
}

/// The names of the two ends of a period.
#[derive(Debug, Clone, Copy)]
pub(super) struct PeriodFields {
    pub(super) from: &'static str,
    pub(super) to: &'static str,
}

/// Reads a period; either end may be missing.
pub(super) fn days(
    fields: PeriodFields,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(Option<NaiveDate>, Option<NaiveDate>), Problem> {
    let first = day(fields.from, from)?;
    let last = day(fields.to, to)?;
    if first.zip(last).is_some_and(|(first, last)| first > last) {
        let sentence = format!("`{}` must not lie before `{}`", fields.to, fields.from);
        return Err(invalid(fields.to, sentence));
    }
    Ok((first, last))
}

fn day(field: &'static str, text: Option<&str>) -> Result<Option<NaiveDate>, Problem> {
    text.map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| {
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()
                // Further away than any database counts, and than any document lies.
                .filter(|day| (1..=9999).contains(&day.year()))
                .ok_or_else(|| invalid(field, format!("`{field}` must be a day such as 2025-08-28")))
        })
        .transpose()
}

/// A parameter with an impossible value.
pub(super) fn invalid(field: &'static str, sentence: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::ParameterInvalid)
        .field(field)
        .detail(sentence)
}

/// Reads a switch; a missing one is off.
pub(super) fn switch(field: &'static str, text: Option<&str>) -> Result<bool, Problem> {
    match text.unwrap_or_default() {
        "true" | "1" => Ok(true),
        "" | "false" | "0" => Ok(false),
        _ => Err(invalid(field, format!("`{field}` is `true` or `false`"))),
    }
}

/// A query string that can't be read at all, such as a repeated parameter that may stand once.
#[expect(clippy::needless_pass_by_value, reason = "used to map errors")]
pub(super) fn of_query(rejection: QueryRejection) -> Problem {
    Problem::new(ProblemKind::ParameterInvalid).detail(rejection.body_text())
}

/// A search that failed: the cause goes to the log.
#[expect(clippy::needless_pass_by_value, reason = "used to map errors")]
pub(in crate::http) fn of_search(error: SearchError) -> Problem {
    tracing::error!(error = &error as &dyn std::error::Error, "a search failed");
    Problem::new(match error {
        SearchError::Postgres(_) | SearchError::Overloaded => ProblemKind::SearchUnavailable,
        SearchError::Stored { .. } | SearchError::Interrupted => ProblemKind::Internal,
    })
}
