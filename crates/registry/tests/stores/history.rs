//! The list of imports: how far one is that runs, which one died, page by page.

use crate::stores::{Stores, document, json_lines};
use certlens_formats::ImportSource;
use certlens_registry::{ImportFilter, ImportInput, ImportState, Undoing};
use std::io::{self, Cursor, Read};
use std::time::Duration;

async fn entries(stores: &Stores, filter: &ImportFilter) -> Vec<certlens_registry::ImportEntry> {
    stores.importer().imports(filter, None, 50).await.unwrap().items
}

/// A file that stops in the middle until it is released.
struct Held(std::sync::mpsc::Receiver<()>);

impl Read for Held {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        Ok(0)
    }
}

#[tokio::test]
async fn running_import_says_how_far_it_is_until_it_ends() {
    let stores = Stores::create().await;
    let (release, held) = std::sync::mpsc::channel();
    let text: Vec<_> = (0..3000).map(|number| document(number, "7707083893")).collect();
    let text = Cursor::new(json_lines(&text).into_bytes()).chain(Held(held));
    let importer = stores
        .importer()
        .in_batches_of(100)
        .beating_every(Duration::from_millis(5));
    let running = tokio::spawn(async move {
        let input = ImportInput::reader("slow.jsonl", text);
        importer.import(ImportSource::Jsonl, input, |_| {}).await
    });

    let under_way = loop {
        let mut entries = entries(&stores, &ImportFilter::default()).await;
        // What the reader has not looked ahead at.
        if let Some(entry) = entries.pop().filter(|entry| entry.new >= 500) {
            break entry;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(under_way.state, ImportState::Running);
    assert_eq!(under_way.stage.as_deref(), Some("reading"));
    assert!(under_way.node.is_some() && under_way.heartbeat_at.is_some());
    assert_eq!(under_way.undoing, Undoing::Nothing);
    drop(release);
    running.await.unwrap().unwrap();

    let ended = &entries(&stores, &ImportFilter::default()).await[0];
    assert_eq!((ended.state, ended.stage.as_deref()), (ImportState::Done, None));
    assert_eq!((ended.read, ended.new), (3000, 3000));
    assert_eq!(ended.undoing, Undoing::Possible);
    assert_eq!(ended.registries.len(), 1);
    assert_eq!(ended.registries[0].new, 3000);
    stores.drop_all().await;
}

#[tokio::test]
async fn import_without_a_heartbeat_is_shown_as_interrupted_and_entered_as_failed_by_the_next() {
    let stores = Stores::create().await;
    sqlx::query(
        "INSERT INTO imports (id, source, input, state, stage, heartbeat_at)
         VALUES (gen_random_uuid(), 'jsonl', 'dead.jsonl', 'running', 'reading', now() - interval '1 minute')",
    )
    .execute(stores.postgres())
    .await
    .unwrap();
    let interrupted = ImportFilter {
        state: Some(ImportState::Interrupted),
        ..ImportFilter::default()
    };

    let dead = entries(&stores, &interrupted).await;

    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].stage, None);
    stores.import_documents(&[document(1, "7707083893")]).await;
    assert!(entries(&stores, &interrupted).await.is_empty());
    let failed = ImportFilter {
        state: Some(ImportState::Failed),
        text: Some("DEAD".to_owned()),
        ..ImportFilter::default()
    };
    assert_eq!(
        entries(&stores, &failed).await[0].error.as_deref(),
        Some("interrupted")
    );
    assert_eq!(stores.importer().number_of_imports(&failed).await.unwrap(), 1);
    stores.drop_all().await;
}

#[tokio::test]
async fn list_is_given_page_by_page_the_newest_first() {
    let stores = Stores::create().await;
    for number in 0..5 {
        stores.import_documents(&[document(number, "7707083893")]).await;
    }
    let importer = stores.importer();
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = importer
            .imports(&ImportFilter::default(), before, 2)
            .await
            .unwrap();
        assert!(page.items.len() <= 2);
        seen.extend(page.items.into_iter().map(|entry| entry.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }

    let mut all: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT id FROM imports ORDER BY started_at DESC")
        .fetch_all(stores.postgres())
        .await
        .unwrap();
    assert_eq!(seen, all);
    all.dedup();
    assert_eq!(all.len(), 5);
    stores.drop_all().await;
}
