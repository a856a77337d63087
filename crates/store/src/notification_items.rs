//! Items that tell people news in their CRM: planned from news, claimed by one sender per portal, sent exactly once.
//!
//! An item is made in the transaction that settles its news ([`plan`]). A sender takes a portal's lease and then items
//! in portions ([`claim`]); a claim counts as an attempt. Before a request that creates objects its items are marked
//! uncertain, and a definite answer clears the mark ([`finish`]): whoever goes on after a crash looks for the object
//! before sending again. Every result is written under the lease only; a sender that lost it gets
//! [`crate::StoreError::LeaseLost`] and must drop what it did. What people may do with items is in [`mend`].

mod claim;
mod figures;
mod finish;
mod mend;
mod plan;
mod statistics;

use certlens_domain::registry::Registry;
use certlens_domain::tracking::{Assignment, AssignmentRule, NewsKind, NotificationKind};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{CrmEntity, MemberId, StoreError, UserId};

pub use figures::{FinishedItems, ItemCount};
pub use finish::{ItemOutcome, ItemResult, Refusal};
pub use mend::RefusingPortal;
pub use plan::{Planned, PlannedPortion};
pub use statistics::{PortalShare, RefusalQuery, RefusalRow, RuleShare, UserShare};

pub(crate) const TABLE: &str = "notification_items";
/// Claims after which an item is given up, unless it may be in the portal already.
pub const ITEM_ATTEMPTS: i32 = 20;

/// An item; its number is also the marker by which the portal's object is found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(pub Uuid);

impl std::fmt::Display for ItemId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

/// The right to send one portal's items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderLease {
    pub(crate) member_id: MemberId,
    pub(crate) id: Uuid,
}

impl SenderLease {
    /// The portal.
    pub const fn member_id(&self) -> &MemberId {
        &self.member_id
    }
}

/// An item that a sender took.
#[derive(Debug, Clone)]
pub struct ClaimedItem {
    /// Its number.
    pub id: ItemId,
    /// The card in which it is to appear.
    pub entity: CrmEntity,
    /// What is to appear.
    pub kind: NotificationKind,
    /// An override of the portal's assignment.
    pub assignment: Option<Assignment>,
    /// Who subscribed, the earliest first.
    pub subscriber_ids: Vec<UserId>,
    /// How often it was taken, this time included.
    pub attempts: i32,
    /// A request that may have created it was sent: look before sending again.
    pub is_uncertain: bool,
    /// For whom that request was, and by which rule.
    pub assigned: Option<(AssignmentRule, UserId)>,
    /// Whom the portal refused lately.
    pub refused: Vec<UserId>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// What it tells, in the order in which it was found.
    pub news: Vec<ItemNews>,
}

/// A piece of news as an item tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemNews {
    /// What happened.
    pub kind: NewsKind,
    /// To a document of this registry
    pub registry: Registry,
    /// with this key.
    pub document_key: String,
    /// The subscribed identifiers that the document carries.
    pub identifiers: Vec<String>,
}

/// Reads a key that the program itself wrote.
pub(crate) fn read_key<T: std::str::FromStr>(
    table: &'static str,
    column: &'static str,
    key: &str,
) -> Result<T, StoreError> {
    key.parse().map_err(|_| StoreError::inconsistent(table, column))
}
