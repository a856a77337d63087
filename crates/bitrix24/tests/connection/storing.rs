//! Stores that fail at the worst moment: between the authorization server's answer and the safe copy.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use certlens_bitrix24::credentials::memory::MemoryCredentials;
use certlens_bitrix24::{
    AccessToken, CallError, Chain, ChainEnd, ChainId, ClientId, ClientSecret, CredentialError,
    CredentialStore, CredentialStoreError, LockedChain, MemberId, PortalEndpoint, Priority, RefreshToken,
    Standing, TokenPair, UserId,
};
use chrono::{TimeDelta, Utc};
use futures::future::{BoxFuture, FutureExt};
use serde_json::Value;

use crate::stage::{ADMINISTRATOR, Stage, World, member};

/// A store whose next `failures` replacements fail.
#[derive(Debug, Clone)]
struct Failing {
    store: MemoryCredentials,
    failures: Arc<AtomicUsize>,
}

struct Held {
    locked: Box<dyn LockedChain>,
    failures: Arc<AtomicUsize>,
}

impl LockedChain for Held {
    fn chain(&self) -> &Chain {
        self.locked.chain()
    }

    fn refresh_token(&self) -> &RefreshToken {
        self.locked.refresh_token()
    }

    fn replace(self: Box<Self>, pair: TokenPair) -> BoxFuture<'static, Result<Chain, CredentialStoreError>> {
        let fails = self
            .failures
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_ok();
        if fails {
            async { Err(CredentialStoreError::new("the connection to the database broke")) }.boxed()
        } else {
            self.locked.replace(pair)
        }
    }

    fn end(self: Box<Self>, reason: ChainEnd) -> BoxFuture<'static, Result<(), CredentialStoreError>> {
        self.locked.end(reason)
    }
}

impl CredentialStore for Failing {
    fn chains<'a>(
        &'a self,
        portal: &'a MemberId,
        user: Option<UserId>,
    ) -> BoxFuture<'a, Result<Vec<Chain>, CredentialStoreError>> {
        self.store.chains(portal, user)
    }

    fn lock<'a>(
        &'a self,
        portal: &'a MemberId,
        chain: ChainId,
    ) -> BoxFuture<'a, Result<Option<Box<dyn LockedChain>>, CredentialStoreError>> {
        async move {
            let failures = Arc::clone(&self.failures);
            let locked = self.store.lock(portal, chain).await?;
            Ok(locked.map(|locked| Box::new(Held { locked, failures }) as Box<dyn LockedChain>))
        }
        .boxed()
    }

    fn client_secret<'a>(
        &'a self,
        client_id: &'a ClientId,
    ) -> BoxFuture<'a, Result<Option<ClientSecret>, CredentialStoreError>> {
        self.store.client_secret(client_id)
    }

    fn note<'a>(
        &'a self,
        portal: &'a MemberId,
        standing: Standing,
    ) -> BoxFuture<'a, Result<(), CredentialStoreError>> {
        self.store.note(portal, standing)
    }

    fn moved<'a>(
        &'a self,
        portal: &'a MemberId,
        endpoint: &'a PortalEndpoint,
    ) -> BoxFuture<'a, Result<(), CredentialStoreError>> {
        self.store.moved(portal, endpoint)
    }
}

/// Calls a portal with an ended token over a store that fails so many times.
async fn call_over_a_store_that_fails(stage: &Stage, failures: usize) -> Result<(), CallError> {
    stage.world(World::expire_access);
    let store = Failing {
        store: stage.store.clone(),
        failures: Arc::new(AtomicUsize::new(failures)),
    };
    let client = stage
        .connections_over(Arc::new(store))
        .of_portal(&stage.portal(), Priority::Interactive);
    client.call("profile", Value::Null).await.map(|_| ())
}

#[tokio::test]
async fn renewed_pair_that_could_not_be_stored_at_first_is_stored_again() {
    let stage = Stage::open().await;
    let chain = stage.chain_of(ADMINISTRATOR);

    call_over_a_store_that_fails(&stage, 2).await.unwrap();

    assert_eq!(stage.world(|world| world.renewals), 1);
    let stored = stage.store.pair_of(chain).unwrap();
    assert_eq!(stored.refresh.expose(), "refresh-token-number-2");
}

#[tokio::test]
async fn renewed_pair_that_can_not_be_stored_is_not_used() {
    let stage = Stage::open().await;
    stage.chain_of(ADMINISTRATOR);

    let error = call_over_a_store_that_fails(&stage, 100).await.unwrap_err();

    assert!(
        matches!(error, CallError::Credentials(CredentialError::Store(_))),
        "{error:?}"
    );
    let used = |world: &mut World| {
        world
            .calls
            .iter()
            .any(|(_, body)| body["auth"] == "access-token-number-2")
    };
    assert!(!stage.world(used));
}

#[tokio::test]
async fn chain_that_another_process_renewed_long_ago_is_renewed_again() {
    let stage = Stage::open().await;
    let chain = stage.chain_of(ADMINISTRATOR);
    let client = stage.client();
    client.call("profile", Value::Null).await.unwrap();
    // Another process renewed it; that token has ended as well by now.
    let (access, refresh) = stage.world(|world| {
        world.expire_access();
        world.revoke_refresh();
        let pair = world.issue(ADMINISTRATOR);
        world.expire_access();
        pair
    });
    let renewed = TokenPair {
        access: AccessToken::parse(&access).unwrap(),
        refresh: RefreshToken::parse(&refresh).unwrap(),
        expires_at: Utc::now() - TimeDelta::minutes(1),
    };
    let locked = stage.store.lock(&member(), chain).await.unwrap().unwrap();
    locked.replace(renewed).await.unwrap();

    client.call("profile", Value::Null).await.unwrap();

    assert_eq!(stage.world(|world| world.renewals), 1);
    assert_eq!(stage.store.end_of(chain), None);
}
