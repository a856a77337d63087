//! From the index's items to what a card shows. Pure.

use std::collections::{BTreeSet, HashMap};

use certlens_bitrix24::EntityId;
use certlens_store::{CrmEntity, EntityType, IndexedCard, IndexedItem, PortalSettings};

use super::{CardIdentity, CardSource, CompanyIdentity};
use crate::identifiers;
use crate::reading::{self, Rules};

/// What is remembered of a card, and what of it the viewer may see.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) settings: PortalSettings,
    pub(super) card: Option<IndexedCard>,
    /// Of the card and its companies, those that the viewer may see as far as we know.
    pub(super) visible: BTreeSet<CrmEntity>,
    pub(super) is_administrator: Option<bool>,
}

impl Memory {
    /// The card, when nothing has to be asked: the index knows it with all its companies, and the viewer may see all
    /// of them.
    pub(super) fn complete(&self) -> Option<&IndexedCard> {
        self.card.as_ref().filter(|card| {
            card.missing_company_ids().is_empty()
                && std::iter::once(&card.item)
                    .chain(&card.companies)
                    .all(|item| self.visible.contains(&item.entity))
        })
    }

    /// The card, when the viewer may see it; perhaps without some of its companies.
    pub(super) fn visible(&self) -> Option<&IndexedCard> {
        self.card
            .as_ref()
            .filter(|card| self.visible.contains(&card.item.entity))
    }

    pub(super) fn view(&self, id: EntityId) -> View<'_> {
        View {
            id,
            settings: &self.settings,
            visible: &self.visible,
            is_administrator: self.is_administrator,
        }
    }
}

/// How items are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    id: EntityId,
    settings: &'a PortalSettings,
    visible: &'a BTreeSet<CrmEntity>,
    pub(super) is_administrator: Option<bool>,
}

impl View<'_> {
    /// A remembered card, without the companies that the viewer may not see.
    pub(super) fn of_indexed(self, card: &IndexedCard, source: CardSource) -> CardIdentity {
        let companies: Vec<&IndexedItem> = card
            .companies
            .iter()
            .filter(|company| self.visible.contains(&company.entity))
            .collect();
        let unreadable = card.item.company_ids.len().saturating_sub(companies.len());
        self.of_items(&card.item, &companies, unreadable, source)
    }

    pub(super) fn of_items(
        self,
        item: &IndexedItem,
        companies: &[&IndexedItem],
        unreadable_companies: usize,
        source: CardSource,
    ) -> CardIdentity {
        let rules = Rules::of(self.settings);
        let mut unreadable = Vec::new();
        let mut found_in = |item: &IndexedItem| {
            let labels: HashMap<String, String> = rules.labels(item.entity.entity_type);
            let (found, broken) = identifiers::read(&reading::texts(item), &labels);
            for text in broken {
                if !unreadable.contains(&text) {
                    unreadable.push(text);
                }
            }
            found
        };
        let own = found_in(item);
        let companies: Vec<CompanyIdentity> = companies
            .iter()
            .filter_map(|company| {
                Some(CompanyIdentity {
                    id: reading::platform_id(company.entity.id)?,
                    title: company.title.clone(),
                    identifiers: found_in(company),
                })
            })
            .collect();
        let is_lead = item.entity.entity_type == EntityType::Lead;
        let has_identifier =
            !own.is_empty() || companies.iter().any(|company| !company.identifiers.is_empty());
        CardIdentity {
            entity_type: reading::platform_type(item.entity.entity_type),
            id: self.id,
            title: item.title.clone(),
            // A lead's own field goes before its company.
            companies: if is_lead && !own.is_empty() {
                Vec::new()
            } else {
                companies
            },
            own,
            unreadable_companies,
            unreadable,
            needs_identifier: is_lead && !has_identifier,
            may_write_back: is_lead
                && self.settings.lead_write_back
                && !self.settings.field_mapping.lead.is_empty(),
            source,
            notice: None,
            is_administrator: self.is_administrator,
        }
    }
}
