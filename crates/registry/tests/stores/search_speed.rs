//! A measurement, not a test: how long searches take, by engine and by how many ask at once.
//!
//! `CERTLENS_SPEED_DOCUMENTS=1000000 cargo nextest run --release -p certlens-registry --run-ignored only --no-capture
//! -E 'test(search_speed)'`

use crate::stores::{Stores, about, day, document};
use certlens_domain::analytics::AnalyticsQuery;
use certlens_domain::document::Document;
use certlens_domain::documents_page::DocumentsQuery;
use certlens_registry::Search;
use futures::stream::{self, StreamExt};
use std::time::{Duration, Instant};

/// Searches of one row of the report.
const SEARCHES: usize = 400;

fn documents_wanted() -> u32 {
    std::env::var("CERTLENS_SPEED_DOCUMENTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(100_000)
}

/// The companies: a tenth of all documents is the first one's, the others have some dozens each.
fn inn(number: u32, documents: u32) -> String {
    let companies = (documents / 40).max(1);
    let scattered = number.wrapping_mul(2_654_435_761) % companies;
    let company = if number.is_multiple_of(10) { 0 } else { scattered };
    format!("77{company:08}")
}

fn documents(count: u32) -> impl Iterator<Item = Document> {
    (0..count).map(move |number| {
        let mut document = document(number, &inn(number, count));
        document.manufacturer.inn = Some(inn(number / 3, count));
        document.registered_on = day(2020, 1, 1) + chrono::Days::new(u64::from(number % 2_000));
        document.product = format!("Изделие номер {number} по ТУ 25.{}", number % 977);
        document
    })
}

#[expect(clippy::print_stdout, reason = "a measurement is printed")]
fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    println!(
        "{what:<48} p50 {:>8.2} ms  p95 {:>8.2} ms  p99 {:>8.2} ms",
        at(50),
        at(95),
        at(99)
    );
}

async fn timed<T>(what: &str, at_once: usize, questions: Vec<T>, ask: impl AsyncFn(&T)) {
    let times = stream::iter(&questions)
        .map(|question| {
            let asked = ask(question);
            async move {
                let begun = Instant::now();
                asked.await;
                begun.elapsed()
            }
        })
        .buffer_unordered(at_once)
        .collect()
        .await;
    report(&format!("{what}, {at_once} at once"), times);
}

async fn numbers(what: &str, search: &Search, at_once: usize, queries: &[AnalyticsQuery]) {
    let ask = async |query: &AnalyticsQuery| {
        search.analytics(query, day(2026, 3, 2)).await.unwrap();
    };
    timed(what, at_once, queries.to_vec(), ask).await;
}

async fn pages(what: &str, search: &Search, queries: Vec<DocumentsQuery>) {
    let ask = async |query: &DocumentsQuery| {
        search.documents(query, day(2026, 3, 2)).await.unwrap();
    };
    timed(what, 1, queries, ask).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, in a release build"]
async fn search_speed() {
    let stores = Stores::create().await;
    let count = documents_wanted();
    let all: Vec<Document> = documents(count).collect();
    stores.import_documents(&all).await;
    let ordinary: Vec<AnalyticsQuery> = (0..SEARCHES)
        .map(|index| about(&[&inn(u32::try_from(index).unwrap() * 10 + 1, count)]))
        .collect();
    let heavy: Vec<AnalyticsQuery> = vec![about(&[&inn(0, count)]); SEARCHES / 4];
    let clickhouse = stores.search().without_cache();
    let postgres = stores.postgres_search().without_cache();
    numbers("(warm-up)", &clickhouse, 1, &ordinary).await;

    for at_once in [1, 10, 100] {
        numbers("ClickHouse", &clickhouse, at_once, &ordinary).await;
        numbers("Postgres", &postgres, at_once, &ordinary).await;
    }
    numbers("ClickHouse, the largest company", &clickhouse, 1, &heavy).await;
    numbers("Postgres, the largest company", &postgres, 1, &heavy).await;
    let cached = stores.search();
    numbers("(filling the cache)", &cached, 10, &ordinary).await;
    numbers("cache", &cached, 1, &ordinary).await;
    numbers("cache", &cached, 100, &ordinary).await;
    let newest = |queries: &[AnalyticsQuery]| -> Vec<DocumentsQuery> {
        let page = |query: &AnalyticsQuery| DocumentsQuery::newest(query.clone(), 50);
        queries.iter().map(page).collect()
    };
    let with_text = |text: &str| -> Vec<DocumentsQuery> {
        let mut pages = newest(&heavy[..20]);
        for page in &mut pages {
            page.filter.text = Some(text.to_owned());
        }
        pages
    };
    let by_clickhouse = stores.search().without_cache().with_all_pages_by_clickhouse();
    for (who, search) in [("ClickHouse", &by_clickhouse), ("Postgres", &postgres)] {
        pages(&format!("{who}, newest page"), search, newest(&ordinary[..100])).await;
        pages(
            &format!("{who}, newest page of the largest"),
            search,
            newest(&heavy),
        )
        .await;
        pages(
            &format!("{who}, page with a text of the largest"),
            search,
            with_text("ту 25.900"),
        )
        .await;
        pages(
            &format!("{who}, page with no such text"),
            search,
            with_text("нет такого"),
        )
        .await;
    }
    stores.drop_all().await;
}
