//! The head of a file: what it is, and the key of its stream, wrapped for each of those who may open it.
//!
//! The head is authentic because each chunk of the stream is sealed together with its hash.

use super::keys::Keys;
use crate::error::BackupError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certlens_store::{KeyPurpose, SecretKey};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use chrono::{DateTime, SubsecRound as _, Utc};
use scrypt::Params;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The version of the form that this program writes, and the greatest that it reads.
const FORMAT: u32 = 1;
/// A head that asks for more memory than 128 MiB × 8 was not written by us.
const MOST_WORK: u8 = 20;
/// log₂ of the work of a passphrase: 128 MiB, half a second.
const WORK: u8 = if cfg!(test) { 4 } else { Params::RECOMMENDED_LOG_N };

/// How much is in a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contents {
    /// Portals, credentials, settings, selections, subscriptions, queue: what nobody else has.
    Own,
    /// Documents and figures as well.
    Everything,
}

/// The head.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    /// Version of the form.
    pub format: u32,
    /// When it was begun; rows are as of then.
    pub made_at: DateTime<Utc>,
    /// The version of the program that wrote it.
    pub program: String,
    /// The last migration of the database.
    pub migration: i64,
    /// How much is in it.
    pub contents: Contents,
    /// Beginning of the chunks' nonces.
    nonce: String,
    locks: Vec<Lock>,
}

/// The stream's key, for one of those who may open it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "opened_by", rename_all = "snake_case")]
enum Lock {
    SecretKey {
        nonce: String,
        wrapped: String,
    },
    Passphrase {
        salt: String,
        log_n: u8,
        r: u32,
        p: u32,
        nonce: String,
        wrapped: String,
    },
}

/// What seals the stream.
pub(crate) struct Sealing {
    pub(crate) key: SecretBox<[u8; 32]>,
    pub(crate) nonce: [u8; 19],
}

/// Names the purpose of a wrapping.
const WRAPPING: &[u8] = b"certlens backup, key of the stream";

impl Head {
    /// A new head with a new key. At least one of the keys must be there.
    pub(crate) fn begin(
        contents: Contents,
        migration: i64,
        keys: &Keys,
    ) -> Result<(Self, Sealing), BackupError> {
        let sealing = Sealing {
            key: SecretBox::new(Box::new(random()?)),
            nonce: random()?,
        };
        let mut locks = Vec::new();
        if let Some(secret_key) = &keys.secret_key {
            let (nonce, wrapped) = wrap(&of_secret_key(secret_key), &sealing)?;
            locks.push(Lock::SecretKey { nonce, wrapped });
        }
        if let Some(passphrase) = &keys.passphrase {
            let salt: [u8; 16] = random()?;
            let (log_n, r, p) = (WORK, Params::RECOMMENDED_R, Params::RECOMMENDED_P);
            let (nonce, wrapped) = wrap(&of_passphrase(passphrase, &salt, log_n, r, p)?, &sealing)?;
            locks.push(Lock::Passphrase {
                salt: STANDARD.encode(salt),
                log_n,
                r,
                p,
                nonce,
                wrapped,
            });
        }
        let head = Self {
            format: FORMAT,
            // Names of files have seconds.
            made_at: Utc::now().trunc_subsecs(0),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            migration,
            contents,
            nonce: STANDARD.encode(sealing.nonce),
            locks,
        };
        Ok((head, sealing))
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, BackupError> {
        #[derive(Deserialize)]
        struct Form {
            format: u32,
            #[serde(default)]
            program: String,
        }
        let form: Form = serde_json::from_slice(bytes).map_err(|_| BackupError::Damaged)?;
        if form.format > FORMAT {
            return Err(BackupError::NewerFormat {
                found: form.format,
                known: FORMAT,
                program: form.program,
            });
        }
        serde_json::from_slice(bytes).map_err(|_| BackupError::Damaged)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // Texts and numbers: serialising them can't fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether a passphrase opens it, so that it carries the secret key.
    pub fn has_passphrase(&self) -> bool {
        self.locks
            .iter()
            .any(|lock| matches!(lock, Lock::Passphrase { .. }))
    }

    /// Whether it was made under one of these secret keys: then they open the tokens in it.
    pub fn is_of(&self, keys: &Keys) -> bool {
        keys.secret_keys().any(|key| self.is_of_key(key))
    }

    /// Whether it was made under the other of these secret keys, so that what it holds wants to be written anew.
    pub fn is_of_the_other_key(&self, keys: &Keys) -> bool {
        let is_of = |key: Option<&Arc<SecretKey>>| key.is_some_and(|key| self.is_of_key(key));
        !is_of(keys.secret_key.as_ref()) && is_of(keys.other_key.as_ref())
    }

    fn is_of_key(&self, key: &SecretKey) -> bool {
        matches!(self.opened_by(key), Ok(Some(_)))
    }

    /// The stream's key, if this secret key fits.
    fn opened_by(&self, secret_key: &SecretKey) -> Result<Option<SecretBox<[u8; 32]>>, BackupError> {
        for lock in &self.locks {
            if let Lock::SecretKey { nonce, wrapped } = lock
                && let Some(key) = unwrap(&of_secret_key(secret_key), nonce, wrapped)?
            {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// The stream's key, by whichever key fits. A passphrase that was given is what is meant.
    pub(crate) fn open(&self, keys: &Keys) -> Result<Sealing, BackupError> {
        let nonce = decoded(&self.nonce)?;
        if let Some(passphrase) = &keys.passphrase {
            let lock = self.locks.iter().find_map(|lock| match lock {
                Lock::Passphrase {
                    salt,
                    log_n,
                    r,
                    p,
                    nonce,
                    wrapped,
                } => Some((salt, *log_n, *r, *p, nonce, wrapped)),
                Lock::SecretKey { .. } => None,
            });
            let Some((salt, log_n, r, p, own_nonce, wrapped)) = lock else {
                return Err(BackupError::NoPassphrase);
            };
            let salt: [u8; 16] = decoded(salt)?;
            let key = of_passphrase(passphrase, &salt, log_n, r, p)?;
            let key = unwrap(&key, own_nonce, wrapped)?.ok_or(BackupError::WrongPassphrase)?;
            return Ok(Sealing { key, nonce });
        }
        for secret_key in keys.secret_keys() {
            if let Some(key) = self.opened_by(secret_key)? {
                return Ok(Sealing { key, nonce });
            }
        }
        Err(BackupError::AnotherKey {
            has_passphrase: self.has_passphrase(),
        })
    }
}

fn of_secret_key(key: &SecretKey) -> SecretBox<[u8; 32]> {
    SecretBox::new(Box::new(key.derive(KeyPurpose::Backups)))
}

fn of_passphrase(
    passphrase: &SecretString,
    salt: &[u8; 16],
    log_n: u8,
    r: u32,
    p: u32,
) -> Result<SecretBox<[u8; 32]>, BackupError> {
    if log_n > MOST_WORK || r > 32 || p > 16 {
        return Err(BackupError::Damaged);
    }
    let params = Params::new(log_n, r, p).map_err(|_| BackupError::Damaged)?;
    let mut key = SecretBox::new(Box::new([0; 32]));
    scrypt::scrypt(
        passphrase.expose_secret().as_bytes(),
        salt,
        &params,
        secrecy::ExposeSecretMut::expose_secret_mut(&mut key),
    )
    .map_err(|_| BackupError::Damaged)?;
    Ok(key)
}

fn wrap(key: &SecretBox<[u8; 32]>, sealing: &Sealing) -> Result<(String, String), BackupError> {
    let nonce: [u8; 24] = random()?;
    let wrapped = XChaCha20Poly1305::new(&Key::from(*key.expose_secret()))
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: sealing.key.expose_secret(),
                aad: WRAPPING,
            },
        )
        // The cipher refuses nothing but messages of 256 gibibytes.
        .map_err(|_| BackupError::Damaged)?;
    Ok((STANDARD.encode(nonce), STANDARD.encode(wrapped)))
}

/// `None` when the key does not fit.
fn unwrap(
    key: &SecretBox<[u8; 32]>,
    nonce: &str,
    wrapped: &str,
) -> Result<Option<SecretBox<[u8; 32]>>, BackupError> {
    let nonce: [u8; 24] = decoded(nonce)?;
    let wrapped = STANDARD.decode(wrapped).map_err(|_| BackupError::Damaged)?;
    let opened = XChaCha20Poly1305::new(&Key::from(*key.expose_secret())).decrypt(
        &XNonce::from(nonce),
        Payload {
            msg: &wrapped,
            aad: WRAPPING,
        },
    );
    let Ok(opened) = opened else {
        return Ok(None);
    };
    let opened: [u8; 32] = opened.try_into().map_err(|_| BackupError::Damaged)?;
    Ok(Some(SecretBox::new(Box::new(opened))))
}

fn decoded<const N: usize>(text: &str) -> Result<[u8; N], BackupError> {
    STANDARD
        .decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(BackupError::Damaged)
}

fn random<const N: usize>() -> Result<[u8; N], BackupError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(BackupError::Entropy)?;
    Ok(bytes)
}
