//! The places themselves, and the line before them.

use axum::body::{Body, HttpBody};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// For how long a page may keep its place: the questions behind its parts end within this time.
const LONGEST_PAGE: Duration = Duration::from_secs(15);

/// How many requests at once, and how many may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// Worked at once.
    pub at_once: usize,
    /// In the line before them.
    pub waiting: usize,
    /// Longest time in the line.
    pub patience: Duration,
}

impl RequestLimits {
    /// So many at once, and four times as many in the line.
    pub const fn of(at_once: usize) -> Self {
        Self {
            at_once,
            waiting: at_once.saturating_mul(4),
            patience: Duration::from_secs(5),
        }
    }
}

impl Default for RequestLimits {
    /// A card open waits for others most of its time: for its portal, for the databases.
    fn default() -> Self {
        Self::of(256)
    }
}

/// Gives places in the order in which they are asked for.
#[derive(Debug)]
pub struct Places {
    free: Arc<Semaphore>,
    /// Who is in the line or at work.
    present: Arc<Semaphore>,
    patience: Duration,
    shed: AtomicU64,
}

/// What came of waiting.
#[derive(Debug)]
pub(super) enum Turn {
    Granted(Place),
    /// There is too much to do.
    Shed,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _work: OwnedSemaphorePermit,
    _presence: OwnedSemaphorePermit,
}

impl Places {
    /// All of them free.
    pub fn new(limits: RequestLimits) -> Self {
        Self {
            free: Arc::new(Semaphore::new(limits.at_once)),
            present: Arc::new(Semaphore::new(
                limits
                    .at_once
                    .saturating_add(limits.waiting)
                    .min(Semaphore::MAX_PERMITS),
            )),
            patience: limits.patience,
            shed: AtomicU64::new(0),
        }
    }

    /// Waits for a place; not in a line that is full, and not for ever.
    pub(super) async fn turn(&self) -> Turn {
        let Ok(presence) = Arc::clone(&self.present).try_acquire_owned() else {
            return Turn::Shed;
        };
        match tokio::time::timeout(self.patience, Arc::clone(&self.free).acquire_owned()).await {
            Ok(Ok(work)) => Turn::Granted(Place {
                _work: work,
                _presence: presence,
            }),
            // Nobody closes the semaphore.
            Ok(Err(_)) | Err(_) => Turn::Shed,
        }
    }

    /// Seconds after which a shed client should ask again: two to six, so that those who were shed together do not come back
    /// together.
    pub(super) fn retry_after(&self) -> u16 {
        let turn = self.shed.fetch_add(1, Ordering::Relaxed) % 5;
        2 + u16::try_from(turn).unwrap_or_default()
    }
}

impl Place {
    /// Keeps the place until a page is sent: its later pieces are worked out on the way. Files and streams give it back when they
    /// begin; they have bounds of their own. Whoever reads a page slowly, or not at all, does not keep the place any longer than a
    /// page takes to be worked out.
    pub(super) fn until_sent(self, response: Response) -> Response {
        let is_page = response
            .headers()
            .get(header::CONTENT_TYPE)
            .map(HeaderValue::as_bytes)
            .is_some_and(|media_type| media_type.starts_with(b"text/html"));
        if is_page {
            // A body that nobody takes is not asked for anything either, so the time is kept elsewhere.
            let (page, sent) = oneshot::channel::<Infallible>();
            tokio::spawn(async move {
                // However it ends: sent, cut off, or not taken in time.
                let _ = tokio::time::timeout(LONGEST_PAGE, sent).await;
                drop(self);
            });
            response.map(|body| {
                Body::new(Held {
                    body,
                    page: Some(page),
                })
            })
        } else {
            response
        }
    }
}

/// A body that lets a place go when it is sent.
struct Held {
    body: Body,
    page: Option<oneshot::Sender<Infallible>>,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) || self.body.is_end_stream() {
            self.page = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use axum::http::StatusCode;
    use axum::response::{Html, IntoResponse as _};

    fn places(at_once: usize, waiting: usize) -> Places {
        Places::new(RequestLimits {
            at_once,
            waiting,
            patience: Duration::from_millis(50),
        })
    }

    async fn granted(places: &Places) -> Place {
        match places.turn().await {
            Turn::Granted(place) => place,
            Turn::Shed => panic!("no place"),
        }
    }

    #[tokio::test]
    async fn who_finds_the_line_full_is_shed_at_once_and_who_waits_too_long_later() {
        let places = Arc::new(places(1, 1));
        let held = granted(&places).await;
        let waiting = tokio::spawn({
            let places = Arc::clone(&places);
            async move { matches!(places.turn().await, Turn::Shed) }
        });
        tokio::task::yield_now().await;

        let third = places.turn().await;

        assert!(matches!(third, Turn::Shed));
        assert!(waiting.await.unwrap(), "nobody gave the place back");
        drop(held);
        granted(&places).await;
    }

    #[tokio::test]
    async fn page_keeps_its_place_until_it_is_sent_and_anything_else_gives_it_back_at_once() {
        let places = places(1, 0);

        let other = granted(&places).await.until_sent(StatusCode::OK.into_response());
        let page = granted(&places).await.until_sent(Html("words").into_response());
        let meanwhile = places.turn().await;
        let sent = to_bytes(page.into_body(), usize::MAX).await.unwrap();

        assert_eq!(&sent[..], b"words");
        assert!(matches!(meanwhile, Turn::Shed));
        // The task that kept it has its turn.
        tokio::task::yield_now().await;
        granted(&places).await;
        drop(other);
    }

    #[tokio::test(start_paused = true)]
    async fn page_that_nobody_reads_gives_its_place_back_in_time() {
        let places = places(1, 0);

        let unread = granted(&places).await.until_sent(Html("words").into_response());
        tokio::time::sleep(LONGEST_PAGE.mul_f32(0.9)).await;
        let meanwhile = places.turn().await;
        tokio::time::sleep(LONGEST_PAGE.mul_f32(0.2)).await;

        assert!(matches!(meanwhile, Turn::Shed));
        granted(&places).await;
        drop(unread);
    }

    #[test]
    fn those_who_are_shed_together_come_back_apart() {
        let places = places(1, 0);
        let seconds: std::collections::BTreeSet<u16> = (0..20).map(|_| places.retry_after()).collect();
        assert_eq!(seconds.into_iter().collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
    }
}
