//! The command line: which commands there are. Each lies in a module of its own.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage. Results go to standard output, everything else to standard error.

pub mod backup;
pub mod demo_data;
pub mod doctor;
pub mod engines;
pub mod export;
pub mod import;
pub mod key;
mod output;
pub mod portal;
pub mod recount;
pub mod restore;
pub mod serve;
pub mod undo;

use crate::configuration::{Configuration, Settings};
use crate::logging::{self, LogOptions, Occasion};
use clap::Parser;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

/// Fewer worker threads than this hang: streaming a page beside a blocking call needs more than the one thread that
/// a machine with one core gets by default.
const FEWEST_WORKERS: usize = 4;
/// Who stands in logs when a command did something.
const COMMAND_LINE: &str = "command line";
/// How long blocking work may go on after a command has ended.
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// Certlens: what a counterparty holds in six conformity registries, inside Bitrix24.
#[derive(Debug, Parser)]
#[command(
    name = "certlens",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(
    after_help = "Every setting can also stand in certlens.toml or in the environment; `--help` of a command \
                        shows them all. Exit codes: 0 done, 1 failed, 2 wrong usage."
)]
pub struct CommandLine {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Args),
    /// Import documents from files of the registries
    Import(import::Args),
    /// Write the stored documents as JSON lines or Parquet
    Export(export::Args),
    /// Check engines and registries, and say what to do
    Doctor(doctor::Args),
    /// Look at the portals that installed the application
    Portal(portal::Args),
    /// Change the secret key
    Key(key::Args),
    /// Look once for news of tracked identifiers, and send the notifications that are due
    Recount(recount::Args),
    /// Take an import back, as if it had never been
    Undo(undo::Args),
    /// Write everything that cannot be had again into one encrypted file
    Backup(backup::Args),
    /// Bring a backup back, whole or one portal of it
    Restore(restore::Args),
    /// Write invented documents as JSON lines, for demonstrations and measurements
    DemoData(demo_data::Args),
    /// Run the private engines of the data directory in the foreground
    Engines(engines::Args),
}

impl Command {
    const fn occasion(&self) -> Occasion {
        match self {
            Self::Serve(_) | Self::Engines(_) => Occasion::Service,
            Self::Import(_)
            | Self::Export(_)
            | Self::Doctor(_)
            | Self::Portal(_)
            | Self::Key(_)
            | Self::Recount(_)
            | Self::Undo(_)
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::DemoData(_) => Occasion::Command,
        }
    }
}

/// The program's main function.
pub fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let configuration = match Configuration::load(&command_line.settings) {
        Ok(configuration) => configuration,
        Err(error) => {
            eprintln!("certlens: {}", sentences(&error));
            return ExitCode::from(2);
        }
    };
    let _logging = logging::start(&LogOptions {
        occasion: command_line.command.occasion(),
        format: configuration.log_format,
        collector: configuration.otlp_endpoint.as_ref(),
    });
    run(&configuration, command_line.command).unwrap_or_else(|error| {
        eprintln!("certlens: {}", sentences(error.as_ref()));
        ExitCode::FAILURE
    })
}

fn run(configuration: &Configuration, command: Command) -> anyhow::Result<ExitCode> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.max(FEWEST_WORKERS))
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async {
        match command {
            Command::Serve(args) => serve::run(configuration, args).await,
            Command::Import(args) => import::run(configuration, args).await,
            Command::Export(args) => export::run(configuration, args).await,
            Command::Doctor(args) => doctor::run(configuration, args).await,
            Command::Portal(args) => portal::run(configuration, args).await,
            Command::Key(args) => key::run(configuration, args).await,
            Command::Recount(args) => recount::run(configuration, args).await,
            Command::Undo(args) => undo::run(configuration, args).await,
            Command::Backup(args) => backup::run(configuration, args).await,
            Command::Restore(args) => restore::run(configuration, args).await,
            Command::DemoData(args) => demo_data::run(configuration, &args),
            Command::Engines(args) => engines::run(configuration, args).await,
        }
    });
    // A thread that still waits for standard input must not hold the program back.
    runtime.shutdown_timeout(LAST_PATIENCE);
    outcome
}

/// The error and its causes as one chain of sentences; a cause that its error's own text repeats is left out.
fn sentences(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let sentence = error.to_string();
        if !text.contains(&sentence) {
            text.push_str(": ");
            text.push_str(&sentence);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn sentences_of_a_chain_leave_out_what_was_said_already() {
        let io = std::io::Error::other("disk full");
        let error = anyhow::Error::new(io)
            .context("writing the file: disk full")
            .context("the import failed");
        assert_eq!(
            sentences(error.as_ref()),
            "the import failed: writing the file: disk full"
        );
    }
}
