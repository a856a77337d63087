//! Writing an identifier that a viewer entered back into a lead.

use certlens_bitrix24::crm::field::{WriteError, write_field};
use certlens_bitrix24::crm::{ItemReading, read_items};
use certlens_bitrix24::{CallError, EntityId, MemberId, PortalClient, Reaction};
use certlens_domain::identifier::Identifier;
use certlens_store::{CrmEntity, EntityType, IndexedItem};
use chrono::Utc;

use crate::error::PortalsError;
use crate::member;
use crate::notice::PortalNotice;
use crate::portals::Portals;
use crate::reading::{self, Rules};

/// What to write where.
#[derive(Debug, Clone)]
pub struct WriteBack {
    /// The portal.
    pub member_id: MemberId,
    /// The lead.
    pub lead: EntityId,
    /// The identifier to write.
    pub identifier: Identifier,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteBackOutcome {
    /// Written; the index knows it as well.
    Written {
        /// The field's name.
        field: String,
    },
    /// The portal's settings map no field of leads.
    NoField,
    /// The portal's settings don't allow writing.
    NotAllowed,
    /// The portal refused, in its own words: the viewer may not change this lead, say.
    Refused(String),
    /// The portal is in trouble; nothing is known to be written.
    Portal(PortalNotice),
}

impl Portals {
    /// Writes an identifier into the first mapped field of a lead, with the viewer's own rights.
    pub async fn write_back(
        &self,
        client: &PortalClient,
        write: &WriteBack,
    ) -> Result<WriteBackOutcome, PortalsError> {
        let member_id = member::stored(&write.member_id)?;
        let settings = self.store().settings(&member_id).await?;
        if !settings.lead_write_back {
            return Ok(WriteBackOutcome::NotAllowed);
        }
        let Some(field) = settings.field_mapping.lead.first().cloned() else {
            return Ok(WriteBackOutcome::NoField);
        };
        // A field for several values takes a list; a text in its place would be refused or lost.
        let multiple = settings
            .available_fields
            .lead
            .iter()
            .any(|available| available.name == field && reading::is_multiple(available));
        let text = write.identifier.value();
        let lead = (certlens_bitrix24::EntityType::Lead, write.lead);
        match write_field(client, lead, &field, text, multiple).await {
            Ok(()) => {}
            Err(WriteError::Call(CallError::Refused(error))) if error.code.reaction() == Reaction::GiveUp => {
                return Ok(WriteBackOutcome::Refused(error.description));
            }
            Err(WriteError::Call(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "an identifier can't be written back"
                );
                return Ok(WriteBackOutcome::Portal(PortalNotice::of(&error)));
            }
            Err(error) => return Ok(WriteBackOutcome::Refused(error.to_string())),
        }
        // The portal will tell by an event as well; until then the card should not ask for the identifier again.
        let rules = Rules::of(&settings);
        let lead = CrmEntity::new(EntityType::Lead, reading::stored_id(write.lead));
        if let Err(error) = self.reread(client, &member_id, &rules, lead).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a written lead can't be read again"
            );
        }
        Ok(WriteBackOutcome::Written { field })
    }

    async fn reread(
        &self,
        client: &PortalClient,
        member_id: &certlens_store::MemberId,
        rules: &Rules,
        lead: CrmEntity,
    ) -> Result<(), PortalsError> {
        let id = reading::platform_id(lead.id);
        let asked: Vec<_> = id
            .map(|id| (certlens_bitrix24::EntityType::Lead, id))
            .into_iter()
            .collect();
        let read_at = Utc::now();
        let readings = read_items(client, &asked, &rules.company_fields(EntityType::Lead)).await?;
        let items: Vec<IndexedItem> = readings
            .iter()
            .filter_map(|reading| match reading {
                ItemReading::Present(item) => reading::item(item, &[], rules, read_at),
                _ => None,
            })
            .collect();
        self.store().index_items(member_id, &items).await?;
        Ok(())
    }
}
