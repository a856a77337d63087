//! `certlens import`: files of the registries into both stores.
//!
//! Knows which files are meant, in which order, and what to say of each. What a file means is known in
//! `certlens-formats`, how it becomes visible in `certlens-registry`.

mod files;
mod report;
mod watch;

use crate::configuration::Configuration;
use crate::data::Data;
use crate::shutdown::StopSignal;
use crate::telemetry;
use certlens_domain::duration::ShortDuration;
use certlens_formats::ImportSource;
use certlens_registry::{ImportError, ImportInput, ImportOptions, Importer};
use files::Chosen;
use report::Report;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Imports documents from files of the registries. A file becomes visible as a whole or not at all; importing it
/// again changes nothing. Rows that make no sense are put into a file below the data directory.
///
/// Files of a folder are imported in the order of their names, those that were imported already are left out. A file
/// that can't be imported does not keep the others from it; the exit code is 1 then.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct Args {
    /// Format of the files: jsonl, parquet, fsa-certificates, fsa-declarations, kg-certificates, kg-declarations, kz,
    /// by, eaeu or rf-territory
    source: ImportSource,
    /// Files and folders to import, one after the other; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[arg(
        long,
        help = "Print one JSON object a file: {read, new, changed, unchanged, rejected, rejects_file}; with several \
                files also {file}"
    )]
    json: bool,
    /// Read and compare only: say what would be new, changed and rejected, store nothing
    #[arg(long, conflicts_with = "watch")]
    dry_run: bool,
    /// Import files of a folder again that were imported already
    #[arg(long)]
    again: bool,
    /// Keep running and import files as they appear in the folders
    #[arg(long)]
    watch: bool,
    /// How often watched folders are looked at
    #[arg(long, value_name = "TIME", default_value = "10s", requires = "watch")]
    every: ShortDuration,
    /// How long to wait for another import to end
    #[arg(long, value_name = "TIME", default_value = "5s")]
    wait: ShortDuration,
}

impl Args {
    const fn options(&self) -> ImportOptions {
        ImportOptions {
            dry_run: self.dry_run,
            patience: self.wait.get(),
            // Which files are left out is decided here.
            again: true,
        }
    }
}

/// Runs the command.
pub async fn run(configuration: &Configuration, args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = StopSignal::listen()?;
    // Before the engines: a missing file is found out at once.
    let chosen = files::choose(&args.paths)?;
    if args.watch {
        files::refuse_to_watch_without_folders(&args.paths)?;
    } else {
        files::refuse_empty_folders(&args.paths)?;
    }
    let Some(data) = Data::open_unless_stopped(configuration, &mut stop).await? else {
        anyhow::bail!("interrupted before the import began; nothing was stored");
    };
    telemetry::start();
    let begun = Instant::now();
    let importing = Importing {
        importer: data.importer(configuration),
        report: Report::new(args.json, chosen.len() > 1 || args.watch, args.dry_run),
        args: &args,
    };
    let outcome = tokio::select! {
        outcome = importing.all(chosen) => outcome,
        _ = stop.received() => interrupted(&args),
    };
    if let Err(error) = telemetry::keep_now(&data.store(), begun.elapsed()).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the import is missing in the figures over time; its documents are stored"
        );
    }
    data.close().await;
    outcome
}

/// Whoever watches is ended by a signal as a matter of course: what was under way is completed by the next run.
fn interrupted(args: &Args) -> anyhow::Result<ExitCode> {
    if args.watch {
        return Ok(ExitCode::SUCCESS);
    }
    Err(anyhow::anyhow!(
        "interrupted; run the same import again to complete it"
    ))
}

/// Everything that importing one file after the other needs.
struct Importing<'run> {
    importer: Importer,
    report: Report,
    args: &'run Args,
}

impl Importing<'_> {
    /// Imports what was chosen, then watches if that was asked for.
    async fn all(&self, chosen: Vec<Chosen>) -> anyhow::Result<ExitCode> {
        let mut failed = 0_usize;
        for file in &chosen {
            if self.is_done(file).await? {
                report::skipped(file.path());
                continue;
            }
            if !self.one(file.path()).await? {
                failed += 1;
            }
        }
        if self.args.watch {
            watch::run(self).await?;
        }
        if failed > 0 {
            report::end(failed, chosen.len());
            return Ok(ExitCode::FAILURE);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Whether a file of a folder was imported before and has not changed since. Files that are named are always imported.
    async fn is_done(&self, file: &Chosen) -> Result<bool, ImportError> {
        match file {
            Chosen::Named(_) => Ok(false),
            Chosen::OfFolder(_) if self.args.again || self.args.dry_run => Ok(false),
            Chosen::OfFolder(path) => self.importer.was_imported(self.args.source, path).await,
        }
    }

    /// Imports one file and reports it; whether it went well. What would keep the next file from being imported, too, is an
    /// error.
    async fn one(&self, path: &Path) -> anyhow::Result<bool> {
        let bar = report::bar();
        let outcome = match input(path) {
            Ok(input) => {
                self.importer
                    .import_with(&self.args.options(), self.args.source, input, |progress| {
                        report::show(&bar, progress);
                    })
                    .await
            }
            Err(error) => Err(error),
        };
        bar.finish_and_clear();
        match outcome {
            Ok(summary) => {
                self.report.done(path, &summary)?;
                Ok(true)
            }
            Err(error) if concerns_this_file_only(&error) && self.report.names_files() => {
                self.report.failed(path, &error)?;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn input(path: &Path) -> Result<ImportInput, ImportError> {
    if path == Path::new("-") {
        return Ok(ImportInput::standard_input());
    }
    ImportInput::file(path)
}

const fn concerns_this_file_only(error: &ImportError) -> bool {
    matches!(
        error,
        ImportError::Open { .. } | ImportError::Format { .. } | ImportError::MostlyRejected { .. }
    )
}

/// How long a watched file must have stayed the same before it counts as written to its end.
const SETTLED: Duration = Duration::from_secs(2);
