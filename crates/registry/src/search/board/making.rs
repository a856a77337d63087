//! A board in the making: what a number of documents that are alike adds to it. Pure.
//!
//! Both ways to a board end here: the fold adds documents one by one, cells add what an engine counted. Documents that fail no condition
//! of the filter count everywhere, those that fail a single one in the facet of that condition only.

use super::conditions::Failing;
use crate::search::filter::Condition;
use certlens_domain::analytics::{Engine, RoleCounts};
use certlens_domain::board::{
    Board, BoardFacts, BoardTotals, ByKind, EndsCell, MOST_VALUES, RegisteredCell, ValueCount, Values,
};
use certlens_domain::registry::{DocumentKind, Registry};
use certlens_domain::scheme::Production;
use certlens_domain::status::Status;
use certlens_domain::trend::Month;
use chrono::NaiveDate;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// Days of "the last year", which ends today.
pub(in crate::search) const DAYS_OF_A_YEAR: u64 = 365;

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

/// Where asked parties stand in documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) struct Standing {
    pub(in crate::search) applicant: bool,
    pub(in crate::search) manufacturer: bool,
    /// The documents are suspended or terminated on Russia's territory.
    pub(in crate::search) not_valid_in_rf: bool,
}

/// Documents by value of an open facet.
type Counts<Value> = HashMap<Value, u64>;
/// Documents by month, registry and kind.
type ByMonth = BTreeMap<(Month, Registry, DocumentKind), u64>;

/// The board so far. Its values are those of what is added.
pub(super) struct BoardInMaking<'added> {
    today: NaiveDate,
    /// Beginnings of positions that are listed; empty for any.
    groups_listed: &'added [String],
    totals: BoardTotals,
    registries: BTreeMap<Registry, ByKind>,
    kinds: ByKind,
    statuses: BTreeMap<Status, u64>,
    technical_regulations: Counts<&'added str>,
    product_groups: Counts<&'added str>,
    product_positions: Counts<&'added str>,
    certification_bodies: Counts<&'added str>,
    schemes: Counts<Cow<'added, str>>,
    production: BTreeMap<Production, u64>,
    origins: Counts<&'added str>,
    roles: RoleCounts,
    registered: ByMonth,
    ends: ByMonth,
    /// Documents of the last year by day.
    days: HashMap<NaiveDate, u64>,
    facts: BoardFacts,
    bodies_last_year: Counts<&'added str>,
    bodies_year_before: Counts<&'added str>,
}

impl<'added> BoardInMaking<'added> {
    /// Nothing yet; `tn_ved` are the chosen codes of the filter.
    pub(super) fn new(tn_ved: &'added [String], today: NaiveDate) -> Self {
        // Who has chosen groups looks for positions below them; who has chosen a position may want another one.
        let only_groups = tn_ved.iter().all(|first| first.len() == 2);
        Self {
            today,
            groups_listed: if only_groups { tn_ved } else { &[] },
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
            registered: ByMonth::new(),
            ends: ByMonth::new(),
            days: HashMap::new(),
            facts: BoardFacts::default(),
            bodies_last_year: Counts::new(),
            bodies_year_before: Counts::new(),
        }
    }

    /// Documents of a registry and kind, registered on this day.
    pub(super) fn add_registered(
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

    /// Documents with this status of the day.
    pub(super) fn add_status(
        &mut self,
        status: Status,
        kind: DocumentKind,
        failing: Failing,
        documents: u64,
    ) {
        if failing.at_most(Condition::Status) {
            *self.statuses.entry(status).or_default() += documents;
        }
        if failing.is_none() && status.is_active() {
            self.totals.active += documents;
            *match kind {
                DocumentKind::Certificate => &mut self.totals.active_certificates,
                DocumentKind::Declaration => &mut self.totals.active_declarations,
            } += documents;
        }
    }

    /// Documents in force that end on this day, which is today or later.
    pub(super) fn add_end(
        &mut self,
        end: NaiveDate,
        (registry, kind): (Registry, DocumentKind),
        failing: Failing,
        documents: u64,
    ) {
        if failing.at_most(Condition::Ends) {
            let cell = (Month::of(end), registry, kind);
            *self.ends.entry(cell).or_default() += documents;
        }
        if !failing.is_none() {
            return;
        }
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

    /// Documents of a certification body; `""`: none named.
    pub(super) fn add_body(&mut self, body: &'added str, year: InYear, failing: Failing, documents: u64) {
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

    /// Documents of a normalised scheme.
    pub(super) fn add_scheme(
        &mut self,
        scheme: Cow<'added, str>,
        production: Production,
        failing: Failing,
        documents: u64,
    ) {
        if failing.at_most(Condition::Scheme) {
            *self.schemes.entry(scheme).or_default() += documents;
        }
        if failing.at_most(Condition::Production) {
            *self.production.entry(production).or_default() += documents;
        }
    }

    /// Documents of manufacturers in this country.
    pub(super) fn add_origin(&mut self, country: &'added str, failing: Failing, documents: u64) {
        if failing.at_most(Condition::Origin) {
            *self.origins.entry(country).or_default() += documents;
        }
    }

    /// Documents in which the asked parties stand so.
    pub(super) const fn add_standing(&mut self, standing: Standing, failing: Failing, documents: u64) {
        if !failing.is_none() {
            return;
        }
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

    /// Documents under these technical regulations, each of which comes once.
    pub(super) fn add_regulations(
        &mut self,
        codes: impl IntoIterator<Item = &'added str>,
        failing: Failing,
        documents: u64,
    ) {
        if failing.at_most(Condition::TechnicalRegulation) {
            for code in codes {
                *self.technical_regulations.entry(code).or_default() += documents;
            }
        }
    }

    /// Documents with a code of TN VED that begins with these two or four digits.
    pub(super) fn add_first_digits(&mut self, digits: &'added str, failing: Failing, documents: u64) {
        if !failing.at_most(Condition::TnVed) {
            return;
        }
        let listed = self.groups_listed;
        if digits.len() == 2 {
            *self.product_groups.entry(digits).or_default() += documents;
        } else if listed.is_empty() || listed.iter().any(|group| digits.starts_with(group)) {
            *self.product_positions.entry(digits).or_default() += documents;
        }
    }

    /// The board; `engine` and `elapsed_ms` are left to the caller.
    pub(super) fn into_board(self) -> Board {
        let busiest_day = self
            .days
            .into_iter()
            .max_by_key(|(day, documents)| (*documents, *day));
        let registered = self.registered.into_iter();
        let ends = self.ends.into_iter();
        Board {
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
            registered: registered
                .map(|((month, registry, kind), documents)| RegisteredCell {
                    month,
                    registry,
                    kind,
                    documents,
                })
                .collect(),
            ends: ends
                .map(|((month, registry, kind), documents)| EndsCell {
                    month,
                    registry,
                    kind,
                    documents,
                })
                .collect(),
            facts: BoardFacts {
                busiest_day,
                body_last_year: most_named(self.bodies_last_year),
                body_year_before: most_named(self.bodies_year_before),
                ..self.facts
            },
            ..Board::empty(Engine::Postgres)
        }
    }
}

const fn add_kind(by_kind: &mut ByKind, kind: DocumentKind, documents: u64) {
    match kind {
        DocumentKind::Certificate => by_kind.certificates += documents,
        DocumentKind::Declaration => by_kind.declarations += documents,
    }
}

/// The most frequent values of an open facet.
fn values<Value: AsRef<str> + Ord>(counts: Counts<Value>) -> Values {
    let mut counts: Vec<(Value, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|(one, ones), (other, others)| others.cmp(ones).then_with(|| one.cmp(other)));
    let more = counts.len().saturating_sub(MOST_VALUES);
    counts.truncate(MOST_VALUES);
    let listed = counts.into_iter().map(|(value, documents)| ValueCount {
        value: value.as_ref().to_owned(),
        documents,
    });
    Values {
        listed: listed.collect(),
        more: more as u64,
    }
}

/// The body named most often, the first by name among equals.
fn most_named(bodies: Counts<&str>) -> Option<ValueCount> {
    bodies
        .into_iter()
        .max_by_key(|(body, documents)| (*documents, Reverse(*body)))
        .map(|(body, documents)| ValueCount {
            value: body.to_owned(),
            documents,
        })
}
