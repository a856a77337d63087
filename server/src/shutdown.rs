//! The end of a server that was asked to stop: by Ctrl-C on a terminal, or by SIGTERM from whoever runs it.

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for a signal to stop. Made before anything slow begins, so that a signal during the start is not lost.
#[derive(Debug)]
pub struct StopSignal {
    interrupted: Signal,
    terminated: Signal,
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
    pub async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => tracing::info!(signal = "SIGINT", "stopping"),
            _ = self.terminated.recv() => tracing::info!(signal = "SIGTERM", "stopping"),
        }
    }
}
