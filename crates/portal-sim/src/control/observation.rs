//! What a portal knows of itself: its state, the journal, the outbox, the limits.

use axum::Json;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Command, Refusal};
use crate::shared::Shared;
use crate::state::crm::EntityKind;
use crate::state::journal::JournalEntry;

/// How many numbers of items of a type the state names.
const IDS_SHOWN: usize = 200;

/// `GET /__sim/state`: the application's standing on the portal.
pub(super) async fn state(command: Command) -> Json<Value> {
    let state = command.shared().lock();
    let placements: Vec<Value> = state
        .placements
        .iter()
        .map(|bound| json!({"placement": bound.placement, "handler": bound.handler, "title": bound.title}))
        .collect();
    let events: Vec<Value> = state
        .events
        .iter()
        .map(|bound| json!({"event": bound.event, "handler": bound.handler, "offline": bound.offline}))
        .collect();
    let ids = |kind| {
        let items = state.crm.items(kind).map(|item| item.id);
        items.take(IDS_SHOWN).collect::<Vec<_>>()
    };
    let users: Vec<Value> = state
        .users
        .values()
        .map(|user| json!({"id": user.id, "admin": user.admin, "active": user.active}))
        .collect();
    Json(json!({
        "member_id": state.member_id,
        "portal_url": state.addresses.portal_url(),
        "authorization_url": state.addresses.authorization_url(),
        "app_url": state.addresses.app_url,
        "client_id": state.application.client_id,
        "application_kind": state.application.kind,
        "installed": state.is_installed(),
        "installing": state.installation.is_some() && !state.is_installed(),
        "placements": placements,
        "events": events,
        "app_options": state.app_options,
        "users": users,
        "companies": ids(EntityKind::Company),
        "leads": ids(EntityKind::Lead),
        "deals": ids(EntityKind::Deal),
        "faults": state.faults.names(),
    }))
}

/// `GET /__sim/requests`: requests, oldest first; `method`, `server`, `since` (a sequence number) choose some.
///
/// Without `portal` they are those of all portals, and those to the authorization server that belong to none.
pub(super) async fn requests(command: Command) -> Result<Json<Vec<JournalEntry>>, Refusal> {
    let since = command.number::<u64>("since")?.unwrap_or_default();
    let (method, server) = (command.text("method"), command.text("server"));
    let is_wanted = |entry: &&JournalEntry| {
        entry.sequence > since
            && method
                .as_ref()
                .is_none_or(|method| entry.request.method.eq_ignore_ascii_case(method))
            && server
                .as_ref()
                .is_none_or(|server| entry.request.server == server)
    };
    let of = |shared: &Shared| -> Vec<JournalEntry> {
        let state = shared.lock();
        state.journal.entries().filter(is_wanted).cloned().collect()
    };
    let mut entries = if command.is_named {
        of(command.shared())
    } else {
        let mut all: Vec<JournalEntry> = command
            .world
            .portals()
            .iter()
            .flat_map(|portal| of(&portal.shared))
            .collect();
        all.extend(command.world.unattributed().entries().filter(is_wanted).cloned());
        all
    };
    entries.sort_by_key(|entry| entry.sequence);
    Ok(Json(entries))
}

/// `DELETE /__sim/requests`: forgets them, with the counters.
pub(super) async fn clear_requests(command: Command) -> StatusCode {
    if command.is_named {
        command.shared().lock().journal.clear();
    } else {
        for portal in command.world.portals() {
            portal.shared.lock().journal.clear();
        }
        command.world.unattributed().clear();
    }
    StatusCode::NO_CONTENT
}

/// `GET /__sim/counters`: how often each method was called, commands of batches too.
pub(super) async fn counters(command: Command) -> Json<Value> {
    Json(json!(command.shared().lock().journal.counters()))
}

/// `GET /__sim/outbox`: deliveries of events, oldest first.
pub(super) async fn outbox(command: Command) -> Json<Value> {
    let state = command.shared().lock();
    Json(json!(state.outbox.deliveries().collect::<Vec<_>>()))
}

/// `DELETE /__sim/outbox`: forgets them; what is on its way is not sent any more.
pub(super) async fn clear_outbox(command: Command) -> StatusCode {
    command.shared().lock().outbox.clear();
    StatusCode::NO_CONTENT
}

/// `GET /__sim/limits`: peak level, refused requests, requests per second. Without `portal`, of all portals by name.
pub(super) async fn limits(command: Command) -> Json<Value> {
    let of = |shared: &Shared| {
        let state = shared.lock();
        let report = state.limits.report(state.clock.now());
        (state.addresses.portal_name().to_owned(), json!(report))
    };
    if command.is_named {
        return Json(of(command.shared()).1);
    }
    let all = command.world.portals();
    Json(Value::Object(
        all.iter().map(|portal| of(&portal.shared)).collect(),
    ))
}
