//! The stream by which an open page hears that something on its screens changed (server-sent events). It says nothing but that:
//! what changed, the page asks for in its session.

use crate::http::api::caller::MonitorViewer;
use crate::http::error::{Problem, ProblemKind};
use crate::state::AppState;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How often the stores are asked whether something changed.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// So many pages listen to one process at most; the next ones are told to come back.
const MOST_LISTENERS: usize = 200;
/// A stream ends after this time and is made anew: whoever lost his rights meanwhile is not served for ever, and a server that
/// stops waits for nobody.
const LONGEST: Duration = Duration::from_mins(9);

static LISTENERS: Semaphore = Semaphore::const_new(MOST_LISTENERS);

pub(super) async fn live(
    MonitorViewer(viewer): MonitorViewer,
    State(state): State<AppState>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let seat = LISTENERS.try_acquire().map_err(|_| {
        Problem::new(ProblemKind::NotReady)
            .detail("too many pages listen; this one shows what was when it was opened")
    })?;
    let seat = Arc::new(seat);
    let monitor = state.services.monitor;
    let stop = state.stop;
    let ends_at = tokio::time::Instant::now() + LONGEST;
    let stream = futures::stream::unfold(None, move |known: Option<i64>| {
        let (monitor, viewer, stop, seat) =
            (monitor.clone(), viewer.clone(), stop.clone(), Arc::clone(&seat));
        async move {
            let _seat = seat;
            loop {
                let now = match monitor.revision(&viewer).await {
                    Ok(revision) => Some(revision),
                    // What can't be seen did not change; the page says itself when the service is away.
                    Err(error) => {
                        tracing::debug!(error = &error as &dyn std::error::Error, "no revision");
                        known
                    }
                };
                if known.is_none() || now != known {
                    let event = Event::default().event(if known.is_none() { "begun" } else { "changed" });
                    // Browsers drop an event without data.
                    return Some((Ok(event.data("look")), now.or(Some(0))));
                }
                tokio::select! {
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    () = stop.cancelled() => return None,
                }
                if tokio::time::Instant::now() >= ends_at {
                    return None;
                }
            }
        }
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}
