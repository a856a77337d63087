//! A measurement, not a test: how long boards take, by engine, by size, with texts and without.
//!
//! `cargo nextest run --release -p certlens-registry --run-ignored only --no-capture -E 'test(board_speed)'`

use crate::stores::{Stores, about, day, document};
use certlens_domain::board::BoardQuery;
use certlens_domain::document::Document;
use certlens_domain::documents_page::DocumentFilter;
use certlens_registry::Search;
use std::time::{Duration, Instant};

const OTHERS: u32 = 50_000;
const BOARDS: usize = 20;

/// Companies with so many documents each.
const SIZES: [u32; 4] = [40, 500, 2_000, 5_000];

fn inn(documents: u32) -> String {
    format!("54{documents:08}")
}

fn documents() -> Vec<Document> {
    let mut owners: Vec<String> = (0..OTHERS)
        .map(|number| format!("77{:08}", number / 40))
        .collect();
    for size in SIZES {
        owners.extend((0..size).map(|_| inn(size)));
    }
    let numbered = owners.iter().enumerate();
    numbered
        .map(|(index, owner)| {
            // In no order, as registries publish them.
            let number = u32::try_from(index).unwrap_or(0).wrapping_mul(2_654_435_761);
            let mut document = document(u32::try_from(index).unwrap_or(0), owner);
            document.registered_on = day(2020, 1, 1) + chrono::Days::new(u64::from(number % 2_000));
            document.manufacturer.country = Some(["CN", "RU", "DE"][number as usize % 3].to_owned());
            document.product = format!("Изделие номер {number} по ТУ 25.{} ", number % 977).repeat(8);
            document.tn_ved = vec![format!("85{:08}", number % 40 * 10_000)];
            document.scheme = Some("1д".to_owned());
            document.certification_body = Some(format!("ОС «Проба {}»", number % 30));
            document
        })
        .collect()
}

#[expect(clippy::print_stdout, reason = "a measurement is printed")]
async fn report(what: &str, search: &Search, query: &BoardQuery) {
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..BOARDS {
        let begun = Instant::now();
        search.board(query, day(2026, 3, 2)).await.unwrap();
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    println!("{what:<48} p50 {:>8.2} ms  p95 {:>8.2} ms", at(50), at(95));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, in a release build"]
async fn board_speed() {
    let stores = Stores::create().await;
    stores.import_documents(&documents()).await;
    let (clickhouse, postgres) = (
        stores.search().without_cache(),
        stores.postgres_search().without_cache(),
    );
    for size in SIZES {
        for text in [None, Some("ту 25.90")] {
            let query = BoardQuery {
                about: about(&[&inn(size)]),
                filter: DocumentFilter {
                    text: text.map(str::to_owned),
                    ..DocumentFilter::default()
                },
            };
            let what = |who: &str| format!("{who}, {size} documents, text {}", text.is_some());
            report(&what("ClickHouse"), &clickhouse, &query).await;
            report(&what("Postgres"), &postgres, &query).await;
            report_next_filters(&what("memory, next filter"), &stores.search(), &query).await;
        }
    }
    stores.drop_all().await;
}

/// Every board is asked with another filter, after the rows were read.
#[expect(clippy::print_stdout, reason = "a measurement is printed")]
async fn report_next_filters(what: &str, search: &Search, query: &BoardQuery) {
    search.board(query, day(2026, 3, 2)).await.unwrap();
    let mut times: Vec<Duration> = Vec::new();
    for back in 0..BOARDS {
        let mut query = query.clone();
        query.filter.registered_from = Some(day(2020, 1, 1) + chrono::Days::new(back as u64));
        let begun = Instant::now();
        search.board(&query, day(2026, 3, 2)).await.unwrap();
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    println!(
        "{what:<48} p50 {:>8.2} ms",
        times[BOARDS / 2].as_secs_f64() * 1000.0
    );
}
