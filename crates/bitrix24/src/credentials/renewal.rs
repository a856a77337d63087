//! Renews a chain of tokens exactly once, whoever asks.
//!
//! Inside the process all who saw the same version of a chain share one flight; between processes the store's lock
//! decides, and the chain is read anew behind it. The flight is a task of its own: a page that is closed while it
//! waits must not tear the connection away between the server's answer and the store.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::Utc;
use futures::future::{BoxFuture, FutureExt, Shared};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tracing::{info, warn};

use super::{Chain, ChainEnd, ChainId, CredentialError, CredentialStore, CredentialStoreError, TokenPair};
use crate::authorization_server::AuthorizationServer;
use crate::client::ApiError;
use crate::error_code::ErrorCode;
use crate::identity::MemberId;
use crate::network::Transport;
use crate::oauth::{self, GrantError, Issued};
use crate::token::{ClientSecret, RefreshToken};

/// How often a failing authorization server is asked in one renewal; the chain is locked meanwhile.
const ATTEMPTS: usize = 3;
/// How often the store is tried again with a pair that was issued: without it the chain is lost.
const STORING_ATTEMPTS: usize = 3;

/// Renewals of one portal in a row, and one more after each such time: far above what ended tokens need, and low enough
/// that a portal which rejects every token can't make us a nuisance to the authorization server.
const RENEWALS_IN_A_ROW: NonZeroU32 = NonZeroU32::new(30).expect("30 is not zero");
const ONE_MORE_AFTER: Duration = Duration::from_secs(20);
/// Portals remembered before those with a full allowance are forgotten.
const REMEMBERED: usize = 10_000;

type FlightKey = (MemberId, ChainId, i64);
type Allowance = DefaultKeyedRateLimiter<MemberId>;
type Flight = Shared<BoxFuture<'static, Result<Chain, CredentialError>>>;

/// Renewals in flight in this process.
#[derive(Debug)]
pub(crate) struct Renewals {
    transport: Transport,
    credentials: Arc<dyn CredentialStore>,
    flights: Arc<Mutex<HashMap<FlightKey, Flight>>>,
    allowance: Arc<Allowance>,
}

impl Renewals {
    pub(crate) fn new(transport: Transport, credentials: Arc<dyn CredentialStore>) -> Self {
        Self {
            transport,
            credentials,
            flights: Arc::default(),
            allowance: Arc::new(RateLimiter::hashmap(
                Quota::with_period(ONE_MORE_AFTER)
                    .unwrap_or(Quota::per_minute(NonZeroU32::MIN))
                    .allow_burst(RENEWALS_IN_A_ROW),
            )),
        }
    }

    /// A chain newer than `seen`: by joining a flight, by reading what another process stored, or by a renewal.
    pub(crate) async fn renew(
        &self,
        server: &AuthorizationServer,
        portal: &MemberId,
        seen: &Chain,
    ) -> Result<Chain, CredentialError> {
        self.flight(server, portal, seen).await
    }

    fn flight(&self, server: &AuthorizationServer, portal: &MemberId, seen: &Chain) -> Flight {
        let key = (portal.clone(), seen.id, seen.version);
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(&key) {
            return flight.clone();
        }
        let renewal = Renewal {
            transport: self.transport.about(portal),
            credentials: Arc::clone(&self.credentials),
            server: server.clone(),
            portal: portal.clone(),
            seen: seen.clone(),
            allowance: Arc::clone(&self.allowance),
        };
        let landing = Landing {
            flights: Arc::clone(&self.flights),
            key: key.clone(),
        };
        let task = tokio::spawn(async move {
            let _landing = landing;
            renewal.run().await
        });
        let flight = async move { task.await.unwrap_or(Err(CredentialError::Interrupted)) }
            .boxed()
            .shared();
        flights.insert(key, flight.clone());
        flight
    }

    /// Marks a chain dead, unless somebody renewed it since `seen`.
    pub(crate) async fn end(
        &self,
        portal: &MemberId,
        seen: &Chain,
        reason: ChainEnd,
    ) -> Result<(), CredentialStoreError> {
        match self.credentials.lock(portal, seen.id).await? {
            Some(locked) if locked.chain().version == seen.version => {
                info!(%portal, chain = seen.id.0, ?reason, "a chain of tokens has ended");
                locked.end(reason).await
            }
            _ => Ok(()),
        }
    }
}

/// Takes a flight off the board when its task ends, in whatever way.
struct Landing {
    flights: Arc<Mutex<HashMap<FlightKey, Flight>>>,
    key: FlightKey,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.flights
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
    }
}

/// One renewal with all that its task owns.
struct Renewal {
    transport: Transport,
    credentials: Arc<dyn CredentialStore>,
    server: AuthorizationServer,
    portal: MemberId,
    seen: Chain,
    allowance: Arc<Allowance>,
}

impl Renewal {
    async fn run(self) -> Result<Chain, CredentialError> {
        // Before the lock, so that a store needs no second connection while it holds one.
        let client_id = &self.seen.client_id;
        let secret = self.credentials.client_secret(client_id).await?.ok_or_else(|| {
            CredentialError::SecretUnknown {
                client_id: client_id.clone(),
            }
        })?;
        let locked = self
            .credentials
            .lock(&self.portal, self.seen.id)
            .await?
            .ok_or(CredentialError::Gone)?;
        // Somebody else renewed it; unless that was long ago, it serves.
        if locked.chain().version != self.seen.version && !locked.chain().is_due(Utc::now()) {
            return Ok(locked.chain().clone());
        }
        if self.allowance.check_key(&self.portal).is_err() {
            return Err(CredentialError::TooOften);
        }
        if self.allowance.len() > REMEMBERED {
            self.allowance.retain_recent();
        }
        let version = locked.chain().version;
        match self.ask(&secret, locked.refresh_token()).await {
            Ok(issued) if self.is_foreign(&issued) => {
                warn!(portal = %self.portal, chain = self.seen.id.0, "a renewal gave tokens of another user or portal");
                locked.end(ChainEnd::Revoked).await?;
                Err(CredentialError::Ended(ChainEnd::Revoked))
            }
            Ok(issued) => {
                let stored = locked.replace(issued.pair.clone()).await;
                self.insist(stored, issued.pair, version).await
            }
            Err(error) => {
                let verdict = verdict(error);
                if let CredentialError::Ended(reason) = verdict {
                    info!(portal = %self.portal, chain = self.seen.id.0, ?reason, "a chain of tokens has ended");
                    locked.end(reason).await?;
                }
                Err(verdict)
            }
        }
    }

    /// A refresh token was posted by a browser beside a proved access token: its first use shows whose it is.
    fn is_foreign(&self, issued: &Issued) -> bool {
        issued
            .member_id
            .as_ref()
            .is_some_and(|member| *member != self.portal)
            || issued.user_id.is_some_and(|user| user != self.seen.user_id)
    }

    /// Asks until there is an answer: a failing server at most three times, after a lost answer once more with the same
    /// token. `invalid_grant` then means that the first request did spend it.
    async fn ask(&self, secret: &ClientSecret, refresh: &RefreshToken) -> Result<Issued, GrantError> {
        let mut pauses = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(250))
            .with_factor(3.0)
            .with_max_times(ATTEMPTS - 1)
            .with_jitter()
            .build();
        let mut answer_was_lost = false;
        loop {
            let answer = oauth::renew(
                &self.transport,
                &self.server,
                &self.seen.client_id,
                secret,
                refresh,
            )
            .await;
            let error = match answer {
                Ok(issued) => return Ok(issued),
                Err(error) => error,
            };
            let lost = matches!(error, GrantError::AnswerLost(_));
            let worth_a_repetition = matches!(
                error,
                GrantError::NotSent(_) | GrantError::ServerFailed { .. } | GrantError::Unreadable { .. }
            ) || (lost && !answer_was_lost);
            answer_was_lost |= lost;
            match pauses.next() {
                Some(pause) if worth_a_repetition => {
                    warn!(portal = %self.portal, %error, "a renewal of tokens is repeated");
                    tokio::time::sleep(pause).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// The old token is spent: a pair that isn't stored is lost, so the store is tried again.
    async fn insist(
        &self,
        mut stored: Result<Chain, CredentialStoreError>,
        pair: TokenPair,
        version: i64,
    ) -> Result<Chain, CredentialError> {
        for attempt in 1..=STORING_ATTEMPTS {
            let error = match stored {
                Ok(chain) => return Ok(chain),
                Err(error) => error,
            };
            let (portal, error) = (&self.portal, describe(&error));
            warn!(%portal, attempt, %error, "a renewed pair of tokens could not be stored");
            tokio::time::sleep(Duration::from_millis(300)).await;
            stored = match self.credentials.lock(&self.portal, self.seen.id).await {
                Ok(Some(locked)) if locked.chain().version == version => locked.replace(pair.clone()).await,
                // It was stored after all (only the confirmation got lost), or the chain was replaced.
                Ok(Some(locked)) => Ok(locked.chain().clone()),
                Ok(None) => return Err(CredentialError::Gone),
                Err(error) => Err(error),
            };
        }
        Ok(stored?)
    }
}

/// What a failed renewal means for its chain.
fn verdict(error: GrantError) -> CredentialError {
    match error {
        GrantError::Refused(refused) => refusal(refused),
        GrantError::PortalDeleted => CredentialError::PortalDeleted,
        GrantError::NotSent(_)
        | GrantError::AnswerLost(_)
        | GrantError::ServerFailed { .. }
        | GrantError::Unreadable { .. }
        | GrantError::Address => CredentialError::Unreachable,
    }
}

fn refusal(refused: ApiError) -> CredentialError {
    match refused.code {
        ErrorCode::InvalidGrant | ErrorCode::ExpiredToken => CredentialError::Ended(ChainEnd::Spent),
        ErrorCode::NoAuthorizationFound | ErrorCode::InvalidToken => {
            CredentialError::Ended(ChainEnd::Revoked)
        }
        ErrorCode::AuthorizationError => CredentialError::Ended(ChainEnd::UserDeactivated),
        ErrorCode::QueryLimitExceeded => CredentialError::Unreachable,
        _ => CredentialError::Refused(refused),
    }
}

/// An error with its causes in one line.
pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
