//! The card's page: what a manager sees in the tab of a lead, deal or company.
//!
//! [`model`] is what the page knows, [`open`] (server) makes it from a frame open, [`search`] asks again from the
//! browser, [`page`] and the modules below it are the views.

pub mod documents;
pub mod header;
pub mod model;
#[cfg(feature = "ssr")]
pub mod open;
pub mod page;
pub mod regulations;
pub mod search;
pub mod statuses;
pub mod tiles;
pub mod trend;
