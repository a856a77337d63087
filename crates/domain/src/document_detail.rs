//! One document with all that is known of it: its fields, both statuses, how they changed, how fresh that is.
//!
//! Its JSON is the contract of `GET /api/v1/documents/{registry}/{key}`; [`NumberMatch`] is that of a look-up by number.

use crate::document::{Document, Party};
use crate::documents_page::StatusChange;
use crate::registry::Registry;
use crate::status::Status;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// The most documents that a look-up by number gives.
pub const MOST_NUMBER_MATCHES: usize = 20;

/// The fewest letters and digits of a number that are looked for as the beginning of longer ones.
pub const SHORTEST_NUMBER_BEGINNING: usize = 8;

/// A document with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentDetail {
    /// The document. Its status is the one of the day of the search, after the rule of dates.
    #[serde(flatten)]
    pub document: Document,
    /// The document's key within its registry.
    pub key: String,
    /// The status as the last load gave it, before the rule of dates ([`Status::on`]).
    pub stored_status: Status,
    /// The status on Russia's territory where it differs from the registry's; `None` when nothing is known.
    pub rf_status: Option<Status>,
    /// The words of the list that says so; `None` without such a status.
    pub rf_status_label: Option<String>,
    /// The changes of the status that loads brought, earliest first; empty when it never changed.
    pub history: Vec<StatusChange>,
    /// When a load brought the document for the first time.
    pub first_seen: DateTime<Utc>,
    /// When a load changed it last; `None` when it is still as it came.
    pub updated_at: Option<DateTime<Utc>>,
    /// The day up to which the loaded data of its registry reach: the latest registration among its documents.
    pub data_date: Option<NaiveDate>,
}

impl DocumentDetail {
    /// Whether the term ended since the load: the registry's word is older than the day of the search.
    pub fn expired_since_load(&self) -> bool {
        self.document.status != self.stored_status
    }
}

/// A document that a look-up by number found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberMatch {
    /// The registry that published it.
    pub registry: Registry,
    /// The document's key within its registry.
    pub key: String,
    /// The number as the registry writes it.
    pub number: String,
    /// Day of registration.
    pub registered_on: NaiveDate,
    /// Who answers for conformity: holder of the certificate or declarant.
    pub applicant: Party,
    /// Canonical status on the day of the search, after the rule of dates.
    pub status: Status,
    /// The number is the asked one; otherwise it only begins so.
    pub exact: bool,
}
