//! The list of foreign documents that are not valid on Russia's territory, before and after the documents it names.

use crate::books::assert_books_agree;
use crate::stores::{Stores, day};
use certlens_domain::document::{Document, Party};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_formats::ImportSource;
use certlens_registry::{ImportInput, ImportSummary, Importer};
use std::io::Cursor;

const LIST: &str = "number,reg_date,id_status_in_rf\n\
    ЕАЭС KG417/016.RU.02.04561,2025-06-17,14\n\
    ЕАЭС KZ 7500533.01.01.06080,,15\n";

fn foreign(registry: Registry, number: &str, registered_on: chrono::NaiveDate) -> Document {
    Document {
        registry,
        source_id: Some(format!("{number} {registered_on}")),
        number: number.to_owned(),
        kind: registry.only_kind().unwrap_or(DocumentKind::Certificate),
        status: certlens_domain::status::Status::Active,
        status_label: String::new(),
        registered_on,
        valid_until: None,
        applicant: Party {
            ogrn: Some("1197847051467".to_owned()),
            ..Party::default()
        },
        manufacturer: Party::default(),
        technical_regulations: Vec::new(),
        product: String::new(),
        tn_ved: Vec::new(),
        scheme: None,
        certification_body: None,
        url: None,
    }
}

/// The two named documents, one of the same number and another day, and a Russian one of the same number.
fn documents() -> Vec<Document> {
    vec![
        foreign(
            Registry::KgCertificates,
            "KG 417/016.RU.02.04561",
            day(2025, 6, 18),
        ),
        foreign(
            Registry::KgCertificates,
            "ЕАЭС KG417/016.RU.02.04561",
            day(2025, 6, 17),
        ),
        foreign(Registry::Kz, "ЕАЭС KZ 7500533.01.01.06080", day(2025, 1, 1)),
        foreign(
            Registry::RfCertificates,
            "ЕАЭС KZ 7500533.01.01.06080",
            day(2025, 1, 1),
        ),
    ]
}

fn importer(stores: &Stores) -> Importer {
    stores.importer().counting_from(2)
}

async fn import_documents(stores: &Stores, documents: &[Document]) -> ImportSummary {
    let text = crate::stores::json_lines(documents);
    let input = ImportInput::reader("test.jsonl", Cursor::new(text.into_bytes()));
    importer(stores)
        .import(ImportSource::Jsonl, input, |_| {})
        .await
        .unwrap()
}

async fn import_list(stores: &Stores, list: &str) -> ImportSummary {
    let input = ImportInput::reader("list.csv", Cursor::new(list.as_bytes().to_vec()));
    importer(stores)
        .import(ImportSource::RfTerritory, input, |_| {})
        .await
        .unwrap()
}

/// Registry, day and status on Russia's territory of the documents that have one.
async fn rf_statuses(stores: &Stores) -> Vec<(String, chrono::NaiveDate, String)> {
    sqlx::query_as(
        "SELECT registry::text, registered_on, rf_status::text FROM documents WHERE rf_status IS NOT NULL
         ORDER BY registry, registered_on",
    )
    .fetch_all(stores.postgres())
    .await
    .unwrap()
}

fn named() -> Vec<(String, chrono::NaiveDate, String)> {
    vec![
        (
            "kg_certificates".to_owned(),
            day(2025, 6, 17),
            "terminated".to_owned(),
        ),
        ("kz".to_owned(), day(2025, 1, 1), "suspended".to_owned()),
    ]
}

#[tokio::test]
async fn documents_that_come_after_the_list_have_its_status() {
    let stores = Stores::create().await;

    let list = import_list(&stores, LIST).await;
    import_documents(&stores, &documents()).await;

    assert_eq!((list.read, list.new), (2, 2));
    assert_eq!(rf_statuses(&stores).await, named());
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

#[tokio::test]
async fn list_that_comes_after_the_documents_changes_them_without_touching_their_history() {
    let stores = Stores::create().await;
    import_documents(&stores, &documents()).await;

    let first = import_list(&stores, LIST).await;
    let again = import_list(&stores, LIST).await;

    assert_eq!((first.new, first.changed, first.unchanged), (2, 0, 0));
    assert_eq!((again.new, again.changed, again.unchanged), (0, 0, 2));
    assert_eq!(rf_statuses(&stores).await, named());
    assert_books_agree(&stores).await;
    let history: i64 = sqlx::query_scalar("SELECT count(*) FROM document_status_changes")
        .fetch_one(stores.postgres())
        .await
        .unwrap();
    assert_eq!(history, 0);
    let versions: Vec<(String, i64)> = sqlx::query_as(
        "SELECT registry::text, data_version FROM registry_state ORDER BY registry_state.registry",
    )
    .fetch_all(stores.postgres())
    .await
    .unwrap();
    let moved = [("rf_certificates", 1), ("kg_certificates", 2), ("kz", 2)];
    assert_eq!(
        versions,
        moved.map(|(registry, version)| (registry.to_owned(), version))
    );
    stores.drop_all().await;
}

#[tokio::test]
async fn entry_is_taken_back_when_the_document_is_in_force_again() {
    let stores = Stores::create().await;
    import_documents(&stores, &documents()).await;
    import_list(&stores, LIST).await;

    let summary = import_list(&stores, &LIST.replace(",15", ",3")).await;

    assert_eq!((summary.changed, summary.unchanged), (1, 1));
    assert_eq!(rf_statuses(&stores).await, named()[..1]);
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}

#[tokio::test]
async fn changed_document_keeps_what_the_list_says_of_it() {
    let stores = Stores::create().await;
    import_list(&stores, LIST).await;
    import_documents(&stores, &documents()).await;
    let mut changed = documents();
    for document in &mut changed {
        document.product = "Чайник".to_owned();
    }

    let summary = import_documents(&stores, &changed).await;

    assert_eq!(summary.changed, 4);
    assert_eq!(rf_statuses(&stores).await, named());
    assert_books_agree(&stores).await;
    stores.drop_all().await;
}
