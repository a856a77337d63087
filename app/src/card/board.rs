//! The board of a card: the answer as a page of parts whose marks are links.
//!
//! Rendered on the server alone; the browser's half asks for it as HTML (`fragment`) and swaps the parts that changed.
//!
//! | part | module |
//! |---|---|
//! | the sentence, the role, the figures | [`lead`], [`bridge`] |
//! | conditions and search | [`filters`] |
//! | companies beside it | [`related`] |
//! | others side by side with it | [`super::compare`] |
//! | what deserves attention | [`signals`] |
//! | registrations and ends of terms | [`trend`], [`periods`] |
//! | facets | [`facets`] |
//! | documents, and one of them | [`documents`], [`drawer`] |
//! | what a manager takes along | [`handover`] |
//! | a board that comes after its page, and its outline | [`coming`], [`skeleton`] |
//! | the small print, how to read it | [`sources`], [`help`] |

// Components own their properties.
#![expect(
    clippy::needless_pass_by_value,
    reason = "the view macro hands properties over"
)]

mod bridge;
pub mod coming;
mod documents;
mod drawer;
mod facets;
mod filters;
mod handover;
mod help;
mod lead;
pub(crate) mod load;
pub(crate) mod model;
mod periods;
pub mod place;
mod related;
mod signals;
pub(crate) mod skeleton;
mod sources;
pub(super) mod trend;
pub(crate) mod view;
