//! The public JSON interface, version 1.
//!
//! Its shapes are contracts: the types of `certlens-domain` are its answers, `openapi.json` describes it.

mod analytics;
mod belongings;
pub(super) mod caller;
mod document;
mod documents;
mod guesses;
mod history;
mod imports;
mod monitor;
pub(super) mod question;
mod recounts;
mod registries;
mod related;
mod settings;
mod subscriptions;
mod users;

use super::routes::Routes;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, patch, post};

pub use guesses::Guesses;

const OPENAPI: &str = include_str!("api/openapi.json");

/// The routes below `/api/v1`.
pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/analytics", get(analytics::analytics))
        .route("/documents", get(documents::documents))
        .route("/documents/by-number", get(document::by_number))
        .route("/documents/history", get(history::history))
        .route("/documents/{registry}/{key}", get(document::document))
        .route("/imports", get(imports::list))
        .route("/imports/{id}", get(imports::one).delete(imports::take_out))
        .route("/imports/{id}/rejects", get(imports::rejects))
        .route("/imports/{id}/undo", post(imports::undo))
        .route("/registries", get(registries::registries))
        .route("/related", get(related::related))
        .route("/recount", post(recounts::request))
        .route("/recounts", get(recounts::list))
        .route(
            "/portals/{member_id}/settings",
            get(settings::read).patch(settings::change),
        )
        .route("/portals/{member_id}/export", get(belongings::export))
        .route("/portals/{member_id}/users", get(users::list))
        .route("/portals/{member_id}/users/{user_id}", patch(users::change))
        .route(
            "/portals/{member_id}/users/move-subscriptions",
            post(users::move_subscriptions),
        )
        .route(
            "/subscriptions",
            get(subscriptions::list).post(subscriptions::subscribe),
        )
        .route("/subscriptions/bulk", post(subscriptions::subscribe_all))
        .route(
            "/subscriptions/{id}",
            patch(subscriptions::change).delete(subscriptions::unsubscribe),
        )
        .route("/monitor/{screen}", get(monitor::screen))
        .route("/monitor/{screen}/{subject}", get(monitor::screen))
        .route("/actions", post(monitor::act))
        .route("/openapi.json", get(openapi))
}

/// Routes whose bodies may be of any size and take any time: they have limits of their own.
pub(super) fn uploads() -> Routes {
    Routes::new().route("/imports", post(imports::receive::receive))
}

/// The description of this interface. Open to all: it says nothing about data.
async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}
