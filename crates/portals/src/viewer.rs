//! What is known of a portal's user and of the portal's index, for pages that outlive the frame they were opened by.

use certlens_bitrix24::{MemberId, PortalClient, UserId, bindings};

use crate::credentials::stored_user;
use crate::error::PortalsError;
use crate::member;
use crate::portals::Portals;
use crate::settings::ByCardType;

impl Portals {
    /// Whether a user administers the portal: by memory while that is fresh (a day), else by one call of his own
    /// client.
    pub async fn is_administrator(
        &self,
        member_id: &MemberId,
        user_id: UserId,
        client: &PortalClient,
    ) -> Result<bool, PortalsError> {
        let stored = member::stored(member_id)?;
        let user = stored_user(user_id);
        if let Some(known) = self.store().administrator(&stored, user).await? {
            return Ok(known);
        }
        let is_administrator = bindings::is_administrator(client).await?;
        self.store().note_user(&stored, user, is_administrator).await?;
        Ok(is_administrator)
    }

    /// How many cards of each type the index holds.
    pub async fn index_size(&self, member_id: &MemberId) -> Result<ByCardType<u64>, PortalsError> {
        let size = self.store().index_size(&member::stored(member_id)?).await?;
        Ok(ByCardType {
            lead: size.leads.unsigned_abs(),
            deal: size.deals.unsigned_abs(),
            company: size.companies.unsigned_abs(),
        })
    }
}
