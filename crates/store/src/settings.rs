//! What the administrators of a portal chose, and what was found out for them to choose from.

mod tracking;

use crate::{EntityType, MemberId, Store, StoreError};
use certlens_domain::tracking::settings::TrackingSettings;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
pub use tracking::TrackingChange;

const TABLE: &str = "portal_settings";

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

/// A portal's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalSettings {
    /// Where identifiers are read.
    pub field_mapping: FieldMapping,
    /// Who made the mapping.
    pub field_mapping_source: FieldMappingSource,
    /// Whether an identifier that a user enters in a lead's card is written to the lead's first mapped field.
    pub lead_write_back: bool,
    /// Where a card's chosen identifiers are repeated.
    pub mirror_field: MirrorFields,
    /// The custom fields that the portal has, as they were found last.
    pub available_fields: AvailableFields,
    /// Who is told of news, how often, as what.
    pub tracking: TrackingSettings,
}

impl Default for PortalSettings {
    /// Settings of a portal where nothing was found out or chosen yet.
    fn default() -> Self {
        Self {
            field_mapping: FieldMapping::default(),
            field_mapping_source: FieldMappingSource::Detected,
            lead_write_back: true,
            mirror_field: MirrorFields::default(),
            available_fields: AvailableFields::default(),
            tracking: TrackingSettings::default(),
        }
    }
}

/// What an administrator chooses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsChange {
    /// Where identifiers are read from now on; `None` leaves it to detection again.
    pub field_mapping: Option<FieldMapping>,
    /// Whether an identifier that a user enters in a lead's card is written back.
    pub lead_write_back: bool,
    /// Where a card's chosen identifiers are repeated from now on.
    pub mirror_field: MirrorFields,
}

impl Store {
    /// The portal's settings; those of a new portal when none are stored.
    pub async fn settings(&self, member_id: &MemberId) -> Result<PortalSettings, StoreError> {
        let row = sqlx::query!(
            "SELECT field_mapping, field_mapping_source, lead_write_back, mirror_field, available_fields,
                    notification, assignment, notify_scope, departed
             FROM portal_settings WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else {
            return Ok(PortalSettings::default());
        };
        let inconsistent = |column| StoreError::inconsistent(TABLE, column);
        Ok(PortalSettings {
            field_mapping: serde_json::from_value(row.field_mapping)
                .map_err(|_| inconsistent("field_mapping"))?,
            field_mapping_source: match row.field_mapping_source.as_str() {
                "detected" => FieldMappingSource::Detected,
                "chosen" => FieldMappingSource::Chosen,
                _ => return Err(inconsistent("field_mapping_source")),
            },
            lead_write_back: row.lead_write_back,
            mirror_field: serde_json::from_value(row.mirror_field)
                .map_err(|_| inconsistent("mirror_field"))?,
            available_fields: serde_json::from_value(row.available_fields)
                .map_err(|_| inconsistent("available_fields"))?,
            tracking: tracking::Columns {
                notification: row.notification,
                assignment: row.assignment,
                notify_scope: row.notify_scope,
                departed: row.departed,
            }
            .read()?,
        })
    }

    /// Stores what an administrator chose. A chosen mapping stays until another is chosen or it is left to detection.
    pub async fn save_settings(
        &self,
        member_id: &MemberId,
        change: &SettingsChange,
    ) -> Result<(), StoreError> {
        let source = match change.field_mapping {
            Some(_) => FieldMappingSource::Chosen,
            None => FieldMappingSource::Detected,
        };
        let chosen = change.field_mapping.as_ref().map(Json);
        sqlx::query!(
            "INSERT INTO portal_settings AS settings (
                member_id, field_mapping, field_mapping_source, lead_write_back, mirror_field, available_fields)
             VALUES ($1, coalesce($2, '{}'::jsonb), $3, $4, $5, '{}')
             ON CONFLICT (member_id) DO UPDATE SET
                field_mapping = coalesce($2, settings.field_mapping),
                field_mapping_source = excluded.field_mapping_source,
                lead_write_back = excluded.lead_write_back,
                mirror_field = excluded.mirror_field,
                updated_at = now()",
            member_id.as_str(),
            chosen as Option<Json<&FieldMapping>>,
            source.key(),
            change.lead_write_back,
            Json(&change.mirror_field) as Json<&MirrorFields>,
        )
        .execute(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        Ok(())
    }

    /// Stores the custom fields that the portal has, and the mapping that they suggest, unless an administrator chose
    /// one. Whether the mapping in use changed: then the index is out of date.
    pub async fn note_detected_fields(
        &self,
        member_id: &MemberId,
        fields: &AvailableFields,
        suggested: &FieldMapping,
    ) -> Result<bool, StoreError> {
        sqlx::query_scalar!(
            "WITH before AS (SELECT field_mapping FROM portal_settings WHERE member_id = $1)
             INSERT INTO portal_settings AS settings (
                member_id, field_mapping, field_mapping_source, lead_write_back, available_fields)
             VALUES ($1, $2, 'detected', $4, $3)
             ON CONFLICT (member_id) DO UPDATE SET
                available_fields = excluded.available_fields,
                field_mapping = CASE settings.field_mapping_source
                    WHEN 'detected' THEN excluded.field_mapping ELSE settings.field_mapping END,
                updated_at = now()
             RETURNING field_mapping IS DISTINCT FROM (SELECT before.field_mapping FROM before) AS \"changed!\"",
            member_id.as_str(),
            Json(suggested) as Json<&FieldMapping>,
            Json(fields) as Json<&AvailableFields>,
            PortalSettings::default().lead_write_back,
        )
        .fetch_one(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))
    }
}
