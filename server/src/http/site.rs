//! The browser's files: the program for the browser, the styles, the icons.

use super::error::{Problem, ProblemKind};
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse as _;
use axum::routing::any;
use std::path::Path;
use tower::ServiceBuilder;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// Serves the files of a directory, compressed beforehand where such a file lies beside them.
///
/// Their names carry no hash, so that a browser must ask each time whether it has the latest; `Last-Modified` makes
/// that cheap.
pub(super) fn files(site_dir: &Path) -> Router {
    let missing = any(|| async { Problem::new(ProblemKind::NotFound).into_response() });
    let files = ServeDir::new(site_dir)
        .precompressed_br()
        .precompressed_gzip()
        .append_index_html_on_directories(false)
        .call_fallback_on_method_not_allowed(true)
        .fallback(missing);
    let revalidate =
        SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Router::new().fallback_service(ServiceBuilder::new().layer(revalidate).service(files))
}
