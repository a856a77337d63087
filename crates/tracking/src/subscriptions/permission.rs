//! Whether somebody may subscribe: what the portal chose, asked of everybody who is not above it.

use certlens_domain::tracking::subscribers::WhoMaySubscribe;
use certlens_portals::PortalsError;
use certlens_store::{MemberId, StoreError, UserId};

use super::SubscriptionRefused;
use crate::tracking::Tracking;

/// Who asks that somebody be subscribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The operator of this service, or an administrator in the monitor: above the portal's choice.
    Operator,
    /// A user of the portal, for himself.
    User(UserId),
}

/// Why a user may not subscribe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPermitted {
    /// The portal lets administrators subscribe only.
    #[error("only administrators of this portal may subscribe; ask one of them to subscribe you")]
    AdministratorsOnly,
    /// The portal lets chosen users subscribe only.
    #[error(
        "only users whom an administrator chose may subscribe in this portal; ask an administrator to add you"
    )]
    NotChosen,
    /// Whether the user administers the portal is not known, and the portal doesn't say.
    #[error(
        "only some users may subscribe in this portal, and the portal does not say now whether you administer it; \
         try again later"
    )]
    Unproved,
}

impl Tracking {
    /// Lets pass whom the portal's choice lets subscribe.
    pub(super) async fn permit(&self, member_id: &MemberId, asker: Asker) -> Result<(), SubscriptionRefused> {
        let Asker::User(user) = asker else {
            return Ok(());
        };
        let choice = self.store().tracking_settings(member_id).await?.who_may_subscribe;
        if u64::try_from(user.0).is_ok_and(|id| choice.admits(id)) {
            return Ok(());
        }
        let refusal = match choice {
            WhoMaySubscribe::Everybody | WhoMaySubscribe::Chosen { .. } => NotPermitted::NotChosen,
            WhoMaySubscribe::Administrators => NotPermitted::AdministratorsOnly,
        };
        match self.administers(member_id, user).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(refusal.into()),
            Err(PortalsError::Store(error)) => Err(error.into()),
            Err(error) => {
                tracing::warn!(
                    %member_id,
                    error = &error as &dyn std::error::Error,
                    "whether somebody may subscribe can't be found out"
                );
                Err(NotPermitted::Unproved.into())
            }
        }
    }

    async fn administers(&self, member_id: &MemberId, user: UserId) -> Result<bool, PortalsError> {
        if let Some(known) = self.store().administrator(member_id, user).await? {
            return Ok(known);
        }
        let inconsistent = |column| {
            PortalsError::Store(StoreError::Inconsistent {
                table: "portals",
                column,
            })
        };
        let portal =
            certlens_bitrix24::MemberId::parse(member_id.as_str()).map_err(|_| inconsistent("member_id"))?;
        let user_id = u64::try_from(user.0)
            .map(certlens_bitrix24::UserId)
            .map_err(|_| inconsistent("user_id"))?;
        let client = self.portals().client_of(&portal, user_id).await?;
        self.portals().is_administrator(&portal, user_id, &client).await
    }
}
