//! Chains of tokens: what opens a portal's REST interface, in whose name.
//!
//! A chain is linear: each renewal spends the pair before. Two renewals of one pair at once kill the chain, so that
//! a renewal happens under a lock that holds across processes ([`lock`]). A portal has several chains, to fall back
//! to; a chain that ended keeps its row, without tokens, to say why.

pub mod lock;

pub use lock::LockedChain;

use crate::vault::{Place, Vault};
use crate::{MemberId, Store, StoreError, UserId};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const TABLE: &str = "chains";
/// More chains than anybody falls back through.
const LISTED: i64 = 50;

/// One chain's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChainId(pub i64);

impl fmt::Display for ChainId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Where a chain began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainSource {
    /// The installer's page.
    Installation,
    /// An event that carried tokens.
    Event,
    /// A page that a user opened.
    Page,
    /// The sign-on into the monitor.
    Login,
}

impl ChainSource {
    /// The key in the database.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Installation => "installation",
            Self::Event => "event",
            Self::Page => "page",
            Self::Login => "login",
        }
    }
}

/// The text is no source of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a chain begins with an installation, an event, a page or a login")]
pub struct UnknownChainSource;

impl FromStr for ChainSource {
    type Err = UnknownChainSource;

    fn from_str(key: &str) -> Result<Self, UnknownChainSource> {
        [Self::Installation, Self::Event, Self::Page, Self::Login]
            .into_iter()
            .find(|source| source.key() == key)
            .ok_or(UnknownChainSource)
    }
}

/// Why a chain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChainEnd {
    /// The authorization server does not take its refresh token any more.
    Spent,
    /// Its user may no longer come in.
    UserDeactivated,
    /// The portal does not take its tokens any more.
    Revoked,
    /// A newer installation made it void.
    Superseded,
}

impl ChainEnd {
    /// The key in the database.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Spent => "spent",
            Self::UserDeactivated => "user_deactivated",
            Self::Revoked => "revoked",
            Self::Superseded => "superseded",
        }
    }
}

/// The text is no reason for the end of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a chain ends spent, user_deactivated, revoked or superseded")]
pub struct UnknownChainEnd;

impl FromStr for ChainEnd {
    type Err = UnknownChainEnd;

    fn from_str(key: &str) -> Result<Self, UnknownChainEnd> {
        [
            Self::Spent,
            Self::UserDeactivated,
            Self::Revoked,
            Self::Superseded,
        ]
        .into_iter()
        .find(|end| end.key() == key)
        .ok_or(UnknownChainEnd)
    }
}

/// An access token, what renews it, and how long it holds.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// Opens the portal.
    pub access: SecretString,
    /// Renews the pair, once.
    pub refresh: SecretString,
    /// Until when the access token holds.
    pub expires_at: DateTime<Utc>,
}

/// A chain that is to be kept.
#[derive(Debug, Clone)]
pub struct NewChain {
    /// The application that it belongs to.
    pub client_id: String,
    /// In whose name it opens the portal.
    pub user_id: UserId,
    /// Where it began.
    pub source: ChainSource,
    /// Whether the user is an administrator of the portal.
    pub is_administrator: bool,
    /// Its present pair.
    pub pair: TokenPair,
}

/// A living chain.
#[derive(Debug, Clone)]
pub struct StoredChain {
    /// Its row.
    pub id: ChainId,
    /// Counts the pairs that stood in this row: who saw another version saw another pair.
    pub version: i64,
    /// The application that it belongs to.
    pub client_id: String,
    /// In whose name it opens the portal.
    pub user_id: UserId,
    /// Where it began.
    pub source: ChainSource,
    /// Whether the user is an administrator of the portal.
    pub is_administrator: bool,
    /// Opens the portal.
    pub access: SecretString,
    /// Until when the access token holds.
    pub expires_at: DateTime<Utc>,
    /// When the present pair was stored.
    pub renewed_at: DateTime<Utc>,
}

/// The columns that make a [`StoredChain`].
struct Row {
    id: i64,
    version: i64,
    client_id: String,
    user_id: i64,
    source: String,
    is_administrator: bool,
    access_token: Vec<u8>,
    expires_at: DateTime<Utc>,
    renewed_at: DateTime<Utc>,
}

impl Row {
    fn open(self, vault: &Vault, member_id: &MemberId) -> Result<StoredChain, StoreError> {
        Ok(StoredChain {
            id: ChainId(self.id),
            version: self.version,
            client_id: self.client_id,
            user_id: UserId(self.user_id),
            source: self
                .source
                .parse()
                .map_err(|_| StoreError::inconsistent(TABLE, "source"))?,
            is_administrator: self.is_administrator,
            access: vault.open_text(access_place(member_id.as_str()), &self.access_token)?,
            expires_at: self.expires_at,
            renewed_at: self.renewed_at,
        })
    }
}

pub(crate) const fn access_place(member_id: &str) -> Place<'_> {
    Place::new(TABLE, member_id, "access_token")
}

pub(crate) const fn refresh_place(member_id: &str) -> Place<'_> {
    Place::new(TABLE, member_id, "refresh_token")
}

impl Store {
    /// Keeps a chain. It takes the place of the same application's, user's and source's earlier chain, dead or alive.
    ///
    /// Nothing is kept for a portal that removed the application ([`StoreError::Uninstalled`]), even when the removal
    /// happens at this very moment.
    pub async fn save_chain(&self, member_id: &MemberId, chain: &NewChain) -> Result<ChainId, StoreError> {
        let access = self
            .vault
            .seal_text(access_place(member_id.as_str()), &chain.pair.access)?;
        let refresh = self
            .vault
            .seal_text(refresh_place(member_id.as_str()), &chain.pair.refresh)?;
        let saved = sqlx::query_scalar!(
            "WITH present AS (
                SELECT member_id FROM portals WHERE member_id = $1 AND state <> 'uninstalled' FOR SHARE
             )
             INSERT INTO chains AS chain (
                member_id, client_id, user_id, source, is_administrator, access_token, refresh_token, expires_at)
             SELECT member_id, $2, $3, $4, $5, $6, $7, $8 FROM present
             ON CONFLICT (member_id, client_id, user_id, source) DO UPDATE SET
                version = chain.version + 1,
                is_administrator = excluded.is_administrator,
                access_token = excluded.access_token,
                refresh_token = excluded.refresh_token,
                expires_at = excluded.expires_at,
                began_at = now(),
                renewed_at = now(),
                ended_at = NULL,
                end_reason = NULL
             RETURNING id",
            member_id.as_str(),
            chain.client_id,
            chain.user_id.0,
            chain.source.key(),
            chain.is_administrator,
            access,
            refresh,
            chain.pair.expires_at,
        )
        .fetch_optional(&self.pool)
        .await?;
        match saved {
            Some(id) => Ok(ChainId(id)),
            None if self.portal(member_id).await?.is_some() => {
                Err(StoreError::Uninstalled(member_id.clone()))
            }
            None => Err(StoreError::UnknownPortal(member_id.clone())),
        }
    }

    /// The portal's living chains, best first: administrators' before others', lately renewed before older ones. With
    /// a user, only that user's. At most 50.
    pub async fn chains(
        &self,
        member_id: &MemberId,
        user: Option<UserId>,
    ) -> Result<Vec<StoredChain>, StoreError> {
        sqlx::query_as!(
            Row,
            "SELECT id, version, client_id, user_id, source, is_administrator,
                    access_token AS \"access_token!\", expires_at, renewed_at
             FROM chains
             WHERE member_id = $1 AND ended_at IS NULL AND ($2::bigint IS NULL OR user_id = $2)
             ORDER BY is_administrator DESC, renewed_at DESC, id DESC
             LIMIT $3",
            member_id.as_str(),
            user.map(|user| user.0),
            LISTED,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| row.open(&self.vault, member_id))
        .collect()
    }

    /// Ends a chain and deletes its tokens, if the pair that the caller judged is still the present one; whether it
    /// was.
    pub async fn end_chain(
        &self,
        member_id: &MemberId,
        id: ChainId,
        version: i64,
        reason: ChainEnd,
    ) -> Result<bool, StoreError> {
        let outcome = sqlx::query!(
            "UPDATE chains
             SET access_token = NULL, refresh_token = NULL, ended_at = now(), end_reason = $4
             WHERE member_id = $1 AND id = $2 AND version = $3 AND ended_at IS NULL",
            member_id.as_str(),
            id.0,
            version,
            reason.key(),
        )
        .execute(&self.pool)
        .await?;
        Ok(outcome.rows_affected() > 0)
    }

    /// Ends all chains but one: a new installation makes the tokens of earlier ones void. How many ended.
    pub async fn end_other_chains(
        &self,
        member_id: &MemberId,
        keep: ChainId,
        reason: ChainEnd,
    ) -> Result<u64, StoreError> {
        let outcome = sqlx::query!(
            "UPDATE chains
             SET access_token = NULL, refresh_token = NULL, ended_at = now(), end_reason = $3
             WHERE member_id = $1 AND id <> $2 AND ended_at IS NULL",
            member_id.as_str(),
            keep.0,
            reason.key(),
        )
        .execute(&self.pool)
        .await?;
        Ok(outcome.rows_affected())
    }
}
