//! `certlens demo-data`: invented documents as canonical JSON lines, and the portal that goes with them.

use crate::configuration::Configuration;
use anyhow::Context as _;
use certlens_domain::document::Document;
use certlens_registry::demo;
use chrono::NaiveDate;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A few hundred lines, so that a pipe is written in its own size.
const BUFFER: usize = 1 << 18;

/// Writes invented documents over all six registries, one JSON object a line, as `certlens import jsonl` reads them.
/// The same seed, number and day give the same documents on every machine.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many documents
    #[arg(long, value_name = "N")]
    documents: u64,
    /// Which documents: another seed gives others
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Day on which the newest are registered [default: the configured day, else today, UTC]
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<NaiveDate>,
    /// One applicant holds so many of them, and most others one to three: what measurements are made on
    #[arg(long, value_name = "N", conflicts_with = "portal")]
    heaviest: Option<u64>,
    /// File for the documents [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// File for a portal whose companies hold the documents, as `portal-sim --seed-file` reads it
    #[arg(long, value_name = "FILE")]
    portal: Option<PathBuf>,
}

/// Runs the command.
pub fn run(configuration: &Configuration, args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(path) = &args.portal {
        let portal = demo::portal(args.seed, args.documents);
        let text = serde_json::to_vec_pretty(&portal).context("describing the portal")?;
        std::fs::write(path, text).with_context(|| unwritable(path))?;
    }
    let today = args.today.unwrap_or_else(|| configuration.calendar.today());
    let written = match &args.out {
        Some(path) => File::create(path)
            .and_then(|file| write_documents(file, args, today))
            .with_context(|| unwritable(path)),
        None => ignoring_a_closed_pipe(write_documents(io::stdout().lock(), args, today))
            .context("standard output can't be written"),
    };
    written.map(|()| ExitCode::SUCCESS)
}

fn write_documents(output: impl Write, args: &Args, today: NaiveDate) -> io::Result<()> {
    match args.heaviest {
        Some(heaviest) => {
            let documents = demo::heavy_tail(args.seed, args.documents, heaviest, today);
            write_lines(output, documents)
        }
        None => write_lines(output, demo::documents(args.seed, args.documents, today)),
    }
}

fn write_lines(output: impl Write, documents: impl Iterator<Item = Document>) -> io::Result<()> {
    let mut output = BufWriter::with_capacity(BUFFER, output);
    for document in documents {
        serde_json::to_writer(&mut output, &document)?;
        output.write_all(b"\n")?;
    }
    output.flush()
}

/// Who reads no further, as `head` does, has all that he wanted.
fn ignoring_a_closed_pipe(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn unwritable(path: &Path) -> String {
    format!("{} can't be written", path.display())
}
