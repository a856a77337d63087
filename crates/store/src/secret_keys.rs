//! The secret keys of a process: one that writes, and one more that is read with while keys are changed.
//!
//! Processes are restarted one after the other, so that for a while some write with the new key and others with the old one. Each that
//! knows both understands all. What is stored with a key, and how it is written anew, is not known here.

use crate::{KeyPurpose, SecretKey};

/// The keys.
#[derive(Debug)]
pub struct SecretKeys {
    current: SecretKey,
    other: Option<SecretKey>,
}

impl SecretKeys {
    /// What is written with `current` and read with either. Before a change the other is the one to come, afterwards the one that
    /// was.
    pub const fn new(current: SecretKey, other: Option<SecretKey>) -> Self {
        Self { current, other }
    }

    /// What writes.
    pub const fn current(&self) -> &SecretKey {
        &self.current
    }

    /// What is read with besides.
    pub const fn other(&self) -> Option<&SecretKey> {
        self.other.as_ref()
    }

    /// The keys of one purpose: the one that writes first.
    pub fn derive(&self, purpose: KeyPurpose) -> Vec<[u8; 32]> {
        std::iter::once(&self.current)
            .chain(&self.other)
            .map(|key| key.derive(purpose))
            .collect()
    }

    /// Names of the keys: equal for equal keys, telling nothing of them.
    pub fn marks(&self) -> Vec<String> {
        std::iter::once(&self.current)
            .chain(&self.other)
            .map(SecretKey::mark)
            .collect()
    }
}

impl From<SecretKey> for SecretKeys {
    fn from(key: SecretKey) -> Self {
        Self::new(key, None)
    }
}
