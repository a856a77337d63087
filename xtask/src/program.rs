//! Programs that are run to their end: with a bound on their time, and ended in order on Ctrl-C.

use std::env;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::interruption;

/// How often a running program is looked at.
const STEP: Duration = Duration::from_millis(15);
/// How long a program that was asked to end may take.
const ENDING_BOUND: Duration = Duration::from_secs(15);

/// A program with its arguments, to be run once.
pub(crate) struct Invocation {
    command: Command,
    bound: Duration,
    asks_questions: bool,
}

impl Invocation {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        Self {
            command,
            bound: Duration::from_mins(10),
            asks_questions: false,
        }
    }

    /// The cargo that runs us.
    pub(crate) fn cargo() -> Self {
        Self::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn directory(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    pub(crate) fn output(mut self, output: Stdio) -> Self {
        self.command.stdout(output);
        self
    }

    /// Ends the program after this time.
    pub(crate) fn bound(mut self, bound: Duration) -> Self {
        self.bound = bound;
        self
    }

    /// The program may ask on the terminal (a password): it stays in the terminal's foreground.
    pub(crate) fn asks_questions(mut self) -> Self {
        self.command.stdin(Stdio::inherit());
        self.asks_questions = true;
        self
    }

    /// Runs the program; its output goes where ours goes.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let described = self.described();
        let status = self.status()?;
        anyhow::ensure!(status.success(), "`{described}` failed ({status})");
        Ok(())
    }

    /// Runs the program silently; whether it succeeded. A program that is missing did not.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        self.status().is_ok_and(|status| status.success())
    }

    /// Runs a quick program and returns what it printed, without the final line break.
    pub(crate) fn capture(mut self) -> anyhow::Result<String> {
        let described = self.described();
        let output = self
            .command
            .output()
            .with_context(|| format!("`{described}` could not be run"))?;
        if !output.status.success() {
            bail!(
                "`{described}` failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    fn status(mut self) -> anyhow::Result<ExitStatus> {
        interruption::check()?;
        let described = self.described();
        if !self.asks_questions {
            self.command.process_group(0);
        }
        let child = self
            .command
            .spawn()
            .with_context(|| format!("`{described}` could not be run"))?;
        wait(child, self.bound, !self.asks_questions).with_context(|| format!("`{described}`"))
    }

    fn described(&self) -> String {
        let program = Path::new(self.command.get_program())
            .file_name()
            .unwrap_or_default();
        let words = std::iter::once(program).chain(self.command.get_args());
        words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
    }
}

fn wait(mut child: Child, bound: Duration, own_group: bool) -> anyhow::Result<ExitStatus> {
    let deadline = Instant::now() + bound;
    loop {
        if let Some(status) = child.try_wait()? {
            interruption::check()?;
            return Ok(status);
        }
        let reason = if interruption::requested() {
            "interrupted".to_owned()
        } else if Instant::now() >= deadline {
            format!("not finished after {} s", bound.as_secs())
        } else {
            thread::sleep(STEP);
            continue;
        };
        if own_group {
            end_group(&mut child, ENDING_BOUND);
        } else {
            // In the foreground it has got the signal itself.
            child.wait()?;
        }
        bail!(reason);
    }
}

/// Asks a child and all that it started in its group to end, and makes them when they don't.
pub(crate) fn end_group(child: &mut Child, bound: Duration) {
    let group = Pid::from_child(child);
    let deadline = Instant::now() + bound;
    // Errors mean that nobody is left in the group.
    let _ = kill_process_group(group, Signal::TERM);
    while Instant::now() < deadline {
        if matches!(child.try_wait(), Ok(Some(_))) {
            break;
        }
        thread::sleep(STEP);
    }
    let _ = kill_process_group(group, Signal::KILL);
    let _ = child.wait();
}

/// Looks a program up on `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
}
