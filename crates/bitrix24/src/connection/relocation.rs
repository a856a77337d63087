//! Whether a host to which a portal redirects is that portal's new address.
//!
//! Nothing is sent to that host to find out: the authorization server is asked.

use crate::authorization_server::{self, AuthorizationServer, IntrospectionError};
use crate::error_code::ErrorCode;
use crate::identity::MemberId;
use crate::network::{PortalEndpoint, Transport};
use crate::token::AccessToken;

/// What the authorization server says about a new host.
#[derive(Debug)]
pub(super) enum Relocation {
    /// It is the portal's address now.
    Proved(PortalEndpoint),
    /// The token has ended; with a newer one the question can be asked again.
    TokenExpired,
    /// It isn't, or the server can't be asked.
    Unproved,
}

/// Asks whether `portal` lives at `host` (with its port, if it isn't the scheme's own).
pub(super) async fn prove(
    transport: &Transport,
    server: &AuthorizationServer,
    portal: &MemberId,
    token: &AccessToken,
    host: &str,
) -> Relocation {
    let facts = match authorization_server::introspect(transport, server, token).await {
        Ok(facts) => facts,
        Err(IntrospectionError::Refused(error)) if error.code == ErrorCode::ExpiredToken => {
            return Relocation::TokenExpired;
        }
        Err(_) => return Relocation::Unproved,
    };
    match facts.endpoint(transport.policy()) {
        Ok(endpoint) if facts.member_id() == portal && endpoint.authority().eq_ignore_ascii_case(host) => {
            Relocation::Proved(endpoint)
        }
        _ => Relocation::Unproved,
    }
}
