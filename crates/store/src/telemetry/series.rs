//! The metrics of which figures are kept, and the bounds of their histograms.
//!
//! All others are at `/metrics` only. Each of these costs 1,440 rows of minutes a day for each value of its labels, and 24
//! of hours; so labels here have few values.

/// Upper bounds of the buckets of every histogram of times, in seconds: around the budgets of `docs/performance.md`, and up
/// to a recount of half an hour.
pub const SECONDS: [f64; 18] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 60.0, 300.0,
    1800.0,
];

/// What a search took, by the engine that answered: `cache`, `clickhouse`, `postgres`.
pub const SEARCH_SECONDS: &str = "certlens_search_seconds";
/// Searches that ended without an answer.
pub const SEARCH_FAILURES: &str = "certlens_search_failures_total";
/// Earlier answers that were still good.
pub const CACHE_HITS: &str = "certlens_search_cache_hits_total";
/// Questions that had to be computed.
pub const CACHE_MISSES: &str = "certlens_search_cache_misses_total";
/// Questions that ClickHouse left to Postgres, by reason.
pub const FALLBACKS: &str = "certlens_search_fallbacks_total";
/// 0: ClickHouse is asked; 1: a probe is under way; 2: it is left alone.
pub const BREAKER_STATE: &str = "certlens_clickhouse_breaker_state";
/// Changes of the breaker, by the state that it came to.
pub const BREAKER_CHANGES: &str = "certlens_clickhouse_breaker_changes_total";
/// What the opening of a card or of the main page took, by its outcome.
pub const OPEN_SECONDS: &str = "certlens_card_open_seconds";
/// Pieces of work that wait, by kind and state.
pub const QUEUE_DEPTH: &str = "certlens_queue_depth";
/// The age of the oldest of them.
pub const QUEUE_OLDEST: &str = "certlens_queue_oldest_seconds";
/// What a recount took.
pub const RECOUNT_SECONDS: &str = "certlens_recount_seconds";
/// News that recounts found.
pub const RECOUNT_FOUND: &str = "certlens_recount_found_total";
/// Recounts that failed.
pub const RECOUNT_FAILURES: &str = "certlens_recount_failures_total";
/// For how long the next recount has been due and not begun.
pub const RECOUNT_OVERDUE: &str = "certlens_recount_overdue_seconds";
/// Notification items that came to an end, by outcome.
pub const ITEMS: &str = "certlens_notification_items_total";
/// Requests to portals that were allowed.
pub const REST_CALLS: &str = "certlens_rest_calls_total";
/// Requests to portals for which there was no room in time.
pub const REST_THROTTLED: &str = "certlens_rest_throttled_total";
/// Refusals by portals, by code.
pub const REST_ERRORS: &str = "certlens_rest_errors_total";
/// How full the fullest portal's budget is: 1 = a person would have to wait.
pub const BUDGET_FULLEST: &str = "certlens_rest_budget_fullest_ratio";
/// Methods that portals closed for a while.
pub const PARKED_METHODS: &str = "certlens_rest_parked_methods";
/// Chains of tokens, by state: `living`, `ended`.
pub const CHAINS: &str = "certlens_token_chains";
/// Installed portals without any living chain.
pub const PORTALS_WITHOUT_TOKEN: &str = "certlens_portals_without_token";
/// Rows of imports, by source and outcome: `new`, `changed`, `unchanged`, `rejected`.
pub const IMPORT_ROWS: &str = "certlens_import_rows_total";
/// Memory of a server.
pub const MEMORY: &str = "process_resident_memory_bytes";

/// All of them.
pub const KEPT: [&str; 24] = [
    SEARCH_SECONDS,
    SEARCH_FAILURES,
    CACHE_HITS,
    CACHE_MISSES,
    FALLBACKS,
    BREAKER_STATE,
    BREAKER_CHANGES,
    OPEN_SECONDS,
    QUEUE_DEPTH,
    QUEUE_OLDEST,
    RECOUNT_SECONDS,
    RECOUNT_FOUND,
    RECOUNT_FAILURES,
    RECOUNT_OVERDUE,
    ITEMS,
    REST_CALLS,
    REST_THROTTLED,
    REST_ERRORS,
    BUDGET_FULLEST,
    PARKED_METHODS,
    CHAINS,
    PORTALS_WITHOUT_TOKEN,
    IMPORT_ROWS,
    MEMORY,
];

/// The kept name that equals this one.
pub fn kept(name: &str) -> Option<&'static str> {
    KEPT.into_iter().find(|kept| *kept == name)
}
