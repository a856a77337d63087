//! `cargo xtask …`: set-up, build, demo, tests. What a newcomer, a developer and CI run; the README names `demo` and
//! `test`. Each command makes what it needs and is missing, and does nothing where all is there.
//!
//! This program knows how the project's parts are built and started; it knows nothing of what they do.

mod bench;
mod binaries;
mod chaos;
mod check;
mod demo;
mod doctor;
mod engines;
mod fuzz;
mod http;
mod interruption;
mod layout;
mod licences;
mod portal;
mod program;
mod queries;
mod requirement;
mod secrets;
mod service;
mod setup;
mod stack;
mod test;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::binaries::Profile;
use crate::layout::Layout;
use crate::setup::Purpose;

/// Set-up, build, demo and tests of Certlens.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the product: build, start everything with sample data, print one address
    Demo,
    /// Everything that CI runs
    Test(test::Options),
    /// Install what is missing, on Debian; on other systems say what is missing
    Setup,
    /// Tell what is present and what is missing
    Doctor,
    /// Format and lint, nothing else
    Check,
    /// Build the browser's half and the programs
    Build {
        /// Unoptimised, as the tests use them
        #[arg(long)]
        dev: bool,
    },
    /// Build the browser's half only
    Wasm,
    /// Make the checked queries in `.sqlx` anew from the migrations
    Sqlx,
    /// Take the pictures of the guides anew, in the browser
    Guide,
    /// Measure what the budgets speak of
    Bench(bench::Options),
    /// Break everything again and again, and look whether something is lost
    Chaos(chaos::Options),
    /// Fuzz the parsers of foreign input with cargo-fuzz
    Fuzz(fuzz::Options),
    /// Check dependencies for known holes, licences and sources
    Audit,
    /// Write the list of the dependencies' licences
    Licences,
    /// Start the portal simulator alone; what follows `--` goes to it
    Portal(portal::Options),
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> anyhow::Result<ExitCode> {
    interruption::listen()?;
    let layout = Layout::find()?;
    match command {
        Command::Demo => demo::run(&layout)?,
        Command::Test(options) => return test::run(&layout, options),
        Command::Setup => setup::run(&layout, Purpose::Everything)?,
        Command::Doctor => return Ok(doctor::run(&layout)),
        Command::Check => check::run(&layout)?,
        Command::Build { dev } => {
            setup::run(&layout, Purpose::Build)?;
            wasm::build(&layout)?;
            binaries::build(&layout, if *dev { Profile::Dev } else { Profile::Release })?;
        }
        Command::Wasm => {
            setup::run(&layout, Purpose::Build)?;
            wasm::build(&layout)?;
        }
        Command::Sqlx => queries::prepare(&layout)?,
        Command::Guide => test::guide(&layout)?,
        Command::Bench(options) => bench::run(&layout, options)?,
        Command::Chaos(options) => return chaos::run(&layout, options),
        Command::Fuzz(options) => fuzz::run(&layout, options)?,
        Command::Audit => fuzz::audit(&layout)?,
        Command::Licences => licences::write(&layout)?,
        Command::Portal(options) => portal::run(&layout, options)?,
    }
    Ok(ExitCode::SUCCESS)
}
