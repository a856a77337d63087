//! Parties: the sets of identifiers that stand together in one role of a document, and the numbers they go by.
//!
//! Pure. The number is a hash, so that every process and the SQL function `party_of` of migration 0007 give the same
//! one without asking anybody.

use certlens_domain::document::Party;
use sha2::{Digest, Sha256};

/// Parties with so many documents are counted: their numbers are kept in `party_counts`.
pub(crate) const COUNTED_FROM: i64 = 1000;

/// The number of a party: 63 bits of the SHA-256 of its distinct identifiers, sorted by bytes and joined by line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PartyId(i64);

impl PartyId {
    /// How the tables say "no party stated".
    pub(crate) const NONE: i64 = 0;

    /// The party of these identifiers; `None` when there are none.
    pub(crate) fn of(party: &Party) -> Option<Self> {
        let mut identifiers: Vec<&str> = party.identifiers().collect();
        identifiers.sort_unstable();
        identifiers.dedup();
        if identifiers.is_empty() {
            return None;
        }
        let digest = Sha256::digest(identifiers.join("\n"));
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Some(Self(i64::from_be_bytes(first) & i64::MAX))
    }

    /// The party of a stored number; `None` for "no party stated".
    pub(crate) const fn from_stored(number: i64) -> Option<Self> {
        if number == Self::NONE {
            None
        } else {
            Some(Self(number))
        }
    }

    /// The number in the tables.
    pub(crate) const fn number(self) -> i64 {
        self.0
    }
}

/// In which roles a party stands in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum PartyRole {
    /// The applicant is this party, the manufacturer another one or none.
    Applicant,
    /// The manufacturer is this party, the applicant another one or none.
    Manufacturer,
    /// Both are this party.
    Both,
}

impl PartyRole {
    /// The key used in both stores.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::Manufacturer => "manufacturer",
            Self::Both => "both",
        }
    }

    /// The number of the key in ClickHouse's enum.
    pub(crate) const fn number(self) -> i8 {
        match self {
            Self::Applicant => 1,
            Self::Manufacturer => 2,
            Self::Both => 3,
        }
    }

    /// The role with this key.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        [Self::Applicant, Self::Manufacturer, Self::Both]
            .into_iter()
            .find(|role| role.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_depends_on_the_set_of_identifiers_only() {
        let party = |inn: Option<&str>, ogrn: Option<&str>| Party {
            inn: inn.map(str::to_owned),
            ogrn: ogrn.map(str::to_owned),
            ..Party::default()
        };
        let both = PartyId::of(&party(Some("7707083893"), Some("1027700132195")));
        let named = PartyId::of(&Party {
            name: "ПАО".to_owned(),
            ..party(Some("7707083893"), Some("1027700132195"))
        });
        assert_eq!(both, named);
        assert_ne!(both, PartyId::of(&party(Some("7707083893"), None)));
        assert_eq!(PartyId::of(&party(None, Some(""))), None);
        assert!(both.is_some_and(|party| party.number() > 0));
    }
}
