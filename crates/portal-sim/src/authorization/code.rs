//! The authorization-code flow: the portal sends its logged-in visitor to the application with a code.

use axum::extract::{Query, State as AxumState};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use url::Url;

use crate::frame::SCOPE;
use crate::pages::Visitor;
use crate::shared::Shared;

/// What the application asks.
#[derive(Debug, Deserialize)]
pub(crate) struct AuthorizeQuery {
    #[serde(default)]
    client_id: String,
    state: Option<String>,
    /// The simulator's own: as which user; else the visitor's cookie, else the administrator.
    user: Option<u64>,
}

/// `/oauth/authorize/` of a portal. There is no page of consent and no error redirect: failures are the portal's pages.
pub(crate) async fn authorize(
    AxumState(shared): AxumState<Shared>,
    Query(query): Query<AuthorizeQuery>,
    headers: HeaderMap,
) -> Response {
    let mut state = shared.lock();
    let visitor = Visitor::of(&state, &headers, None, query.user, "/");
    if state.application.client_id != query.client_id {
        return refusal(
            StatusCode::NOT_FOUND,
            "The application was not found on this Bitrix24.",
        );
    }
    let Some(installation) = state.installation.clone() else {
        return refusal(
            StatusCode::FORBIDDEN,
            "The application is not installed on this Bitrix24.",
        );
    };
    if !state.user(visitor.user_id).is_some_and(|user| user.active) {
        return refusal(StatusCode::FORBIDDEN, "This user doesn't work here any more.");
    }
    let Ok(mut target) = Url::parse(&state.login_url()) else {
        return refusal(StatusCode::NOT_FOUND, "The application has no valid address.");
    };
    let code = state
        .grants
        .issue_code(&query.client_id, installation.generation, visitor.user_id);
    target.query_pairs_mut().extend_pairs([
        ("code", code.as_str()),
        ("state", query.state.as_deref().unwrap_or_default()),
        ("domain", &state.addresses.portal_host),
        ("member_id", &state.member_id),
        ("scope", SCOPE),
        ("server_domain", &state.addresses.authorization_host),
    ]);
    (StatusCode::FOUND, [(header::LOCATION, target.to_string())]).into_response()
}

fn refusal(status: StatusCode, sentence: &str) -> Response {
    let page = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>Authorization</title><h1>Authorization failed</h1><p>{sentence}</p>"
    );
    (status, Html(page)).into_response()
}
