//! A running engine and what the tests do with it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use certlens_clickhouse_embedded::{EmbeddedClickHouse, EmbeddedOptions, HealthPolicy};
use clickhouse::{Client, Compression, Row};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
pub(crate) struct Holding {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) regulations: Vec<String>,
    pub(crate) valid_until: Option<i32>,
}

pub(crate) fn holding(id: u64, name: &str) -> Holding {
    Holding {
        id,
        name: name.to_owned(),
        regulations: vec!["004/2011".to_owned()],
        valid_until: Some(20_000),
    }
}

/// Options of an engine in `directory` with the least memory: tests share their machine.
pub(crate) fn options(directory: &Path) -> EmbeddedOptions {
    EmbeddedOptions {
        library: std::env::var_os("CERTLENS_CLICKHOUSE_LIBRARY").map(PathBuf::from),
        program: Some(env!("CARGO_BIN_EXE_certlens-clickhouse").into()),
        memory: Some("1GiB".parse().expect("an amount of memory")),
        // A busy machine is no illness; the test of an engine that hangs says otherwise.
        health: HealthPolicy {
            deadline: Duration::from_mins(1),
            ..HealthPolicy::default()
        },
        ..EmbeddedOptions::new(directory)
    }
}

pub(crate) async fn start(directory: &Path) -> EmbeddedClickHouse {
    EmbeddedClickHouse::start(&options(directory))
        .await
        .expect("an embedded engine")
}

pub(crate) fn client(engine: &EmbeddedClickHouse) -> Client {
    Client::default()
        .with_url(engine.url())
        .with_user(engine.user())
        .with_password(engine.password())
        .with_compression(Compression::None)
}

pub(crate) async fn create_holdings(client: &Client) {
    let statement = "CREATE TABLE holdings (id UInt64, name String, regulations Array(String), valid_until Nullable(Int32)) \
                     ENGINE = MergeTree ORDER BY id";
    client.query(statement).execute().await.expect("a table");
}

pub(crate) async fn insert(client: &Client, rows: &[Holding]) {
    let mut insert = client.insert::<Holding>("holdings").await.expect("an insert");
    for row in rows {
        insert.write(row).await.expect("a row");
    }
    insert.end().await.expect("the end of an insert");
}

/// Process ids of the engine's child that works in `directory`.
pub(crate) fn children(directory: &Path) -> Vec<rustix::process::Pid> {
    let data = directory.join("data").display().to_string();
    std::fs::read_dir("/proc")
        .expect("the process table")
        .flatten()
        .filter_map(|entry| {
            let command = std::fs::read(entry.path().join("cmdline")).ok()?;
            let ours = command
                .split(|byte| *byte == 0)
                .any(|argument| argument == data.as_bytes());
            let id = entry.file_name().to_str()?.parse().ok()?;
            ours.then(|| rustix::process::Pid::from_raw(id)).flatten()
        })
        .collect()
}

/// The ids of the rows, once the engine answers; waits for it without bound, because the test's runner has one.
pub(crate) async fn ids_when_it_answers(client: &Client) -> Vec<u64> {
    loop {
        match client.query("SELECT id FROM holdings").fetch_all::<u64>().await {
            Ok(found) => return found,
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Waits until none of the processes that work in `directory` is left.
pub(crate) async fn until_nobody_works_in(directory: &Path) {
    while !children(directory).is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
