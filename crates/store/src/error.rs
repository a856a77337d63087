//! What can go wrong with the store, as far as a caller can act on it.

use crate::MemberId;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or lost a request. Worth a repetition when the connection was lost.
    #[error("the database did not do what was asked")]
    Database(#[from] sqlx::Error),
    /// The database could not be brought to this program's version.
    #[error(
        "the database can't be brought to this program's version; it may belong to a newer version of Certlens, \
         or its user may lack the right to create tables"
    )]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// A row holds what the program never writes: somebody changed it by hand, or the program is older than the row.
    #[error("table {table}, column {column} holds a value that this version of Certlens does not know")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The portal has no row: the application was never installed there, or the portal was erased.
    #[error("the portal {0} is not known; install the application there first")]
    UnknownPortal(MemberId),
    /// The portal removed the application: nothing is kept for it any more, whatever was under way.
    #[error("the portal {0} removed the application; install it there again")]
    Uninstalled(MemberId),
    /// As many identifiers are remembered of a card as may be, and none of them was removed.
    #[error(
        "a card remembers at most {} identifiers; remove some of them first",
        certlens_domain::selection::MOST_REMEMBERED
    )]
    CardFull,
    /// As many active subscriptions as there may be.
    #[error("a {of} has at most {most} active subscriptions; end some of them first")]
    TooManySubscriptions {
        /// `user` or `portal`.
        of: &'static str,
        /// The limit.
        most: i64,
    },
    /// A ciphertext can't be opened with this installation's key.
    #[error(
        "table {table}, column {column} was encrypted with another secret key, or was changed by hand; \
         restore the key that this database was written with"
    )]
    Undecipherable {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The system gave no random bytes to encrypt with.
    #[error("the system gave no random bytes for encryption")]
    Entropy(#[source] getrandom::Error),
    /// Somebody else holds the lock of this chain for longer than a renewal takes.
    #[error("the lock of chain {0} was not given in time; repeat later")]
    ChainBusy(crate::ChainId),
    /// The lease ran out or was taken over: what the worker did meanwhile must not be written.
    #[error("the lease on this work is lost; drop the result, another worker has taken the work over")]
    LeaseLost,
}

impl StoreError {
    pub(crate) const fn inconsistent(table: &'static str, column: &'static str) -> Self {
        Self::Inconsistent { table, column }
    }

    /// A write for a portal that has no row breaks its foreign key: that is an unknown portal, not a broken database.
    pub(crate) fn of_write(error: sqlx::Error, member_id: &MemberId) -> Self {
        if error
            .as_database_error()
            .is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation)
        {
            Self::UnknownPortal(member_id.clone())
        } else {
            Self::Database(error)
        }
    }
}

/// One row or none was changed: none means that the portal has no row.
pub(crate) fn known(rows: u64, member_id: &MemberId) -> Result<(), StoreError> {
    if rows == 0 {
        return Err(StoreError::UnknownPortal(member_id.clone()));
    }
    Ok(())
}
