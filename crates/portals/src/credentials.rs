//! The platform client's store of credentials over our database.
//!
//! Translates between the two crates' types and adds what only this crate knows: the market application's secret, and
//! that a portal's word "not installed" is confirmed by a job before anything is put away.

use std::sync::Arc;
use std::time::Duration;

use certlens_bitrix24::credentials::{
    Chain, ChainEnd, ChainId, CredentialStore, CredentialStoreError, LockedChain, Standing, SuspensionReason,
    TokenPair,
};
use certlens_bitrix24::token::ClientSecret;
use certlens_bitrix24::{AccessToken, ClientId, MemberId, PortalEndpoint, RefreshToken, UserId};
use certlens_store::{PortalState, Store, StoreError, StoredChain};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};

use crate::address;
use crate::job::{JobKind, STAFF_JOB};
use crate::member;
use crate::patience::in_time;
use crate::portals::{MarketApplication, News};

/// [`CredentialStore`] over the store.
#[derive(Debug)]
pub(crate) struct StoreCredentials {
    store: Store,
    market: Option<MarketApplication>,
    news: Arc<News>,
}

impl StoreCredentials {
    pub(crate) fn new(store: Store, market: Option<MarketApplication>, news: Arc<News>) -> Self {
        Self { store, market, news }
    }

    async fn secret(&self, client_id: &ClientId) -> Result<Option<ClientSecret>, CredentialStoreError> {
        let market = self
            .market
            .as_ref()
            .filter(|market| market.client_id == *client_id);
        let secret = match market {
            Some(market) => market.client_secret.clone(),
            None => self.store.secret_of(client_id.as_str()).await.map_err(failed)?,
        };
        secret
            .map(|secret| ClientSecret::parse(secret.expose_secret()))
            .transpose()
            .map_err(CredentialStoreError::new)
    }

    async fn take_note(&self, portal: &MemberId, standing: Standing) -> Result<(), StoreError> {
        let member_id = member::stored(portal)?;
        let noted = match standing {
            Standing::Active => certlens_store::Standing::Active,
            Standing::NeedsReauth => certlens_store::Standing::NeedsReauth,
            Standing::Suspended(reason) => certlens_store::Standing::Suspended {
                reason: reason_key(reason),
            },
            // Not believed on sight: one odd answer must not cost a customer's tokens.
            Standing::Uninstalled => {
                self.store
                    .schedule(&member_id, JobKind::ConfirmDeparture.key(), Duration::ZERO)
                    .await?;
                self.news.of_job(JobKind::ConfirmDeparture);
                return Ok(());
            }
            _ => return Ok(()),
        };
        match self.store.set_standing(&member_id, noted).await {
            Ok(state @ (PortalState::Suspended | PortalState::NeedsReauth)) => {
                tracing::warn!(member_id = %portal, state = state.key(), ?standing, "a portal is in trouble");
                Ok(())
            }
            // An installer's first call comes before its portal is known.
            Ok(_) | Err(StoreError::UnknownPortal(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn note_move(&self, portal: &MemberId, endpoint: &PortalEndpoint) -> Result<(), StoreError> {
        let member_id = member::stored(portal)?;
        let known = self
            .store
            .portal(&member_id)
            .await?
            .ok_or_else(|| StoreError::UnknownPortal(member_id.clone()))?;
        tracing::info!(member_id = %portal, from = known.address.domain, to = endpoint.authority(), "a portal moved");
        let address = address::of(endpoint, &known.address.authorization_server);
        self.store.change_address(&member_id, &address).await
    }
}

/// The stable word for a suspension in the database.
pub(crate) fn reason_key(reason: SuspensionReason) -> &'static str {
    match reason {
        SuspensionReason::PaymentRequired => "payment_required",
        SuspensionReason::PlanDenied => "plan_denied",
        SuspensionReason::UserAccess => "user_access",
        SuspensionReason::Overload => "overload",
        SuspensionReason::PortalDeleted => "portal_deleted",
        SuspensionReason::NotOperational => "not_operational",
        _ => "other",
    }
}

/// A platform user's number in the store; numbers of portals fit by far.
pub(crate) fn stored_user(user: UserId) -> certlens_store::UserId {
    certlens_store::UserId(i64::try_from(user.0).unwrap_or(i64::MAX))
}

/// A stored user's number for the platform; `None` for what can't be one.
pub(crate) fn platform_user(user: certlens_store::UserId) -> Option<UserId> {
    u64::try_from(user.0).ok().map(UserId)
}

fn failed(error: StoreError) -> CredentialStoreError {
    CredentialStoreError::new(error)
}

fn chain_of(stored: &StoredChain) -> Result<Chain, CredentialStoreError> {
    Ok(Chain {
        id: ChainId(stored.id.0),
        version: stored.version,
        client_id: ClientId::new(stored.client_id.clone()),
        user_id: UserId(u64::try_from(stored.user_id.0).unwrap_or_default()),
        access: AccessToken::parse(stored.access.expose_secret()).map_err(CredentialStoreError::new)?,
        expires_at: stored.expires_at,
    })
}

pub(crate) fn pair_of(pair: &TokenPair) -> certlens_store::TokenPair {
    certlens_store::TokenPair {
        access: SecretString::from(pair.access.expose()),
        refresh: SecretString::from(pair.refresh.expose()),
        expires_at: pair.expires_at,
    }
}

impl CredentialStore for StoreCredentials {
    fn chains<'a>(
        &'a self,
        portal: &'a MemberId,
        user: Option<UserId>,
    ) -> BoxFuture<'a, Result<Vec<Chain>, CredentialStoreError>> {
        async move {
            let member_id = member::stored(portal).map_err(failed)?;
            let chains = self
                .store
                .chains(&member_id, user.map(stored_user))
                .await
                .map_err(failed)?;
            chains.iter().map(chain_of).collect()
        }
        .boxed()
    }

    fn lock<'a>(
        &'a self,
        portal: &'a MemberId,
        chain: ChainId,
    ) -> BoxFuture<'a, Result<Option<Box<dyn LockedChain>>, CredentialStoreError>> {
        async move {
            let member_id = member::stored(portal).map_err(failed)?;
            let id = certlens_store::ChainId(chain.0);
            let Some(lock) = self.store.lock_chain(&member_id, id).await.map_err(failed)? else {
                return Ok(None);
            };
            let locked = Locked {
                store: self.store.clone(),
                member_id,
                chain: chain_of(lock.chain())?,
                refresh: RefreshToken::parse(lock.refresh_token().expose_secret())
                    .map_err(CredentialStoreError::new)?,
                lock,
            };
            Ok(Some(Box::new(locked) as Box<dyn LockedChain>))
        }
        .boxed()
    }

    fn client_secret<'a>(
        &'a self,
        client_id: &'a ClientId,
    ) -> BoxFuture<'a, Result<Option<ClientSecret>, CredentialStoreError>> {
        self.secret(client_id).boxed()
    }

    fn note<'a>(
        &'a self,
        portal: &'a MemberId,
        standing: Standing,
    ) -> BoxFuture<'a, Result<(), CredentialStoreError>> {
        async move {
            in_time(self.take_note(portal, standing))
                .await
                .map_err(CredentialStoreError::new)
        }
        .boxed()
    }

    fn moved<'a>(
        &'a self,
        portal: &'a MemberId,
        endpoint: &'a PortalEndpoint,
    ) -> BoxFuture<'a, Result<(), CredentialStoreError>> {
        async move { self.note_move(portal, endpoint).await.map_err(failed) }.boxed()
    }
}

/// A row's lock in the platform client's terms.
struct Locked {
    store: Store,
    member_id: certlens_store::MemberId,
    chain: Chain,
    refresh: RefreshToken,
    lock: certlens_store::LockedChain,
}

impl LockedChain for Locked {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn refresh_token(&self) -> &RefreshToken {
        &self.refresh
    }

    fn replace(self: Box<Self>, pair: TokenPair) -> BoxFuture<'static, Result<Chain, CredentialStoreError>> {
        async move {
            let stored = self.lock.replace(pair_of(&pair)).await.map_err(failed)?;
            chain_of(&stored)
        }
        .boxed()
    }

    fn end(self: Box<Self>, reason: ChainEnd) -> BoxFuture<'static, Result<(), CredentialStoreError>> {
        let reason = match reason {
            ChainEnd::Spent => certlens_store::ChainEnd::Spent,
            ChainEnd::UserDeactivated => certlens_store::ChainEnd::UserDeactivated,
            ChainEnd::Superseded => certlens_store::ChainEnd::Superseded,
            // Whatever reasons the platform client may learn yet: the portal doesn't take the tokens any more.
            _ => certlens_store::ChainEnd::Revoked,
        };
        async move {
            let Self {
                store,
                member_id,
                lock,
                ..
            } = *self;
            lock.end(reason).await.map_err(failed)?;
            if reason == certlens_store::ChainEnd::UserDeactivated {
                // Somebody left: what they had is to be looked after now, not tomorrow. No event tells it.
                match store.schedule(&member_id, STAFF_JOB, Duration::ZERO).await {
                    Ok(()) | Err(StoreError::Uninstalled(_)) => {}
                    // The chain has ended; the daily reading finds the rest.
                    Err(error) => tracing::warn!(
                        %member_id,
                        error = &error as &dyn std::error::Error,
                        "the users of a portal are not read anew, though one of them left"
                    ),
                }
            }
            Ok(())
        }
        .boxed()
    }
}
