//! What a card is about, and who looks at it: names for numbers that portals give.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The types of CRM items that have a card of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityType {
    /// A lead: a request that is not qualified yet.
    Lead,
    /// A deal.
    Deal,
    /// A company.
    Company,
}

impl EntityType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Lead, Self::Deal, Self::Company];

    /// The key in the database and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Deal => "deal",
            Self::Company => "company",
        }
    }
}

impl FromStr for EntityType {
    type Err = UnknownEntityType;

    fn from_str(key: &str) -> Result<Self, UnknownEntityType> {
        Self::ALL
            .into_iter()
            .find(|entity_type| entity_type.key() == key)
            .ok_or(UnknownEntityType)
    }
}

/// The text is no type of CRM items with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a card belongs to a lead, a deal or a company")]
pub struct UnknownEntityType;

/// One item of a portal's CRM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CrmEntity {
    /// Its type.
    pub entity_type: EntityType,
    /// Its number among items of this type.
    pub id: i64,
}

impl CrmEntity {
    /// The item of this type and number.
    pub const fn new(entity_type: EntityType, id: i64) -> Self {
        Self { entity_type, id }
    }
}

/// A user of one portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub i64);

impl fmt::Display for UserId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
