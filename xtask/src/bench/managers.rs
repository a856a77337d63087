//! `cargo xtask bench load`: managers who open cards in many portals, against one process of the service and against
//! two; and whether an hour of that leaves memory as it was.
//!
//! A closed loop: each manager opens a card as his portal does, by a POST of the frame on a connection of its own, reads
//! the page to its end, thinks, and opens another. What is refused for overload (503) is counted apart from what fails.

mod crowd;
mod office;
mod watch;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::json;

use self::crowd::{Crowd, Visit};
use self::office::Office;
use self::watch::{Cost, Slope, Watch};
use super::machine;
use super::processes;
use super::quantiles::{Quantiles, milliseconds};
use super::report::Report;
use super::row::{Budget, Latency, Row, per};
use crate::binaries::{self, Profile};
use crate::layout::Layout;
use crate::setup::{self, Purpose};
use crate::stack::{self, Server, StackOptions};
use crate::wasm;

/// What a leak may not reach: noise of the allocator is below it.
const LEAK_MEGABYTES_AN_HOUR: f64 = 20.0;
/// File descriptors that an hour may add.
const LEAK_DESCRIPTORS_AN_HOUR: f64 = 20.0;

/// How to measure.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Managers at once; a row for each number
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [100, 500, 2_000])]
    managers: Vec<usize>,
    /// Portals that have the application
    #[arg(long, value_name = "N", default_value_t = 200)]
    portals: usize,
    /// Processes of the service on the same engines; all rows for each number
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1, 2])]
    processes: Vec<usize>,
    /// Minutes of each row, after everybody has opened a card or two
    #[arg(long, value_name = "MINUTES", default_value_t = 1)]
    minutes: u64,
    /// Seconds between two cards of a manager, on average
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    think: f64,
    /// Minutes of load with the first number of managers, to see whether memory grows; nothing else is measured then
    #[arg(long, value_name = "MINUTES")]
    soak: Option<u64>,
    /// Documents in the stores
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    docs: u32,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
    /// Measure the programs in this directory instead of building them
    #[arg(long, value_name = "DIRECTORY")]
    programs: Option<PathBuf>,
}

pub(crate) fn run(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    ensure!(
        options.portals > 0
            && options.managers.iter().all(|managers| *managers > 0)
            && options
                .processes
                .iter()
                .all(|processes| (1..=8).contains(processes)),
        "there must be portals, managers, and one to eight processes"
    );
    if options.programs.is_none() {
        setup::run(layout, Purpose::Build)?;
        wasm::build(layout)?;
        binaries::build(layout, Profile::Release)?;
    }
    let programs = options
        .programs
        .clone()
        .unwrap_or_else(|| layout.programs(Profile::Release));
    let data_dir = layout.data_directory("target/bench-load");
    // The portals of an earlier run are other ones: their simulator is gone.
    if data_dir.exists() {
        fs::remove_dir_all(&data_dir).with_context(|| format!("emptying {}", data_dir.display()))?;
    }
    fs::create_dir_all(&data_dir).with_context(|| format!("making {}", data_dir.display()))?;
    let (documents, portal) = (data_dir.join("documents.jsonl"), data_dir.join("portal.json"));
    let program = programs.join("certlens");
    stack::generate(&program, options.docs, None, &documents, &portal)?;
    let server = Server::start(&StackOptions {
        layout,
        profile: Profile::Release,
        programs: Some(programs),
        data_dir,
        logs: "bench-load",
        ports: (0, 0),
        environment: vec![("RUST_LOG", "error".to_owned())],
    })?;
    server.import_quietly("jsonl", &documents)?;
    let machine = machine::facts(layout, &program, server.process());
    eprintln!("bench: installing into {} portals", options.portals);
    let office = Office::open(server, &portal, options.portals)?;
    eprintln!("bench: waiting until the portals are read and the engines have tidied up");
    processes::wait_until_quiet(office.stack.server.process())?;
    let rows = match options.soak {
        Some(minutes) => soak(&office, options, Duration::from_secs(minutes * 60))?,
        None => rows(&office, options)?,
    };
    let report = Report {
        machine,
        stock: json!({"documents": options.docs, "seed": 1}),
        rows,
    };
    if options.json {
        println!("{}", report.json());
    } else {
        println!("{}", report.table());
    }
    Ok(())
}

fn rows(office: &Office, options: &Options) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for processes in &options.processes {
        let servers = office.servers(*processes)?;
        for managers in &options.managers {
            eprintln!("bench: {managers} managers, {processes} processes");
            let crowd = Crowd::of(office, &servers.ports(), *managers, options.think)?;
            let watch = Watch::of(office.stack.server.process(), &servers.processes());
            let (run, cost) = crowd.run_watched(&watch, Duration::from_secs(options.minutes * 60))?;
            rows.extend(rows_of(&run, &cost, *managers, *processes));
        }
    }
    Ok(rows)
}

fn rows_of(visits: &[Visit], cost: &Cost, managers: usize, processes: usize) -> Vec<Row> {
    let name = |what: &str| {
        let servers = if processes == 1 { "process" } else { "processes" };
        format!("{managers} managers, {processes} {servers}: {what}")
    };
    let opened = || visits.iter().filter(|visit| visit.outcome == Ok(200));
    let shed = visits.iter().filter(|visit| visit.outcome == Ok(503)).count();
    let failed = visits.len() - opened().count() - shed;
    let mut others: Vec<String> = visits.iter().filter_map(Visit::failure).collect();
    others.sort();
    let first_failure = others.first().cloned();
    others.dedup();
    let latency = Latency {
        times: Quantiles::of(opened().map(|visit| visit.took)),
        connections: managers,
        per_second: per(opened().count(), cost.elapsed.as_secs_f64()),
        processor: (opened().count() > 0).then(|| milliseconds(cost.total()) / per(opened().count(), 1.0)),
        engines: Vec::new(),
        failed,
        first_failure,
    };
    let share = |time: Duration| 100.0 * time.as_secs_f64() / cost.elapsed.as_secs_f64();
    vec![
        if others.is_empty() {
            Row::latency("load_cards", name("cards"), latency)
        } else {
            Row::latency("load_cards", name("cards"), latency).note(others.join("; "))
        },
        Row::quantity("load_shed", name("shed with 503"), per(shed, 1.0), "cards"),
        Row::quantity("load_failed", name("failed"), per(failed, 1.0), "cards").within(Budget::AtMost(0.0)),
        Row::quantity(
            "load_memory",
            name("most memory of a process"),
            cost.most_memory,
            "MB",
        ),
        Row::quantity(
            "load_cpu_service",
            name("service"),
            share(cost.service),
            "% of a core",
        ),
        Row::quantity(
            "load_cpu_postgres",
            name("Postgres"),
            share(cost.postgres),
            "% of a core",
        ),
        Row::quantity(
            "load_cpu_clickhouse",
            name("ClickHouse"),
            share(cost.clickhouse),
            "% of a core",
        ),
    ]
}

/// The same load for long; what grows with it.
fn soak(office: &Office, options: &Options, time: Duration) -> anyhow::Result<Vec<Row>> {
    let managers = options.managers.first().copied().unwrap_or(100);
    let servers = office.servers(1)?;
    let crowd = Crowd::of(office, &servers.ports(), managers, options.think)?;
    let watch = Watch::of(office.stack.server.process(), &servers.processes());
    eprintln!("bench: {managers} managers for {} min", time.as_secs() / 60);
    let (visits, cost) = crowd.run_watched(&watch, time)?;
    let mut rows = rows_of(&visits, &cost, managers, 1);
    let slope = |key, name: &str, slope: Option<Slope>, unit, most| match slope {
        Some(slope) => Row::quantity(key, name, slope.an_hour, unit)
            .within(Budget::AtMost(most))
            .note(slope.to_string()),
        None => Row::unmeasured(key, name, "the run was too short for a slope"),
    };
    rows.push(slope(
        "soak_memory",
        "memory grows by",
        cost.memory_slope(),
        "MB an hour",
        LEAK_MEGABYTES_AN_HOUR,
    ));
    rows.push(slope(
        "soak_descriptors",
        "open files grow by",
        cost.descriptors_slope(),
        "an hour",
        LEAK_DESCRIPTORS_AN_HOUR,
    ));
    Ok(rows)
}
