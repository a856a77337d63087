//! A proved page open, as far as it tells something about the portal and its user.

use std::time::Duration;

use certlens_bitrix24::VerifiedFrame;
use certlens_store::{
    ChainSource, Installation, MemberId, Portal, PortalState, Standing, StoreError, StoredChain, TokenCheck,
};
use chrono::{TimeDelta, Utc};
use secrecy::SecretString;

use crate::address;
use crate::credentials::stored_user;
use crate::job::JobKind;
use crate::member;
use crate::patience::in_time;
use crate::portals::Portals;
use crate::token;

/// How often the time of a portal's latest request is written down.
const SEEN_EVERY: TimeDelta = TimeDelta::hours(1);
/// A user's stored access token with less left than this is replaced by the page's.
const WORTH_KEEPING: TimeDelta = TimeDelta::minutes(10);

impl Portals {
    /// Notes a proved page open: the address, the application token, the viewer's tokens where they are worth
    /// keeping; a suspended portal, one without tokens and one that we took for uninstalled live again.
    ///
    /// `is_administrator` is what the caller knows by now, say from [`crate::CardIdentity::is_administrator`]. Errors
    /// are logged, not returned: a page never waits for our memory.
    pub async fn note_page(&self, frame: &VerifiedFrame, is_administrator: Option<bool>) {
        if let Err(error) = in_time(self.take_note_of_page(frame, is_administrator)).await {
            tracing::error!(
                member_id = %frame.member_id(),
                error = &error as &dyn std::error::Error,
                "a proved page can't be noted"
            );
        }
    }

    async fn take_note_of_page(
        &self,
        frame: &VerifiedFrame,
        is_administrator: Option<bool>,
    ) -> Result<(), StoreError> {
        // An installer's frame is the installation's business.
        if !frame.is_installed() {
            return Ok(());
        }
        let store = self.store();
        let member_id = member::stored(frame.member_id())?;
        let user_id = stored_user(frame.user_id());
        let known = store.portal(&member_id).await?;
        self.bring_back(frame, &member_id, known.as_ref()).await?;

        // Whoever opens a page is there, whatever the portal's list said when it was read.
        store.note_presence(&member_id, user_id).await?;
        if let Some(is_administrator) = is_administrator {
            store.note_user(&member_id, user_id, is_administrator).await?;
        }
        let is_administrator = match is_administrator {
            Some(known) => known,
            None => store
                .administrator(&member_id, user_id)
                .await?
                .unwrap_or_default(),
        };
        if is_administrator {
            store
                .note_portal_language(&member_id, frame.language().as_str())
                .await?;
        }
        self.learn_application_token(frame, &member_id, is_administrator)
            .await?;
        self.keep_tokens(frame, &member_id, is_administrator).await
    }

    /// Whatever state we believed the portal to be in: its page was opened, and the authorization server says that the
    /// application is installed.
    async fn bring_back(
        &self,
        frame: &VerifiedFrame,
        member_id: &MemberId,
        known: Option<&Portal>,
    ) -> Result<(), StoreError> {
        let store = self.store();
        let address = address::of(frame.endpoint(), frame.server().as_str());
        let Some(portal) = known else {
            // A restored backup, or an installation that came to its end elsewhere.
            let installation = Installation {
                client_id: Some(frame.client_id().as_str().to_owned()),
                scope: frame.scope().to_vec(),
                status: frame.status().map(str::to_owned),
                ..Installation::at(address)
            };
            store.begin_install(member_id, &installation).await?;
            return self.begin_again(member_id).await;
        };
        if portal.address != address || Utc::now() - portal.seen_at > SEEN_EVERY {
            store.record_seen(member_id, &address).await?;
        }
        match portal.state {
            PortalState::Installed => Ok(()),
            PortalState::Suspended | PortalState::NeedsReauth => {
                store.set_standing(member_id, Standing::Active).await?;
                self.make_good(member_id).await
            }
            PortalState::Installing | PortalState::Uninstalled => self.begin_again(member_id).await,
        }
    }

    /// What a portal missed while it was in trouble: bindings, and events that were given up.
    pub(crate) async fn make_good(&self, member_id: &MemberId) -> Result<(), StoreError> {
        self.schedule(member_id, JobKind::Reconcile, Duration::ZERO)
            .await?;
        self.schedule(member_id, JobKind::CatchUp, Duration::ZERO).await
    }

    async fn begin_again(&self, member_id: &MemberId) -> Result<(), StoreError> {
        self.store().restore(member_id).await?;
        tracing::info!(%member_id, "a portal has the application, as its page proves");
        self.schedule_first_work(member_id).await?;
        self.schedule(member_id, JobKind::Reconcile, Duration::ZERO).await
    }

    /// The token that authenticates events, where we have none. Only from an administrator: whoever else could plant
    /// one of his own, and speak in the portal's name from then on. A differing one is for the installer to replace.
    async fn learn_application_token(
        &self,
        frame: &VerifiedFrame,
        member_id: &MemberId,
        is_administrator: bool,
    ) -> Result<(), StoreError> {
        let Some(token) = frame.application_token().filter(|_| is_administrator) else {
            return Ok(());
        };
        match self
            .store()
            .check_application_token(member_id, token.expose())
            .await?
        {
            TokenCheck::NotStored => {
                let token = SecretString::from(token.expose());
                self.store().adopt_application_token(member_id, &token).await
            }
            TokenCheck::Differs => {
                tracing::warn!(%member_id, "a page brings another application token than the installer did");
                Ok(())
            }
            TokenCheck::Matches | TokenCheck::UnknownPortal => Ok(()),
        }
    }

    async fn keep_tokens(
        &self,
        frame: &VerifiedFrame,
        member_id: &MemberId,
        is_administrator: bool,
    ) -> Result<(), StoreError> {
        let Some(chain) = token::of_frame(frame, ChainSource::Page, is_administrator) else {
            return Ok(());
        };
        let enough = Utc::now() + WORTH_KEEPING;
        let living = self.store().chains(member_id, Some(chain.user_id)).await?;
        // A chain that was kept before its user was known to administer the portal is kept anew: jobs need it first.
        let is_good = |living: &StoredChain| {
            living.expires_at > enough && (living.is_administrator || !is_administrator)
        };
        if !living.iter().any(is_good) {
            self.store().save_chain(member_id, &chain).await?;
        }
        Ok(())
    }
}
