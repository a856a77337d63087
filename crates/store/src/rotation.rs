//! Writes everything that is sealed with another secret key anew with the one that writes.
//!
//! Row by row, in portions, while processes run: a row is replaced only if it still is what was read, so that a token that was renewed
//! meanwhile stays. What is sealed with the present key already is left alone, so a rotation that was cut off is simply begun again.
//!
//! Hashes of application tokens can't be made anew without the tokens. The key that made them is kept, sealed with the present one;
//! [`crate::application_token`] makes each hash anew when its token comes.

use crate::applications::place as application_place;
use crate::chains::{access_place, refresh_place};
use crate::events::body_place;
use crate::vault::{FingerprintKey, Place, SealedBy};
use crate::{KeyPurpose, SecretKeys, Store, StoreError};
use secrecy::ExposeSecret as _;
use serde::Serialize;

/// Rows that are read and written together.
const PORTION: i64 = 200;
/// Owner of what belongs to the installation and to no portal.
const INSTALLATION: &str = "installation";

/// What a rotation did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rotated {
    /// Secrets that were written anew.
    pub rewritten: u64,
    /// Secrets that were sealed with the present key already.
    pub current: u64,
    /// Secrets that neither key opens: of a key that was lost before.
    pub unreadable: u64,
}

/// Why nothing was rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotationRefused {
    /// There is nothing to rotate from.
    #[error("no other key is configured: set CERTLENS_SECRET_KEY_PREVIOUS to the key that was in use before")]
    NoOtherKey,
    /// They are the same.
    #[error("CERTLENS_SECRET_KEY and CERTLENS_SECRET_KEY_PREVIOUS are the same key")]
    SameKey,
    /// Neither key opens anything.
    #[error(
        "neither of the two keys opens any of the {0} stored secrets; is CERTLENS_SECRET_KEY_PREVIOUS the key that was in use?"
    )]
    WrongKeys(u64),
    /// A process still writes with the other key.
    #[error(
        "these processes do not write with the new key yet: {0}; restart them with both keys first; one that was killed is forgotten \
         after 90 seconds"
    )]
    OtherProcesses(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A table with secrets.
#[derive(Debug, Clone, Copy)]
enum Sealed {
    AccessTokens,
    RefreshTokens,
    Applications,
    Events,
    FormerKeys,
}

/// A secret as it is stored.
struct SealedRow {
    /// Names the row; rows are read in this order.
    key: String,
    /// Whose it is, as its place says.
    owner: String,
    sealed: Vec<u8>,
}

impl Sealed {
    const ALL: [Self; 5] = [
        Self::AccessTokens,
        Self::RefreshTokens,
        Self::Applications,
        Self::Events,
        Self::FormerKeys,
    ];

    const fn place(self, owner: &str) -> Place<'_> {
        match self {
            Self::AccessTokens => access_place(owner),
            Self::RefreshTokens => refresh_place(owner),
            Self::Applications => application_place(owner),
            Self::Events => body_place(owner),
            Self::FormerKeys => Place::new("former_fingerprint_keys", owner, "sealed"),
        }
    }
}

impl Store {
    /// Writes everything anew that is sealed with the other key. Safe to call again, and while processes run that know both keys.
    pub async fn rotate_secrets(&self, keys: &SecretKeys) -> Result<Rotated, RotationRefused> {
        let Some(other) = keys.other() else {
            return Err(RotationRefused::NoOtherKey);
        };
        if other.mark() == keys.current().mark() {
            return Err(RotationRefused::SameKey);
        }
        let others = self.processes_with_another_key().await?;
        if !others.is_empty() {
            let names: Vec<String> = others
                .into_iter()
                .map(|process| format!("{} ({})", process.name, process.version))
                .collect();
            return Err(RotationRefused::OtherProcesses(names.join(", ")));
        }
        let found = self.pass(Purpose::Look).await?;
        if found.unreadable > 0 && found.rewritten == 0 && found.current == 0 {
            return Err(RotationRefused::WrongKeys(found.unreadable));
        }
        // Before anything else: a hash whose key is forgotten is lost.
        self.keep_fingerprint_key(
            FingerprintKey::new(other.derive(KeyPurpose::ApplicationTokens)),
            &other.mark(),
        )
        .await?;
        Ok(self.pass(Purpose::Rewrite).await?)
    }

    /// How many secrets are sealed with the other key.
    pub async fn sealed_with_the_other_key(&self) -> Result<u64, StoreError> {
        Ok(self.pass(Purpose::Look).await?.rewritten)
    }

    /// The keys by which application tokens were hashed before. One that can't be opened recognises nothing, as if it were
    /// not there.
    pub(crate) async fn former_fingerprint_keys(&self) -> Result<Vec<FingerprintKey>, StoreError> {
        let kept = self.kept_fingerprint_keys().await?;
        Ok(kept.into_iter().filter_map(|(_, key)| key).collect())
    }

    /// The names of those that can't be opened.
    pub(crate) async fn unreadable_fingerprint_keys(&self) -> Result<Vec<String>, StoreError> {
        let kept = self.kept_fingerprint_keys().await?;
        Ok(kept
            .into_iter()
            .filter(|(_, key)| key.is_none())
            .map(|(mark, _)| mark)
            .collect())
    }

    /// What is kept, the latest first: its name, and the key if it opens.
    async fn kept_fingerprint_keys(&self) -> Result<Vec<(String, Option<FingerprintKey>)>, StoreError> {
        let kept = sqlx::query!("SELECT mark, sealed FROM former_fingerprint_keys ORDER BY retired_at DESC")
            .fetch_all(&self.pool)
            .await?;
        let place = Sealed::FormerKeys.place(INSTALLATION);
        Ok(kept
            .into_iter()
            .map(|row| {
                let opened = self.vault.open(place, &row.sealed).ok();
                let bytes = opened.and_then(|bytes| <[u8; 32]>::try_from(bytes.expose_secret()).ok());
                (row.mark, bytes.map(FingerprintKey::new))
            })
            .collect())
    }

    async fn keep_fingerprint_key(&self, key: FingerprintKey, mark: &str) -> Result<(), StoreError> {
        let sealed = self
            .vault
            .seal(Sealed::FormerKeys.place(INSTALLATION), key.expose())?;
        sqlx::query!(
            "INSERT INTO former_fingerprint_keys (mark, sealed) VALUES ($1, $2) ON CONFLICT (mark) DO NOTHING",
            mark,
            sealed,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn pass(&self, purpose: Purpose) -> Result<Rotated, StoreError> {
        let mut counted = Rotated::default();
        for table in Sealed::ALL {
            let mut after = String::new();
            loop {
                let rows = self.sealed_rows(table, &after).await?;
                let Some(last) = rows.last() else { break };
                after.clone_from(&last.key);
                for row in rows {
                    self.rotate_row(table, row, purpose, &mut counted).await?;
                }
            }
        }
        Ok(counted)
    }

    async fn rotate_row(
        &self,
        table: Sealed,
        row: SealedRow,
        purpose: Purpose,
        counted: &mut Rotated,
    ) -> Result<(), StoreError> {
        let place = table.place(&row.owner);
        match self.vault.open_and_say_by_which(place, &row.sealed) {
            Ok((_, SealedBy::Current)) => counted.current += 1,
            Ok((secret, SealedBy::Other)) => {
                if purpose == Purpose::Rewrite {
                    let anew = self.vault.seal(place, secret.expose_secret())?;
                    self.replace_sealed(table, &row, &anew).await?;
                }
                counted.rewritten += 1;
            }
            Err(StoreError::Undecipherable { .. }) => counted.unreadable += 1,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// A portion of a table's secrets, after this key.
    async fn sealed_rows(&self, table: Sealed, after: &str) -> Result<Vec<SealedRow>, StoreError> {
        let after_number = after.parse::<i64>().unwrap_or(i64::MIN);
        let rows =
            match table {
                Sealed::AccessTokens => sqlx::query_as!(
                    SealedRow,
                    r#"SELECT id::text AS "key!", member_id AS owner, access_token AS "sealed!" FROM chains
                       WHERE id > $1 AND access_token IS NOT NULL ORDER BY id LIMIT $2"#,
                    after_number,
                    PORTION,
                )
                .fetch_all(&self.pool)
                .await,
                Sealed::RefreshTokens => sqlx::query_as!(
                    SealedRow,
                    r#"SELECT id::text AS "key!", member_id AS owner, refresh_token AS "sealed!" FROM chains
                       WHERE id > $1 AND refresh_token IS NOT NULL ORDER BY id LIMIT $2"#,
                    after_number,
                    PORTION,
                )
                .fetch_all(&self.pool)
                .await,
                Sealed::Applications => {
                    sqlx::query_as!(
                    SealedRow,
                    "SELECT client_id AS key, client_id AS owner, client_secret AS sealed FROM applications
                     WHERE client_id > $1 ORDER BY client_id LIMIT $2",
                    after,
                    PORTION,
                )
                    .fetch_all(&self.pool)
                    .await
                }
                Sealed::Events => {
                    sqlx::query_as!(
                        SealedRow,
                        r#"SELECT id::text AS "key!", member_id AS owner, body AS sealed FROM portal_events
                       WHERE id > $1 ORDER BY id LIMIT $2"#,
                        after_number,
                        PORTION,
                    )
                    .fetch_all(&self.pool)
                    .await
                }
                Sealed::FormerKeys => {
                    sqlx::query_as!(
                        SealedRow,
                        r#"SELECT mark AS key, $3 AS "owner!", sealed FROM former_fingerprint_keys
                       WHERE mark > $1 ORDER BY mark LIMIT $2"#,
                        after,
                        PORTION,
                        INSTALLATION,
                    )
                    .fetch_all(&self.pool)
                    .await
                }
            };
        Ok(rows?)
    }

    /// Puts a secret in its former form's place, if that is still there.
    async fn replace_sealed(&self, table: Sealed, row: &SealedRow, anew: &[u8]) -> Result<(), StoreError> {
        let number = row.key.parse::<i64>().unwrap_or(i64::MIN);
        let (key, former) = (&row.key, &row.sealed[..]);
        let query = match table {
            Sealed::AccessTokens => sqlx::query!(
                "UPDATE chains SET access_token = $2 WHERE id = $1 AND access_token = $3",
                number,
                anew,
                former,
            ),
            Sealed::RefreshTokens => sqlx::query!(
                "UPDATE chains SET refresh_token = $2 WHERE id = $1 AND refresh_token = $3",
                number,
                anew,
                former,
            ),
            Sealed::Applications => sqlx::query!(
                "UPDATE applications SET client_secret = $2 WHERE client_id = $1 AND client_secret = $3",
                key,
                anew,
                former,
            ),
            Sealed::Events => sqlx::query!(
                "UPDATE portal_events SET body = $2 WHERE id = $1 AND body = $3",
                number,
                anew,
                former,
            ),
            Sealed::FormerKeys => sqlx::query!(
                "UPDATE former_fingerprint_keys SET sealed = $2 WHERE mark = $1 AND sealed = $3",
                key,
                anew,
                former,
            ),
        };
        query.execute(&self.pool).await?;
        Ok(())
    }
}

/// What a pass over all secrets is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Counting.
    Look,
    /// Writing anew.
    Rewrite,
}
