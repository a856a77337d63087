//! A measurement, not a test: documents per second of an import, stage by stage.
//!
//! `CERTLENS_SPEED_DOCUMENTS=1000000 cargo nextest run --release -p certlens-registry --run-ignored only --no-capture
//! -E 'test(speed)'`

use crate::books::is_published;
use crate::stores::{Stores, day};
use certlens_formats::{ImportSource, Input};
use certlens_registry::{ImportInput, ImportOptions, UndoLimits, demo};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

fn documents_wanted() -> u64 {
    std::env::var("CERTLENS_SPEED_DOCUMENTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(100_000)
}

/// Invented documents; every hundredth has another status in the second version.
fn write_file(path: &Path, count: u64, is_second_version: bool) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    for (index, mut document) in demo::documents(1, count, day(2026, 3, 2)).enumerate() {
        if is_second_version && index % 100 == 0 {
            document.status_label.push('!');
        }
        serde_json::to_writer(&mut file, &document).unwrap();
        file.write_all(b"\n").unwrap();
    }
    file.into_inner().unwrap().sync_all().unwrap();
}

#[expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement is printed, and to three digits"
)]
fn report(what: &str, documents: u64, begun: Instant) {
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{what:<40} {seconds:>8.2} s {:>9.0} documents/s",
        documents as f64 / seconds
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, in a release build"]
async fn speed_of_an_import() {
    let stores = Stores::create().await;
    let count = documents_wanted();
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (
        folder.path().join("first.jsonl"),
        folder.path().join("second.jsonl"),
    );
    write_file(&first, count, false);
    write_file(&second, count, true);
    let importer = stores.importer_with(None);
    let input = |path: &Path| ImportInput::file(path).unwrap();

    let begun = Instant::now();
    let mut rows =
        certlens_formats::open(ImportSource::Jsonl, Input::File(File::open(&first).unwrap())).unwrap();
    while rows.next_row().unwrap().is_some() {}
    report("reading alone", count, begun);

    let begun = Instant::now();
    let summary = importer
        .import(ImportSource::Jsonl, input(&first), |_| {})
        .await
        .unwrap();
    report("first load into Postgres", count, begun);
    assert_eq!(summary.new, count);

    let begun = Instant::now();
    stores.importer().catch_up().await.unwrap();
    report("publishing all", count, begun);
    assert!(is_published(&stores).await);

    let begun = Instant::now();
    importer
        .import(ImportSource::Jsonl, input(&first), |_| {})
        .await
        .unwrap();
    report("the same file again", count, begun);

    let begun = Instant::now();
    let options = ImportOptions {
        dry_run: true,
        ..ImportOptions::default()
    };
    let summary = importer
        .import_with(&options, ImportSource::Jsonl, input(&second), |_| {})
        .await
        .unwrap();
    report("dry run of one with 1 % changed", count, begun);
    assert_eq!(summary.changed, count.div_ceil(100));

    let begun = Instant::now();
    importer
        .import(ImportSource::Jsonl, input(&second), |_| {})
        .await
        .unwrap();
    report("1 % changed, into Postgres", count, begun);

    let begun = Instant::now();
    stores.importer().catch_up().await.unwrap();
    report("publishing the changed", count.div_ceil(100), begun);
    stores.drop_all().await;

    let stores = Stores::create().await;
    let begun = Instant::now();
    stores
        .importer()
        .import(ImportSource::Jsonl, input(&first), |_| {})
        .await
        .unwrap();
    report("first load into both stores", count, begun);
    stores.drop_all().await;
}

/// Every document of the file is replaced, with and without keeping what it was; then it is undone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, in a release build"]
async fn speed_of_keeping_and_undoing() {
    let stores = Stores::create().await;
    let count = documents_wanted();
    let folder = tempfile::tempdir().unwrap();
    let importer = stores.importer_with(None);
    let careless = importer.clone().keeping(UndoLimits {
        imports: 0,
        ..UndoLimits::default()
    });
    for round in 0_u32..5 {
        let path = folder.path().join(format!("{round}.jsonl"));
        let mut file = BufWriter::new(File::create(&path).unwrap());
        for mut document in demo::documents(1, count, day(2026, 3, 2)) {
            document.status_label = round.to_string();
            serde_json::to_writer(&mut file, &document).unwrap();
            file.write_all(b"\n").unwrap();
        }
        file.into_inner().unwrap().sync_all().unwrap();
        let (importer, what) = match round {
            0 => (&careless, "first load"),
            1 | 3 => (&careless, "all replaced, nothing kept"),
            _ => (&importer, "all replaced, all kept"),
        };
        let begun = Instant::now();
        importer
            .import(ImportSource::Jsonl, ImportInput::file(&path).unwrap(), |_| {})
            .await
            .unwrap();
        report(what, count, begun);
    }
    let (import, bytes): (uuid::Uuid, i64) = sqlx::query_as(
        "SELECT (SELECT id FROM imports ORDER BY id DESC LIMIT 1), pg_total_relation_size('replaced_documents')",
    )
    .fetch_one(stores.postgres())
    .await
    .unwrap();
    let begun = Instant::now();
    importer.undo(import, "a measurement").await.unwrap();
    report("undone", count, begun);
    report_bytes("kept for each document", bytes, count * 2);
    stores.drop_all().await;
}

#[expect(clippy::print_stdout, reason = "a measurement is printed")]
fn report_bytes(what: &str, bytes: i64, documents: u64) {
    println!("{what:<40} {:>8} bytes", bytes.unsigned_abs() / documents);
}
