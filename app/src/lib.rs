//! The user interface of Certlens, rendered on the server and hydrated in the browser.
//!
//! Feature `ssr` is the server's half: it opens cards (verify, resolve, search) and renders them. Feature `hydrate` is
//! the browser's half: it takes the islands of the rendered page over, `card` or `overview` chooses whose. Views know the page's model and its texts, nothing else:
//! no SQL, no HTTP, no Bitrix24 beyond [`browser`].
//!
//! | what | where |
//! |---|---|
//! | the card's page: model, opening, views | [`card`] |
//! | the application's own page: connection, reading of the CRM, settings | [`overview`] |
//! | the console of administrators and operators | [`monitor`] |
//! | the renewal of a page's session | `renewal` |
//! | every text in both languages | [`catalogue`] |
//! | numbers and dates as people read them | [`format`] |
//! | geometry of charts, without a view | [`chart`], `line_chart` |
//! | which day it is | `calendar` (server) |
//! | the HTML around the page | `shell` (server) |
//! | what the browser does: hydration, BX24, the session header | [`browser`] |

// The views are deeply nested types.
#![recursion_limit = "256"]
// `#[component]` and `#[server]` write public types for private functions.
#![allow(unreachable_pub)]

pub mod browser;
#[cfg(feature = "card")]
pub mod card;
pub mod catalogue;
pub mod chart;
pub mod format;
#[cfg(feature = "ssr")]
pub mod line_chart;
#[cfg(feature = "overview")]
pub mod monitor;
#[cfg(feature = "overview")]
pub mod overview;
pub(crate) mod renewal;

#[cfg(feature = "ssr")]
pub mod calendar;
#[cfg(feature = "ssr")]
pub mod services;
#[cfg(feature = "ssr")]
pub mod session;
#[cfg(feature = "ssr")]
pub mod shell;

#[cfg(feature = "ssr")]
pub use renewal::Renewable;
