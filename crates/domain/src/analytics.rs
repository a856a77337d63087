//! The answer of a search: what a counterparty holds, in numbers.
//!
//! Its JSON is the contract of `GET /api/v1/analytics`. Whatever engine computed it, the same question has the same
//! answer; only `engine` and `elapsed_ms` may differ.

use crate::document::Role;
use crate::identifier::{Identifier, IdentifierKind};
use crate::language::Language;
use crate::registry::{DocumentKind, Registry};
use crate::status::Status;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The number of days ahead in which an expiry is announced.
pub const EXPIRING_WITHIN_DAYS: i64 = 90;

/// The most identifiers that one question may name.
pub const MOST_IDENTIFIERS: usize = 100;

/// A question: whose documents, in which role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalyticsQuery {
    /// The identifiers of the counterparty, each once; a document counts once, however many of them it carries.
    pub identifiers: Vec<Identifier>,
    /// Where the identifiers may stand.
    pub role: RoleFilter,
    /// Whether documents found through learned INN↔OGRN pairs are added.
    pub bridge: bool,
}

impl AnalyticsQuery {
    /// A question about these identifiers in any role, without the bridge. Repeated values are dropped.
    pub fn about(identifiers: impl IntoIterator<Item = Identifier>) -> Self {
        let mut unique: Vec<Identifier> = Vec::new();
        for identifier in identifiers {
            if !unique.iter().any(|known| known.value() == identifier.value()) {
                unique.push(identifier);
            }
        }
        Self {
            identifiers: unique,
            role: RoleFilter::Any,
            bridge: false,
        }
    }

    /// The identifiers as they are stored in documents.
    pub fn values(&self) -> Vec<String> {
        self.identifiers
            .iter()
            .map(|identifier| identifier.value().to_owned())
            .collect()
    }
}

/// In which role the asked identifiers must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleFilter {
    /// In any role.
    #[default]
    Any,
    /// As the applicant.
    Applicant,
    /// As the manufacturer.
    Manufacturer,
}

impl RoleFilter {
    /// The single role asked for; `None` for any.
    pub const fn only(self) -> Option<Role> {
        match self {
            Self::Any => None,
            Self::Applicant => Some(Role::Applicant),
            Self::Manufacturer => Some(Role::Manufacturer),
        }
    }
}

impl FromStr for RoleFilter {
    type Err = UnknownRole;

    fn from_str(key: &str) -> Result<Self, UnknownRole> {
        match key {
            "any" => Ok(Self::Any),
            "applicant" => Ok(Self::Applicant),
            "manufacturer" => Ok(Self::Manufacturer),
            other => Err(UnknownRole(other.chars().take(40).collect())),
        }
    }
}

/// The text is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no role; use `any`, `applicant` or `manufacturer`")]
pub struct UnknownRole(String);

/// Who computed an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// The search engine.
    ClickHouse,
    /// The fallback on the regular database.
    Postgres,
    /// An earlier answer that is still good.
    Cache,
}

impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ClickHouse => "clickhouse",
            Self::Postgres => "postgres",
            Self::Cache => "cache",
        })
    }
}

/// What a counterparty holds in the six registries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analytics {
    /// The asked identifiers, as understood.
    pub identifiers: Vec<IdentifierSummary>,
    /// Who computed the answer.
    pub engine: Engine,
    /// One entry for each of the six registries, in their usual order.
    pub registries: Vec<RegistrySummary>,
    /// Sums over all registries.
    pub totals: Totals,
    /// Documents by canonical status after the date rule; statuses without documents are left out.
    pub by_status: BTreeMap<Status, u64>,
    /// Documents by technical regulation, most first, then by code. A document under several counts under each, so
    /// these do not add up to the total.
    pub by_technical_regulation: Vec<TechnicalRegulationCount>,
    /// Documents in which an asked identifier stands in the role; one document may count in both.
    pub by_role: RoleCounts,
    /// Documents by month of registration, ascending; months without documents are left out.
    pub trend: Vec<TrendMonth>,
    /// What learned INN↔OGRN pairs added; empty unless the question asked for it.
    #[serde(default)]
    pub bridge: Bridge,
    /// Time that the search took, in milliseconds.
    pub elapsed_ms: f64,
}

impl Analytics {
    /// The answer for a counterparty without any document.
    pub fn empty(query: &AnalyticsQuery, engine: Engine, registries: Vec<RegistrySummary>) -> Self {
        Self {
            identifiers: query.identifiers.iter().map(IdentifierSummary::of).collect(),
            engine,
            registries,
            totals: Totals::default(),
            by_status: BTreeMap::new(),
            by_technical_regulation: Vec::new(),
            by_role: RoleCounts::default(),
            trend: Vec::new(),
            bridge: Bridge::default(),
            elapsed_ms: 0.0,
        }
    }
}

/// What was found through pairs of INN and OGRN that documents state together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bridge {
    /// The pairs that led from an asked identifier to another one, by asked and paired value.
    pub pairs: Vec<LearnedPair>,
    /// Documents of the answer that carry a paired identifier and none of the asked ones.
    pub documents: u64,
}

/// An identifier that documents state beside an asked one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnedPair {
    /// The asked identifier.
    pub asked: String,
    /// The identifier that was added.
    pub paired: String,
    /// Documents that state both in one party.
    pub documents: u64,
    /// Registration day of the earliest of them.
    pub first_registered: NaiveDate,
    /// Registration day of the latest of them.
    pub last_registered: NaiveDate,
}

/// An asked identifier as the answer repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentifierSummary {
    /// As stored and searched.
    pub value: String,
    /// The kinds that it can be.
    pub kinds: Vec<IdentifierKind>,
    /// Whether the rules of some kind hold.
    pub valid: bool,
    /// Why not, in English; `None` when valid.
    pub reason: Option<String>,
}

impl IdentifierSummary {
    /// The summary of one identifier.
    pub fn of(identifier: &Identifier) -> Self {
        Self {
            value: identifier.value().to_owned(),
            kinds: identifier.kinds().collect(),
            valid: identifier.is_valid(),
            reason: identifier.reason(Language::En),
        }
    }
}

/// One registry's part of the answer. Zero and unknown differ: `loaded` tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrySummary {
    /// Which registry.
    pub registry: Registry,
    /// Whether any data of the registry was ever loaded. If not, its zeros mean "unknown".
    pub loaded: bool,
    /// The day up to which the loaded data reach: the latest registration among its documents.
    pub data_date: Option<NaiveDate>,
    /// The counterparty's certificates.
    pub certificates: u64,
    /// The counterparty's declarations.
    pub declarations: u64,
}

impl RegistrySummary {
    /// Both kinds together.
    pub const fn documents(&self) -> u64 {
        self.certificates + self.declarations
    }
}

/// Sums over all registries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// All documents.
    pub documents: u64,
    /// Certificates among them.
    pub certificates: u64,
    /// Declarations among them.
    pub declarations: u64,
    /// Documents in force today: active, renewed and extended ones whose term has not ended.
    pub active: u64,
    /// Documents in force whose term ends between today and [`EXPIRING_WITHIN_DAYS`] days from today, both included.
    pub expiring_90d: u64,
    /// Foreign documents that are suspended or terminated on Russia's territory, whatever their registry says.
    #[serde(default)]
    pub not_valid_in_rf: u64,
}

/// Documents under one technical regulation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TechnicalRegulationCount {
    /// The regulation's code, `ТР ТС 004/2011`.
    pub code: String,
    /// Documents under it.
    pub documents: u64,
}

/// Documents by role of the asked identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoleCounts {
    /// An asked identifier is the applicant's.
    pub applicant: u64,
    /// An asked identifier is the manufacturer's.
    pub manufacturer: u64,
}

/// Documents registered in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrendMonth {
    /// The month.
    pub month: Month,
    /// Certificates registered in it.
    pub certificates: u64,
    /// Declarations registered in it.
    pub declarations: u64,
}

impl TrendMonth {
    /// Both kinds together.
    pub const fn documents(&self) -> u64 {
        self.certificates + self.declarations
    }

    /// The count of one kind.
    pub const fn of(&self, kind: DocumentKind) -> u64 {
        match kind {
            DocumentKind::Certificate => self.certificates,
            DocumentKind::Declaration => self.declarations,
        }
    }
}

pub use crate::trend::Month;
