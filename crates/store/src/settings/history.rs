//! Who changed which setting of a portal, when, from what to what.
//!
//! Rows are only added. A change is taken back by another change, whose row names it.

use super::PortalSettings;
use crate::{MemberId, Store, StoreError, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{Postgres, Transaction};
use std::fmt;
use std::str::FromStr;

const TABLE: &str = "settings_changes";
/// Changes that a page of the history shows at most.
const LISTED: u16 = 2_000;

/// Who changes settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsAuthor {
    /// Certlens itself: it found other fields.
    Service,
    /// The operator of this service.
    Operator,
    /// A user of the portal.
    User {
        /// The user's number.
        id: UserId,
        /// The user's name, where it is known.
        name: Option<String>,
    },
}

impl SettingsAuthor {
    const fn key(&self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Operator => "operator",
            Self::User { .. } => "user",
        }
    }

    fn read(key: &str, id: Option<i64>, name: Option<String>) -> Result<Self, StoreError> {
        match (key, id) {
            ("service", None) => Ok(Self::Service),
            ("operator", None) => Ok(Self::Operator),
            ("user", Some(id)) => Ok(Self::User { id: UserId(id), name }),
            _ => Err(StoreError::inconsistent(TABLE, "author")),
        }
    }
}

/// Something that is chosen for a portal. The keys are in the database and in links: they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// Where identifiers are read.
    FieldMapping,
    /// Whether identifiers are written into leads.
    LeadWriteBack,
    /// Where a card's chosen identifiers are repeated.
    MirrorField,
    /// As what, and how often, news appear.
    Notification,
    /// Who is responsible.
    Assignment,
    /// In which cards.
    NotifyScope,
    /// What becomes of the subscriptions of somebody who left.
    Departed,
    /// Who may subscribe.
    WhoMaySubscribe,
    /// In which language items are written.
    ItemLanguage,
}

/// The text names no setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a setting is one of field_mapping, lead_write_back, mirror_field, notification, assignment, notify_scope, \
     departed, who_may_subscribe, item_language"
)]
pub struct UnknownSetting;

impl Setting {
    /// All of them, in the order in which people see them.
    pub const ALL: [Self; 9] = [
        Self::FieldMapping,
        Self::LeadWriteBack,
        Self::MirrorField,
        Self::Notification,
        Self::Assignment,
        Self::NotifyScope,
        Self::Departed,
        Self::WhoMaySubscribe,
        Self::ItemLanguage,
    ];

    /// The key in the database.
    pub const fn key(self) -> &'static str {
        match self {
            Self::FieldMapping => "field_mapping",
            Self::LeadWriteBack => "lead_write_back",
            Self::MirrorField => "mirror_field",
            Self::Notification => "notification",
            Self::Assignment => "assignment",
            Self::NotifyScope => "notify_scope",
            Self::Departed => "departed",
            Self::WhoMaySubscribe => "who_may_subscribe",
            Self::ItemLanguage => "item_language",
        }
    }

    /// What the setting is in these settings, in the names of the interface for programs.
    pub fn of(self, settings: &PortalSettings) -> Value {
        let tracking = &settings.tracking;
        match self {
            Self::FieldMapping => json!({
                "lead": settings.field_mapping.lead,
                "deal": settings.field_mapping.deal,
                "company": settings.field_mapping.company,
                "source": settings.field_mapping_source.key(),
            }),
            Self::LeadWriteBack => json!(settings.lead_write_back),
            Self::MirrorField => json!(settings.mirror_field),
            Self::Notification => json!(tracking.notification),
            Self::Assignment => json!(tracking.assignment),
            Self::NotifyScope => json!(tracking.notify_scope),
            Self::Departed => json!(tracking.departed),
            Self::WhoMaySubscribe => json!(tracking.who_may_subscribe),
            Self::ItemLanguage => json!(tracking.item_language),
        }
    }
}

impl FromStr for Setting {
    type Err = UnknownSetting;

    fn from_str(key: &str) -> Result<Self, UnknownSetting> {
        Self::ALL
            .into_iter()
            .find(|setting| setting.key() == key)
            .ok_or(UnknownSetting)
    }
}

/// The number of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SettingsChangeId(pub i64);

impl fmt::Display for SettingsChangeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A change of one setting.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingsChanged {
    /// Its number.
    pub id: SettingsChangeId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: SettingsAuthor,
    /// What.
    pub setting: Setting,
    /// What it was, in the names of the interface for programs.
    pub before: Value,
    /// What it became.
    pub after: Value,
    /// The change that this one took back.
    pub reverts: Option<SettingsChangeId>,
}

struct Row {
    id: i64,
    changed_at: DateTime<Utc>,
    author: String,
    user_id: Option<i64>,
    user_name: Option<String>,
    setting: String,
    before: Value,
    after: Value,
    reverts: Option<i64>,
}

impl Row {
    fn read(self) -> Result<SettingsChanged, StoreError> {
        Ok(SettingsChanged {
            id: SettingsChangeId(self.id),
            at: self.changed_at,
            by: SettingsAuthor::read(&self.author, self.user_id, self.user_name)?,
            setting: self
                .setting
                .parse()
                .map_err(|_| StoreError::inconsistent(TABLE, "setting"))?,
            before: self.before,
            after: self.after,
            reverts: self.reverts.map(SettingsChangeId),
        })
    }
}

/// Notes every setting that differs.
pub(super) async fn note(
    transaction: &mut Transaction<'_, Postgres>,
    member_id: &MemberId,
    by: &SettingsAuthor,
    (before, after): (&PortalSettings, &PortalSettings),
    reverts: Option<SettingsChangeId>,
) -> Result<(), StoreError> {
    let (user_id, user_name) = match by {
        SettingsAuthor::User { id, name } => (Some(id.0), name.as_deref()),
        SettingsAuthor::Service | SettingsAuthor::Operator => (None, None),
    };
    for setting in Setting::ALL {
        let (before, after) = (setting.of(before), setting.of(after));
        if before == after {
            continue;
        }
        sqlx::query!(
            "INSERT INTO settings_changes (member_id, author, user_id, user_name, setting, before, after, reverts)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            member_id.as_str(),
            by.key(),
            user_id,
            user_name,
            setting.key(),
            before,
            after,
            reverts.map(|id| id.0),
        )
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

impl Store {
    /// The portal's changes of settings, the latest first: of one setting or all, those before a number.
    pub async fn settings_history(
        &self,
        member_id: &MemberId,
        setting: Option<Setting>,
        before: Option<SettingsChangeId>,
        limit: u16,
    ) -> Result<Vec<SettingsChanged>, StoreError> {
        let limit = i64::from(limit.min(LISTED));
        let before = before.map_or(i64::MAX, |id| id.0);
        // Two statements, so that each has the index that fits its order.
        let rows = match setting {
            None => {
                sqlx::query_as!(
                    Row,
                    "SELECT id, changed_at, author, user_id, user_name, setting, before, after, reverts
                     FROM settings_changes WHERE member_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
                    member_id.as_str(),
                    before,
                    limit,
                )
                .fetch_all(&self.pool)
                .await?
            }
            Some(setting) => {
                sqlx::query_as!(
                    Row,
                    "SELECT id, changed_at, author, user_id, user_name, setting, before, after, reverts
                     FROM settings_changes WHERE member_id = $1 AND setting = $4 AND id < $2
                     ORDER BY id DESC LIMIT $3",
                    member_id.as_str(),
                    before,
                    limit,
                    setting.key(),
                )
                .fetch_all(&self.pool)
                .await?
            }
        };
        rows.into_iter().map(Row::read).collect()
    }

    /// One of the portal's changes; `None` when the portal has none of this number.
    pub async fn settings_changed(
        &self,
        member_id: &MemberId,
        id: SettingsChangeId,
    ) -> Result<Option<SettingsChanged>, StoreError> {
        sqlx::query_as!(
            Row,
            "SELECT id, changed_at, author, user_id, user_name, setting, before, after, reverts
             FROM settings_changes WHERE member_id = $1 AND id = $2",
            member_id.as_str(),
            id.0,
        )
        .fetch_optional(&self.pool)
        .await?
        .map(Row::read)
        .transpose()
    }
}
