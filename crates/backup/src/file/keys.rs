//! What opens a backup: the secret key of the installation, a passphrase, or either.

use certlens_store::SecretKey;
use secrecy::SecretString;
use std::sync::Arc;

/// Keys to write a file for, or to try on one.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// The installation's.
    pub secret_key: Option<Arc<SecretKey>>,
    /// The installation's second one, while keys are changed: files are opened with it, and none is written for it.
    pub other_key: Option<Arc<SecretKey>>,
    /// The operator's, kept apart from the installation. A backup that it opens carries the secret key, too: whoever lost
    /// everything but the backup and the passphrase has all that is needed.
    pub passphrase: Option<SecretString>,
}

impl Keys {
    /// The installation's keys, the one that writes first.
    pub(crate) fn secret_keys(&self) -> impl Iterator<Item = &SecretKey> {
        self.secret_key.iter().chain(&self.other_key).map(|key| &**key)
    }
}
