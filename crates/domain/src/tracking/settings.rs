//! What a portal's administrators choose about tracking. The names are those of the interface for programs. Pure.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::subscribers::WhoMaySubscribe;
use super::{Assignment, ItemLanguage, NotificationKind, NotifyScope, UnknownKey};
use crate::duration::ShortDuration;

/// Items are sent no more often than this by a schedule; who wants them sooner wants them at once.
pub const SHORTEST_INTERVAL: Duration = Duration::from_mins(5);
/// And no more seldom.
pub const LONGEST_INTERVAL: Duration = Duration::from_hours(31 * 24);

const AT_ONCE: &str = "at_once";

/// How often a portal's news become items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NotifyEvery {
    /// As often as the service does by itself (`CERTLENS_NOTIFY_EVERY`).
    #[default]
    Service,
    /// After each recount.
    AtOnce,
    /// At this interval, from [`SHORTEST_INTERVAL`] to [`LONGEST_INTERVAL`].
    Every(Duration),
}

/// The text is no interval for items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "items are sent at_once or at an interval of 5m to 31d, such as 2h30m; null leaves it to the service"
)]
pub struct MalformedInterval;

impl FromStr for NotifyEvery {
    type Err = MalformedInterval;

    fn from_str(text: &str) -> Result<Self, MalformedInterval> {
        if text == AT_ONCE {
            return Ok(Self::AtOnce);
        }
        let duration: ShortDuration = text.parse().map_err(|_| MalformedInterval)?;
        let is_sensible = (SHORTEST_INTERVAL..=LONGEST_INTERVAL).contains(&duration.get());
        is_sensible
            .then(|| Self::Every(duration.get()))
            .ok_or(MalformedInterval)
    }
}

impl NotifyEvery {
    /// The text of settings; `None` where the service decides.
    pub fn text(self) -> Option<String> {
        match self {
            Self::Service => None,
            Self::AtOnce => Some(AT_ONCE.to_owned()),
            Self::Every(interval) => {
                ShortDuration::from_seconds(interval.as_secs()).map(|text| text.to_string())
            }
        }
    }
}

impl Serialize for NotifyEvery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for NotifyEvery {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Option::<String>::deserialize(deserializer)? {
            None => Ok(Self::Service),
            Some(text) => text.parse().map_err(D::Error::custom),
        }
    }
}

/// As what, and how often, news appear in the CRM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotificationSettings {
    /// As what.
    #[serde(default = "todo")]
    pub kind: NotificationKind,
    /// How often.
    #[serde(default)]
    pub every: NotifyEvery,
}

const fn todo() -> NotificationKind {
    NotificationKind::Todo
}

impl Default for NotificationSettings {
    fn default() -> Self {
        Self {
            kind: todo(),
            every: NotifyEvery::default(),
        }
    }
}

/// What becomes of the subscriptions of somebody who left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepartedAction {
    /// They are archived, and come back with the user.
    #[default]
    Archive,
    /// They go to whoever is responsible for the card; where nobody is, they are archived until somebody is.
    HandOver,
}

impl DepartedAction {
    /// All of them, in the order in which people choose.
    pub const ALL: [Self; 2] = [Self::Archive, Self::HandOver];

    /// The key in the database, in JSON and in settings; it never changes.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::HandOver => "hand_over",
        }
    }
}

impl fmt::Display for DepartedAction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.key())
    }
}

impl FromStr for DepartedAction {
    type Err = UnknownKey;

    fn from_str(key: &str) -> Result<Self, UnknownKey> {
        Self::ALL
            .into_iter()
            .find(|action| action.key() == key)
            .ok_or(UnknownKey {
                kind: "action for departed users",
                known: "archive, hand_over",
            })
    }
}

/// The same as an object, which may learn more one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departed {
    /// What becomes of their subscriptions.
    #[serde(default)]
    pub action: DepartedAction,
}

/// Everything that a portal chooses about tracking. The default is that of a new portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackingSettings {
    /// As what, and how often.
    pub notification: NotificationSettings,
    /// Who is responsible.
    pub assignment: Assignment,
    /// In which cards.
    pub notify_scope: NotifyScope,
    /// What becomes of the subscriptions of somebody who left.
    pub departed: Departed,
    /// Who may subscribe.
    pub who_may_subscribe: WhoMaySubscribe,
    /// In which language items and entries of timelines are written.
    pub item_language: ItemLanguage,
}

impl Default for TrackingSettings {
    fn default() -> Self {
        Self {
            notification: NotificationSettings::default(),
            assignment: Assignment::default(),
            notify_scope: NotifyScope::Card,
            departed: Departed::default(),
            who_may_subscribe: WhoMaySubscribe::default(),
            item_language: ItemLanguage::Portal,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    #[rstest]
    #[case(json!(null), NotifyEvery::Service)]
    #[case(json!("at_once"), NotifyEvery::AtOnce)]
    #[case(json!("2h30m"), NotifyEvery::Every(Duration::from_mins(150)))]
    #[case(json!("5m"), NotifyEvery::Every(SHORTEST_INTERVAL))]
    #[case(json!("31d"), NotifyEvery::Every(LONGEST_INTERVAL))]
    fn interval_reads_as_it_is_written(#[case] text: Value, #[case] expected: NotifyEvery) {
        let read: NotifyEvery = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(read, expected);
        assert_eq!(serde_json::to_value(read).unwrap(), text);
    }

    #[rstest]
    #[case(json!("4m59s"))]
    #[case(json!("31d1s"))]
    #[case(json!("never"))]
    #[case(json!(""))]
    #[case(json!(150))]
    fn what_is_no_sensible_interval_is_refused(#[case] text: Value) {
        assert!(serde_json::from_value::<NotifyEvery>(text).is_err());
    }

    #[test]
    fn settings_of_a_new_portal_are_those_of_empty_objects() {
        assert_eq!(
            serde_json::from_str::<NotificationSettings>("{}").unwrap(),
            TrackingSettings::default().notification
        );
        assert_eq!(
            serde_json::from_str::<Departed>("{}").unwrap(),
            TrackingSettings::default().departed
        );
        assert_eq!(
            serde_json::to_value(TrackingSettings::default()).unwrap(),
            json!({
                "notification": {"kind": "todo", "every": null},
                "assignment": {
                    "rules": ["responsible", "subscriber", "fallback", "department_head"],
                    "fallback_user_id": null
                },
                "notify_scope": "card",
                "departed": {"action": "archive"},
                "who_may_subscribe": {"who": "everybody"},
                "item_language": "portal",
            })
        );
    }
}
