//! Searching in Postgres: the fallback, and the only holder of whole documents.
//!
//! Numbers come from the index of each role; pages from the same indexes, which are in the order of pages.

mod beside;
mod conditions;
mod documents;
mod facets;
mod groups;
mod row;
mod rows;
mod single;

pub(super) use beside::{Beside, LookedAt, beside, own};
pub(super) use documents::{documents, places};
pub(super) use facets::cells;
pub(super) use groups::found;
pub(crate) use row::DocumentRow;
pub(super) use rows::rows;
pub(super) use single::{KeyRange, circumstances, document, numbered};
