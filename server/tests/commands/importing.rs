//! `certlens import` with files, folders, trials and watching.

use crate::program::{Program, argument};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};

/// A declaration of one company, by its number.
pub(crate) fn line(number: u32) -> String {
    format!(
        r#"{{"registry":"rf_declarations","source_id":"{number}","number":"ЕАЭС N RU Д-RU.РА01.В.{number:05}/25","kind":"declaration","status":"active","status_label":"Действует","registered_on":"2025-08-28","valid_until":"2099-08-27","applicant":{{"name":"ООО «Пример»","country":"RU","inn":"7707083893"}},"technical_regulations":["ТР ТС 004/2011"],"product":"Чайник"}}"#
    ) + "\n"
}

async fn stored(program: &Program) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM documents")
        .fetch_one(program.postgres())
        .await
        .unwrap()
}

#[tokio::test]
async fn one_file_prints_the_counts_of_the_contract() {
    let program = Program::prepare().await;
    let file = program.file("a.jsonl", line(1) + &line(2) + "nonsense\n");

    let run = program.run(&["import", "jsonl", "--json", argument(&file)]).await;

    assert_eq!(run.code, Some(0), "{}", run.errors);
    let mut counts = run.json_lines().remove(0);
    let rejects = counts["rejects_file"].take();
    assert_eq!(
        counts,
        json!({"read": 3, "new": 2, "changed": 0, "unchanged": 0, "rejected": 1, "rejects_file": null})
    );
    let rejected = std::fs::read_to_string(rejects.as_str().unwrap()).unwrap();
    assert!(rejected.contains("nonsense"), "{rejected}");
    program.close().await;
}

#[tokio::test]
async fn files_of_a_folder_are_imported_once_and_a_bad_one_does_not_keep_the_others() {
    let program = Program::prepare().await;
    program.file("dumps/1.jsonl", line(1));
    program.file("dumps/2.jsonl", "[]");
    program.file("dumps/3.jsonl", line(2));
    let folder = program.path("dumps");

    let first = program
        .run(&["import", "jsonl", "--json", argument(&folder)])
        .await;
    let again = program
        .run(&["import", "jsonl", "--json", argument(&folder)])
        .await;

    assert_eq!(first.code, Some(1), "one file is no JSON lines");
    let printed = first.json_lines();
    assert_eq!(printed.len(), 3);
    assert_eq!((&printed[0]["new"], &printed[2]["new"]), (&json!(1), &json!(1)));
    let reason = printed[1]["error"].as_str().unwrap();
    assert!(reason.contains("2.jsonl") && reason.contains("array"), "{reason}");
    let tried_again: Vec<_> = again
        .json_lines()
        .iter()
        .map(|printed| {
            printed["file"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(tried_again, ["2.jsonl"], "what was imported is left out");
    assert_eq!(stored(&program).await, 2);
    program.close().await;
}

#[tokio::test]
async fn dry_run_counts_and_stores_nothing() {
    let program = Program::prepare().await;
    let known = program.file("known.jsonl", line(1));
    program.run(&["import", "jsonl", argument(&known)]).await;
    let changed = line(1).replace("\"active\"", "\"suspended\"");
    let file = program.file("new.jsonl", changed + &line(2));

    let run = program
        .run(&["import", "jsonl", "--dry-run", "--json", argument(&file)])
        .await;

    let counts = run.json_lines().remove(0);
    assert_eq!(
        [&counts["read"], &counts["new"], &counts["changed"]],
        [&json!(2), &json!(1), &json!(1)]
    );
    assert_eq!(stored(&program).await, 1);
    let status: String = sqlx::query_scalar("SELECT status::text FROM documents")
        .fetch_one(program.postgres())
        .await
        .unwrap();
    assert_eq!(status, "active");
    program.close().await;
}

#[tokio::test]
async fn watching_imports_what_appears_and_what_changes() {
    let program = Program::prepare().await;
    std::fs::create_dir_all(program.path("inbox")).unwrap();
    let inbox = program.path("inbox");
    let mut watching = program.start(&[
        "import",
        "jsonl",
        "--json",
        "--watch",
        "--every",
        "1s",
        argument(&inbox),
    ]);
    let mut printed = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut next = async || -> Value {
        let line = tokio::time::timeout(Duration::from_mins(1), printed.next_line()).await;
        serde_json::from_str(&line.unwrap().unwrap().unwrap()).unwrap()
    };

    program.file("inbox/a.jsonl", line(1));
    let appeared = next().await;
    program.file("inbox/a.jsonl", line(1) + &line(2));
    let changed = next().await;

    assert_eq!(appeared["new"], 1, "{appeared}");
    assert_eq!((&changed["new"], &changed["unchanged"]), (&json!(1), &json!(1)));
    watching.kill().await.unwrap();
    program.close().await;
}

#[tokio::test]
async fn wrong_usage_is_told_before_any_engine_is_asked() {
    let program = Program::prepare().await;
    let cases: [(&[&str], i32, &str); 4] = [
        (&["import", "fsa", "x"], 2, "fsa-declarations"),
        (&["import", "jsonl", "/nowhere/x.jsonl"], 1, "/nowhere/x.jsonl"),
        (&["import", "jsonl", "--watch", "-"], 1, "folder"),
        (&["export", "--registry", "ru"], 2, "rf_certificates"),
    ];
    for (arguments, code, sentence) in cases {
        let run = program.run(arguments).await;
        assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.errors);
        assert!(run.errors.contains(sentence), "{arguments:?}: {}", run.errors);
    }
    program.close().await;
}
