//! The end of a server that was asked to stop: by Ctrl-C on a terminal, or by SIGTERM from whoever runs it.

use anyhow::Context as _;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for a signal to stop. Made before anything slow begins, so that a signal during the start is not lost.
#[derive(Debug)]
pub struct StopSignal {
    interrupted: Signal,
    terminated: Signal,
}

/// Who asked for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopCause {
    /// SIGINT: somebody at a terminal, who waits.
    Interrupted,
    /// SIGTERM: whoever runs the service; there may be a balancer that has to notice first.
    Terminated,
}

impl StopSignal {
    /// Listens from now on.
    pub fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            interrupted: signal(SignalKind::interrupt()).context("listening for SIGINT")?,
            terminated: signal(SignalKind::terminate()).context("listening for SIGTERM")?,
        })
    }

    /// Returns when a signal came, also when it came before this call.
    pub async fn received(&mut self) -> StopCause {
        tokio::select! {
            _ = self.interrupted.recv() => {
                tracing::info!(signal = "SIGINT", "stopping");
                StopCause::Interrupted
            }
            _ = self.terminated.recv() => {
                tracing::info!(signal = "SIGTERM", "stopping");
                StopCause::Terminated
            }
        }
    }
}

/// Whether the server was told to end and goes on serving until those who choose among servers have noticed. Clones
/// share it.
#[derive(Debug, Clone, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// Begins; there is no way back.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The layer that lets connections end with the answer under way while the server drains: a request that is sent on a
/// connection just when the server closes it is lost.
pub async fn let_connections_end(State(draining): State<Draining>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if draining.has_begun() {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
