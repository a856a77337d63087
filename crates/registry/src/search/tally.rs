//! Counting without counting twice: which groups and kept numbers of a set of parties make up a question's numbers.
//!
//! Pure. Every document has one applicant party and one manufacturer party. A document of which both belong to the set
//! and differ is met twice, and who may count it is settled here:
//!
//! * asked for one role only, nobody meets it twice: each party counts the documents in which it stands in that role;
//! * asked for any role, a listed party leaves it to the applicant, or to the counted one of the two, whose kept numbers
//!   contain it anyway; two counted parties both contain it, so it is taken off once.

use super::found::{Cell, Count, Found, Group, Shared};
use crate::party::{PartyId, PartyRole};
use certlens_domain::analytics::{
    EXPIRING_WITHIN_DAYS, RoleCounts, RoleFilter, TechnicalRegulationCount, Totals, TrendMonth,
};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::status::Status;
use certlens_domain::trend::Month;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The numbers of a set of parties. Signed, because documents met twice are taken off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tally {
    kinds: HashMap<(Registry, DocumentKind), i64>,
    /// Documents by status of the day.
    statuses: BTreeMap<Status, i64>,
    expiring: i64,
    not_valid_in_rf: i64,
    regulations: BTreeMap<String, i64>,
    months: BTreeMap<Month, ByKind>,
    applicant: i64,
    manufacturer: i64,
}

/// Documents of both kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct ByKind {
    certificates: i64,
    declarations: i64,
}

impl ByKind {
    const fn add(&mut self, kind: DocumentKind, documents: i64) {
        match kind {
            DocumentKind::Certificate => self.certificates += documents,
            DocumentKind::Declaration => self.declarations += documents,
        }
    }
}

/// What the party in a document's other role is to the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    /// It does not belong to the set, or there is none.
    Foreign,
    /// It belongs to the set, and its rows are grouped.
    Listed,
    /// It belongs to the set, and its numbers are kept.
    Counted,
}

/// A party's roles in documents that count under this filter.
const fn stands_in(filter: RoleFilter, role: PartyRole) -> bool {
    match filter {
        RoleFilter::Any => true,
        RoleFilter::Applicant => matches!(role, PartyRole::Applicant | PartyRole::Both),
        RoleFilter::Manufacturer => matches!(role, PartyRole::Manufacturer | PartyRole::Both),
    }
}

impl Tally {
    /// The numbers of these parties on the day `today`.
    pub(super) fn of(
        parties: &BTreeSet<PartyId>,
        filter: RoleFilter,
        found: &Found,
        today: NaiveDate,
    ) -> Self {
        let mut tally = Self::default();
        for party in parties {
            let counts = found.counts.get(party);
            for count in counts.into_iter().flat_map(|counts| counts.iter()) {
                tally.add_count(filter, count, today);
            }
            if counts.is_some() {
                continue;
            }
            for group in found
                .groups
                .get(party)
                .into_iter()
                .flat_map(|groups| groups.iter())
            {
                let other = match group.other.filter(|other| parties.contains(other)) {
                    None => Other::Foreign,
                    Some(other) if found.counts.contains_key(&other) => Other::Counted,
                    Some(_) => Other::Listed,
                };
                tally.add_listed(filter, group, other, today);
            }
        }
        for ((smaller, larger), shared) in &found.shared {
            if parties.contains(smaller) && parties.contains(larger) {
                tally.add_shared(filter, shared, today);
            }
        }
        tally
    }

    fn add_count(&mut self, filter: RoleFilter, count: &Count, today: NaiveDate) {
        if !stands_in(filter, count.role) {
            return;
        }
        let documents = count.documents.cast_signed();
        if matches!(count.cell, Cell::Kind(..)) {
            self.add_roles(count.role, documents);
        }
        self.add_cell(&count.cell, documents, today);
    }

    fn add_cell(&mut self, cell: &Cell, documents: i64, today: NaiveDate) {
        match cell {
            Cell::Kind(registry, kind) => *self.kinds.entry((*registry, *kind)).or_default() += documents,
            Cell::Status(status, valid_until) => self.add_status(*status, *valid_until, today, documents),
            Cell::Regulation(code) => self.add_regulation(code, documents),
            Cell::Month(month, kind) => self.months.entry(*month).or_default().add(*kind, documents),
            Cell::RfTerritory(status) => self.add_rf_status(*status, documents),
        }
    }

    fn add_listed(&mut self, filter: RoleFilter, group: &Group, other: Other, today: NaiveDate) {
        let documents = group.documents.cast_signed();
        if stands_in(filter, group.role) {
            self.add_roles(group.role, documents);
            if filter != RoleFilter::Any {
                self.add_facets(group, documents, today);
                if other != Other::Foreign {
                    self.add_other_role(filter, documents);
                }
            } else if other == Other::Foreign
                || (other == Other::Listed && group.role == PartyRole::Applicant)
            {
                self.add_facets(group, documents, today);
            }
        } else if other == Other::Counted {
            // The other party's kept numbers contain the document, and can't tell that this party stands in it.
            self.add_other_role(filter, documents);
        }
    }

    /// Documents of two counted parties of the set.
    fn add_shared(&mut self, filter: RoleFilter, shared: &Shared, today: NaiveDate) {
        for (cell, documents) in shared {
            let documents = documents.cast_signed();
            if filter == RoleFilter::Any {
                // Each of the two parties has added its role; as a document it was counted twice.
                self.add_cell(cell, -documents, today);
            } else if matches!(cell, Cell::Kind(..)) {
                self.add_other_role(filter, documents);
            }
        }
    }

    const fn add_roles(&mut self, role: PartyRole, documents: i64) {
        if matches!(role, PartyRole::Applicant | PartyRole::Both) {
            self.applicant += documents;
        }
        if matches!(role, PartyRole::Manufacturer | PartyRole::Both) {
            self.manufacturer += documents;
        }
    }

    /// In documents found by one role, another party of the set stands in the other role.
    const fn add_other_role(&mut self, filter: RoleFilter, documents: i64) {
        match filter {
            RoleFilter::Applicant => self.manufacturer += documents,
            RoleFilter::Manufacturer => self.applicant += documents,
            RoleFilter::Any => {}
        }
    }

    fn add_facets(&mut self, group: &Group, documents: i64, today: NaiveDate) {
        *self.kinds.entry((group.registry, group.kind)).or_default() += documents;
        self.months
            .entry(group.month)
            .or_default()
            .add(group.kind, documents);
        self.add_status(group.status, group.valid_until, today, documents);
        if let Some(status) = group.rf_status {
            self.add_rf_status(status, documents);
        }
        for code in group.regulations() {
            self.add_regulation(code, documents);
        }
    }

    fn add_regulation(&mut self, code: &str, documents: i64) {
        match self.regulations.get_mut(code) {
            Some(known) => *known += documents,
            None => {
                self.regulations.insert(code.to_owned(), documents);
            }
        }
    }

    fn add_status(
        &mut self,
        stored: Status,
        valid_until: Option<NaiveDate>,
        today: NaiveDate,
        documents: i64,
    ) {
        let status = stored.on(today, valid_until);
        *self.statuses.entry(status).or_default() += documents;
        if status.is_active() && valid_until.is_some_and(|end| ends_soon(end, today)) {
            self.expiring += documents;
        }
    }

    const fn add_rf_status(&mut self, status: Status, documents: i64) {
        if matches!(status, Status::Suspended | Status::Terminated) {
            self.not_valid_in_rf += documents;
        }
    }

    /// All documents.
    pub(super) fn documents(&self) -> u64 {
        count(self.kinds.values().sum())
    }

    /// Documents of a registry and kind.
    pub(super) fn of_kind(&self, registry: Registry, kind: DocumentKind) -> u64 {
        count(self.kinds.get(&(registry, kind)).copied().unwrap_or(0))
    }

    /// The sums over all registries.
    pub(super) fn totals(&self) -> Totals {
        let of = |kind| {
            let matching = self.kinds.iter().filter(|((_, known), _)| *known == kind);
            count(matching.map(|(_, documents)| documents).sum())
        };
        let active = self.statuses.iter().filter(|(status, _)| status.is_active());
        Totals {
            documents: self.documents(),
            certificates: of(DocumentKind::Certificate),
            declarations: of(DocumentKind::Declaration),
            active: count(active.map(|(_, documents)| documents).sum()),
            expiring_90d: count(self.expiring),
            not_valid_in_rf: count(self.not_valid_in_rf),
        }
    }

    /// Documents by role of the parties.
    pub(super) fn roles(&self) -> RoleCounts {
        RoleCounts {
            applicant: count(self.applicant),
            manufacturer: count(self.manufacturer),
        }
    }

    /// Documents by status of the day, without zeros.
    pub(super) fn statuses(&self) -> BTreeMap<Status, u64> {
        let statuses = self
            .statuses
            .iter()
            .map(|(status, documents)| (*status, count(*documents)));
        statuses.filter(|(_, documents)| *documents > 0).collect()
    }

    /// Documents by regulation, most first, then by code; without zeros.
    pub(super) fn regulations(&self) -> Vec<TechnicalRegulationCount> {
        let mut counts: Vec<_> = self
            .regulations
            .iter()
            .map(|(code, documents)| TechnicalRegulationCount {
                code: code.clone(),
                documents: count(*documents),
            })
            .filter(|counted| counted.documents > 0)
            .collect();
        // The sort is stable and the map was ordered by code.
        counts.sort_by_key(|counted| std::cmp::Reverse(counted.documents));
        counts
    }

    /// Documents by month, ascending; without empty months.
    pub(super) fn trend(&self) -> Vec<TrendMonth> {
        let months = self.months.iter().map(|(month, by_kind)| TrendMonth {
            month: *month,
            certificates: count(by_kind.certificates),
            declarations: count(by_kind.declarations),
        });
        months.filter(|month| month.documents() > 0).collect()
    }
}

/// A number of documents. It is never negative while kept numbers and rows are of one state of the store.
fn count(documents: i64) -> u64 {
    u64::try_from(documents).unwrap_or(0)
}

/// Whether a document in force that ends on `end` is announced on the day `today`.
fn ends_soon(end: NaiveDate, today: NaiveDate) -> bool {
    let days = end.signed_duration_since(today).num_days();
    (0..=EXPIRING_WITHIN_DAYS).contains(&days)
}

#[cfg(test)]
mod tests;
