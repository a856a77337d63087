//! `GET /api/v1/registries`: what is loaded of each registry, and how fresh it is.

use super::caller::Caller;
use super::question::of_search;
use crate::http::error::Problem;
use axum::Json;
use axum::extract::State;
use certlens_domain::freshness::RegistryFreshness;
use certlens_registry::Search;
use serde::Serialize;
use std::path::Path;

/// All six registries in their usual order.
#[derive(Debug, Serialize)]
pub(super) struct RegistriesAnswer {
    items: Vec<RegistryFreshness>,
}

pub(super) async fn registries(
    caller: Caller,
    State(search): State<Search>,
) -> Result<Json<RegistriesAnswer>, Problem> {
    let mut items = search.freshness().await.map_err(of_search)?;
    if matches!(caller, Caller::Page(_)) {
        items.iter_mut().for_each(hide_places);
    }
    Ok(Json(RegistriesAnswer { items }))
}

/// Where files lie on the server is nobody's business but the operator's.
fn hide_places(freshness: &mut RegistryFreshness) {
    if let Some(import) = &mut freshness.last_import {
        import.rejects_file = None;
        import.input = Path::new(&import.input)
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
    }
}
