//! `cargo xtask bench`: the rows of the budget that can be measured, on a stack with generated documents. Prints, and
//! judges nothing: wall time is no test.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;

use crate::binaries::{self, Profile};
use crate::http::request_with;
use crate::interruption;
use crate::layout::Layout;
use crate::setup::{self, Purpose};
use crate::stack::{self, Server, StackOptions};

/// What to measure on.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Documents to generate and import
    #[arg(long, default_value_t = 200_000)]
    documents: u32,
    /// Counterparties to search for, each once
    #[arg(long, default_value_t = 300)]
    searches: usize,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    setup::run(layout, Purpose::Build)?;
    binaries::build(layout, Profile::Release)?;
    let data_dir = layout.data_directory("target/bench");
    if data_dir.exists() {
        fs::remove_dir_all(&data_dir).with_context(|| format!("emptying {}", data_dir.display()))?;
    }
    fs::create_dir_all(&data_dir)?;
    let documents = data_dir.join("documents.jsonl");
    stack::generate(
        layout,
        Profile::Release,
        options.documents,
        &documents,
        &data_dir.join("portal.json"),
    )?;
    let identifiers = identifiers(&documents, options.searches)?;
    println!(
        "measured on {} documents, {} searches",
        options.documents,
        identifiers.len()
    );

    let server = start(layout, &data_dir, Vec::new())?;
    let started = Instant::now();
    server.import("jsonl", &documents)?;
    let rate = f64::from(options.documents) / started.elapsed().as_secs_f64();
    println!("import into both stores: {rate:.0} documents/s (budget 50000)");
    measure("search, each for the first time", &server, &identifiers)?;
    measure("search, each again", &server, &identifiers)?;
    drop(server);

    let server = start(
        layout,
        &data_dir,
        vec![("CERTLENS_CLICKHOUSE_URL", "off".to_owned())],
    )?;
    measure("search with ClickHouse off", &server, &identifiers)
}

fn start(
    layout: &Layout,
    data_dir: &Path,
    environment: Vec<(&'static str, String)>,
) -> anyhow::Result<Server> {
    Server::start(&StackOptions {
        layout,
        profile: Profile::Release,
        data_dir: data_dir.to_path_buf(),
        logs: "bench",
        ports: (0, 0),
        environment,
    })
}

/// Different tax numbers of applicants, in their order in the file.
fn identifiers(documents: &Path, count: usize) -> anyhow::Result<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for line in BufReader::new(fs::File::open(documents)?).lines() {
        let document: Value = serde_json::from_str(&line?).context("a generated document is no JSON")?;
        let Some(tax_number) = document["applicant"]["inn"].as_str() else {
            continue;
        };
        if seen.insert(tax_number.to_owned()) {
            found.push(tax_number.to_owned());
        }
        if found.len() == count {
            break;
        }
    }
    Ok(found)
}

/// Times whole requests, one after another, each on a connection of its own.
fn measure(name: &str, server: &Server, identifiers: &[String]) -> anyhow::Result<()> {
    let authorization = format!("Bearer {}", server.operator_token);
    let mut durations = Vec::with_capacity(identifiers.len());
    let mut engines = BTreeSet::new();
    for identifier in identifiers {
        interruption::check()?;
        let path = format!("/api/v1/analytics?id={identifier}");
        let started = Instant::now();
        let headers = [("Authorization", authorization.as_str())];
        let answer = request_with("GET", "app.localhost", server.port(), &path, &headers)?;
        durations.push(started.elapsed());
        anyhow::ensure!(
            answer.status == 200,
            "the search for {identifier} answers {}",
            answer.status
        );
        let answer: Value = serde_json::from_str(&answer.body).context("an answer is no JSON")?;
        engines.insert(answer["engine"].as_str().unwrap_or("unknown").to_owned());
    }
    durations.sort();
    let engines = engines.into_iter().collect::<Vec<_>>().join(" and ");
    println!(
        "{name} (answered by {engines}): p50 {}, p95 {}",
        shown(&durations, 50),
        shown(&durations, 95)
    );
    Ok(())
}

fn shown(sorted: &[Duration], percent: usize) -> String {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).map_or_else(
        || "-".to_owned(),
        |duration| format!("{:.1} ms", duration.as_secs_f64() * 1e3),
    )
}
