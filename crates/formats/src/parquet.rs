//! Canonical documents as Parquet: written for analysts' tools, read from those tools' exports.
//!
//! Columns are named like the fields of the canonical JSON, flat, with `applicant_` and `manufacturer_` before those
//! of a party; lists are the three-level lists of the standard. The reader goes by names: the order does not matter,
//! unknown columns are passed over, parties may be structures, dates may be texts.

mod cells;
mod reader;
mod schema;
mod writer;

pub(crate) use reader::ParquetRows;
pub use writer::{ParquetWriter, WriteError};

#[cfg(test)]
mod tests;
