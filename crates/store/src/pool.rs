//! The pool of connections to Postgres, and what must not come back to it.
//!
//! A request that ends early drops what it awaits, a transaction that just begins among others; sqlx then knows of no
//! transaction and puts the connection back within one. Whoever gets it next is refused everything, and so is everybody
//! after him. So a connection is asked before it comes back, which nobody waits for.

use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, PgConnection, Row as _};
use std::io;
use std::time::Duration;

/// The name under which connections of ours stand in the database's list of sessions, where the address says no other.
pub const APPLICATION_NAME: &str = "certlens";

/// How long a connection that nobody used may take to say that it is there. Whoever waits for one waits for this, too, and
/// after a loss of the network for several.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);
/// How long a connection may take to come back. What was dropped with a statement under way waits for its end; one whose
/// other end is gone without a word would hold its place for ever.
const RETURN: Duration = Duration::from_secs(5);

/// Options of a pool that keeps no connection within a transaction, and none that is silent.
pub fn pool_options() -> PgPoolOptions {
    PgPoolOptions::new()
        // As sqlx does it, but within a bound.
        .test_before_acquire(false)
        .before_acquire(|connection, _| {
            Box::pin(async move {
                within(SIGN_OF_LIFE, connection.ping()).await?;
                Ok(true)
            })
        })
        .after_release(|connection, _| Box::pin(within(RETURN, is_outside_of_a_transaction(connection))))
}

async fn is_outside_of_a_transaction(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    // Outside of a transaction each statement is one of its own, and both began at the same moment. Unprepared: of a
    // prepared statement, the transaction begins with its first message and the statement with its last.
    let row = sqlx::raw_sql("SELECT transaction_timestamp() = statement_timestamp()")
        .fetch_one(connection)
        .await?;
    row.try_get(0)
}

async fn within<T>(
    bound: Duration,
    asked: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::time::timeout(bound, asked)
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())))
}
