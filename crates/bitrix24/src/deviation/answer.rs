//! What differs in an answer: of a portal's method, of each command of a batch, of the authorization server. Pure.

use http::StatusCode;
use serde_json::{Map, Value};

use super::shape::{Asked, Comparison, Shape, kind};
use super::{Deviation, GRANT, INTROSPECTION, Noted, catalogue, error_words};
use crate::client::batch::Command;
use crate::client::exchange::{Parameters, Request};
use crate::error_code::ErrorCode;
use crate::frame::placement::EntityType;
use crate::lenient;

/// The body as a whole.
const ANSWER: &str = "(answer)";

/// A body as it came: `None` when it is no JSON.
pub(crate) struct Body<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) json: Option<&'a Value>,
}

/// What differs in a portal's answer.
pub(crate) fn of_answer(request: &Request<'_>, status: StatusCode, body: &Body<'_>) -> Vec<Deviation> {
    let mut noted = Noted::default();
    let Some(answer) = as_map(request.method, status, body, &mut noted) else {
        return noted.finish();
    };
    if let Some(error) = answer.get("error") {
        of_error(request.method, error, answer, &mut noted);
        return noted.finish();
    }
    let method = request.method;
    if status.as_u16() >= 400 {
        noted.note(method, "(status)", "status_200", "error_status", &Value::Null);
    }
    for counter in ["next", "total"] {
        if let Some(value) = answer
            .get(counter)
            .filter(|value| !value.is_u64() && !value.is_null())
        {
            noted.note(method, counter, "number", kind(value), value);
        }
    }
    match (answer.get("result"), &request.parameters) {
        (None, _) => noted.note(
            method,
            "result",
            "result",
            "missing",
            body.json.unwrap_or(&Value::Null),
        ),
        (Some(result), Parameters::Object(parameters)) => {
            let asked = AskedOnce { method, parameters };
            compare(method, &asked, result, catalogue::of(method), &mut noted);
        }
        (Some(result), Parameters::Batch(batch)) => {
            of_batch(batch.asked(), batch.halts(), result, &mut noted);
        }
    }
    noted.finish()
}

/// An answer that was not read, because it is larger than any of this method.
pub(crate) fn of_oversized(request: &Request<'_>) -> Vec<Deviation> {
    let mut noted = Noted::default();
    // Batches ask for as much as fits, and for less when it does not: that is no surprise.
    if matches!(request.parameters, Parameters::Object(_)) {
        noted.note(request.method, ANSWER, "bounded", "too_large", &Value::Null);
    }
    noted.finish()
}

/// What differs in the authorization server's answer about a token.
pub(crate) fn of_introspection(status: StatusCode, body: &Body<'_>) -> Vec<Deviation> {
    let mut noted = Noted::default();
    // Servers that don't know the form of the question answer it with a page.
    let is_expected = status == StatusCode::NOT_FOUND || status == StatusCode::METHOD_NOT_ALLOWED;
    if is_expected && body.json.is_none() {
        return Vec::new();
    }
    if let Some(answer) = as_map(INTROSPECTION, status, body, &mut noted) {
        match (answer.get("error"), answer.get("result")) {
            (Some(error), _) => of_error(INTROSPECTION, error, answer, &mut noted),
            (None, Some(result)) => {
                compare(
                    INTROSPECTION,
                    &Nothing,
                    result,
                    &catalogue::TOKEN_FACTS,
                    &mut noted,
                );
            }
            (None, None) => noted.note(
                INTROSPECTION,
                "result",
                "result",
                "missing",
                body.json.unwrap_or(&Value::Null),
            ),
        }
    }
    noted.finish()
}

/// What differs in its answer to a code or a refresh token.
pub(crate) fn of_grant(status: StatusCode, body: &Body<'_>) -> Vec<Deviation> {
    let mut noted = Noted::default();
    // A page with 404 means a deleted portal.
    if status == StatusCode::NOT_FOUND && body.json.is_none() {
        return Vec::new();
    }
    if let Some(answer) = as_map(GRANT, status, body, &mut noted) {
        match (answer.get("error"), body.json) {
            (Some(error), _) => of_error(GRANT, error, answer, &mut noted),
            (None, Some(whole)) => compare(GRANT, &Nothing, whole, &catalogue::TOKENS, &mut noted),
            (None, None) => {}
        }
    }
    noted.finish()
}

/// The body as a map; what it is instead is noted, unless a proxy or a dying server speaks.
fn as_map<'a>(
    method: &str,
    status: StatusCode,
    body: &Body<'a>,
    noted: &mut Noted,
) -> Option<&'a Map<String, Value>> {
    if let Some(Value::Object(answer)) = body.json {
        if std::str::from_utf8(body.bytes).is_err() {
            noted.note(method, ANSWER, "utf8", "other_encoding", &Value::Null);
        }
        return Some(answer);
    }
    // A page with 5xx is an outage, which is told as one.
    if !status.is_server_error() {
        let text = String::from_utf8_lossy(&body.bytes[..body.bytes.len().min(400)]);
        let found = match text.trim_start().bytes().next() {
            None => "empty",
            Some(b'<') => "html",
            Some(b'{' | b'[') if body.json.is_none() => "broken_json",
            Some(_) => body.json.map_or("text", kind),
        };
        noted.note(method, ANSWER, "json_map", found, &Value::from(text.into_owned()));
    }
    None
}

fn of_error(method: &str, error: &Value, answer: &Map<String, Value>, noted: &mut Noted) {
    if !matches!(error, Value::String(_) | Value::Number(_) | Value::Object(_)) {
        noted.note(method, "error", "known_word", kind(error), error);
        return;
    }
    let description = answer
        .get("error_description")
        .and_then(lenient::non_empty_text)
        .unwrap_or_default();
    if let ErrorCode::Other(code) = ErrorCode::from_code_and_description(error, &description)
        && !error_words::is_known(&code)
    {
        noted.note(
            method,
            error_words::field(&code),
            "known_word",
            "unknown_word",
            error,
        );
    }
}

fn of_batch<'a>(
    commands: impl Iterator<Item = (&'a str, &'a Command)>,
    halts: bool,
    result: &'a Value,
    noted: &mut Noted,
) {
    let Value::Object(parts) = result else {
        noted.note("batch", "result", "map", kind(result), result);
        return;
    };
    let mut part = |name: &'static str| -> Option<&'a Map<String, Value>> {
        match parts.get(name) {
            Some(Value::Object(members)) => Some(members),
            Some(Value::Array(items)) if items.is_empty() => None,
            Some(other) => {
                noted.note("batch", name, "map", kind(other), other);
                None
            }
            None => {
                noted.note("batch", name, "map", "missing", result);
                None
            }
        }
    };
    let (done, failed) = (part("result"), part("result_error"));
    let is_halted = halts && failed.is_some();
    // A portal whose minute is over leaves out the commands at the end: that is known.
    let mut left_out: Option<&str> = None;
    for (key, command) in commands {
        let method = command.method();
        let of_key = |part: Option<&'a Map<String, Value>>| part.and_then(|part| part.get(key));
        let (error, result) = (of_key(failed), of_key(done));
        if (error.is_some() || result.is_some())
            && let Some(method) = left_out.take()
        {
            noted.note(method, "result", "result", "missing", &Value::Null);
        }
        match (error, result) {
            (Some(Value::Object(answer)), _) => match answer.get("error") {
                Some(error) => of_error(method, error, answer, noted),
                None => of_error(method, &Value::Object(answer.clone()), answer, noted),
            },
            (Some(error), _) => of_error(method, error, &Map::new(), noted),
            (None, Some(result)) => compare(method, command, result, catalogue::of(method), noted),
            (None, None) if is_halted => {}
            (None, None) => left_out = left_out.or(Some(method)),
        }
    }
}

fn compare(method: &str, asked: &dyn Asked, value: &Value, shape: &Shape, noted: &mut Noted) {
    Comparison { method, asked, noted }.compare("", value, shape);
}

/// A question without parameters that matter.
struct Nothing;

impl Asked for Nothing {
    fn selects(&self, _: &str) -> bool {
        false
    }

    fn is_of_company(&self) -> bool {
        false
    }
}

/// A call by itself.
struct AskedOnce<'a> {
    method: &'a str,
    parameters: &'a Map<String, Value>,
}

impl Asked for AskedOnce<'_> {
    fn selects(&self, field: &str) -> bool {
        let select = self.parameters.get("select");
        select.is_some_and(|select| lenient::texts(select).iter().any(|name| name == field))
    }

    fn is_of_company(&self) -> bool {
        let type_id = self
            .parameters
            .get("entityTypeId")
            .and_then(lenient::positive_integer);
        self.method.starts_with("crm.company.") || type_id == Some(u64::from(EntityType::Company.type_id()))
    }
}

impl Asked for Command {
    fn selects(&self, field: &str) -> bool {
        self.parameters()
            .iter()
            .any(|(name, value)| value == field && name.starts_with("select["))
    }

    fn is_of_company(&self) -> bool {
        let company = EntityType::Company.type_id().to_string();
        self.method().starts_with("crm.company.")
            || self
                .parameters()
                .iter()
                .any(|(name, value)| name == "entityTypeId" && *value == company)
    }
}
