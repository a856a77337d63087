//! `cargo xtask test`: everything that CI runs, step by step, with a summary at the end.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::binaries::{self, Profile};
use crate::check;
use crate::engines::TestEngines;
use crate::interruption;
use crate::layout::Layout;
use crate::licences;
use crate::program::Invocation;
use crate::requirement::chromium;
use crate::setup::{self, Purpose};
use crate::stack::{self, Server, StackOptions};
use crate::wasm;

/// Documents of the end-to-end tests: few enough to count by other means.
const DOCUMENTS: u32 = 2_000;
/// The day of the end-to-end tests: documents, terms and trends end there, so that pictures of pages stay good.
const TODAY: &str = "2026-11-20";
/// Compiled and run, on a machine half as fast as ours.
const TEST_BOUND: Duration = Duration::from_mins(45);

/// Which steps to run.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Only the Rust tests: no lints, no browser
    #[arg(long)]
    rust_only: bool,
    /// Only the end-to-end tests in the browser
    #[arg(long, conflicts_with = "rust_only")]
    end2end_only: bool,
    /// Renew the pictures of pages in `end2end/snapshots`; look at them before you commit them
    #[arg(long, requires = "end2end_only")]
    update_snapshots: bool,
    /// What else goes to the browser's tests: names of files, `--grep TEXT`
    #[arg(last = true, requires = "end2end_only", value_name = "PLAYWRIGHT")]
    playwright: Vec<String>,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<ExitCode> {
    let mut steps = Steps::default();
    let (rust, end2end) = (!options.end2end_only, !options.rust_only);
    // Nothing works without these two; what follows is told apart in the summary.
    setup::run(
        layout,
        if end2end {
            Purpose::Everything
        } else {
            Purpose::Build
        },
    )?;
    if rust && end2end {
        steps.run("format", || check::format(layout));
        steps.run("licences", || licences::check(layout));
        steps.run("lint", || check::lint(layout));
    }
    let site = end2end && steps.run("browser's half", || wasm::build(layout));
    if steps.run("build", || binaries::build(layout, Profile::Dev)) {
        if rust {
            steps.run("tests", || rust_tests(layout));
            steps.run("documentation's tests", || documentation_tests(layout));
        }
        if site {
            steps.run("end-to-end tests", || browser_tests(layout, options));
        }
    }
    interruption::check()?;
    Ok(steps.summary())
}

fn rust_tests(layout: &Layout) -> anyhow::Result<()> {
    let engines = TestEngines::start(
        layout,
        Profile::Dev,
        &layout.data_directory("target/test-engines"),
    )?;
    let nextest = Invocation::cargo().args(["nextest", "--version"]).succeeds();
    let runner: &[&str] = if nextest {
        &["nextest", "run"]
    } else {
        &["test", "--all-targets"]
    };
    Invocation::cargo()
        .args(runner)
        .args([
            "--locked",
            "--no-fail-fast",
            "--workspace",
            "--exclude",
            "certlens-frontend",
        ])
        .env("CERTLENS_TEST_DATABASE_URL", &engines.postgres_url)
        .env("CERTLENS_TEST_CLICKHOUSE_URL", &engines.clickhouse_url)
        .directory(layout.root())
        .bound(TEST_BOUND)
        .run()
}

fn documentation_tests(layout: &Layout) -> anyhow::Result<()> {
    Invocation::cargo()
        .args([
            "test",
            "--locked",
            "--doc",
            "--quiet",
            "--workspace",
            "--exclude",
            "certlens-frontend",
        ])
        .directory(layout.root())
        .bound(TEST_BOUND)
        .run()
}

/// A stack of its own with known documents, and the browser's tests on it.
fn browser_tests(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    let mut arguments: Vec<String> = Vec::new();
    if options.update_snapshots {
        arguments.push("--update-snapshots=changed".to_owned());
    }
    arguments.extend(options.playwright.iter().cloned());
    in_browser(layout, &arguments)
}

/// The pictures of the guides, taken anew from the same stack; look at them before you commit them.
pub(crate) fn guide(layout: &Layout) -> anyhow::Result<()> {
    setup::run(layout, Purpose::Everything)?;
    wasm::build(layout)?;
    binaries::build(layout, Profile::Dev)?;
    in_browser(layout, &["--config".to_owned(), "guide.config.ts".to_owned()])
}

fn in_browser(layout: &Layout, arguments: &[String]) -> anyhow::Result<()> {
    let data_dir = layout.data_directory("target/e2e");
    if data_dir.exists() {
        fs::remove_dir_all(&data_dir).with_context(|| format!("emptying {}", data_dir.display()))?;
    }
    fs::create_dir_all(&data_dir).with_context(|| format!("making {}", data_dir.display()))?;
    let (documents, portal) = (data_dir.join("documents.jsonl"), data_dir.join("portal.json"));
    let program = layout.programs(Profile::Dev).join("certlens");
    stack::generate(&program, DOCUMENTS, Some(TODAY), &documents, &portal)?;
    let server = Server::start(&StackOptions {
        layout,
        profile: Profile::Dev,
        programs: None,
        data_dir: data_dir.clone(),
        logs: "end2end",
        ports: (0, 0),
        environment: vec![("CERTLENS_TODAY", TODAY.to_owned())],
    })?;
    server.import("jsonl", &documents)?;
    for (source, sample) in stack::samples(layout)? {
        server.import(source, &sample)?;
    }
    let rf_territory = data_dir.join("rf-territory.csv");
    write_rf_territory(&documents, &rf_territory)?;
    server.import("rf-territory", &rf_territory)?;
    let mut stack = server.open_portal(Some(&portal))?;
    let browser = chromium().context("no Chromium: run `cargo xtask setup`")?;
    let outcome = playwright(layout)
        .args(arguments)
        .env("E2E_PORTAL_URL", stack.portal_url())
        .env("E2E_APP_URL", stack.server.local_url())
        .env("E2E_OPERATOR_TOKEN", &stack.server.operator_token)
        .env("E2E_DOCUMENTS_FILE", &documents)
        .env("E2E_PORTAL_FILE", &portal)
        .env("E2E_RF_TERRITORY_FILE", &rf_territory)
        .env("E2E_TODAY", TODAY)
        .env("E2E_CHROMIUM", browser)
        .run();
    stack.check()?;
    // A run that failed says so first.
    outcome.and_then(|()| stack.look_for_secrets())
}

/// The list of documents that are terminated on Russia's territory: of Kyrgyzstan's, those in force with an even key.
fn write_rf_territory(documents: &Path, list: &Path) -> anyhow::Result<()> {
    let text = fs::read_to_string(documents).with_context(|| format!("reading {}", documents.display()))?;
    let mut lines = String::from("number,reg_date,id_status_in_rf\n");
    for line in text.lines() {
        let document: serde_json::Value =
            serde_json::from_str(line).context("reading a generated document")?;
        let field = |name: &str| document[name].as_str().unwrap_or_default();
        let is_listed = field("registry").starts_with("kg_")
            && field("status") == "active"
            && field("valid_until") > TODAY
            && field("source_id").ends_with(['0', '2', '4', '6', '8']);
        if is_listed {
            let (number, day) = (field("number"), field("registered_on"));
            // Writing to a text never fails.
            let _ = writeln!(lines, "{number},{day},14");
        }
    }
    fs::write(list, lines).with_context(|| format!("writing {}", list.display()))
}

fn playwright(layout: &Layout) -> Invocation {
    let directory = layout.end2end();
    Invocation::new(Path::new(&directory).join("node_modules/.bin/playwright"))
        .arg("test")
        .env("CI", "1")
        .directory(&directory)
        .bound(TEST_BOUND)
}

/// What was run, and how it ended.
#[derive(Default)]
struct Steps {
    done: Vec<(&'static str, Duration, bool)>,
}

impl Steps {
    /// Runs one step; whether it succeeded. After an interruption nothing is run any more.
    fn run(&mut self, name: &'static str, step: impl FnOnce() -> anyhow::Result<()>) -> bool {
        if interruption::requested() {
            return false;
        }
        println!("\n== {name}");
        let started = Instant::now();
        let outcome = step();
        if let Err(error) = &outcome {
            eprintln!("error: {error:#}");
        }
        self.done.push((name, started.elapsed(), outcome.is_ok()));
        outcome.is_ok()
    }

    fn summary(&self) -> ExitCode {
        println!("\n== summary");
        for (name, duration, success) in &self.done {
            let verdict = if *success { "ok    " } else { "FAILED" };
            println!("{verdict}  {name:<24} {:>7.1} s", duration.as_secs_f64());
        }
        let failed = self.done.iter().filter(|(_, _, success)| !success).count();
        println!("\nsteps: {} passed, {failed} failed", self.done.len() - failed);
        if failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}
