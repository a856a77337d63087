//! Certlens's own data in Postgres: which portals installed the application, and the key of this installation.
//!
//! What this crate may know: Postgres, its own tables, secrets at rest. What it must not know: Bitrix24's protocol,
//! documents and their search, HTTP. Every function that touches a portal's data takes that portal's [`MemberId`],
//! so that one portal's data cannot be read in another's name by forgetting a condition.
//!
//! The migrations of *all* crates lie in one folder and run from here ([`migrate`]): one database, one history.

pub mod error;
pub mod member_id;
pub mod portals;
pub mod secret;

pub use error::StoreError;
pub use member_id::{MalformedMemberId, MemberId};
pub use portals::{Portal, PortalAddress, PortalState, UnknownPortalState};
pub use secret::{KeyPurpose, SecretKey, SecretKeyError};

use sqlx::PgPool;
use sqlx::migrate::Migrator;

/// The migrations of the regular database, in the order of their numbers.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/postgres");

/// Brings the database to this program's version. Safe to call from several processes at once: they take turns by
/// an advisory lock, and who comes later finds nothing to do.
pub async fn migrate(pool: &PgPool) -> Result<(), StoreError> {
    MIGRATIONS.run(pool).await.map_err(StoreError::Migration)
}

/// Access to Certlens's own tables. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// A store on a database that [`migrate`] has brought up to date.
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Asks the database for a sign of life.
    pub async fn ready(&self) -> Result<(), StoreError> {
        sqlx::query!("SELECT 1 AS \"one!\"").fetch_one(&self.pool).await?;
        Ok(())
    }
}
