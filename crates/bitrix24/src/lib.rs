//! A Bitrix24 client: what a marketplace application's server needs to be opened in a card and to read the CRM.
//!
//! The crate knows Bitrix24 and nothing of the application that uses it. It holds no state but a small cache of
//! proved tokens, stores nothing, and decides nothing about the application's users.
//!
//! The way through it:
//!
//! 1. [`FrameOpen::parse`] reads the POST by which a portal opens a page. It never fails and proves nothing.
//! 2. [`FrameVerifier::verify`] asks the authorization server about the token and gives a [`VerifiedFrame`], which
//!    can't be made in any other way.
//! 3. [`PortalClient`] calls REST methods with the token of the viewing user; [`crm::read_card`] reads what a card
//!    needs in one request.
//!
//! A portal's answers differ between versions and installations: everything is parsed leniently, see [`lenient`].

pub mod authorization_server;
pub mod bindings;
pub mod client;
pub mod connection;
pub mod credentials;
pub mod crm;
pub mod error_code;
pub mod event;
pub mod frame;
pub mod identity;
pub mod lenient;
pub mod list;
pub mod network;
pub mod oauth;
pub mod pacing;
pub mod placements;
#[cfg(test)]
mod test_portal;
pub mod token;
pub mod verification;
pub mod write;

pub use authorization_server::{AuthorizationServer, AuthorizationServers, IntrospectionError, TokenFacts};
pub use client::batch::{Batch, BatchReply, Command, CommandOutcome, Reference};
pub use client::{ApiError, CallError, PortalClient, Reply};
pub use connection::{Connections, Portal};
pub use credentials::{
    Chain, ChainEnd, ChainId, CredentialError, CredentialStore, CredentialStoreError, LockedChain, Standing,
    SuspensionReason, TokenPair,
};
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
