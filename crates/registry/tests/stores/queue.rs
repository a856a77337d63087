//! Imports that wait: one after the other, across the end of a server.

use crate::stores::{Stores, document, json_lines};
use certlens_formats::ImportSource;
use certlens_registry::{ImportState, QueuedImport, Turn};
use std::path::Path;

fn queued(path: &Path, is_upload: bool) -> QueuedImport {
    QueuedImport {
        source: ImportSource::Jsonl,
        name: "dump.jsonl".to_owned(),
        path: path.to_owned(),
        is_upload,
        by: "operator".to_owned(),
    }
}

fn write(stores: &Stores, name: &str, text: &str) -> std::path::PathBuf {
    let path = stores.rejects_directory().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

async fn state(stores: &Stores, id: uuid::Uuid) -> (ImportState, Option<String>) {
    let entry = stores.importer().import_entry(id).await.unwrap().unwrap();
    (entry.state, entry.error)
}

#[tokio::test]
async fn what_waits_is_imported_in_its_order_and_uploads_are_deleted_afterwards() {
    let stores = Stores::create().await;
    let uploaded = write(&stores, "upload", &json_lines(&[document(1, "7707083893")]));
    let lying = write(&stores, "dump", &json_lines(&[document(2, "7707083893")]));
    let importer = stores.importer();
    let first = importer.enqueue(&queued(&uploaded, true)).await.unwrap();
    let second = importer.enqueue(&queued(&lying, false)).await.unwrap();
    assert_eq!(state(&stores, first).await, (ImportState::Waiting, None));

    assert_eq!(importer.perform_next().await.unwrap(), Turn::Ended(first));
    assert_eq!(importer.perform_next().await.unwrap(), Turn::Ended(second));
    assert_eq!(importer.perform_next().await.unwrap(), Turn::Nothing);

    assert_eq!(stores.stored_documents().await, 2);
    assert_eq!(state(&stores, first).await, (ImportState::Done, None));
    assert_eq!((uploaded.exists(), lying.exists()), (false, true));
    stores.drop_all().await;
}

#[tokio::test]
async fn import_that_the_end_of_a_server_cut_short_waits_again_but_not_for_ever() {
    let stores = Stores::create().await;
    let path = write(&stores, "upload", &json_lines(&[document(1, "7707083893")]));
    let importer = stores.importer();
    let id = importer.enqueue(&queued(&path, true)).await.unwrap();
    let server_dies = async |attempts: i32| {
        sqlx::query("UPDATE imports SET state = 'running', stage = 'reading', attempts = $1")
            .bind(attempts)
            .execute(stores.postgres())
            .await
            .unwrap();
        importer.catch_up().await.unwrap();
    };

    server_dies(1).await;

    assert_eq!(
        state(&stores, id).await,
        (ImportState::Waiting, Some("interrupted".to_owned()))
    );
    server_dies(3).await;
    assert_eq!(state(&stores, id).await.0, ImportState::Failed);
    stores.drop_all().await;
}

#[tokio::test]
async fn file_that_is_wrong_fails_at_once_with_its_reason() {
    let stores = Stores::create().await;
    let wrong = write(&stores, "upload", "no json\n");
    let importer = stores.importer();
    let id = importer.enqueue(&queued(&wrong, true)).await.unwrap();
    let missing = importer
        .enqueue(&queued(Path::new("/nowhere/dump.jsonl"), false))
        .await
        .unwrap();

    importer.perform_next().await.unwrap();
    importer.perform_next().await.unwrap();

    let (is, error) = state(&stores, id).await;
    assert_eq!(is, ImportState::Failed);
    assert!(error.is_some_and(|error| error.contains("dump.jsonl")));
    assert!(!wrong.exists(), "nobody needs it any more");
    let (is, error) = state(&stores, missing).await;
    assert_eq!(is, ImportState::Failed);
    assert!(error.is_some_and(|error| error.contains("/nowhere/dump.jsonl")));
    stores.drop_all().await;
}

#[tokio::test]
async fn waiting_import_can_be_taken_out_of_the_queue() {
    let stores = Stores::create().await;
    let path = write(&stores, "upload", "");
    let importer = stores.importer();
    let id = importer.enqueue(&queued(&path, true)).await.unwrap();

    assert!(importer.take_out_of_queue(id, "operator").await.unwrap());

    assert!(!importer.take_out_of_queue(id, "operator").await.unwrap());
    assert_eq!(importer.perform_next().await.unwrap(), Turn::Nothing);
    let (is, error) = state(&stores, id).await;
    assert_eq!(
        (is, error.as_deref()),
        (ImportState::Failed, Some("taken out of the queue by operator"))
    );
    assert!(!path.exists());
    stores.drop_all().await;
}
