//! From a query string to a question: whose documents are asked for.
//!
//! Unknown parameters are ignored, so that a newer client can talk to an older server.

use crate::http::error::{Problem, ProblemKind};
use axum_extra::extract::QueryRejection;
use certlens_domain::analytics::{AnalyticsQuery, MOST_IDENTIFIERS, RoleFilter};
use certlens_domain::identifier::Identifier;
use certlens_registry::SearchError;
use chrono::NaiveDate;
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
            bridge: self.bridge.as_deref().map_or(Ok(false), switch)?,
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

/// Reads a period; either end may be missing.
pub(super) fn days(
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(Option<NaiveDate>, Option<NaiveDate>), Problem> {
    let from = day("registered_from", from)?;
    let to = day("registered_to", to)?;
    if let (Some(first), Some(last)) = (from, to)
        && first > last
    {
        return Err(invalid(
            "registered_to",
            "`registered_to` must not lie before `registered_from`",
        ));
    }
    Ok((from, to))
}

fn day(field: &'static str, text: Option<&str>) -> Result<Option<NaiveDate>, Problem> {
    text.map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| {
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .map_err(|_| invalid(field, format!("`{field}` must be a day such as 2025-08-28")))
        })
        .transpose()
}

/// A parameter with an impossible value.
pub(super) fn invalid(field: &'static str, sentence: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::ParameterInvalid)
        .field(field)
        .detail(sentence)
}

fn switch(text: &str) -> Result<bool, Problem> {
    match text {
        "true" | "1" => Ok(true),
        "" | "false" | "0" => Ok(false),
        _ => Err(invalid("bridge", "`bridge` is `true` or `false`")),
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
