//! Rows that follow from other rows: how the engines compare, and what asking together is worth.

use super::processes;
use super::quantiles::Quantiles;
use super::row::{Budget, Figures, Latency, Row};

/// The server's own memory, in MB.
const MEMORY_BUDGET: f64 = 300.0;

/// The server's memory under the load so far.
pub(crate) fn memory(server: u32, remark: &str) -> Row {
    let (key, name) = ("memory", "most memory of the server itself");
    match processes::peak_memory(server) {
        Ok(bytes) => {
            // A peak of less than four gigabytes is exact in kilobytes.
            let kilobytes = f64::from(u32::try_from(bytes / 1000).unwrap_or(u32::MAX));
            Row::quantity(key, name, kilobytes / 1e3, "MB")
                .within(Budget::AtMost(MEMORY_BUDGET))
                .note(remark)
        }
        Err(error) => Row::unmeasured(key, name, format!("{error:#}")),
    }
}

/// Questions that the server put into one query of `ClickHouse`, from sums and counts of its metric before and after.
pub(crate) fn questions_a_query(before: Option<(f64, f64)>, after: Option<(f64, f64)>) -> Row {
    let (key, name) = ("questions_a_query", "questions in one query of ClickHouse, mean");
    let Some((sum, count)) = after else {
        return Row::unmeasured(key, name, "the server does not publish it");
    };
    let (sum_before, count_before) = before.unwrap_or_default();
    if count > count_before {
        Row::quantity(
            key,
            name,
            (sum - sum_before) / (count - count_before),
            "questions",
        )
    } else {
        Row::unmeasured(key, name, "ClickHouse was not asked")
    }
}

/// Ratios of rows measured in this run; a row that is missing leaves its ratio out.
pub(crate) fn ratios(rows: &[Row]) -> Vec<Row> {
    let latency = |key: &str| {
        rows.iter()
            .find(|row| row.key == key)
            .and_then(|row| match &row.figures {
                Figures::Latency(latency) => Some(latency),
                _ => None,
            })
    };
    let compared = |key, name: &str, over: &str, under: &str, figure: fn(&Latency) -> Option<f64>| {
        let over = figure(latency(over)?)?;
        let under = figure(latency(under)?)?;
        (under > 0.0).then(|| Row::quantity(key, name, over / under, "times"))
    };
    let median = |latency: &Latency| Quantiles::percentile(&latency.times, 50);
    let per_second = |latency: &Latency| Some(latency.per_second);
    let processor = |latency: &Latency| latency.processor;
    let ratios = [
        compared(
            "ratio_postgres_clickhouse",
            "Postgres' median to ClickHouse's, one counterparty",
            "postgres_search",
            "search",
            median,
        ),
        compared(
            "ratio_postgres_clickhouse_heaviest",
            "the same, the heaviest applicant",
            "postgres_search_heaviest",
            "search_heaviest",
            median,
        ),
        compared(
            "ratio_postgres_clickhouse_page",
            "the same, its first page, filtered",
            "postgres_page_heaviest",
            "page_heaviest",
            median,
        ),
        compared(
            "ratio_clickhouse_postgres_at_once",
            "searches a second at once, ClickHouse to Postgres",
            "search_at_once",
            "postgres_search_at_once",
            per_second,
        ),
        compared(
            "ratio_coalesced_single",
            "searches a second, at once to one after another",
            "search_at_once",
            "search",
            per_second,
        ),
        compared(
            "ratio_processor_single_coalesced",
            "processor time of a search, alone to coalesced",
            "search",
            "search_at_once",
            processor,
        ),
    ];
    ratios.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::quantiles::Quantiles;
    use super::super::row::{Latency, Row};
    use super::{questions_a_query, ratios};

    fn row(key: &'static str, median: u64, per_second: f64) -> Row {
        let latency = Latency {
            times: Quantiles::of([Duration::from_millis(median)]),
            per_second,
            ..Latency::default()
        };
        Row::latency(key, key, latency)
    }

    #[test]
    fn ratios_compare_the_rows_that_are_there() {
        let rows = [
            row("search", 4, 250.0),
            row("search_at_once", 50, 2000.0),
            row("postgres_search", 6, 160.0),
        ];
        let ratios: Vec<_> = ratios(&rows).iter().map(Row::json).collect();
        let of = |key: &str| {
            ratios
                .iter()
                .find(|row| row["key"] == key)
                .map(|row| row["value"].as_f64())
        };
        assert_eq!(of("ratio_postgres_clickhouse"), Some(Some(1.5)));
        assert_eq!(of("ratio_coalesced_single"), Some(Some(8.0)));
        assert_eq!(of("ratio_clickhouse_postgres_at_once"), None);
        assert_eq!(of("ratio_processor_single_coalesced"), None);
    }

    #[test]
    fn questions_a_query_are_those_of_the_load_alone() {
        let row = questions_a_query(Some((100.0, 100.0)), Some((500.0, 120.0)));
        assert_eq!(row.json()["value"], 20.0);
        assert!(questions_a_query(None, None).json()["unmeasured"].is_string());
    }
}
