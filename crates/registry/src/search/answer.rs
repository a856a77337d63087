//! From what an engine found to the numbers of a card: pure, the same for both engines.

use super::counterparty::{Counterparty, Pair};
use super::found::Found;
use super::state::StoreState;
use super::tally::Tally;
use certlens_domain::analytics::{
    Analytics, AnalyticsQuery, Bridge, Engine, LearnedPair, RegistrySummary, RoleFilter,
};
use certlens_domain::registry::{DocumentKind, Registry};
use chrono::NaiveDate;

/// The answer; `elapsed_ms` is left 0.
pub(super) fn analytics(
    query: &AnalyticsQuery,
    counterparty: &Counterparty,
    engine: Engine,
    found: &Found,
    today: NaiveDate,
) -> Analytics {
    let tally = Tally::of(&counterparty.ids(), query.role, found, today);
    Analytics {
        totals: tally.totals(),
        by_status: tally.statuses(),
        by_technical_regulation: tally.regulations(),
        by_role: tally.roles(),
        trend: tally.trend(),
        bridge: bridge(query, counterparty, &tally, found, today),
        ..Analytics::empty(query, engine, registries(&counterparty.state, &tally))
    }
}

fn bridge(
    query: &AnalyticsQuery,
    counterparty: &Counterparty,
    all: &Tally,
    found: &Found,
    today: NaiveDate,
) -> Bridge {
    if counterparty.pairs.is_empty() {
        return Bridge::default();
    }
    let direct = Tally::of(&counterparty.direct_ids(), query.role, found, today);
    Bridge {
        pairs: counterparty
            .pairs
            .iter()
            .map(|pair| learned(pair, found, today))
            .collect(),
        documents: all.documents().saturating_sub(direct.documents()),
    }
}

/// A pair with the documents that state it in either role, each once.
fn learned(pair: &Pair, found: &Found, today: NaiveDate) -> LearnedPair {
    LearnedPair {
        asked: pair.asked.clone(),
        paired: pair.paired.clone(),
        documents: Tally::of(&pair.teachers, RoleFilter::Any, found, today).documents(),
        first_registered: pair.first_registered,
        last_registered: pair.last_registered,
    }
}

fn registries(state: &StoreState, tally: &Tally) -> Vec<RegistrySummary> {
    let summary = |registry| {
        let loaded = state.of(registry);
        RegistrySummary {
            registry,
            loaded: loaded.is_some(),
            data_date: loaded.and_then(|loaded| loaded.data_date),
            certificates: tally.of_kind(registry, DocumentKind::Certificate),
            declarations: tally.of_kind(registry, DocumentKind::Declaration),
        }
    };
    Registry::ALL.into_iter().map(summary).collect()
}
