//! The card's page: what a manager sees in the tab of a lead, deal or company.
//!
//! The server makes the page: `open` from a frame open, `board` from a state of the address. The browser takes over the
//! panel of identifiers (an island, `panel`) and asks for boards as HTML (`fragment`).
//!
//! | what | where |
//! |---|---|
//! | what the page knows | [`model`] |
//! | opening a card | `open` (server) |
//! | answering its page | `answering` (server) |
//! | what the board shows: state in the address, conditions | `state`, `condition` (server) |
//! | the board and its parts | `board` (server) |
//! | up to five counterparties side by side | `compare` (server) |
//! | identifiers: chips, adding, saving | `panel` |
//! | what was typed for an identifier | `typed` |
//! | a lead without an identifier | `lead` |
//! | the summary in the card's timeline | `timeline` |
//! | who tracks the card, and what they want to know | `tracking` |

#[cfg(feature = "ssr")]
mod answering;
#[cfg(feature = "ssr")]
pub mod board;
pub(crate) mod change_failure;
#[cfg(feature = "ssr")]
pub(crate) mod compare;
#[cfg(feature = "ssr")]
pub(crate) mod condition;
pub(crate) mod fragment;
mod identifier_field;
pub(crate) mod lead;
pub mod model;
#[cfg(feature = "ssr")]
pub mod open;
#[cfg(feature = "ssr")]
pub(crate) mod page;
pub(crate) mod panel;
#[cfg(feature = "ssr")]
pub(crate) mod state;
pub(crate) mod timeline;
pub(crate) mod tracking;
pub(crate) mod typed;
