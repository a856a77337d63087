//! The authorization server's token endpoint: renewal of tokens and redemption of codes, for all portals.
//!
//! Its `domain` is its own host, not the portal's, and an unknown client gets an error under status 200: both are
//! traps of the real one.

pub(crate) mod code;
pub(crate) mod introspection;

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, RawQuery, State as AxumState};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use crate::connection::Peer;
use crate::fault::RestFault;
use crate::frame::SCOPE;
use crate::mutation;
use crate::parameter::Parameter;
use crate::random;
use crate::rest::envelope::{Failure, failure_response};
use crate::rest::{read_parameters, with_cors};
use crate::state::grants::{ACCESS_SECONDS, Grant};
use crate::state::journal::{self, LogEntry, RequestDetails};
use crate::state::{State, application::ApplicationKind};
use crate::world::{Owner, Portal, REFRESH_DELAY, World};

/// A request to the token endpoint that names a known application.
struct TokenRequest {
    client_id: String,
    grant: GrantRequest,
}

/// What is exchanged for a pair of tokens.
enum GrantRequest {
    Refresh(String),
    Code(String),
}

impl GrantRequest {
    fn token(&self) -> &str {
        match self {
            Self::Refresh(token) | Self::Code(token) => token,
        }
    }
}

/// `/oauth/token/`, GET or POST, on the authorization server or passed on by a portal.
pub(crate) async fn token(
    AxumState(world): AxumState<World>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method == Method::OPTIONS {
        return with_cors(StatusCode::NO_CONTENT.into_response());
    }
    if let Owner::Portal(number) = world.owner(&headers)
        && let Some(portal) = world.by_number(number)
        && !portal.shared.lock().proxies_tokens
    {
        return (StatusCode::NOT_FOUND, Html("<h1>404 Not Found</h1>")).into_response();
    }
    let started = Instant::now();
    let parameters = read_parameters(query.as_deref().unwrap_or_default(), &headers, &body);
    let request = match read(&world, &parameters) {
        Ok(request) => request,
        Err(failure) => {
            let details = details(&parameters, &peer, started, Some(&failure));
            let entry = entry("oauth/token", None, failure.status.as_u16());
            let at = world.clock().now();
            world.unattributed().write(at, "", entry, details);
            return with_cors(failure_response(&failure));
        }
    };
    let Some(portal) =
        random::portal_of_token(request.grant.token()).and_then(|number| world.by_number(number))
    else {
        let failure = invalid_grant(&request.grant);
        let details = details(&parameters, &peer, started, Some(&failure));
        let entry = entry("oauth/token", None, failure.status.as_u16());
        let at = world.clock().now();
        world.unattributed().write(at, "", entry, details);
        return with_cors(failure_response(&failure));
    };
    if portal.shared.lock().suffers(RestFault::RefreshSlow) {
        tokio::time::sleep(REFRESH_DELAY).await;
    }
    with_cors(exchange(&portal, &request, &parameters, &peer, started))
}

/// Reads the parameters and proves the application.
fn read(world: &World, parameters: &Parameter) -> Result<TokenRequest, Failure> {
    let required = |name: &str| {
        parameters
            .text_of(name)
            .ok_or_else(|| Failure::bad_request("invalid_request", &format!("Parameter {name} is missing")))
    };
    let (grant_type, client_id) = (required("grant_type")?, required("client_id")?);
    let client_secret = required("client_secret")?;
    let Some(secret) = world.secret_of(&client_id) else {
        return Err(Failure::new(
            StatusCode::OK,
            "wrong_client",
            "Unable to find client",
        ));
    };
    if client_secret != secret {
        return Err(Failure::bad_request("invalid_client", "Wrong client secret"));
    }
    let grant = match grant_type.as_str() {
        "refresh_token" => GrantRequest::Refresh(required("refresh_token")?),
        "authorization_code" => GrantRequest::Code(required("code")?),
        _ => {
            return Err(Failure::bad_request("invalid_request", "Unsupported grant type"));
        }
    };
    Ok(TokenRequest { client_id, grant })
}

fn exchange(
    portal: &Arc<Portal>,
    request: &TokenRequest,
    parameters: &Parameter,
    peer: &Peer,
    started: Instant,
) -> Response {
    let mut state = portal.shared.lock();
    if state.suffers(RestFault::Refresh5xx) {
        write_down(&mut state, parameters, peer, started, None, 500, None);
        return (StatusCode::INTERNAL_SERVER_ERROR, Html("<h1>500</h1>")).into_response();
    }
    if state.faults.contains(&RestFault::PortalDeleted) {
        write_down(&mut state, parameters, peer, started, None, 404, None);
        return (StatusCode::NOT_FOUND, Html("<h1>404 Not Found</h1>")).into_response();
    }
    match grant(&mut state, request) {
        Ok(grant) => {
            let is_lost = state.suffers(RestFault::RefreshResponseLost);
            let status = if is_lost { 0 } else { 200 };
            write_down(
                &mut state,
                parameters,
                peer,
                started,
                Some(grant.user_id),
                status,
                None,
            );
            if is_lost {
                peer.cut();
            }
            let reduced = matches!(request.grant, GrantRequest::Refresh(_))
                && state.suffers(RestFault::RefreshScopeApp);
            let pair = pair(&state, &grant, if reduced { "app" } else { SCOPE });
            if state.mutations.is_empty() {
                return Json(pair).into_response();
            }
            mutation::mutated(&state.mutations, mutation::GRANT, &[], pair)
        }
        Err(failure) => {
            let status = failure.status.as_u16();
            write_down(
                &mut state,
                parameters,
                peer,
                started,
                None,
                status,
                Some(&failure),
            );
            failure_response(&failure)
        }
    }
}

fn grant(state: &mut State, request: &TokenRequest) -> Result<Grant, Failure> {
    if state.suffers(RestFault::PaymentRequired) {
        return Err(Failure::unauthorized(
            "PAYMENT_REQUIRED",
            "Subscription has been ended",
        ));
    }
    let Some(installation) = state.installation.clone() else {
        return Err(Failure::unauthorized(
            "NOT_INSTALLED",
            "Application not installed",
        ));
    };
    if state.application.client_id != request.client_id {
        return Err(Failure::bad_request(
            "invalid_client",
            "Application not installed",
        ));
    }
    if state.suffers(RestFault::RefreshRefused) {
        return Err(invalid_grant(&request.grant));
    }
    let (client_id, generation) = (&request.client_id, installation.generation);
    match &request.grant {
        GrantRequest::Refresh(refresh) => state.grants.renew(client_id, generation, refresh),
        GrantRequest::Code(code) => state.grants.redeem_code(client_id, generation, code),
    }
    .ok_or_else(|| invalid_grant(&request.grant))
}

fn invalid_grant(request: &GrantRequest) -> Failure {
    let sentence = match request {
        GrantRequest::Refresh(_) => "Refresh token is expired or was used",
        GrantRequest::Code(_) => "Authorization code is expired or was used",
    };
    Failure::bad_request("invalid_grant", sentence)
}

fn pair(state: &State, grant: &Grant, scope: &str) -> Value {
    json!({
        "access_token": grant.access,
        "refresh_token": grant.refresh,
        "expires": grant.access_expires.timestamp(),
        "expires_in": ACCESS_SECONDS,
        "scope": scope,
        "domain": state.addresses.authorization_host,
        "server_endpoint": format!("{}/rest/", state.addresses.authorization_url()),
        "client_endpoint": format!("{}/rest/", state.addresses.portal_url()),
        "member_id": state.member_id,
        "status": match state.application.kind {
            ApplicationKind::Market => "F",
            ApplicationKind::Local => "L",
        },
        "user_id": grant.user_id,
    })
}

fn entry(method: &str, user_id: Option<u64>, status: u16) -> LogEntry {
    LogEntry {
        server: "authorization",
        method: method.to_owned(),
        user_id,
        status,
        in_batch: false,
    }
}

fn details(
    parameters: &Parameter,
    peer: &Peer,
    started: Instant,
    failure: Option<&Failure>,
) -> RequestDetails {
    RequestDetails {
        error: failure.and_then(|failure| failure.code.as_str().map(str::to_owned)),
        parameters: journal::shown(parameters),
        credential: parameters.text_of("client_id"),
        source: Some(peer.address.ip().to_string()),
        duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        bucket_level: None,
    }
}

fn write_down(
    state: &mut State,
    parameters: &Parameter,
    peer: &Peer,
    started: Instant,
    user_id: Option<u64>,
    status: u16,
    failure: Option<&Failure>,
) {
    let details = details(parameters, peer, started, failure);
    state.write_down(entry("oauth/token", user_id, status), details);
}
