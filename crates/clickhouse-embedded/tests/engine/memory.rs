//! The bound of memory: a statement that wants more is refused, and the engine lives on.

use crate::running::{children, client, start};

/// Some 1.6 GB in one value.
const GREEDY: &str = "SELECT length(groupArray(number)) FROM numbers(200000000)";

#[tokio::test]
async fn a_statement_over_its_bound_is_refused_and_the_engine_survives() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let child = children(directory.path());

    let refused = client(&engine).query(GREEDY).fetch_one::<u64>().await;

    let error = refused.unwrap_err().to_string();
    assert!(error.contains("MEMORY_LIMIT_EXCEEDED"), "{error}");
    let answer = client(&engine).query("SELECT 1").fetch_one::<u8>().await;
    assert_eq!(answer.unwrap(), 1);
    assert_eq!(children(directory.path()), child);
    assert_eq!(engine.state().restarts, 0);
    engine.stop().await;
}

#[tokio::test]
async fn statements_that_ask_for_more_than_the_engine_has_are_refused_and_the_engine_survives() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let child = children(directory.path());

    let refused = client(&engine)
        .query(GREEDY)
        .with_setting("max_memory_usage", "0")
        .fetch_one::<u64>()
        .await;

    let error = refused.unwrap_err().to_string();
    assert!(error.contains("MEMORY_LIMIT_EXCEEDED"), "{error}");
    assert!(error.contains("total"), "{error}");
    let answer = client(&engine).query("SELECT 1").fetch_one::<u8>().await;
    assert_eq!(answer.unwrap(), 1);
    assert_eq!(children(directory.path()), child);
    // What it takes beside its limit differs from run to run; without a limit it would be gigabytes.
    assert!(peak_of(child[0]) < 1500, "MiB at the peak: {}", peak_of(child[0]));
    engine.stop().await;
}

/// The largest resident memory of a process so far, in MiB.
fn peak_of(process: rustix::process::Pid) -> u64 {
    let status = format!("/proc/{}/status", process.as_raw_nonzero());
    std::fs::read_to_string(status)
        .expect("the state of a living process")
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        .expect("its peak, in kB")
        / 1024
}
