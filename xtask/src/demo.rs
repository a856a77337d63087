//! `cargo xtask demo`: everything built, started and filled, and one address to open.

use std::env;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;

use crate::binaries::{self, Profile};
use crate::interruption;
use crate::layout::Layout;
use crate::setup::{self, Purpose};
use crate::stack::{self, Server, Stack, StackOptions};
use crate::wasm;

/// Generated documents besides the samples.
pub(crate) const DOCUMENTS: u32 = 200_000;
/// Written into the data directory when all is imported; another value makes the import run again.
const FILLED: &str = "samples and 200000 generated documents, seed 1";

pub(crate) fn run(layout: &Layout) -> anyhow::Result<()> {
    setup::run(layout, Purpose::Build)?;
    wasm::build(layout)?;
    println!("demo: building");
    binaries::build(layout, Profile::Release)?;
    let data_dir = layout.data_directory("data/demo");
    fs::create_dir_all(&data_dir).with_context(|| format!("making {}", data_dir.display()))?;
    println!("demo: starting");
    let server = Server::start(&StackOptions {
        layout,
        profile: Profile::Release,
        programs: None,
        data_dir: data_dir.clone(),
        logs: "demo",
        ports: (3000, 8081),
        environment: Vec::new(),
    })?;
    let portal = data_dir.join("portal.json");
    fill(layout, &server, &data_dir, &portal)?;
    let mut stack = server.open_portal(Some(&portal))?;
    announce(layout, &stack, &data_dir);
    while !interruption::requested() {
        stack.check()?;
        thread::sleep(Duration::from_millis(100));
    }
    println!("\ndemo: stopping");
    drop(stack);
    println!("demo: stopped; the data stays in {}", data_dir.display());
    Ok(())
}

/// Imports the samples and the generated documents, once.
pub(crate) fn fill(layout: &Layout, server: &Server, data_dir: &Path, portal: &Path) -> anyhow::Result<()> {
    let marker = data_dir.join("demo-filled");
    // A demonstration of a fixed day has documents of that day: the server and the generator read it themselves.
    let filled = env::var("CERTLENS_TODAY")
        .map_or_else(|_| FILLED.to_owned(), |day| format!("{FILLED}, newest of {day}"));
    if portal.is_file() && fs::read_to_string(&marker).is_ok_and(|present| present == filled) {
        return Ok(());
    }
    println!("demo: importing the sample rows and {DOCUMENTS} generated documents (once)");
    for (source, sample) in stack::samples(layout)? {
        server.import(source, &sample)?;
    }
    let documents = data_dir.join("generated.jsonl");
    stack::generate(server.program(), DOCUMENTS, None, &documents, portal)?;
    server.import("jsonl", &documents)?;
    fs::remove_file(&documents).context("removing the generated file")?;
    fs::write(&marker, filled).context("noting that the demo is filled")
}

fn announce(layout: &Layout, stack: &Stack, data_dir: &Path) {
    let program = layout.programs(Profile::Release).join("certlens");
    println!();
    println!("  Open         {}/", stack.portal_url());
    println!();
    println!("  Stop         Ctrl-C");
    println!(
        "  Your file    {} import --data-dir {} jsonl FILE",
        program.display(),
        data_dir.display()
    );
    println!("  Monitor      {}/monitor", stack.server.url());
    println!("               operator token: {}", stack.server.operator_token);
    println!("  Interface    {}/api/v1/analytics?id=INN", stack.server.url());
    println!(
        "               with the header Authorization: Bearer {}",
        stack.server.operator_token
    );
    println!("  Logs         {}", stack.logs().display());
}
