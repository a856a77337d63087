//! An import that was undone has never been: for both engines, for what is kept beside the documents, for those who
//! track something.

mod law;
mod news;

use crate::books::{assert_books_agree, is_published};
use crate::stores::{Stores, day, document, json_lines};
use certlens_domain::document::Document;
use certlens_domain::registry::Registry;
use certlens_domain::status::Status;
use certlens_formats::ImportSource;
use certlens_registry::{ClickHouseAddress, ImportInput, UndoError, UndoLimits, UndoSummary};
use std::io::Cursor;
use uuid::Uuid;

const COMPANY: &str = "7707083893";
const OTHER: &str = "7736050003";

/// The import that was entered last.
async fn last_import(stores: &Stores) -> Uuid {
    sqlx::query_scalar("SELECT id FROM imports ORDER BY id DESC LIMIT 1")
        .fetch_one(stores.postgres())
        .await
        .unwrap()
}

async fn import(stores: &Stores, documents: &[Document]) -> Uuid {
    stores.import_documents(documents).await;
    last_import(stores).await
}

async fn undo(stores: &Stores, import: Uuid) -> Result<UndoSummary, UndoError> {
    stores.importer().undo(import, "a test").await
}

fn documents(numbers: std::ops::Range<u32>, inn: &str) -> Vec<Document> {
    numbers.map(|number| document(number, inn)).collect()
}

fn suspended(mut documents: Vec<Document>) -> Vec<Document> {
    for document in &mut documents {
        document.status = Status::Suspended;
        "Приостановлен".clone_into(&mut document.status_label);
    }
    documents
}

async fn statuses(stores: &Stores) -> Vec<(String, i64)> {
    sqlx::query_as("SELECT status::text, count(*) FROM documents GROUP BY 1 ORDER BY 1")
        .fetch_all(stores.postgres())
        .await
        .unwrap()
}

#[tokio::test]
async fn added_documents_go_and_changed_ones_get_their_former_body_and_history() {
    let stores = Stores::create().await;
    import(&stores, &documents(0..10, COMPANY)).await;
    let mut file = suspended(documents(0..4, COMPANY));
    file[0].applicant.inn = Some(OTHER.to_owned());
    file[1].registered_on = day(2024, 1, 1);
    file.extend(documents(10..15, OTHER));
    let wrong = import(&stores, &file).await;
    assert_eq!(
        stores.importer().undo_preview(wrong).await.unwrap(),
        UndoSummary {
            removed: 5,
            restored: 4,
            entries: 0
        }
    );

    let undone = undo(&stores, wrong).await.unwrap();

    assert_eq!(
        undone,
        UndoSummary {
            removed: 5,
            restored: 4,
            entries: 0
        }
    );
    assert_eq!(statuses(&stores).await, [("active".to_owned(), 10)]);
    let changes: i64 = sqlx::query_scalar("SELECT count(*) FROM document_status_changes")
        .fetch_one(stores.postgres())
        .await
        .unwrap();
    assert_eq!(changes, 0, "what was undone is no history");
    assert_books_agree(&stores).await;
    let again = stores.import_documents(&file).await;
    assert_eq!(
        (again.new, again.changed),
        (5, 4),
        "the file can be imported anew"
    );
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

#[tokio::test]
async fn import_that_a_later_one_built_upon_is_undone_after_that_one_only() {
    let stores = Stores::create().await;
    let first = import(&stores, &documents(0..10, COMPANY)).await;
    let second = import(&stores, &suspended(documents(3..6, COMPANY))).await;

    let refused = undo(&stores, first).await.unwrap_err();

    let UndoError::InTheWay { obstacle } = &refused else {
        panic!("{refused}");
    };
    assert_eq!((obstacle.import, obstacle.documents), (second, 3));
    assert!(refused.to_string().contains("test.csv"), "{refused}");
    undo(&stores, second).await.unwrap();
    assert_eq!(statuses(&stores).await, [("active".to_owned(), 10)]);
    undo(&stores, first).await.unwrap();
    assert_eq!(stores.stored_documents().await, 0);
    assert_books_agree(&stores).await;
    let registries = stores.search().freshness().await.unwrap();
    let registry = registries
        .iter()
        .find(|fresh| fresh.registry == Registry::RfDeclarations)
        .unwrap();
    assert!(!registry.loaded, "it was not loaded before either");
    assert_eq!((registry.data_date, registry.documents), (None, 0));
    stores.drop_all().await;
}

#[tokio::test]
async fn import_is_undone_from_under_a_later_one_that_touched_other_documents() {
    let stores = Stores::create().await;
    let mut early = documents(0..3, COMPANY);
    early[2].registered_on = day(2025, 12, 30);
    let first = import(&stores, &early).await;
    let mut late = documents(10..12, OTHER);
    late[0].registered_on = day(2025, 11, 11);
    let second = import(&stores, &late).await;

    undo(&stores, first).await.unwrap();

    assert_eq!(stores.stored_documents().await, 2);
    assert_books_agree(&stores).await;
    let (date, import): (chrono::NaiveDate, Uuid) =
        sqlx::query_as("SELECT data_date, import_id FROM registry_state")
            .fetch_one(stores.postgres())
            .await
            .unwrap();
    assert_eq!(
        (date, import),
        (day(2025, 11, 11), second),
        "as if the second were the only one"
    );
    stores.drop_all().await;
}

#[tokio::test]
async fn only_what_came_to_its_end_and_changed_something_can_be_undone_and_only_once() {
    let stores = Stores::create().await;
    let first = import(&stores, &documents(0..3, COMPANY)).await;
    let same = import(&stores, &documents(0..3, COMPANY)).await;
    stores.import(ImportSource::Jsonl, "no json\n").await.unwrap_err();
    let failed = last_import(&stores).await;

    assert!(matches!(
        undo(&stores, same).await,
        Err(UndoError::NothingChanged)
    ));
    assert!(matches!(undo(&stores, failed).await, Err(UndoError::NotDone(_))));
    assert!(matches!(
        undo(&stores, Uuid::nil()).await,
        Err(UndoError::Unknown(_))
    ));
    undo(&stores, first).await.unwrap();
    assert!(matches!(undo(&stores, first).await, Err(UndoError::Undone)));
    stores.drop_all().await;
}

#[tokio::test]
async fn what_is_kept_is_bounded_by_imports_and_by_documents() {
    let stores = Stores::create().await;
    let importer = stores.importer().keeping(UndoLimits {
        imports: 2,
        days: 30,
        documents: 5,
    });
    let mut ids = Vec::new();
    for label in ["one", "two", "three", "four"] {
        let mut file = documents(0..3, COMPANY);
        for document in &mut file {
            label.clone_into(&mut document.product);
        }
        let input = ImportInput::reader(label, Cursor::new(json_lines(&file).into_bytes()));
        importer.import(ImportSource::Jsonl, input, |_| {}).await.unwrap();
        ids.push(last_import(&stores).await);
    }
    let kept = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM replaced_documents")
            .fetch_one(stores.postgres())
            .await
            .unwrap()
    };

    assert_eq!(kept().await, 3, "six documents of two imports are too many");
    assert!(matches!(undo(&stores, ids[2]).await, Err(UndoError::NotKept)));
    let many = json_lines(&suspended(documents(0..3, COMPANY)));
    let few = stores.importer().keeping(UndoLimits {
        documents: 2,
        ..UndoLimits::default()
    });
    let input = ImportInput::reader("many", Cursor::new(many.into_bytes()));
    few.import(ImportSource::Jsonl, input, |_| {}).await.unwrap();
    assert_eq!(
        kept().await,
        0,
        "the newest comes first, and keeps nothing because it is too large"
    );
    let newest = last_import(&stores).await;
    assert!(matches!(undo(&stores, newest).await, Err(UndoError::NotKept)));
    stores.drop_all().await;
}

#[tokio::test]
async fn import_is_undone_without_a_living_clickhouse_which_is_told_later() {
    let stores = Stores::create().await;
    import(&stores, &documents(0..5, COMPANY)).await;
    let wrong = import(&stores, &suspended(documents(2..9, COMPANY))).await;
    let dead = ClickHouseAddress {
        url: "http://127.0.0.1:9".to_owned(),
        ..stores.clickhouse()
    };

    let told = stores.importer_with(Some(dead)).undo(wrong, "a test").await;

    assert!(matches!(told, Err(UndoError::NotPublished(_))), "{told:?}");
    assert_eq!(statuses(&stores).await, [("active".to_owned(), 5)]);
    assert!(!is_published(&stores).await, "Postgres answers");
    stores.importer().catch_up().await.unwrap();
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

#[tokio::test]
async fn undoing_that_is_cut_short_has_done_nothing_and_can_be_repeated() {
    let stores = Stores::create().await;
    import(&stores, &documents(0..5, COMPANY)).await;
    let wrong = import(&stores, &suspended(documents(2..9, COMPANY))).await;
    // Somebody holds the recounts' mark, at which every undoing stops before its end.
    let mut held = stores.postgres().begin().await.unwrap();
    sqlx::query("SELECT FROM recount_mark FOR UPDATE")
        .execute(&mut *held)
        .await
        .unwrap();
    let importer = stores.importer();
    let undoing = tokio::spawn(async move { importer.undo(wrong, "a test").await });
    while !somebody_waits_for_the_mark(&stores).await {
        tokio::task::yield_now().await;
    }

    undoing.abort();
    let _ = undoing.await;
    held.rollback().await.unwrap();

    let after = statuses(&stores).await;
    assert_eq!(after, [("active".to_owned(), 2), ("suspended".to_owned(), 7)]);
    undo(&stores, wrong).await.unwrap();
    assert_eq!(statuses(&stores).await, [("active".to_owned(), 5)]);
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

async fn somebody_waits_for_the_mark(stores: &Stores) -> bool {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%recount_mark%')",
    )
    .fetch_one(stores.postgres())
    .await
    .unwrap()
}
