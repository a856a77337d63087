//! `cargo xtask bench tracking`: how long recounts take, and how fast items reach a portal, as the design's budgets have
//! it.

mod database;
mod items;
mod recount;

use super::measurement::{Measurement, StockOptions, or_unmeasured};
use super::processes;
use crate::layout::Layout;

/// What to measure on.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    stock: StockOptions,
    /// Tracked identifiers; repeated for several rows
    #[arg(long, value_name = "N", default_values_t = [13_000, 1_000_000])]
    tracked: Vec<u64>,
    /// Notification items into one portal; 0 leaves them out
    #[arg(long, value_name = "N", default_value_t = 13_000)]
    items: u32,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    let measurement = Measurement::prepare(layout, &options.stock, false)?;
    let stock = measurement.stock()?;
    let server = measurement.start(&stock.data_dir, Vec::new())?;
    eprintln!("bench: waiting until the database has tidied up");
    processes::wait_until_quiet(server.process())?;
    let machine = measurement.machine(&server);
    let mut rows = Vec::new();
    for tracked in &options.tracked {
        rows.extend(or_unmeasured(
            "recount",
            &format!("recount of {tracked} tracked identifiers"),
            recount::rows(&server, &stock, measurement.wanted(), *tracked),
        )?);
    }
    if options.items > 0 {
        rows.extend(or_unmeasured(
            "items",
            &format!("{} items into one portal", options.items),
            items::rows(server, &stock, options.items),
        )?);
    }
    measurement.print(machine, rows);
    Ok(())
}
