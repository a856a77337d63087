//! Tracking a card: a control that says who does, and a panel to subscribe, mute and unsubscribe.
//!
//! The server renders all of it; the browser's half sends what was pressed and swaps the answer in (`browser::tracking`).
//! It knows no texts and no terms: as an island the panel cost half of the page's budget of WASM. The panel is asked for when
//! it is opened, so a card that nobody tracks costs one look at one index.
//!
//! | what | where |
//! |---|---|
//! | the server function | [`asking`] |
//! | who tracks, what may be ordered | `model` (server) |
//! | carrying orders out | `answering` (server) |
//! | the control and the panel | `view` (server) |
//! | the form of what is wanted, and what comes back of it | `terms` (server) |
//! | the viewer's subscriptions in all cards | `own` (server) |

#[cfg(feature = "ssr")]
pub(super) mod answering;
pub(crate) mod asking;
#[cfg(feature = "ssr")]
pub mod model;
#[cfg(feature = "ssr")]
mod own;
#[cfg(feature = "ssr")]
mod terms;
#[cfg(feature = "ssr")]
pub(super) mod view;
