//! The authorization servers that are believed, and what one of them says about a token.
//!
//! A portal names its server in the frame's form, which can be forged: only servers of the allow-list are asked.
//! Nothing is cached or decided here, see [`crate::verification`].

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::client::ApiError;
use crate::deviation::{self, Body};
use crate::error_code::{self, ErrorCode};
use crate::identity::{ClientId, MemberId, UserId};
use crate::lenient;
use crate::network::{self, BodyError, EndpointRefused, NetworkPolicy, PortalEndpoint, Transport};
use crate::token::AccessToken;

/// A card must not wait longer for the proof of its token.
const INTROSPECTION_TIMEOUT: Duration = Duration::from_secs(5);
/// The servers that Bitrix24 documents; the first is asked when a portal names none.
const PUBLIC_SERVERS: [&str; 2] = ["https://oauth.bitrix.info/", "https://oauth.bitrix24.tech/"];

/// The root of an authorization server, `https://oauth.bitrix.info/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationServer(Url);

impl AuthorizationServer {
    /// Reads a server's address; a path such as `/rest/` is dropped.
    pub fn parse(text: &str, policy: NetworkPolicy) -> Result<Self, EndpointRefused> {
        let mut url = network::checked(text, policy)?;
        url.set_path("/");
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// The root with its final slash.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn token_url(&self) -> Option<Url> {
        self.0.join("oauth/token/").ok()
    }

    fn introspection_url(&self) -> Option<Url> {
        self.0.join("rest/app.info").ok()
    }
}

/// The allow-list of authorization servers; the first is the default. Never empty.
#[derive(Debug, Clone)]
pub struct AuthorizationServers {
    default: AuthorizationServer,
    others: Vec<AuthorizationServer>,
}

impl AuthorizationServers {
    /// A list of its own, such as the simulator's server.
    pub fn new(default: AuthorizationServer, others: Vec<AuthorizationServer>) -> Self {
        Self { default, others }
    }

    /// Reads a comma-separated list of addresses; the public servers when it is empty.
    pub fn parse(list: &str, policy: NetworkPolicy) -> Result<Self, EndpointRefused> {
        let mut addresses: Vec<&str> = list
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .collect();
        if addresses.is_empty() {
            addresses.extend(PUBLIC_SERVERS);
        }
        let mut servers = addresses
            .into_iter()
            .map(|text| AuthorizationServer::parse(text, policy))
            .collect::<Result<Vec<_>, _>>()?;
        let default = servers.remove(0);
        Ok(Self::new(default, servers))
    }

    /// The server that is asked when nothing else is known.
    pub fn default_server(&self) -> &AuthorizationServer {
        &self.default
    }

    /// The listed server of this address: what a portal claims, or what was stored for it.
    pub fn allowed(&self, address: &str) -> Option<&AuthorizationServer> {
        let claimed = Url::parse(address.trim()).ok()?;
        std::iter::once(&self.default)
            .chain(&self.others)
            .find(|server| server.0.origin() == claimed.origin())
    }
}

/// What an authorization server says about a token. Only an introspection makes one.
#[derive(Debug, Clone)]
pub struct TokenFacts {
    pub(crate) client_id: ClientId,
    pub(crate) user_id: UserId,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) scope: Vec<String>,
    pub(crate) installed: bool,
    pub(crate) status: Option<String>,
    pub(crate) member_id: MemberId,
    pub(crate) client_endpoint: String,
}

impl TokenFacts {
    /// The application that the token was issued to.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The token's user.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The portal.
    pub fn member_id(&self) -> &MemberId {
        &self.member_id
    }

    /// When the token ends, if the server says so.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.expires_at
    }

    /// Granted scopes.
    pub fn scope(&self) -> &[String] {
        &self.scope
    }

    /// Whether the installation is finished.
    pub fn is_installed(&self) -> bool {
        self.installed
    }

    /// The installation's status (`F` free, `P` paid, `L` local, …).
    pub fn status(&self) -> Option<&str> {
        self.status.as_deref()
    }

    /// The portal's REST root, if it may be called.
    pub fn endpoint(&self, policy: NetworkPolicy) -> Result<PortalEndpoint, EndpointRefused> {
        PortalEndpoint::parse(&self.client_endpoint, policy)
    }
}

/// Why a token could not be proved.
#[derive(Debug, thiserror::Error)]
pub enum IntrospectionError {
    /// The server knows the token and refuses it, or doesn't know it.
    #[error(transparent)]
    Refused(ApiError),
    /// No connection, no answer in time, or a failure inside the server: worth a repetition.
    #[error("the authorization server can't be reached")]
    Unreachable(#[source] Option<reqwest::Error>),
    /// An answer of an unknown shape.
    #[error("the authorization server's answer (status {status}) can't be read")]
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
}

/// Asks a server about a token (`app.info` of the authorization server, which isn't the portal's).
pub async fn introspect(
    transport: &Transport,
    server: &AuthorizationServer,
    token: &AccessToken,
) -> Result<TokenFacts, IntrospectionError> {
    let url = server
        .introspection_url()
        .ok_or(IntrospectionError::Unreachable(None))?;
    let parameters = [("auth", token.expose())];
    let by_query = transport.get(url.clone()).query(&parameters);
    if transport.is_asked_by_query(server.as_str()) {
        return ask(transport, by_query).await;
    }
    // Only the GET form is documented, but it puts the token into access logs: POST is tried first.
    match ask(transport, transport.post(url).form(&parameters)).await {
        Err(error) if form_was_not_understood(&error) => {
            let answer = ask(transport, by_query).await;
            if answer.is_ok() {
                transport.ask_by_query(server.as_str());
            }
            answer
        }
        answer => answer,
    }
}

fn form_was_not_understood(error: &IntrospectionError) -> bool {
    match error {
        IntrospectionError::Refused(error) => {
            matches!(
                error.code,
                ErrorCode::NoAuthorizationFound | ErrorCode::InvalidRequest | ErrorCode::MethodNotFound
            )
        }
        IntrospectionError::Unreadable { status } => {
            *status == StatusCode::NOT_FOUND || *status == StatusCode::METHOD_NOT_ALLOWED
        }
        IntrospectionError::Unreachable(_) => false,
    }
}

async fn ask(
    transport: &Transport,
    request: reqwest::RequestBuilder,
) -> Result<TokenFacts, IntrospectionError> {
    let unreachable = |error: reqwest::Error| IntrospectionError::Unreachable(Some(error.without_url()));
    let response = request
        .timeout(INTROSPECTION_TIMEOUT)
        .send()
        .await
        .map_err(unreachable)?;
    let status = response.status();
    let bytes = network::read_body(response, network::SMALL_BODY)
        .await
        .map_err(|error| match error {
            BodyError::Broken(error) => unreachable(error),
            BodyError::TooLarge => IntrospectionError::Unreadable {
                status: status.as_u16(),
            },
        })?;
    let json = serde_json::from_slice(&bytes).ok();
    let body = Body {
        bytes: &bytes,
        json: json.as_ref(),
    };
    let deviations = deviation::of_introspection(status, &body);
    let answer = read_answer(status, json);
    // A form that the server doesn't understand is tried as a query: the documented way.
    if !answer.as_ref().is_err_and(form_was_not_understood) {
        // Of the portal that the token is for: whoever asks may have claimed another.
        match &answer {
            Ok(facts) => transport.about(&facts.member_id).tell(&deviations),
            Err(_) => transport.tell(&deviations),
        }
    }
    answer
}

fn read_answer(status: StatusCode, json: Option<Value>) -> Result<TokenFacts, IntrospectionError> {
    let unreadable = || {
        if status.is_server_error() {
            IntrospectionError::Unreachable(None)
        } else {
            IntrospectionError::Unreadable {
                status: status.as_u16(),
            }
        }
    };
    let Some(Value::Object(mut body)) = json else {
        return Err(unreadable());
    };
    if let Some((code, description)) = error_code::error_in(&body) {
        let error = ApiError {
            code,
            description,
            status: Some(status.as_u16()),
        };
        return Err(if status.is_server_error() {
            IntrospectionError::Unreachable(None)
        } else {
            IntrospectionError::Refused(error)
        });
    }
    body.remove("result")
        .and_then(|result| serde_json::from_value::<Answer>(result).ok())
        .and_then(Answer::into_facts)
        .ok_or_else(unreadable)
}

/// The answer as it comes; only what the proof needs is required.
#[derive(Deserialize)]
struct Answer {
    client_id: String,
    #[serde(default)]
    scope: Value,
    #[serde(default)]
    expires: Value,
    #[serde(deserialize_with = "lenient::optional_id")]
    user_id: Option<u64>,
    install: Installation,
}

#[derive(Deserialize)]
struct Installation {
    #[serde(default, deserialize_with = "lenient::yes_or_no")]
    installed: bool,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    status: Option<String>,
    client_endpoint: String,
    member_id: MemberId,
}

impl Answer {
    fn into_facts(self) -> Option<TokenFacts> {
        Some(TokenFacts {
            client_id: ClientId::new(self.client_id),
            user_id: UserId(self.user_id?),
            expires_at: point_in_time(&self.expires),
            scope: scope_list(&self.scope),
            installed: self.install.installed,
            status: self.install.status,
            member_id: self.install.member_id,
            client_endpoint: self.install.client_endpoint,
        })
    }
}

/// A point in time from ISO 8601 or from seconds since 1970.
fn point_in_time(value: &Value) -> Option<DateTime<Utc>> {
    let text = lenient::non_empty_text(value)?;
    if let Ok(seconds) = text.parse() {
        return DateTime::from_timestamp(seconds, 0);
    }
    DateTime::parse_from_rfc3339(&text).ok().map(|time| time.to_utc())
}

/// Scopes from a comma list or an array.
fn scope_list(value: &Value) -> Vec<String> {
    let split = |text: &str| -> Vec<String> {
        text.split(',')
            .map(str::trim)
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect()
    };
    match value {
        Value::String(text) => split(text),
        Value::Array(items) => items.iter().filter_map(Value::as_str).flat_map(split).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer() -> Value {
        json!({"result": {
            "client_id": "app.66aa00bb11cc22.01234567", "scope": "crm,placement",
            "expires": "2026-11-01T13:05:00+00:00", "user_id": 17,
            "install": {"installed": true, "status": "F", "client_endpoint": "https://acme-demo.bitrix24.com/rest/",
                "member_id": "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49"}
        }})
    }

    #[test]
    fn read_answer_of_the_documented_shape_gives_the_facts() {
        let facts = read_answer(StatusCode::OK, Some(answer())).unwrap();
        assert_eq!(facts.client_id.as_str(), "app.66aa00bb11cc22.01234567");
        assert_eq!(facts.user_id, UserId(17));
        assert_eq!(facts.scope, ["crm", "placement"]);
        assert_eq!(
            facts.expires_at.unwrap().to_rfc3339(),
            "2026-11-01T13:05:00+00:00"
        );
        assert!(facts.installed);
    }

    #[test]
    fn read_answer_with_other_shapes_of_the_same_gives_the_facts() {
        let mut body = answer();
        body["result"]["user_id"] = json!("17");
        body["result"]["expires"] = json!(1_790_000_000);
        body["result"]["scope"] = json!(["crm"]);
        body["result"]["install"]["installed"] = json!("Y");
        let facts = read_answer(StatusCode::OK, Some(body)).unwrap();
        assert_eq!(facts.user_id, UserId(17));
        assert!(facts.expires_at.is_some() && facts.installed);
    }

    #[test]
    fn read_answer_of_a_failing_server_is_worth_a_repetition() {
        let answer = read_answer(StatusCode::BAD_GATEWAY, None);
        assert!(matches!(answer, Err(IntrospectionError::Unreachable(None))));
    }

    #[test]
    fn read_answer_without_a_user_is_unreadable() {
        let mut body = answer();
        body["result"]["user_id"] = json!(0);
        let answer = read_answer(StatusCode::OK, Some(body));
        assert!(matches!(
            answer,
            Err(IntrospectionError::Unreadable { status: 200 })
        ));
    }

    #[test]
    fn allowed_of_a_claimed_endpoint_compares_the_origin_only() {
        let servers = AuthorizationServers::parse("", NetworkPolicy::PublicHttps).unwrap();
        assert!(servers.allowed("https://oauth.bitrix24.tech/rest/").is_some());
        for foreign in [
            "https://oauth.bitrix.info.evil.example/rest/",
            "http://oauth.bitrix.info/rest/",
            "",
            "x",
        ] {
            assert!(servers.allowed(foreign).is_none(), "{foreign}");
        }
    }
}
