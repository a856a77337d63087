//! What can go wrong with the store, as far as a caller can act on it.

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
    /// The portal has no row: the application was never installed there.
    #[error("the portal {0} is not known; install the application there first")]
    UnknownPortal(crate::MemberId),
}
