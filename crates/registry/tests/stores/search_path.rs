//! The way of a search: earlier answers, batches, versions.

use crate::stores::{Stores, about, day, document, numbers};
use certlens_domain::analytics::{AnalyticsQuery, Engine};
use certlens_domain::board::BoardQuery;
use certlens_domain::document::Document;
use certlens_domain::documents_page::{DocumentFilter, DocumentsQuery};
use certlens_domain::registry::Registry;
use certlens_domain::status::Status;
use certlens_registry::{BreakerState, Search};
use chrono::NaiveDate;
use futures::future::join_all;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const INN: &str = "7707083893";

fn today() -> NaiveDate {
    day(2026, 3, 2)
}

#[tokio::test]
async fn same_question_is_answered_from_memory_until_the_data_change() {
    let stores = Stores::create().await;
    let (search, postgres) = (stores.search(), stores.postgres_search());
    for number in 1..4 {
        stores.import_documents(&[document(number, INN)]).await;
        for (search, engine) in [(&search, Engine::ClickHouse), (&postgres, Engine::Postgres)] {
            let fresh = search.analytics(&about(&[INN]), today()).await.unwrap();
            let again = search.analytics(&about(&[INN]), today()).await.unwrap();
            assert_eq!((fresh.engine, again.engine), (engine, Engine::Cache));
            assert_eq!(
                fresh.totals.documents,
                u64::from(number),
                "never an older version"
            );
            assert_eq!(numbers(fresh), numbers(again));
        }
        let query = DocumentsQuery::newest(about(&[INN]), 20);
        let page = search.documents(&query, today()).await.unwrap();
        assert_eq!(page.items.len(), number as usize);
        assert_eq!(search.documents(&query, today()).await.unwrap(), page);
    }
    stores.drop_all().await;
}

#[tokio::test]
async fn company_with_kept_numbers_is_known_whatever_is_asked_beside_it_until_the_data_change() {
    let stores = Stores::create().await;
    let documents: Vec<Document> = (1..5).map(|number| document(number, INN)).collect();
    stores.import_documents_counting_from(3, &documents).await;
    for search in [stores.search(), stores.postgres_search()] {
        assert!(search.look_largest_up(today()).await.unwrap());
        let beside = about(&[INN, "5403055932"]);
        let found = search.analytics(&beside, today()).await.unwrap();
        assert_eq!((found.engine, found.totals.documents), (Engine::Cache, 4));
    }

    let search = stores.search();
    assert!(search.look_largest_up(today()).await.unwrap());
    stores
        .import_documents_counting_from(3, &[document(9, INN)])
        .await;

    let found = search.analytics(&about(&[INN]), today()).await.unwrap();
    assert_eq!((found.engine, found.totals.documents), (Engine::ClickHouse, 5));
    stores.drop_all().await;
}

#[tokio::test]
async fn import_that_changes_nothing_leaves_earlier_answers_good() {
    let stores = Stores::create().await;
    stores.import_documents(&[document(1, INN)]).await;
    let search = stores.search();
    search.analytics(&about(&[INN]), today()).await.unwrap();

    stores.import_documents(&[document(1, INN)]).await;

    let again = search.analytics(&about(&[INN]), today()).await.unwrap();
    assert_eq!(again.engine, Engine::Cache);
    stores.drop_all().await;
}

#[tokio::test]
async fn question_of_another_day_is_another_question() {
    let stores = Stores::create().await;
    stores.import_documents(&[document(1, INN)]).await;
    let search = stores.search();

    let now = search.analytics(&about(&[INN]), today()).await.unwrap();
    let later = search.analytics(&about(&[INN]), day(2031, 1, 1)).await.unwrap();

    assert_eq!((now.totals.active, later.totals.active), (1, 0));
    stores.drop_all().await;
}

#[tokio::test]
async fn identifiers_asked_in_another_order_are_answered_from_memory_in_that_order() {
    let stores = Stores::create().await;
    stores.import_documents(&[document(1, INN)]).await;
    let search = stores.search();
    search
        .analytics(&about(&[INN, "5403055932"]), today())
        .await
        .unwrap();

    let turned = search
        .analytics(&about(&["5403055932", INN]), today())
        .await
        .unwrap();

    assert_eq!(turned.engine, Engine::Cache);
    let values: Vec<_> = turned
        .identifiers
        .iter()
        .map(|identifier| identifier.value.as_str())
        .collect();
    assert_eq!(values, ["5403055932", INN]);
    stores.drop_all().await;
}

#[tokio::test]
async fn searches_that_arrive_together_get_the_answers_that_they_get_alone() {
    let stores = Stores::create().await;
    let inns: Vec<String> = (0..40).map(|company| format!("77000000{company:02}")).collect();
    let documents: Vec<Document> = (0..400)
        .map(|number| {
            let mut document = document(number, &inns[number as usize % inns.len()]);
            document.manufacturer.inn = Some(inns[(number as usize / 7) % inns.len()].clone());
            document
        })
        .collect();
    stores.import_documents_counting_from(12, &documents).await;
    let search = stores.search().without_cache();
    let questions: Vec<AnalyticsQuery> = (0..200)
        .map(|index| about(&[&inns[index % 40], &inns[(index * 3 + 1) % 40]]))
        .collect();

    let together = join_all(questions.iter().map(|query| search.analytics(query, today()))).await;

    for (query, answer) in questions.iter().zip(together) {
        let alone = stores.search().analytics(query, today()).await.unwrap();
        assert_eq!(alone.engine, Engine::ClickHouse);
        assert_eq!(numbers(answer.unwrap()), numbers(alone));
    }
    stores.drop_all().await;
}

/// One document of a company whose OGRN is stated in some versions only: the document moves between two parties.
fn moving(number: u32, round: u32) -> Document {
    let mut document = document(number, INN);
    let other = Some("1027700132195".to_owned()).filter(|_| (number + round).is_multiple_of(2));
    document.applicant.ogrn.clone_from(&other);
    document.manufacturer.inn = Some(INN.to_owned());
    document.manufacturer.ogrn = other.filter(|_| number.is_multiple_of(3));
    document
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answer_is_of_one_version_while_imports_move_documents_between_parties() {
    let stores = Stores::create().await;
    let file = |round| (0..30).map(|number| moving(number, round)).collect::<Vec<_>>();
    stores.import_documents_counting_from(8, &file(0)).await;
    let (all, alone) = (AtomicU64::new(0), AtomicBool::new(false));
    let searches = [
        stores.search().without_cache().with_all_pages_by_clickhouse(),
        stores.search(),
        stores.postgres_search().without_cache(),
    ];
    let asking = async |search: &Search| {
        while !alone.load(Ordering::Relaxed) {
            let answer = search.analytics(&about(&[INN]), today()).await.unwrap();
            assert_eq!(answer.totals.documents, 30, "{:?}", answer.engine);
            assert_eq!((answer.by_role.applicant, answer.by_role.manufacturer), (30, 30));
            let query = DocumentsQuery::newest(about(&[INN]), 50);
            let page = search.documents(&query, today()).await.unwrap();
            assert_eq!(page.items.len(), 30);
            let query = BoardQuery {
                about: about(&[INN]),
                filter: DocumentFilter::default(),
            };
            let board = search.board(&query, today()).await.unwrap();
            assert_eq!(board.totals.documents, 30, "{:?}", board.engine);
            assert_eq!((board.by_role.applicant, board.by_role.manufacturer), (30, 30));
            all.fetch_add(1, Ordering::Relaxed);
        }
    };
    let importing = async {
        for round in 1..8 {
            stores.import_documents_counting_from(8, &file(round)).await;
        }
        alone.store(true, Ordering::Relaxed);
    };

    tokio::join!(
        importing,
        asking(&searches[0]),
        asking(&searches[1]),
        asking(&searches[2])
    );

    assert!(all.into_inner() > 0);
    stores.drop_all().await;
}

#[tokio::test]
async fn freshness_tells_zero_from_not_loaded_and_names_the_last_import() {
    let stores = Stores::create().await;
    stores
        .import_documents(&[document(1, INN), document(2, INN)])
        .await;

    let freshness = stores.search().freshness().await.unwrap();

    let registries: Vec<Registry> = freshness.iter().map(|fresh| fresh.registry).collect();
    assert_eq!(registries, Registry::ALL);
    let loaded: Vec<bool> = freshness.iter().map(|fresh| fresh.loaded).collect();
    assert_eq!(loaded, [false, true, false, false, false, false]);
    let declarations = &freshness[1];
    assert_eq!(
        (declarations.documents, declarations.data_date),
        (2, Some(day(2025, 8, 28)))
    );
    let import = declarations.last_import.as_ref().unwrap();
    assert_eq!(
        (import.source.as_str(), import.read, import.new, import.rejected),
        ("jsonl", 2, 2, 0)
    );
    assert!(import.finished_at.is_some());
    stores.drop_all().await;
}

#[tokio::test]
async fn history_of_a_document_has_a_line_for_each_load_that_changed_its_status() {
    let stores = Stores::create().await;
    let mut changed = document(1, INN);
    stores.import_documents(std::slice::from_ref(&changed)).await;
    for (status, label) in [
        (Status::Suspended, "Приостановлен"),
        (Status::Active, "Возобновлён"),
    ] {
        changed.status = status;
        label.clone_into(&mut changed.status_label);
        stores.import_documents(std::slice::from_ref(&changed)).await;
    }

    let search = stores.search();
    let history = search.history(Registry::RfDeclarations, "1").await.unwrap();

    let lines: Vec<_> = history
        .iter()
        .map(|change| (change.from_status, change.to_status, change.to_label.as_str()))
        .collect();
    let expected = [
        (Status::Active, Status::Suspended, "Приостановлен"),
        (Status::Suspended, Status::Active, "Возобновлён"),
    ];
    assert_eq!(lines, expected);
    assert!(search.history(Registry::Kz, "1").await.unwrap().is_empty());
    stores.drop_all().await;
}

#[tokio::test]
async fn state_of_the_engines_tells_versions_and_whether_clickhouse_is_behind() {
    let stores = Stores::create().await;
    stores.import_documents(&[document(1, INN)]).await;
    let search = stores.search();
    let state = search.engine_state().await.unwrap();
    assert_eq!(
        (state.clickhouse, state.behind),
        (Some(BreakerState::Closed), false)
    );
    assert_eq!(state.published, Some(state.version));

    // An import that reached Postgres only.
    let input = certlens_registry::ImportInput::reader(
        "test.jsonl",
        std::io::Cursor::new(crate::stores::json_lines(&[document(2, INN)]).into_bytes()),
    );
    let importer = stores.importer_with(None);
    importer
        .import(certlens_formats::ImportSource::Jsonl, input, |_| {})
        .await
        .unwrap();

    let state = search.engine_state().await.unwrap();
    assert!(state.behind);
    let answer = search.analytics(&about(&[INN]), today()).await.unwrap();
    assert_eq!((answer.engine, answer.totals.documents), (Engine::Postgres, 2));
    assert_eq!(
        stores.postgres_search().engine_state().await.unwrap().clickhouse,
        None
    );
    let still = search.engine_state().await.unwrap();
    assert_eq!(
        still.clickhouse,
        Some(BreakerState::Closed),
        "being behind is no failure"
    );
    stores.drop_all().await;
}
