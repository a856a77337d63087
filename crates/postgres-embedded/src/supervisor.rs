//! Keeps the server alive: one that ends unasked is started again on the same port, after a pause that grows while that
//! goes on. One that only does not answer is left alone: it may be recovering, and what it holds is not ours to risk.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::PostgresError;
use crate::account::Account;
use crate::cluster;
use crate::programs::PostgresPrograms;
use crate::server::Server;

const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A server that lived this long starts the pauses anew.
const STEADY: Duration = Duration::from_mins(1);

/// All that is needed to start the server, any number of times.
pub(crate) struct Launch {
    pub(crate) programs: PostgresPrograms,
    pub(crate) account: Account,
    pub(crate) directory: PathBuf,
    pub(crate) settings: Vec<String>,
}

impl Launch {
    async fn run(&self, port: Option<u16>) -> Result<Server, PostgresError> {
        Server::start(
            &self.programs,
            &self.account,
            &self.directory,
            &self.settings,
            port,
        )
        .await
    }
}

/// The task that watches the server.
pub(crate) struct Supervisor {
    port: u16,
    process: watch::Receiver<u32>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Supervisor {
    pub(crate) async fn start(launch: Launch) -> Result<Self, PostgresError> {
        let server = launch.run(None).await?;
        let port = server.port();
        let (processes, process) = watch::channel(server.process_id());
        let (stop, stopped) = oneshot::channel();
        let supervision = Supervision {
            launch,
            port,
            processes,
            stopped,
        };
        let task = tokio::spawn(supervision.run(server));
        Ok(Self {
            port,
            process,
            stop,
            task,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn process_id(&self) -> u32 {
        *self.process.borrow()
    }

    pub(crate) async fn stop(self) {
        // Errors mean that the task has ended, and the server with it.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

struct Supervision {
    launch: Launch,
    port: u16,
    processes: watch::Sender<u32>,
    /// Fires, or loses its sender, when the server is to end.
    stopped: oneshot::Receiver<()>,
}

impl Supervision {
    async fn run(mut self, mut server: Server) {
        let mut pause = SHORTEST_PAUSE;
        loop {
            let started = tokio::time::Instant::now();
            tokio::select! {
                _ = &mut self.stopped => return server.stop().await,
                status = server.ended() => tracing::error!(status, "the private Postgres ended unexpectedly"),
            }
            if started.elapsed() >= STEADY {
                pause = SHORTEST_PAUSE;
            }
            server = loop {
                tokio::select! {
                    _ = &mut self.stopped => return,
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
                // Not cut short by a stop: a half-started server would outlive us.
                match self.again().await {
                    Ok(server) => break server,
                    Err(error) => tracing::error!(%error, "the private Postgres could not be started again"),
                }
            };
            self.processes.send_replace(server.process_id());
            tracing::info!(port = self.port, "the private Postgres answers again");
        }
    }

    async fn again(&self) -> Result<Server, PostgresError> {
        // Of a server that was killed its own children may still be there.
        cluster::end_leftover_server(&self.launch.directory).await?;
        self.launch.run(Some(self.port)).await
    }
}
