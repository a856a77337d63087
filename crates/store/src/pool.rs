//! The pool of connections to Postgres, and what must not come back to it.
//!
//! A request that ends early drops what it awaits, a transaction that just begins among others; sqlx then knows of no
//! transaction and puts the connection back within one. Whoever gets it next is refused everything, and so is everybody
//! after him. So a connection is asked before it comes back, which nobody waits for.

use sqlx::Row as _;
use sqlx::postgres::PgPoolOptions;

/// The name under which connections of ours stand in the database's list of sessions, where the address says no other.
pub const APPLICATION_NAME: &str = "certlens";

/// Options of a pool that keeps no connection within a transaction.
pub fn pool_options() -> PgPoolOptions {
    PgPoolOptions::new().after_release(|connection, _| {
        Box::pin(async move {
            // Outside of a transaction each statement is one of its own, and both began at the same moment. Unprepared: of a
            // prepared statement, the transaction begins with its first message and the statement with its last.
            let row = sqlx::raw_sql("SELECT transaction_timestamp() = statement_timestamp()")
                .fetch_one(connection)
                .await?;
            row.try_get(0)
        })
    })
}
