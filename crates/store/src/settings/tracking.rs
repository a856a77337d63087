//! What the administrators of a portal chose about tracking.

use certlens_domain::tracking::settings::{Departed, NotificationSettings, TrackingSettings};
use certlens_domain::tracking::subscribers::WhoMaySubscribe;
use certlens_domain::tracking::{Assignment, ItemLanguage, NotifyScope};
use serde::de::DeserializeOwned;
use serde_json::Value;

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
    /// Who may subscribe.
    pub who_may_subscribe: Option<WhoMaySubscribe>,
    /// In which language items are written.
    pub item_language: Option<ItemLanguage>,
}

/// The columns as they are stored; NULL: as a new portal has it.
pub(super) struct Columns {
    pub(super) notification: Option<Value>,
    pub(super) assignment: Option<Value>,
    pub(super) notify_scope: Option<String>,
    pub(super) departed: Option<Value>,
    pub(super) who_may_subscribe: Option<Value>,
    pub(super) item_language: Option<String>,
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
            who_may_subscribe: value(self.who_may_subscribe, "who_may_subscribe")?
                .unwrap_or(new.who_may_subscribe),
            item_language: match self.item_language {
                None => new.item_language,
                Some(key) => key
                    .parse()
                    .map_err(|_| StoreError::inconsistent(TABLE, "item_language"))?,
            },
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
            "SELECT notification, assignment, notify_scope, departed, who_may_subscribe, item_language
             FROM portal_settings WHERE member_id = $1",
            member_id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map_or_else(|| Ok(TrackingSettings::default()), Columns::read)
    }
}
