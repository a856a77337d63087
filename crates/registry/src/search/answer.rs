//! From grouped rows to the numbers of a card: pure, the same for both engines.
//!
//! An engine groups the found documents by everything that the numbers depend on; a group's `valid_until` is one that
//! stands for the whole group as far as the rule of dates goes, so the rule itself stays in `certlens-domain`.

use super::state::StoreState;
use certlens_domain::analytics::{
    Analytics, AnalyticsQuery, Engine, RegistrySummary, TechnicalRegulationCount, TrendMonth,
};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use certlens_domain::trend::Month;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Found documents that are alike in everything that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bucket {
    pub(super) registry: Registry,
    pub(super) kind: DocumentKind,
    /// The stored status, before the rule of dates.
    pub(super) status: Status,
    /// The earliest end of validity of the group, which lies wholly before today, within the announced days, or
    /// after them; `None` for no limit.
    pub(super) valid_until: Option<NaiveDate>,
    pub(super) month: Month,
    pub(super) technical_regulations: Vec<String>,
    /// An asked identifier is the applicant's.
    pub(super) as_applicant: bool,
    /// An asked identifier is the manufacturer's.
    pub(super) as_manufacturer: bool,
    pub(super) documents: u64,
}

/// Folds the groups into the answer; `elapsed_ms` is left 0.
pub(super) fn fold(
    query: &AnalyticsQuery,
    engine: Engine,
    state: &StoreState,
    buckets: &[Bucket],
    today: NaiveDate,
) -> Analytics {
    let mut analytics = Analytics::empty(query, engine, registries(state, buckets));
    let mut regulations: BTreeMap<&str, u64> = BTreeMap::new();
    let mut months: BTreeMap<Month, TrendMonth> = BTreeMap::new();
    for bucket in buckets {
        let documents = bucket.documents;
        let status = bucket.status.on(today, bucket.valid_until);
        let totals = &mut analytics.totals;
        let month = months.entry(bucket.month).or_insert(TrendMonth {
            month: bucket.month,
            certificates: 0,
            declarations: 0,
        });
        totals.documents += documents;
        match bucket.kind {
            DocumentKind::Certificate => {
                totals.certificates += documents;
                month.certificates += documents;
            }
            DocumentKind::Declaration => {
                totals.declarations += documents;
                month.declarations += documents;
            }
        }
        if status.is_active() {
            totals.active += documents;
            if bucket.valid_until.is_some_and(|end| ends_soon(end, today)) {
                totals.expiring_90d += documents;
            }
        }
        *analytics.by_status.entry(status).or_default() += documents;
        if bucket.as_applicant {
            analytics.by_role.applicant += documents;
        }
        if bucket.as_manufacturer {
            analytics.by_role.manufacturer += documents;
        }
        for (index, code) in bucket.technical_regulations.iter().enumerate() {
            // A list that names a regulation twice still is one document under it.
            if !bucket.technical_regulations[..index].contains(code) {
                *regulations.entry(code).or_default() += documents;
            }
        }
    }
    analytics.by_technical_regulation = most_first(regulations);
    analytics.trend = months.into_values().collect();
    analytics
}

/// Whether a document in force that ends on `end` is announced on the day `today`.
fn ends_soon(end: NaiveDate, today: NaiveDate) -> bool {
    let days = end.signed_duration_since(today).num_days();
    (0..=certlens_domain::analytics::EXPIRING_WITHIN_DAYS).contains(&days)
}

fn registries(state: &StoreState, buckets: &[Bucket]) -> Vec<RegistrySummary> {
    Registry::ALL
        .into_iter()
        .map(|registry| {
            let of = |kind| {
                buckets
                    .iter()
                    .filter(|bucket| bucket.registry == registry && bucket.kind == kind)
                    .map(|bucket| bucket.documents)
                    .sum()
            };
            let loaded = state.of(registry);
            RegistrySummary {
                registry,
                loaded: loaded.is_some(),
                data_date: loaded.and_then(|loaded| loaded.data_date),
                certificates: of(DocumentKind::Certificate),
                declarations: of(DocumentKind::Declaration),
            }
        })
        .collect()
}

/// Most documents first, then by code.
fn most_first(regulations: BTreeMap<&str, u64>) -> Vec<TechnicalRegulationCount> {
    let mut counts: Vec<_> = regulations
        .into_iter()
        .map(|(code, documents)| TechnicalRegulationCount {
            code: code.to_owned(),
            documents,
        })
        .collect();
    // The sort is stable and the map was ordered by code.
    counts.sort_by_key(|count| std::cmp::Reverse(count.documents));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use certlens_domain::identifier::Identifier;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn bucket(valid_until: Option<NaiveDate>, regulations: &[&str], documents: u64) -> Bucket {
        Bucket {
            registry: Registry::Kz,
            kind: DocumentKind::Certificate,
            status: Status::Active,
            valid_until,
            month: Month::of(day(2025, 8, 1)),
            technical_regulations: regulations.iter().map(|code| (*code).to_owned()).collect(),
            as_applicant: true,
            as_manufacturer: false,
            documents,
        }
    }

    fn folded(buckets: &[Bucket]) -> Analytics {
        let query = AnalyticsQuery::about([Identifier::parse("7707083893").unwrap()]);
        fold(
            &query,
            Engine::Postgres,
            &StoreState::empty(),
            buckets,
            day(2026, 3, 2),
        )
    }

    #[test]
    fn expiry_is_announced_from_today_to_ninety_days_ahead() {
        let ending_on = |end| folded(&[bucket(Some(end), &[], 1)]).totals.expiring_90d;
        assert_eq!(ending_on(day(2026, 3, 1)), 0, "it has expired");
        assert_eq!(ending_on(day(2026, 3, 2)), 1);
        assert_eq!(ending_on(day(2026, 5, 31)), 1);
        assert_eq!(ending_on(day(2026, 6, 1)), 0);
    }

    #[test]
    fn regulations_are_listed_by_documents_then_by_code_and_count_once_a_document() {
        let answer = folded(&[bucket(None, &["B", "A", "B"], 2), bucket(None, &["C"], 3)]);
        let listed: Vec<_> = answer
            .by_technical_regulation
            .iter()
            .map(|count| (count.code.as_str(), count.documents))
            .collect();
        assert_eq!(listed, [("C", 3), ("A", 2), ("B", 2)]);
        assert_eq!(answer.totals.documents, 5);
    }

    #[test]
    fn registry_that_was_never_loaded_is_not_loaded_even_when_its_count_is_zero() {
        assert!(folded(&[]).registries.iter().all(|registry| !registry.loaded));
    }
}
