//! `cargo xtask chaos`: the suite `server/tests/chaos` for as long as one likes, seed after seed. A seed that failed is
//! repeated by its number.

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use crate::binaries::{self, Profile};
use crate::interruption;
use crate::layout::Layout;
use crate::program::Invocation;

/// Start, settling and looking come on top of the time in which everything breaks.
const REST_OF_A_RUN: Duration = Duration::from_mins(10);

/// How long, and which seeds.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 3)]
    seeds: u64,
    /// Minutes in which everything breaks, for each seed
    #[arg(long, value_name = "MINUTES", default_value_t = 5)]
    minutes: u64,
    /// The first seed; another one each time when left out
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<ExitCode> {
    binaries::build(layout, Profile::Dev)?;
    let first = options.seed.unwrap_or_else(seed_of_the_clock);
    let mut failed = Vec::new();
    for seed in first..first + options.seeds {
        interruption::check()?;
        println!("\n== chaos: seed {seed}, {} min", options.minutes);
        let breaking = Duration::from_secs(options.minutes * 60);
        let outcome = Invocation::cargo()
            .args(["test", "--locked", "--package", "certlens", "--test", "chaos"])
            .args(["--", "--exact", "long_run", "--ignored", "--nocapture"])
            .env("CERTLENS_CHAOS_SEED", seed.to_string())
            .env("CERTLENS_CHAOS_SECONDS", breaking.as_secs().to_string())
            .directory(layout.root())
            .bound(breaking + REST_OF_A_RUN)
            .run();
        interruption::check()?;
        if let Err(error) = outcome {
            eprintln!("error: {error:#}");
            failed.push(seed);
        }
    }
    println!("\nchaos: {} seeds, {} failed", options.seeds, failed.len());
    for seed in &failed {
        println!(
            "again: cargo xtask chaos --seeds 1 --minutes {} --seed {seed}",
            options.minutes
        );
    }
    Ok(if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn seed_of_the_clock() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(1, |since| since.as_secs() % 1_000_000)
}
