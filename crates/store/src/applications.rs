//! Local applications: each has a client id and a secret of its own and serves one portal. An operator adds, changes
//! and removes them while the servers run; every look reads the present state.
//!
//! The market application is not here: its secret is the configuration's.

use crate::vault::Place;
use crate::{MemberId, Store, StoreError};
use chrono::{DateTime, Utc};
use secrecy::SecretString;

const TABLE: &str = "applications";
/// More than an operator registers by hand.
const LISTED: i64 = 10_000;

/// A registered local application. Its secret is asked for separately ([`Store::secret_of`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalApplication {
    /// Its client id.
    pub client_id: String,
    /// The only portal that may use it; `None` until it is first installed.
    pub member_id: Option<MemberId>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// Latest change of the secret or the portal.
    pub updated_at: DateTime<Utc>,
}

impl Store {
    /// Registers a local application, or replaces the secret and the portal of a registered one.
    pub async fn add_application(
        &self,
        client_id: &str,
        secret: &SecretString,
        member_id: Option<&MemberId>,
    ) -> Result<(), StoreError> {
        let sealed = self.vault.seal_text(place(client_id), secret)?;
        sqlx::query!(
            "INSERT INTO applications (client_id, client_secret, member_id) VALUES ($1, $2, $3)
             ON CONFLICT (client_id) DO UPDATE SET
                client_secret = excluded.client_secret,
                member_id = excluded.member_id,
                updated_at = now()",
            client_id,
            sealed,
            member_id.map(MemberId::as_str),
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets a local application; whether it was registered.
    pub async fn remove_application(&self, client_id: &str) -> Result<bool, StoreError> {
        let outcome = sqlx::query!("DELETE FROM applications WHERE client_id = $1", client_id)
            .execute(&self.pool)
            .await?;
        Ok(outcome.rows_affected() > 0)
    }

    /// All registered local applications, by client id.
    pub async fn applications(&self) -> Result<Vec<LocalApplication>, StoreError> {
        sqlx::query!(
            "SELECT client_id, member_id, created_at, updated_at FROM applications ORDER BY client_id LIMIT $1",
            LISTED,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| {
            Ok(LocalApplication {
                client_id: row.client_id,
                member_id: row
                    .member_id
                    .map(|text| MemberId::parse(&text))
                    .transpose()
                    .map_err(|_| StoreError::inconsistent(TABLE, "member_id"))?,
                created_at: row.created_at,
                updated_at: row.updated_at,
            })
        })
        .collect()
    }

    /// Those of one portal, by client id.
    pub async fn applications_of(&self, member_id: &MemberId) -> Result<Vec<LocalApplication>, StoreError> {
        let rows = sqlx::query!(
            "SELECT client_id, created_at, updated_at FROM applications WHERE member_id = $1
             ORDER BY client_id LIMIT $2",
            member_id.as_str(),
            LISTED,
        )
        .fetch_all(&self.pool)
        .await?;
        let of_portal = rows.into_iter().map(|row| LocalApplication {
            client_id: row.client_id,
            member_id: Some(member_id.clone()),
            created_at: row.created_at,
            updated_at: row.updated_at,
        });
        Ok(of_portal.collect())
    }

    /// One of them; `None` when it is not registered.
    pub async fn application(&self, client_id: &str) -> Result<Option<LocalApplication>, StoreError> {
        sqlx::query!(
            "SELECT client_id, member_id, created_at, updated_at FROM applications WHERE client_id = $1",
            client_id,
        )
        .fetch_optional(&self.pool)
        .await?
        .map(|row| {
            Ok(LocalApplication {
                client_id: row.client_id,
                member_id: row
                    .member_id
                    .map(|text| MemberId::parse(&text))
                    .transpose()
                    .map_err(|_| StoreError::inconsistent(TABLE, "member_id"))?,
                created_at: row.created_at,
                updated_at: row.updated_at,
            })
        })
        .transpose()
    }

    /// The secret of a local application as it is now; `None` when it is not registered.
    pub async fn secret_of(&self, client_id: &str) -> Result<Option<SecretString>, StoreError> {
        sqlx::query_scalar!(
            "SELECT client_secret FROM applications WHERE client_id = $1",
            client_id
        )
        .fetch_optional(&self.pool)
        .await?
        .map(|sealed| self.vault.open_text(place(client_id), &sealed))
        .transpose()
    }

    /// The local applications that a request in this portal's name may come from: its own, and those that no portal
    /// has used yet. The portal need not be known.
    pub async fn client_ids_for(&self, member_id: &MemberId) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            "SELECT client_id FROM applications WHERE member_id = $1 OR member_id IS NULL
             ORDER BY member_id NULLS LAST, client_id LIMIT $2",
            member_id.as_str(),
            LISTED,
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Gives a local application to the portal that proved to use it. `false` when the application is not registered
    /// or belongs to another portal.
    pub async fn bind_to_portal(&self, client_id: &str, member_id: &MemberId) -> Result<bool, StoreError> {
        let outcome = sqlx::query!(
            "UPDATE applications SET member_id = $2, updated_at = now()
             WHERE client_id = $1 AND (member_id IS NULL OR member_id = $2)",
            client_id,
            member_id.as_str(),
        )
        .execute(&self.pool)
        .await?;
        Ok(outcome.rows_affected() > 0)
    }
}

/// Bound to the client id, not to a portal: the portal may become known later.
pub(crate) const fn place(client_id: &str) -> Place<'_> {
    Place::new(TABLE, client_id, "client_secret")
}
