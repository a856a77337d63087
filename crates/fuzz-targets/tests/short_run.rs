//! Every target over its corpus and over seeded changes of it: bounded by their number, the same at each run.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use certlens_domain::document::Document;
use certlens_formats::parquet::ParquetWriter;
use certlens_fuzz_targets::mutation::{Chance, changed};
use certlens_fuzz_targets::{TARGETS, Target};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Changes of each target's samples.
const CHANGES: usize = 3_000;
/// Of what is slow: files on a disk, pages.
const FEWER_CHANGES: usize = 600;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

fn samples(target: &Target) -> Vec<Vec<u8>> {
    let folder = corpus().join(target.name);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}; every target has a corpus", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let samples: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    assert!(!samples.is_empty(), "{} has no sample", target.name);
    samples
}

fn run(target: &Target, bytes: &[u8], what: &str) {
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
    if outcome.is_err() {
        let kept = std::env::temp_dir().join(format!("certlens-fuzz-{}", target.name));
        fs::write(&kept, bytes).unwrap();
        panic!(
            "{} fails at {what}; the input is in {}",
            target.name,
            kept.display()
        );
    }
}

fn short_run(names: &[&str], changes: usize) {
    for target in TARGETS.iter().filter(|target| names.contains(&target.name)) {
        let samples = samples(target);
        for (number, sample) in samples.iter().enumerate() {
            run(target, sample, &format!("sample {number}"));
        }
        let mut chance = Chance::new(20_261_122);
        for number in 0..changes {
            let sample = &samples[chance.below(samples.len())];
            let other = &samples[chance.below(samples.len())];
            let bytes = changed(sample, other, &mut chance);
            run(target, &bytes, &format!("change {number}"));
        }
    }
}

const QUICK: [&str; 10] = [
    "frame",
    "event",
    "placement_options",
    "crm_rows",
    "names",
    "identifier",
    "document_number",
    "settings",
    "session",
    "address",
];
const DUMPS: [&str; 6] = [
    "jsonl",
    "fsa_certificates",
    "fsa_declarations",
    "by",
    "eaeu",
    "rf_territory",
];
const SLOW: [&str; 5] = ["kg_certificates", "kg_declarations", "kz", "parquet", "archive"];

#[test]
fn requests_and_names_are_read_or_refused_whatever_comes() {
    short_run(&QUICK, CHANGES);
}

#[test]
fn dumps_are_read_or_refused_whatever_they_hold() {
    short_run(&DUMPS, FEWER_CHANGES);
}

#[test]
fn pages_and_archives_are_read_or_refused_whatever_they_hold() {
    short_run(&SLOW, FEWER_CHANGES / 2);
}

#[test]
fn every_target_is_run_and_has_a_program_for_the_fuzzer() {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    for target in TARGETS {
        let is_run = [&QUICK[..], &DUMPS[..], &SLOW[..]]
            .concat()
            .contains(&target.name);
        assert!(is_run, "{} is in no short run", target.name);
        let needs_the_pages = ["session", "address"].contains(&target.name);
        let program = programs.join(format!("{}.rs", target.name));
        assert!(
            needs_the_pages || program.is_file(),
            "{} is missing",
            program.display()
        );
    }
}

/// Not a test: makes the sample of Parquet anew when its schema changes.
#[test]
#[ignore = "writes into the corpus"]
fn write_the_sample_of_parquet() {
    let lines = fs::read_to_string(corpus().join("jsonl/documents")).unwrap();
    let document: Document = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let mut writer = ParquetWriter::new(Vec::new()).unwrap();
    writer.write(document.clone()).unwrap();
    writer.write(document).unwrap();
    fs::write(corpus().join("parquet/documents"), writer.finish().unwrap()).unwrap();
}
