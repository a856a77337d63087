//! A ClickHouse that is lost, slow or wrong never fails a search while Postgres lives.

use crate::stores::{Stores, about, day, document};
use certlens_domain::analytics::Engine;
use certlens_domain::board::BoardQuery;
use certlens_domain::documents_page::{DocumentFilter, DocumentsQuery};
use certlens_registry::{ClickHouseAddress, Search};
use std::time::Duration;
use tokio::net::TcpListener;

/// Asks for the numbers, the first page and the board through a ClickHouse at this address.
async fn expect_postgres_to_answer(stores: &Stores, address: ClickHouseAddress, deadline: Duration) {
    let search =
        Search::new(stores.postgres().clone(), Some(address.clone())).with_clickhouse_deadline(deadline);
    let query = about(&["7707083893"]);
    let everything = BoardQuery {
        about: query.clone(),
        filter: DocumentFilter::default(),
    };
    // Its breaker has not learned anything yet.
    let another = Search::new(stores.postgres().clone(), Some(address)).with_clickhouse_deadline(deadline);

    let answer = search.analytics(&query, day(2026, 3, 2)).await.unwrap();
    let page = search
        .documents(&DocumentsQuery::newest(query, 5), day(2026, 3, 2))
        .await
        .unwrap();

    assert_eq!((answer.engine, answer.totals.documents), (Engine::Postgres, 1));
    assert_eq!(page.items.len(), 1);
    for search in [&search, &another] {
        let board = search.board(&everything, day(2026, 3, 2)).await.unwrap();
        assert_eq!((board.engine, board.totals.documents), (Engine::Postgres, 1));
    }
    search.ready().await.unwrap();
}

#[tokio::test]
async fn clickhouse_that_refuses_connections_is_replaced_by_postgres() {
    let stores = Stores::create().await;
    stores.import_documents(&[document(1, "7707083893")]).await;
    let dead = ClickHouseAddress {
        url: "http://127.0.0.1:9".to_owned(),
        ..stores.clickhouse()
    };

    expect_postgres_to_answer(&stores, dead, Duration::from_mins(1)).await;

    stores.drop_all().await;
}

#[tokio::test]
async fn clickhouse_that_never_answers_is_replaced_by_postgres_after_the_deadline() {
    let stores = Stores::create().await;
    stores.import_documents(&[document(1, "7707083893")]).await;
    // Connections wait in its queue and are never served.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let slow = ClickHouseAddress {
        url: format!("http://{}", silent.local_addr().unwrap()),
        ..stores.clickhouse()
    };

    expect_postgres_to_answer(&stores, slow, Duration::from_millis(20)).await;

    stores.drop_all().await;
}

#[tokio::test]
async fn clickhouse_without_our_tables_is_replaced_by_postgres() {
    let stores = Stores::create().await;
    stores.import_documents(&[document(1, "7707083893")]).await;
    let foreign = ClickHouseAddress {
        database: "default".to_owned(),
        ..stores.clickhouse()
    };

    expect_postgres_to_answer(&stores, foreign, Duration::from_mins(1)).await;

    stores.drop_all().await;
}

#[tokio::test]
async fn clickhouse_with_the_same_version_of_another_database_is_not_asked() {
    let (ours, theirs) = (Stores::create().await, Stores::create().await);
    ours.import_documents(&[document(1, "7707083893")]).await;
    theirs
        .import_documents(&[document(2, "7707083893"), document(3, "7707083893")])
        .await;

    // Both databases are at their first version; only their identity tells them apart.
    expect_postgres_to_answer(&ours, theirs.clickhouse(), Duration::from_mins(1)).await;

    // Publishing takes the foreign ClickHouse over.
    ours.importer_with(Some(theirs.clickhouse()))
        .catch_up()
        .await
        .unwrap();
    let search = Search::new(ours.postgres().clone(), Some(theirs.clickhouse()));
    let analytics = search
        .analytics(&about(&["7707083893"]), day(2026, 3, 2))
        .await
        .unwrap();
    assert_eq!(
        (analytics.engine, analytics.totals.documents),
        (Engine::ClickHouse, 1)
    );
    ours.drop_all().await;
    theirs.drop_all().await;
}
