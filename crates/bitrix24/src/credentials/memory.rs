//! Credentials in memory: for examples, command-line tools and tests. Nothing survives the process.
//!
//! Two [`crate::Connections`] over clones of one store behave like two processes over one database: a chain is locked
//! for real.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::Utc;
use futures::future::{BoxFuture, FutureExt};
use tokio::sync::{Mutex as Gate, OwnedMutexGuard};

use super::{
    Chain, ChainEnd, ChainId, CredentialStore, CredentialStoreError, LockedChain, Standing, TokenPair,
};
use crate::identity::{ClientId, MemberId, UserId};
use crate::network::PortalEndpoint;
use crate::token::{ClientSecret, RefreshToken};

/// A store in memory; clones share their content.
#[derive(Debug, Clone, Default)]
pub struct MemoryCredentials(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    chains: Vec<Kept>,
    secrets: HashMap<ClientId, ClientSecret>,
    standings: HashMap<MemberId, Vec<Standing>>,
    addresses: HashMap<MemberId, PortalEndpoint>,
}

#[derive(Debug, Clone)]
struct Kept {
    portal: MemberId,
    chain: Chain,
    refresh: RefreshToken,
    ended: Option<ChainEnd>,
    gate: Arc<Gate<()>>,
}

impl MemoryCredentials {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a chain; earlier ones come first.
    pub fn add(&self, portal: &MemberId, client_id: &ClientId, user_id: UserId, pair: TokenPair) -> ChainId {
        self.with(|content| {
            let id = ChainId(i64::try_from(content.chains.len()).unwrap_or(i64::MAX));
            content.chains.push(Kept {
                portal: portal.clone(),
                chain: Chain {
                    id,
                    version: 1,
                    client_id: client_id.clone(),
                    user_id,
                    access: pair.access,
                    expires_at: pair.expires_at,
                },
                refresh: pair.refresh,
                ended: None,
                gate: Arc::default(),
            });
            id
        })
    }

    /// Sets an application's secret.
    pub fn set_secret(&self, client_id: &ClientId, secret: ClientSecret) {
        self.with(|content| content.secrets.insert(client_id.clone(), secret));
    }

    /// Why a chain ended; `None` while it lives.
    pub fn end_of(&self, chain: ChainId) -> Option<ChainEnd> {
        self.with(|content| content.find(chain).and_then(|kept| kept.ended))
    }

    /// The present pair of a chain.
    pub fn pair_of(&self, chain: ChainId) -> Option<TokenPair> {
        self.with(|content| {
            content.find(chain).map(|kept| TokenPair {
                access: kept.chain.access.clone(),
                refresh: kept.refresh.clone(),
                expires_at: kept.chain.expires_at,
            })
        })
    }

    /// What was noted about a portal, in order.
    pub fn standings_of(&self, portal: &MemberId) -> Vec<Standing> {
        self.with(|content| content.standings.get(portal).cloned().unwrap_or_default())
    }

    /// The last proved address of a portal that moved.
    pub fn address_of(&self, portal: &MemberId) -> Option<PortalEndpoint> {
        self.with(|content| content.addresses.get(portal).cloned())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Content) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Content {
    fn find(&mut self, chain: ChainId) -> Option<&mut Kept> {
        self.chains.iter_mut().find(|kept| kept.chain.id == chain)
    }
}

impl CredentialStore for MemoryCredentials {
    fn chains<'a>(
        &'a self,
        portal: &'a MemberId,
        user: Option<UserId>,
    ) -> BoxFuture<'a, Result<Vec<Chain>, CredentialStoreError>> {
        let living = self.with(|content| {
            content
                .chains
                .iter()
                .filter(|kept| kept.portal == *portal && kept.ended.is_none())
                .map(|kept| kept.chain.clone())
                .filter(|chain| user.is_none_or(|user| chain.user_id == user))
                .collect()
        });
        async move { Ok(living) }.boxed()
    }

    fn lock<'a>(
        &'a self,
        portal: &'a MemberId,
        chain: ChainId,
    ) -> BoxFuture<'a, Result<Option<Box<dyn LockedChain>>, CredentialStoreError>> {
        async move {
            let Some(gate) = self.with(|content| content.find(chain).map(|kept| Arc::clone(&kept.gate)))
            else {
                return Ok(None);
            };
            let guard = gate.lock_owned().await;
            let kept = self.with(|content| content.find(chain).cloned());
            Ok(kept
                .filter(|kept| kept.ended.is_none() && kept.portal == *portal)
                .map(|kept| {
                    Box::new(Held {
                        store: self.clone(),
                        chain: kept.chain,
                        refresh: kept.refresh,
                        _guard: guard,
                    }) as Box<dyn LockedChain>
                }))
        }
        .boxed()
    }

    fn client_secret<'a>(
        &'a self,
        client_id: &'a ClientId,
    ) -> BoxFuture<'a, Result<Option<ClientSecret>, CredentialStoreError>> {
        let secret = self.with(|content| content.secrets.get(client_id).cloned());
        async move { Ok(secret) }.boxed()
    }

    fn note<'a>(
        &'a self,
        portal: &'a MemberId,
        standing: Standing,
    ) -> BoxFuture<'a, Result<(), CredentialStoreError>> {
        self.with(|content| {
            content
                .standings
                .entry(portal.clone())
                .or_default()
                .push(standing);
        });
        async { Ok(()) }.boxed()
    }

    fn moved<'a>(
        &'a self,
        portal: &'a MemberId,
        endpoint: &'a PortalEndpoint,
    ) -> BoxFuture<'a, Result<(), CredentialStoreError>> {
        self.with(|content| content.addresses.insert(portal.clone(), endpoint.clone()));
        async { Ok(()) }.boxed()
    }
}

struct Held {
    store: MemoryCredentials,
    chain: Chain,
    refresh: RefreshToken,
    _guard: OwnedMutexGuard<()>,
}

impl LockedChain for Held {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn refresh_token(&self) -> &RefreshToken {
        &self.refresh
    }

    fn replace(self: Box<Self>, pair: TokenPair) -> BoxFuture<'static, Result<Chain, CredentialStoreError>> {
        let chain = Chain {
            version: self.chain.version + 1,
            access: pair.access,
            expires_at: pair.expires_at,
            ..self.chain.clone()
        };
        self.store.with(|content| {
            if let Some(kept) = content.find(chain.id) {
                kept.chain = chain.clone();
                kept.refresh = pair.refresh;
            }
        });
        async move { Ok(chain) }.boxed()
    }

    fn end(self: Box<Self>, reason: ChainEnd) -> BoxFuture<'static, Result<(), CredentialStoreError>> {
        tracing::debug!(chain = self.chain.id.0, ?reason, at = %Utc::now(), "chain of tokens ended");
        self.store.with(|content| {
            if let Some(kept) = content.find(self.chain.id) {
                kept.ended = Some(reason);
            }
        });
        async { Ok(()) }.boxed()
    }
}
