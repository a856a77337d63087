//! The authorization server: renewal of tokens, and what a token is good for.
//!
//! Its `domain` is its own host, not the portal's, and an unknown client gets an error under status 200: both are
//! traps of the real one.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State as AxumState};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::frame::SCOPE;
use crate::parameter::Parameter;
use crate::rest::envelope::{Failure, failure_response, success_response};
use crate::rest::read_parameters;
use crate::shared::Shared;
use crate::state::State;
use crate::state::grants::{ACCESS_SECONDS, AccessRefused, Grant};

/// `/oauth/token/`, GET or POST.
pub(crate) async fn token(
    AxumState(shared): AxumState<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = read_parameters(query.as_deref().unwrap_or_default(), &headers, &body);
    renew(&mut shared.lock(), &parameters).unwrap_or_else(|failure| failure_response(&failure))
}

fn renew(state: &mut State, parameters: &Parameter) -> Result<Response, Failure> {
    let required = |name: &str| {
        parameters
            .text_of(name)
            .ok_or_else(|| Failure::bad_request("invalid_request", &format!("Parameter {name} is missing")))
    };
    let (grant_type, client_id) = (required("grant_type")?, required("client_id")?);
    let client_secret = required("client_secret")?;
    if client_id != state.application.client_id {
        return Err(Failure::new(
            StatusCode::OK,
            "wrong_client",
            "Unable to find client",
        ));
    }
    if client_secret != state.application.client_secret {
        return Err(Failure::bad_request("invalid_client", "Wrong client secret"));
    }
    if grant_type != "refresh_token" {
        return Err(Failure::bad_request("invalid_request", "Unsupported grant type"));
    }
    let refresh = required("refresh_token")?;
    let Some(installation) = state.installation.clone() else {
        return Err(Failure::unauthorized(
            "NOT_INSTALLED",
            "Application not installed",
        ));
    };
    let grant = state
        .grants
        .renew(&client_id, installation.generation, &refresh)
        .ok_or_else(|| Failure::bad_request("invalid_grant", "Refresh token is expired or was used"))?;
    Ok(Json(pair(state, &grant)).into_response())
}

fn pair(state: &State, grant: &Grant) -> Value {
    json!({
        "access_token": grant.access,
        "refresh_token": grant.refresh,
        "expires": grant.access_expires.timestamp(),
        "expires_in": ACCESS_SECONDS,
        "scope": "app",
        "domain": state.addresses.authorization_host,
        "server_endpoint": format!("{}/rest/", state.addresses.authorization_url()),
        "client_endpoint": format!("{}/rest/", state.addresses.portal_url()),
        "member_id": state.member_id,
        "status": "F",
        "user_id": grant.user_id,
    })
}

/// `/rest/app.info` on the authorization server's host.
pub(crate) fn introspect(state: &State, method: &str, parameters: &Parameter) -> Response {
    if !method.eq_ignore_ascii_case("app.info") {
        let unknown = Failure::new(
            StatusCode::NOT_FOUND,
            "ERROR_METHOD_NOT_FOUND",
            "Method not found!",
        );
        return failure_response(&unknown);
    }
    match facts(state, parameters) {
        Ok(facts) => success_response(facts.into(), false),
        Err(failure) => failure_response(&failure),
    }
}

fn facts(state: &State, parameters: &Parameter) -> Result<Value, Failure> {
    let token = parameters
        .text_of("auth")
        .ok_or_else(|| Failure::unauthorized("NO_AUTH_FOUND", "Wrong authorization data"))?;
    let grant = state.grants.by_access(&token).map_err(|refused| match refused {
        AccessRefused::Expired => {
            Failure::unauthorized("expired_token", "The access token provided has expired.")
        }
        AccessRefused::Unknown => {
            Failure::unauthorized("invalid_token", "Unable to get application by token")
        }
    })?;
    let installation = state
        .installation
        .as_ref()
        .filter(|installation| installation.generation == grant.generation)
        .ok_or_else(|| Failure::unauthorized("NOT_INSTALLED", "Application not installed"))?;
    Ok(json!({
        "client_id": grant.client_id,
        "scope": SCOPE,
        "expires": grant.access_expires.format("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        "user_id": grant.user_id,
        "install": {
            "installed": installation.finished,
            "version": 1,
            "status": "F",
            "scope": SCOPE,
            "domain": state.addresses.portal_host,
            "uri": state.addresses.portal_url(),
            "client_endpoint": format!("{}/rest/", state.addresses.portal_url()),
            "member_id": state.member_id,
            "member_type": "bitrix24",
        },
    }))
}
