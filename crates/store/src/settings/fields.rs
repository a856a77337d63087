//! Custom fields of a portal: those that there are, those that are read, those that are written.

use crate::EntityType;
use serde::{Deserialize, Serialize};

/// Per type of card: the custom fields that hold identifiers, in the order in which they are read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldMapping {
    /// Fields of leads.
    pub lead: Vec<String>,
    /// Fields of deals.
    pub deal: Vec<String>,
    /// Fields of companies, besides their company details.
    pub company: Vec<String>,
}

impl FieldMapping {
    /// The fields of one type of card.
    pub fn of(&self, entity_type: EntityType) -> &[String] {
        match entity_type {
            EntityType::Lead => &self.lead,
            EntityType::Deal => &self.deal,
            EntityType::Company => &self.company,
        }
    }
}

/// Who made the field mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldMappingSource {
    /// It was guessed from the fields' names; a new guess replaces it.
    Detected,
    /// An administrator chose it; no guess replaces it.
    Chosen,
}

impl FieldMappingSource {
    /// The key in the database and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Detected => "detected",
            Self::Chosen => "chosen",
        }
    }
}

/// A custom field of the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomField {
    /// Its name in the portal's interface.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Its type in the portal's terms.
    #[serde(rename = "type")]
    pub field_type: String,
}

/// Per type of card: the custom fields that the portal has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AvailableFields {
    /// Fields of leads.
    pub lead: Vec<CustomField>,
    /// Fields of deals.
    pub deal: Vec<CustomField>,
    /// Fields of companies.
    pub company: Vec<CustomField>,
}

impl AvailableFields {
    /// The fields of one type of card.
    pub fn of(&self, entity_type: EntityType) -> &[CustomField] {
        match entity_type {
            EntityType::Lead => &self.lead,
            EntityType::Deal => &self.deal,
            EntityType::Company => &self.company,
        }
    }
}

/// Per type of card: the custom field that repeats the card's chosen identifiers; `None` where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MirrorFields {
    /// Of leads.
    pub lead: Option<String>,
    /// Of deals.
    pub deal: Option<String>,
    /// Of companies.
    pub company: Option<String>,
}

impl MirrorFields {
    /// The field of one type of card.
    pub fn of(&self, entity_type: EntityType) -> Option<&str> {
        match entity_type {
            EntityType::Lead => self.lead.as_deref(),
            EntityType::Deal => self.deal.as_deref(),
            EntityType::Company => self.company.as_deref(),
        }
    }
}
