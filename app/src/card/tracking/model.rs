//! Who tracks a card, what may be ordered, what the panel shows: plain data of the server's half.

use certlens_domain::subscription::{Mute, SubscriptionTerms, WantedTerms};
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
    /// Its number.
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
    /// The numbers of the viewer's own subscriptions.
    pub fn own_ids(&self) -> Vec<i64> {
        self.own.iter().map(|own| own.id).collect()
    }

    /// Until when the viewer, who tracks the card, is told nothing.
    pub fn silence(&self) -> Option<Mute> {
        let first = self.own.first()?.muted?;
        self.own.iter().all(|own| own.muted.is_some()).then_some(first)
    }

    /// What takes an order back, by what was there before it and after it.
    pub fn undoing(&self, order: &Order, after: &Self) -> Option<Order> {
        match order {
            Order::Look | Order::Restore { .. } | Order::Replace { .. } => None,
            Order::Subscribe => {
                let known = self.own_ids();
                let ids: Vec<i64> = after
                    .own_ids()
                    .into_iter()
                    .filter(|id| !known.contains(id))
                    .collect();
                (!ids.is_empty()).then_some(Order::Unsubscribe { ids })
            }
            Order::Change { id } => {
                let own = self.own.iter().find(|own| own.id == *id)?;
                Some(Order::Replace {
                    id: *id,
                    terms: Box::new(own.terms.clone().into()),
                })
            }
            Order::Mute { ids, mute } => {
                let own = self.own.iter().find(|own| ids.contains(&own.id));
                // Of another card, all that is known is that it spoke or not.
                let before = own.map_or_else(|| mute.is_none().then_some(Mute::Forever), |own| own.muted);
                Some(Order::Mute {
                    ids: ids.clone(),
                    mute: before,
                })
            }
            Order::Unsubscribe { ids } => Some(Order::Restore { ids: ids.clone() }),
        }
    }
}

/// What a viewer does about tracking; of his own subscriptions only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Nothing: how does it stand?
    Look,
    /// Track this card, as the form says.
    Subscribe,
    /// Want something else, as the form says.
    Change {
        /// Which subscription.
        id: i64,
    },
    /// Want this.
    Replace {
        /// Which subscription.
        id: i64,
        /// What is wanted.
        terms: Box<WantedTerms>,
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

/// What is shown after an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// The control alone.
    Closed,
    /// This card.
    Card,
    /// All cards of the viewer, after this subscription.
    Own {
        /// `None`: from the latest on.
        after: Option<i64>,
    },
}

/// What an element of the panel asks for: its `data-order`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What to do.
    pub order: Order,
    /// What to show then.
    pub shown: Shown,
}

impl Asked {
    /// As it stands in the page.
    pub fn text(order: Order, shown: Shown) -> String {
        // These types have no map with keys that are no texts: this cannot fail.
        serde_json::to_string(&Self { order, shown }).unwrap_or_default()
    }
}

/// What the panel shows of the order before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was ordered.
    Nothing,
    /// It was carried out, and this takes it back.
    Done(Order, Option<Order>),
    /// It was not.
    Refused(&'static str),
}

/// What may be chosen in the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// The card's identifiers.
    pub identifiers: Vec<Offered>,
    /// Numbers that documents pair with those: offered, not taken by themselves.
    pub paired: Vec<Offered>,
    /// What the portal's administrators chose for all.
    pub kind: NotificationKind,
    /// The same for where to tell.
    pub scope: NotifyScope,
    /// How many cards of the portal carry one of the identifiers now.
    pub matching: u64,
}

/// An identifier that may be tracked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// As it is searched.
    pub value: String,
    /// What people call it; for a paired one, the number that it is paired with.
    pub label: Option<String>,
}

/// A part of the viewer's subscriptions in all cards, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnList {
    /// They.
    pub items: Vec<OwnItem>,
    /// After which the next part begins.
    pub next: Option<i64>,
    /// The portal's origin: cards are below it.
    pub portal: String,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnItem {
    /// Its number.
    pub id: i64,
    /// `lead`, `deal` or `company`.
    pub entity_type: &'static str,
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

    fn tracking(ids: &[i64]) -> CardTracking {
        let tracked = |id: &i64| Tracked {
            id: *id,
            terms: SubscriptionTerms {
                identifiers: vec!["7707083893".to_owned()],
                news: vec![NewsKind::NewDocument],
                registries: Vec::new(),
                expiring_days: 30,
                scope: None,
                notification_kind: None,
                assignment: None,
            },
            muted: None,
        };
        CardTracking {
            own: ids.iter().map(tracked).collect(),
            ..CardTracking::default()
        }
    }

    #[test]
    fn orders_are_taken_back_by_their_opposites() {
        let (none, one) = (tracking(&[]), tracking(&[7]));
        let ids = || vec![7];
        let muted = Order::Mute {
            ids: ids(),
            mute: Some(Mute::Forever),
        };
        assert_eq!(
            none.undoing(&Order::Subscribe, &one),
            Some(Order::Unsubscribe { ids: ids() })
        );
        assert_eq!(
            one.undoing(&Order::Unsubscribe { ids: ids() }, &none),
            Some(Order::Restore { ids: ids() })
        );
        assert_eq!(
            one.undoing(&muted, &one),
            Some(Order::Mute {
                ids: ids(),
                mute: None
            })
        );
        assert_eq!(
            one.undoing(&Order::Change { id: 7 }, &one),
            Some(Order::Replace {
                id: 7,
                terms: Box::new(one.own[0].terms.clone().into())
            })
        );
    }

    #[test]
    fn card_is_silent_for_its_viewer_when_all_his_subscriptions_are() {
        let mut tracking = tracking(&[7, 8]);
        tracking.own[0].muted = Some(Mute::Forever);
        assert_eq!(tracking.silence(), None);
        tracking.own[1].muted = Some(Mute::Forever);
        assert_eq!(tracking.silence(), Some(Mute::Forever));
    }

    #[test]
    fn what_an_element_asks_for_is_read_back_from_the_page() {
        for order in [Order::Look, Order::Subscribe, Order::Change { id: 7 }] {
            let asked = Asked {
                order: order.clone(),
                shown: Shown::Own { after: Some(3) },
            };
            let text = Asked::text(order, Shown::Own { after: Some(3) });
            assert_eq!(serde_json::from_str::<Asked>(&text).unwrap(), asked);
        }
    }
}
