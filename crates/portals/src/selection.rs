//! A card's identifiers as its viewers share them: what the CRM says now, with what people decided about it.
//!
//! Who may see the card may see and change its selection: nothing is told or changed before the right is proved, by the
//! index or by the portal ([`Portals::resolve`]). What was decided is remembered for the whole portal
//! ([`certlens_store::card_identifiers`]) and, where an administrator wants it, repeated in a field of the CRM
//! ([`crate::mirror`]).

mod checks;
mod merge;

use certlens_bitrix24::crm::read_viewer;
use certlens_bitrix24::{EntityId, EntityType, MemberId};
use certlens_domain::identifier::NotAnIdentifier;
use certlens_domain::selection::{CardChange, CardSelection, LONGEST_LABEL, Mirror, MirrorState};
use certlens_store::{CardMemory, ChangedBy, CrmEntity, PortalSettings, ProposedIdentifier, StoreError};

use crate::card::{CardIdentity, CardRefusal, CardSource, Viewer};
use crate::credentials::stored_user;
use crate::error::PortalsError;
use crate::member;
use crate::mirror;
use crate::notice::PortalNotice;
use crate::patience::in_time;
use crate::portals::Portals;
use crate::reading;
use merge::Found;

/// More changes are not made at once.
pub const MOST_CHANGES: usize = 100;

/// Why a selection was not changed, or is not told.
#[derive(Debug, thiserror::Error)]
pub enum SelectionRefused {
    /// A changed text is no identifier.
    #[error(transparent)]
    NotAnIdentifier(#[from] NotAnIdentifier),
    /// A label is too long.
    #[error("a label has at most {LONGEST_LABEL} characters")]
    LabelTooLong,
    /// Too many changes at once.
    #[error("at most {MOST_CHANGES} identifiers can be changed at once")]
    TooManyChanges,
    /// The card remembers as many identifiers as it can.
    #[error(transparent)]
    Full(StoreError),
    /// The viewer may not see the card, or it is gone.
    #[error(transparent)]
    Card(#[from] CardRefusal),
    /// The portal did not say whether the viewer may see the card.
    #[error("the portal does not say now whether the user may see this card ({})", .0.key())]
    Portal(PortalNotice),
    /// Our own trouble.
    #[error(transparent)]
    Portals(#[from] PortalsError),
}

impl From<StoreError> for SelectionRefused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::CardFull => Self::Full(error),
            error => Self::Portals(error.into()),
        }
    }
}

impl Portals {
    /// The selection of a card that was resolved for its viewer. Of a card that neither index nor portal knows nothing
    /// is told, because the viewer's right to see it is not proved. Costs no call to the portal.
    ///
    /// When our own memory fails the CRM's identifiers are shown as if nobody had ever changed them (`revision` 0): a
    /// page that asks for the revision later learns better.
    pub async fn card_selection(&self, member_id: &MemberId, card: &CardIdentity) -> CardSelection {
        let Some(card_type) =
            reading::card_type(card.entity_type).filter(|_| card.source != CardSource::Nothing)
        else {
            return CardSelection::default();
        };
        let entity = CrmEntity::new(card_type, reading::stored_id(card.id));
        let remembered = in_time(async {
            let member_id = member::stored(member_id)?;
            tokio::try_join!(
                self.store().card_identifiers(&member_id, entity),
                self.store().settings(&member_id)
            )
        });
        let (memory, settings) = remembered.await.unwrap_or_else(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a card's memory can't be asked"
            );
            (CardMemory::default(), PortalSettings::default())
        });
        let mirror = mirror_of(&settings, entity, memory.mirror);
        merge::merged(&merge::found(card), &memory, mirror)
    }

    /// The selection of a card as a viewer may see it now, for a page that learnt of a new revision.
    pub async fn selection(
        &self,
        viewer: &Viewer,
        entity_type: EntityType,
        id: EntityId,
    ) -> Result<CardSelection, SelectionRefused> {
        let card = self.proved(viewer, entity_type, id).await?;
        Ok(self.card_selection(&viewer.member_id, &card).await)
    }

    /// The revision of a card's selection alone; 0 before the first change. One look at one row: pages ask for it all
    /// the time.
    pub async fn selection_revision(
        &self,
        member_id: &MemberId,
        entity_type: EntityType,
        id: EntityId,
    ) -> Result<i64, PortalsError> {
        let Some(card_type) = reading::card_type(entity_type) else {
            return Ok(0);
        };
        let entity = CrmEntity::new(card_type, reading::stored_id(id));
        Ok(self
            .store()
            .card_revision(&member::stored(member_id)?, entity)
            .await?)
    }

    /// Carries out all changes or none; the selection then. Waits for the portal only where the index can't tell
    /// whether the viewer may see the card.
    pub async fn change_selection(
        &self,
        viewer: &Viewer,
        entity_type: EntityType,
        id: EntityId,
        changes: &[CardChange],
    ) -> Result<CardSelection, SelectionRefused> {
        let changes = checks::checked(changes)?;
        let card = self.proved(viewer, entity_type, id).await?;
        let card_type = reading::card_type(entity_type).ok_or(CardRefusal::UnsupportedType)?;
        let entity = CrmEntity::new(card_type, reading::stored_id(id));
        let member_id = member::stored(&viewer.member_id)?;
        let user = stored_user(viewer.user_id);
        let (name, settings) = tokio::try_join!(
            self.store().user_name(&member_id, user),
            self.store().settings(&member_id)
        )?;
        let by = ChangedBy { user, name };
        let found = merge::found(&card);
        let proposed: Vec<ProposedIdentifier> = found.iter().map(Found::proposal).collect();
        let memory = self
            .store()
            .change_card(&member_id, entity, &by, &changes, &proposed)
            .await?;
        if by.name.is_none() {
            self.learn_name_meanwhile(viewer);
        }
        let mirror = mirror_of(&settings, entity, memory.mirror);
        let mut selection = merge::merged(&found, &memory, mirror);
        if settings.mirror_field.of(card_type).is_some()
            && self.want_mirror(&member_id, entity, user, &selection).await
        {
            selection.mirror = mirror_of(&settings, entity, Some(MirrorState::Waiting));
        }
        Ok(selection)
    }

    /// The card, when the viewer's right to see it is proved.
    async fn proved(
        &self,
        viewer: &Viewer,
        entity_type: EntityType,
        id: EntityId,
    ) -> Result<CardIdentity, SelectionRefused> {
        let client = self.client_of(&viewer.member_id, viewer.user_id).await?;
        let card = self.resolve(viewer, &client, entity_type, id).await?;
        match (card.source, &card.notice) {
            (CardSource::Nothing, notice) => Err(SelectionRefused::Portal(
                notice.clone().unwrap_or(PortalNotice::Silent),
            )),
            (CardSource::Index | CardSource::Portal, _) => Ok(card),
        }
    }

    /// Asks the portal for the viewer's name without anybody waiting: until it is known his number stands for it.
    pub fn learn_name_meanwhile(&self, viewer: &Viewer) {
        let (portals, viewer) = (self.clone(), viewer.clone());
        tokio::spawn(async move {
            if let Err(error) = portals.learn_name(&viewer).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a user's name can't be learnt"
                );
            }
        });
    }

    async fn learn_name(&self, viewer: &Viewer) -> Result<(), PortalsError> {
        let client = self.client_of(&viewer.member_id, viewer.user_id).await?;
        let proved = read_viewer(&client).await?;
        if let Some(proved) = proved.filter(|proved| proved.id == viewer.user_id) {
            let member_id = member::stored(&viewer.member_id)?;
            let user = stored_user(viewer.user_id);
            self.store()
                .note_profile(&member_id, user, proved.is_administrator, &proved.name)
                .await?;
        }
        Ok(())
    }
}

/// How the card's mirror is told; `None` where the portal has none, or nothing was to be written yet.
fn mirror_of(settings: &PortalSettings, entity: CrmEntity, state: Option<MirrorState>) -> Option<Mirror> {
    let name = settings.mirror_field.of(entity.entity_type)?;
    Some(Mirror {
        field: mirror::label(settings, entity.entity_type, name),
        state: state?,
    })
}
