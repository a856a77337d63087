//! A Bitrix24 client for services with many portals: proved frames, tokens that renew themselves, paced and safely
//! repeated REST calls.
//!
//! The crate knows Bitrix24 and nothing of the application that uses it. It stores nothing: what must outlive the
//! process goes through [`CredentialStore`] and [`Pacing`], which the application implements over its database.
//!
//! # The way through it
//!
//! 1. [`FrameOpen::parse`] reads the POST by which a portal opens a page. It never fails and proves nothing.
//! 2. [`FrameVerifier::verify`] asks the authorization server about the token and gives a [`VerifiedFrame`], which
//!    can't be made in any other way. Its pair of tokens begins a chain worth storing.
//! 3. [`Connections`] make a [`PortalClient`] for a user ([`Connections::of_user`]) or for whoever's chain lives
//!    ([`Connections::of_portal`]). It renews tokens, keeps to the portal's budget and repeats what is safe.
//!    [`PortalClient::new`] is the plain form: one token, one request for each call.
//! 4. [`crm::read_card`] reads what a card needs in one request, [`list`] streams large lists, [`bindings`] reconcile
//!    placements and event handlers, [`Event::parse`] reads events, [`PortalClient::create_once`] creates without
//!    duplicates.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use certlens_bitrix24::credentials::memory::MemoryCredentials;
//! use certlens_bitrix24::{
//!     AuthorizationServers, CallError, Connections, LocalPacing, NetworkPolicy, Portal, Priority, Transport,
//!     VerifiedFrame,
//! };
//! use serde_json::json;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = NetworkPolicy::PublicHttps;
//! let connections = Connections::new(
//!     Transport::new(policy)?,
//!     AuthorizationServers::parse("", policy)?,
//!     Arc::new(MemoryCredentials::new()),
//!     Arc::new(LocalPacing::new()),
//! );
//! # Ok(())
//! # }
//!
//! async fn viewer(connections: &Connections, frame: &VerifiedFrame) -> Result<String, CallError> {
//!     let portal = Portal::of_frame(frame);
//!     let token = Some(frame.access_token().clone());
//!     let client = connections.of_user(&portal, frame.user_id(), token, Priority::Interactive);
//!     let reply = client.call("profile", json!({})).await?;
//!     Ok(reply.result["NAME"].as_str().unwrap_or_default().to_owned())
//! }
//! ```
//!
//! # When a portal misbehaves
//!
//! [`ErrorCode`] is the platform's catalogue of errors and [`ErrorCode::reaction`] what a client does about each.
//! [`CallError`] says why a call failed, [`CallError::is_retryable`] and [`CallError::may_have_run`] what may be done.
//! What concerns a portal as a whole (not paid, uninstalled, no chain left) is told to the store as a [`Standing`].
//! Answers differ between versions and installations: everything is parsed leniently, see [`lenient`].

pub mod announcement;
#[cfg(test)]
mod arbitrary_answers;
pub mod authorization_server;
pub mod bindings;
pub mod client;
pub mod connection;
pub mod credentials;
pub mod crm;
pub mod deviation;
pub mod error_code;
pub mod event;
pub mod frame;
pub mod identity;
pub mod lenient;
pub mod list;
pub mod network;
pub mod oauth;
pub mod pacing;
#[cfg(test)]
mod test_portal;
pub mod token;
pub mod verification;
pub mod write;

pub use announcement::{Announcement, Content, LookUp, RefusalMeaning};
pub use authorization_server::{AuthorizationServer, AuthorizationServers, IntrospectionError, TokenFacts};
pub use client::batch::{Batch, BatchReply, Command, CommandOutcome, Reference};
pub use client::{ApiError, CallError, PortalClient, Reply};
pub use connection::{Connections, Portal};
pub use credentials::{
    Chain, ChainEnd, ChainId, CredentialError, CredentialStore, CredentialStoreError, LockedChain, Standing,
    SuspensionReason, TokenPair,
};
pub use deviation::Deviation;
pub use error_code::{ErrorCode, Reaction};
pub use event::{Event, EventName};
pub use frame::placement::{EntityType, Placement};
pub use frame::{FrameOpen, PlacementOptions};
pub use identity::{ApplicationFrameId, ClientId, EntityId, Language, MemberId, UserId};
pub use network::{EndpointRefused, NetworkPolicy, PortalEndpoint, Transport, TransportError};
pub use oauth::{GrantError, Issued};
pub use pacing::{LocalPacing, Pacing, Pressure, Priority, Throttled};
pub use token::{AccessToken, ApplicationToken, ClientSecret, RefreshToken};
pub use verification::{Expectation, FrameVerifier, VerificationError, VerifiedFrame};
pub use write::{Created, Marked, Marker};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
