//! How many requests are worked at once, how many may wait for their turn and for how long. More is shed at once, in words and with
//! `Retry-After`, so that a flood makes the service busy and never slow for everybody.
//!
//! A request's body is read before it takes a place: a slow sender holds a connection, not a place. Signs of life and figures are
//! asked when there is too much to do, so they wait for nothing. What a request asks for is not known here.

mod places;

pub use places::{Places, RequestLimits};

use super::error::{Problem, ProblemKind};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use places::Turn;
use std::sync::Arc;
use std::time::Duration;

/// From a request's head to the end of its body: a megabyte on a poor line.
const BODY_TAKES: Duration = Duration::from_secs(20);
/// Asked when there is too much to do.
const EXEMPT: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The layer that gives requests their places. Bodies must be bounded before it.
pub(super) async fn admit(State(places): State<Arc<Places>>, request: Request, next: Next) -> Response {
    if EXEMPT.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let reading = tokio::time::timeout(BODY_TAKES, to_bytes(body, super::MOST_BODY_BYTES));
    let body = match reading.await {
        Ok(Ok(body)) => body,
        // The bound of bodies, or a client that broke off: to whom it does not matter what he is told.
        Ok(Err(_)) => return Problem::new(ProblemKind::BodyTooLarge).into_response(),
        Err(_) => return Problem::new(ProblemKind::BodyTooSlow).into_response(),
    };
    let Turn::Granted(place) = places.turn().await else {
        metrics::counter!("certlens_requests_shed_total").increment(1);
        return Problem::new(ProblemKind::Overloaded)
            .retry_after(places.retry_after())
            .into_response();
    };
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    place.until_sent(response)
}
