//! Chains of tokens and the place where an application keeps them.
//!
//! A chain is one (access, refresh) pair after another: each renewal spends the old pair, so a chain never branches,
//! and whoever renews it must be alone, in every process of the application. This crate knows *when* to renew; where
//! the pairs lie, how they are encrypted and how a chain is locked is the business of a [`CredentialStore`].
//!
//! A portal usually has several chains (the installing administrator's, those of users who opened a page): when one
//! dies, the next serves.

pub mod memory;
pub(crate) mod renewal;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;

use crate::client::ApiError;
use crate::identity::{ClientId, MemberId, UserId};
use crate::network::PortalEndpoint;
use crate::token::{AccessToken, ClientSecret, RefreshToken};

/// A token this near to its end is renewed before use: the call itself takes time, and clocks differ.
const SAFETY: TimeDelta = TimeDelta::seconds(60);

/// What one grant or renewal gave.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// Proves the user to the portal, for an hour.
    pub access: AccessToken,
    /// Renews the pair, once.
    pub refresh: RefreshToken,
    /// When the access token ends, by the own clock.
    pub expires_at: DateTime<Utc>,
}

/// A chain's number in its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChainId(pub i64);

/// A chain as a call needs it: its present access token, without the refresh token.
#[derive(Debug, Clone)]
pub struct Chain {
    /// The chain's number.
    pub id: ChainId,
    /// Grows with each replacement of the pair; tells whether somebody else renewed it meanwhile.
    pub version: i64,
    /// The application that the tokens were issued to.
    pub client_id: ClientId,
    /// The user whose rights the tokens have.
    pub user_id: UserId,
    /// The present access token.
    pub access: AccessToken,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl Chain {
    /// Whether the access token should be renewed before it is used at `now`.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.expires_at - SAFETY <= now
    }
}

/// Why a chain can't be used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChainEnd {
    /// Its refresh token was used, has expired or was revoked (`invalid_grant`).
    Spent,
    /// Its user is deactivated (`authorization_error`).
    UserDeactivated,
    /// The portal or the authorization server doesn't know it any more (`invalid_token`, `NO_AUTH_FOUND`).
    Revoked,
    /// A newer chain took its place.
    Superseded,
}

/// What a call revealed about a portal as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Standing {
    /// A call succeeded.
    Active,
    /// The portal refuses all calls for now.
    Suspended(SuspensionReason),
    /// No living chain is left: a user has to open the application.
    NeedsReauth,
    /// The portal or the authorization server says that the application isn't installed. Confirm it before believing:
    /// one odd answer must not cost a customer's data.
    Uninstalled,
}

/// Why a portal refuses all calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SuspensionReason {
    /// The application's paid period is over (`PAYMENT_REQUIRED`).
    PaymentRequired,
    /// The portal's plan has no REST (`ACCESS_DENIED` with a text about plans).
    PlanDenied,
    /// The administrator closed the application to every user whose chain we have (`user_access_error`).
    UserAccess,
    /// Bitrix24 blocked the application's calls (`OVERLOAD_LIMIT`): a human has to act.
    Overload,
    /// The portal was deleted, or a self-hosted one is closed for now (`PORTAL_DELETED`).
    PortalDeleted,
    /// The portal redirects calls to a page of its own: a dead licence, maintenance.
    NotOperational,
}

/// The store of credentials failed; what it was is its own affair, and must hold no secret.
#[derive(Debug, thiserror::Error)]
#[error("the store of credentials failed")]
pub struct CredentialStoreError(#[source] Box<dyn Error + Send + Sync>);

impl CredentialStoreError {
    /// Wraps a store's own error. Its texts may be logged.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// Where an application keeps chains, secrets and what it learned about portals.
///
/// [`memory::MemoryCredentials`] is one for a single process; a service keeps them in its database.
pub trait CredentialStore: Send + Sync + fmt::Debug {
    /// Living chains of the portal, the best first (administrators' first, lately renewed first); with `user` only
    /// that user's.
    fn chains<'a>(
        &'a self,
        portal: &'a MemberId,
        user: Option<UserId>,
    ) -> BoxFuture<'a, Result<Vec<Chain>, CredentialStoreError>>;

    /// Locks one chain against every other process and reads it anew. Dropping the guard unlocks and changes nothing.
    /// `None`: the chain is gone or dead.
    fn lock<'a>(
        &'a self,
        portal: &'a MemberId,
        chain: ChainId,
    ) -> BoxFuture<'a, Result<Option<Box<dyn LockedChain>>, CredentialStoreError>>;

    /// The secret of an application as it is now; `None` for an application that was removed.
    fn client_secret<'a>(
        &'a self,
        client_id: &'a ClientId,
    ) -> BoxFuture<'a, Result<Option<ClientSecret>, CredentialStoreError>>;

    /// Takes note of what a call revealed about the portal. Told on changes and every few minutes, not on each call.
    fn note<'a>(
        &'a self,
        portal: &'a MemberId,
        standing: Standing,
    ) -> BoxFuture<'a, Result<(), CredentialStoreError>>;

    /// Takes note of the *proved* new address of a renamed portal.
    fn moved<'a>(
        &'a self,
        portal: &'a MemberId,
        endpoint: &'a PortalEndpoint,
    ) -> BoxFuture<'a, Result<(), CredentialStoreError>>;
}

/// A chain that nobody else may renew until this is dropped.
pub trait LockedChain: Send {
    /// The chain as re-read after the lock.
    fn chain(&self) -> &Chain;

    /// The refresh token that belongs to it.
    fn refresh_token(&self) -> &RefreshToken;

    /// Replaces the pair and unlocks. The new pair is durable before this returns: only then is it used.
    fn replace(self: Box<Self>, pair: TokenPair) -> BoxFuture<'static, Result<Chain, CredentialStoreError>>;

    /// Marks the chain dead and unlocks.
    fn end(self: Box<Self>, reason: ChainEnd) -> BoxFuture<'static, Result<(), CredentialStoreError>>;
}

/// Why no usable token could be had from a chain.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The chain is dead, now or since a moment ago.
    #[error("the chain of tokens has ended ({0:?})")]
    Ended(ChainEnd),
    /// The chain isn't in the store any more.
    #[error("the chain of tokens is gone")]
    Gone,
    /// The store has no secret for the chain's application.
    #[error("no client secret is known for the application {client_id}; enter it in the settings")]
    SecretUnknown {
        /// The application.
        client_id: ClientId,
    },
    /// The authorization server refuses the renewal for a reason that doesn't lie with the chain.
    #[error("the authorization server refused the renewal: {0}")]
    Refused(ApiError),
    /// The authorization server says that the portal doesn't exist.
    #[error("the authorization server doesn't know the portal")]
    PortalDeleted,
    /// The authorization server gave no usable answer, after some repetitions.
    #[error("the authorization server could not be asked")]
    Unreachable,
    /// The portal rejects token after token: renewals pause, so that the authorization server doesn't block the
    /// application for the sake of one portal.
    #[error("the portal rejects freshly renewed tokens; they are not renewed for the moment")]
    TooOften,
    /// The store failed.
    #[error(transparent)]
    Store(Arc<CredentialStoreError>),
    /// The task that renewed the chain ended early: the process is shutting down.
    #[error("the renewal was interrupted")]
    Interrupted,
}

impl From<CredentialStoreError> for CredentialError {
    fn from(error: CredentialStoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}
