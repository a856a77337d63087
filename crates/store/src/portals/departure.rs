//! How a portal leaves: archived, so that it can come back to its settings, or erased to the last row.

use crate::error::known;
use crate::{MemberId, Store, StoreError};

impl Store {
    /// Notes that the application was removed and the portal's data are to be kept: tokens are deleted, sessions
    /// revoked, jobs and events dropped; the index and the settings stay. Repeatable.
    ///
    /// Events that were not proved stay: the event of a new installation may have overtaken this one.
    pub async fn archive(&self, member_id: &MemberId) -> Result<(), StoreError> {
        self.wait_for_renewals(member_id).await?;
        let mut transaction = self.pool.begin().await?;
        // First of all the portal's row: whoever saves something for the portal locks it too, and looks at its state.
        let outcome = sqlx::query!(
            "UPDATE portals
             SET state = 'uninstalled', state_reason = NULL, application_token_hash = NULL, bindings_version = 0,
                 uninstalled_at = coalesce(uninstalled_at, now()),
                 state_changed_at = CASE WHEN state = 'uninstalled' THEN state_changed_at ELSE now() END,
                 generation = nextval('portal_generations')
             WHERE member_id = $1",
            member_id.as_str(),
        )
        .execute(&mut *transaction)
        .await?;
        known(outcome.rows_affected(), member_id)?;
        sqlx::query!("DELETE FROM chains WHERE member_id = $1", member_id.as_str())
            .execute(&mut *transaction)
            .await?;
        sqlx::query!("DELETE FROM portal_jobs WHERE member_id = $1", member_id.as_str())
            .execute(&mut *transaction)
            .await?;
        sqlx::query!("DELETE FROM crm_access WHERE member_id = $1", member_id.as_str())
            .execute(&mut *transaction)
            .await?;
        sqlx::query!(
            "DELETE FROM portal_events WHERE member_id = $1 AND proved",
            member_id.as_str()
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Deletes every row of the portal in every table; whether it was known. Repeatable.
    ///
    /// A registered local application stays, because the operator registered it, but no longer names the portal.
    pub async fn erase(&self, member_id: &MemberId) -> Result<bool, StoreError> {
        self.wait_for_renewals(member_id).await?;
        let mut transaction = self.pool.begin().await?;
        // Takes everything along that refers to it.
        let outcome = sqlx::query!("DELETE FROM portals WHERE member_id = $1", member_id.as_str())
            .execute(&mut *transaction)
            .await?;
        // The tables without a foreign key; the reasons stand in the migrations.
        sqlx::query!(
            "DELETE FROM portal_events WHERE member_id = $1",
            member_id.as_str()
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "DELETE FROM event_leases WHERE member_id = $1",
            member_id.as_str()
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE applications SET member_id = NULL, updated_at = now() WHERE member_id = $1",
            member_id.as_str()
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(outcome.rows_affected() > 0)
    }

    /// Waits until nobody holds the lock of a chain. A renewal may take seconds; who waited for one with the portal's
    /// row locked would make everybody wait who saves something for the portal.
    async fn wait_for_renewals(&self, member_id: &MemberId) -> Result<(), StoreError> {
        sqlx::query!(
            "SELECT count(*) FROM (SELECT FROM chains WHERE member_id = $1 ORDER BY id FOR UPDATE) AS free",
            member_id.as_str(),
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(())
    }
}
