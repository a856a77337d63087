//! What dialogs of the portal offer to choose from: people, groups, items of the CRM.

use axum::Json;
use axum::extract::{Query, State as AxumState};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::layout::card_path;
use super::visitor::Visitor;
use crate::shared::Shared;
use crate::state::State;
use crate::state::crm::EntityKind;

/// Rows of a dialog.
const SHOWN: usize = 100;

/// What is to be chosen.
#[derive(Debug, Deserialize)]
pub(crate) struct ChoiceQuery {
    of: String,
}

/// `GET /portal-api/choice?of=users`, `access`, or a type of items.
pub(crate) async fn choice(
    AxumState(shared): AxumState<Shared>,
    Query(query): Query<ChoiceQuery>,
    headers: HeaderMap,
) -> Json<Value> {
    let state = shared.lock();
    let visitor = Visitor::of(&state, &headers, None, None, "/");
    Json(match query.of.as_str() {
        "users" => users(&state, ""),
        "access" => {
            let groups = json!([
                {"id": "AU", "name": if visitor.language == "ru" { "Все сотрудники" } else { "All employees" }},
                {"id": "G1", "name": if visitor.language == "ru" { "Администраторы" } else { "Administrators" }},
            ]);
            let rows = [groups, users(&state, "U")];
            rows.iter()
                .filter_map(Value::as_array)
                .flatten()
                .cloned()
                .collect()
        }
        kind => EntityKind::from_path(kind).map_or_else(|| json!([]), |kind| items(&state, &visitor, kind)),
    })
}

fn users(state: &State, prefix: &str) -> Value {
    let active = state.users.values().filter(|user| user.active);
    active
        .map(|user| {
            json!({
                "id": format!("{prefix}{}", user.id),
                "name": format!("{} {}", user.name, user.last_name).trim(),
                "photo": "", "position": user.position, "url": format!("/company/personal/user/{}/", user.id),
            })
        })
        .collect()
}

fn items(state: &State, visitor: &Visitor, kind: EntityKind) -> Value {
    let visible = state.crm.items(kind).filter(|item| visitor.sees(state, *item));
    visible
        .take(SHOWN)
        .map(|item| {
            json!({
                "id": format!("{}_{}", kind.short_prefix(), item.id), "type": kind.path(), "place": kind.path(),
                "title": item.title(), "desc": item.text("INDUSTRY"), "url": card_path(kind, item.id),
            })
        })
        .collect()
}
