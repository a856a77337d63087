//! What the measurements on a stock of documents have in common: their options, the stock, a server on it, the report.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use serde_json::{Value, json};

use super::machine;
use super::report::Report;
use super::row::Row;
use super::stock::{self, EarlierOptions, Stock, Wanted};
use crate::binaries::{self, Profile};
use crate::interruption;
use crate::layout::Layout;
use crate::setup::{self, Purpose};
use crate::stack::{Server, StackOptions};
use crate::wasm;

/// On which documents to measure, with which programs, and how to tell it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct StockOptions {
    /// Documents in the stores; a twelfth of them is of one applicant
    #[arg(long, value_name = "N", default_value_t = 12_000_000)]
    docs: u64,
    /// Which documents: another seed gives others
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    earlier: EarlierOptions,
    /// Measure the programs in this directory instead of building them
    #[arg(long, value_name = "DIRECTORY")]
    programs: Option<PathBuf>,
}

/// A measurement on a stock of documents.
pub(crate) struct Measurement<'options> {
    layout: &'options Layout,
    options: &'options StockOptions,
}

impl<'options> Measurement<'options> {
    /// Checks the options, and builds what is to be measured: with the browser's half where pages are.
    pub(crate) fn prepare(
        layout: &'options Layout,
        options: &'options StockOptions,
        with_pages: bool,
    ) -> anyhow::Result<Self> {
        ensure!(
            options.docs >= 1000,
            "fewer than 1000 documents have no heavy tail"
        );
        if options.programs.is_none() {
            setup::run(layout, Purpose::Build)?;
            if with_pages {
                wasm::build(layout)?;
            }
            binaries::build(layout, Profile::Release)?;
        }
        Ok(Self { layout, options })
    }

    /// Which documents are wanted.
    pub(crate) const fn wanted(&self) -> Wanted {
        Wanted {
            documents: self.options.docs,
            seed: self.options.seed,
        }
    }

    /// The documents: those of an earlier run, or new ones.
    pub(crate) fn stock(&self) -> anyhow::Result<Stock> {
        stock::prepare(
            self.layout,
            &self.program(),
            self.wanted(),
            self.options.earlier.choice(),
            |data_dir| self.start(data_dir, Vec::new()),
        )
    }

    /// A server on these data.
    pub(crate) fn start(
        &self,
        data_dir: &Path,
        environment: Vec<(&'static str, String)>,
    ) -> anyhow::Result<Server> {
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

    /// On what it was measured, as long as the server runs.
    pub(crate) fn machine(&self, server: &Server) -> Value {
        machine::facts(self.layout, &self.program(), server.process())
    }

    /// Prints the rows.
    pub(crate) fn print(&self, machine: Value, rows: Vec<Row>) {
        let report = Report {
            machine,
            stock: json!({"documents": self.options.docs, "seed": self.options.seed}),
            rows,
        };
        if self.options.json {
            println!("{}", report.json());
        } else {
            println!("{}", report.table());
        }
    }

    fn program(&self) -> PathBuf {
        let built = || self.layout.programs(Profile::Release);
        self.options
            .programs
            .clone()
            .unwrap_or_else(built)
            .join("certlens")
    }
}

/// What could not be measured is a row that says so: it must not take with it what was measured before.
pub(crate) fn or_unmeasured(
    key: &'static str,
    name: &str,
    rows: anyhow::Result<Vec<Row>>,
) -> anyhow::Result<Vec<Row>> {
    rows.or_else(|error| {
        interruption::check()?;
        Ok(vec![Row::unmeasured(key, name, format!("{error:#}"))])
    })
}
