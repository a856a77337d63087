//! `/__sim/…`: what tests and the demo do with the simulator from outside.
//!
//! Every command takes its parameters from the query, a form or JSON alike; `portal` names the portal, else the host
//! does, else it is the first.

mod application;
mod conditions;
mod event;
mod frame;
mod observation;
mod world;

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::parameter::Parameter;
use crate::rest::read_parameters;
use crate::shared::Shared;
use crate::world::{Portal, World};

/// Longer bodies are no command.
const BODY_BYTES: usize = 32 * 1024 * 1024;

/// All commands, below `/__sim`.
pub(crate) fn router() -> Router<World> {
    Router::new()
        .route("/portals", get(world::portals).post(world::create_portal))
        .route("/rename", post(world::rename))
        .route("/portal", post(world::configure))
        .route("/clock", get(world::clock).post(world::advance_clock))
        .route("/state", get(observation::state))
        .route("/requests", get(observation::requests))
        .route("/requests", delete(observation::clear_requests))
        .route("/counters", get(observation::counters))
        .route("/outbox", get(observation::outbox))
        .route("/outbox", delete(observation::clear_outbox))
        .route("/limits", get(observation::limits).post(conditions::limits))
        .route("/install", post(application::install))
        .route("/uninstall", post(application::uninstall))
        .route("/local-application", post(application::local))
        .route("/webhook", post(application::webhook))
        .route("/wipe-bindings", post(application::wipe_bindings))
        .route("/token", post(application::token))
        .route("/expire-tokens", post(conditions::expire_tokens))
        .route("/faults", get(conditions::known_faults).post(conditions::faults))
        .route(
            "/mutations",
            get(conditions::known_changes).post(conditions::mutate),
        )
        .route("/mutations", delete(conditions::clear_mutations))
        .route("/operating", post(conditions::operating))
        .route("/latency", post(conditions::latency))
        .route("/fire-user", post(conditions::fire_user))
        .route("/scope", post(conditions::scope))
        .route("/event", post(event::fire))
        .route("/frame", get(frame::frame))
        .route("/open-frame", get(frame::open_frame))
}

/// A command with its portal.
pub(crate) struct Command {
    world: World,
    portal: Arc<Portal>,
    /// Whether the command named its portal.
    is_named: bool,
    parameters: Parameter,
}

impl FromRequest<World> for Command {
    type Rejection = Refusal;

    async fn from_request(request: Request, world: &World) -> Result<Self, Refusal> {
        let (head, body) = request.into_parts();
        let body: Bytes = to_bytes(body, BODY_BYTES)
            .await
            .map_err(|error| refusal(StatusCode::BAD_REQUEST, &error.to_string()))?;
        let parameters = read_parameters(head.uri.query().unwrap_or_default(), &head.headers, &body);
        let named = parameters.text_of("portal");
        let portal = match &named {
            Some(name) => world.find(name),
            None => world.portal_of(&head.headers),
        };
        let portal = portal.ok_or_else(|| {
            let name = named.clone().unwrap_or_default();
            refusal(
                StatusCode::NOT_FOUND,
                &format!("there is no portal {name:?}; GET /__sim/portals lists them"),
            )
        })?;
        Ok(Self {
            world: world.clone(),
            portal,
            is_named: named.is_some(),
            parameters,
        })
    }
}

impl Command {
    fn shared(&self) -> &Shared {
        &self.portal.shared
    }

    fn text(&self, name: &str) -> Option<String> {
        self.parameters.text_of(name)
    }

    /// Whether a switch is on: `1`, `true`, `yes`, `on`, `Y`.
    fn switch(&self, name: &str) -> Option<bool> {
        let text = self.text(name)?.to_ascii_lowercase();
        Some(matches!(text.as_str(), "1" | "true" | "yes" | "on" | "y"))
    }

    /// A number, or the refusal that says what is wrong with it.
    fn number<N: std::str::FromStr>(&self, name: &str) -> Result<Option<N>, Refusal> {
        self.text(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| bad_request(&format!("{name}={text} is no number that fits")))
            })
            .transpose()
    }
}

/// Why a command can't be obeyed.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    sentence: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"error": self.sentence}))).into_response()
    }
}

fn bad_request(sentence: &str) -> Refusal {
    refusal(StatusCode::BAD_REQUEST, sentence)
}

fn refusal(status: StatusCode, sentence: &str) -> Refusal {
    Refusal {
        status,
        sentence: sentence.to_owned(),
    }
}
