//! `certlens export` and `certlens doctor`: what comes out is what went in, and the doctor knows how fresh it is.

use crate::importing::line;
use crate::program::{Program, argument};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const KAZAKH: &str = r#"{"registry":"kz","source_id":null,"number":"ЕАЭС KZ 7500533.01.01.06080","kind":"certificate","status":"active","status_label":"ISSUED","registered_on":"2025-06-24","valid_until":null,"applicant":{"name":"ТОО «Мысал», \"ə\"","country":"KZ","inn":null,"ogrn":null,"bin":"971240001315","unp":null},"manufacturer":{"name":"","country":null,"inn":null,"ogrn":null,"bin":null,"unp":null},"technical_regulations":["ТР ТС 004/2011","ТР ТС 020/2011"],"product":"a\tb","tn_ved":["8516108000","0805102000"],"scheme":"1с","certification_body":null,"url":null}"#;

fn documents(text: &str) -> BTreeSet<String> {
    text.lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap().to_string())
        .collect()
}

#[tokio::test]
async fn export_imported_again_changes_nothing_in_either_form() {
    let program = Program::prepare().await;
    let file = program.file("all.jsonl", line(1) + KAZAKH + "\n");
    program.run(&["import", "jsonl", argument(&file)]).await;
    let parquet = program.path("all.parquet");

    let lines = program.run(&["export"]).await;
    let to_parquet = program.run(&["export", "--out", argument(&parquet)]).await;

    assert_eq!(lines.code, Some(0), "{}", lines.errors);
    assert_eq!(to_parquet.code, Some(0), "{}", to_parquet.errors);
    let exported = program.file("exported.jsonl", &lines.output);
    for (source, path) in [("jsonl", &exported), ("parquet", &parquet)] {
        let run = program.run(&["import", source, "--json", argument(path)]).await;
        let counts = run.json_lines().remove(0);
        assert_eq!(counts["unchanged"], 2, "{source}: {counts} {}", run.errors);
    }
    program.close().await;
}

#[tokio::test]
async fn export_of_one_registry_holds_its_documents_in_canonical_form() {
    let program = Program::prepare().await;
    let file = program.file("all.jsonl", line(1) + KAZAKH + "\n");
    program.run(&["import", "jsonl", argument(&file)]).await;
    let out = program.path("kz.jsonl");

    let run = program
        .run(&["export", "--registry", "kz", "--out", argument(&out)])
        .await;

    assert_eq!(run.code, Some(0), "{}", run.errors);
    let written = std::fs::read_to_string(&out).unwrap();
    let expected = KAZAKH.replace("a\\tb", "a b");
    assert_eq!(documents(&written), documents(&expected));
    program.close().await;
}

#[tokio::test]
async fn doctor_tells_what_is_loaded_and_what_is_missing() {
    let program = Program::prepare().await;
    let file = program.file("all.jsonl", line(1) + KAZAKH + "\nnonsense\n");
    program.run(&["import", "jsonl", argument(&file)]).await;

    let run = program.run(&["doctor", "--json"]).await;

    assert_eq!(run.code, Some(0), "{} {}", run.output, run.errors);
    let report = run.json_lines().remove(0);
    assert_eq!(report["healthy"], true);
    let registries = report["registries"].as_array().unwrap();
    assert_eq!(registries.len(), 6);
    let kazakh = &registries[4];
    assert_eq!(
        [&kazakh["loaded"], &kazakh["documents"], &kazakh["data_date"]],
        [&json!(true), &json!(1), &json!("2025-06-24")]
    );
    assert_eq!(kazakh["last_import"]["rejected"], 1);
    assert_eq!(registries[5]["loaded"], false);
    program.close().await;
}

#[tokio::test]
async fn doctor_without_a_database_says_so_and_fails() {
    let program = Program::prepare().await;
    let output = program
        .command(&["doctor", "--json"])
        .env("CERTLENS_DATABASE_URL", "postgres://nobody@127.0.0.1:9/nothing")
        .output()
        .await
        .unwrap();

    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["healthy"], false);
    assert!(
        report["findings"].to_string().contains("CERTLENS_DATABASE_URL"),
        "{report}"
    );
    program.close().await;
}
