//! How fresh the loaded data are: per registry, what is there, up to which day, and how the last import went.
//!
//! Its JSON is the contract of `GET /api/v1/registries`. Zero documents and "not loaded" are different things.

use crate::registry::Registry;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// The freshness of one registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryFreshness {
    /// Which registry.
    pub registry: Registry,
    /// Whether any data of it was ever loaded.
    pub loaded: bool,
    /// The day up to which the loaded data reach: the latest registration among its documents.
    pub data_date: Option<NaiveDate>,
    /// Documents of the registry.
    pub documents: u64,
    /// The last import that read rows of the registry.
    pub last_import: Option<ImportRecord>,
}

/// How an import went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRecord {
    /// The source's name on the command line, `fsa-declarations`.
    pub source: String,
    /// The file, as it was named.
    pub input: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Rows of the file.
    pub read: u64,
    /// Documents that were not known before.
    pub new: u64,
    /// Documents that differed from what was stored.
    pub changed: u64,
    /// Rows that made no difference.
    pub unchanged: u64,
    /// Rows that made no sense.
    pub rejected: u64,
    /// Where the rejected rows are; `None` when there are none.
    pub rejects_file: Option<String>,
}
