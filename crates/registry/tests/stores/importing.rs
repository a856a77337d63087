//! What an import does when nothing interrupts it, and what it says when the file is wrong.

use crate::books::{assert_books_agree, found};
use crate::stores::{Stores, day, document, json_lines};
use certlens_domain::status::Status;
use certlens_formats::ImportSource;
use certlens_registry::{ImportError, ImportSummary, Stage};
use chrono::NaiveDate;
use std::cell::RefCell;

const DECLARATIONS: &str = include_str!("../../../formats/tests/data/declarations-generation2.csv");
const CERTIFICATES: &str = include_str!("../../../formats/tests/data/certificates-generation2.csv");

fn counts(summary: &ImportSummary) -> [u64; 5] {
    [
        summary.read,
        summary.new,
        summary.changed,
        summary.unchanged,
        summary.rejected,
    ]
}

#[tokio::test]
async fn import_of_the_sample_dumps_makes_their_documents_findable() {
    let stores = Stores::create().await;

    let declarations = stores
        .import(ImportSource::FsaDeclarations, DECLARATIONS)
        .await
        .unwrap();
    let certificates = stores
        .import(ImportSource::FsaCertificates, CERTIFICATES)
        .await
        .unwrap();

    assert_eq!(counts(&declarations), [5, 5, 0, 0, 0]);
    assert_eq!(counts(&certificates), [4, 4, 0, 0, 0]);
    assert_eq!(found(&stores, "5403055932").await, 3);
    let loaded: Vec<(String, NaiveDate, i64)> = sqlx::query_as(
        "SELECT registry::text, data_date, documents FROM registry_state WHERE loaded ORDER BY registry",
    )
    .fetch_all(stores.postgres())
    .await
    .unwrap();
    assert_eq!(
        loaded.last(),
        Some(&("rf_declarations".to_owned(), day(2025, 7, 3), 5))
    );
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

#[tokio::test]
async fn second_import_of_the_same_file_changes_nothing() {
    let stores = Stores::create().await;
    stores
        .import(ImportSource::FsaDeclarations, DECLARATIONS)
        .await
        .unwrap();

    let again = stores
        .import(ImportSource::FsaDeclarations, DECLARATIONS)
        .await
        .unwrap();

    assert_eq!(counts(&again), [5, 0, 0, 5, 0]);
    assert_eq!(stores.stored_documents().await, 5);
    stores.drop_all().await;
}

#[tokio::test]
async fn later_line_of_the_same_document_wins() {
    let stores = Stores::create().await;
    let mut suspended = document(1, "7707083893");
    suspended.status = Status::Suspended;

    let summary = stores
        .import_documents(&[document(1, "7707083893"), suspended])
        .await;

    assert_eq!(counts(&summary), [2, 1, 0, 1, 0]);
    let status: String = sqlx::query_scalar("SELECT status::text FROM documents")
        .fetch_one(stores.postgres())
        .await
        .unwrap();
    assert_eq!(status, "suspended");
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

#[tokio::test]
async fn changed_document_has_its_new_status_and_is_not_found_by_a_lost_identifier() {
    let stores = Stores::create().await;
    stores
        .import_documents(&[document(1, "7707083893"), document(2, "7707083893")])
        .await;
    let mut changed = document(1, "5403055932");
    changed.status = Status::Terminated;
    changed.registered_on = day(2025, 8, 29);

    let summary = stores.import_documents(&[changed]).await;

    assert_eq!(counts(&summary), [1, 0, 1, 0, 0]);
    assert_eq!(found(&stores, "7707083893").await, 1);
    assert_eq!(found(&stores, "5403055932").await, 1);
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

#[tokio::test]
async fn document_without_an_id_of_its_source_is_known_by_number_and_day() {
    let stores = Stores::create().await;
    let mut nameless = document(1, "7707083893");
    nameless.source_id = None;
    let mut respelled = nameless.clone();
    respelled.number = respelled
        .number
        .replace("ЕАЭС N RU", "ЕАЭС № RU")
        .replace('.', " ");

    stores.import_documents(&[nameless]).await;
    let summary = stores.import_documents(&[respelled]).await;

    assert_eq!(
        counts(&summary),
        [1, 0, 1, 0, 0],
        "another spelling is a change, not another document"
    );
    stores.drop_all().await;
}

#[tokio::test]
async fn rejected_rows_are_in_the_rejects_file_with_line_and_reason() {
    let stores = Stores::create().await;
    let text =
        json_lines(&[document(1, "7707083893")]) + "nonsense\n" + &json_lines(&[document(2, "7707083893")]);

    let summary = stores.import(ImportSource::Jsonl, text).await.unwrap();

    assert_eq!(counts(&summary), [3, 2, 0, 0, 1]);
    let path = summary.rejects_file.unwrap();
    assert!(path.starts_with(stores.rejects_directory()));
    let entry: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(
        (entry["line"].as_u64(), entry["raw"].as_str()),
        (Some(2), Some("nonsense"))
    );
    assert!(entry["reason"].as_str().unwrap().contains("expected"), "{entry}");
    stores.drop_all().await;
}

#[tokio::test]
async fn file_of_which_no_row_makes_sense_is_an_error_and_stores_nothing() {
    let stores = Stores::create().await;

    let error = stores.import(ImportSource::Jsonl, "a\nb\n").await.unwrap_err();

    assert!(
        matches!(
            &error,
            ImportError::MostlyRejected {
                read: 2,
                rejected: 2,
                line: 1,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("test.csv"));
    stores.drop_all().await;
}

#[tokio::test]
async fn file_with_too_many_bad_rows_is_given_up_early() {
    let stores = Stores::create().await;
    let good: Vec<_> = (0..400).map(|number| document(number, "7707083893")).collect();
    let text = json_lines(&good) + &"{}\n".repeat(2000);

    let error = stores.import(ImportSource::Jsonl, text).await.unwrap_err();

    assert!(
        matches!(
            error,
            ImportError::MostlyRejected {
                read: 1000,
                rejected: 600,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(stores.stored_documents().await, 0);
    stores.drop_all().await;
}

#[tokio::test]
async fn unusable_file_is_an_error_that_names_file_and_place_and_stores_nothing() {
    let stores = Stores::create().await;
    let mut wrong_byte = DECLARATIONS.as_bytes().to_vec();
    wrong_byte[12_000] = 0xFF;
    let cut = DECLARATIONS.as_bytes()[..11_000].to_vec();
    let cases: [(&[u8], &[&str]); 5] = [
        (b"", &["test.csv", "empty"]),
        (b"7z\xBC\xAF\x27\x1C\x00\x04", &["test.csv", "7z archive"]),
        (
            CERTIFICATES.as_bytes(),
            &["test.csv", "line 1", "Номер ДС", "fsa-certificates"],
        ),
        (&wrong_byte, &["test.csv", "line 6", "column", "byte 12000"]),
        (&cut, &["test.csv", "line 6", "column", "cut off"]),
    ];
    for (bytes, expected) in cases {
        let error = stores
            .import(ImportSource::FsaDeclarations, bytes)
            .await
            .unwrap_err()
            .to_string();
        for part in expected {
            assert!(error.contains(part), "{error} lacks {part}");
        }
        assert_eq!(stores.stored_documents().await, 0);
    }
    stores.drop_all().await;
}

#[tokio::test]
async fn progress_tells_the_stages_in_order_and_counts_up() {
    let stores = Stores::create().await;
    let seen = RefCell::new(Vec::new());
    let input = certlens_registry::ImportInput::reader("test.csv", DECLARATIONS.as_bytes());

    stores
        .importer()
        .import(ImportSource::FsaDeclarations, input, |progress| {
            seen.borrow_mut().push(progress);
        })
        .await
        .unwrap();

    let seen = seen.into_inner();
    let mut stages: Vec<Stage> = seen.iter().map(|progress| progress.stage).collect();
    stages.dedup();
    assert_eq!(stages, [Stage::Reading, Stage::Merging, Stage::Publishing]);
    let last = seen.last().unwrap();
    assert_eq!((last.read, last.bytes_read), (5, DECLARATIONS.len() as u64));
    stores.drop_all().await;
}
