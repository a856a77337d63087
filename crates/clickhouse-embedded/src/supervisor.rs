//! Keeps the child alive: a child that ends unasked, or answers nobody, is started again on the same address, after a
//! pause that grows while that goes on.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::ClickHouseError;
use crate::health::{self, HealthPolicy};
use crate::launcher::Launcher;
use crate::log::Log;
use crate::process::{Launch, Running};

/// A child of an earlier run may hold the data directory for a moment after that run was killed.
const FIRST_START_ATTEMPTS: u32 = 4;
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A child that lived this long starts the pauses anew.
const STEADY: Duration = Duration::from_mins(1);
/// How often the length of the log is looked at.
const LOG_STEP: Duration = Duration::from_mins(1);

/// What the child does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineCondition {
    /// It answers.
    Answering,
    /// It ended or hung, and is being started again.
    Restarting,
    /// It was asked to end.
    Stopped,
}

/// The child as its supervision sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineState {
    /// What it does.
    pub condition: EngineCondition,
    /// How often it had to be started again since [`EmbeddedClickHouse::start`](crate::EmbeddedClickHouse::start).
    pub restarts: u64,
}

/// The task that watches the child.
pub(crate) struct Supervisor {
    address: SocketAddr,
    state: watch::Receiver<EngineState>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Supervisor {
    pub(crate) async fn start(launch: Launch, health: HealthPolicy) -> Result<Self, ClickHouseError> {
        let launcher = Launcher::start().map_err(ClickHouseError::Thread)?;
        let running = first_start(&launcher, &launch).await?;
        Ok(Self::over(
            launcher,
            launch,
            health,
            First::Runs(Box::new(running)),
        ))
    }

    /// A child that does not come up is as good as one that has ended: it is started again.
    pub(crate) async fn start_or_go_on_trying(
        launch: Launch,
        health: HealthPolicy,
    ) -> Result<Self, ClickHouseError> {
        let launcher = Launcher::start().map_err(ClickHouseError::Thread)?;
        let first = match first_start(&launcher, &launch).await {
            Ok(running) => First::Runs(Box::new(running)),
            Err(
                error @ (ClickHouseError::Start { .. }
                | ClickHouseError::InUse { .. }
                | ClickHouseError::NewerData { .. }),
            ) => {
                tracing::error!(%error, "the ClickHouse engine did not start; it is tried again");
                First::Failed(free_address()?)
            }
            Err(error) => return Err(error),
        };
        Ok(Self::over(launcher, launch, health, first))
    }

    fn over(launcher: Launcher, launch: Launch, health: HealthPolicy, first: First) -> Self {
        let address = first.address();
        let (stop, stopped) = oneshot::channel();
        let (states, state) = watch::channel(EngineState {
            condition: first.condition(),
            restarts: 0,
        });
        let supervision = Supervision {
            launcher,
            launch,
            health,
            states,
            stopped,
        };
        let task = tokio::spawn(supervision.run(first));
        Self {
            address,
            state,
            stop,
            task,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn state(&self) -> EngineState {
        *self.state.borrow()
    }

    pub(crate) async fn stop(self) {
        // Errors mean that the task has ended, and the child with it.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

/// How the first start ended.
enum First {
    Runs(Box<Running>),
    /// Later ones are tried on this address.
    Failed(SocketAddr),
}

impl First {
    fn address(&self) -> SocketAddr {
        match self {
            Self::Runs(running) => running.address,
            Self::Failed(address) => *address,
        }
    }

    const fn condition(&self) -> EngineCondition {
        match self {
            Self::Runs(_) => EngineCondition::Answering,
            Self::Failed(_) => EngineCondition::Restarting,
        }
    }
}

/// Others are told of the address before anybody listens there; a child that finds it taken fails and is tried again.
fn free_address() -> Result<SocketAddr, ClickHouseError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(ClickHouseError::Address)
}

async fn first_start(launcher: &Launcher, launch: &Launch) -> Result<Running, ClickHouseError> {
    let free_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut pause = Duration::from_secs(1);
    for _ in 1..FIRST_START_ATTEMPTS {
        match launch.run(launcher, free_port).await {
            Err(ClickHouseError::InUse { process_id, .. }) => {
                tracing::info!(process_id, "the engine's data directory is still in use, waiting");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            other => return other,
        }
    }
    launch.run(launcher, free_port).await
}

struct Supervision {
    launcher: Launcher,
    launch: Launch,
    health: HealthPolicy,
    states: watch::Sender<EngineState>,
    /// Fires, or loses its sender, when the child is to end.
    stopped: oneshot::Receiver<()>,
}

impl Supervision {
    async fn run(mut self, first: First) {
        let address = first.address();
        let mut pauses = Pauses::new();
        let mut running = match first {
            First::Runs(running) => *running,
            First::Failed(_) => match self.again(address, &mut pauses).await {
                Some(running) => running,
                None => return self.tell(EngineCondition::Stopped),
            },
        };
        loop {
            let started = tokio::time::Instant::now();
            let hung = tokio::select! {
                _ = &mut self.stopped => {
                    running.stop().await;
                    return self.tell(EngineCondition::Stopped);
                }
                status = running.ended() => {
                    tracing::error!(?status, "the ClickHouse engine ended unexpectedly");
                    false
                }
                () = health::until_hung(address, self.health) => true,
                never = watch_log(self.launch.log()) => match never {},
            };
            self.tell(EngineCondition::Restarting);
            if hung {
                tracing::error!("the ClickHouse engine hangs: it is killed and started again");
                running.kill().await;
            }
            pauses.after_a_life_of(started.elapsed());
            running = match self.again(address, &mut pauses).await {
                Some(running) => running,
                None => return self.tell(EngineCondition::Stopped),
            };
        }
    }

    /// Starts the child until it runs; `None` when it is to end.
    async fn again(&mut self, address: SocketAddr, pauses: &mut Pauses) -> Option<Running> {
        let running = loop {
            tokio::select! {
                _ = &mut self.stopped => return None,
                () = tokio::time::sleep(pauses.next()) => {}
            }
            match self.launch.run(&self.launcher, address).await {
                Ok(running) => break running,
                Err(error) => {
                    tracing::error!(%error, "the ClickHouse engine could not be started again");
                }
            }
        };
        self.states.send_modify(|state| {
            state.condition = EngineCondition::Answering;
            state.restarts += 1;
        });
        tracing::info!(%address, "the ClickHouse engine answers again");
        Some(running)
    }

    fn tell(&self, condition: EngineCondition) {
        self.states.send_modify(|state| state.condition = condition);
    }
}

/// Keeps the log within its bound, for ever.
async fn watch_log(log: &Log) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(LOG_STEP).await;
        if let Err(error) = log.keep_within_bound() {
            tracing::warn!(%error, "the ClickHouse engine's log can't be shortened");
        }
    }
}

/// The pauses before starts: each twice the one before, up to a bound; short again after a steady life.
struct Pauses {
    next: Duration,
}

impl Pauses {
    const fn new() -> Self {
        Self { next: SHORTEST_PAUSE }
    }

    fn after_a_life_of(&mut self, life: Duration) {
        if life >= STEADY {
            self.next = SHORTEST_PAUSE;
        }
    }

    fn next(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(LONGEST_PAUSE);
        pause
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONGEST_PAUSE, Pauses, SHORTEST_PAUSE, STEADY};

    #[test]
    fn pauses_grow_to_a_bound_and_start_anew_after_a_steady_life() {
        let mut pauses = Pauses::new();

        let grown: Vec<Duration> = (0..8).map(|_| pauses.next()).collect();
        pauses.after_a_life_of(STEADY / 2);
        let still = pauses.next();
        pauses.after_a_life_of(STEADY);
        let anew = pauses.next();

        assert_eq!(grown[0], SHORTEST_PAUSE);
        assert!(grown.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(grown[7], LONGEST_PAUSE);
        assert_eq!(still, LONGEST_PAUSE);
        assert_eq!(anew, SHORTEST_PAUSE);
    }
}
