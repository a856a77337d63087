//! `cargo xtask bench tracking`: how long recounts take, as the design's budgets have it.

mod database;
mod recount;

use std::path::{Path, PathBuf};

use anyhow::ensure;
use serde_json::json;

use super::machine;
use super::processes;
use super::report::Report;
use super::row::Row;
use super::stock::{self, EarlierOptions, Stock, Wanted};
use crate::binaries::{self, Profile};
use crate::interruption;
use crate::layout::Layout;
use crate::setup::{self, Purpose};
use crate::stack::{Server, StackOptions};

/// What to measure on.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Documents of which some are tracked; the same as those of `bench search`
    #[arg(long, value_name = "N", default_value_t = 12_000_000)]
    docs: u64,
    /// Which documents: another seed gives others
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Tracked identifiers; repeated for several rows
    #[arg(long, value_name = "N", default_values_t = [13_000, 1_000_000])]
    tracked: Vec<u64>,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    earlier: EarlierOptions,
    /// Measure the programs in this directory instead of building them
    #[arg(long, value_name = "DIRECTORY")]
    programs: Option<PathBuf>,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    ensure!(
        options.docs >= 1000,
        "fewer than 1000 documents have no heavy tail"
    );
    if options.programs.is_none() {
        setup::run(layout, Purpose::Build)?;
        binaries::build(layout, Profile::Release)?;
    }
    let report = Measurement { layout, options }.report()?;
    if options.json {
        println!("{}", report.json());
    } else {
        println!("{}", report.table());
    }
    Ok(())
}

/// What the rows have in common.
struct Measurement<'options> {
    layout: &'options Layout,
    options: &'options Options,
}

impl Measurement<'_> {
    fn programs(&self) -> PathBuf {
        let built = || self.layout.programs(Profile::Release);
        self.options.programs.clone().unwrap_or_else(built)
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            documents: self.options.docs,
            seed: self.options.seed,
        }
    }

    fn stock(&self) -> anyhow::Result<Stock> {
        stock::prepare(
            self.layout,
            &self.programs().join("certlens"),
            self.wanted(),
            self.options.earlier.choice(),
            |data_dir| self.start(data_dir, Vec::new()),
        )
    }

    fn start(&self, data_dir: &Path, environment: Vec<(&'static str, String)>) -> anyhow::Result<Server> {
        Server::start(&StackOptions {
            layout: self.layout,
            profile: Profile::Release,
            programs: self.options.programs.clone(),
            data_dir: data_dir.to_path_buf(),
            logs: "bench",
            ports: (0, 0),
            environment,
        })
    }

    fn report(&self) -> anyhow::Result<Report> {
        let stock = self.stock()?;
        let server = self.start(&stock.data_dir, Vec::new())?;
        eprintln!("bench: waiting until the database has tidied up");
        processes::wait_until_quiet(server.process())?;
        let machine = machine::facts(self.layout, &self.programs().join("certlens"), server.process());
        let mut rows = Vec::new();
        for tracked in &self.options.tracked {
            rows.extend(or_unmeasured(
                "recount",
                &format!("recount of {tracked} tracked identifiers"),
                recount::rows(&server, &stock, self.wanted(), *tracked),
            )?);
        }
        drop(server);
        Ok(Report {
            machine,
            stock: json!({"documents": self.options.docs, "seed": self.options.seed}),
            rows,
        })
    }
}

/// What could not be measured is a row that says so: it must not take with it what was measured before.
fn or_unmeasured(key: &'static str, name: &str, rows: anyhow::Result<Vec<Row>>) -> anyhow::Result<Vec<Row>> {
    rows.or_else(|error| {
        interruption::check()?;
        Ok(vec![Row::unmeasured(key, name, format!("{error:#}"))])
    })
}
