//! What the administrators of a portal chose about tracking.

use certlens_domain::tracking::settings::{Departed, NotificationSettings, TrackingSettings};
use certlens_domain::tracking::{Assignment, NotifyScope};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::types::Json;

use super::TABLE;
use crate::{MemberId, Store, StoreError};

/// A change; `None` leaves as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrackingChange {
    /// As what, and how often.
    pub notification: Option<NotificationSettings>,
    /// Who is responsible.
    pub assignment: Option<Assignment>,
    /// In which cards.
    pub notify_scope: Option<NotifyScope>,
    /// What becomes of the subscriptions of somebody who left.
    pub departed: Option<Departed>,
}

/// The columns as they are stored; NULL: as a new portal has it.
pub(super) struct Columns {
    pub(super) notification: Option<Value>,
    pub(super) assignment: Option<Value>,
    pub(super) notify_scope: Option<String>,
    pub(super) departed: Option<Value>,
}

impl Columns {
    pub(super) fn read(self) -> Result<TrackingSettings, StoreError> {
        let new = TrackingSettings::default();
        Ok(TrackingSettings {
            notification: value(self.notification, "notification")?.unwrap_or(new.notification),
            assignment: value(self.assignment, "assignment")?.unwrap_or(new.assignment),
            notify_scope: match self.notify_scope {
                None => new.notify_scope,
                Some(key) => key
                    .parse()
                    .map_err(|_| StoreError::inconsistent(TABLE, "notify_scope"))?,
            },
            departed: value(self.departed, "departed")?.unwrap_or(new.departed),
        })
    }
}

fn value<T: DeserializeOwned>(stored: Option<Value>, column: &'static str) -> Result<Option<T>, StoreError> {
    stored
        .map(serde_json::from_value)
        .transpose()
        .map_err(|_| StoreError::inconsistent(TABLE, column))
}

impl Store {
    /// What the portal chose about tracking; as a new portal has it when nothing is stored.
    pub async fn tracking_settings(&self, member_id: &MemberId) -> Result<TrackingSettings, StoreError> {
        let row = sqlx::query_as!(
            Columns,
            "SELECT notification, assignment, notify_scope, departed FROM portal_settings WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map_or_else(|| Ok(TrackingSettings::default()), Columns::read)
    }

    /// Stores what an administrator chose about tracking. After a change of assignment, items that nobody could take are
    /// tried again at once.
    pub async fn save_tracking_settings(
        &self,
        member_id: &MemberId,
        change: &TrackingChange,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO portal_settings AS settings (
                member_id, field_mapping, field_mapping_source, lead_write_back, available_fields,
                notification, assignment, notify_scope, departed)
             VALUES ($1, '{}', 'detected', true, '{}', $2, $3, $4, $5)
             ON CONFLICT (member_id) DO UPDATE SET
                notification = coalesce(excluded.notification, settings.notification),
                assignment = coalesce(excluded.assignment, settings.assignment),
                notify_scope = coalesce(excluded.notify_scope, settings.notify_scope),
                departed = coalesce(excluded.departed, settings.departed),
                updated_at = now()",
            member_id.as_str(),
            change.notification.as_ref().map(Json) as Option<Json<&NotificationSettings>>,
            change.assignment.as_ref().map(Json) as Option<Json<&Assignment>>,
            change.notify_scope.map(NotifyScope::key),
            change.departed.as_ref().map(Json) as Option<Json<&Departed>>,
        )
        .execute(&self.pool)
        .await
        .map_err(|error| StoreError::of_write(error, member_id))?;
        if change.assignment.is_some() {
            self.wake_unassignable(member_id).await?;
        }
        Ok(())
    }
}
