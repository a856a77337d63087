//! The server process: how it is started, how we know that it is ready, how it ends.
//!
//! It gets `SIGINT` (Postgres's fast shutdown) from the kernel when we die, whatever we die of. The kernel sends that
//! signal when the *thread* that started the process ends, so a thread of its own starts it and then waits for it.

use std::fmt;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::{oneshot, watch};

use crate::PostgresError;
use crate::account::Account;
use crate::cluster::{data_directory, tool_error};
use crate::programs::PostgresPrograms;

/// How long recovery after a crash may take before we call the start a failure.
const READY_BOUND: Duration = Duration::from_mins(2);
/// How often the state file is looked at while the server starts.
const READY_STEP: Duration = Duration::from_millis(20);
/// Bounds of the three ways to end, from the kindest on.
const STOP_LADDER: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(20)),
    (Signal::QUIT, Duration::from_secs(5)),
    (Signal::KILL, Duration::from_secs(5)),
];
/// Another process may take the port between our choice and the server's start.
const PORT_ATTEMPTS: u32 = 3;

/// A running server process.
pub(crate) struct Server {
    process: Pid,
    port: u16,
    ended: watch::Receiver<Option<String>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Server")
            .field("process", &self.process_id())
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Server {
    pub(crate) async fn start(
        programs: &PostgresPrograms,
        account: &Account,
        directory: &Path,
        settings: &[String],
        port: Option<u16>,
    ) -> Result<Self, PostgresError> {
        let mut attempt = 1;
        loop {
            let started = Self::try_start(programs, account, directory, settings, port).await;
            match started {
                Err(PostgresError::Start { ref log, .. })
                    if attempt < PORT_ATTEMPTS && log.contains("Address already in use") =>
                {
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    async fn try_start(
        programs: &PostgresPrograms,
        account: &Account,
        directory: &Path,
        settings: &[String],
        port: Option<u16>,
    ) -> Result<Self, PostgresError> {
        let cluster = data_directory(directory);
        let log = directory.join("postgres.log");
        let port = match port {
            Some(port) => port,
            None => free_port().map_err(|source| PostgresError::Directory {
                path: cluster.clone(),
                source,
            })?,
        };
        let mut command =
            server_command(programs, account, &cluster, &log).map_err(|source| PostgresError::Directory {
                path: log.clone(),
                source,
            })?;
        command.args(["-c", "listen_addresses=127.0.0.1", "-c", &format!("port={port}")]);
        for setting in settings {
            command.args(["-c", setting]);
        }
        let (process, ended) = spawn(command)
            .await
            .map_err(|source| tool_error(&source, &cluster))?;
        let mut server = Self { process, port, ended };
        server.wait_until_ready(&cluster, directory, &log).await?;
        tracing::info!(
            process_id = server.process_id(),
            port,
            "private Postgres is ready"
        );
        Ok(server)
    }

    /// Waits for an end that nobody asked for; says how it ended.
    pub(crate) async fn ended(&mut self) -> String {
        match self.ended.wait_for(Option::is_some).await {
            Ok(status) => status.clone().unwrap_or_default(),
            Err(_) => "its end could not be observed".to_owned(),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.process.as_raw_nonzero().get().unsigned_abs()
    }

    /// The server writes `ready` into the eighth line of its lock file; `pg_ctl` waits for the same.
    async fn wait_until_ready(
        &mut self,
        cluster: &Path,
        directory: &Path,
        log: &Path,
    ) -> Result<(), PostgresError> {
        let lock = cluster.join("postmaster.pid");
        let deadline = tokio::time::Instant::now() + READY_BOUND;
        loop {
            let state = fs::read_to_string(&lock).unwrap_or_default();
            let mut lines = state.lines();
            let ours = lines
                .next()
                .is_some_and(|line| line.trim() == self.process_id().to_string());
            if ours && lines.nth(6).is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            let reason = if let Some(status) = self.ended.borrow().clone() {
                status
            } else if tokio::time::Instant::now() >= deadline {
                format!("not ready after {} s", READY_BOUND.as_secs())
            } else {
                tokio::time::sleep(READY_STEP).await;
                continue;
            };
            return Err(PostgresError::Start {
                path: directory.to_path_buf(),
                reason,
                log: end_of(log),
            });
        }
    }

    pub(crate) async fn stop(mut self) {
        for (signal, bound) in STOP_LADDER {
            self.send(signal);
            let gone = self.ended.wait_for(Option::is_some);
            if tokio::time::timeout(bound, gone).await.is_ok() {
                return;
            }
            tracing::warn!(
                process_id = self.process_id(),
                "Postgres does not end, trying harder"
            );
        }
    }

    fn send(&self, signal: Signal) {
        if self.ended.borrow().is_none() {
            // An error means that the process has just ended: what we want.
            let _ = kill_process(self.process, signal);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.send(Signal::INT);
    }
}

/// A command that runs `program` as `account`, by way of `setpriv` where we must step down from root.
pub(crate) fn as_account(account: &Account, program: &Path) -> Command {
    match account {
        Account::Ourselves => Command::new(program),
        Account::Unprivileged { .. } => {
            let mut command = setpriv(account);
            command.arg("--").arg(program);
            command
        }
    }
}

fn setpriv(account: &Account) -> Command {
    let mut command = Command::new("setpriv");
    if let Account::Unprivileged { user_id, group_id } = account {
        command
            .args(["--reuid", &user_id.to_string(), "--regid", &group_id.to_string()])
            .arg("--clear-groups")
            // The caller's directory may be closed to this user, and Postgres insists on knowing where it is.
            .current_dir("/");
    }
    command
}

fn server_command(
    programs: &PostgresPrograms,
    account: &Account,
    cluster: &Path,
    log: &Path,
) -> io::Result<Command> {
    let output = fs::File::create(log)?;
    let mut command = setpriv(account);
    command
        .args(["--pdeathsig", "INT", "--"])
        .arg(programs.postgres())
        .arg("-D")
        .arg(cluster);
    command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        // A group of its own: a terminal's Ctrl-C reaches us first, and we stop the server in order.
        .process_group(0);
    Ok(command)
}

type Ended = watch::Receiver<Option<String>>;

async fn spawn(mut command: Command) -> io::Result<(Pid, Ended)> {
    let (ended_sender, ended) = watch::channel(None);
    let (started_sender, started) = oneshot::channel();
    thread::Builder::new()
        .name("postgres".to_owned())
        .spawn(move || {
            let mut child = match command.spawn() {
                Ok(child) => child,
                Err(error) => {
                    let _ = started_sender.send(Err(error));
                    return;
                }
            };
            // Nobody listens any more when the start was given up; the server then ends with this process.
            let _ = started_sender.send(Ok(Pid::from_child(&child)));
            let outcome = child.wait();
            let _ = ended_sender.send(Some(describe(outcome)));
        })?;
    let process = started
        .await
        .map_err(|_| io::Error::other("the starting thread ended"))??;
    Ok((process, ended))
}

fn describe(outcome: io::Result<ExitStatus>) -> String {
    match outcome {
        Ok(status) => format!("it ended with {status}"),
        Err(error) => format!("its end could not be observed: {error}"),
    }
}

fn free_port() -> io::Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()
        .map(|address| address.port())
}

fn end_of(log: &Path) -> String {
    let content = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&content);
    let lines = text.lines().collect::<Vec<_>>();
    lines[lines.len().saturating_sub(6)..].join("; ")
}
