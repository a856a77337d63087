//! Tracking: subscriptions, recounts, notification items, assignment, departed employees.
//!
//! A person subscribes to the news of a counterparty in a card. A recount finds what happened to the documents of all
//! tracked identifiers since the last one; what it finds becomes items in the CRM, assigned to somebody who is there.
//! What this crate may know: portals, the store, the registry. What it must not know: HTTP, pages.
//!
//! | question | module |
//! |---|---|
//! | who may be made responsible, and why not? | [`assignment`] |
//! | who subscribed to what, how does that change? | [`subscriptions`] |
//! | what happened to tracked documents? | [`recounting`] |
//! | what is told in which card, in which words? | [`notification`] |
//! | what becomes of the subscriptions of people who leave? | [`staff`] |

pub mod assignment;
pub mod notification;
pub mod recounting;
pub mod staff;
pub mod subscriptions;
pub mod tracking;
pub mod worker;

pub use subscriptions::{OwnSubscription, OwnSubscriptions, SubscriptionRefused};
pub use tracking::{Tracking, TrackingOptions};
pub use worker::TrackingWorker;
