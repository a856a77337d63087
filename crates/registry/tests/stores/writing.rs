//! The law of writing: whatever is imported in whatever portions, what is kept beside the documents equals a recount,
//! ClickHouse holds the same, and the summary tells the truth.

use crate::books::assert_books_agree;
use crate::stores::{Stores, day, json_lines};
use certlens_domain::document::{Document, Party};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use certlens_formats::ImportSource;
use certlens_registry::{ImportInput, ImportOptions, ImportSummary, Importer};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

/// Few enough that lines of one document often meet in one portion, and in several.
const PORTION: usize = 3;
/// From so many documents on a party is counted.
const COUNTED_FROM: i64 = 3;

type Key = (Registry, String);

fn party() -> impl Strategy<Value = Party> {
    let inn = select(vec![
        None,
        Some("7707083893"),
        Some("5403055932"),
        Some("0814162716"),
    ]);
    let ogrn = select(vec![None, None, Some("1027700132195")]);
    (inn, ogrn, any::<bool>()).prop_map(|(inn, ogrn, in_text)| Party {
        name: "ООО \"Ромашка\"\\".to_owned(),
        inn: inn.map(str::to_owned),
        ogrn: ogrn.map(str::to_owned),
        in_text,
        ..Party::default()
    })
}

fn document() -> impl Strategy<Value = Document> {
    let regulations = vec!["ТР ТС 004/2011", "О 'странном' \\ \"предмете\"", "{x},y"];
    (
        select(vec![
            Registry::RfDeclarations,
            Registry::Kz,
            Registry::KgCertificates,
        ]),
        0_u32..5,
        select(vec![
            (Status::Active, "Действует"),
            (Status::Active, "ISSUED"),
            (Status::Suspended, ""),
        ]),
        select(vec![day(2024, 1, 1), day(2025, 12, 31), day(1995, 5, 5)]),
        select(vec![None, Some(day(2030, 1, 1))]),
        (party(), party()),
        proptest::sample::subsequence(regulations, 0..=3),
        select(vec!["Чайник", "ЧАЙНИК \\ 'Б'", ""]),
    )
        .prop_map(
            |(
                registry,
                id,
                (status, label),
                registered_on,
                valid_until,
                (applicant, manufacturer),
                regulations,
                product,
            )| Document {
                registry,
                source_id: Some(format!("{id}\\N'")),
                number: format!("№ {id}"),
                kind: registry.only_kind().unwrap_or(DocumentKind::Certificate),
                status,
                status_label: label.to_owned(),
                registered_on,
                valid_until,
                applicant,
                manufacturer,
                technical_regulations: regulations.into_iter().map(str::to_owned).collect(),
                product: product.to_owned(),
                tn_ved: vec!["8516108000".to_owned(), "'".to_owned()],
                scheme: None,
                certification_body: Some("ОС".to_owned()),
                url: None,
            },
        )
}

fn key(document: &Document) -> Key {
    (document.registry, document.source_id.clone().unwrap())
}

/// What the store must hold, and what the summaries must say, by the rules in words.
#[derive(Default)]
struct Expected {
    stored: BTreeMap<Key, Document>,
}

impl Expected {
    /// The counts of a summary: read, new, changed, unchanged, rejected.
    fn import(&mut self, documents: &[Document]) -> [u64; 5] {
        let before = self.stored.clone();
        let (mut new, mut changed) = (BTreeSet::new(), BTreeSet::new());
        for portion in documents.chunks(PORTION) {
            let last: BTreeMap<_, _> = portion.iter().map(|document| (key(document), document)).collect();
            for (key, document) in last {
                match before.get(&key) {
                    None => drop(new.insert(key.clone())),
                    Some(stored) if stored != document => drop(changed.insert(key.clone())),
                    Some(_) => {}
                }
                self.stored.insert(key, document.clone());
            }
        }
        let [read, new, changed] = [documents.len(), new.len(), changed.len()].map(|count| count as u64);
        [read, new, changed, read - new - changed, 0]
    }
}

fn counts(summary: &ImportSummary) -> [u64; 5] {
    [
        summary.read,
        summary.new,
        summary.changed,
        summary.unchanged,
        summary.rejected,
    ]
}

async fn import(importer: &Importer, documents: &[Document], dry_run: bool) -> ImportSummary {
    let options = ImportOptions {
        dry_run,
        ..ImportOptions::default()
    };
    let input = ImportInput::reader("test.jsonl", Cursor::new(json_lines(documents).into_bytes()));
    importer
        .import_with(&options, ImportSource::Jsonl, input, |_| {})
        .await
        .unwrap()
}

/// Key, status and label of each stored document.
async fn stored_statuses(stores: &Stores) -> BTreeSet<(String, String, String)> {
    sqlx::query_as("SELECT concat(registry, ' ', document_key), status::text, status_label FROM documents")
        .fetch_all(stores.postgres())
        .await
        .unwrap()
        .into_iter()
        .collect()
}

/// Each document's statuses as the history tells them: from the first `from` over each `to`.
async fn history(stores: &Stores) -> BTreeMap<String, Vec<(String, String)>> {
    let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(
        "SELECT concat(registry, ' ', document_key), from_status::text, from_label, to_status::text, to_label
         FROM document_status_changes ORDER BY seen_at",
    )
    .fetch_all(stores.postgres())
    .await
    .unwrap();
    let mut history = BTreeMap::new();
    for (key, from, from_label, to, to_label) in rows {
        let statuses: &mut Vec<_> = history.entry(key).or_default();
        if statuses.is_empty() {
            statuses.push((from.clone(), from_label.clone()));
        }
        assert_eq!(statuses.last(), Some(&(from, from_label)), "history without gaps");
        statuses.push((to, to_label));
    }
    history
}

async fn check(files: Vec<Vec<Document>>) -> Result<(), TestCaseError> {
    let stores = Stores::create().await;
    let importer = stores
        .importer()
        .counting_from(COUNTED_FROM)
        .in_batches_of(PORTION);
    let mut expected = Expected::default();
    let mut seen: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for documents in files {
        let counted = expected.import(&documents);

        let dry = import(&importer, &documents, true).await;
        let summary = import(&importer, &documents, false).await;

        prop_assert_eq!(counts(&dry), counted, "dry run");
        prop_assert_eq!(counts(&summary), counted);
        assert_books_agree(&stores).await;
        let statuses = stored_statuses(&stores).await;
        prop_assert_eq!(statuses.len(), expected.stored.len());
        for ((registry, id), document) in &expected.stored {
            let name = format!("{registry} {id}");
            let status = (document.status.key().to_owned(), document.status_label.clone());
            prop_assert!(statuses.contains(&(name.clone(), status.0.clone(), status.1.clone())));
            let seen = seen.entry(name).or_default();
            if seen.last() != Some(&status) {
                seen.push(status);
            }
        }
        let changed: BTreeMap<_, _> = seen
            .iter()
            .filter(|(_, statuses)| statuses.len() > 1)
            .map(|(key, statuses)| (key.clone(), statuses.clone()))
            .collect();
        prop_assert_eq!(history(&stores).await, changed);
    }
    stores.drop_all().await;
    Ok(())
}

#[test]
fn whatever_is_imported_the_books_equal_a_recount_and_the_summary_tells_the_truth() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases: 10,
        max_shrink_iters: 15,
        failure_persistence: None,
        ..Config::default()
    };
    let files = proptest::collection::vec(proptest::collection::vec(document(), 1..20), 2..6);
    TestRunner::new(config)
        .run(&files, |files| runtime.block_on(check(files)))
        .unwrap();
}
