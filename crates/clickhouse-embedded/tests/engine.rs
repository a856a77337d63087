//! The embedded engine from start to stop, through the client that the product uses.
//!
//! Wants the engine's library beside the test programs (`cargo xtask build` puts it there) or in
//! `CERTLENS_CLICKHOUSE_LIBRARY`.

use std::path::{Path, PathBuf};

use certlens_clickhouse_embedded::{EmbeddedClickHouse, EmbeddedOptions};
use clickhouse::{Client, Compression, Row};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
struct Holding {
    id: u64,
    name: String,
    regulations: Vec<String>,
    valid_until: Option<i32>,
}

fn holding(id: u64, name: &str) -> Holding {
    Holding {
        id,
        name: name.to_owned(),
        regulations: vec!["004/2011".to_owned()],
        valid_until: Some(20_000),
    }
}

async fn start(directory: &Path) -> EmbeddedClickHouse {
    let options = EmbeddedOptions {
        data_directory: directory.to_path_buf(),
        library: std::env::var_os("CERTLENS_CLICKHOUSE_LIBRARY").map(PathBuf::from),
        program: Some(env!("CARGO_BIN_EXE_certlens-clickhouse").into()),
    };
    EmbeddedClickHouse::start(&options)
        .await
        .expect("an embedded engine")
}

fn client(engine: &EmbeddedClickHouse) -> Client {
    Client::default()
        .with_url(engine.url())
        .with_user(engine.user())
        .with_password(engine.password())
        .with_compression(Compression::None)
}

async fn create_holdings(client: &Client) {
    let statement = "CREATE TABLE holdings (id UInt64, name String, regulations Array(String), valid_until Nullable(Int32)) \
                     ENGINE = MergeTree ORDER BY id";
    client.query(statement).execute().await.expect("a table");
}

async fn insert(client: &Client, rows: &[Holding]) {
    let mut insert = client.insert::<Holding>("holdings").await.expect("an insert");
    for row in rows {
        insert.write(row).await.expect("a row");
    }
    insert.end().await.expect("the end of an insert");
}

#[tokio::test]
async fn select_of_inserted_rows_returns_them_typed() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let client = client(&engine);
    create_holdings(&client).await;
    let rows = [
        holding(1, "Ромашка"),
        Holding {
            valid_until: None,
            ..holding(2, "O'Hara \\ \"Sons\"\n")
        },
    ];

    insert(&client, &rows).await;

    let found = client
        .query("SELECT ?fields FROM holdings ORDER BY id")
        .fetch_all::<Holding>()
        .await
        .unwrap();
    assert_eq!(found, rows);
    engine.stop().await;
}

#[tokio::test]
async fn select_with_client_and_server_side_parameters_finds_hostile_values() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let client = client(&engine);
    create_holdings(&client).await;
    let hostile = "a'; DROP TABLE holdings; -- \\ \t\n ё";
    insert(&client, &[holding(1, hostile), holding(2, "other")]).await;

    let bound = client
        .query("SELECT id FROM holdings WHERE name = ?")
        .bind(hostile)
        .fetch_all::<u64>()
        .await
        .unwrap();
    let by_parameter = client
        .query("SELECT id FROM holdings WHERE name = {name:String} AND id IN {ids:Array(UInt64)}")
        .param("name", hostile)
        .param("ids", vec![1_u64, 2])
        .fetch_all::<u64>()
        .await
        .unwrap();

    assert_eq!(bound, [1]);
    assert_eq!(by_parameter, [1]);
    engine.stop().await;
}

#[tokio::test]
async fn requests_for_two_databases_at_once_stay_apart() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let client = client(&engine);
    for database in ["one", "two"] {
        client
            .query(&format!("CREATE DATABASE {database}"))
            .execute()
            .await
            .unwrap();
        let inside = client.clone().with_database(database);
        create_holdings(&inside).await;
        insert(&inside, &[holding(1, database)]).await;
    }

    let mut asked = tokio::task::JoinSet::new();
    for turn in 0..60 {
        let database = if turn % 2 == 0 { "one" } else { "two" };
        let inside = client.clone().with_database(database);
        asked.spawn(async move {
            let name = inside
                .query("SELECT name FROM holdings")
                .fetch_one::<String>()
                .await
                .unwrap();
            (database, name)
        });
    }

    for (database, name) in asked.join_all().await {
        assert_eq!(name, database);
    }
    engine.stop().await;
}

#[tokio::test]
async fn settings_of_one_request_do_not_reach_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let client = client(&engine);
    let ask = "SELECT toUInt64(getSetting('max_block_size'))";
    let before = client.query(ask).fetch_one::<u64>().await.unwrap();

    let during = client
        .query(ask)
        .with_setting("max_block_size", "777")
        .fetch_one::<u64>()
        .await
        .unwrap();

    // As many as there are connections, so that the one that was changed is among them.
    for _ in 0..8 {
        assert_eq!(client.query(ask).fetch_one::<u64>().await.unwrap(), before);
    }
    assert_eq!(during, 777);
    engine.stop().await;
}

#[tokio::test]
async fn wrong_statements_return_the_engines_words_and_code() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let client = client(&engine);

    let error = client
        .query("SELECT * FROM missing")
        .fetch_all::<u8>()
        .await
        .unwrap_err()
        .to_string();
    let raw = reqwest::Client::new()
        .post(engine.url())
        .basic_auth(engine.user(), Some(engine.password()))
        .body("SELEC 1")
        .send()
        .await
        .unwrap();

    assert!(error.contains("UNKNOWN_TABLE"), "{error}");
    assert_eq!(raw.status(), 400);
    assert_eq!(raw.headers()["X-ClickHouse-Exception-Code"], "62");
    assert!(raw.text().await.unwrap().contains("Syntax error"));
    engine.stop().await;
}

#[tokio::test]
async fn requests_without_the_password_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;

    let answer = client(&engine)
        .with_password("wrong")
        .query("SELECT 1")
        .fetch_one::<u8>()
        .await;
    let alive = reqwest::get(format!("{}/ping", engine.url())).await.unwrap();

    assert!(answer.unwrap_err().to_string().contains("authentication"));
    assert_eq!(alive.text().await.unwrap(), "Ok.\n");
    engine.stop().await;
}

#[tokio::test]
async fn insert_of_a_hundred_megabytes_and_its_answer_go_through() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let client = client(&engine);
    client
        .query("CREATE TABLE large (id UInt64, text String) ENGINE = MergeTree ORDER BY id")
        .execute()
        .await
        .unwrap();
    let text = "x".repeat(100);

    let mut insert = client
        .insert_formatted_with("INSERT INTO large FORMAT TabSeparated")
        .buffered();
    for id in 0..1_000_000_u32 {
        insert.write_buffered(format!("{id}\t{text}\n").as_bytes());
        if id % 10_000 == 0 {
            insert.flush().await.unwrap();
        }
    }
    insert.end().await.unwrap();

    let count = client
        .query("SELECT count() FROM large")
        .fetch_one::<u64>()
        .await
        .unwrap();
    let answer = client
        .query("SELECT text FROM large")
        .fetch_bytes("TabSeparated")
        .unwrap()
        .collect()
        .await
        .unwrap();
    assert_eq!(count, 1_000_000);
    assert_eq!(answer.len(), 101_000_000);
    engine.stop().await;
}

#[tokio::test]
async fn an_insert_that_breaks_off_leaves_no_rows() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let client = client(&engine);
    create_holdings(&client).await;

    let mut broken = client.insert::<Holding>("holdings").await.unwrap();
    broken.write(&holding(1, "never")).await.unwrap();
    drop(broken);

    insert(&client, &[holding(2, "whole")]).await;
    let found = client
        .query("SELECT id FROM holdings")
        .fetch_all::<u64>()
        .await
        .unwrap();
    assert_eq!(found, [2]);
    engine.stop().await;
}

#[tokio::test]
async fn start_after_a_stop_finds_the_data() {
    let directory = tempfile::tempdir().unwrap();
    let first = start(directory.path()).await;
    create_holdings(&client(&first)).await;
    insert(&client(&first), &[holding(7, "kept")]).await;
    first.stop().await;

    let second = start(directory.path()).await;

    let found = client(&second)
        .query("SELECT id FROM holdings")
        .fetch_all::<u64>()
        .await
        .unwrap();
    assert_eq!(found, [7]);
    second.stop().await;
}

/// Process ids of the engine's child that works in `directory`.
fn children(directory: &Path) -> Vec<rustix::process::Pid> {
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

#[tokio::test]
async fn a_killed_child_is_started_again_on_the_same_address_with_its_data() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let client = client(&engine);
    create_holdings(&client).await;
    insert(&client, &[holding(1, "kept")]).await;
    let child = children(directory.path());
    assert_eq!(child.len(), 1);
    let name = std::fs::read_to_string(format!("/proc/{}/comm", child[0].as_raw_nonzero())).unwrap();

    rustix::process::kill_process(child[0], rustix::process::Signal::KILL).unwrap();

    let again = async {
        loop {
            match client.query("SELECT id FROM holdings").fetch_all::<u64>().await {
                Ok(found) => break found,
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        }
    };
    let found = tokio::time::timeout(std::time::Duration::from_mins(1), again)
        .await
        .unwrap();
    assert_eq!(found, [1]);
    assert!(name.contains("clickhouse"), "{name}");
    engine.stop().await;
    assert_eq!(children(directory.path()), []);
}
