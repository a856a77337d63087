//! How fast rows are read, for whoever profiles: `cargo test --release -p certlens-formats --test speed -- --ignored
//! --nocapture`. Prints; the budget of an import is judged by the benchmark of the whole.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use certlens_formats::{ImportSource, Input, Row, open};
use std::io::Cursor;
use std::time::{Duration, Instant};

const DUMP: &str = include_str!("data/declarations-generation2.csv");
const ROWS: usize = 100_000;

/// The rows of the sample dump, again and again.
fn dump() -> String {
    let (header, rows) = DUMP.split_once('\n').unwrap();
    let mut text = format!("{header}\n");
    for _ in 0..ROWS / rows.lines().count() {
        text.push_str(rows);
    }
    text
}

fn documents(source: ImportSource, text: String) -> Vec<String> {
    let mut reader = open(source, Input::Stream(Box::new(Cursor::new(text.into_bytes())))).unwrap();
    let mut documents = Vec::new();
    while let Some((_, row)) = reader.next_row().unwrap() {
        if let Row::Document(document) = row {
            documents.push(serde_json::to_string(&document).unwrap());
        }
    }
    documents
}

/// Time that this thread was on a processor, where the system tells; other work on the machine does not count.
fn time(started: Instant) -> Duration {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or_else(|| started.elapsed(), Duration::from_nanos)
}

fn measure(source: ImportSource, text: String) {
    let bytes = text.len();
    let started = Instant::now();
    let before = time(started);
    let mut reader = open(source, Input::Stream(Box::new(Cursor::new(text.into_bytes())))).unwrap();
    let mut rows = 0_u32;
    while let Some((_, row)) = reader.next_row().unwrap() {
        assert!(matches!(row, Row::Document(_)));
        rows += 1;
    }
    let seconds = time(started).saturating_sub(before).as_secs_f64();
    let megabytes = f64::from(u32::try_from(bytes / 1_000_000).unwrap());
    println!(
        "{source}: {rows} rows of {} bytes in {seconds:.2} s: {:.0} rows/s, {:.0} MB/s",
        bytes / rows as usize,
        f64::from(rows) / seconds,
        megabytes / seconds
    );
}

#[test]
#[ignore = "a measurement"]
fn rows_a_second() {
    let dump = dump();
    let lines = documents(ImportSource::FsaDeclarations, dump.clone());
    let lines = lines.join("\n") + "\n";
    for _ in 0..3 {
        measure(ImportSource::FsaDeclarations, dump.clone());
        measure(ImportSource::Jsonl, lines.clone());
    }
}
