//! Why a search falls back to Postgres, or ends without an answer.

use super::SearchError;
use super::clickhouse_lane::Unanswered;
use certlens_domain::analytics::Engine;

/// Why what ClickHouse found is not used.
#[derive(Debug, Clone, Copy)]
pub(super) enum NotFound {
    /// It found nothing.
    Unanswered(Unanswered),
    /// An import became visible meanwhile, or Postgres did not tell.
    Moved,
}

impl NotFound {
    /// The label of `certlens_search_fallbacks_total`.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Unanswered(reason) => reason.label(),
            Self::Moved => "moved",
        }
    }
}

/// Notes that Postgres answers instead.
pub(super) fn fell_back(reason: &'static str) {
    metrics::counter!("certlens_search_fallbacks_total", "reason" => reason).increment(1);
}

/// A search was answered, in so many milliseconds.
pub(super) fn searched(engine: Engine, elapsed_ms: f64) {
    metrics::histogram!("certlens_search_seconds", "engine" => engine.to_string())
        .record(elapsed_ms / 1000.0);
}

/// Notes that nobody answered.
pub(super) fn unanswered(_: &SearchError) {
    metrics::counter!("certlens_search_failures_total").increment(1);
}
