//! The browser's files: the program for the browser, the styles, the icons.

use super::error::{Problem, ProblemKind};
use crate::site::PACKAGE;
use axum::Router;
use axum::http::{HeaderValue, Response, header};
use axum::response::IntoResponse as _;
use axum::routing::any;
use std::path::Path;
use tower::ServiceBuilder;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// A name that carries the hash of its content is kept without asking.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Other files may change under their name: a browser asks each time whether it has the latest.
const ASK_EACH_TIME: HeaderValue = HeaderValue::from_static("no-cache");

/// Serves the files of a directory, compressed beforehand where such a file lies beside them.
pub(super) fn files(site_dir: &Path) -> Router {
    Router::new()
        .nest(
            &format!("/{PACKAGE}"),
            directory(&site_dir.join(PACKAGE), FOR_EVER),
        )
        .fallback_service(directory(site_dir, ASK_EACH_TIME))
}

/// The files of a directory. One that is not there is no file to keep: an older page asks for it while a new build is put in place.
fn directory(directory: &Path, keep: HeaderValue) -> Router {
    let missing = any(|| async { Problem::new(ProblemKind::NotFound).into_response() });
    let files = ServeDir::new(directory)
        .precompressed_br()
        .precompressed_gzip()
        .append_index_html_on_directories(false)
        .call_fallback_on_method_not_allowed(true)
        .fallback(missing);
    let of_what_is_there = |value: HeaderValue| {
        move |answer: &Response<_>| {
            let is_there = answer.status().is_success() || answer.status().is_redirection();
            is_there.then(|| value.clone())
        }
    };
    Router::new().fallback_service(
        ServiceBuilder::new()
            .layer(SetResponseHeaderLayer::if_not_present(
                header::CACHE_CONTROL,
                of_what_is_there(keep),
            ))
            // Which form is sent depends on it; the layer that compresses answers says so of its own only.
            .layer(SetResponseHeaderLayer::if_not_present(
                header::VARY,
                HeaderValue::from_static("accept-encoding"),
            ))
            .service(files),
    )
}
