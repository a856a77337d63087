//! What an administrator sees and does, as data: screens, the actions on them, and the log of those.
//!
//! A screen is a function from facts to a [`Screen`]; an action is a value of [`Action`] that is previewed, done and
//! written down. May know: the stores, portals, tracking, and both languages. Must not know: HTTP, HTML, Leptos. Who may see
//! which portal is decided in one place, [`viewer`]: every query below takes the [`Scope`] that it gave.
//!
//! | what | where |
//! |---|---|
//! | who looks, and which portals he may see | [`viewer`] |
//! | the address of a screen: filters, order and page are links | [`address`] |
//! | what a screen is made of | [`screen`], [`table`], [`form`] |
//! | which screen answers an address | [`open`] |
//! | what can be done, by whom, and how it is logged | [`action`] |
//! | a table as a file | [`export`] |
//! | what is wrong now, and how it goes | [`overview`] |
//! | imports: the list, one of them, undoing it | [`imports`] |
//! | tracked identifiers: the list, the story of one | [`identifiers`] |
//! | portals, one of them, its repair, keys and erasure | [`portals`] |
//! | the hourly look at a portal, where its answers differ | [`care`] |
//! | a portal's settings, their history, a trial of a mapping | [`settings`] |
//! | work that waits or is stuck | [`queue`] |
//! | to whom items go | [`assignments`] |
//! | who wants to be told what | [`subscriptions`] |
//! | the people of portals | [`people`] |
//! | recounts by hand, and the search engine mended | [`recounts`], [`engines`] |
//! | what people did | [`audit`] |
//! | the texts | [`texts`] |

pub mod action;
pub mod address;
pub mod assignments;
pub mod audit;
pub mod care;
pub mod engines;
pub mod export;
pub mod form;
pub mod identifiers;
pub mod imports;
mod naming;
pub mod open;
pub mod overview;
pub mod people;
pub mod portals;
pub mod queue;
pub mod recounts;
pub mod screen;
pub mod settings;
pub mod subscriptions;
pub mod table;
pub mod texts;
pub mod viewer;

pub use action::{Action, ActionRefused, Done, Preview, Request};
pub use address::{Address, ScreenName};
pub use form::Submission;
pub use imports::actions::ImportAction;
pub use open::{Monitor, MonitorOptions, ScreenRefused};
pub use screen::{Part, Screen};
pub use table::Table;
pub use viewer::{Scope, Viewer};
