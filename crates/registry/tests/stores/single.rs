//! One document with its history, and documents by their number.

use crate::stores::{Stores, day, document};
use certlens_domain::document::Document;
use certlens_domain::document_detail::NumberMatch;
use certlens_domain::registry::Registry;
use certlens_domain::status::Status;
use certlens_formats::ImportSource;

const INN: &str = "7707083893";

async fn numbers_found(stores: &Stores, text: &str) -> Vec<String> {
    let found = stores
        .postgres_search()
        .documents_by_number(text, day(2026, 3, 2))
        .await
        .unwrap();
    found.into_iter().map(|found: NumberMatch| found.number).collect()
}

fn numbered(id: u32, registry: Registry, number: &str) -> Document {
    Document {
        registry,
        kind: registry.only_kind().unwrap_or(document(id, INN).kind),
        number: number.to_owned(),
        ..document(id, INN)
    }
}

#[tokio::test]
async fn document_is_shown_with_both_statuses_its_history_and_the_age_of_its_registry() {
    let stores = Stores::create().await;
    let search = stores.postgres_search();
    let detail = async |today| {
        let detail = search
            .document(Registry::RfDeclarations, "1", today)
            .await
            .unwrap();
        detail.expect("it was imported")
    };
    stores.import_documents(&[document(1, INN)]).await;
    let fresh = detail(day(2026, 3, 2)).await;
    let suspended = Document {
        status: Status::Suspended,
        status_label: "Приостановлен".to_owned(),
        ..document(1, INN)
    };
    stores.import_documents(&[suspended]).await;
    let changed = detail(day(2026, 3, 2)).await;
    stores.import_documents(&[document(1, INN)]).await;
    let ended = detail(day(2031, 1, 1)).await;

    assert_eq!((fresh.history.len(), fresh.updated_at), (0, None));
    assert_eq!(fresh.document, document(1, INN));
    assert_eq!(fresh.data_date, Some(day(2025, 8, 28)));
    assert_eq!(changed.document.status, Status::Suspended);
    assert_eq!(changed.history.len(), 1);
    assert_eq!(changed.history[0].to_label, "Приостановлен");
    assert_eq!(changed.first_seen, fresh.first_seen);
    assert!(changed.updated_at > Some(changed.first_seen));
    assert_eq!(
        (ended.document.status, ended.stored_status),
        (Status::Expired, Status::Active)
    );
    assert!(ended.expired_since_load() && !fresh.expired_since_load());
    stores.drop_all().await;
}

#[tokio::test]
async fn foreign_document_tells_what_the_list_says_of_it_on_russias_territory() {
    let stores = Stores::create().await;
    let number = "ЕАЭС KG417/016.RU.02.04561";
    stores
        .import_documents(&[numbered(1, Registry::KgCertificates, number)])
        .await;
    let list = format!("number,reg_date,id_status_in_rf\n{number},2025-08-28,14\n");
    stores.import(ImportSource::RfTerritory, list).await.unwrap();

    let detail = stores
        .postgres_search()
        .document(Registry::KgCertificates, "1", day(2026, 3, 2))
        .await
        .unwrap()
        .unwrap();

    assert_eq!(detail.rf_status, Some(Status::Terminated));
    assert!(detail.rf_status_label.is_some_and(|label| !label.is_empty()));
    assert_eq!(detail.stored_status, Status::Active);
    stores.drop_all().await;
}

#[tokio::test]
async fn key_that_no_document_has_finds_none() {
    let stores = Stores::create().await;
    stores.import_documents(&[document(1, INN)]).await;
    let search = stores.postgres_search();

    for (registry, key) in [(Registry::RfDeclarations, "2"), (Registry::Kz, "1")] {
        let found = search.document(registry, key, day(2026, 3, 2)).await.unwrap();
        assert_eq!(found, None);
    }
    stores.drop_all().await;
}

#[tokio::test]
async fn number_in_any_spelling_finds_its_document_and_the_applicant() {
    let stores = Stores::create().await;
    let russian = "ЕАЭС N RU Д-CN.РА01.В.12345/25";
    let belarusian = "ЕАЭС № BY/112 11.01. ТР021 018 05361";
    stores
        .import_documents(&[
            numbered(1, Registry::RfDeclarations, russian),
            numbered(2, Registry::By, belarusian),
            numbered(3, Registry::RfDeclarations, "ЕАЭС N RU Д-CN.РА01.В.54321/25"),
        ])
        .await;

    for (text, number) in [
        (russian, russian),
        ("еаэс ru д-cn.pa01.b.12345/25", russian),
        ("№ RU Д-CN.РА01.В.12345/25 от 28.08.2025", russian),
        (belarusian, belarusian),
        ("BY/112 11.01 ТР021 018 05361", belarusian),
    ] {
        assert_eq!(numbers_found(&stores, text).await, [number], "{text}");
    }
    let search = stores.postgres_search();
    let found = search
        .documents_by_number(russian, day(2031, 1, 1))
        .await
        .unwrap();
    assert_eq!(found[0].applicant.inn.as_deref(), Some(INN));
    assert_eq!((found[0].key.as_str(), found[0].status), ("1", Status::Expired));
    stores.drop_all().await;
}

#[tokio::test]
async fn written_family_comes_first_then_others_then_longer_numbers() {
    let stores = Stores::create().await;
    let numbers = [
        "ЕАЭС N RU Д-CN.РА01.В.12345/25",
        "ТС N RU Д-CN.РА01.В.12345/25",
        "ТС N RU Д-CN.РА01.В.12345/25-2",
        "ЕАЭС N RU Д-CN.РА02.В.12345/25",
    ];
    let documents: Vec<Document> = (1..)
        .zip(numbers)
        .map(|(id, number)| numbered(id, Registry::RfDeclarations, number))
        .collect();
    stores.import_documents(&documents).await;

    let found = numbers_found(&stores, "ТС RU Д-CN.РА01.В.12345/25").await;

    assert_eq!(found, [numbers[1], numbers[0], numbers[2]]);
    stores.drop_all().await;
}

#[tokio::test]
async fn beginning_of_a_number_finds_at_most_twenty_and_a_short_one_none() {
    let stores = Stores::create().await;
    let documents: Vec<Document> = (1..=30).map(|id| document(id, INN)).collect();
    stores.import_documents(&documents).await;

    assert_eq!(numbers_found(&stores, "RU Д-CN.РА01").await.len(), 20);
    assert_eq!(numbers_found(&stores, "RU Д-CN").await.len(), 0, "seven letters");
    assert_eq!(numbers_found(&stores, "—").await.len(), 0);
    stores.drop_all().await;
}
