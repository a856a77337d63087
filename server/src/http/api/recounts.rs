//! Recounts for programs: asking for one, and the list of the latest. They concern all portals, so the operator's
//! token opens them only.

use super::caller::Caller;
use super::question::invalid;
use crate::http::error::{Problem, ProblemKind};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::{Query, QueryRejection};
use certlens_store::{RecountId, RecountOccasion, RecountRecord, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::error::Error;

/// Recounts in a list that names no number.
const USUAL: u32 = 50;
/// Recounts in a list at most; older ones are not kept.
const MOST: u32 = 1000;

/// Which recount does it.
#[derive(Debug, Serialize)]
pub(super) struct Requested {
    run: RecountId,
}

/// How many of them.
#[derive(Debug, Deserialize)]
pub(super) struct HowMany {
    limit: Option<String>,
}

/// The newest recounts, the newest first.
#[derive(Debug, Serialize)]
pub(super) struct Recounts {
    items: Vec<RecountRecord>,
}

/// `POST /api/v1/recount`
pub(super) async fn request(
    State(store): State<Store>,
    caller: Caller,
) -> Result<(StatusCode, Json<Requested>), Problem> {
    of_the_operator(&caller)?;
    let run = store
        .request_recount(RecountOccasion::Interface)
        .await
        .map_err(|error| of_store(&error))?;
    Ok((StatusCode::ACCEPTED, Json(Requested { run })))
}

/// `GET /api/v1/recounts`
pub(super) async fn list(
    State(store): State<Store>,
    caller: Caller,
    how_many: Result<Query<HowMany>, QueryRejection>,
) -> Result<Json<Recounts>, Problem> {
    of_the_operator(&caller)?;
    let Query(how_many) = how_many.map_err(super::question::of_query)?;
    let most = match how_many.limit.as_deref() {
        None => USUAL,
        Some(text) => text
            .parse()
            .ok()
            .filter(|most| (1..=MOST).contains(most))
            .ok_or_else(|| invalid("limit", "`limit` must be a number from 1 to 1000"))?,
    };
    let items = store.recounts(most).await.map_err(|error| of_store(&error))?;
    Ok(Json(Recounts { items }))
}

fn of_the_operator(caller: &Caller) -> Result<(), Problem> {
    match caller {
        Caller::Operator => Ok(()),
        Caller::Page(_) => Err(Problem::new(ProblemKind::OperatorRequired)),
    }
}

fn of_store(error: &StoreError) -> Problem {
    tracing::error!(
        error = error as &dyn Error,
        "the list of recounts could not be reached"
    );
    Problem::new(ProblemKind::NotReady)
}
