//! Companies that stand beside a counterparty in documents, each with the reason why it may belong to it.
//!
//! Its JSON is the contract of `GET /api/v1/related`. A suggestion, never a finding: documents say who stands in them,
//! not who owns whom.

use crate::document::Party;
use crate::identifier::{Identifier, IdentifierKind};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The most related companies that an answer names.
pub const MOST_RELATED: usize = 12;

/// A company that may belong to the asked one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// Its name as its newest looked-at document writes it; may be empty.
    pub name: String,
    /// Its identifiers, none of them asked; at least one.
    pub identifiers: Vec<RelatedIdentifier>,
    /// Why it is suggested.
    pub reason: RelatedReason,
    /// Documents that say so.
    pub documents: u64,
    /// Registration day of the latest of them.
    pub last_registered: NaiveDate,
    /// The asked company has more documents than were looked at (its newest ones), so `documents` is a lower bound.
    pub sampled: bool,
}

/// An identifier with its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RelatedIdentifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// As it is stored and searched.
    pub value: String,
}

/// Why a company is suggested. The order is that of trust: the first ones are most likely the same company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelatedReason {
    /// Documents state this identifier and an asked one in one party: the same company under another identifier.
    SameApplicantOtherIdentifier,
    /// It declares or certifies products that the asked company makes: its authorised person, importer or seller.
    AuthorisedPersonOf,
    /// It makes products that the asked company declares or certifies: the asked one acts for this manufacturer.
    ManufacturerOf,
}

impl RelatedReason {
    /// All reasons.
    pub const ALL: [Self; 3] = [
        Self::SameApplicantOtherIdentifier,
        Self::AuthorisedPersonOf,
        Self::ManufacturerOf,
    ];

    /// The key used in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::SameApplicantOtherIdentifier => "same_applicant_other_identifier",
            Self::AuthorisedPersonOf => "authorised_person_of",
            Self::ManufacturerOf => "manufacturer_of",
        }
    }
}

impl RelatedIdentifier {
    /// The identifiers of a party, in the order INN, OGRN, BIN, UNP. The registry's field says what a number is; among
    /// the kinds that share a field (INN of Russia and of Kyrgyzstan, OGRN and OGRNIP, BIN and IIN) its form decides.
    pub fn of_party(party: &Party) -> Vec<Self> {
        use IdentifierKind::{Bin, Iin, Inn, KgInn, Ogrn, Ogrnip, Unp};
        let fields: [(&Option<String>, &[IdentifierKind]); 4] = [
            (&party.inn, &[Inn, KgInn]),
            (&party.ogrn, &[Ogrn, Ogrnip]),
            (&party.bin, &[Bin, Iin]),
            (&party.unp, &[Unp]),
        ];
        let stated = fields.into_iter().filter_map(|(value, kinds)| {
            let value = value.as_deref().filter(|value| !value.is_empty())?;
            let kind = Identifier::parse(value)
                .ok()
                .and_then(|parsed| parsed.kinds().find(|kind| kinds.contains(kind)))
                .or_else(|| kinds.first().copied())?;
            let value = value.to_owned();
            Some(Self { kind, value })
        });
        stated.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn party(inn: &str, ogrn: &str, bin: &str, unp: &str) -> Party {
        let stated = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        Party {
            inn: stated(inn),
            ogrn: stated(ogrn),
            bin: stated(bin),
            unp: stated(unp),
            ..Party::default()
        }
    }

    #[rstest]
    #[case(party("7707083893", "", "", ""), IdentifierKind::Inn)]
    #[case(party("", "1027700132195", "", ""), IdentifierKind::Ogrn)]
    #[case(party("", "304500116000157", "", ""), IdentifierKind::Ogrnip)]
    #[case(party("", "", "971240001315", ""), IdentifierKind::Bin)]
    #[case(party("", "", "", "100582333"), IdentifierKind::Unp)]
    #[case(party("01234567890123", "", "", ""), IdentifierKind::KgInn)]
    #[case(party("garbled", "", "", ""), IdentifierKind::Inn)]
    fn field_and_form_tell_the_kind_of_an_identifier(#[case] party: Party, #[case] kind: IdentifierKind) {
        let kinds: Vec<_> = RelatedIdentifier::of_party(&party)
            .into_iter()
            .map(|identifier| identifier.kind)
            .collect();
        assert_eq!(kinds, [kind]);
    }

    #[test]
    fn key_of_each_reason_equals_its_json() {
        for reason in RelatedReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.key());
        }
    }
}
