//! The board of a card: what a counterparty holds, facet by facet, over the documents that fit a filter.
//!
//! Pure types, the same for both engines and for the page. A facet is one way to divide documents: by registry, by
//! status, by regulation. Its counts heed the whole filter except the filter's own condition on that facet, so that
//! who has chosen one regulation still sees the others and can change his mind.

use crate::analytics::{AnalyticsQuery, Engine, RoleCounts};
use crate::documents_page::DocumentFilter;
use crate::registry::{DocumentKind, Registry};
use crate::status::Status;
use crate::trend::Month;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most values that an open facet lists: regulations, positions of TN VED, bodies, schemes, countries.
pub const MOST_VALUES: usize = 60;

/// Whose documents, and which of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardQuery {
    /// Whose documents.
    pub about: AnalyticsQuery,
    /// Which of them.
    pub filter: DocumentFilter,
}

/// The numbers of a board. Statuses are those of the day of the search, after the rule of dates; "in force" means
/// active, renewed or extended then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Board {
    /// Who computed it.
    pub engine: Engine,
    /// Time that it took, in milliseconds.
    pub elapsed_ms: f64,
    /// Documents that fit the whole filter.
    pub totals: BoardTotals,
    /// By registry; registries without documents are left out. Heeds no chosen registries.
    pub by_registry: BTreeMap<Registry, ByKind>,
    /// By kind. Heeds no chosen kind.
    pub by_kind: ByKind,
    /// By status of the day; without zeros. Heeds no chosen statuses.
    pub by_status: BTreeMap<Status, u64>,
    /// By code of technical regulation. Heeds no chosen regulations. A document under several counts under each.
    pub by_technical_regulation: Values,
    /// By the first two digits of TN VED codes. Heeds no chosen codes. A document with several groups counts in each.
    pub by_product_group: Values,
    /// By the first four digits, as above; below the chosen group when the filter's codes are of two digits only.
    pub by_product_position: Values,
    /// By certification body as the registry writes it; `""`: none named. Heeds no chosen bodies.
    pub by_certification_body: Values,
    /// By conformity scheme ([`crate::scheme::normalised`]); `""`: none named. Heeds no chosen schemes.
    pub by_scheme: Values,
    /// By kind of production that the scheme stands for. Heeds no chosen production.
    pub by_production: BTreeMap<crate::scheme::Production, u64>,
    /// By country of the manufacturer, ISO alpha-2; `""`: unknown. Heeds no chosen countries.
    pub by_origin: Values,
    /// Documents that fit the whole filter, by role of the asked identifiers; one may count in both.
    pub by_role: RoleCounts,
    /// By month of registration, registry and kind, ascending. Heeds no chosen days of registration.
    pub registered: Vec<RegisteredCell>,
    /// Documents in force by month of their last day, from the month of today on, ascending; documents without a last
    /// day are left out. Heeds no chosen last days.
    pub ends: Vec<EndsCell>,
    /// What signals are made of, over documents that fit the whole filter.
    pub facts: BoardFacts,
}

impl Board {
    /// The board of a counterparty without documents.
    pub fn empty(engine: Engine) -> Self {
        Self {
            engine,
            elapsed_ms: 0.0,
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
}

/// Sums over the documents that fit the whole filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BoardTotals {
    /// All of them.
    pub documents: u64,
    /// Certificates among them.
    pub certificates: u64,
    /// Declarations among them.
    pub declarations: u64,
    /// In force today.
    pub active: u64,
    /// Certificates in force.
    pub active_certificates: u64,
    /// Declarations in force.
    pub active_declarations: u64,
    /// In force, with a last day from today to today + 30 days.
    pub expiring_30d: u64,
    /// The same up to 60 days.
    pub expiring_60d: u64,
    /// The same up to 90 days.
    pub expiring_90d: u64,
    /// Foreign documents that are suspended or terminated on Russia's territory.
    pub not_valid_in_rf: u64,
    /// Day of the earliest registration.
    pub first_registered: Option<NaiveDate>,
    /// Day of the latest registration.
    pub last_registered: Option<NaiveDate>,
    /// The next last day of a document in force, today or later.
    pub next_end: Option<NaiveDate>,
    /// Documents in force that end on that day.
    pub next_end_documents: u64,
}

/// Documents of both kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ByKind {
    /// Certificates.
    pub certificates: u64,
    /// Declarations.
    pub declarations: u64,
}

impl ByKind {
    /// Both together.
    pub const fn documents(self) -> u64 {
        self.certificates + self.declarations
    }

    /// Documents of one kind.
    pub const fn of(self, kind: DocumentKind) -> u64 {
        match kind {
            DocumentKind::Certificate => self.certificates,
            DocumentKind::Declaration => self.declarations,
        }
    }
}

/// An open facet: its most frequent values.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Values {
    /// Most documents first, then by value; at most [`MOST_VALUES`].
    pub listed: Vec<ValueCount>,
    /// How many further values there are.
    pub more: u64,
}

/// A value of an open facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueCount {
    /// The value.
    pub value: String,
    /// Documents that have it.
    pub documents: u64,
}

/// Documents of a registry and kind that were registered in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredCell {
    /// The month.
    pub month: Month,
    /// The registry.
    pub registry: Registry,
    /// The kind.
    pub kind: DocumentKind,
    /// How many.
    pub documents: u64,
}

/// Documents of a registry and kind whose term ends in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndsCell {
    /// The month.
    pub month: Month,
    /// The registry.
    pub registry: Registry,
    /// The kind.
    pub kind: DocumentKind,
    /// How many.
    pub documents: u64,
}

/// What signals are made of. "The last year" is the 365 days that end today, "the year before" the 365 before them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BoardFacts {
    /// Registered in the last year.
    pub last_year: u64,
    /// Registered in the year before.
    pub year_before: u64,
    /// The day of the last year on which most documents were registered (the latest such day), and how many.
    pub busiest_day: Option<(NaiveDate, u64)>,
    /// The body named in most documents of the last year (the first by name among equals), and in how many.
    pub body_last_year: Option<ValueCount>,
    /// The same of the year before.
    pub body_year_before: Option<ValueCount>,
}
