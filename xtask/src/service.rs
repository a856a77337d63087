//! Programs that keep running while we do: in groups of their own, so that Ctrl-C reaches us first, and bound to our
//! life by the kernel, so that nothing stays behind whatever happens to us.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::interruption;
use crate::program::end_group;

/// Stopping includes the engines' orderly shutdown.
const STOP_BOUND: Duration = Duration::from_mins(1);

/// A running service; stopped when dropped.
pub(crate) struct Service {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Service {
    /// Starts `program`, its output in a log file `NAME.log` in `logs`.
    pub(crate) fn start(
        name: &'static str,
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, String)],
        logs: &Path,
    ) -> anyhow::Result<Self> {
        fs::create_dir_all(logs).with_context(|| format!("making {}", logs.display()))?;
        let log = logs.join(format!("{name}.log"));
        let output = File::create(&log).with_context(|| format!("making {}", log.display()))?;
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--"])
            .arg(program)
            .args(arguments.iter().map(OsStr::new))
            .envs(environment.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        Ok(Self { name, child, log })
    }

    /// Waits until `ready` says so; fails when the service ends before, or takes longer than `bound`.
    pub(crate) fn wait_until(&mut self, bound: Duration, ready: impl Fn() -> bool) -> anyhow::Result<()> {
        let deadline = Instant::now() + bound;
        while !ready() {
            interruption::check()?;
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended early ({status}):\n{}", self.name, self.end_of_log());
            }
            if Instant::now() >= deadline {
                bail!(
                    "{} is not ready after {} s:\n{}",
                    self.name,
                    bound.as_secs(),
                    self.end_of_log()
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Whether the service has ended by itself.
    pub(crate) fn ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Number of its process: what starts it becomes it.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    pub(crate) fn end_of_log(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines = text.lines().collect::<Vec<_>>();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if !self.ended() {
            end_group(&mut self.child, STOP_BOUND);
        }
    }
}
