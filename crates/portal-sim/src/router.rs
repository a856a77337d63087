//! Which path leads where.

use axum::Router;
use axum::routing::{any, delete, get, post};

use crate::shared::Shared;
use crate::{assets, authorization, control, host_api, pages, rest};

/// All paths of all simulated servers.
pub(crate) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/", get(pages::home))
        .route("/crm/{kind}/", get(pages::items))
        .route("/crm/{kind}/details/{id}/", get(pages::item))
        .route("/marketplace/app/certlens/", get(pages::application))
        .route("/assets/portal.css", get(assets::style))
        .route("/assets/frame-host.js", get(assets::frame_host))
        .route("/api/v1/", get(assets::application_library))
        .route("/rest/{*path}", any(rest::handle))
        .route(
            "/oauth/token/",
            get(authorization::token).post(authorization::token),
        )
        .route("/portal-api/frame", post(host_api::frame))
        .route("/portal-api/refresh-auth", post(host_api::refresh_auth))
        .route("/portal-api/install-finish", post(host_api::install_finish))
        .route("/portal-api/acquainted", post(host_api::acquainted))
        .route("/portal-api/user-option", post(host_api::user_option))
        .route("/portal-api/app-option", post(host_api::app_option))
        .route("/portal-api/users", get(host_api::users))
        .route("/__sim/install", post(control::install))
        .route("/__sim/uninstall", post(control::uninstall))
        .route("/__sim/state", get(control::state))
        .route("/__sim/requests", get(control::requests))
        .route("/__sim/requests", delete(control::clear_requests))
        .route("/__sim/expire-tokens", post(control::expire_tokens))
        .route("/__sim/faults", post(control::faults))
        .route("/__sim/frame", get(control::frame))
        .route("/__sim/open-frame", get(control::open_frame))
        .with_state(shared)
}
