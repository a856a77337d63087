//! One child process: how it is launched, how we know that it answers, how it is ended.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::launcher::Launcher;
use crate::location::{find_library, find_program};
use crate::log::Log;
use crate::memory::MemoryLimit;
use crate::{ClickHouseError, EmbeddedOptions};

/// Name of the engine's user.
pub(crate) const USER: &str = "certlens";
/// How long the engine may take to open its tables.
const READY_BOUND: Duration = Duration::from_secs(90);
/// How long the child may take to end once asked; it has a bound of its own below this one.
const STOP_BOUND: Duration = Duration::from_secs(25);

/// All that is needed to launch the child, any number of times.
#[derive(Clone)]
pub(crate) struct Launch {
    program: PathBuf,
    library: PathBuf,
    data_directory: PathBuf,
    settings_file: PathBuf,
    memory: MemoryLimit,
    log: Log,
    password: String,
}

impl Launch {
    pub(crate) fn prepare(options: &EmbeddedOptions) -> Result<Self, ClickHouseError> {
        let program = find_program(options.program.as_deref())?;
        let library = find_library(options.library.as_deref())?;
        let data_directory = options.data_directory.join("data");
        let memory = options.memory.unwrap_or_else(MemoryLimit::of_this_machine);
        let settings_file = options.data_directory.join("engine.xml");
        let failed_at = |path: &PathBuf| {
            let path = path.clone();
            move |source| ClickHouseError::Directory { path, source }
        };
        fs::create_dir_all(&data_directory).map_err(failed_at(&data_directory))?;
        // On a full disk the engine may still start with what was written before.
        if fs::read_to_string(&settings_file).ok() != Some(memory.settings_file()) {
            fs::write(&settings_file, memory.settings_file()).map_err(failed_at(&settings_file))?;
        }
        let log = Log::at(options.data_directory.join("clickhouse.log"));
        let password = generate_password()?;
        Ok(Self {
            program,
            library,
            data_directory,
            settings_file,
            memory,
            log,
            password,
        })
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    /// Launches the child on `listen` and waits until it has opened its data and listens.
    pub(crate) async fn run(
        &self,
        launcher: &Launcher,
        listen: SocketAddr,
    ) -> Result<Running, ClickHouseError> {
        let mut child = self
            .spawn(launcher, listen)
            .await
            .map_err(|source| self.failed(format!("it could not be run: {source}")))?;
        let Some(mut input) = child.stdin.take() else {
            return Err(self.failed("no standard input".to_owned()));
        };
        let Some(output) = child.stdout.take() else {
            return Err(self.failed("no standard output".to_owned()));
        };
        let mut announcement = String::new();
        let ready = async {
            // The child may end before it reads: then the missing announcement tells.
            let _ = input.write_all(format!("{}\n", self.password).as_bytes()).await;
            BufReader::new(output).read_line(&mut announcement).await
        };
        if tokio::time::timeout(READY_BOUND, ready).await.is_err() {
            return Err(self.failed(format!("not ready after {} s", READY_BOUND.as_secs())));
        }
        let words = announcement.split_whitespace().collect::<Vec<_>>();
        if let ["ready", address] = words[..]
            && let Ok(address) = address.parse()
        {
            return Ok(Running {
                child,
                input,
                address,
            });
        }
        let status = tokio::time::timeout(STOP_BOUND, child.wait()).await;
        Err(match words[..] {
            ["in-use", process_id] => ClickHouseError::InUse {
                path: self.data_directory.clone(),
                process_id: process_id.to_owned(),
            },
            ["newer-data", held, ours] => ClickHouseError::NewerData {
                path: self.data_directory.clone(),
                held: held.to_owned(),
                ours: ours.to_owned(),
            },
            _ => self.failed(format!("it ended: {status:?}")),
        })
    }

    async fn spawn(&self, launcher: &Launcher, listen: SocketAddr) -> std::io::Result<Child> {
        self.log.keep_within_bound()?;
        let mut command = Command::new(&self.program);
        command
            .arg("--library")
            .arg(&self.library)
            .arg("--data-directory")
            .arg(&self.data_directory)
            .arg("--settings-file")
            .arg(&self.settings_file)
            .args(["--statement-memory", &self.memory.of_a_statement().to_string()])
            .args(["--listen", &listen.to_string(), "--user", USER])
            .args(["--parent", &std::process::id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(self.log.open()?)
            // A group of its own: a terminal's Ctrl-C reaches us first, and we end the child in order.
            .process_group(0)
            .kill_on_drop(true);
        launcher.spawn(command).await
    }

    fn failed(&self, reason: String) -> ClickHouseError {
        ClickHouseError::Start {
            path: self.data_directory.clone(),
            reason,
            log: self.log.end(),
        }
    }
}

/// A child that answers.
pub(crate) struct Running {
    child: Child,
    /// The child ends when this is closed.
    input: tokio::process::ChildStdin,
    pub(crate) address: SocketAddr,
}

impl Running {
    /// Waits for an end that nobody asked for.
    pub(crate) async fn ended(&mut self) -> std::io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Ends a child that serves nobody, whatever it does; even one that is stopped.
    pub(crate) async fn kill(mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::error!(%error, "the hung ClickHouse engine can't be killed");
        }
    }

    /// Asks the child to end and waits; kills it when it does not.
    pub(crate) async fn stop(mut self) {
        drop(self.input);
        if tokio::time::timeout(STOP_BOUND, self.child.wait()).await.is_err() {
            tracing::warn!("the ClickHouse engine does not end, killing it");
            let _ = self.child.kill().await;
        }
    }
}

fn generate_password() -> Result<String, ClickHouseError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| ClickHouseError::Entropy(error.to_string()))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
