//! From what an engine counted to a board. Pure, the same for both engines.
//!
//! An engine counts documents that are alike in one respect and fail the same condition, all respects in one pass over
//! the documents. Everything else is made of these cells: months of days, groups of codes, the most frequent values.

use super::conditions::Failing;
use super::fold::{Cells, Counts, cells, values};
use crate::party::PartyId;
use crate::search::filter::{Condition, FilterOfDay};
use certlens_domain::analytics::{Engine, RoleCounts, RoleFilter};
use certlens_domain::board::{Board, BoardFacts, BoardTotals, ByKind, EndsCell, RegisteredCell, ValueCount};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::scheme::{Production, normalised};
use certlens_domain::status::Status;
use certlens_domain::trend::Month;
use chrono::NaiveDate;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Days of "the last year", which ends today.
pub(in crate::search) const DAYS_OF_A_YEAR: u64 = 365;

/// A board in the terms of the stores.
#[derive(Debug, Clone)]
pub(in crate::search) struct CellsQuestion {
    /// Any of them stands in the documents.
    pub(in crate::search) parties: BTreeSet<PartyId>,
    pub(in crate::search) role: RoleFilter,
    pub(in crate::search) filter: FilterOfDay,
}

/// How many documents are alike in one respect and fail the same condition, if any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct Cell {
    /// None of the conditions, or a single one.
    pub(in crate::search) failing: Failing,
    pub(in crate::search) alike: Alike,
    pub(in crate::search) documents: u64,
}

/// In what documents are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) enum Alike {
    /// The day of registration.
    Registered(NaiveDate, Registry, DocumentKind),
    /// In force, with this last day.
    Ends(NaiveDate, Registry, DocumentKind),
    /// The status of the day.
    Status(Status, DocumentKind),
    /// The body, `""` for none named, and the year of registration.
    CertificationBody(String, InYear),
    /// The scheme as the registry writes it, `""` for none named.
    Scheme(String),
    /// The country of the manufacturer, `""` for unknown.
    Origin(String),
    /// Where the asked parties stand, and validity in Russia.
    Standing(Standing),
    /// All codes of the documents.
    TechnicalRegulations(Vec<String>),
    /// The first two or four digits of a code of TN VED: a document counts once under each beginning of its codes.
    FirstDigits(String),
}

/// When a document was registered, seen from today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) enum InYear {
    /// In the year that ends today.
    Last,
    /// In the year before that.
    Before,
    /// Earlier, or after today.
    Other,
}

/// Where asked parties stand in documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) struct Standing {
    pub(in crate::search) applicant: bool,
    pub(in crate::search) manufacturer: bool,
    /// The documents are suspended or terminated on Russia's territory.
    pub(in crate::search) not_valid_in_rf: bool,
}

/// The board of these cells; `engine` and `elapsed_ms` are left to the caller.
pub(super) fn board(counted: &[Cell], filter: &FilterOfDay) -> Board {
    let mut board = BoardOfCells::new(filter);
    for cell in counted {
        board.add(cell);
    }
    board.into_board()
}

/// A board in the making.
struct BoardOfCells<'cells> {
    today: NaiveDate,
    /// Beginnings of positions that are listed; empty for any.
    groups_listed: &'cells [String],
    totals: BoardTotals,
    registries: BTreeMap<Registry, ByKind>,
    kinds: ByKind,
    statuses: BTreeMap<Status, u64>,
    technical_regulations: Counts<'cells>,
    product_groups: Counts<'cells>,
    product_positions: Counts<'cells>,
    certification_bodies: Counts<'cells>,
    /// Normalised, so they are texts of their own.
    schemes: BTreeMap<String, u64>,
    production: BTreeMap<Production, u64>,
    origins: Counts<'cells>,
    roles: RoleCounts,
    registered: Cells,
    ends: Cells,
    /// Documents of the last year by day.
    days: BTreeMap<NaiveDate, u64>,
    facts: BoardFacts,
    bodies_last_year: Counts<'cells>,
    bodies_year_before: Counts<'cells>,
}

impl<'cells> BoardOfCells<'cells> {
    fn new(filter: &'cells FilterOfDay) -> Self {
        let chosen = &filter.filter.tn_ved;
        // Who has chosen groups looks for positions below them; who has chosen a position may want another one.
        let only_groups = chosen.iter().all(|first| first.len() == 2);
        Self {
            today: filter.today,
            groups_listed: if only_groups { chosen } else { &[] },
            totals: BoardTotals::default(),
            registries: BTreeMap::new(),
            kinds: ByKind::default(),
            statuses: BTreeMap::new(),
            technical_regulations: Counts::new(),
            product_groups: Counts::new(),
            product_positions: Counts::new(),
            certification_bodies: Counts::new(),
            schemes: BTreeMap::new(),
            production: BTreeMap::new(),
            origins: Counts::new(),
            roles: RoleCounts::default(),
            registered: Cells::new(),
            ends: Cells::new(),
            days: BTreeMap::new(),
            facts: BoardFacts::default(),
            bodies_last_year: HashMap::new(),
            bodies_year_before: HashMap::new(),
        }
    }

    fn add(&mut self, cell: &'cells Cell) {
        let (failing, documents) = (cell.failing, cell.documents);
        match &cell.alike {
            Alike::Registered(day, registry, kind) => {
                self.add_registered(*day, (*registry, *kind), failing, documents);
            }
            Alike::Ends(day, registry, kind) => {
                if failing.at_most(Condition::Ends) {
                    let cell = (Month::of(*day), *registry, *kind);
                    *self.ends.entry(cell).or_default() += documents;
                }
                if failing.is_none() {
                    self.add_end(*day, documents);
                }
            }
            Alike::Status(status, kind) => {
                if failing.at_most(Condition::Status) {
                    *self.statuses.entry(*status).or_default() += documents;
                }
                if failing.is_none() && status.is_active() {
                    self.totals.active += documents;
                    *match kind {
                        DocumentKind::Certificate => &mut self.totals.active_certificates,
                        DocumentKind::Declaration => &mut self.totals.active_declarations,
                    } += documents;
                }
            }
            Alike::CertificationBody(body, year) => self.add_body(body, *year, failing, documents),
            Alike::Scheme(scheme) => {
                if failing.at_most(Condition::Scheme) {
                    *self.schemes.entry(normalised(scheme)).or_default() += documents;
                }
                if failing.at_most(Condition::Production) {
                    *self.production.entry(Production::of(scheme)).or_default() += documents;
                }
            }
            Alike::Origin(country) => {
                if failing.at_most(Condition::Origin) {
                    *self.origins.entry(country).or_default() += documents;
                }
            }
            Alike::Standing(standing) => {
                if failing.is_none() {
                    self.add_standing(*standing, documents);
                }
            }
            Alike::TechnicalRegulations(codes) => {
                if failing.at_most(Condition::TechnicalRegulation) {
                    // A list that names a regulation twice still is one document under it.
                    let codes: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
                    for code in codes {
                        *self.technical_regulations.entry(code).or_default() += documents;
                    }
                }
            }
            Alike::FirstDigits(digits) => {
                if failing.at_most(Condition::TnVed) {
                    self.add_digits(digits, documents);
                }
            }
        }
    }

    fn add_registered(
        &mut self,
        day: NaiveDate,
        (registry, kind): (Registry, DocumentKind),
        failing: Failing,
        documents: u64,
    ) {
        if failing.at_most(Condition::Registry) {
            add_kind(self.registries.entry(registry).or_default(), kind, documents);
        }
        if failing.at_most(Condition::Kind) {
            add_kind(&mut self.kinds, kind, documents);
        }
        if failing.at_most(Condition::Registered) {
            let cell = (Month::of(day), registry, kind);
            *self.registered.entry(cell).or_default() += documents;
        }
        if !failing.is_none() {
            return;
        }
        let totals = &mut self.totals;
        totals.documents += documents;
        *match kind {
            DocumentKind::Certificate => &mut totals.certificates,
            DocumentKind::Declaration => &mut totals.declarations,
        } += documents;
        totals.first_registered = Some(totals.first_registered.map_or(day, |first| first.min(day)));
        totals.last_registered = Some(totals.last_registered.map_or(day, |last| last.max(day)));
        match InYear::of(day, self.today) {
            InYear::Last => {
                self.facts.last_year += documents;
                *self.days.entry(day).or_default() += documents;
            }
            InYear::Before => self.facts.year_before += documents,
            InYear::Other => {}
        }
    }

    /// Documents in force that end on this day, which is today or later.
    fn add_end(&mut self, end: NaiveDate, documents: u64) {
        let totals = &mut self.totals;
        let days = end.signed_duration_since(self.today).num_days();
        for (most, expiring) in [
            (30, &mut totals.expiring_30d),
            (60, &mut totals.expiring_60d),
            (90, &mut totals.expiring_90d),
        ] {
            *expiring += if days <= most { documents } else { 0 };
        }
        match totals.next_end {
            Some(next) if next < end => {}
            Some(next) if next == end => totals.next_end_documents += documents,
            _ => {
                totals.next_end = Some(end);
                totals.next_end_documents = documents;
            }
        }
    }

    fn add_body(&mut self, body: &'cells str, year: InYear, failing: Failing, documents: u64) {
        if failing.at_most(Condition::CertificationBody) {
            *self.certification_bodies.entry(body).or_default() += documents;
        }
        if body.is_empty() || !failing.is_none() {
            return;
        }
        let bodies = match year {
            InYear::Last => &mut self.bodies_last_year,
            InYear::Before => &mut self.bodies_year_before,
            InYear::Other => return,
        };
        *bodies.entry(body).or_default() += documents;
    }

    const fn add_standing(&mut self, standing: Standing, documents: u64) {
        if standing.applicant {
            self.roles.applicant += documents;
        }
        if standing.manufacturer {
            self.roles.manufacturer += documents;
        }
        if standing.not_valid_in_rf {
            self.totals.not_valid_in_rf += documents;
        }
    }

    fn add_digits(&mut self, digits: &'cells str, documents: u64) {
        let listed = self.groups_listed;
        if digits.len() == 2 {
            *self.product_groups.entry(digits).or_default() += documents;
        } else if listed.is_empty() || listed.iter().any(|group| digits.starts_with(group)) {
            *self.product_positions.entry(digits).or_default() += documents;
        }
    }

    fn into_board(self) -> Board {
        let busiest = self
            .days
            .into_iter()
            .max_by_key(|(day, documents)| (*documents, *day));
        let schemes = self.schemes.iter();
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
            by_scheme: values(
                schemes
                    .map(|(scheme, documents)| (scheme.as_str(), *documents))
                    .collect(),
            ),
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
            facts: BoardFacts {
                busiest_day: busiest,
                body_last_year: most_named(&self.bodies_last_year),
                body_year_before: most_named(&self.bodies_year_before),
                ..self.facts
            },
        }
    }
}

impl InYear {
    /// The year of a day of registration.
    pub(in crate::search) fn of(day: NaiveDate, today: NaiveDate) -> Self {
        let age = u64::try_from(today.signed_duration_since(day).num_days());
        match age {
            Ok(age) if age < DAYS_OF_A_YEAR => Self::Last,
            Ok(age) if age < 2 * DAYS_OF_A_YEAR => Self::Before,
            Ok(_) | Err(_) => Self::Other,
        }
    }
}

const fn add_kind(by_kind: &mut ByKind, kind: DocumentKind, documents: u64) {
    match kind {
        DocumentKind::Certificate => by_kind.certificates += documents,
        DocumentKind::Declaration => by_kind.declarations += documents,
    }
}

/// The body named most often, the first by name among equals.
fn most_named(bodies: &Counts<'_>) -> Option<ValueCount> {
    bodies
        .iter()
        .max_by_key(|(body, documents)| (**documents, Reverse(**body)))
        .map(|(body, documents)| ValueCount {
            value: (*body).to_owned(),
            documents: *documents,
        })
}

#[cfg(test)]
mod tests;
