//! From documents to a board, in one pass. Pure, the same for both engines.
//!
//! Each document is asked which conditions of the filter it fails. One that fails none counts everywhere; one that fails
//! a single condition counts in the facets of that condition only; any other counts nowhere.

use super::conditions::{Conditions, Failing, is_not_valid_in_rf};
use super::document::BoardDocument;
use super::facts::Facts;
use super::row::BoardRow;
use crate::search::filter::Condition;
use certlens_domain::analytics::{Engine, RoleCounts, RoleFilter};
use certlens_domain::board::{
    Board, BoardTotals, ByKind, EndsCell, MOST_VALUES, RegisteredCell, ValueCount, Values,
};
use certlens_domain::documents_page::DocumentFilter;
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::scheme::Production;
use certlens_domain::status::Status;
use certlens_domain::trend::Month;
use chrono::NaiveDate;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// Documents by value of an open facet.
pub(super) type Counts<'rows> = HashMap<&'rows str, u64>;
/// Documents by month, registry and kind.
pub(super) type Cells = BTreeMap<(Month, Registry, DocumentKind), u64>;

/// The board of these documents, each of which comes once; `engine` and `elapsed_ms` are left to the caller.
pub(super) fn fold<'rows>(
    documents: impl IntoIterator<Item = BoardDocument<'rows>>,
    filter: &DocumentFilter,
    role: RoleFilter,
    today: NaiveDate,
) -> Board {
    let conditions = Conditions::of(filter);
    let mut fold = Fold::new(filter, today);
    for document in documents {
        if !document.stands_in(role) {
            continue;
        }
        let status = document.row.status.on(today, document.row.valid_until);
        let failing = conditions.failing(document.row, status);
        if failing.several() {
            continue;
        }
        fold.add_facets(document.row, status, failing);
        if failing.is_none() {
            fold.add_fitting(&document, status);
        }
    }
    fold.into_board()
}

/// A board in the making.
struct Fold<'rows, 'filter> {
    today: NaiveDate,
    /// Beginnings of positions that are listed; empty for any.
    groups_listed: &'filter [String],
    totals: BoardTotals,
    registries: BTreeMap<Registry, ByKind>,
    kinds: ByKind,
    statuses: BTreeMap<Status, u64>,
    technical_regulations: Counts<'rows>,
    product_groups: Counts<'rows>,
    product_positions: Counts<'rows>,
    certification_bodies: Counts<'rows>,
    schemes: Counts<'rows>,
    production: BTreeMap<Production, u64>,
    origins: Counts<'rows>,
    roles: RoleCounts,
    registered: Cells,
    ends: Cells,
    facts: Facts<'rows>,
}

impl<'rows, 'filter> Fold<'rows, 'filter> {
    fn new(filter: &'filter DocumentFilter, today: NaiveDate) -> Self {
        // Who has chosen groups looks for positions below them; who has chosen a position may want another one.
        let only_groups = filter.tn_ved.iter().all(|first| first.len() == 2);
        Self {
            today,
            groups_listed: if only_groups { &filter.tn_ved } else { &[] },
            totals: BoardTotals::default(),
            registries: BTreeMap::new(),
            kinds: ByKind::default(),
            statuses: BTreeMap::new(),
            technical_regulations: Counts::new(),
            product_groups: Counts::new(),
            product_positions: Counts::new(),
            certification_bodies: Counts::new(),
            schemes: Counts::new(),
            production: BTreeMap::new(),
            origins: Counts::new(),
            roles: RoleCounts::default(),
            registered: Cells::new(),
            ends: Cells::new(),
            facts: Facts::new(today),
        }
    }

    /// Counts the document in every facet whose own condition is the only one that it may fail.
    fn add_facets(&mut self, row: &'rows BoardRow, status: Status, failing: Failing) {
        let (registry, kind) = (row.registry, row.kind);
        if failing.at_most(Condition::Registry) {
            add_kind(self.registries.entry(registry).or_default(), kind);
        }
        if failing.at_most(Condition::Kind) {
            add_kind(&mut self.kinds, kind);
        }
        if failing.at_most(Condition::Status) {
            *self.statuses.entry(status).or_default() += 1;
        }
        if failing.at_most(Condition::TechnicalRegulation) {
            add_each(&mut self.technical_regulations, &row.technical_regulations);
        }
        if failing.at_most(Condition::TnVed) {
            add_each(&mut self.product_groups, &row.tn_ved.groups);
            let listed = self.groups_listed;
            let is_listed =
                |position: &&str| listed.is_empty() || listed.iter().any(|group| position.starts_with(group));
            let positions = row.tn_ved.positions.iter().map(|position| &**position);
            for position in positions.filter(is_listed) {
                *self.product_positions.entry(position).or_default() += 1;
            }
        }
        if failing.at_most(Condition::CertificationBody) {
            *self
                .certification_bodies
                .entry(&row.certification_body)
                .or_default() += 1;
        }
        if failing.at_most(Condition::Scheme) {
            *self.schemes.entry(&row.scheme.name).or_default() += 1;
        }
        if failing.at_most(Condition::Production) {
            *self.production.entry(row.scheme.production).or_default() += 1;
        }
        if failing.at_most(Condition::Origin) {
            *self.origins.entry(&row.origin).or_default() += 1;
        }
        if failing.at_most(Condition::Registered) {
            let cell = (Month::of(row.registered_on), registry, kind);
            *self.registered.entry(cell).or_default() += 1;
        }
        if failing.at_most(Condition::Ends)
            && status.is_active()
            && let Some(end) = row.valid_until
        {
            *self.ends.entry((Month::of(end), registry, kind)).or_default() += 1;
        }
    }

    /// Counts a document that fits the whole filter in all that is no facet.
    fn add_fitting(&mut self, document: &BoardDocument<'rows>, status: Status) {
        let row = document.row;
        self.roles.applicant += u64::from(document.applicant);
        self.roles.manufacturer += u64::from(document.manufacturer);
        self.facts.add(row);
        let totals = &mut self.totals;
        totals.documents += 1;
        let day = row.registered_on;
        totals.first_registered = Some(totals.first_registered.map_or(day, |first| first.min(day)));
        totals.last_registered = Some(totals.last_registered.map_or(day, |last| last.max(day)));
        totals.not_valid_in_rf += u64::from(is_not_valid_in_rf(row));
        let in_force = u64::from(status.is_active());
        totals.active += in_force;
        match row.kind {
            DocumentKind::Certificate => {
                totals.certificates += 1;
                totals.active_certificates += in_force;
            }
            DocumentKind::Declaration => {
                totals.declarations += 1;
                totals.active_declarations += in_force;
            }
        }
        if let Some(end) = row.valid_until.filter(|_| status.is_active()) {
            add_end(totals, end, self.today);
        }
    }

    fn into_board(self) -> Board {
        Board {
            engine: Engine::Postgres,
            elapsed_ms: 0.0,
            totals: self.totals,
            by_registry: self.registries,
            by_kind: self.kinds,
            by_status: self.statuses,
            by_technical_regulation: values(self.technical_regulations),
            by_product_group: values(self.product_groups),
            by_product_position: values(self.product_positions),
            by_certification_body: values(self.certification_bodies),
            by_scheme: values(self.schemes),
            by_production: self.production,
            by_origin: values(self.origins),
            by_role: self.roles,
            registered: cells(self.registered, |(month, registry, kind), documents| {
                RegisteredCell {
                    month,
                    registry,
                    kind,
                    documents,
                }
            }),
            ends: cells(self.ends, |(month, registry, kind), documents| EndsCell {
                month,
                registry,
                kind,
                documents,
            }),
            facts: self.facts.into_facts(),
        }
    }
}

/// A document in force that ends on this day, which is today or later.
fn add_end(totals: &mut BoardTotals, end: NaiveDate, today: NaiveDate) {
    let days = end.signed_duration_since(today).num_days();
    totals.expiring_30d += u64::from(days <= 30);
    totals.expiring_60d += u64::from(days <= 60);
    totals.expiring_90d += u64::from(days <= 90);
    match totals.next_end {
        Some(next) if next < end => {}
        Some(next) if next == end => totals.next_end_documents += 1,
        _ => {
            totals.next_end = Some(end);
            totals.next_end_documents = 1;
        }
    }
}

const fn add_kind(by_kind: &mut ByKind, kind: DocumentKind) {
    match kind {
        DocumentKind::Certificate => by_kind.certificates += 1,
        DocumentKind::Declaration => by_kind.declarations += 1,
    }
}

fn add_each<'rows>(counts: &mut Counts<'rows>, values: &'rows [std::sync::Arc<str>]) {
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
}

/// The most frequent values of an open facet.
pub(super) fn values(counts: Counts<'_>) -> Values {
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(value, documents)| (Reverse(*documents), *value));
    let more = counts.len().saturating_sub(MOST_VALUES);
    counts.truncate(MOST_VALUES);
    let listed = counts.into_iter().map(|(value, documents)| ValueCount {
        value: value.to_owned(),
        documents,
    });
    Values {
        listed: listed.collect(),
        more: more as u64,
    }
}

pub(super) fn cells<T>(cells: Cells, cell: impl Fn((Month, Registry, DocumentKind), u64) -> T) -> Vec<T> {
    cells
        .into_iter()
        .map(|(place, documents)| cell(place, documents))
        .collect()
}

#[cfg(test)]
mod tests;
