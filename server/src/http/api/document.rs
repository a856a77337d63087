//! `GET /api/v1/documents/{registry}/{key}`: all about one document; `GET /api/v1/documents/by-number`: documents with a
//! number.

use super::caller::Caller;
use super::question::{invalid, of_query, of_search};
use crate::http::error::{Problem, ProblemKind};
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum_extra::extract::{Query, QueryRejection};
use certlens_app::calendar::Calendar;
use certlens_domain::document_detail::{DocumentDetail, NumberMatch};
use certlens_domain::registry::Registry;
use certlens_registry::Search;
use serde::{Deserialize, Serialize};

/// Longer than any number, and any sentence around one.
const LONGEST_NUMBER: usize = 200;

pub(super) async fn document(
    _: Caller,
    State(search): State<Search>,
    State(calendar): State<Calendar>,
    place: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<DocumentDetail>, Problem> {
    let missing = |sentence: String| Problem::new(ProblemKind::NotFound).detail(sentence);
    let Path((registry, key)) = place.map_err(|rejection| missing(rejection.body_text()))?;
    let registry: Registry = registry.parse().map_err(|_| {
        missing("there is no such registry; the address is documents/<registry>/<key>".to_owned())
    })?;
    let today = calendar.today();
    let document = search.document(registry, &key, today).await.map_err(of_search)?;
    document
        .map(Json)
        .ok_or_else(|| missing(format!("the registry {registry} holds no document with this key")))
}

/// Which number.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    number: Option<String>,
}

/// What was found, best first.
#[derive(Debug, Serialize)]
pub(super) struct NumberAnswer {
    items: Vec<NumberMatch>,
}

pub(super) async fn by_number(
    _: Caller,
    State(search): State<Search>,
    State(calendar): State<Calendar>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<NumberAnswer>, Problem> {
    let Query(which) = which.map_err(of_query)?;
    let number = which
        .number
        .filter(|number| !number.trim().is_empty())
        .ok_or_else(|| invalid("number", "`number` must be a document's number, in any spelling"))?;
    if number.chars().count() > LONGEST_NUMBER {
        let sentence = format!("`number` must not be longer than {LONGEST_NUMBER} characters");
        return Err(invalid("number", sentence));
    }
    let today = calendar.today();
    let items = search
        .documents_by_number(&number, today)
        .await
        .map_err(of_search)?;
    Ok(Json(NumberAnswer { items }))
}
