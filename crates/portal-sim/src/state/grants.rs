//! Tokens: chains of access and refresh tokens with rotation, as the authorization server keeps them.
//!
//! A renewal spends the refresh token and kills the access token issued with it. Pure but for fresh random values.

use chrono::{DateTime, TimeDelta, Utc};

use crate::random;

/// Life of an access token in seconds.
pub(crate) const ACCESS_SECONDS: i64 = 3600;
/// Life of a refresh token.
const REFRESH_LIFE: TimeDelta = TimeDelta::days(180);

/// A pair of tokens of one user for one application.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// For which application.
    pub client_id: String,
    /// Of which installation.
    pub generation: u32,
    /// Whose.
    pub user_id: u64,
    /// The access token.
    pub access: String,
    /// When it expires.
    pub access_expires: DateTime<Utc>,
    /// The refresh token.
    pub refresh: String,
    /// When that expires.
    pub refresh_expires: DateTime<Utc>,
    /// Whether the refresh token was used: then both are dead.
    pub spent: bool,
}

/// All tokens ever issued.
#[derive(Debug, Default)]
pub(crate) struct Grants(Vec<Grant>);

/// Why an access token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccessRefused {
    /// Nobody issued it, or it was rotated away.
    Unknown,
    /// Its hour is over.
    Expired,
}

impl Grants {
    /// Begins a chain.
    pub(crate) fn issue(&mut self, client_id: &str, generation: u32, user_id: u64) -> Grant {
        let now = Utc::now();
        let grant = Grant {
            client_id: client_id.to_owned(),
            generation,
            user_id,
            access: random::token(),
            access_expires: now + TimeDelta::seconds(ACCESS_SECONDS),
            refresh: random::token(),
            refresh_expires: now + REFRESH_LIFE,
            spent: false,
        };
        self.0.push(grant.clone());
        grant
    }

    /// The grant of a live access token.
    pub(crate) fn by_access(&self, token: &str) -> Result<&Grant, AccessRefused> {
        let grant = self
            .0
            .iter()
            .rev()
            .find(|grant| grant.access == token && !grant.spent)
            .ok_or(AccessRefused::Unknown)?;
        if grant.access_expires <= Utc::now() {
            Err(AccessRefused::Expired)
        } else {
            Ok(grant)
        }
    }

    /// Renews a pair; `None` when the refresh token is unknown, spent, expired or of another application.
    pub(crate) fn renew(&mut self, client_id: &str, generation: u32, refresh: &str) -> Option<Grant> {
        let grant = self.0.iter_mut().find(|grant| {
            grant.refresh == refresh
                && grant.client_id == client_id
                && grant.generation == generation
                && !grant.spent
                && grant.refresh_expires > Utc::now()
        })?;
        grant.spent = true;
        let user_id = grant.user_id;
        Some(self.issue(client_id, generation, user_id))
    }

    /// Lets one access token expire now.
    pub(crate) fn expire(&mut self, access: &str) {
        let now = Utc::now();
        self.0
            .iter_mut()
            .filter(|grant| grant.access == access)
            .for_each(|grant| grant.access_expires = now);
    }

    /// Lets every access token expire now.
    pub(crate) fn expire_access(&mut self) {
        let now = Utc::now();
        self.0.iter_mut().for_each(|grant| grant.access_expires = now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renew_spends_the_old_pair() {
        let mut grants = Grants::default();
        let first = grants.issue("app", 1, 7);

        let second = grants.renew("app", 1, &first.refresh).unwrap();

        assert_eq!(second.user_id, 7);
        assert_eq!(
            grants.by_access(&first.access).unwrap_err(),
            AccessRefused::Unknown
        );
        assert!(grants.by_access(&second.access).is_ok());
        assert!(
            grants.renew("app", 1, &first.refresh).is_none(),
            "a refresh token works once"
        );
    }

    #[test]
    fn by_access_of_an_expired_token_says_so() {
        let mut grants = Grants::default();
        let grant = grants.issue("app", 1, 7);
        grants.expire_access();
        assert_eq!(
            grants.by_access(&grant.access).unwrap_err(),
            AccessRefused::Expired
        );
    }
}
