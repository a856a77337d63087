//! One HTTP request to a portal and its answer; nothing is repeated or decided here.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::debug;

use super::batch::BatchParameters;
use super::effect;
use super::error::hide;
use super::exchange_log;
use super::{ApiError, CallError, Reply};
use crate::deviation::{self, Body, Deviation};
use crate::error_code;
use crate::lenient;
use crate::network::{self, BodyError, PortalEndpoint, Transport};
use crate::token::AccessToken;

/// Bounds of an answer, in bytes. Parsed, it takes several times as much.
const ANSWER_BASE: usize = 8 * 1024 * 1024;
const ANSWER_FOR_EACH_COMMAND: usize = 1024 * 1024;
const ANSWER_AT_MOST: usize = 32 * 1024 * 1024;

/// A request as it may be sent several times.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) parameters: Parameters<'a>,
    /// The method, and a batch's inner ones.
    pub(crate) methods: Vec<&'a str>,
}

/// A method's parameters; those of a batch keep their order.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Parameters<'a> {
    Object(&'a Map<String, Value>),
    Batch(BatchParameters<'a>),
}

/// The parameters with the token beside them.
#[derive(Serialize)]
struct Authorized<'a> {
    #[serde(flatten)]
    parameters: &'a Parameters<'a>,
    auth: &'a str,
}

impl<'a> Request<'a> {
    pub(crate) fn new(
        method: &'a str,
        parameters: Parameters<'a>,
        methods: Vec<&'a str>,
    ) -> Result<Self, CallError> {
        if !is_method_name(method) {
            return Err(unsendable(
                method,
                "a method's name has letters, digits, dots and underscores",
            ));
        }
        if let Parameters::Object(map) = &parameters
            && map.contains_key("auth")
        {
            return Err(unsendable(method, "the parameter `auth` is the client's own"));
        }
        Ok(Self {
            method,
            parameters,
            methods,
        })
    }
}

impl Request<'_> {
    /// The largest answer that is read: room for pages of heavy rows, and a bound for a portal that sends without end.
    fn answer_limit(&self) -> usize {
        let commands = match &self.parameters {
            Parameters::Object(_) => 1,
            Parameters::Batch(batch) => batch.commands().count(),
        };
        (ANSWER_BASE + commands * ANSWER_FOR_EACH_COMMAND).min(ANSWER_AT_MOST)
    }

    /// Whether the request may go again when its answer got lost.
    pub(crate) fn only_reads(&self) -> bool {
        match &self.parameters {
            Parameters::Object(_) => effect::only_reads(self.method),
            Parameters::Batch(batch) => batch.commands().all(|(_, method)| effect::only_reads(method)),
        }
    }
}

/// What came back: the reply or the error, and when a blocked method is freed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: Result<Reply, CallError>,
    pub(crate) freed_at: Option<DateTime<Utc>>,
}

impl From<CallError> for Answer {
    fn from(error: CallError) -> Self {
        Self {
            outcome: Err(error),
            freed_at: None,
        }
    }
}

/// Sends the request once. `limit` shortens the transport's own time-out.
pub(crate) async fn send(
    transport: &Transport,
    endpoint: &PortalEndpoint,
    request: &Request<'_>,
    token: &AccessToken,
    limit: Option<Duration>,
) -> Answer {
    let method = request.method;
    let Ok(url) = endpoint.url().join(method) else {
        return unsendable(method, "the address can't be formed").into();
    };
    let body = Authorized {
        parameters: &request.parameters,
        auth: token.expose(),
    };
    let mut post = transport.post(url).json(&body);
    if let Some(limit) = limit {
        post = post.timeout(limit);
    }
    let response = match post.send().await {
        Ok(response) => response,
        Err(error) => return from_transport(error).into(),
    };
    let status = response.status();
    if status.is_redirection() {
        return redirected(endpoint, &response, token).into();
    }
    let bytes = match network::read_body(response, request.answer_limit()).await {
        Ok(bytes) => bytes,
        Err(BodyError::Broken(error)) => return from_transport(error).into(),
        Err(BodyError::TooLarge) => {
            transport.tell(&deviation::of_oversized(request));
            return CallError::TooLarge.into();
        }
    };
    debug!(method, portal = %endpoint.authority(), status = status.as_u16(), "bitrix24 call answered");
    exchange_log::write(endpoint, request, status, &bytes, token);
    let (answer, deviations) = read_envelope(request, status, &bytes, token);
    transport.tell(&deviations);
    answer
}

fn redirected(endpoint: &PortalEndpoint, response: &reqwest::Response, token: &AccessToken) -> CallError {
    let status = response.status().as_u16();
    let own = endpoint.url();
    let target = response
        .headers()
        .get(http::header::LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| own.join(location).ok());
    let elsewhere = target.filter(|url| {
        // A dead licence redirects to a page of the same host, perhaps from https to http.
        let another_port = url.scheme() == own.scheme() && url.port() != own.port();
        url.host_str() != own.host_str() || another_port
    });
    match elsewhere
        .as_ref()
        .and_then(|url| Some((url.host_str()?, url.port())))
    {
        Some((host, port)) => {
            let host = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
            CallError::Moved {
                host: hide(&host, &[token.expose()]),
            }
        }
        None => CallError::NotOperational { status },
    }
}

pub(crate) fn unsendable(method: &str, reason: &'static str) -> CallError {
    CallError::Unsendable {
        method: method.chars().take(100).collect(),
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

/// Reads an answer's body, and tells where it differs from what is known.
fn read_envelope(
    request: &Request<'_>,
    status: StatusCode,
    bytes: &[u8],
    token: &AccessToken,
) -> (Answer, Vec<Deviation>) {
    // A portal that repeats the token must not bring it into our logs, pages and stores.
    let mut text = String::from_utf8_lossy(bytes);
    if text.contains(token.expose()) {
        text = text.replace(token.expose(), "\u{2026}").into();
    }
    // JSON nested beyond 128 levels is refused by the parser.
    let json: Option<Value> = serde_json::from_str(&text).ok();
    let body = Body {
        bytes,
        json: json.as_ref(),
    };
    let deviations = deviation::of_answer(request, status, &body);
    (read_body(status, json, token), deviations)
}

/// Reads a body: the error first, whatever the status.
fn read_body(status: StatusCode, json: Option<Value>, token: &AccessToken) -> Answer {
    let unreadable = CallError::Unreadable {
        status: status.as_u16(),
    };
    let Some(Value::Object(mut body)) = json else {
        return unreadable.into();
    };
    let time = body.get("time");
    let freed_at = time
        .and_then(|time| time.get("operating_reset_at"))
        .and_then(lenient::positive_integer)
        .and_then(|seconds| i64::try_from(seconds).ok())
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let operating_seconds = time
        .and_then(|time| time.get("operating"))
        .and_then(Value::as_f64);
    if let Some((code, description)) = error_code::error_in(&body) {
        let error = ApiError {
            code,
            description,
            status: Some(status.as_u16()),
        };
        return Answer {
            outcome: Err(error.without(&[token.expose()]).into()),
            freed_at,
        };
    }
    let Some(result) = body.remove("result") else {
        return unreadable.into();
    };
    Answer {
        outcome: Ok(Reply {
            result,
            next: body.get("next").and_then(offset),
            total: body.get("total").and_then(offset),
            operating_seconds,
        }),
        freed_at,
    }
}

/// An offset from number or text; zero is a value here.
fn offset(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| lenient::non_empty_text(value)?.parse().ok())
}
