//! Connections: how many there are at once, how long the head of a request may take, how large it may be.
//!
//! axum's own loop has no such bounds, and a service without them is stopped by a single machine that opens connections and says
//! nothing. What a request may cost once its head is read is known in `http::limits`; what it asks for is not known here.

mod head_clock;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use head_clock::{HeadClock, Timed};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

/// Request line and headers together. Our longest addresses, tickets, have seven kilobytes.
const MOST_HEAD_BYTES: usize = 32 * 1024;
/// Browsers and proxies send some thirty.
const MOST_HEADERS: usize = 100;
/// Longer than a proxy keeps a connection that it does not use (nginx: a minute): who closes first must not be us, or a request that
/// is on its way is lost.
const IDLE: Duration = Duration::from_secs(75);
/// Descriptors that are no connections of clients: engines, files, calls to portals.
const OTHER_DESCRIPTORS: u64 = 512;
/// A refusal is two hundred bytes: who does not take them at once is left.
const REFUSAL_TAKES: Duration = Duration::from_secs(1);
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\nConnection: close\r\n\
Content-Length: 100\r\n\r\n{\"error\":{\"code\":\"overloaded\",\"message\":\"too many connections at once; try again in a few seconds\"}}";

/// How many connections, and how patient they find us.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// At once; further ones are refused with 503 and closed.
    pub most: usize,
    /// From the first byte of a request's head to its last.
    pub head: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            most: 4_000,
            head: Duration::from_secs(10),
        }
    }
}

/// Serves until `end`; then accepts nothing, and ends when the last answer is sent. Who does not wait for that drops it.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    end: impl Future<Output = ()>,
) -> io::Result<()> {
    let most = limits.most.min(descriptors_for_connections());
    if most < limits.most {
        tracing::warn!(
            most,
            "the system's limit of open files allows fewer connections than are set; raise it (LimitNOFILE)"
        );
    }
    let slots = Arc::new(Semaphore::new(most));
    let graceful = GracefulShutdown::new();
    let mut end = pin!(end);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    refused_by_the_system(&error).await;
                    continue;
                }
            },
            () = &mut end => break,
        };
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
            metrics::counter!("certlens_connections_refused_total").increment(1);
            tokio::spawn(refuse(stream));
            continue;
        };
        // Small answers should not wait for more; without it they are only slower.
        let _ = stream.set_nodelay(true);
        let clock = HeadClock::default();
        let router = router.clone();
        let of_requests = clock.clone();
        let service = service_fn(move |request: Request<hyper::body::Incoming>| {
            let (router, clock) = (router.clone(), of_requests.clone());
            async move {
                let _under_way = clock.head_is_read();
                router.oneshot(request.map(Body::new)).await
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE)
            .max_header_size(MOST_HEAD_BYTES)
            .max_headers(MOST_HEADERS)
            .serve_connection(TokioIo::new(Timed::new(stream, clock, limits.head)), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away is no news.
            if let Err(error) = connection.await {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "a connection ended badly"
                );
            }
            drop(slot);
        });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}

/// A connection that could not be taken: the client is gone, or the system has no descriptors left for a moment.
async fn refused_by_the_system(error: &io::Error) {
    if matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    ) {
        return;
    }
    tracing::error!(%error, "a connection can't be accepted; trying again in a moment");
    tokio::time::sleep(Duration::from_millis(200)).await;
}

/// Says why and closes.
async fn refuse(mut stream: TcpStream) {
    let saying = async {
        // Who does not listen does not learn why.
        let _ = stream.write_all(REFUSAL).await;
        let _ = stream.shutdown().await;
    };
    let _ = tokio::time::timeout(REFUSAL_TAKES, saying).await;
}

/// Raises the process's limit of open files as far as it may, and says how many are left for connections.
fn descriptors_for_connections() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = rustix::process::Rlimit {
            current: limit.maximum,
            ..limit
        };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            limit.current = limit.maximum;
        }
    }
    // No limit at all is `None`.
    limit.current.map_or(usize::MAX, |current| {
        let left = current.saturating_sub(OTHER_DESCRIPTORS).max(current / 2);
        usize::try_from(left).unwrap_or(usize::MAX)
    })
}

#[cfg(test)]
mod tests;
