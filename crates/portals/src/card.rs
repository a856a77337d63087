//! What stands behind a card: its title, its companies and their identifiers.
//!
//! The index answers where the viewer's right to see the item is known; otherwise one batch with the viewer's own
//! token reads the card, proves the right, and fills the index. A portal that doesn't answer leaves the index's answer
//! with a notice, or the notice alone. No document is searched here.

mod view;

use std::collections::BTreeSet;

use certlens_bitrix24::crm::{Card, CardError, CardQuery, LinkedCompany, read_companies};
use certlens_bitrix24::{EntityId, EntityType, MemberId, PortalClient, UserId, VerifiedFrame};
use certlens_domain::identifier::{Identifier, NotAnIdentifier};
use certlens_store::{CrmEntity, IndexedItem, StoreError};
use chrono::Utc;

use crate::credentials::stored_user;
use crate::error::PortalsError;
use crate::member;
use crate::notice::PortalNotice;
use crate::patience::in_time;
use crate::portals::Portals;
use crate::reading::{self, Rules};
use view::Memory;

/// What one more request reads of a deal's further companies.
const MOST_OTHER_COMPANIES: usize = 24;

/// Who looks at a card: proved, never what a form says.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The portal.
    pub member_id: MemberId,
    /// Its user.
    pub user_id: UserId,
}

impl Viewer {
    /// The viewer of a verified frame.
    pub fn of(frame: &VerifiedFrame) -> Self {
        Self {
            member_id: frame.member_id().clone(),
            user_id: frame.user_id(),
        }
    }
}

/// A viewer as our memory names him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredViewer {
    /// The portal.
    pub member_id: certlens_store::MemberId,
    /// Its user.
    pub user: certlens_store::UserId,
    /// The card that he looks at; `None` for a page that belongs to none of ours.
    pub card: Option<CrmEntity>,
}

impl Viewer {
    /// The viewer as our memory names him, at the card of his page.
    pub fn in_store(&self, page: Option<(EntityType, EntityId)>) -> Result<StoredViewer, PortalsError> {
        Ok(StoredViewer {
            member_id: member::stored(&self.member_id)?,
            user: stored_user(self.user_id),
            card: page.and_then(|(entity_type, id)| {
                let card_type = reading::card_type(entity_type)?;
                Some(CrmEntity::new(card_type, reading::stored_id(id)))
            }),
        })
    }
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardSource {
    /// Our index: no call was made.
    Index,
    /// The portal, just now, with the viewer's own token.
    Portal,
    /// Nowhere: the portal is silent and the index doesn't know the item, or may not show it.
    Nothing,
}

/// Where an identifier stands in the CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentifierOrigin {
    /// A set of company details, by its title (perhaps empty).
    Requisite(String),
    /// A mapped custom field, by its name (`UF_CRM_INN`) and its label where we know one.
    Field {
        /// The field's name.
        name: String,
        /// What people call it.
        label: Option<String>,
    },
}

/// An identifier and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundIdentifier {
    /// The identifier, perhaps with a wrong check digit.
    pub identifier: Identifier,
    /// Where it stands.
    pub origin: IdentifierOrigin,
}

/// A company that a card names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyIdentity {
    /// The company.
    pub id: EntityId,
    /// Its title.
    pub title: String,
    /// Its identifiers, each once.
    pub identifiers: Vec<FoundIdentifier>,
}

/// What stands behind a card.
#[derive(Debug, Clone, PartialEq)]
pub struct CardIdentity {
    /// The card's type.
    pub entity_type: EntityType,
    /// The card's item.
    pub id: EntityId,
    /// Its title; empty when nothing is known.
    pub title: String,
    /// The card's own identifiers: a company's details and mapped fields; a deal's or lead's mapped fields.
    pub own: Vec<FoundIdentifier>,
    /// The companies that a deal or a lead names, the primary one first. Empty for a company's card.
    pub companies: Vec<CompanyIdentity>,
    /// How many linked companies the viewer may not see, or that are gone.
    pub unreadable_companies: usize,
    /// Texts in identifier fields that are no identifiers, each once.
    pub unreadable: Vec<NotAnIdentifier>,
    /// A lead without any identifier: the page offers a field to enter one.
    pub needs_identifier: bool,
    /// Whether an identifier that the viewer enters may be written into the lead (the portal's settings).
    pub may_write_back: bool,
    /// Where this comes from.
    pub source: CardSource,
    /// What is wrong with the portal, if anything.
    pub notice: Option<PortalNotice>,
    /// Whether the viewer administers the portal, where known.
    pub is_administrator: Option<bool>,
}

impl CardIdentity {
    /// All identifiers of the card: its own ones first, then those of its companies, each once.
    pub fn identifiers(&self) -> Vec<&FoundIdentifier> {
        let mut all: Vec<&FoundIdentifier> = Vec::new();
        let every = self
            .own
            .iter()
            .chain(self.companies.iter().flat_map(|company| &company.identifiers));
        for found in every {
            if !all.iter().any(|other| other.identifier == found.identifier) {
                all.push(found);
            }
        }
        all
    }

    /// A card of which nothing is known but what is wrong.
    pub(crate) fn of_notice(entity_type: EntityType, id: EntityId, notice: PortalNotice) -> Self {
        Self {
            entity_type,
            id,
            title: String::new(),
            own: Vec::new(),
            companies: Vec::new(),
            unreadable_companies: 0,
            unreadable: Vec::new(),
            needs_identifier: false,
            may_write_back: false,
            source: CardSource::Nothing,
            notice: Some(notice),
            is_administrator: None,
        }
    }
}

/// Why a card is not shown at all.
#[derive(Debug, thiserror::Error)]
pub enum CardRefusal {
    /// The viewer may not see the item.
    #[error("the user may not see this item in Bitrix24")]
    AccessDenied,
    /// The item is gone.
    #[error("the item does not exist in Bitrix24; perhaps it was deleted")]
    NotFound,
    /// Only leads, deals and companies have a card of ours.
    #[error("cards of this type are not supported")]
    UnsupportedType,
}

impl Portals {
    /// What stands behind a card, for this viewer. `client` is the viewer's own ([`Portals::viewer_client`]).
    ///
    /// Costs no call where the index knows the item and the viewer's right to see it, one batch otherwise (two for a
    /// deal with several companies).
    pub async fn resolve(
        &self,
        viewer: &Viewer,
        client: &PortalClient,
        entity_type: EntityType,
        id: EntityId,
    ) -> Result<CardIdentity, CardRefusal> {
        let Some(card_type) = reading::card_type(entity_type) else {
            return Err(CardRefusal::UnsupportedType);
        };
        let entity = CrmEntity::new(card_type, reading::stored_id(id));
        let memory = self.recall_if_possible(viewer, entity).await;
        if let Some(known) = memory.complete() {
            return Ok(memory.view(id).of_indexed(known, CardSource::Index));
        }
        let notice = match self.ask(viewer, client, &memory, entity_type, id).await {
            Ok(identity) => return Ok(identity),
            Err(Asked::Refused(refusal)) => {
                self.forget(viewer, entity, &refusal).await;
                return Err(refusal);
            }
            Err(Asked::Portal(notice)) => notice,
        };
        // Of many who opened the card at once, one may have had more luck with the portal.
        let memory = self.recall_if_possible(viewer, entity).await;
        if let Some(known) = memory.complete() {
            return Ok(memory.view(id).of_indexed(known, CardSource::Index));
        }
        Ok(match memory.visible() {
            Some(known) => CardIdentity {
                notice: Some(notice),
                ..memory.view(id).of_indexed(known, CardSource::Index)
            },
            None => CardIdentity::of_notice(entity_type, id, notice),
        })
    }

    /// What is remembered; nothing when the store fails, because the portal may well answer without our memory.
    async fn recall_if_possible(&self, viewer: &Viewer, entity: CrmEntity) -> Memory {
        in_time(self.recall(viewer, entity))
            .await
            .unwrap_or_else(|error| {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the index can't be asked"
                );
                Memory::default()
            })
    }

    /// What the index knows of the card, and what of it the viewer may see.
    async fn recall(&self, viewer: &Viewer, entity: CrmEntity) -> Result<Memory, StoreError> {
        let store = self.store();
        let member_id = member::stored(&viewer.member_id)?;
        let user_id = stored_user(viewer.user_id);
        let (settings, card, is_administrator) = tokio::try_join!(
            store.settings(&member_id),
            store.indexed_card(&member_id, entity),
            store.administrator(&member_id, user_id),
        )?;
        let mut visible = BTreeSet::new();
        if let Some(card) = &card {
            for item in std::iter::once(&card.item).chain(&card.companies) {
                if is_administrator == Some(true)
                    || item.responsible_id == Some(user_id)
                    || store.has_access(&member_id, user_id, item.entity).await?
                {
                    visible.insert(item.entity);
                }
            }
        }
        Ok(Memory {
            settings,
            card,
            visible,
            is_administrator,
        })
    }

    /// Reads the card with the viewer's own token, which proves what the viewer may see, and keeps what was read.
    async fn ask(
        &self,
        viewer: &Viewer,
        client: &PortalClient,
        memory: &Memory,
        entity_type: EntityType,
        id: EntityId,
    ) -> Result<CardIdentity, Asked> {
        let rules = Rules::of(&memory.settings);
        let read_at = Utc::now();
        let company_fields = reading::card_type(entity_type)
            .map(|card_type| rules.company_fields(card_type))
            .unwrap_or_default();
        let card = CardQuery::new(entity_type, id)
            .company_fields(company_fields)
            .read(client)
            .await?;
        let (item, mut companies) = reading::card(&card, &rules, read_at);
        let Some(item) = item else {
            return Err(Asked::Refused(CardRefusal::NotFound));
        };
        let mut doubtful = reading::doubtful(std::slice::from_ref(&card.company));
        let others = other_companies(&card);
        if !others.is_empty() {
            match read_companies(client, &others).await {
                Ok(others) => {
                    companies.extend(reading::known(&others, &rules, read_at));
                    doubtful.extend(reading::doubtful(&others));
                }
                // The card itself is there: these companies count as unreadable for now.
                Err(error) => tracing::warn!(%error, "a deal's further companies can't be read"),
            }
        }
        let main = match card.company {
            LinkedCompany::Known(_) | LinkedCompany::Unreadable(..) if entity_type != EntityType::Company => {
                1
            }
            _ => 0,
        };
        if let Err(error) = in_time(self.remember(viewer, &card, &item, &companies, &doubtful)).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a card can't be put into the index"
            );
        }
        let mut view = memory.view(id);
        if let Some(proved) = card.viewer.as_ref().filter(|proved| proved.id == viewer.user_id) {
            view.is_administrator = Some(proved.is_administrator);
        }
        let unreadable = (main + others.len()).saturating_sub(companies.len());
        let companies: Vec<&IndexedItem> = companies.iter().collect();
        Ok(view.of_items(&item, &companies, unreadable, CardSource::Portal))
    }

    async fn remember(
        &self,
        viewer: &Viewer,
        card: &Card,
        item: &IndexedItem,
        companies: &[IndexedItem],
        doubtful: &BTreeSet<CrmEntity>,
    ) -> Result<(), StoreError> {
        let store = self.store();
        let member_id = member::stored(&viewer.member_id)?;
        let user_id = stored_user(viewer.user_id);
        let items: Vec<IndexedItem> = std::iter::once(item).chain(companies).cloned().collect();
        // A company whose details the portal kept back may have identifiers that we know of.
        let certain: Vec<IndexedItem> = items
            .iter()
            .filter(|item| !doubtful.contains(&item.entity))
            .cloned()
            .collect();
        store.index_items(&member_id, &certain).await?;
        let seen: Vec<CrmEntity> = items.iter().map(|item| item.entity).collect();
        match &card.viewer {
            // A client of somebody else proves nothing about this viewer.
            Some(proved) if proved.id != viewer.user_id => Ok(()),
            Some(proved) => {
                store.note_access(&member_id, user_id, &seen).await?;
                store
                    .note_profile(&member_id, user_id, proved.is_administrator, &proved.name)
                    .await
            }
            None => store.note_access(&member_id, user_id, &seen).await,
        }
    }

    /// What a refusal tells: an item that is gone leaves the index, and a right that was lost is forgotten.
    async fn forget(&self, viewer: &Viewer, entity: CrmEntity, refusal: &CardRefusal) {
        let forgotten = async {
            let member_id = member::stored(&viewer.member_id)?;
            match refusal {
                CardRefusal::NotFound => self.store().remove_items(&member_id, &[entity]).await,
                CardRefusal::AccessDenied => self.store().revoke_access(&member_id, &[entity]).await,
                CardRefusal::UnsupportedType => Ok(()),
            }
        };
        if let Err(error) = in_time(forgotten).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a refused card can't be forgotten"
            );
        }
    }
}

/// Why the portal gave no card.
enum Asked {
    Refused(CardRefusal),
    Portal(PortalNotice),
}

impl From<CardError> for Asked {
    fn from(error: CardError) -> Self {
        match error {
            CardError::AccessDenied => Self::Refused(CardRefusal::AccessDenied),
            CardError::NotFound => Self::Refused(CardRefusal::NotFound),
            CardError::UnsupportedType => Self::Refused(CardRefusal::UnsupportedType),
            CardError::Call(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the portal did not answer for a card"
                );
                Self::Portal(PortalNotice::of(&error))
            }
        }
    }
}

/// The companies that a card names beside the one that came with it.
fn other_companies(card: &Card) -> Vec<EntityId> {
    let main = match &card.company {
        LinkedCompany::None => None,
        LinkedCompany::Unreadable(id, _) => Some(*id),
        LinkedCompany::Known(company) => Some(company.id),
    };
    card.linked_companies
        .iter()
        .copied()
        .filter(|id| Some(*id) != main)
        .take(MOST_OTHER_COMPANIES)
        .collect()
}
