//! Both engines spell schemes as the domain does.

use crate::stores::{Stores, about, day, document};
use certlens_domain::document::Document;
use certlens_domain::documents_page::{DocumentFilter, DocumentsQuery};
use certlens_domain::scheme::{Production, normalised};
use certlens_registry::Search;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;

const INN: &str = "7707083893";

/// Digits, letters of both alphabets in both cases, what stands between them, and spaces of several kinds.
const SCHEME: &str = "[1-9а-яА-ЯёЁa-zA-Z./«»'\\\\ \t\u{a0}]{0,6}[сСcCдДdD ]?";

async fn found(search: &Search, filter: DocumentFilter) -> BTreeSet<String> {
    let query = DocumentsQuery {
        filter,
        ..DocumentsQuery::newest(about(&[INN]), 200)
    };
    let page = search.documents(&query, day(2026, 3, 2)).await.unwrap();
    page.items
        .into_iter()
        .map(|item| item.document.source_id.unwrap())
        .collect()
}

#[tokio::test]
async fn documents_are_found_by_their_normalised_scheme_and_its_production_whatever_registries_write() {
    let mut runner = TestRunner::deterministic();
    let mut schemes: Vec<String> = (0..80)
        .map(|_| SCHEME.new_tree(&mut runner).unwrap().current())
        .collect();
    // In every spelling.
    schemes.extend(["1д", "1Д", "1d", "1D", " 1д ", "3c", "3С"].map(str::to_owned));
    let documents: Vec<Document> = schemes
        .iter()
        .zip(1..)
        .map(|(scheme, number)| {
            let mut document = document(number, INN);
            document.scheme = Some(scheme.clone());
            document
        })
        .collect();
    let stores = Stores::create().await;
    stores.import_documents(&documents).await;
    let expected = |fits: &dyn Fn(&str) -> bool| -> BTreeSet<String> {
        let fitting = documents
            .iter()
            .filter(|document| fits(document.scheme.as_deref().unwrap()));
        fitting
            .map(|document| document.source_id.clone().unwrap())
            .collect()
    };

    for search in [
        stores.search().with_all_pages_by_clickhouse(),
        stores.postgres_search(),
    ] {
        for scheme in &schemes {
            let spelt = normalised(scheme);
            let filter = DocumentFilter {
                schemes: vec![spelt.clone()],
                ..DocumentFilter::default()
            };
            let fitting = expected(&|written| normalised(written) == spelt);
            assert_eq!(found(&search, filter).await, fitting, "{search:?}: {scheme:?}");
        }
        for production in Production::ALL {
            let filter = DocumentFilter {
                production: vec![production],
                ..DocumentFilter::default()
            };
            let fitting = expected(&|written| Production::of(written) == production);
            assert_eq!(
                found(&search, filter).await,
                fitting,
                "{search:?}: {production:?}"
            );
        }
    }
    stores.drop_all().await;
}
