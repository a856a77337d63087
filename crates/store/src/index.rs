//! The index of a portal's CRM: which identifiers belong to which item, so that an open card needs no request to
//! the portal. Written by the crawl and by events ([`mod@write`]), read by cards ([`read`]).

pub mod read;
pub mod write;

pub use read::{IndexSize, IndexedCard};
pub(crate) use write::keys_of;

use crate::{CrmEntity, StoreError, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Where an item's identifier stands in the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierSource {
    /// In its company details.
    Requisite,
    /// In a mapped field of its own.
    Field,
}

impl IdentifierSource {
    /// The key in the database and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Requisite => "requisite",
            Self::Field => "field",
        }
    }
}

/// One identifier, as it stands in the portal and as it is searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedIdentifier {
    /// As it stands in the portal.
    pub value: String,
    /// Normalised; `None` when the value is no identifier.
    pub identifier: Option<String>,
    /// Where it stands.
    pub source: IdentifierSource,
    /// The field's name in the portal.
    pub source_name: String,
}

/// An item of a portal's CRM, as far as cards need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedItem {
    /// Which item.
    pub entity: CrmEntity,
    /// Its title.
    pub title: String,
    /// Who is responsible for it.
    pub responsible_id: Option<UserId>,
    /// Linked companies, the main one first. Empty for a company.
    pub company_ids: Vec<i64>,
    /// The sets of company details that belong to it, so that their events lead to it.
    pub requisite_ids: Vec<i64>,
    /// The portal's time of its last change, where known.
    pub modified_at: Option<DateTime<Utc>>,
    /// When the reading of this state began: taken before the request to the portal.
    pub read_at: DateTime<Utc>,
    /// Its own identifiers, in the order in which they are shown.
    pub identifiers: Vec<IndexedIdentifier>,
}

fn parsed<T: FromStr>(text: &str, table: &'static str, column: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::inconsistent(table, column))
}
