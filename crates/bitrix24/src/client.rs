//! Calls of a portal's REST methods with one token.
//!
//! Knows the protocol (envelopes, errors, redirects, batches) and no method's meaning. The token stands in the
//! request's body, never in an address, a log or an error. Nothing is repeated here: whether a repetition is safe
//! is for the caller to know, see [`CallError::is_retryable`].

pub mod batch;

use std::time::Duration;

use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tracing::debug;

use crate::error_code::{self, ErrorCode};
use crate::lenient;
use crate::network::{PortalEndpoint, Transport};
use crate::token::AccessToken;
use batch::{Batch, BatchReply};

/// A portal's or authorization server's refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the portal refused: {code:?} {description}")]
pub struct ApiError {
    /// What the body's `error` key means.
    pub code: ErrorCode,
    /// The portal's own words as plain text, perhaps empty.
    pub description: String,
    /// The HTTP status; `None` inside a batch.
    pub status: Option<u16>,
}

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The portal answered with an error.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// The portal now lives under another host; verify that host before using it.
    #[error("the portal moved to {host}; open the application there once more")]
    Moved {
        /// The new host, unproved.
        host: String,
    },
    /// The portal redirects to a page of its own: an expired licence, maintenance.
    #[error("the portal is not operational: it redirects calls to a page of its own (status {status})")]
    NotOperational {
        /// The HTTP status.
        status: u16,
    },
    /// No connection, or it broke. The request may have been executed.
    #[error("the portal can't be reached")]
    Unreachable(#[source] reqwest::Error),
    /// No answer in time. The request may have been executed.
    #[error("the portal did not answer in time")]
    TimedOut,
    /// An answer that is no JSON object, such as a proxy's page. The request may have been executed.
    #[error("the portal's answer (status {status}) is not what a REST method answers")]
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
    /// A result of another shape than the method promises.
    #[error("the result of {method} has an unexpected shape")]
    UnexpectedResult {
        /// The method.
        method: String,
        /// What didn't fit.
        #[source]
        source: serde_json::Error,
    },
    /// The method's name or parameters can't be sent.
    #[error("the call of {method} can't be sent: {reason}")]
    Unsendable {
        /// The method.
        method: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl CallError {
    /// The portal's code, when it answered with one.
    pub fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Refused(error) => Some(&error.code),
            _ => None,
        }
    }

    /// Whether the same *reading* call may well succeed later. After [`Self::Unreachable`], [`Self::TimedOut`] and
    /// [`Self::Unreadable`] a writing call may have been executed: look before repeating.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused(error) => {
                error.code == ErrorCode::QueryLimitExceeded
                    || error.code == ErrorCode::OperationTimeLimit
                    || error.code == ErrorCode::Internal
            }
            Self::Unreachable(_) | Self::TimedOut => true,
            Self::Unreadable { status } => *status >= 500 || *status == 429,
            _ => false,
        }
    }
}

/// A method's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The `result` key, of any shape.
    pub result: Value,
    /// Offset of a list's next page; its presence means that there is one.
    pub next: Option<u64>,
    /// How many rows a list has in all; zero may mean "not counted".
    pub total: Option<u64>,
    /// Seconds of this method's time budget used in the last ten minutes, when the portal counts them.
    pub operating_seconds: Option<f64>,
}

/// Calls one portal with one user's token. Cheap to make, one for each card open.
#[derive(Debug, Clone)]
pub struct PortalClient {
    transport: Transport,
    endpoint: PortalEndpoint,
    token: AccessToken,
    time_limit: Option<Duration>,
}

impl PortalClient {
    /// A client for a *verified* endpoint: one from [`crate::VerifiedFrame`] or one stored after a verification.
    pub fn new(transport: Transport, endpoint: PortalEndpoint, token: AccessToken) -> Self {
        Self {
            transport,
            endpoint,
            token,
            time_limit: None,
        }
    }

    /// Gives each call a shorter time than the portal's own limit of a minute: for a page that someone waits for.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// The portal's REST root.
    pub fn endpoint(&self) -> &PortalEndpoint {
        &self.endpoint
    }

    /// Calls a method; `parameters` is a JSON object, or null for none.
    pub async fn call(&self, method: &str, parameters: Value) -> Result<Reply, CallError> {
        match parameters {
            Value::Object(_) => self.send(method, &parameters).await,
            Value::Null => self.send(method, &Map::new()).await,
            _ => Err(unsendable(method, "parameters must be a JSON object")),
        }
    }

    /// Calls a method and reads its result as `T`.
    pub async fn call_as<T: DeserializeOwned>(
        &self,
        method: &str,
        parameters: Value,
    ) -> Result<T, CallError> {
        let reply = self.call(method, parameters).await?;
        serde_json::from_value(reply.result).map_err(|source| CallError::UnexpectedResult {
            method: method.to_owned(),
            source,
        })
    }

    /// Calls up to 50 methods in one request. The call succeeds even when commands in it fail.
    pub async fn batch(&self, batch: &Batch) -> Result<BatchReply, CallError> {
        let reply = self.send("batch", &batch.parameters()?).await?;
        Ok(BatchReply::read(batch, reply.result))
    }

    async fn send<P: Serialize>(&self, method: &str, parameters: &P) -> Result<Reply, CallError> {
        if !is_method_name(method) {
            return Err(unsendable(
                method,
                "a method's name has letters, digits, dots and underscores",
            ));
        }
        let url = self
            .endpoint
            .url()
            .join(method)
            .map_err(|_| unsendable(method, "the address can't be formed"))?;
        let body = Authorized {
            parameters,
            auth: self.token.expose(),
        };

        let mut request = self.transport.post(url).json(&body);
        if let Some(limit) = self.time_limit {
            request = request.timeout(limit);
        }
        let response = request.send().await.map_err(from_transport)?;
        let status = response.status();
        if status.is_redirection() {
            return Err(self.redirected(&response));
        }
        let bytes = response.bytes().await.map_err(from_transport)?;
        debug!(method, portal = %self.endpoint.authority(), status = status.as_u16(), "bitrix24 call answered");
        read_envelope(status, &bytes)
    }

    fn redirected(&self, response: &reqwest::Response) -> CallError {
        let status = response.status().as_u16();
        let target = response
            .headers()
            .get(http::header::LOCATION)
            .and_then(|location| location.to_str().ok())
            .and_then(|location| self.endpoint.url().join(location).ok());
        match target.as_ref().and_then(|url| url.host_str()) {
            Some(host) if Some(host) != self.endpoint.url().host_str() => CallError::Moved {
                host: host.to_owned(),
            },
            _ => CallError::NotOperational { status },
        }
    }
}

/// The parameters with the token beside them.
#[derive(Serialize)]
struct Authorized<'a, P> {
    #[serde(flatten)]
    parameters: &'a P,
    auth: &'a str,
}

fn unsendable(method: &str, reason: &'static str) -> CallError {
    CallError::Unsendable {
        method: method.to_owned(),
        reason,
    }
}

fn is_method_name(method: &str) -> bool {
    (1..=100).contains(&method.len())
        && method
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_')
        && !method.contains("..")
}

/// The address is left out: it says nothing that the endpoint doesn't, and a habit of logging addresses leaks.
fn from_transport(error: reqwest::Error) -> CallError {
    if error.is_timeout() {
        CallError::TimedOut
    } else {
        CallError::Unreachable(error.without_url())
    }
}

/// Reads an answer's body: the error first, whatever the status.
fn read_envelope(status: StatusCode, bytes: &[u8]) -> Result<Reply, CallError> {
    let unreadable = CallError::Unreadable {
        status: status.as_u16(),
    };
    let Ok(Value::Object(mut body)) = serde_json::from_slice(bytes) else {
        return Err(unreadable);
    };
    if let Some((code, description)) = error_code::error_in(&body) {
        return Err(ApiError {
            code,
            description,
            status: Some(status.as_u16()),
        }
        .into());
    }
    let Some(result) = body.remove("result") else {
        return Err(unreadable);
    };
    Ok(Reply {
        result,
        next: body.get("next").and_then(offset),
        total: body.get("total").and_then(offset),
        operating_seconds: body
            .get("time")
            .and_then(|time| time.get("operating"))
            .and_then(Value::as_f64),
    })
}

/// An offset from number or text; zero is a value here.
fn offset(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| lenient::non_empty_text(value)?.parse().ok())
}

#[cfg(test)]
mod tests;
