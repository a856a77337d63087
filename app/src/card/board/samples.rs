//! Boards for tests of the views.

use certlens_domain::analytics::{Engine, RoleCounts};
use certlens_domain::board::{Board, BoardFacts, BoardTotals, ByKind, Values};
use std::collections::BTreeMap;

/// A board without any document.
pub(crate) fn empty_board() -> Board {
    Board {
        engine: Engine::ClickHouse,
        elapsed_ms: 1.0,
        totals: BoardTotals::default(),
        by_registry: BTreeMap::new(),
        by_kind: ByKind::default(),
        by_status: BTreeMap::new(),
        by_technical_regulation: Values::default(),
        by_product_group: Values::default(),
        by_product_position: Values::default(),
        by_certification_body: Values::default(),
        by_scheme: Values::default(),
        by_production: BTreeMap::new(),
        by_origin: Values::default(),
        by_role: RoleCounts::default(),
        registered: Vec::new(),
        ends: Vec::new(),
        facts: BoardFacts::default(),
    }
}
