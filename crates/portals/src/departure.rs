//! The application's removal from a portal.
//!
//! All tokens are dead by then, so only the stored application token proves the event. Without one the authorization
//! server decides, later: a job asks it. Late and repeated events change nothing: the
//! token of an earlier installation doesn't match the present one's, and an archived portal has none.

use std::time::Duration;

use certlens_bitrix24::authorization_server::introspect;
use certlens_bitrix24::event::{Event, EventName};
use certlens_bitrix24::{
    AccessToken, CallError, CredentialError, ErrorCode, IntrospectionError, MemberId, Reaction,
};
use certlens_store::{PortalState, StoreError, TokenCheck};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::error::PortalsError;
use crate::job::JobKind;
use crate::member;
use crate::portals::Portals;

/// What became of an uninstallation request. The outward answer is the same in every case: 200 and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// The administrator chose to delete the data (`CLEAN=1`): nothing of the portal is left.
    Erased,
    /// The data stays for a later installation (`CLEAN=0`); tokens are gone, sessions revoked, jobs off.
    Archived,
    /// Not believed (yet), late, repeated, or of an unknown portal.
    Ignored,
}

impl Portals {
    /// Takes the body of `POST /bitrix/uninstall` (`ONAPPUNINSTALL`).
    pub async fn uninstall(&self, form: &[u8]) -> Result<Departure, PortalsError> {
        match Event::parse(form) {
            Ok(event) if event.name == EventName::AppUninstall => self.take_leave(&event).await,
            Ok(event) => {
                tracing::warn!(event = %event.name, "another event at the address of the uninstallation");
                Ok(Departure::Ignored)
            }
            Err(error) => {
                tracing::warn!(%error, "no event at the address of the uninstallation");
                Ok(Departure::Ignored)
            }
        }
    }

    /// Judges an uninstallation event, and does what it says if it is proved.
    pub(crate) async fn take_leave(&self, event: &Event) -> Result<Departure, PortalsError> {
        let member_id = member::stored(&event.auth.member_id)?;
        let Some(token) = &event.auth.application_token else {
            tracing::warn!(%member_id, "an uninstallation without an application token is ignored");
            return Ok(Departure::Ignored);
        };
        let store = self.store();
        match store.check_application_token(&member_id, token.expose()).await? {
            TokenCheck::Matches if event.wants_data_deleted() => {
                store.erase(&member_id).await?;
                tracing::info!(%member_id, "application removed, data erased");
                Ok(Departure::Erased)
            }
            TokenCheck::Matches => {
                store.archive(&member_id).await?;
                tracing::info!(%member_id, "application removed, data archived");
                Ok(Departure::Archived)
            }
            TokenCheck::Differs => {
                tracing::warn!(%member_id, "an uninstallation with another application token is ignored");
                Ok(Departure::Ignored)
            }
            TokenCheck::UnknownPortal => Ok(Departure::Ignored),
            TokenCheck::NotStored => {
                // An archived portal has left already, and takes no jobs.
                match self
                    .schedule(&member_id, JobKind::ConfirmDeparture, Duration::ZERO)
                    .await
                {
                    Ok(()) | Err(StoreError::Uninstalled(_) | StoreError::UnknownPortal(_)) => {
                        Ok(Departure::Ignored)
                    }
                    Err(error) => Err(error.into()),
                }
            }
        }
    }

    /// Finds out whether a portal that says so has really removed the application: with a call that tries every chain
    /// and renews what has expired. Only when no chain is left that anybody takes, the portal is archived; its page,
    /// should it still be opened, brings it back. An error: not to be found out now.
    pub(crate) async fn confirm_departure(&self, member_id: &MemberId) -> Result<(), PortalsError> {
        let stored = member::stored(member_id)?;
        let is_present = self
            .store()
            .portal(&stored)
            .await?
            .is_some_and(|portal| portal.state != PortalState::Uninstalled);
        if !is_present {
            return Ok(());
        }
        let client = self.background_client(member_id).await?;
        let Err(error) = client.call("app.info", Value::Null).await else {
            tracing::info!(%member_id, "the portal has the application after all");
            return Ok(());
        };
        if !says_not_installed(&error) {
            return Err(error.into());
        }
        // A token may be good while its portal is in trouble: the authorization server has the last word.
        let chains = self.store().chains(&stored, None).await?;
        let mut is_refused = chains.is_empty();
        for chain in &chains {
            match self.ask_about(&stored, chain).await? {
                Some(true) => return Ok(()),
                Some(false) => is_refused = true,
                None => {}
            }
        }
        if !is_refused {
            return Err(error.into());
        }
        self.store().archive(&stored).await?;
        tracing::info!(%member_id, "the portal removed the application without telling: data archived");
        Ok(())
    }

    /// Whether the authorization server takes a living chain's token; `None` when that can't be told now.
    async fn ask_about(
        &self,
        member_id: &certlens_store::MemberId,
        chain: &certlens_store::StoredChain,
    ) -> Result<Option<bool>, PortalsError> {
        let Ok(token) = AccessToken::parse(chain.access.expose_secret()) else {
            return Ok(Some(false));
        };
        let known = self.store().portal(member_id).await?;
        let server = known
            .and_then(|portal| {
                self.servers()
                    .allowed(&portal.address.authorization_server)
                    .cloned()
            })
            .unwrap_or_else(|| self.servers().default_server().clone());
        Ok(match introspect(self.transport(), &server, &token).await {
            Ok(facts) => Some(facts.is_installed()),
            Err(IntrospectionError::Refused(refused)) if refused.code == ErrorCode::ExpiredToken => None,
            Err(IntrospectionError::Refused(_)) => Some(false),
            Err(_) => None,
        })
    }
}

/// Whether a failed call means that nobody's token is taken any more, or that the application isn't there.
fn says_not_installed(error: &CallError) -> bool {
    match error {
        CallError::NoCredentials => true,
        CallError::Refused(refused) | CallError::Credentials(CredentialError::Refused(refused)) => {
            refused.code.reaction() == Reaction::ConfirmUninstallation
        }
        CallError::Credentials(error) => matches!(error, CredentialError::Ended(_) | CredentialError::Gone),
        _ => false,
    }
}
