//! What the tracking of a card knows, and what can be done about it: plain data that travels between server and page.

use certlens_domain::subscription::{Mute, SubscriptionTerms, TermsChange, WantedTerms};
use certlens_domain::tracking::{NewsKind, NotificationKind, NotifyScope};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Who tracks a card, as its viewer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CardTracking {
    /// Another number after each change.
    pub revision: i64,
    /// The viewer's own active subscriptions in this card, the earliest first; usually one.
    pub own: Vec<Tracked>,
    /// Colleagues with an active subscription in this card, each once.
    pub colleagues: Vec<Colleague>,
}

/// A subscription of the viewer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    /// Its number; 0 while the server has not given one.
    pub id: i64,
    /// What is wanted.
    pub terms: SubscriptionTerms,
    /// Until when it makes no items.
    pub muted: Option<Mute>,
}

/// Somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    /// The portal's number of the user.
    pub user_id: i64,
    /// The name, where the portal told it.
    pub name: Option<String>,
}

impl CardTracking {
    /// Shows an order as carried out, before the server has answered.
    pub fn show(&mut self, order: &TrackingOrder) {
        match order {
            TrackingOrder::Look | TrackingOrder::Restore { .. } => {}
            TrackingOrder::Subscribe { terms } => {
                let terms = TermsChange::check(terms.clone()).and_then(|terms| SubscriptionTerms::of(&terms));
                if let Ok(terms) = terms {
                    self.own.push(Tracked {
                        id: 0,
                        terms,
                        muted: None,
                    });
                }
            }
            TrackingOrder::Change { id, terms } => {
                let change = TermsChange::check(terms.clone());
                if let (Some(own), Ok(change)) = (self.own.iter_mut().find(|own| own.id == *id), change) {
                    own.terms.take(&change);
                }
            }
            TrackingOrder::Mute { ids, mute } => {
                for own in self.own.iter_mut().filter(|own| ids.contains(&own.id)) {
                    own.muted = *mute;
                }
            }
            TrackingOrder::Unsubscribe { ids } => self.own.retain(|own| !ids.contains(&own.id)),
        }
    }

    /// What takes an order back, known before it is given. What the server numbers is taken back by its number, later.
    pub fn undoing(&self, order: &TrackingOrder) -> Option<TrackingOrder> {
        match order {
            TrackingOrder::Look | TrackingOrder::Subscribe { .. } | TrackingOrder::Restore { .. } => None,
            TrackingOrder::Change { id, .. } => {
                let own = self.own.iter().find(|own| own.id == *id)?;
                Some(TrackingOrder::Change {
                    id: *id,
                    terms: own.terms.clone().into(),
                })
            }
            TrackingOrder::Mute { ids, .. } => {
                let own = self.own.iter().find(|own| ids.contains(&own.id))?;
                Some(TrackingOrder::Mute {
                    ids: ids.clone(),
                    mute: own.muted,
                })
            }
            TrackingOrder::Unsubscribe { ids } => Some(TrackingOrder::Restore { ids: ids.clone() }),
        }
    }

    /// The numbers of the viewer's own subscriptions.
    pub fn own_ids(&self) -> Vec<i64> {
        self.own.iter().map(|own| own.id).collect()
    }

    /// Whether the server has yet to answer.
    pub fn is_pending(&self) -> bool {
        self.own.iter().any(|own| own.id == 0)
    }

    /// Whether the viewer tracks the card and is told nothing.
    pub fn silence(&self) -> Option<Mute> {
        let first = self.own.first()?.muted?;
        self.own.iter().all(|own| own.muted.is_some()).then_some(first)
    }
}

/// What a viewer does about tracking; of his own subscriptions only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackingOrder {
    /// Nothing: how does it stand?
    Look,
    /// Track this card.
    Subscribe {
        /// What is wanted.
        terms: WantedTerms,
    },
    /// Want something else.
    Change {
        /// Which subscription.
        id: i64,
        /// What is wanted.
        terms: WantedTerms,
    },
    /// Be told nothing for a while, or be told again.
    Mute {
        /// Which subscriptions.
        ids: Vec<i64>,
        /// For how long; `None`: speak.
        mute: Option<Mute>,
    },
    /// Track no more.
    Unsubscribe {
        /// Which subscriptions.
        ids: Vec<i64>,
    },
    /// Take that back.
    Restore {
        /// Which subscriptions.
        ids: Vec<i64>,
    },
}

/// What the panel needs to offer choices; asked for when it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackingChoices {
    /// The card's identifiers.
    pub identifiers: Vec<Offered>,
    /// Numbers that documents pair with those: offered, not taken by themselves.
    pub paired: Vec<Offered>,
    /// What the portal's administrators chose for all.
    pub kind: NotificationKind,
    /// The same for where to tell.
    pub scope: NotifyScope,
}

/// An identifier that may be tracked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// As it is searched.
    pub value: String,
    /// What people call it; for a paired one, the number that it is paired with.
    pub label: Option<String>,
}

/// A part of the viewer's subscriptions in all cards, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OwnList {
    /// They.
    pub items: Vec<OwnItem>,
    /// After which the next part begins.
    pub next: Option<i64>,
    /// The portal's origin: cards are below it.
    pub portal: String,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnItem {
    /// Its number.
    pub id: i64,
    /// `lead`, `deal` or `company`.
    pub entity_type: String,
    /// The item's number.
    pub entity_id: i64,
    /// The card's title, where it is known.
    pub title: Option<String>,
    /// What is tracked.
    pub identifiers: Vec<String>,
    /// Until when it makes no items.
    pub muted: Option<Mute>,
    /// What happened last, and on which day it was found.
    pub last_news: Option<(NewsKind, NaiveDate)>,
}

impl OwnItem {
    /// The card's place in its portal.
    pub fn path(&self) -> String {
        format!("/crm/{}/details/{}/", self.entity_type, self.entity_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(identifier: &str) -> WantedTerms {
        WantedTerms {
            identifiers: Some(vec![identifier.to_owned()]),
            news: Some(vec![NewsKind::NewDocument]),
            ..WantedTerms::default()
        }
    }

    fn tracked(id: i64) -> CardTracking {
        let mut tracking = CardTracking::default();
        tracking.show(&TrackingOrder::Subscribe {
            terms: wanted("7707083893"),
        });
        tracking.own[0].id = id;
        tracking
    }

    #[test]
    fn subscription_shows_at_once_and_waits_for_its_number() {
        let tracking = tracked(0);
        assert!(tracking.is_pending());
        assert_eq!(tracking.own[0].terms.identifiers, ["7707083893"]);
        assert!(!tracked(7).is_pending());
    }

    #[test]
    fn orders_show_at_once_and_what_takes_them_back_shows_the_state_before() {
        let before = tracked(7);
        for order in [
            TrackingOrder::Change {
                id: 7,
                terms: wanted("1027700132195"),
            },
            TrackingOrder::Mute {
                ids: vec![7],
                mute: Some(Mute::Forever),
            },
        ] {
            let mut tracking = before.clone();
            tracking.show(&order);
            assert_ne!(tracking, before, "{order:?}");
            tracking.show(&before.undoing(&order).unwrap());
            assert_eq!(tracking, before, "{order:?}");
        }
    }

    #[test]
    fn end_of_tracking_is_taken_back_by_the_server() {
        let mut tracking = tracked(7);
        let order = TrackingOrder::Unsubscribe { ids: vec![7] };
        let undo = tracking.undoing(&order);
        tracking.show(&order);
        assert!(tracking.own.is_empty());
        assert_eq!(undo, Some(TrackingOrder::Restore { ids: vec![7] }));
    }

    #[test]
    fn card_is_silent_for_its_viewer_when_all_his_subscriptions_are() {
        let mut tracking = tracked(7);
        assert_eq!(tracking.silence(), None);
        tracking.own[0].muted = Some(Mute::Forever);
        assert_eq!(tracking.silence(), Some(Mute::Forever));
        tracking.own.push(tracked(8).own.remove(0));
        assert_eq!(tracking.silence(), None);
    }
}
