//! What the user sees of an import: a bar while it runs, a line when it is done.

use anyhow::Context as _;
use certlens_registry::{ImportError, ImportSummary, Progress, Stage};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

const BAR_STEP: Duration = Duration::from_millis(100);

/// Writes results to standard output and everything else to standard error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report {
    json: bool,
    /// Results tell which file they are of.
    names_files: bool,
    dry_run: bool,
}

/// What `--json` prints of a file when there are several.
#[derive(Serialize)]
struct OfFile<'file> {
    file: String,
    #[serde(flatten)]
    summary: &'file ImportSummary,
}

/// What `--json` prints of a file that was not imported.
#[derive(Serialize)]
struct Failed {
    file: String,
    error: String,
}

impl Report {
    pub(super) const fn new(json: bool, names_files: bool, dry_run: bool) -> Self {
        Self {
            json,
            names_files,
            dry_run,
        }
    }

    /// Whether there are several files, so that one may fail without the others.
    pub(super) const fn names_files(self) -> bool {
        self.names_files
    }

    pub(super) fn done(self, path: &Path, summary: &ImportSummary) -> anyhow::Result<()> {
        let file = path.display().to_string();
        match (self.json, self.names_files) {
            (true, false) => print_json(summary),
            (true, true) => print_json(&OfFile { file, summary }),
            (false, _) => print_line(&format!("{file}: {}", sentence(summary, self.dry_run))),
        }
    }

    pub(super) fn failed(self, path: &Path, error: &ImportError) -> anyhow::Result<()> {
        eprintln!("certlens: {error}");
        if self.json {
            return print_json(&Failed {
                file: path.display().to_string(),
                error: error.to_string(),
            });
        }
        Ok(())
    }
}

/// A file of a folder that was imported before.
pub(super) fn skipped(path: &Path) {
    eprintln!(
        "{}: imported already, left out (--again imports it)",
        path.display()
    );
}

/// A file that will be tried again.
pub(super) fn put_off(path: &Path, error: &anyhow::Error) {
    eprintln!("{}: tried again later: {error}", path.display());
}

/// From now on files are awaited.
pub(super) fn watching() {
    eprintln!("watching for new files; Ctrl-C ends");
}

/// The end, when some files were not imported.
pub(super) fn end(failed: usize, files: usize) {
    eprintln!("certlens: {failed} of {files} files were not imported; see above");
}

fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut line = serde_json::to_string(value)?;
    line.push('\n');
    print(&line)
}

fn print_line(text: &str) -> anyhow::Result<()> {
    print(&format!("{text}\n"))
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .context("writing the summary")
}

/// A bar on a terminal, nothing otherwise.
pub(super) fn bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.enable_steady_tick(BAR_STEP);
    bar
}

/// Moves the bar.
pub(super) fn show(bar: &ProgressBar, progress: Progress) {
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

fn sentence(summary: &ImportSummary, dry_run: bool) -> String {
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
    if dry_run {
        sentence.push_str(" (nothing was stored)");
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn summary() -> ImportSummary {
        ImportSummary {
            read: 5,
            new: 2,
            changed: 1,
            unchanged: 1,
            rejected: 1,
            rejects_file: Some(PathBuf::from("data/rejects/a.jsonl")),
        }
    }

    #[test]
    fn sentence_of_an_import_with_rejected_rows_says_where_they_are() {
        assert_eq!(
            sentence(&summary(), false),
            "5 rows read: 2 new, 1 changed, 1 unchanged, 1 rejected; see data/rejects/a.jsonl"
        );
        assert!(sentence(&summary(), true).ends_with("(nothing was stored)"));
    }

    #[test]
    fn json_of_one_file_has_the_counts_only_and_of_several_the_file_as_well() {
        let of_one = serde_json::to_value(summary()).unwrap();
        let of_several = serde_json::to_value(OfFile {
            file: "a.csv".to_owned(),
            summary: &summary(),
        })
        .unwrap();
        assert_eq!(of_one.as_object().unwrap().len(), 6);
        assert_eq!(of_several["file"], "a.csv");
        assert_eq!(of_several["new"], 2);
    }
}
