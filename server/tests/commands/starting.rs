//! `certlens serve` while an engine is away, and on its way to its end: what a proxy before it and a person at its log see.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use url::Url;

use crate::importing::line;
use crate::program::{Program, argument};
use crate::wire::{Carriage, Wire};

/// A service whose engines are reached by wires that can be cut.
struct Service {
    program: Program,
    postgres: Wire,
    clickhouse: Wire,
    port: u16,
    client: Client,
}

impl Service {
    async fn prepare() -> Self {
        let program = Program::prepare().await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            postgres: Wire::to(address(&program.postgres_url())).await,
            clickhouse: Wire::to(address(&program.clickhouse_url())).await,
            program,
            port: listener.local_addr().unwrap().port(),
            client: Client::builder().pool_max_idle_per_host(0).build().unwrap(),
        }
    }

    fn start(&self, drain: &str) -> Child {
        let over = |mut url: Url, wire: &Wire| {
            url.set_port(Some(wire.address().port())).unwrap();
            url.to_string()
        };
        let log = std::fs::File::create(self.program.path("serve.log")).unwrap();
        self.program
            .command(&["serve"])
            .env(
                "CERTLENS_DATABASE_URL",
                over(self.program.postgres_url(), &self.postgres),
            )
            .env(
                "CERTLENS_CLICKHOUSE_URL",
                over(self.program.clickhouse_url(), &self.clickhouse),
            )
            .env("CERTLENS_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("CERTLENS_DRAIN", drain)
            .env("RUST_LOG", "info")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.program.path("serve.log")).unwrap()
    }

    /// `None` when nobody listens.
    async fn get(&self, path: &str) -> Option<reqwest::Response> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        self.client.get(url).send().await.ok()
    }

    async fn until_readyz_says(&self, status: StatusCode) {
        until(async || {
            let answer = self.get("/readyz").await;
            answer.is_some_and(|answer| answer.status() == status)
        })
        .await;
    }

    /// How many versions of the documents ClickHouse was given; `None` while it has no tables.
    async fn publications(&self) -> Option<u64> {
        let mut url = self.program.clickhouse_url();
        let database = url.path().trim_start_matches('/').to_owned();
        url.set_path("/");
        url.query_pairs_mut()
            .append_pair("query", &format!("SELECT count() FROM {database}.publications"));
        let answer = self.client.get(url).send().await.unwrap();
        answer.text().await.unwrap().trim().parse().ok()
    }
}

/// Waits without bound, because the test's runner has one.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    while !holds().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn address(url: &Url) -> SocketAddr {
    let name = (url.host_str().unwrap(), url.port().unwrap());
    name.to_socket_addrs().unwrap().next().unwrap()
}

fn signal(child: &Child, signal: Signal) {
    let process = Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
    kill_process(process, signal).unwrap();
}

async fn end(mut child: Child) -> ExitStatus {
    child.wait().await.unwrap()
}

#[tokio::test]
async fn a_service_that_is_told_to_end_says_that_it_is_not_ready_and_serves_on_until_it_is_told_again() {
    let service = Service::prepare().await;
    let child = service.start("1h");
    service.until_readyz_says(StatusCode::OK).await;

    signal(&child, Signal::TERM);
    service.until_readyz_says(StatusCode::SERVICE_UNAVAILABLE).await;
    let unready = service.get("/readyz").await.unwrap();
    let retry = unready.headers()["retry-after"].clone();
    let sentence = unready.text().await.unwrap();
    let alive = service.get("/healthz").await.unwrap();
    let (status, connection) = (alive.status(), alive.headers()["connection"].clone());
    signal(&child, Signal::TERM);
    let ended = end(child).await;

    assert!(sentence.contains("shutting down"), "{sentence}");
    assert_eq!(retry, "5");
    assert_eq!(
        (status, connection.as_bytes()),
        (StatusCode::OK, b"close".as_slice())
    );
    assert!(ended.success(), "{ended}: {}", service.log());
    service.program.close().await;
}

#[tokio::test]
async fn a_service_at_a_terminal_ends_at_once() {
    let service = Service::prepare().await;
    let child = service.start("1h");
    service.until_readyz_says(StatusCode::OK).await;

    signal(&child, Signal::INT);

    assert!(end(child).await.success());
    service.program.close().await;
}

#[tokio::test]
async fn a_service_starts_without_clickhouse_and_fills_it_when_it_is_back() {
    let service = Service::prepare().await;
    let file = service.program.file("a.jsonl", line(1));
    let import = service
        .program
        .command(&["import", "jsonl", argument(&file)])
        .env("CERTLENS_CLICKHOUSE_URL", "off")
        .output()
        .await
        .unwrap();
    assert!(import.status.success());
    service.clickhouse.set(Carriage::Cut);

    let child = service.start("0");
    service.until_readyz_says(StatusCode::OK).await;
    let before = service.publications().await;
    service.clickhouse.set(Carriage::Whole);
    until(async || service.publications().await == Some(1)).await;
    let metrics = service.get("/metrics").await.unwrap().text().await.unwrap();

    assert_eq!(before, None, "nobody could make its tables");
    assert!(metrics.contains("certlens_"), "{metrics}");
    assert!(service.log().contains("ClickHouse is away"), "{}", service.log());
    signal(&child, Signal::TERM);
    assert!(end(child).await.success());
    service.program.close().await;
}

#[tokio::test]
async fn a_service_waits_for_postgres_with_a_closed_port_and_says_so() {
    let service = Service::prepare().await;
    service.postgres.set(Carriage::Cut);

    let child = service.start("0");
    until(async || service.log().contains("the start waits for it")).await;
    let while_waiting = service.get("/healthz").await;
    service.postgres.set(Carriage::Whole);
    service.until_readyz_says(StatusCode::OK).await;

    assert!(while_waiting.is_none(), "a proxy would wait for an answer");
    signal(&child, Signal::TERM);
    assert!(end(child).await.success());
    service.program.close().await;
}

#[tokio::test]
async fn a_service_that_waits_for_postgres_ends_when_it_is_told() {
    let service = Service::prepare().await;
    service.postgres.set(Carriage::Stalled);

    let child = service.start("1h");
    until(async || service.log().contains("the start waits for it")).await;
    signal(&child, Signal::TERM);

    assert!(end(child).await.success(), "{}", service.log());
    service.program.close().await;
}

#[tokio::test]
async fn a_service_that_postgres_refuses_ends_with_a_sentence_and_without_the_password() {
    let program = Program::prepare().await;
    let mut url = program.postgres_url();
    url.set_password(Some("a-wrong-word")).unwrap();

    let refused = program
        .command(&["serve"])
        .env("CERTLENS_DATABASE_URL", url.as_str())
        .env("CERTLENS_LISTEN", "127.0.0.1:0")
        .output()
        .await
        .unwrap();

    let sentence = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        sentence.contains("Postgres refuses the connection; check"),
        "{sentence}"
    );
    assert!(!sentence.contains("a-wrong-word"), "{sentence}");
    program.close().await;
}

#[tokio::test]
async fn a_service_that_loses_postgres_says_503_and_is_back_with_it() {
    let service = Service::prepare().await;
    let child = service.start("0");
    service.until_readyz_says(StatusCode::OK).await;

    service.postgres.set(Carriage::Cut);
    service.until_readyz_says(StatusCode::SERVICE_UNAVAILABLE).await;
    service.postgres.set(Carriage::Stalled);
    service.until_readyz_says(StatusCode::SERVICE_UNAVAILABLE).await;
    service.postgres.set(Carriage::Whole);
    service.until_readyz_says(StatusCode::OK).await;

    signal(&child, Signal::TERM);
    assert!(end(child).await.success());
    service.program.close().await;
}
