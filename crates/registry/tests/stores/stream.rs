//! All documents of a counterparty as one stream: the same as page after page, also while data are imported.

use crate::stores::{Stores, about, day, document};
use certlens_domain::analytics::{AnalyticsQuery, RoleFilter};
use certlens_domain::document::{Document, Party};
use certlens_domain::documents_page::{DocumentFilter, DocumentsOrder, DocumentsQuery};
use certlens_domain::registry::Registry;
use certlens_domain::status::Status;
use certlens_registry::Search;
use chrono::{Days, NaiveDate};
use futures::stream::TryStreamExt as _;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeSet;

const INN: &str = "7707083893";
const OTHER_INN: &str = "5012345678";

fn today() -> NaiveDate {
    day(2026, 3, 2)
}

fn query(filter: DocumentFilter, role: RoleFilter) -> DocumentsQuery {
    let about = AnalyticsQuery {
        role,
        ..about(&[INN, OTHER_INN])
    };
    DocumentsQuery {
        filter,
        ..DocumentsQuery::newest(about, 37)
    }
}

async fn streamed(search: &Search, query: &DocumentsQuery) -> Vec<String> {
    let documents = search.documents_stream(query.clone(), today());
    documents.map_ok(|found| found.key).try_collect().await.unwrap()
}

async fn page_by_page(search: &Search, query: &DocumentsQuery) -> Vec<String> {
    let mut keys = Vec::new();
    let mut query = query.clone();
    loop {
        let page = search.documents(&query, today()).await.unwrap();
        keys.extend(page.items.into_iter().map(|found| found.key));
        query.after = page.next;
        if query.after.is_none() {
            return keys;
        }
    }
}

/// Documents of two parties over many days and over one, in all registries, some of both parties.
fn documents() -> Vec<Document> {
    (0..1_500_u32)
        .map(|id| {
            let registry = Registry::ALL[(id % 6) as usize];
            let own = document(id, if id % 3 == 0 { OTHER_INN } else { INN });
            Document {
                registry,
                kind: registry.only_kind().unwrap_or(own.kind),
                status: if id % 5 == 0 {
                    Status::Suspended
                } else {
                    Status::Active
                },
                registered_on: if id < 700 {
                    day(2025, 8, 28)
                } else {
                    day(2020, 1, 1) + Days::new(u64::from(id % 97))
                },
                manufacturer: Party {
                    inn: (id % 2 == 0).then(|| INN.to_owned()),
                    ..Party::default()
                },
                ..own
            }
        })
        .collect()
}

fn filter() -> impl Strategy<Value = DocumentFilter> {
    (
        proptest::sample::subsequence(Registry::ALL.to_vec(), 0..3),
        proptest::sample::subsequence(vec![Status::Active, Status::Suspended], 0..2),
        proptest::option::weighted(0.3, Just(day(2020, 2, 1))),
    )
        .prop_map(|(registries, statuses, registered_from)| DocumentFilter {
            registries,
            statuses,
            registered_from,
            ..DocumentFilter::default()
        })
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_gives_what_all_pages_give_whatever_the_filter_the_order_and_the_engine() {
    let stores = Stores::create().await;
    stores.import_documents(&documents()).await;
    let searches = [
        stores.postgres_search().without_cache(),
        stores.search().without_cache().with_all_pages_by_clickhouse(),
    ];
    let roles = vec![RoleFilter::Any, RoleFilter::Applicant, RoleFilter::Manufacturer];
    let orders = proptest::sample::select(DocumentsOrder::ALL.to_vec());
    let questions = (filter(), proptest::sample::select(roles), orders);
    let runtime = tokio::runtime::Handle::current();

    let outcome = tokio::task::spawn_blocking(move || {
        let config = Config {
            cases: 12,
            failure_persistence: None,
            ..Config::default()
        };
        TestRunner::new(config)
            .run(&questions, |(filter, role, order)| {
                let query = DocumentsQuery {
                    order,
                    ..query(filter, role)
                };
                for search in &searches {
                    let (streamed, paged) = runtime.block_on(async {
                        (streamed(search, &query).await, page_by_page(search, &query).await)
                    });
                    prop_assert_eq!(streamed, paged);
                }
                Ok(())
            })
            .map_err(|error| error.to_string())
    });
    outcome.await.unwrap().unwrap();
    stores.drop_all().await;
}

#[tokio::test]
async fn stream_gives_every_document_once() {
    let stores = Stores::create().await;
    let documents: Vec<Document> = (0..5_000).map(|id| document(id, INN)).collect();
    stores.import_documents(&documents).await;

    let keys = streamed(
        &stores.search(),
        &query(DocumentFilter::default(), RoleFilter::Any),
    )
    .await;

    let unique: BTreeSet<&String> = keys.iter().collect();
    assert_eq!((keys.len(), unique.len()), (5_000, 5_000));
    stores.drop_all().await;
}

#[tokio::test]
async fn import_while_documents_are_read_neither_doubles_nor_hides_those_that_stay() {
    let stores = Stores::create().await;
    let documents: Vec<Document> = (0..1_000).map(|id| document(id, INN)).collect();
    stores.import_documents(&documents).await;
    let search = stores.search();
    let whole = query(DocumentFilter::default(), RoleFilter::Any);
    let mut pages = std::pin::pin!(search.document_pages(whole, today()));

    let mut read: Vec<String> = Vec::new();
    let mut imported = 0;
    while let Some(page) = pages.try_next().await.unwrap() {
        read.extend(page.into_iter().map(|found| found.key));
        // Newer ones, older ones, and a change of the first hundred.
        let newer = (0..50).map(|id| Document {
            registered_on: day(2025, 9, 1),
            ..document(10_000 + imported + id, INN)
        });
        let older = (50..100).map(|id| Document {
            registered_on: day(2025, 1, 1),
            ..document(10_000 + imported + id, INN)
        });
        let changed = (0..100).map(|id| Document {
            product: format!("Изделие {imported}"),
            ..document(id, INN)
        });
        let all: Vec<Document> = newer.chain(older).chain(changed).collect();
        if imported < 200 {
            stores.import_documents(&all).await;
        }
        imported += 100;
    }

    let known: Vec<&String> = read
        .iter()
        .filter(|key| key.parse::<u32>().is_ok_and(|id| id < 10_000))
        .collect();
    let unique: BTreeSet<&&String> = known.iter().collect();
    assert_eq!((known.len(), unique.len()), (1_000, 1_000));
    stores.drop_all().await;
}
