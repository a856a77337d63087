//! Envelopes of answers: `result` with `time`, or `error` with `error_description`, in their several shapes.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use serde_json::{Map, Value, json};

/// A method's good answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// The `result`.
    pub result: Value,
    /// How many rows a list has in all.
    pub total: Option<usize>,
    /// The offset of the next page.
    pub next: Option<usize>,
}

impl From<Value> for Answer {
    fn from(result: Value) -> Self {
        Self {
            result,
            total: None,
            next: None,
        }
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    /// The HTTP status, also when the body says more.
    pub status: StatusCode,
    /// The `error` key: usually a text, sometimes empty or a number.
    pub code: Value,
    /// The `error_description`.
    pub description: String,
    /// The extra key `argument` of the placement methods.
    pub argument: Option<&'static str>,
}

impl Failure {
    /// A refusal with a text for code.
    pub(crate) fn new(status: StatusCode, code: &str, description: &str) -> Self {
        Self {
            status,
            code: json!(code),
            description: description.to_owned(),
            argument: None,
        }
    }

    /// Status 401.
    pub(crate) fn unauthorized(code: &str, description: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, description)
    }

    /// Status 400.
    pub(crate) fn bad_request(code: &str, description: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, description)
    }

    /// Status 400 with an empty code, as classic CRM methods answer.
    pub(crate) fn unnamed(description: &str) -> Self {
        Self::bad_request("", description)
    }

    /// The body.
    pub(crate) fn body(&self) -> Value {
        if self.code.is_object() {
            // The third version of the interface keeps everything inside.
            return json!({"error": self.code});
        }
        let mut body = json!({"error": self.code, "error_description": self.description});
        if let Some(argument) = self.argument {
            body["argument"] = json!(argument);
        }
        body
    }
}

/// `{"result", "total", "next", "time"}`.
pub(crate) fn success_response(answer: Answer, with_operating: bool) -> Response {
    let mut body = Map::new();
    body.insert("result".to_owned(), answer.result);
    if let Some(total) = answer.total {
        body.insert("total".to_owned(), json!(total));
    }
    if let Some(next) = answer.next {
        body.insert("next".to_owned(), json!(next));
    }
    body.insert("time".to_owned(), time(with_operating));
    Json(Value::Object(body)).into_response()
}

/// The error's body with its status.
pub(crate) fn failure_response(failure: &Failure) -> Response {
    (failure.status, Json(failure.body())).into_response()
}

/// The `time` block.
pub(crate) fn time(with_operating: bool) -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64());
    let date = Utc::now().format("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let mut time = json!({
        "start": now - 0.01, "finish": now, "duration": 0.01, "processing": 0.005,
        "date_start": date, "date_finish": date,
    });
    if with_operating {
        time["operating"] = json!(0.005);
        time["operating_reset_at"] = json!(Utc::now().timestamp() + 600);
    }
    time
}
