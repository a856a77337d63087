//! Which token a client uses now, and which it uses next.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::client::{ApiError, CallError};
use crate::credentials::{Chain, ChainId, CredentialError};
use crate::identity::UserId;
use crate::token::AccessToken;

/// Whose rights a client has.
#[derive(Debug, Clone)]
pub(super) enum Holder {
    /// Any chain's of the portal.
    Portal,
    /// One user's.
    User {
        /// The user.
        user: UserId,
        /// The token of the frame that the user opened.
        token: Option<AccessToken>,
    },
    /// One chain's, to find out whether it lives.
    Chain {
        /// Its user.
        user: UserId,
        /// The chain.
        chain: ChainId,
    },
}

/// A token with its origin.
#[derive(Debug, Clone)]
pub(super) enum Key {
    /// The frame's own; it can't be renewed.
    Frame(AccessToken),
    /// A chain's.
    Chain(Chain),
}

impl Key {
    pub(super) fn token(&self) -> &AccessToken {
        match self {
            Self::Frame(token) => token,
            Self::Chain(chain) => &chain.access,
        }
    }
}

/// The key of a client, shared by its clones.
#[derive(Debug)]
pub(super) struct Keyring {
    holder: Holder,
    current: Mutex<Option<Key>>,
}

/// What one call has tried.
#[derive(Debug, Default)]
pub(super) struct Tried {
    frame: bool,
    chains: HashSet<ChainId>,
    renewed: HashSet<ChainId>,
    /// The last refusal of a token by the portal.
    pub(super) refusal: Option<ApiError>,
    /// Why a living chain could not be used.
    pub(super) obstacle: Option<CredentialError>,
    /// A renewed token was rejected like the one before: the fault lies with the portal, not with the chain.
    pub(super) renewed_in_vain: bool,
    /// The administrator closed the application to a chain's user.
    pub(super) user_excluded: bool,
}

impl Tried {
    /// Leaves a key aside for the rest of the call.
    pub(super) fn discard(&mut self, key: &Key) {
        match key {
            Key::Frame(_) => self.frame = true,
            Key::Chain(chain) => {
                self.chains.insert(chain.id);
            }
        }
    }

    /// Whether the chain may be renewed in this call: once.
    pub(super) fn may_renew(&mut self, chain: &Chain) -> bool {
        self.renewed.insert(chain.id)
    }

    pub(super) fn has_discarded(&self, chain: ChainId) -> bool {
        self.chains.contains(&chain)
    }

    /// The error of a call that has no key left.
    pub(super) fn into_error(self, holder: &Holder) -> CallError {
        let obstacle = self.obstacle.map(CallError::Credentials);
        let refusal = self.refusal.map(CallError::Refused);
        match holder {
            Holder::Portal if self.user_excluded || self.renewed_in_vain => refusal.or(obstacle),
            Holder::Portal => obstacle,
            Holder::User { .. } | Holder::Chain { .. } => refusal.or(obstacle),
        }
        .unwrap_or(CallError::NoCredentials)
    }
}

impl Keyring {
    pub(super) fn new(holder: Holder) -> Self {
        let current = match &holder {
            Holder::User {
                token: Some(token), ..
            } => Some(Key::Frame(token.clone())),
            _ => None,
        };
        Self {
            holder,
            current: Mutex::new(current),
        }
    }

    pub(super) fn holder(&self) -> &Holder {
        &self.holder
    }

    /// The user whose chains alone may be used.
    pub(super) fn user(&self) -> Option<UserId> {
        match &self.holder {
            Holder::Portal => None,
            Holder::User { user, .. } | Holder::Chain { user, .. } => Some(*user),
        }
    }

    /// Whether this chain may be used.
    pub(super) fn admits(&self, id: ChainId) -> bool {
        match &self.holder {
            Holder::Portal | Holder::User { .. } => true,
            Holder::Chain { chain, .. } => *chain == id,
        }
    }

    /// The present key, unless this call has discarded it.
    pub(super) fn current(&self, tried: &Tried) -> Option<Key> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.clone().filter(|key| match key {
            Key::Frame(_) => !tried.frame,
            Key::Chain(chain) => !tried.has_discarded(chain.id),
        })
    }

    pub(super) fn set(&self, key: Key) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }
}
