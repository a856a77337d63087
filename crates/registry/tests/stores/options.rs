//! What the options of an import change: looking only, waiting, and leaving alone what was imported already.

use crate::books::assert_books_agree;
use crate::stores::{Stores, document, json_lines};
use certlens_formats::ImportSource;
use certlens_registry::{ImportError, ImportInput, ImportOptions, ImportSummary};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

const NOT_AGAIN: ImportOptions = ImportOptions {
    dry_run: false,
    patience: Duration::from_secs(5),
    again: false,
};

async fn import(stores: &Stores, options: &ImportOptions, path: &Path) -> Result<ImportSummary, ImportError> {
    let input = ImportInput::file(path).unwrap();
    stores
        .importer()
        .import_with(options, ImportSource::Jsonl, input, |_| {})
        .await
}

#[tokio::test]
async fn dry_run_compares_and_writes_rejects_and_stores_nothing() {
    let stores = Stores::create().await;
    stores
        .import_documents(&[document(1, "7707083893"), document(2, "7707083893")])
        .await;
    let mut changed = document(2, "7707083893");
    changed.product = "Чайник".to_owned();
    let text = json_lines(&[document(1, "7707083893"), changed, document(3, "7707083893")]) + "nonsense\n";
    let options = ImportOptions {
        dry_run: true,
        ..ImportOptions::default()
    };

    let input = ImportInput::reader("test.jsonl", Cursor::new(text.into_bytes()));
    let summary = stores
        .importer()
        .import_with(&options, ImportSource::Jsonl, input, |_| {})
        .await
        .unwrap();

    assert_eq!(
        (summary.new, summary.changed, summary.unchanged, summary.rejected),
        (1, 1, 1, 1)
    );
    assert!(summary.rejects_file.is_some_and(|path| path.exists()));
    assert_eq!(stores.stored_documents().await, 2);
    let imports: i64 = sqlx::query_scalar("SELECT count(*) FROM imports")
        .fetch_one(stores.postgres())
        .await
        .unwrap();
    assert_eq!(imports, 1, "the dry run is not in the log");
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

#[tokio::test]
async fn file_that_was_imported_is_known_again_until_it_changes() {
    let stores = Stores::create().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("documents.jsonl");
    std::fs::write(&path, json_lines(&[document(1, "7707083893")])).unwrap();
    let importer = stores.importer();
    let is_known = async |source| importer.was_imported(source, &path).await.unwrap();
    assert!(!is_known(ImportSource::Jsonl).await, "before it is imported");

    import(&stores, &NOT_AGAIN, &path).await.unwrap();
    let again = import(&stores, &NOT_AGAIN, &path).await;

    assert!(is_known(ImportSource::Jsonl).await);
    assert!(
        !is_known(ImportSource::FsaDeclarations).await,
        "as another source it is another import"
    );
    assert!(
        matches!(&again, Err(ImportError::Known { file }) if file.contains("documents.jsonl")),
        "{again:?}"
    );
    let asked_again = import(&stores, &ImportOptions::default(), &path).await.unwrap();
    assert_eq!(asked_again.unchanged, 1);
    let earlier = SystemTime::UNIX_EPOCH + Duration::from_hours(1);
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(earlier)
        .unwrap();
    assert!(!is_known(ImportSource::Jsonl).await, "it was written anew");
    import(&stores, &NOT_AGAIN, &path).await.unwrap();
    stores.drop_all().await;
}

#[tokio::test]
async fn file_whose_import_failed_is_not_known() {
    let stores = Stores::create().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("documents.jsonl");
    std::fs::write(&path, "nonsense\n").unwrap();

    import(&stores, &NOT_AGAIN, &path).await.unwrap_err();

    let is_known = stores.importer().was_imported(ImportSource::Jsonl, &path).await;
    assert!(!is_known.unwrap());
    stores.drop_all().await;
}

#[tokio::test]
async fn patient_import_waits_until_the_other_one_ends() {
    let stores = Stores::create().await;
    let (release, held) = std::sync::mpsc::channel();
    let running = stores.importer();
    let first = tokio::spawn(async move {
        let text = Cursor::new(json_lines(&[document(1, "7707083893")]));
        let input = ImportInput::reader("slow.jsonl", Held(held).chain(text));
        running.import(ImportSource::Jsonl, input, |_| {}).await
    });
    wait_for(
        &stores,
        "SELECT EXISTS (SELECT FROM imports WHERE state = 'running')",
    )
    .await;
    let waiting = stores.importer();
    let second = tokio::spawn(async move {
        let options = ImportOptions {
            patience: Duration::from_mins(5),
            ..ImportOptions::default()
        };
        let text = Cursor::new(json_lines(&[document(2, "7707083893")]));
        let input = ImportInput::reader("second.jsonl", text);
        waiting
            .import_with(&options, ImportSource::Jsonl, input, |_| {})
            .await
    });
    wait_for(
        &stores,
        "SELECT EXISTS (
             SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
             WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
         )",
    )
    .await;

    drop(release);

    assert_eq!(first.await.unwrap().unwrap().new, 1);
    assert_eq!(second.await.unwrap().unwrap().new, 1);
    assert_eq!(stores.stored_documents().await, 2);
    stores.drop_all().await;
}

/// Gives nothing until it is released, and then nothing either.
struct Held(std::sync::mpsc::Receiver<()>);

impl Read for Held {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        Ok(0)
    }
}

async fn wait_for(stores: &Stores, condition: &'static str) {
    while !sqlx::query_scalar::<_, bool>(condition)
        .fetch_one(stores.postgres())
        .await
        .unwrap()
    {
        tokio::task::yield_now().await;
    }
}
