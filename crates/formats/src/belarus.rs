//! The open JSON of the Belarusian register (api.belgiss.by): lists, single cards, and files of many of them.
//!
//! Its rows are in the Union's data model, with names of their own in lists (`certdecltr_DocStartDate`) and one object
//! deeper in cards (`certdecltr_ConformityDocDetails`); [`crate::eaeu`] reads all of these.

use super::eaeu::{Channel, UnionRows};
use super::text::TextReader;

/// Reads one document from each element.
pub(super) fn open(text: TextReader) -> UnionRows {
    UnionRows::open(Channel::Belarus, text)
}

#[cfg(test)]
mod tests;
