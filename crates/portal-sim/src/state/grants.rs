//! Tokens: chains of access and refresh tokens with rotation, and the codes that begin a chain outside of a frame.
//!
//! A renewal spends the refresh token and kills the access token issued with it. Pure but for fresh random values and
//! the clock.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::Clock;
use crate::random;

/// Life of an access token in seconds.
pub(crate) const ACCESS_SECONDS: i64 = 3600;
/// Life of a refresh token.
const REFRESH_LIFE: TimeDelta = TimeDelta::days(180);
/// Life of an authorization code.
const CODE_LIFE: TimeDelta = TimeDelta::seconds(30);

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

/// A code of the authorization-code flow.
#[derive(Debug)]
struct Code {
    client_id: String,
    generation: u32,
    user_id: u64,
    expires: DateTime<Utc>,
}

/// All tokens that a portal ever issued.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    portal: u32,
    clock: Clock,
    issued: Vec<Grant>,
    by_access: HashMap<String, usize>,
    by_refresh: HashMap<String, usize>,
    codes: HashMap<String, Code>,
}

/// Why an access token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccessRefused {
    /// Nobody issued it, or it was rotated away.
    Unknown,
    /// Its hour is over.
    Expired,
}

impl Grants {
    /// No tokens yet, of the portal of that number.
    pub(crate) fn new(portal: u32, clock: Clock) -> Self {
        Self {
            portal,
            clock,
            ..Self::default()
        }
    }

    /// Begins a chain.
    pub(crate) fn issue(&mut self, client_id: &str, generation: u32, user_id: u64) -> Grant {
        let now = self.clock.now();
        let grant = Grant {
            client_id: client_id.to_owned(),
            generation,
            user_id,
            access: random::token_of_portal(self.portal),
            access_expires: now + TimeDelta::seconds(ACCESS_SECONDS),
            refresh: random::token_of_portal(self.portal),
            refresh_expires: now + REFRESH_LIFE,
            spent: false,
        };
        let position = self.issued.len();
        self.by_access.insert(grant.access.clone(), position);
        self.by_refresh.insert(grant.refresh.clone(), position);
        self.issued.push(grant.clone());
        grant
    }

    /// The grant of a live access token.
    pub(crate) fn by_access(&self, token: &str) -> Result<&Grant, AccessRefused> {
        let grant = self
            .by_access
            .get(token)
            .and_then(|position| self.issued.get(*position))
            .ok_or(AccessRefused::Unknown)?;
        // Whoever still holds a token that ran out before it was rotated hears that it ran out.
        if grant.access_expires <= self.clock.now() {
            Err(AccessRefused::Expired)
        } else if grant.spent {
            Err(AccessRefused::Unknown)
        } else {
            Ok(grant)
        }
    }

    /// Renews a pair; `None` when the refresh token is unknown, spent, expired or of another application.
    pub(crate) fn renew(&mut self, client_id: &str, generation: u32, refresh: &str) -> Option<Grant> {
        let now = self.clock.now();
        let position = *self.by_refresh.get(refresh)?;
        let grant = self.issued.get_mut(position).filter(|grant| {
            grant.client_id == client_id
                && grant.generation == generation
                && !grant.spent
                && grant.refresh_expires > now
        })?;
        grant.spent = true;
        let user_id = grant.user_id;
        Some(self.issue(client_id, generation, user_id))
    }

    /// A code that the browser carries to the application.
    pub(crate) fn issue_code(&mut self, client_id: &str, generation: u32, user_id: u64) -> String {
        let now = self.clock.now();
        self.codes.retain(|_, code| code.expires > now);
        let code = random::token_of_portal(self.portal);
        self.codes.insert(
            code.clone(),
            Code {
                client_id: client_id.to_owned(),
                generation,
                user_id,
                expires: now + CODE_LIFE,
            },
        );
        code
    }

    /// Begins a chain for a code, once and within its 30 seconds.
    pub(crate) fn redeem_code(&mut self, client_id: &str, generation: u32, code: &str) -> Option<Grant> {
        let code = self.codes.remove(code)?;
        let is_good =
            code.client_id == client_id && code.generation == generation && code.expires > self.clock.now();
        is_good.then(|| self.issue(client_id, generation, code.user_id))
    }

    /// Lets one access token expire now.
    pub(crate) fn expire(&mut self, access: &str) {
        let now = self.clock.now();
        if let Some(grant) = self
            .by_access
            .get(access)
            .and_then(|position| self.issued.get_mut(*position))
        {
            grant.access_expires = now;
        }
    }

    /// Lets every access token expire now.
    pub(crate) fn expire_access(&mut self) {
        let now = self.clock.now();
        self.issued
            .iter_mut()
            .for_each(|grant| grant.access_expires = now);
    }

    /// Lets every refresh token expire now: each chain is dead.
    pub(crate) fn expire_refresh(&mut self) {
        let now = self.clock.now();
        self.issued
            .iter_mut()
            .for_each(|grant| grant.refresh_expires = now);
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

    #[test]
    fn by_access_of_a_token_that_expired_before_its_rotation_says_that_it_expired() {
        let mut grants = Grants::default();
        let first = grants.issue("app", 1, 7);
        grants.expire_access();
        grants.renew("app", 1, &first.refresh).unwrap();
        assert_eq!(
            grants.by_access(&first.access).unwrap_err(),
            AccessRefused::Expired
        );
    }

    #[test]
    fn tokens_expire_when_the_clock_is_put_forward() {
        let clock = Clock::default();
        let mut grants = Grants::new(3, clock.clone());
        let grant = grants.issue("app", 1, 7);
        let code = grants.issue_code("app", 1, 7);

        clock.advance(31);
        assert!(grants.by_access(&grant.access).is_ok());
        assert!(grants.redeem_code("app", 1, &code).is_none());
        clock.advance(3_600);

        assert_eq!(
            grants.by_access(&grant.access).unwrap_err(),
            AccessRefused::Expired
        );
        assert!(grants.renew("app", 1, &grant.refresh).is_some());
    }

    #[test]
    fn redeem_of_a_code_works_once_and_for_its_application_only() {
        let mut grants = Grants::default();
        let (ours, foreign) = (grants.issue_code("app", 1, 7), grants.issue_code("app", 1, 7));

        assert!(grants.redeem_code("other", 1, &foreign).is_none());
        assert_eq!(grants.redeem_code("app", 1, &ours).unwrap().user_id, 7);
        assert!(grants.redeem_code("app", 1, &ours).is_none());
    }
}
