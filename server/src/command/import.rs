//! `certlens import`: files of the registries into both stores.

use crate::configuration::Configuration;
use crate::data::Data;
use crate::shutdown::StopSignal;
use anyhow::Context as _;
use certlens_formats::ImportSource;
use certlens_registry::{ImportInput, ImportSummary, Importer, Progress, Stage};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const BAR_STEP: Duration = Duration::from_millis(100);

/// Imports documents from files of the registries. A file becomes visible as a whole or not at all; importing it
/// again changes nothing. Rows that make no sense are put into a file below the data directory.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Format of the files: jsonl, fsa-certificates or fsa-declarations
    source: ImportSource,
    /// Files to import, one after the other; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[arg(
        long,
        help = "Print one JSON object a file: {read, new, changed, unchanged, rejected, rejects_file}"
    )]
    json: bool,
}

/// Runs the command.
pub async fn run(configuration: &Configuration, args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = StopSignal::listen()?;
    // Before the engines: a missing file is found out at once.
    let inputs = args
        .files
        .iter()
        .map(|path| input(path))
        .collect::<Result<Vec<_>, _>>()?;
    let Some(data) = Data::open_unless_stopped(configuration, &mut stop).await? else {
        anyhow::bail!("interrupted before the import began; nothing was stored");
    };
    let importer = data.importer(configuration);
    let outcome = tokio::select! {
        outcome = import_all(&importer, &args, inputs) => outcome,
        () = stop.received() => Err(anyhow::anyhow!("interrupted; run the same import again to complete it")),
    };
    data.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn import_all(importer: &Importer, args: &Args, inputs: Vec<ImportInput>) -> anyhow::Result<()> {
    for (path, input) in args.files.iter().zip(inputs) {
        let bar = bar();
        let outcome = importer
            .import(args.source, input, |progress| show(&bar, progress))
            .await;
        bar.finish_and_clear();
        report(path, &outcome?, args.json)?;
    }
    Ok(())
}

fn input(path: &Path) -> anyhow::Result<ImportInput> {
    if path == Path::new("-") {
        return Ok(ImportInput::standard_input());
    }
    Ok(ImportInput::file(path)?)
}

/// A bar on a terminal, nothing otherwise.
fn bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.enable_steady_tick(BAR_STEP);
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    let stage = match progress.stage {
        Stage::Reading => "reading",
        Stage::Merging => "storing",
        Stage::Publishing => "publishing",
    };
    if let (Some(total), Stage::Reading) = (progress.bytes_total, progress.stage) {
        if bar.length() != Some(total) {
            bar.set_length(total);
            bar.set_style(style("{bar:30} {percent:>3} % {msg} (eta {eta})"));
        }
        bar.set_position(progress.bytes_read);
    } else if bar.length().is_some() || bar.position() == 0 {
        bar.unset_length();
        bar.set_style(style("{spinner} {elapsed} {msg}"));
        bar.set_position(progress.bytes_read.max(1));
    }
    bar.set_message(format!(
        "{stage}: {} rows, {} rejected",
        progress.read, progress.rejected
    ));
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn report(path: &Path, summary: &ImportSummary, json: bool) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    if json {
        serde_json::to_writer(&mut output, summary)?;
        writeln!(output)?;
    } else {
        writeln!(output, "{}: {}", path.display(), sentence(summary))?;
    }
    output.flush().context("writing the summary")
}

fn sentence(summary: &ImportSummary) -> String {
    let ImportSummary {
        read,
        new,
        changed,
        unchanged,
        rejected,
        rejects_file,
    } = summary;
    let mut sentence =
        format!("{read} rows read: {new} new, {changed} changed, {unchanged} unchanged, {rejected} rejected");
    if let Some(file) = rejects_file {
        // Writing to a string does not fail.
        let _ = write!(sentence, "; see {}", file.display());
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentence_of_an_import_with_rejected_rows_says_where_they_are() {
        let summary = ImportSummary {
            read: 5,
            new: 2,
            changed: 1,
            unchanged: 1,
            rejected: 1,
            rejects_file: Some(PathBuf::from("data/rejects/a.jsonl")),
        };
        assert_eq!(
            sentence(&summary),
            "5 rows read: 2 new, 1 changed, 1 unchanged, 1 rejected; see data/rejects/a.jsonl"
        );
    }
}
