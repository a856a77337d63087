//! Somebody who imports what the registries publish, round after round, and repeats what failed.

use std::process::Stdio;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio_util::sync::CancellationToken;

use crate::news;
use crate::world::{CARDS, World};

/// Between two rounds, as long as nobody hurries.
const PAUSE: Duration = Duration::from_millis(1_500);
/// Then an import is taken for hung.
const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Default)]
pub(crate) struct Importing {
    /// Rounds that are in the database.
    rounds: AtomicUsize,
    process: AtomicI32,
}

impl Importing {
    /// How many rounds are imported.
    pub(crate) fn rounds(&self) -> usize {
        self.rounds.load(Ordering::Relaxed)
    }

    /// Imports until it is told to end; the last round is brought to its end.
    pub(crate) async fn run(&self, world: &World, ends: CancellationToken) -> Result<(), String> {
        while !ends.is_cancelled() {
            self.round(world).await?;
            tokio::select! {
                () = ends.cancelled() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
        Ok(())
    }

    /// One new document for each subscription.
    pub(crate) async fn round(&self, world: &World) -> Result<(), String> {
        let round = self.rounds();
        let file = crate::world::logs().join(format!("{round}.jsonl"));
        std::fs::write(&file, news::lines(round, world.portals().len(), CARDS)).unwrap();
        let begun = tokio::time::Instant::now();
        loop {
            let mut command = world.command();
            command.args(["import", "jsonl"]).arg(&file);
            let child = command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            self.process
                .store(child.id().unwrap_or(0).cast_signed(), Ordering::Relaxed);
            let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
            self.process.store(0, Ordering::Relaxed);
            match output {
                Ok(Ok(output)) if output.status.success() => break,
                Ok(Ok(output)) => {
                    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
                    let last = errors.lines().last().unwrap_or("killed").to_owned();
                    world.tell(format!("(import of round {round} failed: {last})"));
                }
                Ok(Err(error)) => return Err(format!("an import could not be run: {error}")),
                Err(_) => return Err(format!("the import of round {round} hangs")),
            }
            if begun.elapsed() > PATIENCE * 2 {
                return Err(format!("round {round} can't be imported"));
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        self.rounds.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Kills the import under way, if there is one.
    pub(crate) fn kill(&self) {
        if let Some(process) = Pid::from_raw(self.process.load(Ordering::Relaxed)) {
            let _ = kill_process(process, Signal::KILL);
        }
    }
}
