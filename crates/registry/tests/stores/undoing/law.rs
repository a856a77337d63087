//! The law: whatever was imported, undoing it gives back the picture before it, step by step, and the answers of both
//! engines are those of an independent count that never saw the imports.

use super::{last_import, undo};
use crate::agreement::{COUNTED_FROM, Case, assert_answers_agree, imported, whole_document, whole_question};
use crate::books::{assert_books_agree, assert_postgres_agrees};
use crate::stores::{Stores, json_lines};
use certlens_domain::document::Document;
use certlens_formats::ImportSource;
use certlens_registry::ImportInput;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sqlx::AssertSqlSafe;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

/// Everything that anybody can be told, but the versions, which only rise.
const TOLD: [(&str, &str); 9] = [
    (
        "documents",
        "SELECT to_jsonb(documents) - 'data_version' FROM documents",
    ),
    (
        "parties",
        "SELECT to_jsonb(parties) - 'counted' FROM parties WHERE documents <> 0",
    ),
    (
        "identifiers",
        "SELECT to_jsonb(party_identifiers) FROM party_identifiers JOIN parties USING (party) WHERE documents <> 0",
    ),
    (
        "statuses",
        "SELECT to_jsonb(document_status_changes) FROM document_status_changes",
    ),
    (
        "statuses in Russia",
        "SELECT to_jsonb(document_territory_changes) FROM document_territory_changes",
    ),
    (
        "the list",
        "SELECT to_jsonb(rf_territory_statuses) FROM rf_territory_statuses",
    ),
    (
        "registries",
        "SELECT to_jsonb(registry_state) - 'data_version' FROM registry_state WHERE loaded",
    ),
    (
        "what is kept",
        "SELECT to_jsonb(replaced_documents) FROM replaced_documents",
    ),
    (
        "what is kept of the list",
        "SELECT to_jsonb(replaced_territory_statuses) FROM replaced_territory_statuses",
    ),
];

type Picture = BTreeMap<&'static str, BTreeSet<String>>;

async fn picture(stores: &Stores) -> Picture {
    let mut picture = Picture::new();
    for (name, query) in TOLD {
        let query = format!("SELECT told::text FROM ({query}) AS answer (told)");
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query))
            .fetch_all(stores.postgres())
            .await
            .unwrap();
        picture.insert(name, rows.into_iter().collect());
    }
    picture
}

#[derive(Debug, Clone)]
enum File {
    Documents(Vec<Document>),
    /// Numbers of the case, and statuses of the list.
    List(Vec<(u32, &'static str)>),
}

fn file() -> impl Strategy<Value = File> {
    let entry = (0_u32..40, proptest::sample::select(vec!["14", "15", "active"]));
    prop_oneof![
        3 => proptest::collection::vec(whole_document(), 1..40).prop_map(File::Documents),
        1 => proptest::collection::vec(entry, 1..20).prop_map(File::List),
    ]
}

async fn import(stores: &Stores, case: &Case, level: usize, file: File) {
    let (source, text) = match file {
        File::Documents(mut documents) => {
            // Something that no other file has, so that there is something to undo.
            documents[0].source_id = Some(format!("level {level}"));
            let documents: Vec<Document> = documents.into_iter().map(|document| case.own(document)).collect();
            (ImportSource::Jsonl, json_lines(&documents))
        }
        File::List(entries) => {
            let mut lines = vec!["number,reg_date,id_status_in_rf".to_owned()];
            for (number, status) in entries {
                lines.push(format!("{},,{status}", case.number(&format!("{number:02}"))));
            }
            lines.push(format!("{},,14", case.number(&format!("level {level}"))));
            (ImportSource::RfTerritory, lines.join("\n"))
        }
    };
    let input = ImportInput::reader("file", Cursor::new(text.into_bytes()));
    stores
        .importer()
        .counting_from(COUNTED_FROM)
        // Batches split documents of one company, and rows of one document.
        .in_batches_of(7)
        .import(source, input, |_| {})
        .await
        .unwrap();
}

#[test]
fn undoing_imports_gives_back_every_picture_before_them() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stores = runtime.block_on(Stores::create());
    let cases = Cell::new(0);
    let before = proptest::collection::vec(proptest::collection::vec(whole_document(), 1..40), 0..3);
    let undone = proptest::collection::vec(file(), 1..4);
    let questions = proptest::collection::vec(whole_question(), 1..4);
    let mut runner = TestRunner::new(Config {
        cases: 16,
        max_shrink_iters: 40,
        failure_persistence: None,
        ..Config::default()
    });

    let verdict = runner.run(&(before, undone, questions), |(before, undone, questions)| {
        cases.set(cases.get() + 1);
        let case = Case(cases.get());
        runtime.block_on(async {
            let oracle = imported(&stores, &case, before).await;
            let mut levels = Vec::new();
            for (level, file) in undone.into_iter().enumerate() {
                let picture = picture(&stores).await;
                import(&stores, &case, level, file).await;
                levels.push((picture, last_import(&stores).await));
            }
            while let Some((before, import)) = levels.pop() {
                undo(&stores, import).await.unwrap();
                assert_postgres_agrees(&stores).await;
                let after = picture(&stores).await;
                for (name, rows) in &before {
                    let added: Vec<_> = after[name].difference(rows).collect();
                    let lost: Vec<_> = rows.difference(&after[name]).collect();
                    assert!(
                        added.is_empty() && lost.is_empty(),
                        "{name}: added {added:#?}, lost {lost:#?}"
                    );
                }
            }
            assert_books_agree(&stores).await;
            assert_answers_agree(&stores, &case, &oracle, &questions).await;
        });
        Ok(())
    });

    runtime.block_on(stores.drop_all());
    verdict.unwrap();
}
