//! A field mapping tried on a real card before it is saved: which field holds what, and whether that is an identifier.
//!
//! The card is read from the portal with the rights of whoever asks; nothing is kept, neither the mapping nor what was
//! read.

use std::collections::BTreeMap;
use std::str::FromStr;

use certlens_bitrix24::crm::{CardError, CardQuery};
use certlens_bitrix24::{EntityId, EntityType as CardType, MemberId, PortalClient};
use certlens_domain::identifier::{Identifier, NotAnIdentifier};
use certlens_store::{EntityType, FieldMapping};
use chrono::Utc;
use serde_json::Value;

use super::{SettingsChange, SettingsRefused, mapping_after};
use crate::card::{CardRefusal, FoundIdentifier};
use crate::error::PortalsError;
use crate::identifiers;
use crate::member;
use crate::notice::PortalNotice;
use crate::portals::Portals;
use crate::reading::{self, Rules};

/// A text of a field is shown no longer than this.
const LONGEST_SHOWN: usize = 200;

/// A card as somebody names it: by the link to its page, or as `deal 12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedCard {
    /// Its type.
    pub entity_type: EntityType,
    /// Its number.
    pub id: EntityId,
}

/// The text names no card of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "name a card of a lead, a deal or a company: paste the address of its page (…/crm/deal/details/12/), or write \
     deal 12"
)]
pub struct NoCard;

impl FromStr for NamedCard {
    type Err = NoCard;

    fn from_str(text: &str) -> Result<Self, NoCard> {
        let text = text.trim().to_lowercase();
        let words: Vec<&str> = text
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .filter(|word| !word.is_empty())
            .collect();
        // The first type that a number follows, with or without `details` between: in a link, and in plain words.
        let named = words.iter().enumerate().find_map(|(place, word)| {
            let entity_type = word.parse().ok()?;
            let behind = match words.get(place + 1) {
                Some(&"details" | &"show") => place + 2,
                _ => place + 1,
            };
            let id = words.get(behind)?.parse().ok().and_then(EntityId::new)?;
            Some(Self { entity_type, id })
        });
        named.ok_or(NoCard)
    }
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriedValue {
    /// The card has no such field: perhaps it belongs to cards of another type.
    NoField,
    /// Nothing stands in it.
    Empty,
    /// Something does.
    Text {
        /// As people see it, shortened.
        shown: String,
        /// The identifiers in it, perhaps with a wrong check digit.
        identifiers: Vec<Identifier>,
        /// Texts in it that are no identifiers, with the reason.
        unreadable: Vec<NotAnIdentifier>,
    },
}

/// One mapped field on the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedField {
    /// At which type of cards it is mapped.
    pub entity_type: EntityType,
    /// Its name.
    pub name: String,
    /// What people call it, where that is known.
    pub label: Option<String>,
    /// What it holds.
    pub value: TriedValue,
}

/// What a mapping would find on a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingTrial {
    /// The card.
    pub card: NamedCard,
    /// Its title.
    pub title: String,
    /// The company behind a lead or a deal, by its title.
    pub company: Option<String>,
    /// Each mapped field of the card and of its company.
    pub fields: Vec<TriedField>,
    /// What the company's details hold, whatever is mapped.
    pub of_requisites: Vec<FoundIdentifier>,
    /// Everything that would be searched, each once: details first, as on the card itself.
    pub searched: Vec<FoundIdentifier>,
}

/// Why a mapping was not tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialRefused {
    /// The mapping itself could not be saved.
    #[error(transparent)]
    Mapping(#[from] SettingsRefused),
    /// The card can't be read by whoever asks.
    #[error(transparent)]
    Card(#[from] CardRefusal),
    /// The portal gave no answer.
    #[error("the portal did not give the card: {}", .0.key())]
    Portal(PortalNotice),
}

impl Portals {
    /// Reads a card with this client and says what a mapping would find there. `change` says which fields are mapped;
    /// what it leaves out is as it is now.
    pub async fn try_mapping(
        &self,
        member_id: &MemberId,
        client: &PortalClient,
        card: NamedCard,
        change: &SettingsChange,
    ) -> Result<MappingTrial, TrialRefused> {
        let stored = member::stored(member_id).map_err(of_store)?;
        let mut settings = self.store().settings(&stored).await.map_err(of_store)?;
        if let Some(mapping) = mapping_after(&settings, change)? {
            settings.field_mapping = mapping;
        }
        let rules = Rules::of(&settings);
        let entity_type = reading::platform_type(card.entity_type);
        let read = CardQuery::new(entity_type, card.id)
            .company_fields(rules.company_fields(card.entity_type))
            .read(client)
            .await
            .map_err(of_card)?;
        let (item, companies) = reading::card(&read, &rules, Utc::now());
        let item = item.ok_or(CardRefusal::NotFound)?;
        let company = read.known_company();

        let mut fields = Vec::new();
        let mut tried = |entity_type: EntityType, custom_fields: &BTreeMap<String, Value>| {
            let labels = rules.labels(entity_type);
            let mapped = names(&settings.field_mapping, entity_type);
            fields.extend(mapped.map(|name| TriedField {
                entity_type,
                name: name.clone(),
                label: labels.get(name).cloned(),
                value: value_of(custom_fields, name),
            }));
        };
        if entity_type != CardType::Company {
            tried(card.entity_type, &read.custom_fields);
        }
        if let Some(company) = company {
            tried(EntityType::Company, &company.custom_fields);
        }

        let requisites = company
            .map(|company| company.requisites.as_slice())
            .unwrap_or_default();
        let mut labels = rules.labels(card.entity_type);
        labels.extend(rules.labels(EntityType::Company));
        let (of_requisites, _) = identifiers::read(&identifiers::of_requisites(requisites), &labels);
        let texts: Vec<_> = std::iter::once(&item)
            .chain(&companies)
            .flat_map(reading::texts)
            .collect();
        let (searched, _) = identifiers::read(&texts, &labels);
        Ok(MappingTrial {
            card,
            title: item.title,
            company: company
                .filter(|_| entity_type != CardType::Company)
                .map(|company| company.title.clone()),
            fields,
            of_requisites,
            searched,
        })
    }
}

fn names(mapping: &FieldMapping, entity_type: EntityType) -> impl Iterator<Item = &String> {
    mapping.of(entity_type).iter()
}

fn value_of(custom_fields: &BTreeMap<String, Value>, name: &str) -> TriedValue {
    if !custom_fields.contains_key(name) {
        return TriedValue::NoField;
    }
    let texts = identifiers::of_fields(custom_fields, std::slice::from_ref(&name.to_owned()));
    if texts.is_empty() {
        return TriedValue::Empty;
    }
    let (mut identifiers, mut unreadable) = (Vec::new(), Vec::new());
    for text in &texts {
        match Identifier::parse(&text.value) {
            Ok(identifier) if identifiers.contains(&identifier) => {}
            Ok(identifier) => identifiers.push(identifier),
            Err(error) => unreadable.push(error),
        }
    }
    let shown: Vec<&str> = texts.iter().map(|text| text.value.as_str()).collect();
    TriedValue::Text {
        shown: shown.join(", ").chars().take(LONGEST_SHOWN).collect(),
        identifiers,
        unreadable,
    }
}

fn of_card(error: CardError) -> TrialRefused {
    match error {
        CardError::AccessDenied => CardRefusal::AccessDenied.into(),
        CardError::NotFound => CardRefusal::NotFound.into(),
        CardError::UnsupportedType => CardRefusal::UnsupportedType.into(),
        CardError::Call(error) => TrialRefused::Portal(PortalNotice::of(&error)),
    }
}

fn of_store(error: certlens_store::StoreError) -> TrialRefused {
    TrialRefused::Mapping(SettingsRefused::Portals(PortalsError::Store(error)))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("https://acme.example/crm/deal/details/12/", EntityType::Deal, 12)]
    #[case("https://company.example/crm/lead/details/7/?IFRAME=Y", EntityType::Lead, 7)]
    #[case("/crm/company/show/101/", EntityType::Company, 101)]
    #[case(" Deal 12 ", EntityType::Deal, 12)]
    #[case("company:101", EntityType::Company, 101)]
    fn card_is_named_by_its_link_or_by_words(
        #[case] text: &str,
        #[case] entity_type: EntityType,
        #[case] id: u64,
    ) {
        let expected = NamedCard {
            entity_type,
            id: EntityId::new(id).unwrap(),
        };
        assert_eq!(text.parse(), Ok(expected));
    }

    #[rstest]
    #[case("")]
    #[case("12")]
    #[case("deal")]
    #[case("deal 0")]
    #[case("https://acme.example/crm/contact/details/12/")]
    #[case("https://deal.example/crm/contact/details/12/")]
    fn what_names_no_card_of_ours_is_refused(#[case] text: &str) {
        assert_eq!(text.parse::<NamedCard>(), Err(NoCard));
    }

    #[test]
    fn field_is_told_apart_that_is_missing_empty_and_filled() {
        let fields: BTreeMap<String, Value> = [
            ("UF_CRM_EMPTY".to_owned(), json!("")),
            ("UF_CRM_INN".to_owned(), json!("7707083893; see contract")),
        ]
        .into();

        assert_eq!(value_of(&fields, "UF_CRM_NONE"), TriedValue::NoField);
        assert_eq!(value_of(&fields, "UF_CRM_EMPTY"), TriedValue::Empty);
        let TriedValue::Text {
            shown,
            identifiers,
            unreadable,
        } = value_of(&fields, "UF_CRM_INN")
        else {
            panic!("a text stands there");
        };
        assert_eq!(shown, "7707083893, see contract");
        assert_eq!(identifiers, [Identifier::parse("7707083893").unwrap()]);
        assert_eq!(unreadable.len(), 1);
    }
}
