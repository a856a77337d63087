//! `GET /api/v1/related`: companies that stand beside a counterparty in documents.

use super::caller::Caller;
use super::question::{About, of_query, of_search};
use crate::http::error::Problem;
use axum::Json;
use axum::extract::State;
use axum_extra::extract::{Query, QueryRejection};
use certlens_app::calendar::Calendar;
use certlens_domain::related::Related;
use certlens_registry::Search;
use serde::Serialize;

/// The suggestions, best first.
#[derive(Debug, Serialize)]
pub(super) struct RelatedAnswer {
    items: Vec<Related>,
}

pub(super) async fn related(
    _: Caller,
    State(search): State<Search>,
    State(calendar): State<Calendar>,
    about: Result<Query<About>, QueryRejection>,
) -> Result<Json<RelatedAnswer>, Problem> {
    let Query(about) = about.map_err(of_query)?;
    let question = about.question()?;
    let today = calendar.today();
    let items = search
        .related(&question.identifiers, today)
        .await
        .map_err(of_search)?;
    Ok(Json(RelatedAnswer { items }))
}
