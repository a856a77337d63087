//! Who wants to be told what, in which card: subscriptions, kept per portal.
//!
//! A subscription is never deleted, only archived with its reason, until its portal is erased. Its baseline (what was
//! there when it was made is no news) is read in the transaction that writes it; an identifier that joins later has a
//! baseline of its own. Written by [`mod@write`] and [`revise`], read by [`mod@read`] and, for cards,
//! [`cards`]. What happened to documents is not known here.

pub mod cards;
pub mod listing;
pub mod read;
pub mod revise;
pub mod write;

pub use cards::{CardSubscription, LastNews};
pub use listing::{ListedSubscription, ListingQuery};
pub use read::{SubscriptionOrder, SubscriptionPage, SubscriptionQuery};
pub use revise::SubscriptionRevision;

use crate::{CrmEntity, StoreError, UserId};
use certlens_domain::subscription::{Mute, SubscriptionTerms};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The most active subscriptions of one user. Programs subscribe thousands of counterparties in one user's name.
pub const MOST_OF_USER: i64 = 30_000;
/// The most active subscriptions of one portal.
pub const MOST_OF_PORTAL: i64 = 100_000;

const TABLE: &str = "subscriptions";

/// A subscription's number, the same in all portals' counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubscriptionId(pub i64);

impl fmt::Display for SubscriptionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A subscription to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubscription {
    /// The card in which it is given.
    pub entity: CrmEntity,
    /// Who subscribes.
    pub user: UserId,
    /// What is wanted.
    pub terms: SubscriptionTerms,
}

/// Whether a subscription makes news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// It does.
    Active,
    /// It did.
    Archived,
}

impl SubscriptionState {
    /// The key in the database and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }
}

impl FromStr for SubscriptionState {
    type Err = UnknownSubscriptionState;

    fn from_str(key: &str) -> Result<Self, UnknownSubscriptionState> {
        match key {
            "active" => Ok(Self::Active),
            "archived" => Ok(Self::Archived),
            _ => Err(UnknownSubscriptionState),
        }
    }
}

/// The text names no state of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a subscription's state is active or archived")]
pub struct UnknownSubscriptionState;

/// Why a subscription is archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveReason {
    /// The subscriber wanted no more of it.
    Unsubscribed,
    /// The subscriber left.
    UserDismissed,
    /// Somebody else has it now.
    HandedOver,
    /// The card is gone.
    EntityDeleted,
    /// An administrator or a program ended it.
    Administrator,
}

impl ArchiveReason {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Unsubscribed,
        Self::UserDismissed,
        Self::HandedOver,
        Self::EntityDeleted,
        Self::Administrator,
    ];

    /// The key in the database and in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Unsubscribed => "unsubscribed",
            Self::UserDismissed => "user_dismissed",
            Self::HandedOver => "handed_over",
            Self::EntityDeleted => "entity_deleted",
            Self::Administrator => "administrator",
        }
    }

    fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.key() == key)
    }
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its number.
    pub id: SubscriptionId,
    /// The card in which it was given.
    pub entity: CrmEntity,
    /// Who subscribed.
    pub user: UserId,
    /// What is wanted.
    pub terms: SubscriptionTerms,
    /// Until when it makes no items; `None`: it makes them.
    pub muted: Option<Mute>,
    /// Why it is archived; `None`: it is active.
    pub archived: Option<ArchiveReason>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Subscription {
    /// Whether it makes news.
    pub const fn state(&self) -> SubscriptionState {
        match self.archived {
            None => SubscriptionState::Active,
            Some(_) => SubscriptionState::Archived,
        }
    }
}

/// A text of the database as what it stands for.
fn parsed<T: FromStr>(text: &str, column: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::inconsistent(TABLE, column))
}
