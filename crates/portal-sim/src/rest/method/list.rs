//! What all lists have in common: reading `filter`, `order`, `select`, `start`, and answering with a page.

use serde_json::Value;

use super::super::envelope::{Answer, Failure};
use crate::parameter::Parameter;
use crate::state::crm::filter::Filter;
use crate::state::crm::query::{Found, Query};

/// A field's classic name, nothing for one that is ignored, or a refusal.
pub(in crate::rest) type Rename<'a> = &'a dyn Fn(&str) -> Result<Option<String>, Failure>;

/// Reads a query.
pub(in crate::rest) fn query(parameters: &Parameter, rename: Rename<'_>) -> Result<Query, Failure> {
    let filter = Filter::parse(parameters.get("filter"), &rename)?;
    let mut order = Vec::new();
    for (name, direction) in parameters
        .get("order")
        .map(Parameter::entries)
        .unwrap_or_default()
    {
        let downwards = direction
            .text()
            .is_some_and(|direction| direction.to_ascii_lowercase().starts_with("desc"));
        order.extend(rename(name)?.map(|name| (name, downwards)));
    }
    Ok(Query {
        filter,
        order,
        start: start(parameters),
    })
}

/// The offset; `-1` switches the count off.
pub(in crate::rest) fn start(parameters: &Parameter) -> i64 {
    parameters
        .text_of("start")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

/// `select`, in the names that the caller used.
pub(in crate::rest) fn select(parameters: &Parameter) -> Vec<String> {
    parameters.texts_of("select")
}

/// A page of rows as an answer.
pub(in crate::rest) fn answer(found: &Found, row: impl Fn(u64) -> Option<Value>) -> Answer {
    Answer {
        result: Value::Array(found.ids.iter().filter_map(|id| row(*id)).collect()),
        total: Some(found.total),
        next: found.next,
    }
}

/// Names of either case as upper-case ones, all known.
#[expect(clippy::unnecessary_wraps, reason = "one of the ways to rename")]
pub(in crate::rest) fn upper(name: &str) -> Result<Option<String>, Failure> {
    Ok(Some(name.to_ascii_uppercase()))
}
