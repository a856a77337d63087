//! What figures were measured on: without it they say nothing.

use std::fs;
use std::path::Path;
use std::thread;

use serde_json::{Value, json};

use super::processes;
use crate::layout::Layout;
use crate::program::Invocation;
use crate::requirement::engine_library;

/// Facts about the machine, the product and its engines; what can't be told is missing.
pub(crate) fn facts(layout: &Layout, program: &Path, server: u32) -> Value {
    let postgres = processes::find(server, "postgres").and_then(processes::program);
    json!({
        "cores": thread::available_parallelism().map_or(0, usize::from),
        "processor": first_line_of("/proc/cpuinfo", "model name").map(|line| value(&line)),
        "memory_bytes": first_line_of("/proc/meminfo", "MemTotal").and_then(|line| kilobytes(&line)),
        "kernel": fs::read_to_string("/proc/sys/kernel/osrelease").ok().map(|text| text.trim().to_owned()),
        "certlens": version(program),
        "commit": commit(layout),
        "postgres": postgres.as_deref().and_then(version),
        "clickhouse": clickhouse(layout),
    })
}

/// The facts in one line.
pub(crate) fn described(facts: &Value) -> String {
    let text = |key: &str| facts[key].as_str().map(str::to_owned);
    let gigabytes = facts["memory_bytes"].as_u64().map(|bytes| bytes >> 30);
    let parts = [
        Some(format!("{} cores", facts["cores"])),
        text("processor"),
        gigabytes.map(|size| format!("{size} GiB")),
        text("certlens"),
        text("commit").map(|commit| format!("commit {commit}")),
        text("postgres"),
        text("clickhouse").map(|version| format!("ClickHouse {version}")),
        text("chromium").map(|version| format!("Chromium {version} slowed down {} times", facts["slowdown"])),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn version(program: &Path) -> Option<String> {
    Invocation::new(program).arg("--version").capture().ok()
}

/// The version of the package that the engine's library came in.
fn clickhouse(layout: &Layout) -> Option<String> {
    let package = engine_library(layout)?.with_file_name("package.json");
    let package: Value = serde_json::from_slice(&fs::read(package).ok()?).ok()?;
    package["version"].as_str().map(str::to_owned)
}

fn commit(layout: &Layout) -> Option<String> {
    Invocation::new("git")
        .directory(layout.root())
        .args(["describe", "--always", "--dirty"])
        .capture()
        .ok()
}

fn first_line_of(file: &str, start: &str) -> Option<String> {
    let content = fs::read_to_string(file).ok()?;
    content
        .lines()
        .find(|line| line.starts_with(start))
        .map(str::to_owned)
}

fn value(line: &str) -> String {
    line.split_once(':')
        .map_or(line, |(_, value)| value)
        .trim()
        .to_owned()
}

fn kilobytes(line: &str) -> Option<u64> {
    let number = value(line).strip_suffix(" kB")?.trim().parse::<u64>().ok()?;
    Some(number * 1024)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{described, kilobytes};

    #[test]
    fn description_names_what_is_known_and_leaves_out_the_rest() {
        assert_eq!(kilobytes("MemTotal:       24625204 kB"), Some(25_216_208_896));
        let facts =
            json!({"cores": 2, "memory_bytes": 25_216_208_896_u64, "postgres": null, "commit": "abc"});
        assert_eq!(described(&facts), "2 cores, 23 GiB, commit abc");
    }
}
