//! A page of documents: what a search finds, document by document.
//!
//! Its JSON is the contract of `GET /api/v1/documents`.

use crate::analytics::AnalyticsQuery;
use crate::document::{Document, Role};
use crate::registry::{DocumentKind, Registry};
use crate::scheme::Production;
use crate::status::Status;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// The most documents that one page holds.
pub const MOST_DOCUMENTS_A_PAGE: u32 = 200;

/// Which documents of a counterparty are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentsQuery {
    /// Whose documents.
    pub about: AnalyticsQuery,
    /// What else must hold of them.
    pub filter: DocumentFilter,
    /// In which order.
    pub order: DocumentsOrder,
    /// Only after this place of an earlier page in the same order.
    pub after: Option<PageCursor>,
    /// At most so many, 1 to [`MOST_DOCUMENTS_A_PAGE`].
    pub limit: u32,
}

impl DocumentsQuery {
    /// The `limit` newest documents, without a filter.
    pub fn newest(about: AnalyticsQuery, limit: u32) -> Self {
        let limit = limit.clamp(1, MOST_DOCUMENTS_A_PAGE);
        Self {
            about,
            filter: DocumentFilter::default(),
            order: DocumentsOrder::Newest,
            after: None,
            limit,
        }
    }
}

/// What must hold of the documents of a page. Values of one list are alternatives; an empty list allows everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DocumentFilter {
    /// The registry.
    pub registries: Vec<Registry>,
    /// The kind.
    pub kind: Option<DocumentKind>,
    /// The canonical status today, after the rule of dates.
    pub statuses: Vec<Status>,
    /// Codes of technical regulations, of which the document names at least one.
    pub technical_regulations: Vec<String>,
    /// Registered on this day or later.
    pub registered_from: Option<NaiveDate>,
    /// Registered on this day or earlier.
    pub registered_to: Option<NaiveDate>,
    /// A text within the product, in any case, or within the number in any spelling.
    pub text: Option<String>,
    /// First digits of TN VED codes, 2 to 10 of them: the document names a code that begins with one of these.
    pub tn_ved: Vec<String>,
    /// Certification bodies as registries write them; `""` stands for none named.
    pub certification_bodies: Vec<String>,
    /// Conformity schemes, normalised ([`crate::scheme::normalised`]); `""` stands for none named.
    pub schemes: Vec<String>,
    /// What the scheme stands for.
    pub production: Vec<Production>,
    /// Countries of the manufacturer, ISO alpha-2; `""` stands for unknown.
    pub origins: Vec<String>,
    /// The last day is this one or later; documents without a last day do not fit.
    pub ends_from: Option<NaiveDate>,
    /// The last day is this one or earlier; documents without a last day do not fit.
    pub ends_to: Option<NaiveDate>,
    /// Only foreign documents that are suspended or terminated on Russia's territory.
    pub not_valid_in_rf: bool,
}

/// In which order documents come. What is equal comes newest first, then by registry and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentsOrder {
    /// Latest registration first.
    #[default]
    Newest,
    /// Earliest registration first.
    Oldest,
    /// Earliest last day first; documents without one at the end.
    EndsFirst,
    /// Latest last day first; documents without one at the beginning.
    EndsLast,
}

impl DocumentsOrder {
    /// All orders.
    pub const ALL: [Self; 4] = [Self::Newest, Self::Oldest, Self::EndsFirst, Self::EndsLast];

    /// The key in addresses.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::EndsFirst => "ends_first",
            Self::EndsLast => "ends_last",
        }
    }

    /// The order with this key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.key() == key)
    }
}

/// A place in an order: the last document of a page, with all that any order compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageCursor {
    /// The order of the pages; a cursor of the times before there were several has none, and means the newest first.
    #[serde(default)]
    pub order: DocumentsOrder,
    /// Registration day of the last document seen.
    pub registered_on: NaiveDate,
    /// Its last day; `None` for no limit.
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
    /// Its registry.
    pub registry: Registry,
    /// Its key within the registry.
    pub document_key: String,
}

/// A page of documents and the place where the next one begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentsPage {
    /// The documents, in the order that was asked for.
    pub items: Vec<FoundDocument>,
    /// Where the next page begins; `None` when this is the last one.
    pub next: Option<PageCursor>,
}

/// A document with the way in which the search found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundDocument {
    /// The document. Its status is the one of the day of the search, after the date rule.
    #[serde(flatten)]
    pub document: Document,
    /// The document's key within its registry: finds its history.
    pub key: String,
    /// The role of an asked identifier; the applicant's when it stands in both.
    pub role: Role,
    /// On what the match rests.
    #[serde(rename = "match")]
    pub match_basis: MatchBasis,
    /// The status on Russia's territory where it differs from the registry's; `None` when nothing is known.
    pub rf_status: Option<Status>,
}

impl FoundDocument {
    /// Certificate or declaration.
    pub const fn kind(&self) -> DocumentKind {
        self.document.kind
    }
}

/// A change of status that a load brought. What a document began with is the `from` of its first change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChange {
    /// When the load was stored. The registry may have changed the status any time before it.
    pub seen_at: DateTime<Utc>,
    /// Canonical status before, without the rule of dates.
    pub from_status: Status,
    /// The registry's own word before.
    pub from_label: String,
    /// Canonical status after.
    pub to_status: Status,
    /// The registry's own word after.
    pub to_label: String,
}

/// On what the match of a document with an identifier rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchBasis {
    /// The identifier stands in an identifier field of the registry.
    Id,
    /// The identifier was found inside a text of the registry.
    IdInText,
    /// The document carries none of the asked identifiers, but one that other documents state beside one of them.
    Bridge,
}
