//! Who is told of news, how often, as what: what an administrator asks for, and why it may be refused.

use certlens_domain::people::Standing;
use certlens_domain::tracking::settings::{
    Departed, DepartedAction, NotificationSettings, NotifyEvery, TrackingSettings,
};
use certlens_domain::tracking::subscribers::{UnusableChoice, WhoMaySubscribe};
use certlens_domain::tracking::{
    Assignment, AssignmentRule, ItemLanguage, NotificationKind, NotifyScope, UnusableAssignment,
};
use certlens_store::{MemberId, Store, TrackingChange};
use chrono::Utc;

use super::SettingsRefused;
use crate::error::PortalsError;

/// A change; `None` leaves as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrackingWish {
    /// As what news appear.
    pub kind: Option<NotificationKind>,
    /// How often.
    pub every: Option<NotifyEvery>,
    /// The rules of assignment in their order.
    pub rules: Option<Vec<AssignmentRule>>,
    /// The user for the rule `fallback`; `Some(None)`: none from now on.
    pub fallback_user_id: Option<Option<u64>>,
    /// In which cards.
    pub notify_scope: Option<NotifyScope>,
    /// What becomes of the subscriptions of somebody who left.
    pub departed: Option<DepartedAction>,
    /// Who may subscribe.
    pub who_may_subscribe: Option<WhoMaySubscribe>,
    /// In which language items are written.
    pub item_language: Option<ItemLanguage>,
}

/// Why a choice is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrackingRefused {
    /// Nobody could be chosen by it.
    #[error(transparent)]
    Assignment(#[from] UnusableAssignment),
    /// The fallback user left.
    #[error("user {0} has left the portal; choose another fallback_user_id")]
    FallbackLeft(u64),
    /// The portal does not list the fallback user.
    #[error("the portal lists no user {0}; choose another fallback_user_id")]
    FallbackUnknown(u64),
    /// Nobody could subscribe by it.
    #[error(transparent)]
    Subscribers(#[from] UnusableChoice),
    /// A chosen user left.
    #[error("user {0} has left the portal and can't subscribe; choose somebody else")]
    SubscriberLeft(u64),
    /// The portal does not list a chosen user.
    #[error("the portal lists no user {0}; choose somebody else who may subscribe")]
    SubscriberUnknown(u64),
}

impl TrackingRefused {
    /// The setting that the refusal is about, by its name in the interface for programs.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Assignment(_) | Self::FallbackLeft(_) | Self::FallbackUnknown(_) => "assignment",
            Self::Subscribers(_) | Self::SubscriberLeft(_) | Self::SubscriberUnknown(_) => {
                "who_may_subscribe"
            }
        }
    }
}

/// What is to be stored.
pub(super) async fn after(
    store: &Store,
    member_id: &MemberId,
    present: &TrackingSettings,
    wish: &TrackingWish,
) -> Result<TrackingChange, SettingsRefused> {
    let change = merged(present, wish)?;
    // Only new ones are looked at: who wants to change the rules need not replace somebody who left meanwhile.
    let fallback = change
        .assignment
        .as_ref()
        .and_then(|assignment| assignment.fallback_user_id)
        .filter(|id| present.assignment.fallback_user_id != Some(*id));
    let subscribers: Vec<u64> = change
        .who_may_subscribe
        .iter()
        .flat_map(WhoMaySubscribe::chosen)
        .copied()
        .filter(|id| !present.who_may_subscribe.chosen().contains(id))
        .collect();
    if fallback.is_none() && subscribers.is_empty() {
        return Ok(change);
    }
    let people = store.people(member_id).await.map_err(PortalsError::from)?;
    let today = Utc::now().date_naive();
    if let Some(user_id) = fallback {
        match people.standing(user_id, today) {
            Standing::Dismissed => return Err(TrackingRefused::FallbackLeft(user_id).into()),
            Standing::Unknown => return Err(TrackingRefused::FallbackUnknown(user_id).into()),
            Standing::Absent | Standing::Present => {}
        }
    }
    for user_id in subscribers {
        match people.standing(user_id, today) {
            Standing::Dismissed => return Err(TrackingRefused::SubscriberLeft(user_id).into()),
            Standing::Unknown => return Err(TrackingRefused::SubscriberUnknown(user_id).into()),
            Standing::Absent | Standing::Present => {}
        }
    }
    Ok(change)
}

fn merged(present: &TrackingSettings, wish: &TrackingWish) -> Result<TrackingChange, TrackingRefused> {
    let notification = (wish.kind.is_some() || wish.every.is_some()).then(|| NotificationSettings {
        kind: wish.kind.unwrap_or(present.notification.kind),
        every: wish.every.unwrap_or(present.notification.every),
    });
    let assignment = (wish.rules.is_some() || wish.fallback_user_id.is_some())
        .then(|| {
            Assignment {
                rules: wish
                    .rules
                    .clone()
                    .unwrap_or_else(|| present.assignment.rules.clone()),
                fallback_user_id: wish
                    .fallback_user_id
                    .unwrap_or(present.assignment.fallback_user_id),
            }
            .checked()
        })
        .transpose()?;
    Ok(TrackingChange {
        notification,
        assignment,
        notify_scope: wish.notify_scope,
        departed: wish.departed.map(|action| Departed { action }),
        who_may_subscribe: wish
            .who_may_subscribe
            .clone()
            .map(WhoMaySubscribe::checked)
            .transpose()?,
        item_language: wish.item_language,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_change_leaves_out_stays() {
        let present = TrackingSettings {
            notification: NotificationSettings {
                kind: NotificationKind::Task,
                every: NotifyEvery::AtOnce,
            },
            assignment: Assignment {
                rules: vec![AssignmentRule::Subscriber, AssignmentRule::Fallback],
                fallback_user_id: Some(7),
            },
            ..TrackingSettings::default()
        };
        let wish = TrackingWish {
            every: Some(NotifyEvery::Service),
            fallback_user_id: Some(None),
            ..TrackingWish::default()
        };

        let change = merged(&present, &wish).unwrap();

        assert_eq!(
            change,
            TrackingChange {
                notification: Some(NotificationSettings {
                    kind: NotificationKind::Task,
                    every: NotifyEvery::Service,
                }),
                assignment: Some(Assignment {
                    rules: present.assignment.rules.clone(),
                    fallback_user_id: None,
                }),
                ..TrackingChange::default()
            }
        );
        assert_eq!(
            merged(&present, &TrackingWish::default()),
            Ok(TrackingChange::default())
        );
    }

    #[test]
    fn rules_by_which_nobody_can_be_chosen_are_refused() {
        let wish = TrackingWish {
            rules: Some(Vec::new()),
            ..TrackingWish::default()
        };
        assert_eq!(
            merged(&TrackingSettings::default(), &wish),
            Err(TrackingRefused::Assignment(UnusableAssignment::NoRules))
        );
    }
}
