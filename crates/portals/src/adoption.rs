//! An installation that the portal tells of by an event, beside its page or instead of it.

use std::time::Duration;

use certlens_bitrix24::event::VerifiedInstallation;
use certlens_store::{ChainEnd, Installation, PortalState, StoreError, TokenCheck};
use secrecy::SecretString;

use crate::address;
use crate::credentials::stored_user;
use crate::job::JobKind;
use crate::member;
use crate::portals::Portals;
use crate::token;

impl Portals {
    /// Takes over what a proved installation event brings: address, application token, tokens.
    pub(crate) async fn adopt_installation(
        &self,
        installed: &VerifiedInstallation,
    ) -> Result<(), StoreError> {
        let store = self.store();
        let member_id = member::stored(installed.member_id())?;
        let check = match installed.application_token() {
            Some(token) => store.check_application_token(&member_id, token.expose()).await?,
            None => TokenCheck::NotStored,
        };
        let known = store.portal(&member_id).await?;
        let is_present = known
            .as_ref()
            .is_some_and(|portal| portal.state != PortalState::Uninstalled);
        if !is_present || check == TokenCheck::Differs {
            let installation = Installation {
                address: address::of(installed.endpoint(), installed.server().as_str()),
                client_id: Some(installed.client_id().as_str().to_owned()),
                scope: installed.scope().to_vec(),
                status: installed.status().map(str::to_owned),
                application_token: None,
                user_id: Some(stored_user(installed.user_id())),
            };
            store.begin_install(&member_id, &installation).await?;
        }
        self.claim_application(installed.client_id(), &member_id).await?;
        if let Some(token) = installed.application_token()
            && check != TokenCheck::Matches
        {
            store
                .adopt_application_token(&member_id, &SecretString::from(token.expose()))
                .await?;
        }
        if let Some(chain) = token::of_installation(installed) {
            let kept = store.save_chain(&member_id, &chain).await?;
            if check == TokenCheck::Differs {
                store
                    .end_other_chains(&member_id, kept, ChainEnd::Superseded)
                    .await?;
            }
        }
        if installed.is_installed() {
            // The installation is finished on the portal's side, whichever way its page went.
            store.restore(&member_id).await?;
            if !is_present {
                self.schedule_first_work(&member_id).await?;
                self.schedule(&member_id, JobKind::Reconcile, Duration::ZERO)
                    .await?;
            }
        }
        Ok(())
    }
}
