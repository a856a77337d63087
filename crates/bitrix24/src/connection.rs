//! Connections to many portals: tokens that renew themselves, one budget for each portal, safe repetitions.
//!
//! Knows how to go on when a portal says no; where chains of tokens lie and who shares a budget is known by the
//! [`CredentialStore`] and the [`Pacing`] that the application brings.

mod call;
mod counting;
mod course;
mod keyring;
mod pressure;
mod relocation;
mod standing;

use std::sync::Arc;

use crate::authorization_server::{AuthorizationServer, AuthorizationServers};
use crate::client::PortalClient;
use crate::credentials::renewal::Renewals;
use crate::credentials::{ChainId, CredentialStore};
use crate::identity::{MemberId, UserId};
use crate::network::{PortalEndpoint, Transport};
use crate::pacing::{Pacing, Priority};
use crate::token::AccessToken;
use crate::verification::VerifiedFrame;

pub(crate) use call::Connection;
use keyring::{Holder, Keyring};
use standing::Standings;

/// Proved facts about a portal, as the application stores them: from a [`crate::VerifiedFrame`], or changed by
/// [`CredentialStore::moved`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portal {
    /// The portal's stable name.
    pub member_id: MemberId,
    /// Its REST root.
    pub endpoint: PortalEndpoint,
    /// The authorization server that proved both.
    pub server: AuthorizationServer,
}

impl Portal {
    /// The portal of a proved frame.
    pub fn of_frame(frame: &VerifiedFrame) -> Self {
        Self {
            member_id: frame.member_id().clone(),
            endpoint: frame.endpoint().clone(),
            server: frame.server().clone(),
        }
    }
}

/// Makes clients for any number of portals. One for the process, cheap to clone.
///
/// What its clients do beside calling:
///
/// - An access token that has ended is renewed once for all tasks and, by the store's lock, for all processes; the new
///   pair is stored before it is used. A dead chain is left for the next living one.
/// - Each HTTP request waits for the portal's turn.
/// - What the portal refused before executing is repeated; after a lost answer only reads are, at most three times. For
///   writes there is [`PortalClient::create_once`].
/// - A redirect to another host is followed once, after the authorization server confirmed that host.
#[derive(Debug, Clone)]
pub struct Connections(Arc<Shared>);

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    transport: Transport,
    servers: AuthorizationServers,
    credentials: Arc<dyn CredentialStore>,
    pacing: Arc<dyn Pacing>,
    renewals: Renewals,
    standings: Standings,
}

impl Connections {
    /// Connections over the application's store and pacing. Client secrets are sent to the given servers only.
    pub fn new(
        transport: Transport,
        servers: AuthorizationServers,
        credentials: Arc<dyn CredentialStore>,
        pacing: Arc<dyn Pacing>,
    ) -> Self {
        Self(Arc::new(Shared {
            renewals: Renewals::new(transport.clone(), Arc::clone(&credentials)),
            standings: Standings::default(),
            transport,
            servers,
            credentials,
            pacing,
        }))
    }

    /// A client with the rights of whichever chain lives, the best first: for jobs.
    pub fn of_portal(&self, portal: &Portal, priority: Priority) -> PortalClient {
        self.client(portal, Holder::Portal, priority)
    }

    /// A client with the rights of one user and never another's: with the token of the frame, if there is one, then
    /// with that user's stored chains.
    pub fn of_user(
        &self,
        portal: &Portal,
        user: UserId,
        token: Option<AccessToken>,
        priority: Priority,
    ) -> PortalClient {
        self.client(portal, Holder::User { user, token }, priority)
    }

    /// A client with one chain and no other: to find out whether it lives. One that can't be renewed any more ends by
    /// its first call.
    pub fn of_chain(
        &self,
        portal: &Portal,
        user: UserId,
        chain: ChainId,
        priority: Priority,
    ) -> PortalClient {
        self.client(portal, Holder::Chain { user, chain }, priority)
    }

    fn client(&self, portal: &Portal, holder: Holder, priority: Priority) -> PortalClient {
        PortalClient::connected(Connection::new(
            Arc::clone(&self.0),
            portal.clone(),
            Keyring::new(holder),
            priority,
        ))
    }
}
