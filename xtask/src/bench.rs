//! `cargo xtask bench`: figures beside the budgets. Prints, and judges nothing: wall time is no test.
//!
//! Each measurement builds and starts the product as people run it, and asks it from outside, by the interface that
//! everybody uses; nothing here knows how an answer is made.

mod asking;
mod cards;
mod connection;
mod counterparty;
mod derived;
mod load;
mod machine;
mod managers;
mod measurement;
mod outage;
mod page;
mod plan;
mod processes;
mod quantiles;
mod report;
mod row;
mod search;
mod stock;
mod tracking;

use clap::CommandFactory as _;

use crate::layout::Layout;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    measurement: Option<Measurement>,
}

#[derive(Debug, clap::Subcommand)]
enum Measurement {
    /// Search and import on 12,000,000 documents with a heavy tail, and the loss of `ClickHouse`
    Search(search::Options),
    /// Recounts of 13,000 and 1,000,000 tracked identifiers, and items into a portal
    Tracking(tracking::Options),
    /// Hundreds of managers who open cards in many portals, against one process and two; a leak check
    Load(managers::Options),
    /// A card's page in a slowed browser: paints, blocking, bytes
    Page(page::Options),
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    match &options.measurement {
        Some(Measurement::Search(options)) => search::run(layout, options),
        Some(Measurement::Tracking(options)) => tracking::run(layout, options),
        Some(Measurement::Load(options)) => managers::run(layout, options),
        Some(Measurement::Page(options)) => page::run(layout, options),
        None => {
            let mut everything = crate::Arguments::command();
            everything.build();
            if let Some(bench) = everything.find_subcommand_mut("bench") {
                bench.print_help()?;
            }
            Ok(())
        }
    }
}
