//! `certlens engines`: the private engines in the foreground, for tests and for a look inside.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::configuration::Configuration;
use crate::engines::{EngineSettings, Engines};

/// Runs the private engines of the data directory until SIGINT or SIGTERM. Other commands on the same data directory
/// use them; their addresses are in its file engines.json.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// When the engines don't start, or none is private.
pub async fn run(configuration: &Configuration, _args: Args) -> anyhow::Result<ExitCode> {
    // Before the start, so that a signal during the start is not lost.
    let mut interrupted = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let mut terminated = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let engines = Engines::open(&EngineSettings::from(configuration)).await?;
    anyhow::ensure!(
        engines.runs_private_engines(),
        "there are no engines to run: both are configured by URL, or another certlens runs those of this data directory"
    );
    let mut output = std::io::stdout().lock();
    writeln!(
        output,
        "engines ready: {}",
        configuration.data_dir.join("engines.json").display()
    )?;
    output.flush()?;
    drop(output);
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    engines.close().await;
    Ok(ExitCode::SUCCESS)
}
