//! `app.info` of the authorization server: what a token of any portal is good for.

use std::time::Instant;

use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request};
use axum::http::{Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use super::{details, entry};
use crate::connection::Peer;
use crate::fault::RestFault;
use crate::frame::SCOPE;
use crate::mutation;
use crate::random;
use crate::rest::envelope::{Failure, failure_response, success_response, time};
use crate::rest::{method_name, read_parameters, with_cors};
use crate::state::State;
use crate::state::grants::AccessRefused;
use crate::world::World;

/// Longer bodies are nobody's question about a token.
const BODY_BYTES: usize = 64 * 1024;

/// `/rest/app.info` on the authorization server's host, GET or POST.
pub(crate) async fn handle(world: &World, request: Request) -> Response {
    let started = Instant::now();
    if request.method() == Method::OPTIONS {
        return with_cors(StatusCode::NO_CONTENT.into_response());
    }
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let parameters = read_parameters(head.uri.query().unwrap_or_default(), &head.headers, &body);
    let name = method_name(head.uri.path().trim_start_matches("/rest")).to_owned();
    let peer = head
        .extensions
        .get::<ConnectInfo<Peer>>()
        .map(|info| info.0.clone());

    let token = parameters.text_of("auth").unwrap_or_default();
    let portal = random::portal_of_token(&token).and_then(|number| world.by_number(number));
    let write = |state: Option<&mut State>, user_id, status, failure: Option<&Failure>| {
        let Some(peer) = &peer else { return };
        let (entry, details) = (
            entry(&name, user_id, status),
            details(&parameters, peer, started, failure),
        );
        match state {
            Some(state) => state.write_down(entry, details),
            None => world
                .unattributed()
                .write(world.clock().now(), "", entry, details),
        }
    };
    let Some(portal) = portal else {
        let failure = if token.is_empty() {
            Failure::unauthorized("NO_AUTH_FOUND", "Wrong authorization data")
        } else {
            unknown_token()
        };
        write(None, None, failure.status.as_u16(), Some(&failure));
        return with_cors(failure_response(&failure));
    };
    let mut state = portal.shared.lock();
    if state.suffers(RestFault::Introspection5xx) {
        write(Some(&mut state), None, 500, None);
        return (StatusCode::INTERNAL_SERVER_ERROR, Html("<h1>500</h1>")).into_response();
    }
    let outcome = answer(&mut state, &name, &token);
    let response = match outcome {
        Ok((user_id, facts)) => {
            write(Some(&mut state), Some(user_id), 200, None);
            if state.mutations.is_empty() {
                success_response(facts.into(), false)
            } else {
                let body = json!({"result": facts, "time": time(false)});
                mutation::mutated(&state.mutations, mutation::INTROSPECTION, &[], body)
            }
        }
        Err(failure) => {
            write(Some(&mut state), None, failure.status.as_u16(), Some(&failure));
            failure_response(&failure)
        }
    };
    with_cors(response)
}

fn unknown_token() -> Failure {
    Failure::unauthorized("invalid_token", "Unable to get application by token")
}

fn answer(state: &mut State, name: &str, token: &str) -> Result<(u64, Value), Failure> {
    if !name.eq_ignore_ascii_case("app.info") {
        return Err(Failure::new(
            StatusCode::NOT_FOUND,
            "ERROR_METHOD_NOT_FOUND",
            "Method not found!",
        ));
    }
    let grant = state.grants.by_access(token).map_err(|refused| match refused {
        AccessRefused::Expired => {
            Failure::unauthorized("expired_token", "The access token provided has expired.")
        }
        AccessRefused::Unknown => unknown_token(),
    })?;
    let installation = state
        .installation
        .as_ref()
        .filter(|installation| installation.generation == grant.generation)
        .filter(|_| !state.faults.contains(&RestFault::PortalDeleted))
        .ok_or_else(|| Failure::unauthorized("NOT_INSTALLED", "Application not installed"))?;
    let scope = granted_scope(state);
    let facts = json!({
        "client_id": grant.client_id,
        "scope": scope,
        "expires": grant.access_expires.format("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        "user_id": grant.user_id,
        "install": {
            "installed": installation.finished,
            "version": 1,
            "status": state.status(),
            "scope": scope,
            "domain": state.addresses.portal_host,
            "uri": state.addresses.portal_url(),
            "client_endpoint": format!("{}/rest/", state.addresses.portal_url()),
            "member_id": state.member_id,
            "member_type": if state.is_box { "bitrix" } else { "bitrix24" },
        },
    });
    Ok((grant.user_id, facts))
}

/// The scopes that the application has now.
fn granted_scope(state: &State) -> String {
    if !state.faults.contains(&RestFault::ScopeReduced) {
        return SCOPE.to_owned();
    }
    let left: Vec<&str> = SCOPE.split(',').filter(|scope| *scope != "crm").collect();
    left.join(",")
}
