//! The documents of a set of parties, each once, out of the rows of each party. Pure.
//!
//! A document of which both parties belong to the set has a row with each of them; the applicant's stands for it.

use super::row::{BoardRow, FoundRows};
use crate::party::{PartyId, PartyRole};
use certlens_domain::analytics::RoleFilter;
use std::collections::BTreeSet;

/// A document and where the asked parties stand in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct BoardDocument<'rows> {
    pub(super) row: &'rows BoardRow,
    pub(super) applicant: bool,
    pub(super) manufacturer: bool,
}

impl<'rows> BoardDocument<'rows> {
    /// `None` when the document's other row stands for it.
    fn of(row: &'rows BoardRow, parties: &BTreeSet<PartyId>) -> Option<Self> {
        let other_is_asked = row.other.is_some_and(|other| parties.contains(&other));
        let (applicant, manufacturer) = match row.role {
            PartyRole::Both => (true, true),
            PartyRole::Applicant => (true, other_is_asked),
            PartyRole::Manufacturer if other_is_asked => return None,
            PartyRole::Manufacturer => (false, true),
        };
        Some(Self {
            row,
            applicant,
            manufacturer,
        })
    }

    /// Whether an asked party stands in the role.
    pub(super) const fn stands_in(&self, role: RoleFilter) -> bool {
        match role {
            RoleFilter::Any => true,
            RoleFilter::Applicant => self.applicant,
            RoleFilter::Manufacturer => self.manufacturer,
        }
    }
}

/// The documents of these parties, each once.
pub(super) fn documents<'rows>(
    parties: &'rows BTreeSet<PartyId>,
    found: &'rows FoundRows,
) -> impl Iterator<Item = BoardDocument<'rows>> {
    parties
        .iter()
        .filter_map(|party| found.of(*party))
        .flat_map(|rows| &rows.rows)
        .filter_map(|row| BoardDocument::of(row, parties))
}
