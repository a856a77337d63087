//! Which hosts this crate may talk to, and the HTTP client that keeps to it.
//!
//! Portal addresses come from foreign input, in the end: by default only https to public addresses passes, checked
//! on the name *and* on every resolved address, so that a name pointing inside our network is refused. It knows no
//! method and no token.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::deviation::{Deviation, Observer};
use crate::identity::MemberId;

/// A portal cuts a request off after 60 seconds; we wait a little longer to see its answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(65);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Some firewalls refuse requests that name no program.
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// The largest answer of an authorization server.
pub(crate) const SMALL_BODY: usize = 1024 * 1024;

/// Which hosts may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NetworkPolicy {
    /// https to public addresses: for every real portal.
    #[default]
    PublicHttps,
    /// Also http, loopback and private addresses, and `*.localhost` names: for the simulator only.
    AllowInsecure,
}

/// Why an address may not be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointRefused {
    /// The text is no absolute URL with a host.
    #[error("the portal's address is not a URL; expected something like https://acme.bitrix24.com/rest/")]
    NotAUrl,
    /// http, or another scheme.
    #[error("the address of {host} is not https; a portal is called over https only")]
    NotHttps {
        /// The host.
        host: String,
    },
    /// User name or password within the URL.
    #[error("the address of {host} carries a user name or password; remove it")]
    Credentials {
        /// The host.
        host: String,
    },
    /// A loopback, private or otherwise not public address.
    #[error("{host} is not a public address; portals inside a private network are not allowed here")]
    NotPublic {
        /// The host.
        host: String,
    },
}

/// The REST root of a portal, `https://acme.bitrix24.com/rest/`, checked against a [`NetworkPolicy`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PortalEndpoint(Url);

impl PortalEndpoint {
    /// Checks an address as the authorization server gives it (`client_endpoint`).
    pub fn parse(text: &str, policy: NetworkPolicy) -> Result<Self, EndpointRefused> {
        let mut url = checked(text, policy)?;
        url.set_query(None);
        url.set_fragment(None);
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url))
    }

    /// The address with its final slash.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Host and port, the port only when it isn't the scheme's own.
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Scheme, host and port: what `frame-ancestors` and message origins name.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.0.scheme(), self.authority())
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for PortalEndpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for PortalEndpoint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PortalEndpoint {
    /// Takes only addresses of [`NetworkPolicy::PublicHttps`]; others must pass [`PortalEndpoint::parse`].
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text, NetworkPolicy::PublicHttps).map_err(serde::de::Error::custom)
    }
}

/// Checks scheme, credentials and a literal address. Names are checked again when they are resolved.
pub(crate) fn checked(text: &str, policy: NetworkPolicy) -> Result<Url, EndpointRefused> {
    let url = Url::parse(text.trim()).map_err(|_| EndpointRefused::NotAUrl)?;
    let Some(host) = url.host() else {
        return Err(EndpointRefused::NotAUrl);
    };
    let shown = host.to_string();
    if !url.username().is_empty() || url.password().is_some() {
        return Err(EndpointRefused::Credentials { host: shown });
    }
    let insecure = policy == NetworkPolicy::AllowInsecure;
    if url.scheme() != "https" && !(insecure && url.scheme() == "http") {
        return Err(EndpointRefused::NotHttps { host: shown });
    }
    let public = match host {
        Host::Ipv4(address) => is_public(IpAddr::V4(address)),
        Host::Ipv6(address) => is_public(IpAddr::V6(address)),
        Host::Domain(name) => name.contains('.') && !is_localhost(name),
    };
    if public || insecure {
        Ok(url)
    } else {
        Err(EndpointRefused::NotPublic { host: shown })
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether the address belongs to the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let benchmarking = first == 198 && (second == 18 || second == 19);
    let protocol_assignments = first == 192 && second == 0 && third == 0;
    !(first == 0
        || first >= 240
        || shared
        || benchmarking
        || protocol_assignments
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [first, second, ..] = address.segments();
    // Only 2000::/3 is global unicast; of it, documentation, Teredo and 6to4 can hide other addresses.
    let documentation = first == 0x2001 && second == 0x0db8;
    let teredo = first == 0x2001 && second == 0;
    let six_to_four = first == 0x2002;
    (first & 0xe000) == 0x2000 && !documentation && !teredo && !six_to_four
}

/// The HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be set up")]
pub struct TransportError(#[source] reqwest::Error);

/// The shared HTTP client: no redirects, no proxy, guarded name resolution. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Transport {
    http: reqwest::Client,
    policy: NetworkPolicy,
    /// Authorization servers that understand introspection only as it is documented, by a query.
    asked_by_query: Arc<RwLock<BTreeSet<String>>>,
    /// Shared by all clones, whoever has one when the observer comes.
    observer: Arc<OnceLock<Arc<dyn Observer>>>,
    /// The portal that is asked, or on whose behalf an authorization server is.
    subject: Option<MemberId>,
}

impl Transport {
    /// Makes the client; one for the whole process is enough.
    pub fn new(policy: NetworkPolicy) -> Result<Self, TransportError> {
        let http = reqwest::Client::builder()
            // Followed redirects would turn POST into GET and carry tokens to hosts that nobody proved.
            .redirect(redirect::Policy::none())
            // A proxy would resolve names itself, past the guard.
            .no_proxy()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .dns_resolver(Arc::new(GuardedResolver { policy }))
            .build()
            .map_err(TransportError)?;
        Ok(Self {
            http,
            policy,
            asked_by_query: Arc::default(),
            observer: Arc::default(),
            subject: None,
        })
    }

    /// Which hosts this client calls.
    pub fn policy(&self) -> NetworkPolicy {
        self.policy
    }

    /// Tells this observer, and no later one, where answers differ from what is known; of all clones of this client.
    pub fn observe(&self, observer: Arc<dyn Observer>) {
        // The first one stays: two would count everything twice.
        let _ = self.observer.set(observer);
    }

    /// The same client for requests about a portal.
    #[must_use]
    pub fn about(&self, portal: &MemberId) -> Self {
        Self {
            subject: Some(portal.clone()),
            ..self.clone()
        }
    }

    /// Tells the observer, if there is one.
    pub(crate) fn tell(&self, deviations: &[Deviation]) {
        if let (Some(observer), false) = (self.observer.get(), deviations.is_empty()) {
            observer.deviates(self.subject.as_ref(), deviations);
        }
    }

    /// Whether this server is known to understand no form.
    pub(crate) fn is_asked_by_query(&self, server: &str) -> bool {
        let known = self.asked_by_query.read().unwrap_or_else(PoisonError::into_inner);
        known.contains(server)
    }

    /// Remembers a server that answered a query but no form.
    pub(crate) fn ask_by_query(&self, server: &str) {
        let mut known = self
            .asked_by_query
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        known.insert(server.to_owned());
    }

    pub(crate) fn post(&self, url: Url) -> reqwest::RequestBuilder {
        self.http.post(url)
    }

    pub(crate) fn get(&self, url: Url) -> reqwest::RequestBuilder {
        self.http.get(url)
    }
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// The connection broke or the time was over; the address is removed.
    Broken(reqwest::Error),
    /// More than the limit: a portal must not fill our memory.
    TooLarge,
}

/// Reads a body of at most `limit` bytes, counting while it arrives.
pub(crate) async fn read_body(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, BodyError> {
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |length| length > limit) {
        return Err(BodyError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| BodyError::Broken(error.without_url()))?
    {
        if body.len() + chunk.len() > limit {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Resolves names and lets through only the addresses that the policy allows.
#[derive(Debug)]
struct GuardedResolver {
    policy: NetworkPolicy,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.policy;
        Box::pin(async move {
            let host = name.as_str();
            // Browsers know that *.localhost is this machine, system resolvers often don't.
            if policy == NetworkPolicy::AllowInsecure && is_localhost(host) {
                let here: Addrs = Box::new(std::iter::once(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
                return Ok(here);
            }
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| policy == NetworkPolicy::AllowInsecure || is_public(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(EndpointRefused::NotPublic {
                    host: host.to_owned(),
                }
                .into());
            }
            let allowed: Addrs = Box::new(allowed.into_iter());
            Ok(allowed)
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn parse_of_a_client_endpoint_gives_origin_and_authority() {
        let endpoint =
            PortalEndpoint::parse("https://acme.bitrix24.com/rest", NetworkPolicy::PublicHttps).unwrap();
        assert_eq!(endpoint.as_str(), "https://acme.bitrix24.com/rest/");
        assert_eq!(endpoint.origin(), "https://acme.bitrix24.com");
        assert_eq!(endpoint.authority(), "acme.bitrix24.com");
    }

    #[rstest]
    #[case::http("http://acme.bitrix24.com/rest/")]
    #[case::loopback("https://127.0.0.1/rest/")]
    #[case::loopback_in_one_number("https://2130706433/rest/")]
    #[case::loopback_v6("https://[::1]/rest/")]
    #[case::mapped_v6("https://[::ffff:10.0.0.1]/rest/")]
    #[case::private("https://10.1.2.3/rest/")]
    #[case::link_local("https://169.254.169.254/rest/")]
    #[case::shared("https://100.64.0.1/rest/")]
    #[case::localhost("https://localhost/rest/")]
    #[case::name_under_localhost("https://portal.localhost/rest/")]
    #[case::bare_name("https://intranet/rest/")]
    #[case::credentials("https://user:secret@acme.bitrix24.com/rest/")]
    #[case::other_scheme("file:///etc/passwd")]
    #[case::no_url("acme.bitrix24.com")]
    fn parse_of_an_unsafe_endpoint_is_refused(#[case] text: &str) {
        assert!(PortalEndpoint::parse(text, NetworkPolicy::PublicHttps).is_err());
    }

    #[test]
    fn parse_of_a_simulators_endpoint_passes_when_insecure_ones_are_allowed() {
        let endpoint = PortalEndpoint::parse(
            "http://portal-a.localhost:8081/rest/",
            NetworkPolicy::AllowInsecure,
        )
        .unwrap();
        assert_eq!(endpoint.origin(), "http://portal-a.localhost:8081");
    }

    #[test]
    fn refusal_of_credentials_does_not_repeat_them() {
        let refused = PortalEndpoint::parse(
            "https://user:secret@acme.bitrix24.com/",
            NetworkPolicy::PublicHttps,
        )
        .unwrap_err();
        assert!(!refused.to_string().contains("secret"));
    }

    #[tokio::test]
    async fn resolve_of_a_name_that_points_inside_is_refused() {
        let resolver = GuardedResolver {
            policy: NetworkPolicy::PublicHttps,
        };
        assert!(resolver.resolve("localhost".parse().unwrap()).await.is_err());
    }

    #[tokio::test]
    async fn resolve_of_a_localhost_name_is_this_machine_when_allowed() {
        let resolver = GuardedResolver {
            policy: NetworkPolicy::AllowInsecure,
        };
        let addresses: Vec<_> = resolver
            .resolve("portal-a.localhost".parse().unwrap())
            .await
            .unwrap()
            .collect();
        assert_eq!(addresses, [SocketAddr::from((Ipv4Addr::LOCALHOST, 0))]);
    }
}
