//! ClickHouse goes and comes back under a hundred searches at once.

use crate::stores::{Stores, about, day, document};
use certlens_domain::analytics::Engine;
use certlens_domain::documents_page::DocumentsQuery;
use certlens_registry::{BreakerState, ClickHouseAddress, Search};
use futures::future::join_all;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A way to ClickHouse that can be cut.
struct Proxy {
    address: SocketAddr,
    target: String,
    forwarding: Option<JoinHandle<()>>,
}

impl Proxy {
    async fn to(clickhouse: &ClickHouseAddress) -> Self {
        let target = clickhouse
            .url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut proxy = Self {
            address: listener.local_addr().unwrap(),
            target,
            forwarding: None,
        };
        proxy.forward(listener);
        proxy
    }

    fn forward(&mut self, listener: TcpListener) {
        let target = self.target.clone();
        self.forwarding = Some(tokio::spawn(async move {
            // Dropped with the task: all connections are cut.
            let mut connections = JoinSet::new();
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let target = target.clone();
                connections.spawn(async move {
                    let mut far = TcpStream::connect(target).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        }));
    }

    /// Cuts all connections; new ones are refused.
    async fn cut(&mut self) {
        if let Some(forwarding) = self.forwarding.take() {
            forwarding.abort();
            assert!(forwarding.await.unwrap_err().is_cancelled());
        }
    }

    async fn restore(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.forward(listener);
    }
}

async fn hundred_answers(search: &Search, inns: &[String]) -> Vec<Engine> {
    let asked = inns.iter().cycle().take(100).map(async |inn| {
        let answer = search.analytics(&about(&[inn]), day(2026, 3, 2)).await.unwrap();
        assert_eq!(answer.totals.documents, 2, "{inn} by {:?}", answer.engine);
        answer.engine
    });
    join_all(asked).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_search_fails_while_clickhouse_is_away_and_it_is_used_again_when_it_is_back() {
    let stores = Stores::create().await;
    let inns: Vec<String> = (0..50).map(|company| format!("77000000{company:02}")).collect();
    let documents: Vec<_> = (0..100)
        .map(|number| document(number, &inns[number as usize % 50]))
        .collect();
    stores.import_documents(&documents).await;
    let mut proxy = Proxy::to(&stores.clickhouse()).await;
    let address = ClickHouseAddress {
        url: format!("http://{}", proxy.address),
        ..stores.clickhouse()
    };
    let search = Search::new(stores.postgres().clone(), Some(address))
        .with_clickhouse_deadline(Duration::from_mins(1))
        .without_cache();
    let before = hundred_answers(&search, &inns).await;
    assert!(before.iter().all(|engine| *engine == Engine::ClickHouse));

    // The cut falls among searches that are under way.
    let (cut, during) = tokio::join!(proxy.cut(), hundred_answers(&search, &inns));
    let () = cut;
    assert_eq!(during.len(), 100);
    let away = hundred_answers(&search, &inns).await;
    assert!(away.iter().all(|engine| *engine == Engine::Postgres));
    let state = search.engine_state().await.unwrap();
    assert_ne!(state.clickhouse, Some(BreakerState::Closed));
    assert_eq!(state.published, None);

    proxy.restore().await;
    // Probes go out by themselves; searches go on meanwhile, and none fails.
    while !hundred_answers(&search, &inns)
        .await
        .contains(&Engine::ClickHouse)
    {}
    let after = hundred_answers(&search, &inns).await;
    assert!(after.iter().all(|engine| *engine == Engine::ClickHouse));
    proxy.cut().await;
    stores.drop_all().await;
}

#[tokio::test]
async fn page_that_silent_clickhouse_should_find_comes_from_postgres_and_opens_the_breaker() {
    let stores = Stores::create().await;
    stores.import_documents(&[document(1, "7707083893")]).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = ClickHouseAddress {
        url: format!("http://{}", silent.local_addr().unwrap()),
        ..stores.clickhouse()
    };
    let search = Search::new(stores.postgres().clone(), Some(address))
        .with_clickhouse_deadline(Duration::from_millis(20))
        .without_cache()
        .with_all_pages_by_clickhouse();
    let query = DocumentsQuery::newest(about(&["7707083893"]), 5);

    let page = search.documents(&query, day(2026, 3, 2)).await.unwrap();

    assert_eq!(page.items.len(), 1);
    let state = search.engine_state().await.unwrap();
    assert_ne!(state.clickhouse, Some(BreakerState::Closed));
    stores.drop_all().await;
}

#[tokio::test]
async fn lost_clickhouse_is_found_out_by_looking_before_anybody_searches() {
    let stores = Stores::create().await;
    stores.import_documents(&[document(1, "7707083893")]).await;
    let mut proxy = Proxy::to(&stores.clickhouse()).await;
    let address = ClickHouseAddress {
        url: format!("http://{}", proxy.address),
        ..stores.clickhouse()
    };
    let search = Search::new(stores.postgres().clone(), Some(address)).without_cache();

    search.look_after_clickhouse().await;
    let before = search.breaker();
    proxy.cut().await;
    search.look_after_clickhouse().await;
    let after = search.breaker();

    assert_eq!(before, Some(BreakerState::Closed));
    assert_ne!(after, Some(BreakerState::Closed));
    stores.drop_all().await;
}

#[tokio::test]
async fn silent_clickhouse_costs_one_deadline_and_is_left_alone_then() {
    let stores = Stores::create().await;
    stores.import_documents(&[document(1, "7707083893")]).await;
    // Connections wait in its queue and are never served.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = ClickHouseAddress {
        url: format!("http://{}", silent.local_addr().unwrap()),
        ..stores.clickhouse()
    };
    let search = Search::new(stores.postgres().clone(), Some(address))
        .with_clickhouse_deadline(Duration::from_millis(20))
        .without_cache();
    let query = about(&["7707083893"]);

    while search.engine_state().await.unwrap().clickhouse == Some(BreakerState::Closed) {
        let answer = search.analytics(&query, day(2026, 3, 2)).await.unwrap();
        assert_eq!((answer.engine, answer.totals.documents), (Engine::Postgres, 1));
    }

    let answer = search.analytics(&query, day(2026, 3, 2)).await.unwrap();
    assert_eq!(answer.engine, Engine::Postgres);
    stores.drop_all().await;
}
