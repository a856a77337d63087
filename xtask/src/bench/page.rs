//! `cargo xtask bench page`: how fast a card's page is in a browser whose processor is slowed down.
//!
//! Starts the product with the demonstration's documents and portal; `end2end/measure/page.mjs` opens a card with few
//! documents and one with many, and tells what the browser saw. Here its figures become rows beside their budgets.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::machine;
use super::processes;
use super::quantiles::Quantiles;
use super::report::Report;
use super::row::{Budget, Latency, Row};
use crate::binaries::{self, Profile};
use crate::demo;
use crate::layout::Layout;
use crate::program::Invocation;
use crate::requirement::chromium;
use crate::setup::{self, Purpose};
use crate::stack::{Server, StackOptions};
use crate::wasm;

/// Largest contentful paint: what the reader came for is there.
const LARGEST_PAINT: Budget = Budget::NinetyFifth(1_000.0);
/// Total blocking time: clicks are answered while the page starts.
const BLOCKING: Budget = Budget::NinetyFifth(100.0);
/// Nothing that the reader looks at moves while the page becomes complete.
const SHIFT: Budget = Budget::AtMost(0.0);
#[expect(clippy::cast_precision_loss, reason = "a quarter of a million")]
const WASM_BYTES: Budget = Budget::AtMost(wasm::BUDGET as f64);
/// Opening both cards as often as anybody asks for.
const MEASURE_BOUND: Duration = Duration::from_mins(30);

/// How to measure.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// New browser profiles, each of which opens each card twice
    #[arg(long, value_name = "N", default_value_t = 10)]
    runs: usize,
    /// How many times slower than this machine the browser's processor is
    #[arg(long, value_name = "N", default_value_t = 4)]
    slowdown: usize,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
    /// Measure the programs in this directory, and the browser's half as it was built last, instead of building them
    #[arg(long, value_name = "DIRECTORY")]
    programs: Option<PathBuf>,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    ensure!(
        options.runs > 0 && options.slowdown > 0,
        "nothing would be measured"
    );
    if options.programs.is_none() {
        setup::run(layout, Purpose::Everything)?;
        wasm::build(layout)?;
        binaries::build(layout, Profile::Release)?;
    }
    let built = || layout.programs(Profile::Release);
    let programs = options.programs.clone().unwrap_or_else(built);
    let data_dir = layout.data_directory("target/bench-page");
    fs::create_dir_all(&data_dir).with_context(|| format!("making {}", data_dir.display()))?;
    let server = Server::start(&StackOptions {
        layout,
        profile: Profile::Release,
        programs: Some(programs.clone()),
        data_dir: data_dir.clone(),
        logs: "bench-page",
        ports: (0, 0),
        environment: Vec::new(),
    })?;
    let portal = data_dir.join("portal.json");
    demo::fill(layout, &server, &data_dir, &portal)?;
    eprintln!("bench: waiting until the engines have tidied up");
    processes::wait_until_quiet(server.process())?;
    let machine = machine::facts(layout, &programs.join("certlens"), server.process());
    let mut stack = server.open_portal(Some(&portal))?;
    eprintln!("bench: opening cards in the browser");
    let told = data_dir.join("page.json");
    let output = fs::File::create(&told).with_context(|| format!("making {}", told.display()))?;
    let browser = chromium().context("no Chromium: run `cargo xtask setup`")?;
    let measured = Invocation::new("node")
        .arg(Path::new("measure").join("page.mjs"))
        .directory(&layout.end2end())
        .env("E2E_PORTAL_URL", stack.portal_url())
        .env("E2E_APP_URL", stack.server.local_url())
        .env("E2E_OPERATOR_TOKEN", &stack.server.operator_token)
        .env("E2E_PORTAL_FILE", &portal)
        .env("E2E_CHROMIUM", browser)
        .env("MEASURE_RUNS", options.runs.to_string())
        .env("MEASURE_SLOWDOWN", options.slowdown.to_string())
        .output(output.into())
        .bound(MEASURE_BOUND)
        .run();
    stack.check()?;
    measured?;
    let told = fs::read_to_string(&told).with_context(|| format!("reading {}", told.display()))?;
    let told = serde_json::from_str(&told).context("what the browser's script printed is no JSON")?;
    let report = Report {
        machine: with_browser(machine, &told),
        stock: json!({"documents": demo::DOCUMENTS, "seed": 1}),
        rows: rows(&told),
    };
    if options.json {
        println!("{}", report.json());
    } else {
        println!("{}", report.table());
    }
    Ok(())
}

fn with_browser(mut machine: Value, told: &Value) -> Value {
    if let Some(facts) = machine.as_object_mut() {
        facts.insert("chromium".to_owned(), told["chromium"].clone());
        facts.insert("slowdown".to_owned(), told["slowdown"].clone());
    }
    machine
}

/// The keys of one figure: of the card with few documents, opened first and again, and of the one with many.
macro_rules! keys {
    ($name:literal) => {
        [
            concat!($name, "_small"),
            concat!($name, "_small_again"),
            concat!($name, "_large"),
            concat!($name, "_large_again"),
        ]
    };
}

/// A figure of every visit: the keys of its rows, its name, the script's name for it, its budget.
struct Figure {
    keys: [&'static str; 4],
    name: &'static str,
    field: &'static str,
    budget: Option<Budget>,
}

const fn figure(
    keys: [&'static str; 4],
    name: &'static str,
    field: &'static str,
    budget: Option<Budget>,
) -> Figure {
    Figure {
        keys,
        name,
        field,
        budget,
    }
}

const TIMES: [Figure; 6] = [
    figure(keys!("page_response"), "first byte", "response_ms", None),
    figure(
        keys!("page_first_paint"),
        "first contentful paint",
        "first_contentful_paint_ms",
        None,
    ),
    figure(
        keys!("page_largest_paint"),
        "largest contentful paint",
        "largest_contentful_paint_ms",
        Some(LARGEST_PAINT),
    ),
    figure(keys!("page_interactive"), "interactive", "hydrated_ms", None),
    figure(
        keys!("page_blocking"),
        "total blocking time",
        "total_blocking_time_ms",
        Some(BLOCKING),
    ),
    figure(
        keys!("page_longest_task"),
        "longest task",
        "longest_task_ms",
        None,
    ),
];

/// How much moved: the browser's own score.
const SHIFTED: Figure = figure(
    keys!("page_layout_shift"),
    "layout shift",
    "/layout_shift",
    Some(SHIFT),
);

/// Bytes over the wire, by kind.
const BYTES: [Figure; 5] = [
    figure(keys!("page_bytes_html"), "HTML", "/bytes/html", None),
    figure(keys!("page_bytes_css"), "CSS", "/bytes/css", None),
    figure(keys!("page_bytes_js"), "JavaScript", "/bytes/js", None),
    figure(keys!("page_bytes_wasm"), "WASM", "/bytes/wasm", Some(WASM_BYTES)),
    figure(keys!("page_bytes_other"), "other", "/bytes/other", None),
];

fn rows(told: &Value) -> Vec<Row> {
    let mut rows = Vec::new();
    for (card, first_key) in array(&told["cards"]).iter().zip([0, 2]) {
        let failures: Vec<&str> = array(&card["failures"])
            .iter()
            .filter_map(Value::as_str)
            .collect();
        for (visits, cache, key) in [
            ("first", "empty cache", first_key),
            ("again", "again", first_key + 1),
        ] {
            let visits = array(&card[visits]);
            let of_what = format!("{} documents, {cache}", card["documents"]);
            rows.extend(
                TIMES
                    .iter()
                    .map(|figure| times(figure, key, &of_what, visits, &failures)),
            );
            rows.push(most(&SHIFTED, key, &of_what, visits, "of the screen"));
            rows.extend(
                BYTES
                    .iter()
                    .map(|figure| most(figure, key, &of_what, visits, "bytes")),
            );
        }
    }
    rows
}

fn times(figure: &Figure, key: usize, of_what: &str, visits: &[Value], failures: &[&str]) -> Row {
    let (key, name) = (figure.keys[key], format!("{}, {of_what}", figure.name));
    let told = visits.iter().filter_map(|visit| visit[figure.field].as_f64());
    // What the browser tells is never negative; should it be, it is no time.
    let told = told.filter_map(|milliseconds| Duration::try_from_secs_f64(milliseconds / 1e3).ok());
    let times = Quantiles::of(told);
    if times.count() == 0 {
        let reason = failures.first().copied().unwrap_or("the browser told nothing");
        return Row::unmeasured(key, name, reason);
    }
    let latency = Latency {
        times,
        connections: 1,
        failed: failures.len(),
        first_failure: failures.first().map(|reason| (*reason).to_owned()),
        ..Latency::default()
    };
    within(Row::latency(key, name, latency), figure.budget)
}

/// The most that any visit needed; the figure's field is a JSON pointer.
fn most(figure: &Figure, key: usize, of_what: &str, visits: &[Value], unit: &'static str) -> Row {
    let (key, name) = (figure.keys[key], format!("{}, {of_what}", figure.name));
    let told = visits
        .iter()
        .filter_map(|visit| visit.pointer(figure.field)?.as_f64());
    match told.reduce(f64::max) {
        Some(most) => within(Row::quantity(key, name, most, unit), figure.budget),
        None => Row::unmeasured(key, name, "no card was opened"),
    }
}

fn within(row: Row, budget: Option<Budget>) -> Row {
    match budget {
        Some(budget) => row.within(budget),
        None => row,
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::rows;

    fn visit(largest: f64, blocking: f64, wasm: u64) -> serde_json::Value {
        json!({
            "response_ms": 12.0, "first_contentful_paint_ms": 200.5, "largest_contentful_paint_ms": largest,
            "hydrated_ms": 600.0, "total_blocking_time_ms": blocking, "longest_task_ms": 70.0,
            "layout_shift": if wasm > 0 { 0.0 } else { 0.02 },
            "bytes": {"html": 9_000, "css": 4_000, "js": 12_000, "wasm": wasm, "other": 0},
        })
    }

    #[test]
    fn figures_of_the_browser_become_rows_beside_their_budgets() {
        let told = json!({"cards": [{
            "documents": 3,
            "first": [visit(400.0, 20.0, 200_000), visit(1_200.0, 90.0, 260_000)],
            "again": [visit(300.0, 0.0, 0)],
            "failures": [],
        }]});
        let rows = rows(&told);
        let verdicts: Vec<_> = rows
            .iter()
            .filter_map(|row| Some((row.name.as_str(), row.verdict()?)))
            .collect();
        assert_eq!(
            verdicts,
            [
                ("largest contentful paint, 3 documents, empty cache", false),
                ("total blocking time, 3 documents, empty cache", true),
                ("layout shift, 3 documents, empty cache", true),
                ("WASM, 3 documents, empty cache", false),
                ("largest contentful paint, 3 documents, again", true),
                ("total blocking time, 3 documents, again", true),
                ("layout shift, 3 documents, again", false),
                ("WASM, 3 documents, again", true),
            ]
        );
    }

    #[test]
    fn card_that_never_became_interactive_is_not_measured_and_says_why() {
        let told = json!({"cards": [{
            "documents": 3, "first": [], "again": [], "failures": ["Timeout 60000ms exceeded."],
        }]});
        let rows = rows(&told);
        assert!(rows.iter().all(|row| row.verdict().is_none()));
        let largest = rows
            .iter()
            .find(|row| row.key == "page_largest_paint_small")
            .unwrap();
        assert_eq!(largest.json()["unmeasured"], "Timeout 60000ms exceeded.");
    }
}
