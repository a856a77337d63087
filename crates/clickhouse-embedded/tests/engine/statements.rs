//! Statements through the client that the product uses.

use crate::running::{Holding, client, create_holdings, holding, insert, start};

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
async fn requests_with_different_settings_in_turn_get_their_own_and_no_others() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let client = client(&engine);
    let ask = "SELECT toUInt64(getSetting('max_block_size')), toUInt64(getSetting('max_insert_block_size'))";
    let defaults = client.query(ask).fetch_one::<(u64, u64)>().await.unwrap();

    // More turns than connections, so that each connection changes from one to the other.
    for _ in 0..10 {
        let first = client.query(ask).with_setting("max_block_size", "777");
        let second = client.query(ask).with_setting("max_insert_block_size", "888");
        assert_eq!(first.fetch_one::<(u64, u64)>().await.unwrap(), (777, defaults.1));
        assert_eq!(second.fetch_one::<(u64, u64)>().await.unwrap(), (defaults.0, 888));
    }
    engine.stop().await;
}

#[tokio::test]
async fn a_setting_that_does_not_exist_is_refused_and_takes_the_others_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let client = client(&engine);
    let ask = "SELECT toUInt64(getSetting('max_block_size'))";
    let before = client.query(ask).fetch_one::<u64>().await.unwrap();

    for _ in 0..8 {
        let refused = client
            .query(ask)
            .with_setting("max_block_size", "777")
            .with_setting("no_such_setting", "1")
            .fetch_one::<u64>()
            .await;
        assert!(refused.unwrap_err().to_string().contains("no_such_setting"));
    }

    for _ in 0..8 {
        assert_eq!(client.query(ask).fetch_one::<u64>().await.unwrap(), before);
    }
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
async fn an_answer_holds_nothing_of_a_statement_that_failed_before_it() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path()).await;
    let client = client(&engine);
    let fails_half_way = "SELECT toString(number), throwIf(number = 300000) FROM numbers(500000) SETTINGS max_block_size = 1000";

    for _ in 0..8 {
        let raw = reqwest::Client::new()
            .post(engine.url())
            .basic_auth(engine.user(), Some(engine.password()))
            .body(fails_half_way);
        assert!(!raw.send().await.unwrap().status().is_success());
        let numbers = client
            .query("SELECT number FROM numbers(3)")
            .fetch_all::<u64>()
            .await;
        assert_eq!(numbers.unwrap(), [0, 1, 2]);
    }
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
