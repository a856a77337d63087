//! `GET /api/v1/documents/history`: the statuses that one document had, load by load.

use super::caller::Caller;
use super::question::{invalid, of_query, of_search, optional};
use crate::http::error::Problem;
use axum::Json;
use axum::extract::State;
use axum_extra::extract::{Query, QueryRejection};
use certlens_domain::documents_page::StatusChange;
use certlens_domain::registry::Registry;
use certlens_registry::Search;
use serde::{Deserialize, Serialize};

/// Which document: the `registry` and the `key` of an item of a page.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    registry: Option<String>,
    key: Option<String>,
}

/// The changes, earliest first; empty for a document that never changed, or is not known.
#[derive(Debug, Serialize)]
pub(super) struct HistoryAnswer {
    items: Vec<StatusChange>,
}

pub(super) async fn history(
    _: Caller,
    State(search): State<Search>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<HistoryAnswer>, Problem> {
    let Query(which) = which.map_err(of_query)?;
    let registry: Registry = optional("registry", which.registry.as_deref())?
        .ok_or_else(|| invalid("registry", "`registry` must name the document's registry"))?;
    let key = which
        .key
        .filter(|key| !key.is_empty())
        .ok_or_else(|| invalid("key", "`key` must be the `key` of a document"))?;
    let items = search.history(registry, &key).await.map_err(of_search)?;
    Ok(Json(HistoryAnswer { items }))
}
