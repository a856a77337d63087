//! From what a portal answers to the index's items, and back. Pure.

use std::collections::{BTreeSet, HashMap};

use certlens_bitrix24::EntityId;
use certlens_bitrix24::crm::{Card, Company, Item, LinkedCompany, Requisite};
use certlens_store::{
    AvailableFields, CrmEntity, CustomField, EntityType, FieldMapping, IdentifierSource, IndexedIdentifier,
    IndexedItem, PortalSettings,
};
use chrono::{DateTime, Utc};

use crate::credentials::stored_user;
use crate::identifiers::{self, Source, Text};

/// The type of custom fields that link CRM items of any type: `CO_12`.
pub(crate) const LINK_TYPE: &str = "crm";
/// Our name for custom fields that link companies only: `12`.
pub(crate) const COMPANY_LINK_TYPE: &str = "crm_company";

/// What we add to the type of a custom field that holds several values.
pub(crate) const SEVERAL: &str = "[]";

/// Whether a custom field holds several values.
pub(crate) fn is_multiple(field: &CustomField) -> bool {
    field.field_type.ends_with(SEVERAL)
}

/// No card shows more linked companies.
const MOST_COMPANIES: usize = 100;

/// The platform's name of a card's type; `None` for types without a card of ours.
pub(crate) fn card_type(entity_type: certlens_bitrix24::EntityType) -> Option<EntityType> {
    match entity_type {
        certlens_bitrix24::EntityType::Lead => Some(EntityType::Lead),
        certlens_bitrix24::EntityType::Deal => Some(EntityType::Deal),
        certlens_bitrix24::EntityType::Company => Some(EntityType::Company),
        _ => None,
    }
}

/// The platform's type of a stored one.
pub(crate) fn platform_type(entity_type: EntityType) -> certlens_bitrix24::EntityType {
    match entity_type {
        EntityType::Lead => certlens_bitrix24::EntityType::Lead,
        EntityType::Deal => certlens_bitrix24::EntityType::Deal,
        EntityType::Company => certlens_bitrix24::EntityType::Company,
    }
}

/// A platform's number in the store; numbers of portals fit by far.
pub(crate) fn stored_id(id: EntityId) -> i64 {
    i64::try_from(id.get()).unwrap_or(i64::MAX)
}

/// A stored number for the platform; `None` for what can't be one.
pub(crate) fn platform_id(id: i64) -> Option<EntityId> {
    u64::try_from(id).ok().and_then(EntityId::new)
}

/// What of a portal's settings decides how its items are read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    mapping: FieldMapping,
    available: AvailableFields,
}

impl Rules {
    pub(crate) fn of(settings: &PortalSettings) -> Self {
        Self {
            mapping: settings.field_mapping.clone(),
            available: settings.available_fields.clone(),
        }
    }

    /// The custom fields that identifiers are read from.
    pub(crate) fn mapped(&self, entity_type: EntityType) -> &[String] {
        self.mapping.of(entity_type)
    }

    /// What people call the custom fields of a type.
    pub(crate) fn labels(&self, entity_type: EntityType) -> HashMap<String, String> {
        self.available
            .of(entity_type)
            .iter()
            .filter(|field| field.label != field.name)
            .map(|field| (field.name.clone(), field.label.clone()))
            .collect()
    }

    /// The custom fields to ask a portal's list for: mapped ones, and those that link items of any type.
    pub(crate) fn custom_fields(&self, entity_type: EntityType) -> Vec<String> {
        let mut names = self.mapped(entity_type).to_vec();
        for name in self.fields_of_type(entity_type, LINK_TYPE) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The custom fields that link companies only.
    pub(crate) fn company_fields(&self, entity_type: EntityType) -> Vec<String> {
        self.fields_of_type(entity_type, COMPANY_LINK_TYPE)
    }

    fn fields_of_type(&self, entity_type: EntityType, field_type: &str) -> Vec<String> {
        if entity_type == EntityType::Company {
            return Vec::new();
        }
        self.available
            .of(entity_type)
            .iter()
            .filter(|field| field.field_type.trim_end_matches(SEVERAL) == field_type)
            .map(|field| field.name.clone())
            .collect()
    }
}

/// The index's item of a portal's one; `None` for types without a card of ours. `requisites` are the company's own.
pub(crate) fn item(
    item: &Item,
    requisites: &[Requisite],
    rules: &Rules,
    read_at: DateTime<Utc>,
) -> Option<IndexedItem> {
    let entity_type = card_type(item.entity_type)?;
    let mut texts = identifiers::of_requisites(requisites);
    texts.extend(identifiers::of_fields(
        &item.custom_fields,
        rules.mapped(entity_type),
    ));
    Some(IndexedItem {
        entity: CrmEntity::new(entity_type, stored_id(item.id)),
        title: item.title.clone(),
        responsible_id: item.responsible.map(stored_user),
        company_ids: item
            .linked_companies
            .iter()
            .take(MOST_COMPANIES)
            .map(|id| stored_id(*id))
            .collect(),
        requisite_ids: requisites
            .iter()
            .filter_map(|requisite| i64::try_from(requisite.id?).ok())
            .collect(),
        modified_at: item.updated_at,
        read_at,
        identifiers: texts.iter().map(indexed).collect(),
    })
}

/// A company with its details.
pub(crate) fn company(company: &Company, rules: &Rules, read_at: DateTime<Utc>) -> Option<IndexedItem> {
    item(&company.item(), &company.requisites, rules, read_at)
}

/// Everything that a card's reading tells: its own item, and its main company.
pub(crate) fn card(
    read: &Card,
    rules: &Rules,
    read_at: DateTime<Utc>,
) -> (Option<IndexedItem>, Vec<IndexedItem>) {
    if read.entity_type == certlens_bitrix24::EntityType::Company {
        let own = read
            .known_company()
            .and_then(|known| company(known, rules, read_at));
        return (own, Vec::new());
    }
    (
        item(&read.item(), &[], rules, read_at),
        known(std::slice::from_ref(&read.company), rules, read_at),
    )
}

/// The companies whose details the portal kept back: they can be shown, but what is known of them stays true.
pub(crate) fn doubtful(companies: &[LinkedCompany]) -> BTreeSet<CrmEntity> {
    companies
        .iter()
        .filter_map(|linked| match linked {
            LinkedCompany::Known(known) if known.requisites_refused.is_some() => {
                Some(CrmEntity::new(EntityType::Company, stored_id(known.id)))
            }
            LinkedCompany::Known(_) | LinkedCompany::None | LinkedCompany::Unreadable(..) => None,
        })
        .collect()
}

/// The companies that could be read.
pub(crate) fn known(companies: &[LinkedCompany], rules: &Rules, read_at: DateTime<Utc>) -> Vec<IndexedItem> {
    companies
        .iter()
        .filter_map(|linked| match linked {
            LinkedCompany::Known(known) => company(known, rules, read_at),
            LinkedCompany::None | LinkedCompany::Unreadable(..) => None,
        })
        .collect()
}

fn indexed(text: &Text) -> IndexedIdentifier {
    let (source, source_name) = match &text.source {
        Source::Requisite(title) => (IdentifierSource::Requisite, title.clone()),
        Source::Field(name) => (IdentifierSource::Field, name.clone()),
    };
    IndexedIdentifier {
        value: text.value.clone(),
        identifier: text.identifier().map(|identifier| identifier.value().to_owned()),
        source,
        source_name,
    }
}

/// The texts of an indexed item again.
pub(crate) fn texts(item: &IndexedItem) -> Vec<Text> {
    item.identifiers
        .iter()
        .map(|indexed| Text {
            value: indexed.value.clone(),
            source: match indexed.source {
                IdentifierSource::Requisite => Source::Requisite(indexed.source_name.clone()),
                IdentifierSource::Field => Source::Field(indexed.source_name.clone()),
            },
        })
        .collect()
}

#[cfg(test)]
mod tests;
