//! Whatever interrupts an import, nothing is half-visible, and repeating it completes it.

use crate::books::{assert_books_agree, assert_postgres_agrees, is_published, published};
use crate::stores::{Stores, document, json_lines};
use certlens_domain::document::Document;
use certlens_formats::ImportSource;
use certlens_registry::{ClickHouseAddress, ImportError, ImportInput, ImportOptions, Stage};
use std::io::{self, Cursor, Read};
use std::time::Duration;
use tokio::sync::Notify;

fn documents() -> Vec<Document> {
    (0..3000).map(|number| document(number, "7707083893")).collect()
}

/// Runs an import until it reports `stage`, and drops it there, as a killed process would.
async fn import_killed_at(stores: &Stores, stage: Stage) {
    let reached = Notify::new();
    let importer = stores.importer();
    let input = ImportInput::reader("test.jsonl", Cursor::new(json_lines(&documents()).into_bytes()));
    let import = importer.import(ImportSource::Jsonl, input, |progress| {
        if progress.stage == stage {
            reached.notify_one();
        }
    });
    tokio::select! {
        biased;
        () = reached.notified() => {}
        ended = import => panic!("the import ended before it was killed: {ended:?}"),
    }
}

#[tokio::test]
async fn file_that_fails_while_it_is_read_leaves_nothing_and_is_completed_by_a_repetition() {
    let stores = Stores::create().await;
    stores.import_documents(&documents()[..1]).await;
    let text = json_lines(&documents());
    let broken = Cursor::new(text.clone().into_bytes())
        .take(600_000)
        .chain(Failing);

    let input = ImportInput::reader("broken.jsonl", broken);
    let error = stores
        .importer()
        .import(ImportSource::Jsonl, input, |_| {})
        .await
        .unwrap_err();

    assert!(error.to_string().contains("broken.jsonl"), "{error}");
    assert!(error.to_string().contains("connection lost"), "{error}");
    assert_eq!(
        (stores.stored_documents().await, published(&stores).await),
        (1, 1)
    );
    assert_books_agree(&stores).await;
    let again = stores.import(ImportSource::Jsonl, text).await.unwrap();
    assert_eq!((again.new, again.unchanged), (2999, 1));
    assert_eq!(
        (stores.stored_documents().await, published(&stores).await),
        (3000, 3000)
    );
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

/// A file on a disk that is pulled out.
struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("connection lost"))
    }
}

#[tokio::test]
async fn import_killed_while_merging_leaves_nothing_and_is_completed_by_a_repetition() {
    let stores = Stores::create().await;

    import_killed_at(&stores, Stage::Merging).await;

    assert_eq!(
        (stores.stored_documents().await, published(&stores).await),
        (0, 0)
    );
    assert_books_agree(&stores).await;
    let again = stores.import_documents(&documents()).await;
    assert_eq!(again.new, 3000);
    assert_eq!(
        (stores.stored_documents().await, published(&stores).await),
        (3000, 3000)
    );
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

#[tokio::test]
async fn import_killed_before_it_is_published_is_answered_by_postgres_and_published_by_the_next() {
    let stores = Stores::create().await;
    stores.import_documents(&documents()[..1]).await;

    import_killed_at(&stores, Stage::Publishing).await;

    assert_eq!(
        (stores.stored_documents().await, published(&stores).await),
        (3000, 1)
    );
    assert!(!is_published(&stores).await, "Postgres answers");
    assert_postgres_agrees(&stores).await;
    let again = stores.import_documents(&documents()).await;
    assert_eq!(again.unchanged, 3000);
    assert_eq!(
        (stores.stored_documents().await, published(&stores).await),
        (3000, 3000)
    );
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

#[tokio::test]
async fn import_without_a_living_clickhouse_is_stored_and_caught_up_later() {
    let stores = Stores::create().await;
    let dead = ClickHouseAddress {
        url: "http://127.0.0.1:9".to_owned(),
        ..stores.clickhouse()
    };
    let input = ImportInput::reader("test.jsonl", Cursor::new(json_lines(&documents()).into_bytes()));

    let error = stores
        .importer_with(Some(dead))
        .import(ImportSource::Jsonl, input, |_| {})
        .await
        .unwrap_err();

    assert!(matches!(error, ImportError::NotPublished(_)), "{error}");
    assert_eq!(stores.stored_documents().await, 3000);
    assert!(!is_published(&stores).await, "Postgres answers");
    stores.importer().catch_up().await.unwrap();
    assert_eq!(
        (stores.stored_documents().await, published(&stores).await),
        (3000, 3000)
    );
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

#[tokio::test]
async fn emptied_clickhouse_is_not_asked_and_gets_everything_again() {
    let stores = Stores::create().await;
    stores.import_documents(&documents()).await;
    let address = stores.clickhouse();
    let client = clickhouse::Client::default()
        .with_url(&address.url)
        .with_user(&address.user)
        .with_password(secrecy::ExposeSecret::expose_secret(&address.password))
        .with_database(&address.database);
    for table in ["publications", "party_documents"] {
        client
            .query(&format!("TRUNCATE TABLE {table}"))
            .execute()
            .await
            .unwrap();
    }

    assert_eq!(stores.stored_documents().await, 3000);
    assert!(!is_published(&stores).await, "Postgres answers");
    stores.importer().catch_up().await.unwrap();

    assert_eq!(
        (stores.stored_documents().await, published(&stores).await),
        (3000, 3000)
    );
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

#[tokio::test]
async fn clickhouse_is_filled_anew_when_the_database_is_a_restored_one_that_gave_the_same_versions_to_others()
{
    let stores = Stores::create().await;
    stores.import_documents(&documents()).await;
    // A copy of before the import, brought back on another server, where something else was imported.
    for statement in [
        "TRUNCATE documents, parties, party_identifiers, party_counts, counted_pairs, removed_places, imports CASCADE",
        "DELETE FROM registry_state",
        "UPDATE store_identity SET home = 'another server'",
    ] {
        sqlx::query(statement).execute(stores.postgres()).await.unwrap();
    }
    stores.import_documents(&[document(1, "7707083893")]).await;

    assert!(is_published(&stores).await);
    assert_eq!(
        (stores.stored_documents().await, published(&stores).await),
        (1, 1)
    );
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

#[tokio::test]
async fn second_import_at_the_same_time_is_refused() {
    let stores = Stores::create().await;
    let (release, held) = std::sync::mpsc::channel();
    let running = stores.importer();
    let first = tokio::spawn(async move {
        let input = ImportInput::reader("slow.jsonl", Held(held));
        running.import(ImportSource::Jsonl, input, |_| {}).await
    });
    while !import_is_entered(&stores).await {
        tokio::task::yield_now().await;
    }

    let options = ImportOptions {
        patience: Duration::from_millis(100),
        ..ImportOptions::default()
    };
    let input = ImportInput::reader("second.jsonl", Cursor::new(json_lines(&documents())));
    let second = stores
        .importer()
        .import_with(&options, ImportSource::Jsonl, input, |_| {})
        .await;

    assert!(matches!(second, Err(ImportError::Busy)), "{second:?}");
    drop(release);
    first.await.unwrap().unwrap_err();
    stores.drop_all().await;
}

/// A file that gives nothing until it is released, and then is empty.
struct Held(std::sync::mpsc::Receiver<()>);

impl Read for Held {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        Ok(0)
    }
}

async fn import_is_entered(stores: &Stores) -> bool {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM imports WHERE state = 'running')")
        .fetch_one(stores.postgres())
        .await
        .unwrap()
}
