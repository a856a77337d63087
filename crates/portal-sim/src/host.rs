//! Which of the simulated servers a request is for: one listener serves them by the `Host` header.

use axum::http::{HeaderMap, header};

use crate::state::State;

/// The simulated servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// The customer's portal.
    Portal,
    /// The authorization server.
    Authorization,
    /// Another name, such as the bare address.
    Other,
}

/// The server that the `Host` header names.
pub(crate) fn server(state: &State, headers: &HeaderMap) -> Server {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    if host.eq_ignore_ascii_case(&state.addresses.portal_host) {
        Server::Portal
    } else if host.eq_ignore_ascii_case(&state.addresses.authorization_host) {
        Server::Authorization
    } else {
        Server::Other
    }
}
