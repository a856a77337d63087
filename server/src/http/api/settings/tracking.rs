//! The part of a portal's settings that says who is told of news, how often, as what.

use certlens_domain::tracking::settings::{DepartedAction, NotifyEvery, TrackingSettings};
use certlens_domain::tracking::subscribers::WhoMaySubscribe;
use certlens_domain::tracking::{AssignmentRule, ItemLanguage, NotificationKind, NotifyScope};
use certlens_portals::TrackingWish;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::http::error::{Problem, ProblemKind};

/// The settings as programs see them: those of the domain, under their own names.
#[derive(Debug, Serialize)]
pub(super) struct Tracking(TrackingSettings);

impl From<TrackingSettings> for Tracking {
    fn from(settings: TrackingSettings) -> Self {
        Self(settings)
    }
}

/// What is left out stays.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Notification {
    kind: Option<NotificationKind>,
    /// `null` leaves it to the service.
    #[serde(deserialize_with = "given")]
    every: Option<NotifyEvery>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Assignment {
    rules: Option<Vec<AssignmentRule>>,
    /// `null`: nobody.
    #[serde(deserialize_with = "given")]
    #[expect(clippy::option_option, reason = "left out and null differ")]
    fallback_user_id: Option<Option<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Departed {
    action: Option<DepartedAction>,
}

/// What is there, `null` included.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Takes what concerns tracking out of a change.
pub(super) fn wish_in(change: &mut Map<String, Value>) -> Result<TrackingWish, Problem> {
    let notification: Option<Notification> = part(change, "notification")?;
    let assignment: Option<Assignment> = part(change, "assignment")?;
    let notify_scope: Option<NotifyScope> = part(change, "notify_scope")?;
    let departed: Option<Departed> = part(change, "departed")?;
    let who_may_subscribe: Option<WhoMaySubscribe> = part(change, "who_may_subscribe")?;
    let item_language: Option<ItemLanguage> = part(change, "item_language")?;
    let notification = notification.unwrap_or_default();
    let assignment = assignment.unwrap_or_default();
    Ok(TrackingWish {
        kind: notification.kind,
        every: notification.every,
        rules: assignment.rules,
        fallback_user_id: assignment.fallback_user_id,
        notify_scope,
        departed: departed.and_then(|departed| departed.action),
        who_may_subscribe,
        item_language,
    })
}

fn part<T: DeserializeOwned>(
    change: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<T>, Problem> {
    change
        .remove(name)
        .map(serde_json::from_value)
        .transpose()
        .map_err(|error| {
            Problem::new(ProblemKind::ParameterInvalid)
                .field(name)
                .detail(error.to_string())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wish(change: Value) -> Result<TrackingWish, Problem> {
        let Value::Object(mut change) = change else {
            return Ok(TrackingWish::default());
        };
        let wish = wish_in(&mut change);
        assert!(wish.is_err() || change.keys().eq(["lead_write_back"]) || change.is_empty());
        wish
    }

    #[test]
    fn what_is_left_out_stays_and_null_is_a_choice() {
        let none = wish(json!({"lead_write_back": true})).unwrap();
        let null = wish(json!({
            "notification": {"every": null},
            "assignment": {"fallback_user_id": null},
        }))
        .unwrap();

        assert_eq!(none, TrackingWish::default());
        assert_eq!(
            null,
            TrackingWish {
                every: Some(NotifyEvery::Service),
                fallback_user_id: Some(None),
                ..TrackingWish::default()
            }
        );
    }
}
