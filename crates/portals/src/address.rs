//! A portal's proved address on both sides: the platform's types and the store's texts.

use certlens_bitrix24::connection::Portal;
use certlens_bitrix24::{AuthorizationServers, MemberId, NetworkPolicy, PortalEndpoint};
use certlens_store::PortalAddress;

/// A proved endpoint as it is stored.
pub(crate) fn of(endpoint: &PortalEndpoint, authorization_server: &str) -> PortalAddress {
    PortalAddress {
        domain: endpoint.authority(),
        client_endpoint: endpoint.as_str().to_owned(),
        origin: endpoint.origin(),
        authorization_server: authorization_server.to_owned(),
    }
}

/// A stored portal for the platform's client. `None` when the stored address may not be called (any more): the
/// operator changed which addresses are allowed, say.
pub(crate) fn portal(
    member_id: &MemberId,
    address: &PortalAddress,
    servers: &AuthorizationServers,
    policy: NetworkPolicy,
) -> Option<Portal> {
    Some(Portal {
        member_id: member_id.clone(),
        endpoint: PortalEndpoint::parse(&address.client_endpoint, policy).ok()?,
        server: servers
            .allowed(&address.authorization_server)
            .unwrap_or_else(|| servers.default_server())
            .clone(),
    })
}
