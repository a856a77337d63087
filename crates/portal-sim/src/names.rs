//! Names that are this machine: `*.localhost`, which browsers know and system resolvers often don't.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect;

/// How long the application may take to answer a call of the portal.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client for the portal's own calls to the application: no proxy, no redirects.
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(PATIENCE)
        .no_proxy()
        .dns_resolver(Arc::new(LocalNames))
        .build()
}

#[derive(Debug)]
struct LocalNames;

impl Resolve for LocalNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str();
            let addresses: Vec<SocketAddr> = if host == "localhost" || host.ends_with(".localhost") {
                vec![(Ipv4Addr::LOCALHOST, 0).into()]
            } else {
                tokio::net::lookup_host((host, 0)).await?.collect()
            };
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}
