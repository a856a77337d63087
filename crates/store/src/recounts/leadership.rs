//! Which process leads: an advisory lock on a connection of its own.
//!
//! Postgres frees the lock when the connection ends, however that happens: at once when the process dies, after
//! [`SILENCE`] when it hangs or its machine is gone, because the connection must give a sign of life now and then.
//! Whoever cannot give one in time has to assume that another process leads.

use crate::{Store, StoreError};
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;

/// Key of the lock.
const LEADER_LOCK: i64 = 0x0072_6563_6f75_6e74;
/// After so long a silence Postgres ends the connection.
const SILENCE: Duration = Duration::from_secs(12);
/// How often a sign of life is given.
const BEAT: Duration = Duration::from_secs(3);
/// How long a sign of life may take: with [`BEAT`] less than [`SILENCE`], so that a leader knows of its end before
/// another one begins.
const PATIENCE: Duration = Duration::from_secs(5);

/// The right to lead, for as long as it is held. Dropping it ends it.
#[derive(Debug)]
pub struct Leadership {
    connection: PgConnection,
}

impl Store {
    /// Takes the lead; `None` while another process has it.
    pub async fn lead(&self) -> Result<Option<Leadership>, StoreError> {
        self.lead_unless_silent_for(SILENCE).await
    }

    /// The same with another length of silence; for tests, which don't want to wait.
    pub async fn lead_unless_silent_for(&self, silence: Duration) -> Result<Option<Leadership>, StoreError> {
        // Taken out of the pool: nobody else may use it, and it must not go back with the lock.
        let mut connection = self.pool.acquire().await?.detach();
        sqlx::query!(
            "SELECT set_config('idle_session_timeout', $1, false) AS silence,
                    set_config('tcp_keepalives_idle', '5', false) AS idle,
                    set_config('tcp_keepalives_interval', '2', false) AS interval,
                    set_config('tcp_keepalives_count', '3', false) AS count",
            format!("{}ms", silence.as_millis()),
        )
        .fetch_one(&mut connection)
        .await?;
        let leads = sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "leads!""#, LEADER_LOCK)
            .fetch_one(&mut connection)
            .await?;
        if leads {
            return Ok(Some(Leadership { connection }));
        }
        connection.close().await?;
        Ok(None)
    }
}

impl Leadership {
    /// Holds the lead; gives the reason when it is lost.
    pub async fn hold(&mut self) -> StoreError {
        loop {
            tokio::time::sleep(BEAT).await;
            let sign = tokio::time::timeout(
                PATIENCE,
                sqlx::query!(r#"SELECT true AS "alive!""#).fetch_one(&mut self.connection),
            )
            .await;
            match sign {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return error.into(),
                Err(_) => return StoreError::LeaseLost,
            }
        }
    }

    /// Gives the lead up, so that another process has it at once.
    pub async fn give_up(self) -> Result<(), StoreError> {
        Ok(self.connection.close().await?)
    }
}
