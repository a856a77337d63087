//! The card's page: what a manager sees in the tab of a lead, deal or company.
//!
//! [`model`] is what the page knows, `open` (server) makes it from a frame open, `search` asks again from the
//! browser, `page` and the modules below it are the views.

mod bridge;
mod documents;
mod header;
mod identifier_field;
pub(crate) mod lead;
pub mod model;
#[cfg(feature = "ssr")]
pub mod open;
pub(crate) mod page;
mod regulations;
pub(crate) mod search;
mod statuses;
mod tiles;
mod trend;
