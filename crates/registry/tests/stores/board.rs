//! The way of a board: what is read, what is remembered, and who answers.

use crate::stores::{Stores, about, day, document};
use certlens_domain::analytics::{AnalyticsQuery, Engine, RoleFilter};
use certlens_domain::board::{Board, BoardQuery};
use certlens_domain::document::Document;
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::registry::Registry;
use certlens_registry::Search;
use chrono::NaiveDate;
use futures::future::join_all;

const INN: &str = "7707083893";
const OTHER: &str = "5403055932";

fn today() -> NaiveDate {
    day(2026, 3, 2)
}

fn everything(about: AnalyticsQuery) -> BoardQuery {
    BoardQuery {
        about,
        filter: DocumentFilter::default(),
    }
}

fn with_text(about: AnalyticsQuery, text: &str) -> BoardQuery {
    BoardQuery {
        about,
        filter: DocumentFilter {
            text: Some(text.to_owned()),
            ..DocumentFilter::default()
        },
    }
}

async fn board(search: &Search, query: &BoardQuery) -> Board {
    search.board(query, today()).await.unwrap()
}

#[tokio::test]
async fn next_filter_role_and_choice_of_identifiers_ask_no_engine() {
    let stores = Stores::create().await;
    let mut documents: Vec<Document> = (1..5).map(|number| document(number, INN)).collect();
    documents.extend((5..8).map(|number| document(number, OTHER)));
    stores.import_documents(&documents).await;
    for (search, engine) in [
        (stores.search(), Engine::ClickHouse),
        (stores.postgres_search(), Engine::Postgres),
    ] {
        let first = board(&search, &everything(about(&[INN, OTHER]))).await;
        assert_eq!((first.engine, first.totals.documents), (engine, 7));
        assert!(first.elapsed_ms > 0.0);

        let mut as_manufacturer = everything(about(&[INN, OTHER]));
        as_manufacturer.about.role = RoleFilter::Manufacturer;
        let mut foreign = everything(about(&[OTHER, INN]));
        foreign.filter.registries = vec![Registry::Kz];
        for (query, documents) in [
            (everything(about(&[OTHER, INN])), 7),
            (everything(about(&[OTHER])), 3),
            (as_manufacturer, 0),
            (foreign, 0),
        ] {
            let next = board(&search, &query).await;
            assert_eq!(
                (next.engine, next.totals.documents),
                (Engine::Cache, documents),
                "{query:?}"
            );
        }
    }
    stores.drop_all().await;
}

#[tokio::test]
async fn texts_are_read_when_a_filter_first_asks_for_them_and_never_twice() {
    let stores = Stores::create().await;
    let mut kettle = document(1, INN);
    kettle.product = "ЧАЙНИК электрический".to_owned();
    stores.import_documents(&[kettle, document(2, INN)]).await;
    let search = stores.search();
    board(&search, &everything(about(&[INN]))).await;

    let by_product = board(&search, &with_text(about(&[INN]), "чайник")).await;
    let by_number = board(&search, &with_text(about(&[INN]), "в.00002")).await;
    let nowhere = board(&search, &with_text(about(&[INN]), "нет такого")).await;

    let answered = [by_product, by_number, nowhere].map(|board| (board.engine, board.totals.documents));
    assert_eq!(
        answered,
        [(Engine::ClickHouse, 1), (Engine::Cache, 1), (Engine::Cache, 0)]
    );
    stores.drop_all().await;
}

#[tokio::test]
async fn board_is_never_of_an_older_version() {
    let stores = Stores::create().await;
    let (search, postgres) = (stores.search(), stores.postgres_search());
    for number in 1..4 {
        stores.import_documents(&[document(number, INN)]).await;
        for search in [&search, &postgres] {
            let fresh = board(search, &everything(about(&[INN]))).await;
            let again = board(search, &everything(about(&[INN]))).await;
            assert_ne!(fresh.engine, Engine::Cache);
            assert_eq!(fresh.totals.documents, u64::from(number));
            assert_eq!(
                (again.engine, again.totals.documents),
                (Engine::Cache, u64::from(number))
            );
        }
    }
    stores.drop_all().await;
}

#[tokio::test]
async fn counterparty_that_nobody_knows_has_a_board_of_zeros() {
    let stores = Stores::create().await;
    for search in [stores.search(), stores.postgres_search()] {
        let nothing = board(&search, &everything(about(&[INN]))).await;
        assert_eq!((nothing.totals.documents, nothing.totals.next_end), (0, None));
        assert!(nothing.by_registry.is_empty() && nothing.by_origin.listed.is_empty());
        assert!(nothing.registered.is_empty() && nothing.ends.is_empty());
    }
    stores.drop_all().await;
}

#[tokio::test]
async fn boards_that_are_asked_for_together_each_get_their_own_documents() {
    let stores = Stores::create().await;
    let inns: Vec<String> = (0..30).map(|company| format!("77{company:08}")).collect();
    let documents: Vec<Document> = (0..300)
        .map(|number| document(number, &inns[number as usize % 29]))
        .collect();
    stores.import_documents(&documents).await;
    for search in [stores.search(), stores.postgres_search()] {
        let boards = join_all(inns.iter().enumerate().map(async |(company, inn)| {
            let query = if company % 3 == 0 {
                with_text(about(&[inn]), "рa01")
            } else {
                everything(about(&[inn]))
            };
            board(&search, &query).await.totals.documents
        }))
        .await;
        let expected: Vec<u64> = (0..30)
            .map(|company| (0..300).filter(|number| number % 29 == company).count() as u64)
            .collect();
        assert_eq!(boards, expected);
    }
    stores.drop_all().await;
}

#[tokio::test]
async fn numbers_come_out_of_what_the_board_has_read() {
    let stores = Stores::create().await;
    let documents: Vec<Document> = (0..5).map(|number| document(number, INN)).collect();
    stores.import_documents(&documents).await;
    for search in [stores.search(), stores.postgres_search()] {
        board(&search, &everything(about(&[INN]))).await;

        let numbers = search.analytics(&about(&[INN]), today()).await.unwrap();

        assert_eq!((numbers.engine, numbers.totals.documents), (Engine::Cache, 5));
    }
    stores.drop_all().await;
}

#[tokio::test]
async fn equal_boards_that_are_asked_for_together_are_counted_once() {
    let stores = Stores::create().await;
    let documents: Vec<Document> = (0..40).map(|number| document(number, INN)).collect();
    stores.import_documents(&documents).await;
    for search in [
        stores.search().with_boards_by_groups(),
        stores.postgres_search().with_boards_by_groups(),
    ] {
        let query = everything(about(&[INN]));
        let boards = join_all((0..20).map(|_| board(&search, &query))).await;

        assert!(boards.iter().all(|board| board.totals.documents == 40));
        let counted = boards.iter().filter(|board| board.engine != Engine::Cache);
        assert_eq!(counted.count(), 1);
    }
    stores.drop_all().await;
}

#[tokio::test]
async fn postgres_gives_the_board_while_clickhouse_is_behind() {
    let stores = Stores::create().await;
    stores.import_documents(&[document(1, INN)]).await;
    // An import that reached Postgres only.
    let input = certlens_registry::ImportInput::reader(
        "test.jsonl",
        std::io::Cursor::new(crate::stores::json_lines(&[document(2, INN)]).into_bytes()),
    );
    stores
        .importer_with(None)
        .import(certlens_formats::ImportSource::Jsonl, input, |_| {})
        .await
        .unwrap();

    let answer = board(&stores.search(), &everything(about(&[INN]))).await;

    assert_eq!((answer.engine, answer.totals.documents), (Engine::Postgres, 2));
    stores.drop_all().await;
}
