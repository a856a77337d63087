//! The identity of a request: an id that stands in the logs, in the answer's header and in error pages.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use tracing::Instrument as _;
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request.
#[derive(Debug, Clone)]
pub(super) struct RequestId(String);

impl RequestId {
    /// The id of a proxy before us, if it has a plain form; otherwise a new one.
    fn of(request: &Request) -> Self {
        let given = request
            .headers()
            .get(HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|text| (8..=64).contains(&text.len()))
            .filter(|text| {
                text.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            });
        Self(given.map_or_else(|| Uuid::now_v7().simple().to_string(), str::to_owned))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Gives the request its id, runs it in a span of its own and writes one line when it is answered. The query is
/// left out of the logs: it may carry what only a portal should know.
pub(super) async fn identify(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    let span = tracing::info_span!(
        "request",
        request_id = id.as_str(),
        method = %request.method(),
        path = request.uri().path(),
        portal = tracing::field::Empty,
    );
    let is_probe = matches!(request.uri().path(), "/healthz" | "/readyz");
    request.extensions_mut().insert(id.clone());

    let begun = Instant::now();
    async move {
        let mut response = next.run(request).await;
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            response.headers_mut().insert(HEADER, value);
        }
        let status = response.status().as_u16();
        let elapsed = begun.elapsed();
        let elapsed_ms = elapsed.as_secs_f64() * 1000.0;
        if !is_probe {
            metrics::histogram!("certlens_http_request_seconds", "status" => class(status)).record(elapsed);
        }
        if is_probe {
            tracing::debug!(status, elapsed_ms, "request answered");
        } else {
            tracing::info!(status, elapsed_ms, "request answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// The class of an answer, as a metric's label.
const fn class(status: u16) -> &'static str {
    match status {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

/// Notes the portal for which the present request is answered, once it is proved.
pub(super) fn record_portal(member_id: &impl std::fmt::Display) {
    tracing::Span::current().record("portal", tracing::field::display(member_id));
}
