//! `GET /api/v1/analytics`: what a counterparty holds, in numbers.

use super::caller::Caller;
use super::question::{About, of_query, of_search};
use crate::http::error::Problem;
use axum::Json;
use axum::extract::State;
use axum_extra::extract::{Query, QueryRejection};
use certlens_app::calendar::Calendar;
use certlens_domain::analytics::Analytics;
use certlens_registry::Search;

pub(super) async fn analytics(
    _: Caller,
    State(search): State<Search>,
    State(calendar): State<Calendar>,
    about: Result<Query<About>, QueryRejection>,
) -> Result<Json<Analytics>, Problem> {
    let Query(about) = about.map_err(of_query)?;
    let question = about.question()?;
    let today = calendar.today();
    let analytics = search.analytics(&question, today).await.map_err(of_search)?;
    Ok(Json(analytics))
}
