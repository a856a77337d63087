//! One call from its first request to its end: token, turn, answer, and what to do about a refusal.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use super::course::{Course, Next};
use super::keyring::{Holder, Key, Keyring};
use super::relocation::{self, Relocation};
use super::{Portal, Shared, counting, pressure};
use crate::authorization_server::AuthorizationServer;
use crate::client::exchange::{self, Request};
use crate::client::{ApiError, CallError, Reply};
use crate::credentials::renewal::describe;
use crate::credentials::{Chain, ChainEnd, CredentialError, Standing, SuspensionReason};
use crate::error_code::Reaction;
use crate::network::{PortalEndpoint, Transport};
use crate::pacing::{Pressure, Priority};

/// No call sends more requests than this, whatever the portal answers.
const REQUESTS_AT_MOST: usize = 20;

/// A client's way to one portal.
#[derive(Debug)]
pub(crate) struct Connection {
    shared: Arc<Shared>,
    /// The shared client, which says for this portal what it notices.
    transport: Transport,
    portal: Portal,
    server: AuthorizationServer,
    endpoint: Mutex<PortalEndpoint>,
    keyring: Keyring,
    priority: Priority,
}

impl Connection {
    pub(super) fn new(shared: Arc<Shared>, portal: Portal, keyring: Keyring, priority: Priority) -> Self {
        // A stored address that left the allow-list must not receive client secrets.
        let server = shared
            .servers
            .allowed(portal.server.as_str())
            .unwrap_or_else(|| shared.servers.default_server())
            .clone();
        Self {
            endpoint: Mutex::new(portal.endpoint.clone()),
            transport: shared.transport.about(&portal.member_id),
            shared,
            portal,
            server,
            keyring,
            priority,
        }
    }

    pub(crate) fn portal(&self) -> &Portal {
        &self.portal
    }

    /// Calls, within the limit if there is one.
    pub(crate) async fn perform(
        &self,
        request: &Request<'_>,
        limit: Option<Duration>,
    ) -> Result<Reply, CallError> {
        let deadline = limit.map(|limit| Instant::now() + limit);
        let mut course = Course::new(request, deadline, self.priority);
        match deadline {
            Some(deadline) => timeout_at(deadline, self.run(&mut course))
                .await
                .unwrap_or(Err(CallError::TimedOut)),
            None => self.run(&mut course).await,
        }
    }

    async fn run(&self, course: &mut Course<'_>) -> Result<Reply, CallError> {
        loop {
            let key = self.key(course).await?;
            let patience = course.remaining().unwrap_or(self.priority.patience());
            self.shared
                .pacing
                .admit(
                    &self.portal.member_id,
                    &course.request.methods,
                    self.priority,
                    patience,
                )
                .await?;
            course.requests += 1;
            let answer = exchange::send(
                &self.transport,
                &self.endpoint(),
                course.request,
                key.token(),
                course.remaining(),
            )
            .await;
            let error = match answer.outcome {
                Ok(reply) => {
                    self.answered(course.request, &reply).await;
                    return Ok(reply);
                }
                Err(error) => error,
            };
            counting::refused(&error);
            if course.requests >= REQUESTS_AT_MOST {
                return Err(error);
            }
            if let Next::Fail(error) = self.after(course, &key, error, answer.freed_at).await {
                return Err(error);
            }
        }
    }

    fn endpoint(&self) -> PortalEndpoint {
        self.endpoint
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The key for the next request, renewed if its time is over.
    async fn key(&self, course: &mut Course<'_>) -> Result<Key, CallError> {
        loop {
            let key = match self.keyring.current(&course.tried) {
                Some(key) => key,
                None => self.next_chain(course).await?,
            };
            match key {
                Key::Chain(chain) if chain.is_due(Utc::now()) && course.tried.may_renew(&chain) => {
                    if let Next::Fail(error) = self.renew(course, chain).await {
                        return Err(error);
                    }
                }
                key => return Ok(key),
            }
        }
    }

    /// The best living chain that this call hasn't discarded.
    async fn next_chain(&self, course: &mut Course<'_>) -> Result<Key, CallError> {
        let chains = self
            .shared
            .credentials
            .chains(&self.portal.member_id, self.keyring.user())
            .await
            .map_err(CredentialError::from)?;
        let next = chains
            .into_iter()
            .find(|chain| self.keyring.admits(chain.id) && !course.tried.has_discarded(chain.id));
        if let Some(chain) = next {
            let key = Key::Chain(chain);
            self.keyring.set(key.clone());
            return Ok(key);
        }
        let tried = std::mem::take(&mut course.tried);
        if matches!(self.keyring.holder(), Holder::Portal) {
            if tried.user_excluded {
                self.note(Standing::Suspended(SuspensionReason::UserAccess)).await;
            } else if tried.obstacle.is_none() && !tried.renewed_in_vain {
                self.note(Standing::NeedsReauth).await;
            }
        }
        Err(tried.into_error(self.keyring.holder()))
    }

    /// Renews a chain; one that can't be renewed is left aside.
    async fn renew(&self, course: &mut Course<'_>, chain: Chain) -> Next {
        let renewed = self
            .shared
            .renewals
            .renew(&self.server, &self.portal.member_id, &chain)
            .await;
        counting::renewed(&renewed);
        match renewed {
            Ok(chain) => self.keyring.set(Key::Chain(chain)),
            Err(CredentialError::PortalDeleted) => {
                self.note(Standing::Suspended(SuspensionReason::PortalDeleted))
                    .await;
                return Next::Fail(CredentialError::PortalDeleted.into());
            }
            Err(CredentialError::Refused(refused)) => {
                if let Some(standing) = standing_of(&refused) {
                    self.note(standing).await;
                    return Next::Fail(CredentialError::Refused(refused).into());
                }
                course.tried.obstacle = Some(CredentialError::Refused(refused));
                course.tried.discard(&Key::Chain(chain));
            }
            Err(error) => {
                if !matches!(error, CredentialError::Ended(_) | CredentialError::Gone) {
                    warn!(portal = %self.portal.member_id, %error, "a chain of tokens could not be renewed");
                    course.tried.obstacle = Some(error);
                }
                course.tried.discard(&Key::Chain(chain));
            }
        }
        Next::Repeat
    }

    async fn after(
        &self,
        course: &mut Course<'_>,
        key: &Key,
        error: CallError,
        freed_at: Option<DateTime<Utc>>,
    ) -> Next {
        match error {
            CallError::Refused(refused) => self.after_refusal(course, key, refused, freed_at).await,
            CallError::Moved { host } => self.after_redirect(course, key, host).await,
            CallError::NotOperational { .. } => {
                self.note(Standing::Suspended(SuspensionReason::NotOperational))
                    .await;
                Next::Fail(error)
            }
            // Whoever waited a minute before a page doesn't wait for a second one.
            CallError::TimedOut if self.priority == Priority::Interactive => Next::Fail(error),
            CallError::Unreachable(_) | CallError::TimedOut | CallError::Unreadable { .. } => {
                self.after_doubt(course, error).await
            }
            error => Next::Fail(error),
        }
    }

    /// No usable answer: a request that never left may go again, a read as well, a write must not.
    async fn after_doubt(&self, course: &mut Course<'_>, error: CallError) -> Next {
        let never_left = matches!(&error, CallError::Unreachable(error) if error.is_connect());
        if never_left || (error.may_have_run() && course.request.only_reads()) {
            let pause = course.doubts.next();
            course.pause(pause, error).await
        } else {
            Next::Fail(error)
        }
    }

    async fn after_refusal(
        &self,
        course: &mut Course<'_>,
        key: &Key,
        refused: ApiError,
        freed_at: Option<DateTime<Utc>>,
    ) -> Next {
        let reaction = refused.reaction();
        match reaction {
            Reaction::Renew | Reaction::Revalidate => {
                course.tried.refusal = Some(refused);
                self.after_dead_token(course, key, reaction).await
            }
            Reaction::DropUser => {
                course.tried.refusal = Some(refused);
                self.end(key, ChainEnd::UserDeactivated).await;
                course.tried.discard(key);
                Next::Repeat
            }
            Reaction::AnotherUser if matches!(self.keyring.holder(), Holder::Portal) => {
                course.tried.refusal = Some(refused);
                course.tried.user_excluded = true;
                course.tried.discard(key);
                Next::Repeat
            }
            Reaction::Wait => {
                self.report(Pressure::RateLimited).await;
                let pause = course.floods.next();
                course.pause(pause, refused.into()).await
            }
            Reaction::Park => {
                let parked = Pressure::MethodParked {
                    method: course.request.method,
                    until: freed_at,
                };
                self.report(parked).await;
                course.parked += 1;
                // A page can't wait for minutes; a job waits in the line, as long as its patience lasts.
                match self.priority {
                    Priority::Background if course.parked <= 3 => Next::Repeat,
                    _ => Next::Fail(refused.into()),
                }
            }
            Reaction::Suspend(_) | Reaction::ConfirmUninstallation => {
                if let Some(standing) = standing_of(&refused) {
                    self.note(standing).await;
                }
                Next::Fail(refused.into())
            }
            Reaction::LookBeforeRepeating if course.request.only_reads() => {
                let pause = course.doubts.next();
                course.pause(pause, refused.into()).await
            }
            Reaction::AnotherUser | Reaction::LookBeforeRepeating | Reaction::GiveUp => {
                Next::Fail(refused.into())
            }
        }
    }

    /// A chain is renewed once in a call; after that a token that isn't known means that the chain is dead.
    async fn after_dead_token(&self, course: &mut Course<'_>, key: &Key, reaction: Reaction) -> Next {
        match key {
            Key::Chain(chain) if course.tried.may_renew(chain) => self.renew(course, chain.clone()).await,
            Key::Chain(_) if reaction == Reaction::Revalidate => {
                self.end(key, ChainEnd::Revoked).await;
                course.tried.discard(key);
                Next::Repeat
            }
            Key::Chain(_) => {
                course.tried.renewed_in_vain = true;
                course.tried.discard(key);
                Next::Repeat
            }
            Key::Frame(_) => {
                course.tried.discard(key);
                Next::Repeat
            }
        }
    }

    /// Follows a redirect once, to a host that the authorization server confirms.
    async fn after_redirect(&self, course: &mut Course<'_>, key: &Key, host: String) -> Next {
        if course.relocated {
            return Next::Fail(CallError::Moved { host });
        }
        let found = relocation::prove(
            &self.transport,
            &self.server,
            &self.portal.member_id,
            key.token(),
            &host,
        )
        .await;
        match found {
            Relocation::Proved(endpoint) => {
                course.relocated = true;
                let stored = self.shared.credentials.moved(&self.portal.member_id, &endpoint);
                if let Err(error) = stored.await {
                    let portal = &self.portal.member_id;
                    warn!(%portal, error = %describe(&error), "a portal's new address could not be stored");
                }
                *self.endpoint.lock().unwrap_or_else(PoisonError::into_inner) = endpoint;
                Next::Repeat
            }
            Relocation::TokenExpired => self.after_dead_token(course, key, Reaction::Renew).await,
            Relocation::Unproved => Next::Fail(CallError::Moved { host }),
        }
    }

    async fn answered(&self, request: &Request<'_>, reply: &Reply) {
        for pressure in pressure::of_reply(request, reply) {
            self.report(pressure).await;
        }
        self.note(Standing::Active).await;
    }

    async fn end(&self, key: &Key, reason: ChainEnd) {
        let Key::Chain(chain) = key else { return };
        let ended = self.shared.renewals.end(&self.portal.member_id, chain, reason);
        if let Err(error) = ended.await {
            let portal = &self.portal.member_id;
            warn!(%portal, error = %describe(&error), "a dead chain of tokens could not be ended");
        }
    }

    async fn note(&self, standing: Standing) {
        let shared = &self.shared;
        shared
            .standings
            .note(shared.credentials.as_ref(), &self.portal.member_id, standing)
            .await;
    }

    async fn report(&self, pressure: Pressure<'_>) {
        self.shared.pacing.report(&self.portal.member_id, pressure).await;
    }
}

/// What a refusal says about the portal as a whole.
fn standing_of(refused: &ApiError) -> Option<Standing> {
    match refused.reaction() {
        Reaction::Suspend(reason) => Some(Standing::Suspended(reason)),
        Reaction::ConfirmUninstallation => Some(Standing::Uninstalled),
        _ => None,
    }
}
