//! What the administrators of a portal chose, and what was found out for them to choose from.

//!
//! Every change keeps its author and both values ([`history`]); it happens in one statement of one transaction, so that
//! two administrators who change different things at once both get what they asked for.

mod fields;
pub mod history;
mod tracking;

use crate::{MemberId, Store, StoreError};
use certlens_domain::tracking::settings::{Departed, NotificationSettings, TrackingSettings};
use certlens_domain::tracking::subscribers::WhoMaySubscribe;
use certlens_domain::tracking::{Assignment, ItemLanguage, NotifyScope};
pub use fields::{AvailableFields, CustomField, FieldMapping, FieldMappingSource, MirrorFields};
pub use history::{SettingsAuthor, SettingsChangeId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{Postgres, Transaction};
pub use tracking::TrackingChange;

const TABLE: &str = "portal_settings";

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

/// What a change does to the field mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MappingChoice {
    /// Leaves it to detection; what is mapped now stays until the next one.
    Detected,
    /// These fields, until others are chosen or it is left to detection.
    Chosen(FieldMapping),
}

/// A change of settings; `None` leaves as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// Where identifiers are read from now on.
    pub field_mapping: Option<MappingChoice>,
    /// Whether an identifier that a user enters in a lead's card is written back.
    pub lead_write_back: Option<bool>,
    /// Where a card's chosen identifiers are repeated from now on.
    pub mirror_field: Option<MirrorFields>,
    /// Who is told of news, how often, as what.
    pub tracking: TrackingChange,
}

/// The columns as they are stored.
struct Row {
    field_mapping: Value,
    field_mapping_source: String,
    lead_write_back: bool,
    mirror_field: Value,
    available_fields: Value,
    notification: Option<Value>,
    assignment: Option<Value>,
    notify_scope: Option<String>,
    departed: Option<Value>,
    who_may_subscribe: Option<Value>,
    item_language: Option<String>,
}

impl Row {
    fn read(self) -> Result<PortalSettings, StoreError> {
        let inconsistent = |column| StoreError::inconsistent(TABLE, column);
        Ok(PortalSettings {
            field_mapping: serde_json::from_value(self.field_mapping)
                .map_err(|_| inconsistent("field_mapping"))?,
            field_mapping_source: match self.field_mapping_source.as_str() {
                "detected" => FieldMappingSource::Detected,
                "chosen" => FieldMappingSource::Chosen,
                _ => return Err(inconsistent("field_mapping_source")),
            },
            lead_write_back: self.lead_write_back,
            mirror_field: serde_json::from_value(self.mirror_field)
                .map_err(|_| inconsistent("mirror_field"))?,
            available_fields: serde_json::from_value(self.available_fields)
                .map_err(|_| inconsistent("available_fields"))?,
            tracking: tracking::Columns {
                notification: self.notification,
                assignment: self.assignment,
                notify_scope: self.notify_scope,
                departed: self.departed,
                who_may_subscribe: self.who_may_subscribe,
                item_language: self.item_language,
            }
            .read()?,
        })
    }
}

impl Store {
    /// The portal's settings; those of a new portal when none are stored.
    pub async fn settings(&self, member_id: &MemberId) -> Result<PortalSettings, StoreError> {
        sqlx::query_as!(
            Row,
            "SELECT field_mapping, field_mapping_source, lead_write_back, mirror_field, available_fields,
                    notification, assignment, notify_scope, departed, who_may_subscribe, item_language
             FROM portal_settings WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?
        .map_or_else(|| Ok(PortalSettings::default()), Row::read)
    }

    /// Stores what somebody chose, and notes who changed what from what to what; the settings afterwards. What is as
    /// it was already is no change. All or nothing; changes of one portal take turns. After a change of assignment, items
    /// that nobody could take are tried again at once.
    pub async fn change_settings(
        &self,
        member_id: &MemberId,
        by: &SettingsAuthor,
        change: &SettingsChange,
        reverts: Option<SettingsChangeId>,
    ) -> Result<PortalSettings, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let before = locked(&mut transaction, member_id).await?;
        let (chosen, source) = match &change.field_mapping {
            None => (None, None),
            Some(MappingChoice::Detected) => (None, Some(FieldMappingSource::Detected)),
            Some(MappingChoice::Chosen(mapping)) => (Some(Json(mapping)), Some(FieldMappingSource::Chosen)),
        };
        let tracking = &change.tracking;
        let after = sqlx::query_as!(
            Row,
            "UPDATE portal_settings AS settings SET
                field_mapping = coalesce($2, field_mapping),
                field_mapping_source = coalesce($3, field_mapping_source),
                lead_write_back = coalesce($4, lead_write_back),
                mirror_field = coalesce($5, mirror_field),
                notification = coalesce($6, notification),
                assignment = coalesce($7, assignment),
                notify_scope = coalesce($8, notify_scope),
                departed = coalesce($9, departed),
                who_may_subscribe = coalesce($10, who_may_subscribe),
                item_language = coalesce($11, item_language),
                updated_at = now()
             WHERE member_id = $1
             RETURNING field_mapping, field_mapping_source, lead_write_back, mirror_field, available_fields,
                       notification, assignment, notify_scope, departed, who_may_subscribe, item_language",
            member_id.as_str(),
            chosen as Option<Json<&FieldMapping>>,
            source.map(FieldMappingSource::key),
            change.lead_write_back,
            change.mirror_field.as_ref().map(Json) as Option<Json<&MirrorFields>>,
            tracking.notification.as_ref().map(Json) as Option<Json<&NotificationSettings>>,
            tracking.assignment.as_ref().map(Json) as Option<Json<&Assignment>>,
            tracking.notify_scope.map(NotifyScope::key),
            tracking.departed.as_ref().map(Json) as Option<Json<&Departed>>,
            tracking.who_may_subscribe.as_ref().map(Json) as Option<Json<&WhoMaySubscribe>>,
            tracking.item_language.map(ItemLanguage::key),
        )
        .fetch_one(&mut *transaction)
        .await?
        .read()?;
        history::note(&mut transaction, member_id, by, (&before, &after), reverts).await?;
        transaction.commit().await?;
        if tracking.assignment.is_some() {
            // Whom the former rules did not find, the new ones may.
            self.wake_unassignable(member_id).await?;
        }
        Ok(after)
    }

    /// Stores the custom fields that the portal has, and the mapping that they suggest, unless an administrator chose
    /// one. Whether the mapping in use changed: then the index is out of date.
    pub async fn note_detected_fields(
        &self,
        member_id: &MemberId,
        fields: &AvailableFields,
        suggested: &FieldMapping,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let is_first = is_first_detection(&mut transaction, member_id).await?;
        let before = locked(&mut transaction, member_id).await?;
        let after = sqlx::query_as!(
            Row,
            "UPDATE portal_settings AS settings SET
                available_fields = $3,
                field_mapping = CASE field_mapping_source WHEN 'detected' THEN $2 ELSE field_mapping END,
                updated_at = now()
             WHERE member_id = $1
             RETURNING field_mapping, field_mapping_source, lead_write_back, mirror_field, available_fields,
                       notification, assignment, notify_scope, departed, who_may_subscribe, item_language",
            member_id.as_str(),
            Json(suggested) as Json<&FieldMapping>,
            Json(fields) as Json<&AvailableFields>,
        )
        .fetch_one(&mut *transaction)
        .await?
        .read()?;
        let author = &SettingsAuthor::Service;
        history::note(&mut transaction, member_id, author, (&before, &after), None).await?;
        transaction.commit().await?;
        Ok(is_first || before.field_mapping != after.field_mapping)
    }
}

/// Whether nothing is stored of the portal's settings yet.
async fn is_first_detection(
    transaction: &mut Transaction<'_, Postgres>,
    member_id: &MemberId,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        "SELECT NOT EXISTS (SELECT FROM portal_settings WHERE member_id = $1) AS \"is_first!\"",
        member_id.as_str(),
    )
    .fetch_one(&mut **transaction)
    .await?)
}

/// The settings as they are, with their row locked; a row comes into being where there is none.
async fn locked(
    transaction: &mut Transaction<'_, Postgres>,
    member_id: &MemberId,
) -> Result<PortalSettings, StoreError> {
    sqlx::query!(
        "INSERT INTO portal_settings (
            member_id, field_mapping, field_mapping_source, lead_write_back, available_fields)
         VALUES ($1, '{}', 'detected', $2, '{}')
         ON CONFLICT (member_id) DO NOTHING",
        member_id.as_str(),
        PortalSettings::default().lead_write_back,
    )
    .execute(&mut **transaction)
    .await
    .map_err(|error| StoreError::of_write(error, member_id))?;
    sqlx::query_as!(
        Row,
        "SELECT field_mapping, field_mapping_source, lead_write_back, mirror_field, available_fields,
                notification, assignment, notify_scope, departed, who_may_subscribe, item_language
         FROM portal_settings WHERE member_id = $1 FOR UPDATE",
        member_id.as_str(),
    )
    .fetch_one(&mut **transaction)
    .await?
    .read()
}
