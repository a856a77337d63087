//! The REST interface over HTTP: `/rest/<method>` on the portal's host, with JSON and form bodies.
//!
//! Knows requests, envelopes, authorization and faults; the methods themselves are in the modules below.

mod application;
mod batch;
mod crm;
pub(crate) mod envelope;
mod method;
mod users;

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State as AxumState};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::authorization;
use crate::fault::RestFault;
use crate::host::{self, Server};
use crate::parameter::Parameter;
use crate::shared::Shared;
use crate::state::grants::AccessRefused;
use crate::state::{LogEntry, State};
use envelope::{Failure, failure_response, success_response};
use method::{Caller, dispatch};

/// Answers `/rest/…` on either host, any method.
pub(crate) async fn handle(
    AxumState(shared): AxumState<Shared>,
    method: Method,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method == Method::OPTIONS {
        return with_cors(StatusCode::NO_CONTENT.into_response());
    }
    let parameters = read_parameters(query.as_deref().unwrap_or_default(), &headers, &body);
    // `client_endpoint` + `/method` gives a doubled slash in the wild.
    let name = path.trim_matches('/');
    let name = name.strip_suffix(".json").unwrap_or(name);

    if host::server(&shared.lock(), &headers) == Server::Authorization {
        let response = authorization::introspect(&shared.lock(), name, &parameters);
        record(&shared, "authorization", name, None, &response);
        return with_cors(response);
    }
    if let Some(response) = fault_response(&shared).await {
        record(&shared, "portal", name, None, &response);
        return response;
    }
    let (response, user_id) = answer(&mut shared.lock(), name, &parameters);
    record(&shared, "portal", name, user_id, &response);
    with_cors(response)
}

fn answer(state: &mut State, name: &str, parameters: &Parameter) -> (Response, Option<u64>) {
    let operating = !state.faults.contains(&RestFault::NoOperatingFields);
    let caller = match authorize(state, parameters) {
        Ok(caller) => caller,
        Err(failure) => return (failure_response(&failure), None),
    };
    let outcome = if name.eq_ignore_ascii_case("batch") {
        batch::run(state, caller, parameters)
    } else {
        dispatch(state, caller, name, parameters)
    };
    let response = match outcome {
        Ok(answer) => success_response(answer, operating),
        Err(failure) => failure_response(&failure),
    };
    (response, Some(caller.user_id))
}

/// Who calls, by the token in `auth`.
fn authorize(state: &State, parameters: &Parameter) -> Result<Caller, Failure> {
    let Some(token) = parameters.text_of("auth") else {
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
    match state.user(grant.user_id) {
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

async fn fault_response(shared: &Shared) -> Option<Response> {
    let faults = shared.lock().faults.clone();
    if faults.contains(&RestFault::Slow60s) {
        tokio::time::sleep(Duration::from_mins(1)).await;
    }
    if faults.contains(&RestFault::Html502) {
        return Some((StatusCode::BAD_GATEWAY, Html("<h1>502 Bad Gateway</h1>")).into_response());
    }
    if faults.contains(&RestFault::Html200) {
        return Some(Html("<h1>Maintenance</h1>").into_response());
    }
    if faults.contains(&RestFault::LicenceRedirect) {
        let location = [(header::LOCATION, "/bitrix/coupon_activation.php")];
        return Some((StatusCode::FOUND, location).into_response());
    }
    faults.contains(&RestFault::RateLimited).then(|| {
        failure_response(&Failure::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "QUERY_LIMIT_EXCEEDED",
            "Too many requests",
        ))
    })
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

fn record(shared: &Shared, server: &'static str, method: &str, user_id: Option<u64>, response: &Response) {
    shared.lock().record(LogEntry {
        server,
        method: method.to_owned(),
        user_id,
        status: response.status().as_u16(),
        in_batch: false,
    });
}

/// The JavaScript library calls from the frame's origin, after asking.
fn with_cors(mut response: Response) -> Response {
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
