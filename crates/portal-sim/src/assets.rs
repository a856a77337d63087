//! Files that pages load: style, host side of the frame protocol, and the script that applications load.

use axum::http::header;
use axum::response::IntoResponse;

/// The portal's style.
pub(crate) async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("../assets/portal.css"),
    )
}

/// The host side of the frame protocol.
pub(crate) async fn frame_host() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
        include_str!("../assets/frame-host.js"),
    )
}

/// The script that applications load inside the frame.
pub(crate) async fn application_library() -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ],
        include_str!("../assets/bx24.js"),
    )
}
