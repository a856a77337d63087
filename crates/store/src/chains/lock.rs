//! The lock of one chain, across processes: a row lock in a transaction of its own.
//!
//! The lock lives as long as the connection: a process that dies frees it, and one that hangs loses it after
//! 90 seconds, when Postgres ends the idle transaction.

use super::{ChainEnd, ChainId, Row, StoredChain, TokenPair, access_place, refresh_place};
use crate::vault::Vault;
use crate::{MemberId, Store, StoreError};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use std::fmt;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Longer than a renewal with all its time-outs takes; in Postgres's notation.
const HELD_AT_MOST: &str = "90s";
/// How long a caller waits for another's renewal; in Postgres's notation.
const WAITED_AT_MOST: &str = "60s";
/// SQLSTATE of a lock that was not given in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// A chain that nobody else can renew meanwhile. Dropping it unlocks and changes nothing.
pub struct LockedChain {
    chain: StoredChain,
    refresh: SecretString,
    member_id: MemberId,
    vault: Arc<Vault>,
    transaction: Transaction<'static, Postgres>,
    /// For the pair that must not be lost with the transaction's connection.
    pool: PgPool,
    _permit: OwnedSemaphorePermit,
}

impl fmt::Debug for LockedChain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LockedChain")
            .field("member_id", &self.member_id)
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Locks a chain and reads it anew: who waited compares the version with what was seen before. `None` when the
    /// chain is gone or has ended.
    ///
    /// The lock holds a connection. Their number is bounded; further callers wait their turn.
    pub async fn lock_chain(
        &self,
        member_id: &MemberId,
        id: ChainId,
    ) -> Result<Option<LockedChain>, StoreError> {
        let permit = Arc::clone(&self.chain_locks)
            .acquire_owned()
            .await
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "SELECT set_config('lock_timeout', $1, true) AS waited_at_most,
                    set_config('idle_in_transaction_session_timeout', $2, true) AS held_at_most",
            WAITED_AT_MOST,
            HELD_AT_MOST,
        )
        .fetch_one(&mut *transaction)
        .await?;
        let row = sqlx::query!(
            "SELECT id, version, client_id, user_id, source, is_administrator, access_token AS \"access_token!\",
                    refresh_token AS \"refresh_token!\", expires_at, renewed_at
             FROM chains WHERE member_id = $1 AND id = $2 AND ended_at IS NULL
             FOR UPDATE",
            member_id.as_str(),
            id.0,
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(|error| of_lock(error, id))?;
        let Some(row) = row else {
            return Ok(None);
        };
        let refresh = self
            .vault
            .open_text(refresh_place(member_id.as_str()), &row.refresh_token)?;
        let chain = Row {
            id: row.id,
            version: row.version,
            client_id: row.client_id,
            user_id: row.user_id,
            source: row.source,
            is_administrator: row.is_administrator,
            access_token: row.access_token,
            expires_at: row.expires_at,
            renewed_at: row.renewed_at,
        }
        .open(&self.vault, member_id)?;
        Ok(Some(LockedChain {
            chain,
            refresh,
            member_id: member_id.clone(),
            vault: Arc::clone(&self.vault),
            transaction,
            pool: self.pool.clone(),
            _permit: permit,
        }))
    }
}

impl LockedChain {
    /// The chain as it was when the lock was given.
    pub const fn chain(&self) -> &StoredChain {
        &self.chain
    }

    /// What renews it.
    pub const fn refresh_token(&self) -> &SecretString {
        &self.refresh
    }

    /// Replaces the pair and unlocks. When this returns, the new pair is on the disk.
    ///
    /// The old pair is spent by now, so that a connection lost at this moment must not cost the chain: the new pair
    /// is then written through another one, unless somebody has stored a newer pair meanwhile, which is given instead.
    pub async fn replace(mut self, pair: TokenPair) -> Result<StoredChain, StoreError> {
        let access = self
            .vault
            .seal_text(access_place(self.member_id.as_str()), &pair.access)?;
        let refresh = self
            .vault
            .seal_text(refresh_place(self.member_id.as_str()), &pair.refresh)?;
        let sealed = SealedPair {
            access,
            refresh,
            expires_at: pair.expires_at,
        };
        let (member_id, chain) = (&self.member_id, &self.chain);
        let row = match write(&mut self.transaction, member_id, chain, &sealed).await {
            Ok(Some(row)) => self.transaction.commit().await.map(|()| row),
            Ok(None) => Err(sqlx::Error::RowNotFound),
            Err(error) => Err(error),
        };
        let row = match row {
            Ok(row) => row,
            Err(_lost) => {
                let mut connection = self.pool.acquire().await?;
                match write(&mut connection, member_id, chain, &sealed).await? {
                    Some(row) => row,
                    // The lost connection had done its work after all, or another process has renewed the chain.
                    None => return present(&mut connection, &self.vault, member_id, chain.id).await,
                }
            }
        };
        Ok(StoredChain {
            version: row.version,
            access: pair.access,
            expires_at: pair.expires_at,
            renewed_at: row.renewed_at,
            ..self.chain
        })
    }

    /// Ends the chain, deletes its tokens, and unlocks.
    pub async fn end(mut self, reason: ChainEnd) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE chains SET access_token = NULL, refresh_token = NULL, ended_at = now(), end_reason = $3
             WHERE member_id = $1 AND id = $2",
            self.member_id.as_str(),
            self.chain.id.0,
            reason.key(),
        )
        .execute(&mut *self.transaction)
        .await?;
        self.transaction.commit().await?;
        Ok(())
    }
}

/// A pair as it lies in the database.
struct SealedPair {
    access: Vec<u8>,
    refresh: Vec<u8>,
    expires_at: DateTime<Utc>,
}

/// What the database makes of a new pair.
struct Renewed {
    version: i64,
    renewed_at: DateTime<Utc>,
}

/// Writes the pair in the place of the one that the chain was locked with; `None` when that is not there any more. A
/// chain that somebody ended meanwhile, because its pair was spent, lives again.
async fn write(
    connection: &mut PgConnection,
    member_id: &MemberId,
    chain: &StoredChain,
    pair: &SealedPair,
) -> Result<Option<Renewed>, sqlx::Error> {
    sqlx::query_as!(
        Renewed,
        "UPDATE chains
         SET version = version + 1, access_token = $4, refresh_token = $5, expires_at = $6,
             renewed_at = clock_timestamp(), ended_at = NULL, end_reason = NULL
         WHERE member_id = $1 AND id = $2 AND version = $3
         RETURNING version, renewed_at",
        member_id.as_str(),
        chain.id.0,
        chain.version,
        pair.access,
        pair.refresh,
        pair.expires_at,
    )
    .fetch_optional(connection)
    .await
}

/// The chain as it is now.
async fn present(
    connection: &mut PgConnection,
    vault: &Vault,
    member_id: &MemberId,
    id: ChainId,
) -> Result<StoredChain, StoreError> {
    sqlx::query_as!(
        Row,
        "SELECT id, version, client_id, user_id, source, is_administrator, access_token AS \"access_token!\",
                expires_at, renewed_at
         FROM chains WHERE member_id = $1 AND id = $2 AND ended_at IS NULL",
        member_id.as_str(),
        id.0,
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| StoreError::Uninstalled(member_id.clone()))?
    .open(vault, member_id)
}

fn of_lock(error: sqlx::Error, id: ChainId) -> StoreError {
    let refused = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == LOCK_NOT_AVAILABLE);
    if refused {
        StoreError::ChainBusy(id)
    } else {
        StoreError::Database(error)
    }
}
