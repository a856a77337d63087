//! Two processes `certlens serve`, and somebody who starts again whatever of them has ended, as systemd does.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// As `RestartSec` of the unit, on a test's clock.
const RESTART_PAUSE: Duration = Duration::from_millis(300);
/// How long a killed process may take to be gone.
const UNTIL_GONE: Duration = Duration::from_secs(1);

/// A process that is started again when it ends.
pub(crate) struct Kept {
    pub(crate) port: u16,
    log: PathBuf,
    process: watch::Receiver<Option<i32>>,
    ends: watch::Sender<bool>,
    deaths: Arc<Mutex<usize>>,
    /// Those that we are to blame for.
    kills: Mutex<Vec<Instant>>,
    ends_in_order: Mutex<usize>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Kept {
    /// Starts what `command` makes for each life of the process; its output goes to the end of the log.
    pub(crate) fn start(port: u16, log: PathBuf, command: impl Fn() -> Command + Send + 'static) -> Self {
        let (processes, process) = watch::channel(None);
        let (ends, mut ending) = watch::channel(false);
        let deaths = Arc::new(Mutex::new(0));
        let output = log.clone();
        let all_deaths = Arc::clone(&deaths);
        let task = tokio::spawn(async move {
            loop {
                let file = OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(&output)
                    .unwrap();
                let mut child = command()
                    .stdin(Stdio::null())
                    .stdout(file.try_clone().unwrap())
                    .stderr(file)
                    .kill_on_drop(true)
                    .spawn()
                    .unwrap();
                let id = child.id().and_then(|id| i32::try_from(id).ok());
                processes.send_replace(id);
                let _ = child.wait().await;
                processes.send_replace(None);
                if *ending.borrow() {
                    return;
                }
                *all_deaths.lock().unwrap() += 1;
                tokio::select! {
                    _ = ending.wait_for(|ends| *ends) => return,
                    () = tokio::time::sleep(RESTART_PAUSE) => {}
                }
            }
        });
        Self {
            port,
            log,
            process,
            ends,
            deaths,
            kills: Mutex::default(),
            ends_in_order: Mutex::default(),
            task: Mutex::new(Some(task)),
        }
    }

    /// Sends a signal to the process of the moment; whether there was one.
    pub(crate) fn signal(&self, signal: Signal) -> bool {
        let process = *self.process.borrow();
        process
            .and_then(Pid::from_raw)
            .is_some_and(|process| kill_process(process, signal).is_ok())
    }

    pub(crate) fn kill(&self) {
        if self.signal(Signal::KILL) {
            self.kills.lock().unwrap().push(Instant::now());
        }
    }

    /// As whoever updates it does; returns when it has ended.
    pub(crate) async fn tell_to_end(&self) {
        let process = *self.process.borrow();
        if process.is_some() && self.signal(Signal::TERM) {
            *self.ends_in_order.lock().unwrap() += 1;
            let _ = self.process.clone().wait_for(|now| *now != process).await;
        }
    }

    /// Whether we killed it at such a time. A killed process is gone when the kernel has closed what it held, a moment
    /// later: until then it seems to listen.
    pub(crate) fn was_killed(&self, from: Instant, to: Instant) -> bool {
        let kills = self.kills.lock().unwrap();
        kills.iter().any(|kill| *kill <= to && *kill + UNTIL_GONE >= from)
    }

    /// Ends that nobody is to blame for but the program.
    pub(crate) fn crashes(&self) -> usize {
        let ours = self.kills.lock().unwrap().len() + *self.ends_in_order.lock().unwrap();
        self.deaths.lock().unwrap().saturating_sub(ours)
    }

    /// How often it was started.
    pub(crate) fn lives(&self) -> usize {
        *self.deaths.lock().unwrap() + 1
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Ends it in order; returns when it is gone.
    pub(crate) async fn stop(&self) {
        self.ends.send_replace(true);
        self.signal(Signal::CONT);
        self.signal(Signal::INT);
        let task = self.task.lock().unwrap().take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }
}
