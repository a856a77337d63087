//! Proved tokens, remembered for a few minutes by their digest, so that a reloaded card asks nobody.
//!
//! Bounded in number and time; holds no token. Knows nothing of frames.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::authorization_server::TokenFacts;
use crate::token::TokenDigest;

/// How long a proof counts: short, because an uninstallation or a dismissal must take effect.
const REMEMBERED_FOR: TimeDelta = TimeDelta::minutes(5);
/// How many proofs are kept; at 2 kB each, some 20 MB.
const CAPACITY: usize = 10_000;

#[derive(Debug)]
struct Remembered {
    facts: TokenFacts,
    until: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(super) struct FactsCache(Mutex<HashMap<TokenDigest, Remembered>>);

impl FactsCache {
    /// The facts of a token that was proved less than five minutes before `now` and hasn't expired.
    pub(super) fn get(&self, digest: TokenDigest, now: DateTime<Utc>) -> Option<TokenFacts> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .get(&digest)
            .filter(|entry| entry.until > now)
            .map(|entry| entry.facts.clone())
    }

    /// Remembers facts; when full, forgets what is over, and if nothing is, everything.
    pub(super) fn insert(&self, digest: TokenDigest, facts: TokenFacts, now: DateTime<Utc>) {
        let until = facts
            .expires_at
            .map_or(now + REMEMBERED_FOR, |expiry| expiry.min(now + REMEMBERED_FOR));
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= CAPACITY {
            entries.retain(|_, entry| entry.until > now);
        }
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(digest, Remembered { facts, until });
    }
}

impl std::fmt::Debug for TokenDigest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TokenDigest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{ClientId, MemberId, UserId};
    use crate::token::AccessToken;

    fn facts(expires_at: Option<DateTime<Utc>>) -> TokenFacts {
        TokenFacts {
            client_id: ClientId::new("app.test"),
            user_id: UserId(1),
            expires_at,
            scope: Vec::new(),
            installed: true,
            status: None,
            member_id: MemberId::parse("5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49").unwrap(),
            client_endpoint: "https://acme.bitrix24.com/rest/".to_owned(),
        }
    }

    fn digest(token: &str) -> TokenDigest {
        AccessToken::parse(token).unwrap().digest()
    }

    #[test]
    fn get_within_five_minutes_remembers_the_token() {
        let (cache, now) = (FactsCache::default(), Utc::now());
        cache.insert(digest("token-of-one-user-1"), facts(None), now);
        assert!(
            cache
                .get(digest("token-of-one-user-1"), now + TimeDelta::minutes(4))
                .is_some()
        );
        assert!(cache.get(digest("token-of-another-user"), now).is_none());
        assert!(
            cache
                .get(digest("token-of-one-user-1"), now + TimeDelta::minutes(6))
                .is_none()
        );
    }

    #[test]
    fn get_after_the_tokens_expiry_is_nothing() {
        let (cache, now) = (FactsCache::default(), Utc::now());
        cache.insert(
            digest("token-of-one-user-1"),
            facts(Some(now + TimeDelta::minutes(1))),
            now,
        );
        assert!(
            cache
                .get(digest("token-of-one-user-1"), now + TimeDelta::minutes(2))
                .is_none()
        );
    }
}
