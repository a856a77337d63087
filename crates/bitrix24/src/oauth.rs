//! Grants at the authorization server: a code for a pair of tokens, and a refresh token for the next pair.
//!
//! One request each, nothing repeated, nothing stored. The client secret and the tokens stand in a form's body, never
//! in an address: addresses end in access logs. What an answer says about the portal and the user is a hint until the
//! access token was introspected.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use serde_json::{Map, Value};
use url::Url;

use crate::authorization_server::AuthorizationServer;
use crate::client::ApiError;
use crate::credentials::TokenPair;
use crate::deviation::{self, Body};
use crate::error_code::{self, ErrorCode};
use crate::identity::{ClientId, MemberId, UserId};
use crate::lenient;
use crate::network::{self, PortalEndpoint, Transport};
use crate::token::{AccessToken, ClientSecret, RefreshToken};

/// A page may wait for a renewal, but not longer.
const GRANT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an access token lives when the answer doesn't say it.
const USUAL_LIFE: i64 = 3600;

/// What the authorization server issued.
///
/// Only the pair is certain. `domain` and `scope` of these answers are misleading (the authorization server's own host,
/// and often just `app`), so they are not read at all.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The tokens.
    pub pair: TokenPair,
    /// The portal, as the server says.
    pub member_id: Option<MemberId>,
    /// The user, as the server says.
    pub user_id: Option<UserId>,
    /// The portal's REST root, not yet proved; see [`crate::authorization_server::introspect`].
    pub client_endpoint: Option<String>,
    /// The authorization server's REST root for this portal, not yet checked against the allow-list.
    pub server_endpoint: Option<String>,
}

/// Why nothing was issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The server answered with an error code.
    #[error(transparent)]
    Refused(ApiError),
    /// A 404 without a code: the server doesn't know the portal (any more).
    #[error("the authorization server doesn't know the portal")]
    PortalDeleted,
    /// No connection could be made: nothing was sent, the token is unspent.
    #[error("the authorization server can't be reached")]
    NotSent(#[source] reqwest::Error),
    /// The connection broke, or no answer came in time: the token may be spent.
    #[error("the authorization server's answer got lost")]
    AnswerLost(#[source] reqwest::Error),
    /// A failure inside the server: the token may be spent.
    #[error("the authorization server failed (status {status})")]
    ServerFailed {
        /// The HTTP status.
        status: u16,
    },
    /// An answer of an unknown shape: the token may be spent.
    #[error("the authorization server's answer (status {status}) can't be read")]
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
    /// The server's address can't be formed.
    #[error("the authorization server's address can't be formed")]
    Address,
}

impl GrantError {
    /// The server's code, when it answered with one.
    pub fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Refused(error) => Some(&error.code),
            _ => None,
        }
    }
}

/// Where a browser is sent for a code, outside the portal's frame. The redirect back goes to the address in the
/// application's card; `state` comes back unchanged and should be unguessable.
pub fn authorization_address(portal: &PortalEndpoint, client_id: &ClientId, state: &str) -> Option<Url> {
    let mut url = portal.url().join("/oauth/authorize/").ok()?;
    url.query_pairs_mut()
        .append_pair("client_id", client_id.as_str())
        .append_pair("state", state);
    Some(url)
}

/// Exchanges a code for the first pair. A code lives 30 seconds and works once.
pub async fn exchange_code(
    transport: &Transport,
    server: &AuthorizationServer,
    client_id: &ClientId,
    secret: &ClientSecret,
    code: &str,
) -> Result<Issued, GrantError> {
    let grant = [
        ("grant_type", "authorization_code"),
        ("client_id", client_id.as_str()),
        ("client_secret", secret.expose()),
        ("code", code),
    ];
    ask(transport, server, &grant).await
}

/// Spends a refresh token for the next pair. After an error other than [`GrantError::NotSent`] the token may be spent.
///
/// Whoever calls this must be alone with the chain, see [`crate::credentials`].
pub async fn renew(
    transport: &Transport,
    server: &AuthorizationServer,
    client_id: &ClientId,
    secret: &ClientSecret,
    refresh: &RefreshToken,
) -> Result<Issued, GrantError> {
    let grant = [
        ("grant_type", "refresh_token"),
        ("client_id", client_id.as_str()),
        ("client_secret", secret.expose()),
        ("refresh_token", refresh.expose()),
    ];
    ask(transport, server, &grant).await
}

async fn ask(
    transport: &Transport,
    server: &AuthorizationServer,
    grant: &[(&str, &str)],
) -> Result<Issued, GrantError> {
    let url = server.token_url().ok_or(GrantError::Address)?;
    let asked_at = Utc::now();
    let response = transport
        .post(url)
        .form(grant)
        .timeout(GRANT_TIMEOUT)
        .send()
        .await
        .map_err(|error| {
            if error.is_connect() {
                GrantError::NotSent(error.without_url())
            } else {
                GrantError::AnswerLost(error.without_url())
            }
        })?;
    let status = response.status();
    let bytes = network::read_body(response, network::SMALL_BODY)
        .await
        .map_err(|error| match error {
            network::BodyError::Broken(error) => GrantError::AnswerLost(error),
            network::BodyError::TooLarge => GrantError::Unreadable {
                status: status.as_u16(),
            },
        })?;
    let json = serde_json::from_slice(&bytes).ok();
    let body = Body {
        bytes: &bytes,
        json: json.as_ref(),
    };
    transport.tell(&deviation::of_grant(status, &body));
    let answer = read_answer(status, json, asked_at);
    answer.map_err(|error| match error {
        GrantError::Refused(refused) => {
            let secrets = grant
                .iter()
                .filter(|(name, _)| is_secret(name))
                .map(|(_, value)| *value);
            GrantError::Refused(refused.without(&secrets.collect::<Vec<_>>()))
        }
        error => error,
    })
}

fn is_secret(name: &str) -> bool {
    matches!(name, "client_secret" | "code" | "refresh_token")
}

fn read_answer(
    status: StatusCode,
    json: Option<Value>,
    asked_at: DateTime<Utc>,
) -> Result<Issued, GrantError> {
    let Some(Value::Object(body)) = json else {
        return Err(if status == StatusCode::NOT_FOUND {
            GrantError::PortalDeleted
        } else if status.is_server_error() {
            GrantError::ServerFailed {
                status: status.as_u16(),
            }
        } else {
            GrantError::Unreadable {
                status: status.as_u16(),
            }
        });
    };
    if let Some((code, description)) = error_code::error_in(&body) {
        // The body decides: a code under status 200 is still a refusal. A failure inside the server is none.
        if code == ErrorCode::Internal || (status.is_server_error() && matches!(code, ErrorCode::Unnamed)) {
            return Err(GrantError::ServerFailed {
                status: status.as_u16(),
            });
        }
        return Err(GrantError::Refused(ApiError {
            code,
            description,
            status: Some(status.as_u16()),
        }));
    }
    issued(&body, asked_at).ok_or(GrantError::Unreadable {
        status: status.as_u16(),
    })
}

fn issued(body: &Map<String, Value>, asked_at: DateTime<Utc>) -> Option<Issued> {
    let text = |key: &str| body.get(key).and_then(lenient::non_empty_text);
    let life = body
        .get("expires_in")
        .and_then(lenient::positive_integer)
        .and_then(|seconds| i64::try_from(seconds).ok())
        // Nobody issues tokens for longer than a day; a mistaken number must not disable renewals.
        .map_or(USUAL_LIFE, |seconds| seconds.min(86_400));
    Some(Issued {
        pair: TokenPair {
            access: AccessToken::parse(&text("access_token")?).ok()?,
            refresh: RefreshToken::parse(&text("refresh_token")?).ok()?,
            // By the own clock from before the request: clock differences don't matter, delays err to the safe side.
            expires_at: asked_at + TimeDelta::seconds(life),
        },
        member_id: text("member_id").and_then(|id| MemberId::parse(&id).ok()),
        user_id: body
            .get("user_id")
            .and_then(lenient::positive_integer)
            .map(UserId),
        client_endpoint: text("client_endpoint"),
        server_endpoint: text("server_endpoint"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer() -> Value {
        json!({
            "access_token": "access-token-of-a-test", "refresh_token": "refresh-token-of-a-test",
            "expires_in": 3600, "scope": "app", "domain": "oauth.bitrix.info",
            "client_endpoint": "https://acme.bitrix24.com/rest/",
            "member_id": "5f0c3b7a9d1e4c2b8a6f7e0d1c2b3a49", "user_id": "17"
        })
    }

    fn read(status: StatusCode, body: &str) -> Result<Issued, GrantError> {
        read_answer(status, serde_json::from_str(body).ok(), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn read_answer_of_the_usual_shape_counts_the_life_from_the_request() {
        let issued = read(StatusCode::OK, &answer().to_string()).unwrap();

        assert_eq!(issued.pair.access.expose(), "access-token-of-a-test");
        assert_eq!(issued.pair.expires_at.timestamp(), 3600);
        assert_eq!(issued.user_id, Some(UserId(17)));
    }

    #[test]
    fn read_answer_with_the_two_tokens_alone_is_enough() {
        let body =
            json!({"access_token": "access-token-of-a-test", "refresh_token": "refresh-token-of-a-test"});

        let issued = read(StatusCode::OK, &body.to_string()).unwrap();

        assert_eq!(issued.pair.expires_at.timestamp(), USUAL_LIFE);
        assert!(issued.member_id.is_none() && issued.user_id.is_none());
    }

    #[test]
    fn read_answer_with_an_error_under_status_200_is_a_refusal() {
        let error = read(StatusCode::OK, r#"{"error": "wrong_client"}"#).unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::WrongClient));
    }

    #[test]
    fn read_answer_of_a_404_page_means_that_the_portal_is_gone() {
        let error = read(StatusCode::NOT_FOUND, "<html>").unwrap_err();
        assert!(matches!(error, GrantError::PortalDeleted));
    }

    #[test]
    fn read_answer_of_a_failing_server_is_no_refusal() {
        for body in ["<html>502", r#"{"error": "INTERNAL_SERVER_ERROR"}"#] {
            let error = read(StatusCode::BAD_GATEWAY, body).unwrap_err();
            assert!(
                matches!(error, GrantError::ServerFailed { status: 502 }),
                "{body}"
            );
        }
    }

    #[test]
    fn authorization_address_has_no_redirect_and_encodes_the_state() {
        let portal = PortalEndpoint::parse(
            "https://acme.bitrix24.com/rest/",
            network::NetworkPolicy::PublicHttps,
        )
        .unwrap();
        let url = authorization_address(&portal, &ClientId::new("app.1"), "a&b").unwrap();
        assert_eq!(
            url.as_str(),
            "https://acme.bitrix24.com/oauth/authorize/?client_id=app.1&state=a%26b"
        );
    }
}
