//! Keeps the child alive: a child that ends unasked is started again on the same address, after a pause that grows
//! while it keeps ending.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::ClickHouseError;
use crate::process::{Launch, Running};

/// A child of an earlier run may hold the data directory for a moment after that run was killed.
const FIRST_START_ATTEMPTS: u32 = 4;
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A child that lived this long starts the pauses anew.
const STEADY: Duration = Duration::from_mins(1);

/// The task that watches the child.
pub(crate) struct Supervisor {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Supervisor {
    pub(crate) async fn start(launch: Launch) -> Result<Self, ClickHouseError> {
        let running = first_start(&launch).await?;
        let address = running.address;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(supervise(launch, running, stopped));
        Ok(Self { address, stop, task })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn stop(self) {
        // Errors mean that the task has ended, and the child with it.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

async fn first_start(launch: &Launch) -> Result<Running, ClickHouseError> {
    let free_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut pause = Duration::from_secs(1);
    for _ in 1..FIRST_START_ATTEMPTS {
        match launch.run(free_port).await {
            Err(ClickHouseError::Start { ref log, .. }) if log.contains("another process") => {
                tracing::info!("the engine's data directory is still in use, waiting");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            other => return other,
        }
    }
    launch.run(free_port).await
}

/// Ends when `stopped` fires or its sender is dropped.
async fn supervise(launch: Launch, mut running: Running, mut stopped: oneshot::Receiver<()>) {
    let address = running.address;
    let mut pause = SHORTEST_PAUSE;
    loop {
        let started = tokio::time::Instant::now();
        tokio::select! {
            _ = &mut stopped => return running.stop().await,
            status = running.ended() => tracing::error!(?status, "the ClickHouse engine ended unexpectedly"),
        }
        if started.elapsed() >= STEADY {
            pause = SHORTEST_PAUSE;
        }
        running = loop {
            tokio::select! {
                _ = &mut stopped => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            match launch.run(address).await {
                Ok(running) => break running,
                Err(error) => tracing::error!(%error, "the ClickHouse engine could not be started again"),
            }
        };
        tracing::info!(%address, "the ClickHouse engine answers again");
    }
}
