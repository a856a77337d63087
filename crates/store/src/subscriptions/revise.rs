//! Several changes of one subscription at once, as programs ask for them: all of them or none.

use super::{ArchiveReason, Subscription, SubscriptionId, SubscriptionState, read, write};
use crate::{MemberId, Store, StoreError, UserId};
use certlens_domain::subscription::{Mute, TermsChange};

/// What is to change of a subscription; what is left out stays.
#[derive(Debug, Clone)]
pub struct SubscriptionRevision {
    /// What is wanted.
    pub terms: TermsChange,
    /// Until when it makes no items; `Some(None)`: it makes them.
    pub mute: Option<Option<Mute>>,
    /// Whether it makes news at all.
    pub state: Option<SubscriptionState>,
}

impl Store {
    /// Changes a subscription of the user, or anybody's where none is named, and gives it as it is then. `None` when there
    /// is no such one, or when its user may not have it back; then nothing is changed.
    pub async fn revise_subscription(
        &self,
        member_id: &MemberId,
        id: SubscriptionId,
        owner: Option<UserId>,
        revision: &SubscriptionRevision,
    ) -> Result<Option<Subscription>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let Some(present) = write::lock(&mut transaction, member_id, id, owner).await? else {
            return Ok(None);
        };
        match revision.state {
            Some(SubscriptionState::Active) => {
                let is_archived = present.archived.is_some();
                if is_archived && write::restore(&mut transaction, member_id, &[id], owner).await? == 0 {
                    return Ok(None);
                }
            }
            Some(SubscriptionState::Archived) => {
                let reason = ArchiveReason::Unsubscribed;
                write::archive(&mut transaction, member_id, &[id], owner, reason).await?;
            }
            None => {}
        }
        if let Some(mute) = revision.mute {
            write::mute(&mut transaction, member_id, &[id], owner, mute).await?;
        }
        let mut terms = present.terms.clone();
        terms.take(&revision.terms);
        if terms != present.terms {
            write::write_terms(&mut transaction, id, &present.terms, &terms).await?;
        }
        let revised = read::one(&mut transaction, member_id, id).await?;
        transaction.commit().await?;
        Ok(revised)
    }
}
