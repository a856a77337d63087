//! The REST interface over HTTP: `/rest/<method>` on the portal's host, with JSON and form bodies, and the same under
//! `/rest/<user>/<secret>/<method>` for inbound webhooks.
//!
//! Knows requests, envelopes, authorization, limits and faults; the methods themselves are in the modules below.

mod application;
mod batch;
mod crm;
pub(crate) mod envelope;
mod method;
mod users;

use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, RawQuery, State as AxumState};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::admission;
use crate::connection::Peer;
use crate::disturbance;
use crate::fault::RestFault;
use crate::mutation;
use crate::parameter::Parameter;
use crate::shared::Shared;
use crate::state::grants::AccessRefused;
use crate::state::journal::{self, LogEntry, RequestDetails};
use crate::state::limits::Admission;
use crate::state::{Credential, State};
use envelope::{Answer, Failure};
use method::{Caller, dispatch};

/// How late `write_executed_late` executes.
const LATE: Duration = Duration::from_secs(2);

/// A request as it came.
struct Call {
    /// The method's name as it was spelled.
    method: String,
    /// Webhook's user and secret from the path.
    webhook: Option<(u64, String)>,
    parameters: Parameter,
    peer: Peer,
    started: Instant,
}

/// How a call ended.
struct Ending {
    user_id: Option<u64>,
    outcome: Result<Answer, Failure>,
}

/// Answers `/rest/…` of a portal, any HTTP method.
pub(crate) async fn handle(
    AxumState(shared): AxumState<Shared>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    method: Method,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method == Method::OPTIONS {
        return with_cors(StatusCode::NO_CONTENT.into_response());
    }
    let mut parameters = read_parameters(query.as_deref().unwrap_or_default(), &headers, &body);
    adopt_bearer(&headers, &mut parameters);
    let (webhook, name) = webhook_of(&path);
    let call = Call {
        method: method_name(&name).to_owned(),
        webhook,
        parameters,
        peer,
        started: Instant::now(),
    };
    let pause = {
        let state = shared.lock();
        let slow = state.faults.contains(&RestFault::Slow60s);
        state.latency
            + if slow {
                Duration::from_mins(1)
            } else {
                Duration::ZERO
            }
    };
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
    let is_late = {
        let mut state = shared.lock();
        disturbance::is_write(&call.method, &call.parameters) && state.suffers(RestFault::WriteExecutedLate)
    };
    if is_late {
        call.peer.cut();
        tokio::spawn(async move {
            tokio::time::sleep(LATE).await;
            answer(&mut shared.lock(), &call);
        });
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    with_cors(answer(&mut shared.lock(), &call))
}

/// Everything between the request and its answer, under the portal's lock.
fn answer(state: &mut State, call: &Call) -> Response {
    let admission = state.limits.request(call.peer.address.ip(), state.clock.now());
    if let Some(disturbance) = disturbance::before(state, admission.is_admitted) {
        let (response, status, error) = disturbance.into_response();
        if status == 0 {
            call.peer.cut();
        }
        write_down(state, call, admission, None, status, error);
        return response;
    }
    state.credential = match call.webhook {
        Some(_) => Credential::Webhook,
        None => Credential::Application,
    };
    state.connector = call.parameters.text_of("auth_connector").unwrap_or_default();
    let ending = run(state, call);
    let error = ending.outcome.as_ref().err().map(|failure| {
        failure
            .code
            .as_str()
            .map_or_else(|| failure.code.to_string(), str::to_owned)
    });
    let status = match &ending.outcome {
        Ok(_) => 200,
        Err(failure) => failure.status.as_u16(),
    };
    if ending.outcome.is_ok()
        && disturbance::is_write(&call.method, &call.parameters)
        && let Some(disturbance) = disturbance::after_write(state)
    {
        let (response, status, error) = disturbance.into_response();
        if status == 0 {
            call.peer.cut();
        }
        write_down(state, call, admission, ending.user_id, status, error);
        return response;
    }
    write_down(state, call, admission, ending.user_id, status, error);
    envelope_of(state, call, ending.outcome)
}

fn run(state: &mut State, call: &Call) -> Ending {
    let caller = match authorize(state, call) {
        Ok(caller) => caller,
        Err(failure) => {
            return Ending {
                user_id: None,
                outcome: Err(failure),
            };
        }
    };
    let outcome = if call.method.eq_ignore_ascii_case("batch") {
        state.in_batch = true;
        let outcome =
            admission::admit(state, "batch").and_then(|()| batch::run(state, caller, &call.parameters));
        state.in_batch = false;
        outcome
    } else {
        dispatch(state, caller, &call.method, &call.parameters)
    };
    if outcome.is_ok()
        && state.suffers(RestFault::UserFiredMidJob)
        && let Some(user) = state.users.get_mut(&caller.user_id)
    {
        user.active = false;
    }
    Ending {
        user_id: Some(caller.user_id),
        outcome,
    }
}

/// Who calls: by the webhook in the path, or the token in `auth`.
fn authorize(state: &State, call: &Call) -> Result<Caller, Failure> {
    let user_id = match &call.webhook {
        Some(webhook) => {
            if !state.webhooks.contains(webhook) {
                return Err(Failure::unauthorized(
                    "INVALID_CREDENTIALS",
                    "Invalid request credentials",
                ));
            }
            webhook.0
        }
        None => user_of_token(state, &call.parameters)?,
    };
    match state.user(user_id) {
        Some(user) if user.active => Ok(Caller {
            user_id: user.id,
            is_admin: user.admin,
        }),
        _ => Err(Failure::unauthorized(
            "authorization_error",
            "Unable to authorize user",
        )),
    }
}

fn user_of_token(state: &State, parameters: &Parameter) -> Result<u64, Failure> {
    let token = parameters
        .get("auth")
        .and_then(|auth| auth.text().or_else(|| auth.text_of("access_token")));
    let Some(token) = token else {
        return Err(Failure::unauthorized("NO_AUTH_FOUND", "Wrong authorization data"));
    };
    let grant = state.grants.by_access(&token).map_err(|refused| match refused {
        AccessRefused::Expired => {
            Failure::unauthorized("expired_token", "The access token provided has expired.")
        }
        AccessRefused::Unknown => Failure::unauthorized("NO_AUTH_FOUND", "Wrong authorization data"),
    })?;
    let is_current = state
        .installation
        .as_ref()
        .is_some_and(|installation| installation.generation == grant.generation);
    if !is_current || grant.client_id != state.application.client_id {
        return Err(Failure::unauthorized(
            "invalid_token",
            "Unable to get application by token",
        ));
    }
    Ok(grant.user_id)
}

/// The answer's envelope, with the counters of the time budget unless they are switched off.
fn envelope_of(state: &State, call: &Call, outcome: Result<Answer, Failure>) -> Response {
    let mut time = envelope::time(false);
    if !state.faults.contains(&RestFault::NoOperatingFields) {
        let usage = state
            .operating
            .usage(&state.credential_name(), &call.method, state.clock.now());
        time["operating_reset_at"] = json!(usage.reset_at);
        time["operating"] = json!(usage.seconds);
    }
    match outcome {
        Ok(answer) => {
            let mut body = Map::new();
            body.insert("result".to_owned(), answer.result);
            body.extend(answer.next.map(|next| ("next".to_owned(), json!(next))));
            body.extend(answer.total.map(|total| ("total".to_owned(), json!(total))));
            body.insert("time".to_owned(), time);
            let body = Value::Object(body);
            if state.mutations.is_empty() {
                return Json(body).into_response();
            }
            mutation::mutated(&state.mutations, &call.method, &commands_of(call), body)
        }
        Err(failure) => {
            let mut body = failure.body();
            if failure.status == StatusCode::TOO_MANY_REQUESTS {
                body["time"] = time;
            }
            (failure.status, Json(body)).into_response()
        }
    }
}

/// Keys and methods of a batch's commands.
fn commands_of(call: &Call) -> Vec<(String, String)> {
    let commands = call
        .parameters
        .get("cmd")
        .map(Parameter::entries)
        .unwrap_or_default();
    commands
        .iter()
        .map(|(key, command)| {
            let command = command.text().unwrap_or_default();
            let method = command.split('?').next().unwrap_or_default();
            (key.clone(), method.to_owned())
        })
        .collect()
}

fn write_down(
    state: &mut State,
    call: &Call,
    admission: Admission,
    user_id: Option<u64>,
    status: u16,
    error: Option<String>,
) {
    let details = RequestDetails {
        error,
        parameters: journal::shown(&call.parameters),
        credential: Some(state.credential_name()),
        source: Some(call.peer.address.ip().to_string()),
        duration_ms: u64::try_from(call.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        bucket_level: Some(admission.level),
    };
    let entry = LogEntry {
        server: "portal",
        method: call.method.clone(),
        user_id,
        status,
        in_batch: false,
    };
    state.write_down(entry, details);
}

/// `5/secret/crm.deal.list` as the webhook and the method; any other path is the method alone.
///
/// The third generation's prefix belongs to the method: `api/5/secret/tasks.task.add` is `api/tasks.task.add`.
fn webhook_of(path: &str) -> (Option<(u64, String)>, String) {
    let trimmed = path.trim_matches('/');
    let (prefix, rest) = match trimmed.strip_prefix("api/") {
        Some(rest) => ("api/", rest),
        None => ("", trimmed),
    };
    let mut parts = rest.splitn(3, '/');
    if let (Some(user), Some(secret), Some(method)) = (parts.next(), parts.next(), parts.next())
        && let Ok(user) = user.parse()
    {
        return (Some((user, secret.to_owned())), format!("{prefix}{method}"));
    }
    (None, trimmed.to_owned())
}

/// The method's name in a path: `client_endpoint` + `/method` gives a doubled slash in the wild.
pub(crate) fn method_name(path: &str) -> &str {
    let name = path.trim_matches('/');
    name.strip_suffix(".json").unwrap_or(name)
}

/// A token in the header counts where no parameter has one.
fn adopt_bearer(headers: &HeaderMap, parameters: &mut Parameter) {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if let (Some(token), None) = (bearer, parameters.get("auth")) {
        parameters.merge(Parameter::Map(vec![(
            "auth".to_owned(),
            Parameter::Text(token.to_owned()),
        )]));
    }
}

/// Query and body together; the body wins.
pub(crate) fn read_parameters(query: &str, headers: &HeaderMap, body: &[u8]) -> Parameter {
    let mut parameters = Parameter::from_form(query.as_bytes());
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    parameters.merge(if is_json {
        Parameter::from_json(body).unwrap_or_default()
    } else {
        Parameter::from_form(body)
    });
    parameters
}

/// The JavaScript library calls from the frame's origin, after asking.
pub(crate) fn with_cors(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("profile", None, "profile")]
    #[case("/crm.deal.get.json", None, "crm.deal.get")]
    #[case("5/secret/crm.deal.list.json", Some(5), "crm.deal.list")]
    #[case("5/secret//profile/", Some(5), "profile")]
    #[case("api/tasks.task.add", None, "api/tasks.task.add")]
    #[case("api/5/secret/tasks.task.add", Some(5), "api/tasks.task.add")]
    fn path_names_webhook_and_method(#[case] path: &str, #[case] user: Option<u64>, #[case] method: &str) {
        let (webhook, name) = webhook_of(path);
        assert_eq!(webhook.map(|(user, _)| user), user);
        assert_eq!(method_name(&name), method);
    }
}
