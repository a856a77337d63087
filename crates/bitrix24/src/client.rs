//! Calls of a portal's REST methods.
//!
//! Knows the protocol (envelopes, errors, redirects, batches) and no method's meaning. The token stands in the
//! request's body, never in an address, a log or an error.
//!
//! A client made by [`PortalClient::new`] has one fixed token and repeats nothing: whether a repetition is safe is for
//! the caller to know, see [`CallError::is_retryable`]. A client of [`crate::Connections`] renews tokens, paces and
//! repeats by itself.

pub mod batch;
pub mod effect;
pub(crate) mod error;
pub(crate) mod exchange;
mod exchange_log;

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::connection::Connection;
use crate::network::{PortalEndpoint, Transport};
use crate::token::AccessToken;
use batch::{Batch, BatchReply};
use exchange::{Parameters, Request, unsendable};

pub use error::{ApiError, CallError};

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

/// Calls one portal. Cheap to make and to clone, one for each card open or job.
#[derive(Debug, Clone)]
pub struct PortalClient {
    access: Access,
    time_limit: Option<Duration>,
}

/// Where tokens come from.
#[derive(Debug, Clone)]
enum Access {
    /// One token; nothing is repeated.
    Fixed {
        transport: Transport,
        endpoint: PortalEndpoint,
        token: AccessToken,
    },
    /// Chains of tokens, pacing, repetitions.
    Connected(Arc<Connection>),
}

impl PortalClient {
    /// A client with one token for a *verified* endpoint: one from [`crate::VerifiedFrame`] or one stored after a
    /// verification.
    pub fn new(transport: Transport, endpoint: PortalEndpoint, token: AccessToken) -> Self {
        Self {
            access: Access::Fixed {
                transport,
                endpoint,
                token,
            },
            time_limit: None,
        }
    }

    pub(crate) fn connected(connection: Connection) -> Self {
        Self {
            access: Access::Connected(Arc::new(connection)),
            time_limit: None,
        }
    }

    /// Gives each call a shorter time than the portal's own limit of a minute, with everything that belongs to it
    /// (waiting for the portal's turn, renewals, repetitions): for a page that someone waits for.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// The portal's REST root, as it was when the client was made.
    pub fn endpoint(&self) -> &PortalEndpoint {
        match &self.access {
            Access::Fixed { endpoint, .. } => endpoint,
            Access::Connected(connection) => &connection.portal().endpoint,
        }
    }

    /// Calls a method; `parameters` is a JSON object, or null for none.
    pub async fn call(&self, method: &str, parameters: Value) -> Result<Reply, CallError> {
        let none = Map::new();
        let parameters = match &parameters {
            Value::Object(map) => map,
            Value::Null => &none,
            _ => return Err(unsendable(method, "parameters must be a JSON object")),
        };
        let request = Request::new(method, Parameters::Object(parameters), vec![method])?;
        self.send(&request).await
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
        let mut methods = vec!["batch"];
        methods.extend(batch.methods());
        let request = Request::new("batch", Parameters::Batch(batch.parameters()?), methods)?;
        let reply = self.send(&request).await?;
        Ok(BatchReply::read(batch, reply.result))
    }

    pub(crate) fn time_limit(&self) -> Option<Duration> {
        self.time_limit
    }

    async fn send(&self, request: &Request<'_>) -> Result<Reply, CallError> {
        match &self.access {
            Access::Fixed {
                transport,
                endpoint,
                token,
            } => {
                exchange::send(transport, endpoint, request, token, self.time_limit)
                    .await
                    .outcome
            }
            Access::Connected(connection) => connection.perform(request, self.time_limit).await,
        }
    }
}

#[cfg(test)]
mod tests;
