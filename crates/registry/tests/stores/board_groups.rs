//! Boards of counterparties with so many documents that the engines count them.

use crate::stores::{Stores, about, day, document, json_lines};
use certlens_domain::analytics::Engine;
use certlens_domain::board::{Board, BoardQuery};
use certlens_domain::document::Document;
use certlens_domain::documents_page::DocumentFilter;
use certlens_formats::ImportSource;
use certlens_registry::{ImportInput, Search};
use std::io::Cursor;

const INN: &str = "7707083893";
/// More than are read as rows.
const MANY: u32 = 5_100;

async fn board(search: &Search, filter: DocumentFilter) -> Board {
    let query = BoardQuery {
        about: about(&[INN]),
        filter,
    };
    search.board(&query, day(2026, 3, 2)).await.unwrap()
}

fn plain(board: Board) -> Board {
    Board {
        engine: Engine::Cache,
        elapsed_ms: 0.0,
        ..board
    }
}

#[tokio::test]
async fn very_large_counterparty_is_counted_by_the_engines_once_for_each_filter() {
    let stores = Stores::create().await;
    let documents: Vec<Document> = (0..MANY)
        .map(|number| {
            let mut document = document(number, INN);
            document.tn_ved = vec![format!("85{:02}000000", number % 80)];
            document
        })
        .collect();
    stores.import_documents(&documents).await;
    let chosen = DocumentFilter {
        tn_ved: vec!["8507".to_owned()],
        ..DocumentFilter::default()
    };
    for filter in [DocumentFilter::default(), chosen] {
        let (search, postgres) = (stores.search(), stores.postgres_search());
        let by_clickhouse = board(&search, filter.clone()).await;
        let again = board(&search, filter.clone()).await;
        let by_postgres = board(&postgres, filter.clone()).await;

        assert_eq!(
            [by_clickhouse.engine, again.engine, by_postgres.engine],
            [Engine::ClickHouse, Engine::Cache, Engine::Postgres]
        );
        let positions = &by_postgres.by_product_position;
        assert_eq!((positions.listed.len(), positions.more), (60, 20));
        assert_eq!(positions.listed[0].documents, 64);
        let expected = if filter.tn_ved.is_empty() { MANY } else { 64 };
        assert_eq!(by_postgres.totals.documents, u64::from(expected));
        assert_eq!(plain(by_clickhouse.clone()), plain(by_postgres));
        assert_eq!(plain(by_clickhouse), plain(again));
    }
    stores.drop_all().await;
}

#[tokio::test]
async fn postgres_counts_while_clickhouse_is_behind() {
    let stores = Stores::create().await;
    stores.import_documents(&[document(1, INN)]).await;
    // An import that reached Postgres only.
    let input = ImportInput::reader(
        "test.jsonl",
        Cursor::new(json_lines(&[document(2, INN)]).into_bytes()),
    );
    stores
        .importer_with(None)
        .import(ImportSource::Jsonl, input, |_| {})
        .await
        .unwrap();

    let answer = board(
        &stores.search().with_boards_by_groups(),
        DocumentFilter::default(),
    )
    .await;

    assert_eq!((answer.engine, answer.totals.documents), (Engine::Postgres, 2));
    stores.drop_all().await;
}

#[tokio::test]
async fn boards_of_the_largest_are_counted_before_anybody_asks_however_they_are_named() {
    let stores = Stores::create().await;
    let documents: Vec<Document> = (0..4).map(|number| document(number, INN)).collect();
    stores.import_documents_counting_from(3, &documents).await;
    for search in [stores.search(), stores.postgres_search()] {
        let search = search.with_boards_by_groups();
        assert!(search.count_largest_boards(day(2026, 3, 2)).await.unwrap());

        let beside = BoardQuery {
            about: about(&[INN, "5403055932"]),
            filter: DocumentFilter::default(),
        };
        let known = search.board(&beside, day(2026, 3, 2)).await.unwrap();
        let tomorrow = search.board(&beside, day(2026, 3, 3)).await.unwrap();

        assert_eq!((known.engine, known.totals.documents), (Engine::Cache, 4));
        assert_ne!(tomorrow.engine, Engine::Cache);
    }

    let search = stores.search().with_boards_by_groups();
    assert!(search.count_largest_boards(day(2026, 3, 2)).await.unwrap());
    stores
        .import_documents_counting_from(3, &[document(9, INN)])
        .await;
    let moved = board(&search, DocumentFilter::default()).await;
    assert_eq!((moved.engine, moved.totals.documents), (Engine::ClickHouse, 5));
    stores.drop_all().await;
}
