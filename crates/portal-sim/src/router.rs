//! Which host and path lead where: the world's own paths first, then the server that the `Host` header names.

use axum::Router;
use axum::extract::{Request, State as AxumState};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use tower::ServiceExt as _;

use crate::shared::Shared;
use crate::world::{Owner, World};
use crate::{assets, authorization, control, host_api, pages, rest};

/// All paths of all simulated servers.
pub(crate) fn world(world: World) -> Router {
    Router::new()
        .route("/oauth/token/", any(authorization::token))
        .route("/oauth/token", any(authorization::token))
        .nest("/__sim", control::router())
        .fallback(by_host)
        .with_state(world)
}

/// Hands a request over to the server that it names.
async fn by_host(AxumState(world): AxumState<World>, request: Request) -> Response {
    match world.owner(request.headers()) {
        Owner::Authorization if request.uri().path().starts_with("/rest/") => {
            authorization::introspection::handle(&world, request).await
        }
        Owner::Former(number) => match world.by_number(number) {
            Some(portal) => moved(&portal.shared, &request),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        _ => match world.portal_of(request.headers()) {
            Some(portal) => match portal.router.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            },
            None => StatusCode::NOT_FOUND.into_response(),
        },
    }
}

/// A renamed portal's former host: everything is under the new one.
fn moved(shared: &Shared, request: &Request) -> Response {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path_and_query| path_and_query.as_str());
    let location = format!("{}{path}", shared.lock().addresses.portal_url());
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

/// The paths of a portal.
pub(crate) fn portal(shared: Shared) -> Router {
    Router::new()
        .merge(pages::router())
        .route("/assets/portal.css", get(assets::style))
        .route("/assets/frame-host.js", get(assets::frame_host))
        .route("/api/v1/", get(assets::application_library))
        .route("/rest/{*path}", any(rest::handle))
        .route("/oauth/authorize/", get(authorization::code::authorize))
        .route("/oauth/authorize", get(authorization::code::authorize))
        .route("/portal-api/frame", post(host_api::frame))
        .route("/portal-api/refresh-auth", post(host_api::refresh_auth))
        .route("/portal-api/install-finish", post(host_api::install_finish))
        .route("/portal-api/acquainted", post(host_api::acquainted))
        .route("/portal-api/user-option", post(host_api::user_option))
        .route("/portal-api/app-option", post(host_api::app_option))
        .route("/portal-api/users", get(host_api::users))
        .with_state(shared)
}
